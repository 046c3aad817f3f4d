"""A delivered file as a grid of texts under headings, whatever its format: csv, xlsx, px or parquet.

Two layouts are told apart: a list (one heading row, one row a cell) and a PxWeb-like table (headings on top, several
columns of numbers), which the parsers of `pipelines/formats` unfold. Nothing is interpreted here: a cell is its text.
A workbook with formulas is refused, since what they amount to is not in the file but in who opens it.
"""

import io
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipelines import settings
from pipelines.errors import JamlikError, Refused, Unavailable, WrongCall
from pipelines.files import demand_regular
from pipelines.formats import px, pxcsv, xlsx
from pipelines.formats.tidy import Malformed, Tidy

ENDINGS = (".csv", ".xlsx", ".px", ".parquet")
HEADING_WITHIN = 30  # rows: how far down a heading row is looked for
BELOW = 20_000  # characters at the end of a csv within which what stands below the table is looked for
FEWEST_COLUMNS = 3  # that a table has; in a narrower one a row of one cell may be a row
MAX_BYTES = 2_000_000_000


@dataclass(frozen=True)
class Grid:
    """Texts by heading. `first_row` is the file's row number of the first of them, counted as a person counts;
    not `numbered`, they are texts gathered from the file, and their place says nothing. `notes`: what was left out.
    """

    path: Path
    columns: dict[str, pa.Array]
    first_row: int
    numbered: bool = True
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()))) if self.columns else 0

    @property
    def where(self) -> str:
        return settings.relative(self.path)


def read(path: Path, wanted: Collection[str] | None = None) -> Grid:
    """The file as a grid whose headings hold all `wanted`; without them, as the list or the table it looks like."""
    if path.suffix.lower() not in ENDINGS:
        raise WrongCall(f"{path} must be a {', '.join(ENDINGS[:-1])} or {ENDINGS[-1]} file; save it as one of them.")
    where = settings.relative(path)
    demand_regular(path)
    try:
        if path.suffix.lower() == ".parquet":
            return _parquet(path, wanted)
        if path.stat().st_size > MAX_BYTES:
            raise Refused(f"{where} is larger than 2 GB; deliver it as parquet.")
        content = path.read_bytes()
    except FileNotFoundError as fault:
        raise WrongCall(f"{where} is not there; give the path of a delivered file.") from fault
    except OSError as fault:
        raise Unavailable(f"{where} cannot be read ({fault.strerror}); mend that and call again.") from fault
    if not content.strip():
        raise Refused(f"{where} is empty; ask for the delivery again.")
    try:
        return {".csv": _csv, ".xlsx": _xlsx, ".px": _px}[path.suffix.lower()](path, content, wanted)
    except Malformed as fault:
        raise Refused(f"{where}: {fault}; correct the file or ask for it again.") from fault


def _parquet(path: Path, wanted: Collection[str] | None) -> Grid:
    try:
        table = pa.parquet.read_table(path)
    except pa.ArrowException as fault:
        raise Refused(f"{settings.relative(path)} is not a readable parquet file; ask for it again.") from fault
    columns = {}
    for name in table.schema.names:
        if wanted is not None and name not in wanted:
            continue
        try:
            columns[name] = _as_text(table[name])
        except pa.ArrowException as fault:
            raise Refused(
                f"{settings.relative(path)}: the column '{name}' holds neither texts nor numbers; ask for it as such."
            ) from fault
    return Grid(path, columns, 1)


def _as_text(column: pa.ChunkedArray) -> pa.Array:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    return column.cast(pa.string()).combine_chunks()


def _px(path: Path, content: bytes, _: Collection[str] | None) -> Grid:
    return _unfolded(path, px.parse(content))


def _unfolded(path: Path, tidy: Tidy) -> Grid:
    """A table's cells, one row each; `value` holds the number or what stood instead of it."""
    table = tidy.table()
    names = [name for name in table.schema.names if name not in ("value", "status")]
    columns = {name: _as_text(table[name]) for name in names}
    value, status = _as_text(table["value"]), _as_text(table["status"])
    columns["value"] = pa.compute.coalesce(value, status, "")
    return Grid(path, columns, 1)


def _csv(path: Path, content: bytes, wanted: Collection[str] | None) -> Grid:
    if content[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise Malformed("it is UTF-16 text; save it as UTF-8")
    text = pxcsv.decode(content)
    lines = text.splitlines()[:HEADING_WITHIN]
    for number, line in enumerate(lines):
        delimiter = max(";,\t", key=line.count)
        headings = [_heading(word) for word, _ in pxcsv.split_line(line, delimiter)] if line.strip() else []
        if not _is_heading_row(headings, wanted):
            continue
        names = [f"{place}" for place in range(len(headings))]  # headings that nobody asks for may stand twice
        text, below = _without_notes(text, delimiter, len(headings))
        try:
            table = pa.csv.read_csv(
                io.BytesIO(text.encode()),
                read_options=pa.csv.ReadOptions(skip_rows=number + 1, column_names=names),
                parse_options=pa.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True),
                convert_options=pa.csv.ConvertOptions(
                    column_types={name: pa.string() for name in names}, strings_can_be_null=False
                ),
            )
        except pa.ArrowInvalid as fault:
            raise Malformed(_ragged(text.splitlines(), number, len(headings), delimiter)) from fault
        columns = {heading: _as_text(table[name]) for name, heading in zip(names, headings, strict=True)}
        return Grid(path, columns, number + 2, notes=_told(below))
    return _else_unfolded(path, wanted, lambda: pxcsv.parse(content))


def _no_row(cells: list[str]) -> list[str] | None:
    """What a row below a table says that is none of it (a source, a footnote): one cell alone, or nothing."""
    words = [cell for cell in cells if cell]
    return words if not words or (len(words) == 1 and cells[0]) else None


def _without_notes(text: str, delimiter: str, columns: int) -> tuple[str, list[str]]:
    """A csv without the lines below its table, and what they say, the last first."""
    below: list[str] = []
    if columns < FEWEST_COLUMNS:
        return text, below
    lines = text[-BELOW:].splitlines(keepends=True)
    if len(text) > BELOW:
        lines = lines[1:]  # its beginning is cut off
    end = len(text)
    for line in reversed(lines):
        words = _no_row([_heading(word) for word, _ in pxcsv.split_line(line.rstrip("\r\n"), delimiter)])
        if words is None:
            break
        below += words
        end -= len(line)
    return text[:end], below


def _told(below: list[str]) -> tuple[str, ...]:
    """The note on what stands below a table; a text with a number in it is not repeated, since it may be a count."""
    if not below:
        return ()
    last = below[-1][:60]
    such = f", the first '{last}'" if not any(letter.isdigit() for letter in last) else ""
    return (f"{len(below)} row(s) below the table fill one column only and are left out as footnotes{such}",)


def _ragged(lines: list[str], heading: int, columns: int, delimiter: str) -> str:
    """What is wrong with rows that do not fit under the headings; never what stands in them."""
    for place, line in enumerate(lines[heading + 1 :]):
        found = len(list(pxcsv.split_line(line, delimiter)))
        if line.strip() and found != columns:
            return (
                f"row {heading + 2 + place} has {found} column(s), the headings (row {heading + 1}) have {columns}; "
                f"take out notes below the table or whatever else is no row of it"
            )
    return f"the rows do not read under the headings of row {heading + 1}"


def _heading(word: Any) -> str:
    return " ".join(str(word if word is not None else "").replace("\xa0", " ").split())


def _is_heading_row(headings: list[str], wanted: Collection[str] | None) -> bool:
    """Whether the row names columns: all that are wanted; else several, each once, and none of them a number."""
    if wanted is not None:
        named = [heading for heading in headings if heading in wanted]
        if len(named) < len(set(wanted)) and 2 * len(named) > len(wanted):
            lacking = ", ".join(sorted(set(wanted) - set(named)))
            raise Malformed(f"the row of headings ({', '.join(headings)}) has no {lacking}")
        if len(named) > len(set(named)):
            raise Malformed(f"the heading {next(each for each in named if named.count(each) > 1)} stands twice")
        return set(wanted) <= set(named)
    while headings and not headings[-1]:  # rows that end with a delimiter
        headings = headings[:-1]
    if len(headings) < 3 or len(set(headings)) < len(headings) or not all(headings):
        return False
    return not any(heading.replace(",", "").replace(".", "").replace(" ", "").isdigit() for heading in headings)


def _else_unfolded(path: Path, wanted: Collection[str] | None, parse: Any) -> Grid:
    try:
        grid = _unfolded(path, parse())
    except JamlikError as fault:
        sought = f"the columns {', '.join(sorted(wanted))}" if wanted else "headings"
        raise Malformed(f"no row among the first {HEADING_WITHIN} holds {sought}, and as a table {fault}") from fault
    lacking = sorted(set(wanted or ()) - set(grid.columns))
    if lacking:
        raise Malformed(f"there is no column '{lacking[0]}', only {', '.join(grid.columns)}")
    return grid


def _xlsx(path: Path, content: bytes, wanted: Collection[str] | None) -> Grid:
    sheets = {name: rows for name, rows in _sheets(content) if any(_heading(cell) for row in rows for cell in row)}
    found: dict[str, Grid] = {}
    for name, rows in sheets.items():
        for number, row in enumerate(rows[:HEADING_WITHIN]):
            last = max((place for place, cell in enumerate(row) if _heading(cell)), default=-1) + 1
            headings = [_heading(cell) for cell in row[:last]]
            if not _is_heading_row(headings, wanted):
                continue
            body = [row[:last] + (None,) * (last - len(row)) for row in rows[number + 1 :]]
            below = []
            while body and (words := _no_row([_heading(cell) for cell in body[-1]])) is not None:
                body.pop()
                below += words
            texts = ([_cell(row[place]) for row in body] for place in range(last))
            columns = {name: pa.array(column, pa.string()) for name, column in zip(headings, texts, strict=True)}
            found[name] = Grid(path, columns, number + 2, notes=_told(below))
            break
    fault = Malformed("there is nothing in the workbook")
    for name, rows in sheets.items() if not found else ():
        try:
            found[name] = _else_unfolded(path, wanted, lambda rows=rows: xlsx.parse_rows(rows))
        except Malformed as reason:
            fault = reason if name == next(iter(sheets)) else fault
    if not found:
        raise fault
    if len(found) > 1:
        raise Malformed(f"the sheets {' and '.join(found)} both look like the delivery; save each as a file of its own")
    return next(iter(found.values()))


def _sheets(content: bytes) -> Iterator[tuple[str, list[tuple[Any, ...]]]]:
    """The rows of every sheet by its name; a bomb or a formula is refused before anything is made of it."""
    xlsx.refuse_bomb(content)
    import openpyxl  # slow to import, and only this format needs it

    try:
        book = openpyxl.load_workbook(io.BytesIO(content), read_only=True)
        sheets = book.worksheets
    except Exception as fault:
        raise Malformed(f"the workbook cannot be opened ({type(fault).__name__})") from None
    try:
        for sheet in sheets:
            rows = []
            for row in sheet.iter_rows():
                for cell in row:
                    if getattr(cell, "data_type", "") == "f":
                        raise Malformed(f"cell {cell.coordinate} holds a formula; save the sheet as values")
                rows.append(tuple(cell.value for cell in row))
            yield sheet.title, rows
    finally:
        book.close()


def _cell(cell: Any) -> str:
    """A cell as text; a whole number without its decimal point."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return str(cell)
