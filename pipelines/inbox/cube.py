"""Person rows → the cells of a cell table, by counting them into a cube: wherever every row's own codes say who it is.

Belongs here: which axes the cube has, and its cells in the project's codes. Not here: the counting itself
(`counting.py`), nor rows whose degree of establishment has to be made, which are left to `persons.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
import pyarrow as pa

from pipelines.inbox import counting
from pipelines.inbox import translate as reading
from pipelines.inbox.counting import LEFT_OUT, OLDEST, WRONG, Axis, Held
from pipelines.inbox.grid import Grid
from pipelines.inbox.mapping import FileMapping
from pipelines.inbox.shapes import Column, Shape
from pipelines.inbox.translate import Places, Rows

PLACE, YEAR, DEGREE, AFFILIATION = "municipality", "year", "establishment", "main_affiliation"


def cells(files: Sequence[Path], mapping: FileMapping, places: Places, shape: Shape) -> Rows | None:
    """The rows counted by the columns of the cell table `shape`, texts as dictionaries; none where it has to be done
    otherwise. `Refused` where a text is no code, or a year not of the series.
    """
    columns = mapping.shape.columns
    birth = next(column for column in columns.values() if column.kind == "birth_year")
    coded = [name for name, column in columns.items() if column.kind == "code"]
    wanted = [YEAR, birth.name, PLACE, *coded]
    if any(name not in mapping.sources or not mapping.sources[name].headings for name in wanted):
        return None
    of = {name: mapping.sources[name].headings[0] for name in wanted}
    held: dict[str, Held] = {}
    for name in wanted:
        found = counting.held(files, of[name])
        if found is None or (name in (YEAR, birth.name) and (found.least is None or found.nulls)):
            return None
        held[name] = found
    if held[DEGREE].nulls and "earned_income" in mapping.sources:
        return None  # it is made from income and limit
    reader = _Reader(files[0], mapping, places)
    axes = {name: reader.axis(columns[name], held[name]) for name in (PLACE, *coded)}
    first, last = int(held[YEAR].texts[0]), int(held[YEAR].texts[-1])
    bands = sorted({f"{low}-{high}" for own in birth.bands.values() for low, high in own})
    try:
        place_of = _bands(birth, bands, first, last)
        counted = counting.count(files, (of[YEAR], first, last), of[birth.name], place_of, len(bands), [*axes.values()])
    except counting.Unknown as fault:
        name = next(name for name in wanted if of[name] == fault.heading)
        reader.words(columns[name], [fault.text])  # refuses it
        raise
    if counted is None:
        return None
    counts, years = counted
    reader.words(columns[YEAR], [str(year) for year in years])
    reader.notes += [f"rows left out as {name} says" for name in coded if axes[name].left_out]
    if axes[PLACE].left_out:
        reader.notes.append(reading.SUMMED_HERE)
    counts = _with_degrees(counts, reader.words_of, mapping.shape.limit["at_work"])
    counts = _of_today(reader, counts, first)
    told: dict[str, Sequence[str] | range] = {
        YEAR: range(first, first + counts.shape[0]),
        "age_group": bands,
        **reader.words_of,
    }
    arrays, persons = counting.cells(counts, list(told.values()))
    table = dict(zip(told, arrays, strict=True))
    count, number = shape.counts[0], len(persons)
    return Rows(
        pa.table(
            {name: table[name] for name in shape.columns if name in table}
            | {count: persons, f"{count}_status": pa.nulls(number, pa.string())}
            | {reading.ROW: pa.array(np.zeros(number, np.int8))}
        ),
        reader.notes,
        numbered=False,
    )


def _bands(birth: Column, bands: list[str], first: int, last: int) -> np.ndarray:
    """The band's place by year since `first` and age; LEFT_OUT for ages that are not of the span."""
    place_of = np.full((last - first + 1, OLDEST + 1), LEFT_OUT, np.int32)
    for year in range(first, last + 1):
        span = birth.span(year)
        if span is None:
            continue
        for low, high in birth.bands_of(year):
            place_of[year - first, max(low, span[0]) : min(high, span[1]) + 1] = bands.index(f"{low}-{high}")
    return place_of


@dataclass
class _Reader:
    """What texts mean in one delivery: `words_of` is the codes on each axis, `texts_of` the texts of each place."""

    file: Path
    mapping: FileMapping
    places: Places
    notes: list[str] = field(default_factory=list)
    words_of: dict[str, list[str]] = field(default_factory=dict)
    texts_of: dict[str, list[str]] = field(default_factory=dict)

    def words(self, column: Column, texts: list[str]) -> list[str]:
        """The codes of texts of a column; `Refused` where one is none."""
        grid = Grid(self.file, {column.name: pa.array(texts, pa.string())}, 0, numbered=False)
        source = replace(self.mapping.sources[column.name], headings=(column.name,))
        found = reading.column(grid, self.mapping, self.places, column, source)
        return [str(word) for word in found.to_pylist()]

    def axis(self, column: Column, held: Held) -> Axis:
        """The column as an axis of the codes that its texts become."""
        own = self.mapping.sources[column.name]
        texts = list(held.texts)
        if held.least is not None:  # numbers that may or may not be there: those that are no code are told when met
            strange = set(reading.not_understood(texts, column, self.places)) - set(own.codes)
            texts = [text for text in texts if text not in strange]
        words = dict(zip(texts, self.words(column, texts), strict=True))
        empty = not reading.not_understood([""], column, self.places) or "" in own.codes
        if held.nulls and column.name != DEGREE and empty:
            words[""] = self.words(column, [""])[0]
        codes = sorted(set(words.values()) - {reading.LEFT_OUT}, key=_order(column))
        untold = codes.index(words[""]) if words.get("") in codes else LEFT_OUT if "" in words else WRONG
        if held.nulls and column.name == DEGREE:
            codes = [*dict.fromkeys([*codes, "unknown", "none"]), ""]
            untold = len(codes) - 1
        at = {text: codes.index(word) if word != reading.LEFT_OUT else LEFT_OUT for text, word in words.items()}
        self.words_of[column.name] = codes
        self.texts_of[column.name] = [text for text in words if at[text] != WRONG]
        place_of = np.array([at.get(text, WRONG) for text in held.texts], np.int32)
        return Axis(self.mapping.sources[column.name].headings[0], held, len(codes), place_of, untold)


def _order(column: Column) -> Callable[[str], tuple[int, str]]:
    return lambda word: (column.codes.index(word) if word in column.codes else len(column.codes), word)


def _with_degrees(counts: np.ndarray, words: dict[str, list[str]], at_work: Sequence[str]) -> np.ndarray:
    """Whose degree of establishment is not told: not known of those at work, none for the others."""
    codes = words[DEGREE]
    if codes[-1] != "":
        return counts
    axis = 2 + list(words).index(AFFILIATION)
    for place, affiliation in enumerate(words[AFFILIATION]):
        of_it = np.moveaxis(counts, axis, 0)[place]  # establishment is the last axis
        of_it[..., codes.index("unknown" if affiliation in at_work else "none")] += of_it[..., -1]
    words[DEGREE] = codes[:-1]
    return counts[..., :-1]


def _of_today(reader: _Reader, counts: np.ndarray, first: int) -> np.ndarray:
    """The cube with today's municipalities: codes of an earlier division are brought to it, or refused."""
    codes = reader.words_of[PLACE]
    axis = 2 + list(reader.words_of).index(PLACE)
    there = np.asarray(counts.any(axis=tuple(at for at in range(counts.ndim) if at not in (0, axis))))
    texts = reader.texts_of[PLACE]
    meant = reader.words(reader.mapping.shape.columns[PLACE], texts) if texts else []
    pairs = [
        (year, codes.index(code), text)
        for text, code in zip(texts, meant, strict=True)
        if code != reading.LEFT_OUT
        for year in np.flatnonzero(there[:, codes.index(code)]).tolist()
    ]
    if not pairs:
        return counts
    told = {PLACE: pa.array([text for *_, text in pairs]), YEAR: pa.array([str(first + year) for year, *_ in pairs])}
    sources = {name: replace(reader.mapping.sources[name], headings=(name,), constant=None) for name in told}
    grid = Grid(reader.file, told, 0, numbered=False)
    known, notes = reading.placed(grid, reader.mapping, reader.places, reader.mapping.shape.columns, sources)
    reader.notes += notes
    now = known[PLACE].to_pylist()
    if all(code == codes[place] for (_, place, _), code in zip(pairs, now, strict=True)):
        return counts
    today = sorted(set(now))
    before = np.moveaxis(counts, axis, 1)
    after = np.zeros((before.shape[0], len(today), *before.shape[2:]), counts.dtype)
    for year, place, code in {(year, place, code) for (year, place, _), code in zip(pairs, now, strict=True)}:
        after[year, today.index(code)] += before[year, place]
    reader.words_of[PLACE] = today
    return np.moveaxis(after, 1, axis)
