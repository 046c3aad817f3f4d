"""The kinds of delivery that `data/catalogue/deliveries.yaml` describes, checked on the way in.

Belongs here: YAML → `Shape`. Not here: any file's own mapping (`mapping.py`), and what a code means.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.catalogue import entries
from pipelines.catalogue import shapes as kinds
from pipelines.errors import Refused

FILE = "data/catalogue/deliveries.yaml"
KINDS = ("municipality", "year", "years", "age_band", "birth_year", "code", "text", "number", "count")
TOTAL = "total"

_COLUMN = {
    "kind": kinds.TEXT,
    "names": kinds.TEXTS,
    "ask_sv": kinds.TEXT,
    "like?": kinds.NAME,
    "optional?": kinds.YES_NO,
    "first?": kinds.WHOLE,
    "codes?": kinds.Kind("a mapping of codes to spellings", lambda value: isinstance(value, dict)),
    "dimension?": kinds.NAME,
    "spans?": kinds.Kind("a mapping of years to ages", lambda value: isinstance(value, dict)),
    "bands?": kinds.Kind("a mapping of years to age bands", lambda value: isinstance(value, dict)),
}
_PAIR = {
    "column": kinds.NAME,
    "codes": kinds.TEXTS,
    "beside": kinds.NAME,
    "allowed": kinds.TEXTS,
    "implied?": kinds.TEXT,
}
_LIMIT = {"share": kinds.NUMBER, "at_work": kinds.TEXTS, "one_year_until": kinds.WHOLE, "five_years_until": kinds.WHOLE}
_SHAPE: kinds.Shape = {
    "inbox": kinds.NAME,
    "lands": kinds.NAME,
    "title_sv": kinds.TEXT,
    "columns": kinds.Kind("a mapping of columns", lambda value: isinstance(value, dict) and bool(value)),
    "flows?": kinds.NAME,
    "people?": kinds.YES_NO,
    "pairs?": [_PAIR],
    "parts?": [{"whole": kinds.NAME, "parts": kinds.TEXTS}],
    "later?": {"from": kinds.NAME, "by": kinds.NAME, "to": kinds.NAME},
    "limit?": _LIMIT,
}


@dataclass(frozen=True)
class Column:
    """A column that a delivery may have. `spellings` is what is read as which code, in lower case; `groups` the codes
    and Swedish labels, in lower case, of the social dimension that its texts are the groups of.
    """

    name: str
    kind: str
    headings: tuple[str, ...]
    ask_sv: str
    optional: bool
    first: int | None
    spellings: Mapping[str, str]
    codes: tuple[str, ...]
    spans: Mapping[int, tuple[int, int]]
    bands: Mapping[int, tuple[tuple[int, int], ...]]
    groups: frozenset[str]

    def span(self, year: int) -> tuple[int, int] | None:
        """The ages that make the whole in `year`."""
        return _at(self.spans, year)

    def bands_of(self, year: int) -> tuple[tuple[int, int], ...]:
        return _at(self.bands, year) or ()


@dataclass(frozen=True)
class Shape:
    """A kind of delivery: its columns by name, where it lands, and what must hold within a row."""

    id: str
    inbox: str
    lands: str
    flows: str | None
    people: bool
    title_sv: str
    columns: Mapping[str, Column]
    pairs: tuple[Mapping[str, Any], ...]
    parts: tuple[Mapping[str, Any], ...]
    later: Mapping[str, str]
    limit: Mapping[str, Any]

    @property
    def counts(self) -> list[str]:
        return [name for name, column in self.columns.items() if column.kind == "count"]


@dataclass(frozen=True)
class AreaChange:
    """A municipality's code that was not there in every year."""

    code: str
    until: int | None = None
    now: str | None = None
    since: int | None = None
    was: str | None = None
    reason_sv: str = ""


def shapes() -> dict[str, Shape]:
    """Every kind of delivery by name."""
    content = entries.load("deliveries.yaml")
    vocabulary, found = content.get("vocabulary"), content.get("shapes")
    if not isinstance(vocabulary, dict) or not isinstance(found, dict):
        raise Refused(f"{FILE}: 'vocabulary' and 'shapes' must be mappings; restore the file from git.")
    return {name: _shape(name, entry, vocabulary) for name, entry in found.items()}


def area_changes() -> list[AreaChange]:
    """Codes of municipalities that begin or end within the years of the deliveries."""
    return [AreaChange(**entry) for entry in entries.load("deliveries.yaml").get("area_changes") or []]


def _shape(name: str, entry: Any, vocabulary: Mapping[str, Any]) -> Shape:
    where = f"{FILE}, shape {name}"
    kinds.check(where, entry, _SHAPE)
    columns = {key: _column(f"{where}, column {key}", key, own, vocabulary) for key, own in entry["columns"].items()}
    return Shape(
        name,
        entry["inbox"],
        entry["lands"],
        entry.get("flows"),
        entry.get("people", False),
        entry["title_sv"],
        columns,
        tuple(entry.get("pairs") or ()),
        tuple(entry.get("parts") or ()),
        entry.get("later") or {},
        entry.get("limit") or {},
    )


def _column(where: str, name: str, own: Any, vocabulary: Mapping[str, Any]) -> Column:
    own = own or {}
    entry = {**vocabulary.get(own.get("like", name), {}), **own}
    kinds.check(where, entry, _COLUMN)
    entries.check_word(where, entry, "kind", KINDS)
    codes = {str(code): list(map(str, said or ())) for code, said in (entry.get("codes") or {}).items()}
    spellings = {said.strip().lower(): code for code, all_said in codes.items() for said in (code, *all_said)}
    spans = {int(year): ages(str(span)) for year, span in (entry.get("spans") or {}).items()}
    bands = {int(year): tuple(ages(str(band)) for band in known) for year, known in (entry.get("bands") or {}).items()}
    return Column(
        name,
        entry["kind"],
        tuple(heading.strip().lower() for heading in entry["names"]),
        entry["ask_sv"],
        entry.get("optional", False),
        entry.get("first"),
        spellings,
        tuple(codes),
        spans,
        bands,
        _groups(where, entry.get("dimension")),
    )


def _groups(where: str, dimension: str | None) -> frozenset[str]:
    if dimension is None:
        return frozenset()
    known = entries.mapped("social_groups.yaml", "dimensions")
    entries.check_word(where, {"dimension": dimension}, "dimension", known)
    return frozenset(
        said.lower() for group in known[dimension]["groups"] for said in (group["code"], group["label_sv"])
    )


def ages(band: str) -> tuple[int, int]:
    """`20-64` as (20, 64)."""
    low, high = band.split("-")
    return int(low), int(high)


def _at(known: Mapping[int, Any], year: int) -> Any:
    """The entry in force in `year`: that of the latest year not after it."""
    since = [each for each in known if each <= year]
    return known[max(since)] if since else None
