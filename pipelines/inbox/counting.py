"""Person rows in parquet counted into a cube, a batch at a time: each column of codes is an axis of it.

Belongs here: what the columns hold, reading batches, counting, and the cube back into cells. What a code column holds
is looked up once (the numbers between its least and greatest, or its distinct texts), so that a row costs a look-up
and an addition a column. Not here: what a code means (`translate.py`), which rows are to be counted and as whom
(`cube.py`), nor limits and flows, which `persons.py` counts in SQL.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute
import pyarrow.parquet

LEFT_OUT, WRONG = -1, -2
BATCH_ROWS = 131_072  # what the arithmetic on a batch writes stays in the processor's own memory
ROWS_AT_ONCE = 2_000_000  # rows added to the cube together
MOST_CELLS = 60_000_000  # half a gigabyte of counts, and as much again while they are added to
WIDEST = 10_000  # numbers between a column's least and greatest, or distinct texts
OLDEST = 127


@dataclass(frozen=True)
class Held:
    """What a column holds: `texts`, the whole numbers from `least` on unless that is none; and if any is null."""

    texts: tuple[str, ...]
    least: int | None
    nulls: bool


@dataclass
class Axis:
    """A column of codes as an axis of `size` places. `place_of`: a text's place, LEFT_OUT or WRONG, in `held`'s order.

    `untold` is the place of a row without a value; `left_out` becomes true when a row is met that is left out.
    """

    heading: str
    held: Held
    size: int
    place_of: np.ndarray
    untold: int = WRONG
    left_out: bool = False

    def places(self, column: pa.Array) -> tuple[np.ndarray, str | None]:
        """The place of every row, and the first text that has none."""
        if pa.types.is_dictionary(column.type):
            at = dict(zip(self.held.texts, self.place_of.tolist(), strict=True))
            known = np.array([at.get(text, WRONG) for text in column.dictionary.to_pylist()] or [WRONG], np.int16)
            index = column.indices.fill_null(0) if column.null_count else column.indices
            found = known[index.to_numpy(zero_copy_only=False)]
        else:
            values = column.fill_null(self.held.least or 0) if column.null_count else column
            numbers = values.to_numpy(zero_copy_only=False)
            found = self.place_of[numbers.astype(np.int32) - (self.held.least or 0)]
        if column.null_count:
            found[column.is_null().to_numpy(zero_copy_only=False)] = self.untold
        if found.min(initial=0) == WRONG:
            return found, str(column[int(np.argmax(found == WRONG))].as_py() or "")
        return found, None


class Unknown(Exception):
    """A row has a text that is no code: `heading`, `text`."""

    def __init__(self, heading: str, text: str) -> None:
        super().__init__(heading, text)
        self.heading, self.text = heading, text


def held(files: Sequence[Path], heading: str) -> Held | None:
    """What the column `heading` holds; none where it is neither texts nor whole numbers, or of too many."""
    types = {pa.parquet.read_schema(path).field(heading).type for path in files}
    if all(map(pa.types.is_integer, types)):
        span = _span(files, heading)
        if span is None or span[1] - span[0] >= WIDEST:
            return None
        return Held(tuple(map(str, range(span[0], span[1] + 1))), span[0], _nulls(files, heading))
    if not all(pa.types.is_string(kind) or pa.types.is_large_string(kind) for kind in types):
        return None
    texts: dict[str, None] = {}
    nulls = False
    for batch in _batches(files, [heading]):
        column = batch[heading]
        nulls = nulls or column.null_count > 0
        texts |= dict.fromkeys(text for text in column.dictionary.to_pylist() if text is not None)
        if len(texts) > WIDEST:
            return None
    return Held(tuple(texts), None, nulls)


def _statistics(files: Sequence[Path], heading: str) -> Iterator[pa.parquet.Statistics | None]:
    for path in files:
        about = pa.parquet.read_metadata(path)
        place = next(i for i in range(about.num_columns) if about.schema.column(i).path == heading)
        for group in range(about.num_row_groups):
            yield about.row_group(group).column(place).statistics


def _span(files: Sequence[Path], heading: str) -> tuple[int, int] | None:
    """The least and greatest number, as the files' own statistics tell; none where they do not."""
    least, greatest = [], []
    for told in _statistics(files, heading):
        if told is None or not told.has_min_max:
            return None
        least.append(int(told.min))
        greatest.append(int(told.max))
    return (min(least), max(greatest)) if least else None


def _nulls(files: Sequence[Path], heading: str) -> bool:
    return any(told is None or not told.has_null_count or told.null_count for told in _statistics(files, heading))


def _batches(files: Sequence[Path], headings: Sequence[str]) -> Iterator[pa.RecordBatch]:
    for path in files:
        with pa.parquet.ParquetFile(path, read_dictionary=list(headings)) as file:
            yield from file.iter_batches(BATCH_ROWS, columns=list(dict.fromkeys(headings)))


def count(
    files: Sequence[Path], year: tuple[str, int, int], birth: str, band_of: np.ndarray, bands: int, axes: Sequence[Axis]
) -> tuple[np.ndarray, list[int]] | None:
    """The rows by year, age band and axes, and the years that there are rows of; none where the cube is too large.

    `year`: heading, first and last. `band_of[year - first, age]` is a place among `bands` or LEFT_OUT; ages end at 127.
    """
    heading, first, last = year
    shape = (last - first + 1, bands, *(axis.size for axis in axes))
    if math.prod(shape) > MOST_CELLS:
        return None
    counts = np.zeros(math.prod(shape), np.int64)
    there = np.zeros(shape[0], bool)
    waiting: list[np.ndarray] = []
    for batch in _batches(files, [heading, birth, *(axis.heading for axis in axes)]):
        at_year = batch[heading].to_numpy(zero_copy_only=False).astype(np.int32)
        age = np.clip(at_year - batch[birth].to_numpy(zero_copy_only=False).astype(np.int32), -1, OLDEST)
        at_year -= first
        there |= np.bincount(at_year, minlength=len(there)) > 0
        band = band_of[at_year, age]
        kept = band >= 0
        key = at_year * bands + band
        for axis in axes:
            place, wrong = axis.places(batch[axis.heading])
            if wrong is not None:
                raise Unknown(axis.heading, wrong)
            if place.min(initial=0) < 0:
                kept &= place >= 0
                axis.left_out = True
            key *= axis.size
            key += place
        waiting.append(key[kept])
        if sum(map(len, waiting)) >= max(ROWS_AT_ONCE, len(counts)):
            counts += np.bincount(np.concatenate(waiting), minlength=len(counts))
            waiting = []
    if waiting:
        counts += np.bincount(np.concatenate(waiting), minlength=len(counts))
    return counts.reshape(shape), [int(first + place) for place in np.flatnonzero(there)]


def cells(counts: np.ndarray, words: Sequence[Sequence[str] | range]) -> tuple[list[pa.Array], pa.Array]:
    """The cells of the cube that somebody is in: each axis as a dictionary of its words, and the persons."""
    flat = counts.reshape(-1)
    rest = np.flatnonzero(flat)
    persons = pa.array(flat[rest].astype(np.float64))
    rest = rest.astype(np.int32)
    columns: list[pa.Array] = []
    for axis in reversed(words):
        above = rest // len(axis)  # numpy divides by one number faster than it takes both results of `divmod`
        rest, place = above, rest - above * len(axis)
        kind = np.int8 if len(axis) < 128 else np.int16
        columns.append(pa.DictionaryArray.from_arrays(pa.array(place.astype(kind)), _words(axis)))
    return columns[::-1], persons


def _words(axis: Sequence[str] | range) -> pa.Array:
    return pa.array(axis, pa.int32() if isinstance(axis, range) else pa.string())
