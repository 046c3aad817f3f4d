"""Reads `data/catalogue/`: the indicators, units, social groups and source tables that people edit by hand.

Everything is checked on the way in, and a fault is one sentence that names the file, the entry and the key.
What the entries mean is decided elsewhere (SQL models); this module only turns YAML into checked rows.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml

from pipelines import settings
from pipelines.errors import Refused

Row = dict[str, Any]

_SOURCE_KEYS = frozenset(
    "origin contract publisher published_as title_sv licence citation url confidentiality cadence".split()
)
CADENCES = ("weekly", "monthly", "yearly", "never")
CONFIDENTIALITIES = ("public", "secret")


@dataclass(frozen=True)
class Source:
    """One source table of `sources.yaml`."""

    id: str
    origin: str
    contract: str
    publisher: str
    published_as: str
    title_sv: str
    licence: str
    citation: str
    url: str | None
    confidentiality: str
    cadence: str
    reference: str | None = None


def load(name: str) -> Mapping[str, Any]:
    """One catalogue file as a mapping; a file that is not YAML is refused with its line."""
    return _load(settings.CATALOGUE / name)


@lru_cache(maxsize=64)
def _load(path: Path) -> Mapping[str, Any]:
    where = settings.relative(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as fault:
        raise Refused(f"{where} is missing; restore it from git (`git checkout -- {where}`).") from fault
    try:
        content = yaml.load(text, Loader=_UniqueKeys)  # noqa: S506  a SafeLoader, with duplicate keys refused
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else "?"
        raise Refused(f"{where}, line {line}: {fault.problem}; correct the YAML there and run again.") from fault
    if not isinstance(content, dict):
        raise Refused(f"{where} does not hold a mapping of entries; compare it with its version in git.")
    return cast(Mapping[str, Any], content)


class _UniqueKeys(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader that refuses a key written twice, which YAML would otherwise silently let the last win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key '{key}' stands twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return cast(dict[Any, Any], super().construct_mapping(node, deep=deep))


def sources() -> dict[str, Source]:
    """The source tables by id."""
    found = {}
    for table_id, entry in entries("sources.yaml", "tables").items():
        where = f"data/catalogue/sources.yaml, table {table_id}"
        check_keys(where, entry, required=_SOURCE_KEYS, allowed=_SOURCE_KEYS | {"reference"})
        check_word(where, entry, "confidentiality", CONFIDENTIALITIES)
        check_word(where, entry, "cadence", CADENCES)
        found[table_id] = Source(id=table_id, **entry)
    return found


def entries(file: str, top: str) -> Mapping[str, Row]:
    """The entries under `top` in a catalogue file: id → mapping."""
    content = load(file).get(top)
    if not isinstance(content, dict) or not all(isinstance(entry, dict) for entry in content.values()):
        raise Refused(f"data/catalogue/{file}: '{top}' must be a mapping of entries, each a mapping of keys.")
    return cast(Mapping[str, Row], content)


def check_keys(where: str, entry: Mapping[str, Any], required: Iterable[str], allowed: Iterable[str]) -> None:
    """Refuses an entry that lacks a required key or has one nobody reads (usually a spelling mistake)."""
    lacking = sorted(set(required) - set(entry))
    if lacking:
        raise Refused(f"{where}: the key '{lacking[0]}' is missing; add it.")
    unknown = sorted(set(entry) - set(allowed))
    if unknown:
        raise Refused(f"{where}: the key '{unknown[0]}' is unknown; correct its spelling or take it out.")


def check_word(where: str, entry: Mapping[str, Any], key: str, words: Iterable[Any]) -> None:
    """Refuses a value outside a fixed vocabulary."""
    if entry.get(key) not in (known := tuple(words)):
        raise Refused(f"{where}: {key} is '{entry.get(key)}' but must be one of {', '.join(map(str, known))}.")
