"""A grid of texts and its mapping → rows in the project's codes, each with the number of the row it came from.

Every text of a column is looked at once, whatever the number of rows. What cannot be read is told by file, row and
column, never by a count; nothing is guessed, and what was changed on the way (a code of an earlier division, a padded
code, totals left out) is noted. Not here: what must hold between rows (`checks.py`), or between files (`store.py`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import numpy as np
import pyarrow as pa

from pipelines.errors import Refused
from pipelines.inbox.grid import Grid
from pipelines.inbox.mapping import SKIP, FileMapping, Source
from pipelines.inbox.shapes import TOTAL, AreaChange, Column

ROW = "row_number"
_BAND = re.compile(r"^(\d{1,3})\s*(?:-|–|—|till)\s*(\d{1,3})(?:\s*år)?$")
_SPACED = re.compile(r"^\d{1,3}(?:[ \u00a0\u202f]\d{3})+$")
_WHOLE = re.compile(r"^\d+(?:[.,]0{1,2})?$")
_NUMBER = re.compile(r"^-?\d+(?:[.,]\d+)?$")
_AREA = re.compile(r"^(\d{2}|\d{4})(?:\s+\D.*)?$")
MOST_PERSONS = 20_000_000  # in a cell; the country has fewer
SYMBOLS = ("..", ".", "<5", "")
SUMMED_HERE = "counties and the nation are summed from the municipalities, not taken from the file"
_STUBS = ("municipality", "year", "years", "age_band", "code", "text")
LEFT_OUT, _WRONG = "\0left out", "\0wrong: "


@dataclass(frozen=True)
class Places:
    """The municipalities: `codes`, and every name in lower case → code; `larger` are counties and the nation."""

    codes: frozenset[str]
    names: dict[str, str]
    larger: frozenset[str]
    changes: tuple[AreaChange, ...]


@dataclass
class Rows:
    """Rows in the project's codes. `notes` is what a person should know was done; not `numbered`, they are counts of
    rows of the file, and their number is none of the file's.
    """

    table: pa.Table
    notes: list[str] = field(default_factory=list)
    numbered: bool = True


@dataclass
class _Reading:
    grid: Grid
    mapping: FileMapping
    places: Places
    notes: list[str]
    stub: frozenset[str] = frozenset()  # columns whose empty cells repeat the one above, as the layout shows

    def texts(self, name: str, source: Source, place: int = 0) -> tuple[np.ndarray, list[str]]:
        """A column as (index into the distinct texts, distinct texts)."""
        if source.constant is not None:
            return np.zeros(len(self.grid), np.int64), [source.constant]
        column = self.grid.columns[source.headings[place]].fill_null("")
        encoded = column.dictionary_encode()
        texts = [" ".join(text.replace("\xa0", " ").split()) for text in encoded.dictionary.to_pylist()]
        index = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        if name in self.mapping.fill_down or name in self.stub:
            index = _filled(index, texts)
        return index, texts

    def refuse(self, name: str, found: list[tuple[int, str]]) -> None:
        """One sentence for all the rows of a column that cannot be read."""
        row, rule = min(found)
        place = f", row {self.grid.first_row + row}" if self.grid.numbered else ""
        number = f"{len(found)} row(s) in all" if self.grid.numbered else "it may be in many rows"
        raise Refused(
            f"{self.grid.where}{place}: {name} {rule}; {number}; "
            f"correct the file, or say in {self.mapping.path.name} what it means."
        )


def translate(grid: Grid, mapping: FileMapping, places: Places) -> Rows:
    """The grid's rows in the columns of the mapping's shape, codes as the project has them, counts as the file's texts
    split into `<name>` (number or null) and `<name>_status` (what stood there instead), and `row_number`.
    """
    if len(grid) == 0:
        raise Refused(f"{grid.where} has headings but no rows; ask for the delivery again.")
    stub = repeated(grid, mapping.shape.columns, mapping.sources)
    stub = {name: many for name, many in stub.items() if name not in mapping.fill_down}
    notes = [f"{many} empty cell(s) of {name} repeat the one above them" for name, many in stub.items()]
    reading = _Reading(grid, mapping, places, [*grid.notes, *notes], frozenset(stub))
    columns: dict[str, pa.Array] = {}
    keep = np.ones(len(grid), bool)
    for name, column in mapping.shape.columns.items():
        source = mapping.sources.get(name)
        if source is None:
            columns[name] = (
                pa.array([TOTAL] * len(grid)) if column.kind != "number" else pa.nulls(len(grid), pa.string())
            )
            continue
        if column.kind == "count":
            columns[name], columns[f"{name}_status"] = _counts(reading, name, source)
            continue
        words = _interval(reading, name, source) if len(source.headings) == 2 else _column(reading, column, source)
        left_out = pa.compute.equal(words, LEFT_OUT).to_numpy(zero_copy_only=False)
        if left_out.any():
            reading.notes.append(f"{int(left_out.sum())} row(s) left out as {name} says")
            keep &= ~left_out
        columns[name] = words
    columns[ROW] = pa.array(np.arange(len(grid)) + grid.first_row)
    table = pa.table(columns).filter(pa.array(keep))
    if SUMMED_HERE in reading.notes and not table.num_rows:
        raise Refused(
            f"{grid.where} tells of counties or the nation only, and {SUMMED_HERE}; "
            f"ask for the delivery by municipality, as docs/raks-order.md says."
        )
    if "municipality" in columns and "year" in columns:
        table = _of_its_time(reading, table)
    return Rows(table, reading.notes)


def _reader(column: Column, places: Places) -> Callable[[str], str]:
    """What makes a text of that column the project's code, or says what is wrong with it."""
    readers: dict[str, Callable[[str], str]] = {
        "municipality": lambda text: _municipality(text, column, places),
        "year": lambda text: _year(text, column),
        "years": _years,
        "age_band": lambda text: _age_band(text, column),
        "code": lambda text: column.spellings.get(text.lower(), f"{_WRONG}is '{text}', which is no code of it"),
        "text": lambda text: column.spellings.get(text.lower(), text) or f"{_WRONG}is empty",
        "number": _number,
        "birth_year": _number,
    }
    return readers[column.kind]


def not_understood(texts: list[str], wanted: Column, places: Places) -> list[str]:
    """The texts of a column that need a code of their own in the mapping."""
    read = _reader(wanted, places)
    return [text for text in texts if read(" ".join(text.replace("\xa0", " ").split())).startswith(_WRONG)]


def column(grid: Grid, mapping: FileMapping, places: Places, wanted: Column, source: Source) -> pa.Array:
    """One column of a grid in the project's codes."""
    return _column(_Reading(grid, mapping, places, []), wanted, source)


def placed(
    grid: Grid, mapping: FileMapping, places: Places, columns: Mapping[str, Column], sources: Mapping[str, Source]
) -> tuple[dict[str, pa.Array], list[str]]:
    """The columns municipality and year of a grid in the project's codes, as of their time, and what was noted."""
    reading = _Reading(grid, mapping, places, [])
    known = {name: _column(reading, columns[name], sources[name]) for name in ("municipality", "year")}
    table = _of_its_time(reading, pa.table({**known, ROW: np.arange(len(grid))}))
    return {name: table[name].combine_chunks() for name in known}, reading.notes


def without_left_out(table: pa.Table, column: str) -> pa.Table:
    """The rows but for those whose code says that they are left out."""
    return table.filter(pa.compute.not_equal(table[column], LEFT_OUT))


def _column(reading: _Reading, column: Column, source: Source) -> pa.Array:
    index, texts = reading.texts(column.name, source)
    read = _reader(column, reading.places)
    words = []
    for text in texts:
        own = source.codes.get(text.lower())
        words.append(LEFT_OUT if own == SKIP else read(own) if own is not None else read(text))
    wrong = np.array([word.startswith(_WRONG) for word in words])
    if (rows := np.flatnonzero(wrong[index])).size:
        reading.refuse(column.name, [(int(row), words[index[row]].removeprefix(_WRONG)) for row in rows])
    if column.kind == "municipality":
        padded = [text for text in texts if text.isdigit() and len(text) == 3]
        if padded:
            reading.notes.append(f"{len(padded)} municipality code(s) lacked their first nought, such as {min(padded)}")
        if any(word == LEFT_OUT for word in words):
            reading.notes.append(SUMMED_HERE)
    if column.groups:
        strange = sorted(
            {word for word in words if word not in (TOTAL, LEFT_OUT) and word.lower() not in column.groups}
        )
        if strange:
            reading.notes.append(
                f"{len(strange)} {column.name}(s) stand in no group of data/catalogue/social_groups.yaml, such as "
                f"'{strange[0]}', and count in the total alone"
            )
    return pa.array(words).take(pa.array(index))


def _municipality(text: str, column: Column, places: Places) -> str:
    lower = text.lower()
    if lower in column.spellings:
        return column.spellings[lower]
    found = _AREA.match(text)
    code = found[1] if found else text.zfill(4) if text.isdigit() and len(text) == 3 else places.names.get(lower, "")
    changed = {change.code for change in places.changes}
    named = places.names.get(text[len(found[1]) :].strip(" -–,:").lower(), code) if found else code
    if named != code and code not in changed and len(code) == len(named):
        return f"{_WRONG}is '{text}', whose code and name are two places"
    if code in places.codes or code in changed:
        return code
    if code in places.larger or text in ("0000",):
        return LEFT_OUT
    return f"{_WRONG}is '{text}', which is no municipality"


def _year(text: str, column: Column) -> str:
    if not re.fullmatch(r"\d{4}(\.0)?", text):
        return f"{_WRONG}is '{text}', which is not a year"
    year = int(text[:4])
    if column.first and year < column.first:
        return f"{_WRONG}is {year}, but the series begins in {column.first}"
    if year > datetime.now(UTC).year:
        return f"{_WRONG}is {year}, which has not been yet"
    return str(year)


def _years(text: str) -> str:
    found = re.fullmatch(r"(\d{4})(?:\s*(?:-|–|/)\s*(\d{4}))?", text)
    if not found or int(found[2] or found[1]) < int(found[1]):
        return f"{_WRONG}is '{text}', which is no interval of years"
    return f"{found[1]}-{found[2] or found[1]}"


def _interval(reading: _Reading, name: str, source: Source) -> pa.Array:
    """Two columns of years as one interval."""
    (first, starts), (last, ends) = reading.texts(name, source, 0), reading.texts(name, source, 1)
    pairs, index = np.unique(np.stack([first, last]), axis=1, return_inverse=True)
    index = index.reshape(-1)
    words = [_years(f"{starts[a]}-{ends[b]}") for a, b in pairs.T]
    wrong = np.array([word.startswith(_WRONG) for word in words])
    if (rows := np.flatnonzero(wrong[index])).size:
        reading.refuse(name, [(int(row), words[index[row]].removeprefix(_WRONG)) for row in rows])
    return pa.array(words).take(pa.array(index))


def _age_band(text: str, column: Column) -> str:
    if text.lower() in column.spellings:
        return column.spellings[text.lower()]
    found = _BAND.match(text.lower())
    if not found:
        return f"{_WRONG}is '{text}', which is no age band such as 25-34"
    return f"{int(found[1])}-{int(found[2])}"


def _number(text: str) -> str:
    return text.replace(",", ".") if _NUMBER.match(text) else f"{_WRONG}is not a number"


def _counts(reading: _Reading, name: str, source: Source) -> tuple[pa.Array, pa.Array]:
    """Whole persons and the symbols that stand for none; anything else is refused by row, without its value."""
    index, texts = reading.texts(name, source)
    numbers, wrong = np.zeros(len(texts)), np.zeros(len(texts), bool)
    symbols: list[str | None] = []
    for place, text in enumerate(texts):
        said = reading.mapping.symbols.get(text, text)
        plain = said.replace(reading.mapping.thousands, "") if reading.mapping.thousands else said
        plain = re.sub(r"[ \u00a0\u202f]", "", plain) if _SPACED.match(plain) else plain
        if said in SYMBOLS:
            symbols.append(said)
        elif _WHOLE.match(plain):
            numbers[place] = float(re.split("[.,]", plain)[0])
            symbols.append(None)
            wrong[place] = numbers[place] > MOST_PERSONS
        else:
            symbols.append(None)
            wrong[place] = True
    if wrong[index].any():
        rule = (
            "is neither a whole number of persons nor a known symbol (symbols and thousands can be said in the mapping)"
        )
        reading.refuse(name, [(int(row), rule) for row in np.flatnonzero(wrong[index])])
    known = np.array([symbol is None for symbol in symbols])
    value = pa.array(numbers[index], mask=~known[index])
    return value, pa.array(symbols, pa.string()).take(pa.array(index))


def _filled(index: np.ndarray, texts: list[str]) -> np.ndarray:
    """The index with empty cells repeating the one above."""
    empty = np.array([not text for text in texts])[index]
    above = np.maximum.accumulate(np.where(empty, -1, np.arange(len(index))))
    return np.where(above < 0, index, index[np.maximum(above, 0)])


def repeated(grid: Grid, columns: Mapping[str, Column], sources: Mapping[str, Source]) -> dict[str, int]:
    """Columns of codes whose empty cells repeat the one above (merged cells, a stub that is written once), and how many
    each has. Only where the layout shows it: the first row is filled, no text is written twice in a run, and nothing to
    the left changes where a cell is empty.
    """
    place = {heading: number for number, heading in enumerate(grid.columns)}
    found: dict[str, int] = {}
    changes = np.zeros(len(grid), bool)
    of_codes = [
        (place[source.headings[0]], name)
        for name, source in sources.items()
        if len(source.headings) == 1 and columns[name].kind in _STUBS
    ]
    for _, name in sorted(of_codes):
        column, source = columns[name], sources[name]
        encoded = grid.columns[source.headings[0]].fill_null("").dictionary_encode()
        texts = [text.strip() for text in encoded.dictionary.to_pylist()]
        index = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        empty = np.array([not text for text in texts])[index]
        is_code = "" in column.spellings or "" in source.codes
        if empty.any() and not is_code and not empty[0] and not (empty & changes).any():
            filled = _filled(index, texts)
            twice = ~empty[1:] & ~changes[1:] & (filled[1:] == filled[:-1])
            if not twice.any():
                found[name], index = int(empty.sum()), filled
        changes[1:] |= index[1:] != index[:-1]
    return found


def _of_its_time(reading: _Reading, table: pa.Table) -> pa.Table:
    """Codes of municipalities that began or ended within the series, against the year they stand with."""
    for change in reading.places.changes:
        here = pa.compute.equal(table["municipality"], change.code).to_numpy()
        year = np.array(table["year"].to_pylist(), dtype=int) if here.any() or change.was else np.zeros(len(here), int)
        if change.until is not None and here.any():
            if (late := here & (year > change.until)).any():
                _refuse_time(reading, table, late, f"is {change.code}, a code that ended with {change.until}")
            reading.notes.append(
                f"{change.code} until {change.until} is {change.now} today; county sums follow today's division"
            )
            table = _recoded(table, here, str(change.now))
        if change.since is not None:
            if (early := here & (year < change.since)).any():
                _refuse_time(reading, table, early, f"is {change.code}, which began in {change.since}")
            whole = pa.compute.equal(table["municipality"], change.was).to_numpy() & (year < change.since)
            if whole.any():
                rule = f"is {change.was}, which until {change.since} held what is now {change.code}: not comparable"
                _refuse_time(reading, table, whole, rule)
    return table


def _refuse_time(reading: _Reading, table: pa.Table, rows: np.ndarray, rule: str) -> None:
    numbers = np.array(table[ROW].to_pylist())[rows] - reading.grid.first_row
    reading.refuse("municipality", [(int(number), rule) for number in numbers])


def _recoded(table: pa.Table, rows: np.ndarray, code: str) -> pa.Table:
    words = pa.compute.if_else(pa.array(rows), code, table["municipality"])
    return table.set_column(table.schema.get_field_index("municipality"), "municipality", words)
