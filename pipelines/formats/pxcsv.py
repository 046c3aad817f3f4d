"""Csv as PxWeb writes it, old and new: variables to the left, one column per combination to the right.

Belongs here: bytes of such a file → `Tidy`. Does not belong here: csv of any other house (an ordered delivery
has its own mapping), xlsx (xlsx.py).

What the format gives and what it does not: texts are quoted and cells are not, which tells variables from
numbers; quotes inside a text are not escaped; the header may stand on several lines; symbols stand bare. It
has one text per value, a code or a label, seldom both: the same text is then code and label, and nothing is
guessed. Headings that are all periods become a variable `time`; "Folkmängd 2023" becomes `contents` and
`time`. Of csv without any quotes only the unmistakable is read: exactly one column of numbers, at the end.
"""

import io
import re
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
from pyarrow import csv

from pipelines.formats.tidy import (
    NUMBER,
    PERIOD,
    SYMBOLS,
    Malformed,
    Tidy,
    Variable,
    arrow,
    index_column,
    numbers_and_symbols,
    pc,
    refuse_doubles,
    smallest_int,
)

_DELIMITERS = (",", ";", "\t", " ")
_CODE_AND_TEXT = re.compile(r"^(\S+) - (.+)$", re.DOTALL)
_ENDS_WITH_PERIOD = re.compile(rf"^(.*\S)\s+({PERIOD.pattern})$", re.DOTALL)


@dataclass(frozen=True)
class _Layout:
    title: str
    header: list[str]
    rows: str  # everything after the header
    delimiter: str


def decode(content: bytes) -> str:
    """UTF-8 when it is that (with or without a mark), else Windows-1252, which is what SCB's csv is in."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return content.decode("cp1252", "replace")


def split_line(line: str, delimiter: str) -> list[tuple[str, bool]]:
    """One line to (text, was quoted); a quote inside a text is kept, for it is not escaped in this format."""
    cells: list[tuple[str, bool]] = []
    place = 0
    while place <= len(line):
        if line[place : place + 1] == '"':
            end = line.find(f'"{delimiter}', place + 1)
            end = len(line) - 1 if end < 0 else end
            if end <= place or line[end] != '"':
                raise Malformed(f"a quoted text is never closed: {line[place : place + 40]!r}")
            cells.append((line[place + 1 : end], True))
            place = end + 2
        else:
            end = line.find(delimiter, place)
            end = len(line) if end < 0 else end
            cells.append((line[place:end].strip(), False))
            place = end + 1
    return cells


def parse(content: bytes) -> Tidy:
    """PxWeb csv → one row a cell; Malformed when columns differ or nothing tells numbers from texts."""
    text = decode(content)
    layout = _layout(text)
    stub = _stub_width(layout)
    headings = layout.header[stub:]
    if len(set(headings)) != len(headings):
        raise Malformed("two data columns have the same heading")
    table = _cells(layout)
    variables, indices = _stub(layout.header[:stub], table, len(headings))
    measured, places = _headings(headings)
    for variable, place in zip(measured, places, strict=True):
        variables.append(variable)
        indices.append(np.tile(place, table.num_rows))
    columns = [table.column(stub + i).combine_chunks() for i in range(len(headings))]
    value, status = numbers_and_symbols(_interleave(columns), "the data part")
    refuse_doubles(variables, indices)
    return Tidy(tuple(variables), tuple(indices), value, status, title=layout.title)


def _interleave(columns: list[pa.Array]) -> pa.Array:
    """Columns side by side to one array, row after row."""
    if len(columns) == 1:
        return columns[0]
    rows, width = len(columns[0]), len(columns)
    order = np.arange(rows * width).reshape(width, rows).T.ravel()
    return pa.concat_arrays(columns).take(arrow(order))


def _layout(text: str) -> _Layout:
    lines = text.splitlines(keepends=True)
    if not lines or not text.strip():
        raise Malformed("the file is empty")
    place = 0
    while not lines[place].strip():
        place += 1
    title = ""
    first = lines[place].strip()
    second = lines[place + 1] if place + 1 < len(lines) else ""
    alone = re.fullmatch(r'".*"', first) is not None and re.search(r'"[,;\t ]"', first) is None
    if alone and not second.strip() and place + 2 < len(lines):
        title = first[1:-1]
        place += 2
    header = lines[place].rstrip("\r\n")
    place += 1
    delimiter = _delimiter(header, lines[place] if place < len(lines) else "")
    # One server version ends every heading with a line break; the next line then begins with the delimiter.
    while place < len(lines) and lines[place].startswith(f'{delimiter}"'):
        header += lines[place].rstrip("\r\n")
        place += 1
    while place < len(lines) and not lines[place].strip():
        place += 1
    names = [name for name, _ in split_line(header.rstrip(), delimiter)]
    if len(names) < 2:
        raise Malformed(f"the header has one column only, {names[0][:40]!r}; this is no table of cells")
    rows = "".join(lines[place:])
    if not rows.strip():
        raise Malformed("there is a header but not one row of cells")
    return _Layout(title, names, rows, delimiter)


def _delimiter(header: str, following: str) -> str:
    if header.startswith('"'):
        closed = header.find('"', 1)
        after = header[closed + 1 : closed + 2] or following[:1]
        if after in _DELIMITERS:
            return after
        raise Malformed(f"no known delimiter follows the first heading, {header[:60]!r}")
    counts = {d: header.count(d) for d in _DELIMITERS[:3]}
    best = max(counts, key=lambda d: counts[d])
    if not counts[best]:
        raise Malformed("the first line has no comma, semicolon or tab, so this is no csv")
    return best


def _is_cell(text: str) -> bool:
    return not text or text in SYMBOLS or re.match(NUMBER, text) is not None


def _stub_width(layout: _Layout) -> int:
    """How many columns to the left are variables, told by the quotes of the first rows."""
    sample = [split_line(line, layout.delimiter) for line in layout.rows.splitlines()[:500] if line.strip()]
    for number, row in enumerate(sample, 1):
        if len(row) != len(layout.header):
            raise Malformed(f"row {number} has {len(row)} columns but the header has {len(layout.header)}")
    width = len(layout.header)
    quoted = [all(row[i][1] and row[i][0] not in SYMBOLS for row in sample) for i in range(width)]
    if any(quoted) and not all(quoted):
        stub = quoted.index(False)
        stray = next((i for i in range(stub, width) if not all(_is_cell(row[i][0]) for row in sample)), None)
        if stray is not None:
            bad = next(row[stray][0] for row in sample if not _is_cell(row[stray][0]))
            raise Malformed(f"the column {layout.header[stray]!r} holds {bad!r}, neither a number nor a symbol")
        if stub == 0:
            raise Malformed("there is no variable before the first column of numbers")
        return stub
    numeric = [all(_is_cell(row[i][0]) for row in sample) for i in range(width)]
    run = next((n for n in range(width) if not numeric[width - 1 - n]), width)
    periods = all(PERIOD.fullmatch(h) for h in layout.header[width - run :])
    if run == 1 or (0 < run < width and periods):
        return width - run
    raise Malformed("texts are not quoted and several columns could be the numbers; save it from PxWeb again")


def _cells(layout: _Layout) -> pa.Table:
    """All rows, every column as text."""
    names = [f"c{i}" for i in range(len(layout.header))]
    d = re.escape(layout.delimiter)
    if re.search(rf'[^{d}\r\n]"[^{d}\r\n]', layout.rows):
        return _cells_with_inner_quotes(layout, names)
    stream = io.BytesIO(layout.rows.encode())
    try:
        return csv.read_csv(
            stream,
            read_options=csv.ReadOptions(column_names=names, block_size=1 << 24),
            parse_options=csv.ParseOptions(delimiter=layout.delimiter),
            convert_options=csv.ConvertOptions(column_types={n: pa.string() for n in names}, strings_can_be_null=False),
        )
    except pa.ArrowInvalid as error:
        first = str(error).splitlines()[0]
        raise Malformed(f"the rows do not line up with the {len(names)} headings: {first}") from None


def _cells_with_inner_quotes(layout: _Layout, names: list[str]) -> pa.Table:
    """As `_cells`, line by line: quotes inside a text are not escaped here, which no csv reader expects."""
    columns: list[list[str]] = [[] for _ in names]
    for number, line in enumerate((x for x in layout.rows.splitlines() if x.strip()), 1):
        cells = split_line(line, layout.delimiter)
        if len(cells) != len(names):
            raise Malformed(f"row {number} has {len(cells)} columns but the header has {len(names)}")
        for column, (text, quoted) in zip(columns, cells, strict=True):
            column.append(text.replace('""', '"') if quoted else text)
    return pa.table({n: pa.array(c, pa.string()) for n, c in zip(names, columns, strict=True)})


def _stub(names: list[str], table: pa.Table, repeat: int) -> tuple[list[Variable], list[np.ndarray]]:
    variables: list[Variable] = []
    indices: list[np.ndarray] = []
    for place, name in enumerate(names):
        column = table.column(place)
        index, texts = index_column(pc.utf8_trim_whitespace(column))
        code, label = name, name
        pair = _CODE_AND_TEXT.match(name)
        pairs = [_CODE_AND_TEXT.match(t) for t in texts]
        codes, labels = texts, texts
        # `UseCodesAndTexts` writes "code - text", in the heading as in the cells; only then is it split.
        if pair and all(pairs):
            code, label = pair.groups()
            codes = tuple(p.group(1) for p in pairs if p)
            labels = tuple(p.group(2) for p in pairs if p)
        if not code:
            raise Malformed(f"column {place + 1} has no heading")
        role = "time" if all(PERIOD.fullmatch(c) for c in codes) else ""
        variables.append(Variable(code, label, codes, labels, role))
        indices.append(np.repeat(index, repeat))
    return variables, indices


def _headings(headings: list[str]) -> tuple[list[Variable], list[np.ndarray]]:
    """The data columns' headings as one variable or, where every one ends with a period, two."""
    if all(PERIOD.fullmatch(h) for h in headings):
        codes = tuple(headings)
        return [Variable("time", "time", codes, codes, "time")], [np.arange(len(codes), dtype=smallest_int(len(codes)))]
    split = [_ENDS_WITH_PERIOD.match(h) for h in headings]
    if all(split):
        parts = [(m.group(1), m.group(2)) for m in split if m]
        names = ("contents", "time")
        variables, places = [], []
        for part, name in enumerate(names):
            codes = tuple(dict.fromkeys(p[part] for p in parts))
            place_of = {code: i for i, code in enumerate(codes)}
            variables.append(Variable(name, name, codes, codes, "time" if part else "metric"))
            places.append(np.array([place_of[p[part]] for p in parts], smallest_int(len(codes))))
        return variables, places
    codes = tuple(headings)
    return [Variable("contents", "contents", codes, codes, "metric")], [
        np.arange(len(codes), dtype=smallest_int(len(codes)))
    ]
