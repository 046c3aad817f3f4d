"""Bytes → cells: parsers of the statistics services' formats, one row a cell out. No network.

detect        which format some bytes are in
tidy          the common result: code, label, value and the publisher's symbol
px            .px                    pxcsv    PxWeb's csv
jsonstat      JSON-stat 1 and 2      pxjson   PX-JSON
xlsx          PxWeb's xlsx
read          `jamlik read`: a file in, csv or parquet out
own_table     a table of the user's own, every cell as text: what `jamlik measures` and `jamlik effects` read
spreadsheet   the one door for csv and xlsx: a text that a spreadsheet would run is made harmless
printed       rows to a terminal or a pipe: table, csv, json
"""
