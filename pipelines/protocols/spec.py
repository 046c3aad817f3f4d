"""A live table as the catalogue describes it: which service, which query, what must come back.

Belongs here: reading and checking `data/catalogue/live_sources.yaml`. Does not belong here: calling anything.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pipelines.catalogue import entries
from pipelines.errors import Refused

PROTOCOLS = ("pxwebapi2", "pxweb1", "kolada3", "socialstyrelsen1", "forsakringskassan1")
CADENCES = {"weekly": 7, "monthly": 31, "quarterly": 92, "yearly": 366, "irregular": 1100}  # days
RUNAWAY = 20  # times the expected cells
CONFIDENTIALITIES = ("public", "internal", "secret")

_SERVICE_KEYS = frozenset(["protocol", "url", "override", "publisher", "licence", "calls", "window", "language"])
_TABLE_KEYS = frozenset(
    [
        "service",
        "table",
        "title_sv",
        "query",
        "expect",
        "maps",
        "cadence",
        "confidentiality",
        "expected_cells",
        "verified",
        "seen",
        "options",
        "licence",
        "fallback",
        "indicators",
        "snapshot",
    ]
)
_NEEDED = frozenset(
    [
        "service",
        "table",
        "title_sv",
        "query",
        "cadence",
        "confidentiality",
        "expected_cells",
        "verified",
        "seen",
    ]
)
_SERVICE_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "url": str, "override": str, "publisher": str, "licence": str, "language": str, "calls": int,
    "window": (int, float),
}  # fmt: skip
_TABLE_KINDS: Mapping[str, type | tuple[type, ...]] = {
    "service": str, "table": str, "title_sv": str, "cadence": str, "confidentiality": str, "expected_cells": int,
    "seen": str, "licence": str, "snapshot": str, "expect": dict, "maps": dict, "options": dict, "indicators": list,
    "fallback": dict,
}  # fmt: skip
_FALLBACK_KEYS = frozenset(["service", "table", "query"])
_EXPECT_KEYS = frozenset(["labels", "units", "areas", "range", "canary", "periods", "min_cells"])


@dataclass(frozen=True)
class Service:
    """Where a publisher's figures are asked for. `override` is the environment variable that moves the
    address.
    """

    id: str
    protocol: str
    url: str
    publisher: str
    licence: str
    override: str
    calls: int = 0  # our own limit until the service announces one; 0: the client's usual one
    window: float = 10.0
    language: str = "sv"


@dataclass(frozen=True)
class LiveTable:
    """One entry: the service's own table id, the query, and what must hold of the answer.

    `query` is a mapping variable → selection (null: let the service sum it away), or "probe" where the variables are
    not known. A table that is not `verified` has not been seen to answer with this query: only its description is
    asked for, and reported, with whether the query would fit it.
    """

    id: str
    service: Service
    table: str
    title_sv: str
    query: Mapping[str, Any] | str
    cadence: str
    confidentiality: str
    expected_cells: int
    verified: bool
    seen: str
    licence: str
    expect: Mapping[str, Any] = field(default_factory=dict)
    maps: Mapping[str, str] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)
    fallback: "LiveTable | None" = None
    indicators: tuple[str, ...] = ()
    snapshot: str = ""

    @property
    def where(self) -> str:
        """How a message names the table."""
        return f"{self.id} ({self.service.id} {self.table})"

    @property
    def probe_only(self) -> bool:
        return not self.verified


def load(path: Path, addresses: Mapping[str, str] | None = None) -> dict[str, LiveTable]:
    """The catalogue's tables by id. `addresses` (an environment) may move services by their `override` name.

    Raises Refused with file, entry and key when something is missing or misspelt.
    """
    return parse(entries.fresh(path), path.name, addresses or {})


def refuse_runaway(table: LiveTable, cells: int) -> None:
    """A query that grew far beyond its entry's `expected_cells` is a mistake, and not asked of a public service."""
    if cells > RUNAWAY * table.expected_cells:
        raise Refused(
            f"{table.where}: its query now selects {cells} cells where about {table.expected_cells} are expected; "
            "narrow the query or correct expected_cells"
        )


def wanted(path: Path) -> dict[str, str]:
    """Tables that indicators need and whose id nobody has seen: name → what is known; told, never guessed."""
    content = entries.fresh(path)
    return {str(k): str(v) for k, v in (content.get("wanted") or {}).items()}


def parse(content: Any, name: str, addresses: Mapping[str, str]) -> dict[str, LiveTable]:
    """As `load`, from the parsed YAML."""
    if not isinstance(content, dict) or set(content) - {"wanted"} != {"services", "tables"}:
        raise Refused(f"{name} must hold 'services' and 'tables', and may hold 'wanted'")
    for top in ("services", "tables"):
        if not isinstance(content[top], dict):
            raise Refused(f"{name}: '{top}' is not a mapping of entries")
    services = {i: _service(f"{name}, service {i}", i, e, addresses) for i, e in content["services"].items()}
    tables = {}
    for table_id, entry in content["tables"].items():
        where = f"{name}, table {table_id}"
        if not re.fullmatch("[a-z][a-z0-9_]{0,79}", str(table_id)):
            raise Refused(f"{where}: a table's id is lower-case letters, digits and underscores; correct it")
        _keys(where, entry, _NEEDED, _TABLE_KEYS)
        tables[table_id] = _table(where, table_id, dict(entry), services)
    return tables


def _keys(where: str, entry: Any, needed: frozenset[str], known: frozenset[str]) -> None:
    if not isinstance(entry, dict):
        raise Refused(f"{where} is not a mapping of keys")
    if lacking := sorted(needed - set(entry)):
        raise Refused(f"{where}: the key {lacking[0]!r} is missing; add it")
    if unknown := sorted(set(entry) - known):
        raise Refused(f"{where}: the key {unknown[0]!r} is unknown; correct its spelling or take it out")


def _kinds(where: str, entry: Mapping[str, Any], kinds: Mapping[str, type | tuple[type, ...]]) -> None:
    """Refuses a value of another kind than its key takes; a bool is no number."""
    for key, kind in kinds.items():
        value = entry.get(key)
        if key in entry and (not isinstance(value, kind) or (isinstance(value, bool) and kind is not bool)):
            wanted = {str: "a text", dict: "a mapping", list: "a list", bool: "true or false"}
            what = wanted.get(kind, "a number") if isinstance(kind, type) else "a number"
            raise Refused(f"{where}: {key} is {value!r:.60} but must be {what}")


def _service(where: str, service_id: str, entry: Any, addresses: Mapping[str, str]) -> Service:
    _keys(where, entry, _SERVICE_KEYS - {"calls", "window", "language"}, _SERVICE_KEYS)
    if entry["protocol"] not in PROTOCOLS:
        raise Refused(f"{where}: protocol {entry['protocol']!r} is none of {', '.join(PROTOCOLS)}")
    _kinds(where, entry, _SERVICE_KINDS)
    if not re.fullmatch("JAMLIK_[A-Z0-9_]+_URL", entry["override"]):
        raise Refused(f"{where}: override {entry['override']!r} is not written as JAMLIK_<SERVICE>_URL")
    url = addresses.get(entry["override"]) or entry["url"]
    if not _is_base_address(str(url)):
        whose = entry["override"] if addresses.get(entry["override"]) else "url"
        shown = re.sub(r"//[^/]*@", "//", str(url)).split("?")[0]  # neither password nor key
        raise Refused(f"{where}: {whose} is {shown[:60]!r}, which is no http address that paths can follow")
    return Service(id=service_id, **(entry | {"url": str(url).rstrip("/")}))


def _is_base_address(text: str) -> bool:
    """Whether it is http or https, a host, perhaps a port and a path, and nothing after that."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        return False
    clean = not re.search(r"[\s\x00-\x1f\x7f]", text) and not parts.query and not parts.fragment
    return parts.scheme in ("http", "https") and bool(parts.hostname) and port != 0 and clean


def _table(where: str, table_id: str, entry: dict[str, Any], services: Mapping[str, Service]) -> LiveTable:
    _kinds(where, entry, _TABLE_KINDS)
    if entry["service"] not in services:
        raise Refused(f"{where}: there is no service {entry['service']!r} above")
    if entry["cadence"] not in CADENCES:
        raise Refused(f"{where}: cadence {entry['cadence']!r} is none of {', '.join(CADENCES)}")
    if entry["confidentiality"] not in CONFIDENTIALITIES:
        raise Refused(f"{where}: confidentiality is none of {', '.join(CONFIDENTIALITIES)}")
    if not isinstance(entry["verified"], bool) or not entry["seen"]:
        raise Refused(f"{where}: 'verified' must be true or false, and 'seen' must say by what")
    if not (isinstance(entry["query"], dict) or entry["query"] == "probe"):
        raise Refused(f"{where}: 'query' is neither a mapping of variables nor 'probe'")
    if entry["verified"] and entry["query"] == "probe":
        raise Refused(f"{where}: a verified table needs its query")
    _keys(f"{where}, expect", entry.get("expect", {}), frozenset(), _EXPECT_KEYS)
    if any(not isinstance(text, str) for pair in entry.get("maps", {}).items() for text in pair):
        raise Refused(f"{where}: 'maps' must be a text for each text, column by column")
    service = services[entry["service"]]
    second = entry.pop("fallback", None)
    if second is not None:
        _keys(f"{where}, fallback", second, _FALLBACK_KEYS, _FALLBACK_KEYS | {"options", "expect"})
        entry["fallback"] = _table(where, table_id, entry | second, services)
    entry = entry | {"service": service, "licence": entry.get("licence", service.licence)}
    return LiveTable(id=table_id, **(entry | {"indicators": tuple(entry.get("indicators", ()))}))
