"""The one door through which every csv and every xlsx leaves: no text in it is one that a spreadsheet would run.

Belongs here: that rule, and the four ways out (rows, an Arrow table, a query of DuckDB, a sheet). Does not belong here:
what is written. That nothing else writes csv or xlsx is held by `tests/house/test_doors.py`.
"""

import csv
import re
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from pipelines.files import appearing

if TYPE_CHECKING:  # neither is imported for `jamlik sql`, which is to answer at once
    import duckdb
    import pyarrow as pa

# What it takes for a formula (OWASP, "CSV injection"); a bare sign or a plain number is neither.
FORMULA = "^[=@\t\r\n]|^[+-].*[^0-9.,]"
SHEET_ROWS = 1_048_575  # a sheet's rows less the heading
_FORMULA = re.compile(FORMULA)


def harmless(cell: object) -> object:
    """A cell whose text would run, with an apostrophe before it; everything else as it is."""
    if cell is None or isinstance(cell, (int, float, Decimal)):
        return cell
    text = cell if isinstance(cell, str) else str(cell)
    return f"'{text}" if _FORMULA.search(text) else cell


def write_rows(stream: TextIO, columns: Sequence[str], batches: Iterable[Iterable[Sequence[Any]]]) -> None:
    """Batches of rows as csv under their headings, each batch written before the next is asked for."""
    plain = csv.writer(stream, lineterminator="\n")
    # Python quotes the line end that it writes itself and no other; a bare return would begin a row in a spreadsheet.
    quoted = csv.writer(stream, lineterminator="\n", quoting=csv.QUOTE_ALL)
    for rows in chain([[columns]], batches):
        for row in rows:
            cells = [harmless(cell) for cell in row]
            breaks = any(isinstance(cell, str) and "\r" in cell for cell in cells)
            (quoted if breaks else plain).writerow(cells)


def write_table(table: "pa.Table", path: Path) -> None:
    """An Arrow table as csv."""
    import pyarrow.csv

    with appearing(path) as beside:
        pyarrow.csv.write_csv(as_text(table), beside)


def as_text(table: "pa.Table") -> "pa.Table":
    """For csv: texts plain instead of dictionary-encoded, and nothing in them a spreadsheet would run."""
    import pyarrow as pa

    for place, column in enumerate(table.schema):
        kinds = (pa.types.is_dictionary, pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view)
        if any(is_text(column.type) for is_text in kinds):
            table = table.set_column(place, column.name, neutralise(table.column(place).cast(pa.string())))
    return table.rename_columns([str(harmless(name)) for name in table.column_names])


def neutralise(texts: "pa.ChunkedArray") -> "pa.ChunkedArray":
    """`harmless` of a column of texts; null stays null."""
    import pyarrow.compute as pc

    risky = pc.match_substring_regex(texts, FORMULA)
    return pc.if_else(risky, pc.binary_join_element_wise("'", texts, ""), texts)


def write_query(connection: "duckdb.DuckDBPyConnection", query: str, path: Path, quoted: bool = False) -> int:
    """A query of DuckDB as csv, row by row as it is answered; the number of rows. `quoted`: every text in quotes."""
    columns = []
    for name, kind, *_ in connection.execute(f"describe select * from ({query})").fetchall():
        given, told = _name(name), _name(str(harmless(name)))
        if kind == "VARCHAR" or kind.startswith("ENUM"):
            text = f"{given}::varchar"
            given = f"case when regexp_matches({text}, {_literal(FORMULA)}) then '''' || {text} else {text} end"
        columns.append(f"{given} as {told}")
    form = "format csv, header" + (", force_quote *" if quoted else "")
    with appearing(path) as beside:
        written = f"copy (select {', '.join(columns)} from ({query})) to {_literal(str(beside))} ({form})"
        return int(connection.execute(written).fetchall()[0][0])


def write_sheet(path: Path, title: str, columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
    """A workbook of one sheet. Not more than `SHEET_ROWS` rows fit into it."""
    from openpyxl import Workbook
    from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

    def held(cell: object) -> object:
        return ILLEGAL_CHARACTERS_RE.sub("\ufffd", cell) if isinstance(cell, str) else cell

    with appearing(path) as beside, beside.open("wb") as file:  # opened first: an abandoned workbook complains
        book = Workbook(write_only=True)
        sheet = book.create_sheet(title)
        for row in chain([columns], rows):
            sheet.append([held(harmless(cell)) for cell in row])
        book.save(file)


def _name(name: str) -> str:
    return '"{}"'.format(name.replace('"', '""'))


def _literal(text: str) -> str:
    return "'{}'".format(text.replace("'", "''"))
