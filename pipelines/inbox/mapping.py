"""The small YAML beside a delivered file: which of its columns and codes are which of the project's.

    shape: raks_cells               the kind of delivery (data/catalogue/deliveries.yaml)
    columns:
      municipality: Kommun          a heading
      year: {is: 2021}              the same for every row
      sex: {column: Kön, codes: {1: men, 2: women}}
      exam_years: [Från, Till]      an interval in two columns
    absent_rows: zero               what a row that is not there means: zero or missing
    symbols: {X: '..', '-': 0}      what stands in a count where no number does
    thousands: ','                  what separates thousands, beside the space, if anything
    fill_down: [municipality]       columns where an empty cell repeats the one above it (merged cells)

`codes` adds to the spellings that the catalogue knows; the code `skip` leaves a row out. A '?' is a question that
nobody has answered, and is refused. Not here: what a spelling means (`translate.py`), or a first draft (`draft.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import yaml

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.catalogue import shapes as kinds
from pipelines.errors import Refused
from pipelines.inbox.shapes import Column, Shape, shapes

UNANSWERED = "?"
SKIP = "skip"
ABSENT = ("zero", "missing")
_DICT = kinds.Kind("a mapping", lambda value: isinstance(value, dict))
_KEYS: kinds.Shape = {
    "shape": kinds.NAME,
    "columns": _DICT,
    "absent_rows?": kinds.TEXT,
    "symbols?": _DICT,
    "thousands?": kinds.TEXT,
    "fill_down?": kinds.TEXTS,
}
_IN_FILE = kinds.Kind("a heading, a list of two headings, or a mapping of column or is, and codes", bool)


@dataclass(frozen=True)
class Source:
    """Where a column comes from: `headings` of the file (two for an interval), or the `constant` for every row."""

    headings: tuple[str, ...] = ()
    constant: str | None = None
    codes: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class FileMapping:
    """A file's mapping, checked against its shape."""

    path: Path
    shape: Shape
    sources: Mapping[str, Source]
    absent_is_zero: bool
    symbols: Mapping[str, str]
    thousands: str
    fill_down: frozenset[str]

    @property
    def where(self) -> str:
        return settings.relative(self.path)

    @property
    def headings(self) -> set[str]:
        return {heading for source in self.sources.values() for heading in source.headings}


def beside(path: Path) -> Path:
    """Where the mapping of the delivered file `path` lies."""
    return path.with_name(f"{path.name}.yaml")


def read(path: Path) -> FileMapping:
    """The mapping in the file `path`; every fault is one sentence with file and key."""
    where = settings.relative(path)
    content = entries.fresh(path)
    kinds.check(where, content, _KEYS)
    known = shapes()
    entries.check_word(where, content, "shape", known)
    shape = known[content["shape"]]
    unknown = [name for name in content["columns"] if name not in shape.columns]
    if unknown:
        raise Refused(
            f"{where}: '{unknown[0]}' is no column of {shape.id}; those are {', '.join(shape.columns)}; correct it."
        )
    sources = {
        name: _source(f"{where}, columns, {name}", shape.columns[name], said)
        for name, said in content["columns"].items()
    }
    lacking = [name for name, column in shape.columns.items() if name not in sources and not column.optional]
    if lacking:
        raise Refused(
            f"{where}: the column {lacking[0]} of {shape.id} is not mapped; say which column of the file it is."
        )
    absent = content.get("absent_rows")
    if shape.pairs and not shape.people and absent not in ABSENT:
        raise Refused(
            f"{where}: absent_rows must say what a row that is not in the file means, zero or missing; "
            f"ask whoever made the delivery."
        )
    strange = [name for name in content.get("fill_down") or () if name not in sources or name in shape.counts]
    if strange:
        raise Refused(f"{where}: fill_down names '{strange[0]}', which is no mapped column of codes; correct it.")
    symbols = {str(text).strip(): str(meaning) for text, meaning in (content.get("symbols") or {}).items()}
    _refuse_questions(where, "symbols", symbols)
    return FileMapping(
        path,
        shape,
        sources,
        absent == "zero",
        symbols,
        content.get("thousands", ""),
        frozenset(content.get("fill_down") or ()),
    )


def _source(where: str, column: Column, said: Any) -> Source:
    if said is None or said == UNANSWERED:
        raise Refused(
            f"{where}: nobody has said which column of the file it is; write its heading, or take the line out."
        )
    if isinstance(said, str | int):
        return Source((str(said),))
    if isinstance(said, list):
        if column.kind != "years" or len(said) != 2:
            raise Refused(f"{where}: two headings are for the ends of an interval of years, and only that; correct it.")
        return Source(tuple(map(str, said)))
    if not isinstance(said, dict) or set(said) - {"column", "is", "codes"} or ("column" in said) == ("is" in said):
        raise Refused(f"{where} must be {_IN_FILE.what}; correct it.")
    given = said.get("codes") or {}
    if not isinstance(given, dict):
        raise Refused(f"{where}: codes must be a mapping of the file's texts to codes; correct it.")
    codes = {_plain(text): str(code) for text, code in given.items()}
    _refuse_questions(where, "codes", codes)
    if column.kind in ("code", "age_band"):
        allowed = {*column.codes, SKIP}
        strange = [code for code in codes.values() if code not in allowed and column.kind == "code"]
        if strange:
            raise Refused(f"{where}: '{strange[0]}' is no code of it; those are {', '.join(column.codes)} and skip.")
    heading = said.get("column")
    headings = () if heading is None else tuple(map(str, heading)) if isinstance(heading, list) else (str(heading),)
    return Source(headings, None if heading is not None else str(said["is"]), codes)


def _plain(text: Any) -> str:
    return " ".join(str("" if text is None else text).replace("\xa0", " ").split()).lower()


def _refuse_questions(where: str, what: str, codes: Mapping[str, str]) -> None:
    open_ones = [text for text, code in codes.items() if code == UNANSWERED]
    if open_ones:
        raise Refused(
            f"{where}: nobody has said what '{open_ones[0]}' is ({what}); write its meaning in place of the '?'."
        )


def of_shape(mapping: FileMapping, shape: Shape) -> FileMapping:
    """The mapping of rows that have been counted already into cells of `shape`; whom nobody counted is a zero."""
    return replace(mapping, shape=shape, absent_is_zero=True)


def dumped(content: Mapping[str, Any]) -> str:
    """A mapping as YAML, in the order it is given."""
    return yaml.safe_dump(dict(content), allow_unicode=True, sort_keys=False, width=110)
