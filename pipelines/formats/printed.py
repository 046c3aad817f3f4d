"""Rows on their way to a terminal or a pipe: as a table, csv or json, batch by batch, so that no answer is too long.

Belongs here: the three forms. Does not belong here: where the rows come from.
"""

import json
import sys
from collections.abc import Iterable, Sequence
from typing import Any

from pipelines.formats.spreadsheet import write_rows

TABLE_ROWS = 10_000  # a table's columns are as wide as its widest cell, so it must be held whole

Batches = Iterable[Sequence[Sequence[Any]]]


def printed(columns: Sequence[str], batches: Batches, form: str | None, whole: str = "`--format csv`") -> None:
    """Prints rows in a `form`: by default a table in a terminal, csv in a pipe.

    csv and json are written as they come and hold every row. A table holds the first `TABLE_ROWS`; where there are more
    it says so on stderr, and that `whole` writes them all.
    """
    form = form or ("table" if sys.stdout.isatty() else "csv")
    if form == "json":
        _json(columns, batches)
    elif form == "csv":
        write_rows(sys.stdout, columns, batches)
    else:
        _table(columns, batches, whole)


def _json(columns: Sequence[str], batches: Batches) -> None:
    """One array of objects, as `json.dumps` of the whole would lay it out."""
    before = "[\n  "
    for rows in batches:
        for row in rows:
            record = json.dumps(dict(zip(columns, row, strict=True)), ensure_ascii=False, indent=2, default=str)
            sys.stdout.write(before + record.replace("\n", "\n  "))
            before = ",\n  "
    sys.stdout.write("[]\n" if before.startswith("[") else "\n]\n")


def _table(columns: Sequence[str], batches: Batches, whole: str) -> None:
    from rich.console import Console
    from rich.table import Column, Table
    from rich.text import Text

    table, more = Table(*(Column(Text(name)) for name in columns)), False
    for rows in batches:
        room = TABLE_ROWS - table.row_count
        for row in rows[:room]:
            table.add_row(*(Text("" if cell is None else str(cell)) for cell in row))
        if more := len(rows) > room:
            break
    Console().print(table)
    if more:
        print(f"Only the first {TABLE_ROWS:,} rows are shown; {whole} writes all of them.", file=sys.stderr)  # noqa: T201
