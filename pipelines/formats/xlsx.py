"""Xlsx as PxWeb writes it: headings on top, variables to the left, footnotes below the table.

Belongs here: bytes of such a workbook → `Tidy`. Does not belong here: any other workbook; an ordered delivery
has its own mapping (`jamlik inbox`).

Two layouts exist. The older has no names for its variables and writes a stub text only on its first row; they
become `stub_1`, `stub_2` … and `heading_1` … (or `time` when all are periods). The newer names its stub
columns on the last heading row and repeats every text. Two columns that follow each other one to one are a
code and its label. A workbook that would unpack to more than 500 MB, or to more than 100 times its size, is
refused before it is opened, and one whose last cell lies further out than any sheet's before its rows are made. A
formula counts by the result that was saved with it; without one it is no missing value but a number nobody knows.
"""

import io
import zipfile
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.formats.tidy import (
    PERIOD,
    SYMBOLS,
    Malformed,
    Tidy,
    Variable,
    index_column,
    numbers_and_symbols,
    refuse_doubles,
)

MAX_UNPACKED = 500_000_000  # bytes
MAX_RATIO = 100
MAX_ROWS = 1_048_576  # of a sheet
MAX_SHEET = 20_000_000  # cells, empty ones too

_ERRORS = frozenset(["#NULL!", "#DIV/0!", "#VALUE!", "#REF!", "#NAME?", "#NUM!", "#N/A", "#SPILL!", "#CALC!"])

Row = tuple[Any, ...]


def refuse_bomb(content: bytes) -> None:
    """Malformed when the zip is broken, unpacks to more than 500 MB, or swells more than a hundredfold."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
    except (zipfile.BadZipFile, RuntimeError):  # RuntimeError: a zip newer than the library knows
        raise Malformed("this begins like an xlsx file but is not a whole one") from None
    unpacked = sum(p.file_size for p in parts)
    packed = max(1, sum(p.compress_size for p in parts))
    # Below a megabyte any ratio is harmless, and small sheets of one repeated number reach it honestly.
    if unpacked > MAX_UNPACKED or (unpacked > 1_000_000 and unpacked / packed > MAX_RATIO):
        raise Malformed(f"it would unpack from {packed} to {unpacked} bytes, which is not safe to open")
    if not any(p.filename.startswith("xl/") for p in parts):
        raise Malformed("this is a zip file but not an xlsx workbook; unpack it first")


def parse(content: bytes) -> Tidy:
    """A PxWeb workbook (first sheet) → one row a cell; Malformed when it is not laid out as PxWeb does."""
    refuse_bomb(content)
    import openpyxl  # slow to import, and only this format needs it

    try:
        rows = _rows(openpyxl, content, results=True)
        formulas = _rows(openpyxl, content, results=False) if _has_formulas(content) else []
    except Malformed:
        raise
    except Exception as error:
        raise Malformed(f"the workbook cannot be opened ({type(error).__name__})") from None
    _refuse_unknown(rows, formulas)
    return parse_rows(rows)


def _rows(openpyxl: Any, content: bytes, results: bool) -> list[Row]:
    """The first sheet's rows, all as wide as the widest; formulas by their saved `results`, or as they are written."""
    book = openpyxl.load_workbook(io.BytesIO(content), read_only=True, data_only=results)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # what it says of its own size may be wrong, and every row would be made as wide
    rows: list[Row] = []
    for row in sheet.iter_rows(values_only=True):
        if len(rows) >= MAX_ROWS:
            raise Malformed(f"its first sheet has more than {MAX_ROWS} rows")
        rows.append(tuple(row))
    book.close()
    while rows and _blank(rows[-1]):
        rows.pop()
    width = max(map(_width, rows), default=0)
    if len(rows) * width > MAX_SHEET:
        raise Malformed(f"its first sheet spans {len(rows)} x {width} cells, which is no table of statistics")
    return [(*row[:width], *[None] * (width - len(row))) for row in rows]


def _has_formulas(content: bytes) -> bool:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        sheets = [n for n in archive.namelist() if n.startswith("xl/worksheets/") and n.endswith(".xml")]
        return any(b"<f>" in body or b"<f " in body for body in map(archive.read, sheets))


def _refuse_unknown(rows: list[Row], formulas: list[Row]) -> None:
    """Malformed for a cell whose number nobody knows: a formula saved without its result, or one that failed."""
    for number, (row, written) in enumerate(zip(rows, formulas or rows, strict=False), 1):
        for place, (cell, formula) in enumerate(zip(row, written, strict=False), 1):
            where = f"the cell in row {number}, column {place}"
            if cell is None and isinstance(formula, str) and formula.startswith("="):
                raise Malformed(f"{where}, is a formula saved without its result; open it, save it and read it again")
            if isinstance(cell, str) and cell in _ERRORS:
                raise Malformed(f"{where}, holds the spreadsheet's error {cell}; correct it there")


def parse_rows(rows: list[Row]) -> Tidy:
    """As `parse`, from the sheet's rows."""
    title, top = _title(rows)
    first = _first_data_row(rows, top)
    stub = next((i for i, c in enumerate(rows[first]) if not _is_text(c)), len(rows[first]))
    last = _last_data_row(rows, first, stub)
    width = _width(rows[first - 1])
    if width <= stub:
        raise Malformed("the heading row has no heading above the numbers")
    heads = [_spread(rows[r][stub:width]) for r in range(top, first)]
    names = [_text(c) for c in rows[first - 1][:stub]]
    body = rows[first:last]
    variables, indices = _stub(body, names, width - stub)
    for number, head in enumerate(heads, 1):
        index, codes = index_column(pa.array(head, pa.string()))
        periods = all(PERIOD.fullmatch(c) for c in codes)
        name = "time" if periods else f"heading_{number}"
        variables.append(Variable(name, name, codes, codes, "time" if periods else ""))
        indices.append(np.tile(index, len(body)))
    cells = pa.array([_text(c) for row in body for c in (*row, *[None] * width)[stub:width]], pa.string())
    value, status = numbers_and_symbols(cells, "the sheet's data part")
    refuse_doubles(variables, indices)
    return Tidy(tuple(variables), tuple(indices), value, status, title=title)


def _text(cell: Any) -> str:
    """A cell as text; a whole number without its decimal point, for a year typed as a number is a year."""
    if cell is None:
        return ""
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 2**53:
        return str(int(cell))
    return repr(cell) if isinstance(cell, float) else str(cell).strip()


def _is_text(cell: Any) -> bool:
    return isinstance(cell, str) and cell.strip() not in SYMBOLS


def _is_value(cell: Any) -> bool:
    return (isinstance(cell, int | float) and not isinstance(cell, bool)) or (
        isinstance(cell, str) and cell.strip() in SYMBOLS
    )


def _width(row: Row) -> int:
    return max((i + 1 for i, c in enumerate(row) if _text(c)), default=0)


def _blank(row: Row) -> bool:
    return _width(row) == 0


def _title(rows: list[Row]) -> tuple[str, int]:
    """The title, if the first row holds one text and the second nothing, and where the table begins."""
    top = next((i for i, r in enumerate(rows) if not _blank(r)), len(rows))
    title = ""
    if top + 1 < len(rows) and _width(rows[top]) == 1 and _blank(rows[top + 1]):
        title = _text(rows[top][0])
        top = next((i for i in range(top + 1, len(rows)) if not _blank(rows[i])), len(rows))
    if top >= len(rows):
        raise Malformed("the first sheet holds no table")
    return title, top


def _first_data_row(rows: list[Row], top: int) -> int:
    for i in range(top + 1, len(rows)):
        if _blank(rows[i]):
            break
        if rows[i] and _is_text(rows[i][0]) and any(_is_value(c) for c in rows[i][1:]):
            return i
    raise Malformed("no row with a text to the left and numbers to the right follows the headings")


def _last_data_row(rows: list[Row], first: int, stub: int) -> int:
    last = next((i for i in range(first, len(rows)) if not any(_text(c) for c in rows[i][stub:])), len(rows))
    for i in range(last, len(rows)):
        if any(_is_value(c) and not isinstance(c, str) for c in rows[i][stub:]):
            raise Malformed(f"row {i + 1} holds numbers below the table's end at row {last}")
    return last


def _spread(cells: Row) -> list[str]:
    """Headings written once over several columns, repeated over all of them."""
    result: list[str] = []
    for cell in cells:
        text = _text(cell)
        if not text and not result:
            raise Malformed("a heading row begins with an empty cell above the numbers")
        result.append(text or result[-1])
    return result


def _stub(body: list[Row], names: list[str], repeat: int) -> tuple[list[Variable], list[np.ndarray]]:
    columns: list[list[str]] = []
    for place in range(len(names)):
        filled: list[str] = []
        for row in body:
            text = _text(row[place]) if place < len(row) else ""
            if not text and not filled:
                raise Malformed(f"column {place + 1} begins without a text")
            filled.append(text or filled[-1])
        columns.append(filled)
    variables: list[Variable] = []
    indices: list[np.ndarray] = []
    place = 0
    while place < len(columns):
        index, codes = index_column(pa.array(columns[place], pa.string()))
        name = names[place] or f"stub_{len(variables) + 1}"
        labels, step = codes, 1
        if place + 1 < len(columns):
            pairs = dict(zip(columns[place], columns[place + 1], strict=True))
            twins = set(zip(columns[place], columns[place + 1], strict=True))
            one_to_one = len(twins) == len(codes) == len({b for _, b in twins})
            if one_to_one and (len(codes) > 1 or (names[place] and not names[place + 1])):
                labels, step = tuple(pairs[c] for c in codes), 2
        role = "time" if all(PERIOD.fullmatch(c) for c in codes) else ""
        variables.append(Variable(name, name, codes, labels, role))
        indices.append(np.repeat(index, repeat))
        place += step
    return variables, indices
