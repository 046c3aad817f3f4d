"""The common result of every format: one row a cell, with code, label, value and the publisher's symbol.

Belongs here: the shape all parsers return, and the few rules they share (what is a number, what is a symbol,
which names collide). Does not belong here: any one format's grammar, files, the network.

A parser is pure: bytes in, a `Tidy` out, or `Malformed` with the reason. Missing is never zero and never
dropped: a cell without a number has a null `value` and, where the publisher gave one, its symbol in `status`.
A status can also stand beside a number (a note such as "preliminary"), so status does not mean missing.
"""

import json
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute

from pipelines.errors import Refused

# A table above this is not a statistics table but a mistake or an attack: the sizes in a reply are multiplied
# before anything is allocated. 312 areas x 134 ages x 3 sexes x 60 years is 7.5 million.
MAX_CELLS = 200_000_000

# PX symbols as they stand in a cell when the file does not redefine them (PX file format 2013, DATASYMBOL1-6,
# DATASYMBOLNIL, DATASYMBOLSUM), and Eurostat's colon.
SYMBOLS = (".", "..", "...", "....", ".....", "......", ".......", "-", "–", ":", "*")

NUMBER = r"^[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d+)?$"
PERIOD = re.compile(r"\d{4}(?:[A-Za-z]{1,2}\d{1,2})?(?:\s?[-/–]\s?\d{2,4}(?:[A-Za-z]{1,2}\d{1,2})?)?")

IntArray = npt.NDArray[np.integer]

# The published stubs of pyarrow give most compute functions the wrong type, so they are untyped, here once.
pc: Any = pyarrow.compute


class Malformed(Refused):
    """A file or reply that does not hold what its format promises; the message is the reason."""


@dataclass(frozen=True)
class Unit:
    """What a number counts: `base` as published ("procent", "antal"), and the decimals it is shown with."""

    base: str
    decimals: int | None = None


@dataclass(frozen=True)
class Variable:
    """One dimension: its code and label, its values' codes and labels (same length, publisher's order).

    `role` is time, metric, geo or empty; `parents` maps a code to the codes above it in the publisher's
    hierarchy; `units` maps the codes of a contents variable to their unit.
    """

    code: str
    label: str
    codes: tuple[str, ...]
    labels: tuple[str, ...]
    role: str = ""
    parents: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)

    def __post_init__(self) -> None:
        if len(self.codes) != len(self.labels):
            raise Malformed(f"the variable {self.code!r} has {len(self.codes)} codes but {len(self.labels)} labels")
        if len(set(self.codes)) != len(self.codes):
            seen: set[str] = set()
            twice = next(c for c in self.codes if c in seen or seen.add(c))  # type: ignore[func-returns-value]
            raise Malformed(f"the variable {self.code!r} has the code {twice!r} twice")


@dataclass(frozen=True)
class Tidy:
    """A parsed table.

    `indices[i]` (length = cells) points into `variables[i]`; `value` is float64 with nulls; `status` is text
    (dictionary-encoded) with nulls. `unit` holds when there is no contents variable. No contact details.
    """

    variables: tuple[Variable, ...]
    indices: tuple[IntArray, ...]
    value: pa.Array
    status: pa.Array
    title: str = ""
    source: str = ""
    updated: str = ""
    table_id: str = ""
    unit: Unit | None = None
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.value)

    def names(self) -> list[str]:
        """The column name of each variable: its code, or code + "_variable" where that name is taken."""
        taken = {"value", "status"} | {f"{v.code}_label" for v in self.variables}
        names = [f"{v.code}_variable" if v.code in taken else v.code for v in self.variables]
        both = names + [f"{n}_label" for n in names] + ["value", "status"]
        if len(set(both)) != len(both) or any(not n for n in names):
            raise Malformed(f"the variables' names collide or are empty: {names}")
        return names

    def variable(self, code: str) -> Variable:
        """The variable with that code; Malformed when there is none."""
        for v in self.variables:
            if v.code == code:
                return v
        raise Malformed(f"there is no variable {code!r}, only {[v.code for v in self.variables]}")

    def table(self) -> pa.Table:
        """One row a cell: `<variable>`, `<variable>_label` (dictionary-encoded), `value`, `status`."""
        columns: dict[str, pa.Array] = {}
        for name, variable, index in zip(self.names(), self.variables, self.indices, strict=True):
            keys = arrow(index)
            columns[name] = pa.DictionaryArray.from_arrays(keys, pa.array(variable.codes, pa.string()))
            labels = _dictionary(variable.labels)
            if labels is None:
                columns[f"{name}_label"] = pa.DictionaryArray.from_arrays(keys, pa.array(variable.labels, pa.string()))
            else:
                unique, positions = labels
                columns[f"{name}_label"] = pa.DictionaryArray.from_arrays(
                    arrow(positions.astype(index.dtype)[index]), unique
                )
        columns["value"] = self.value
        columns["status"] = self.status
        return pa.table(columns).replace_schema_metadata({b"jamlik": json.dumps(self.about()).encode()})

    def about(self) -> dict[str, object]:
        """What no column says: title, source, update time, units, roles, hierarchies."""
        units = {v.code: {c: [u.base, u.decimals] for c, u in v.units.items()} for v in self.variables if v.units}
        return {
            "title": self.title,
            "source": self.source,
            "updated": self.updated,
            "table_id": self.table_id,
            "unit": [self.unit.base, self.unit.decimals] if self.unit else None,
            "units": units,
            "labels": {v.code: v.label for v in self.variables},
            "roles": {v.code: v.role for v in self.variables if v.role},
            "parents": {v.code: {k: list(p) for k, p in v.parents.items()} for v in self.variables if v.parents},
            "notes": list(self.notes),
        }


def _dictionary(labels: Sequence[str]) -> tuple[pa.Array, IntArray] | None:
    """Distinct labels and each label's place among them, or None when all are distinct already.

    Two codes may carry one label (an Arrow dictionary with doubles is legal but surprises its readers).
    """
    if len(set(labels)) == len(labels):
        return None
    place: dict[str, int] = {}
    positions = np.fromiter((place.setdefault(x, len(place)) for x in labels), np.int64, len(labels))
    return pa.array(list(place), pa.string()), positions


def smallest_int(length: int) -> type[np.int16] | type[np.int32]:
    """The smallest of Arrow's index types that can number so many."""
    return np.int16 if length < 2**15 else np.int32


def cell_count(sizes: Sequence[int], what: str = "the table") -> int:
    """The product of the sizes, in Python's unbounded integers; Malformed when it is absurd."""
    cells = math.prod(sizes)
    if cells > MAX_CELLS:
        raise Malformed(f"{what} claims {cells} cells ({' x '.join(map(str, sizes))}), above {MAX_CELLS}")
    return cells


def dense_indices(sizes: Sequence[int]) -> tuple[IntArray, ...]:
    """Row-major positions (the last variable varies fastest) of every cell of the full cross."""
    result: list[IntArray] = []
    after = math.prod(sizes)
    before = 1
    for size in sizes:
        after //= size
        result.append(np.tile(np.repeat(np.arange(size, dtype=smallest_int(size)), after), before))
        before *= size
    return tuple(result)


def arrow(values: object, mask: object = None) -> Any:
    """`pa.array` of numpy values; the published stubs take every numpy array for booleans."""
    untyped: Any = pa.array
    return untyped(values, mask=mask)


def index_column(column: pa.Array | pa.ChunkedArray) -> tuple[IntArray, tuple[str, ...]]:
    """Positions and distinct texts of a text column, in order of first appearance."""
    flat = column.combine_chunks() if isinstance(column, pa.ChunkedArray) else column
    encoded = flat.dictionary_encode()
    texts = tuple(str(t) for t in encoded.dictionary.to_pylist())
    return encoded.indices.to_numpy(zero_copy_only=False).astype(smallest_int(len(texts))), texts


def refuse_doubles(variables: Sequence[Variable], indices: Sequence[IntArray]) -> None:
    """Malformed when two rows are the same cell; the message names the cell."""
    if not indices:
        return
    flat = np.zeros(len(indices[0]), np.int64)
    cell_count([len(v.codes) for v in variables])
    for variable, index in zip(variables, indices, strict=True):
        flat = flat * len(variable.codes) + index
    order = np.argsort(flat, kind="stable")
    same = np.flatnonzero(flat[order][1:] == flat[order][:-1])
    if len(same):
        row = int(order[same[0] + 1])
        cell = {v.code: v.codes[int(i[row])] for v, i in zip(variables, indices, strict=True)}
        raise Malformed(f"row {row + 1} repeats the cell {cell}")


def numbers_and_symbols(text: pa.Array | pa.ChunkedArray, what: str) -> tuple[pa.Array, pa.Array]:
    """Split text cells into (value float64, status text): a number, or the publisher's symbol, never both.

    A cell is a number with a decimal point, a symbol (text without any digit, however the publisher words
    it), or empty. Anything else, "12,3" above all, is refused with its row: a decimal comma read as a symbol
    would turn a number into a missing value.
    """
    flat = text.combine_chunks() if isinstance(text, pa.ChunkedArray) else text
    trimmed = pc.utf8_trim_whitespace(flat)
    empty = pc.equal(pc.utf8_length(trimmed), 0)
    trimmed = pc.if_else(empty, pa.scalar(None, pa.string()), trimmed)
    is_number = pc.fill_null(pc.match_substring_regex(trimmed, NUMBER), False)
    value = pc.cast(pc.if_else(is_number, trimmed, pa.scalar(None, pa.string())), pa.float64())
    rest = pc.if_else(is_number, pa.scalar(None, pa.string()), trimmed)
    odd = pc.fill_null(pc.match_substring_regex(rest, r"\d"), False)
    if pc.any(odd).as_py():
        row = pc.index(odd, pa.scalar(True)).as_py()
        raise Malformed(
            f"{what}, row {row + 1}, holds {rest[row].as_py()!r}, neither a number with a decimal point nor a symbol"
        )
    return value, rest.dictionary_encode()


def no_status(length: int) -> pa.Array:
    """An all-null status column of that length."""
    return pa.nulls(length, pa.dictionary(pa.int8(), pa.string()))


def union(tables: Sequence[tuple[str, Tidy]]) -> pa.Table:
    """Several tables of one file as one: a leading column `dataset`, the columns' union, null where none."""
    parts = []
    for name, tidy in tables:
        table = tidy.table()
        if "dataset" in table.column_names:
            raise Malformed("one of the file's several tables has a variable called 'dataset'")
        label = pa.DictionaryArray.from_arrays(arrow(np.zeros(len(table), np.int8)), pa.array([name]))
        parts.append(_plain(table.add_column(0, "dataset", label)))
    joined = pa.concat_tables(parts, promote_options="default")
    order = [c for c in joined.column_names if c not in ("value", "status")] + ["value", "status"]
    about = {name: tidy.about() for name, tidy in tables}
    return joined.select(order).replace_schema_metadata({b"jamlik": json.dumps(about).encode()})


def _plain(table: pa.Table) -> pa.Table:
    """Dictionary columns as text, so that tables with different dictionaries can be laid end to end."""
    for place, column in enumerate(table.schema):
        if pa.types.is_dictionary(column.type):
            table = table.set_column(place, column.name, table.column(place).cast(pa.string()))
    return table.replace_schema_metadata(None)
