"""What every protocol gives back: the archived replies of one table, and what they say, parsed.

Belongs here: the two shapes between fetching and landing. Does not belong here: any protocol's words.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
import pyarrow as pa

from pipelines.formats.tidy import IntArray, Tidy, Variable, arrow, refuse_doubles
from pipelines.http.client import Changed, Client, Reply
from pipelines.protocols.spec import LiveTable

Keep = Callable[[Reply], str]


@dataclass(frozen=True)
class Part:
    """One archived reply as a parser sees it: what was asked and the bytes that came.

    `role` tells what it is for: config, metadata, codes, data, deletions … `sha256` finds it in the archive.
    """

    role: str  # metadata, codes, data or deletions
    url: str
    sent: bytes | None
    body: bytes
    sha256: str = ""


@dataclass(frozen=True)
class Collected:
    """All replies of one table, whole. `version` is the service's own mark of its state, empty when it has
    none.
    """

    parts: tuple[Part, ...]
    version: str = ""
    notes: dict[str, Any] = field(default_factory=dict)


class Kind(Protocol):
    """A protocol: ask (network) and parse (pure). One instance a service, used by one thread."""

    def address(self, spec: LiveTable) -> str:
        """Where the table is asked for, for messages."""

    def seen(self, spec: LiveTable, locked: Mapping[str, Any]) -> str:
        """The mark of the table's state as the service tells it now, as cheaply as that can be had: what `collect`
        gives as `version`, and so the one in `locked` where nothing moved since. Empty where the service has no mark.
        """

    def unchanged(self, spec: LiveTable, locked: Mapping[str, Any]) -> bool:
        """Whether the service itself says that nothing moved since the landing in `locked`; False: fetch."""

    def collect(self, spec: LiveTable, since: str = "") -> Collected:
        """Every reply the table needs; raises before returning when one of them is missing.

        `since` is the day of the landing the answer will be set into (ISO; empty: there is none), for services that
        tell what they have deleted only to those who ask for it.
        """

    def probe(self, spec: LiveTable) -> dict[str, Any]:
        """What the service says the table is: variables, sizes, periods; for entries not yet verified."""

    def parse(self, spec: LiveTable, parts: Sequence[Part]) -> Tidy:
        """The replies as one table; raises Changed or Malformed when they are not what was asked for."""


def mark_of(parts: Sequence[Part]) -> str:
    """A mark for services that have none of their own: a hash over the replies that describe a table."""
    told = hashlib.sha256("".join(part.sha256 for part in parts).encode())
    return f"description {told.hexdigest()[:16]}"


class Recorder:
    """The client, with every reply passed on to the archive before anybody reads it.

    `keep` may be replaced between tables, so that each table's replies are told apart.
    """

    def __init__(self, client: Client, keep: Keep) -> None:
        self._client = client
        self.keep = keep

    def learn(self, host: str, calls: object, window: object) -> None:
        self._client.windows.learn(host, calls, window)

    def get(self, role: str, url: str, params: dict[str, str] | None = None) -> Part:
        return self._kept(role, self._client.get(url, params))

    def post(self, role: str, url: str, content: Any, params: dict[str, str] | None = None) -> Part:
        return self._kept(role, self._client.post(url, content, params))

    def _kept(self, role: str, reply: Reply) -> Part:
        return Part(role, reply.url, reply.sent, reply.body, self.keep(reply))


def as_reply(part: Part) -> Reply:
    """A part as a reply, for its careful `json()`."""
    method = "GET" if part.sent is None else "POST"
    return Reply(method, part.url, part.sent, 200, {}, part.body, "")


def join(spec: LiveTable, tables: Sequence[Tidy]) -> Tidy:
    """Several answers to pieces of one query as one table; Changed when they do not fit together."""
    first = tables[0]
    if len(tables) == 1:
        return first
    names = [v.code for v in first.variables]
    for table in tables[1:]:
        if [v.code for v in table.variables] != names:
            raise Changed(f"{spec.where}: its pieces have different variables; fetch it again")
        if table.updated != first.updated:
            raise Changed(f"{spec.where}: it was updated between two calls; fetch it again")
    variables: list[Variable] = []
    indices: list[IntArray] = []
    for place in range(len(names)):
        merged, remapped = _merged(spec, [t.variables[place] for t in tables], [t.indices[place] for t in tables])
        variables.append(merged)
        indices.append(remapped)
    refuse_doubles(variables, indices)
    value = pa.concat_arrays([t.value for t in tables])
    status = pa.chunked_array([t.status.cast(pa.string()) for t in tables]).combine_chunks().dictionary_encode()
    return Tidy(
        tuple(variables), tuple(indices), value, status,
        title=first.title, source=first.source, updated=first.updated, table_id=first.table_id,
        unit=first.unit, notes=tuple(dict.fromkeys(n for t in tables for n in t.notes)),
    )  # fmt: skip


def _merged(spec: LiveTable, parts: Sequence[Variable], indices: Sequence[IntArray]) -> tuple[Variable, IntArray]:
    labels: dict[str, str] = {}
    for part in parts:
        for code, label in zip(part.codes, part.labels, strict=True):
            if labels.setdefault(code, label) != label:
                raise Changed(f"{spec.where}: {part.code} {code} has two labels, {labels[code]!r} and {label!r}")
    place = {code: i for i, code in enumerate(labels)}
    remapped = [
        np.array([place[c] for c in part.codes], np.int32)[index] for part, index in zip(parts, indices, strict=True)
    ]
    units = {code: unit for part in parts for code, unit in part.units.items()}
    first = parts[0]
    whole = Variable(first.code, first.label, tuple(labels), tuple(labels.values()), first.role, first.parents, units)
    return whole, np.concatenate(remapped)


def records(
    spec: LiveTable, columns: dict[str, list[str]], roles: dict[str, str], cells: tuple[pa.Array, pa.Array],
    labels: dict[str, dict[str, str]] | None = None,
) -> Tidy:  # fmt: skip
    """A table from rows of records: one text list a variable, plus (value, status); doubles are refused."""
    variables: list[Variable] = []
    indices: list[IntArray] = []
    for name, texts in columns.items():
        encoded = pa.array(texts, pa.string()).dictionary_encode()
        codes = tuple(str(c) for c in encoded.dictionary.to_pylist())
        known = (labels or {}).get(name, {})
        variables.append(Variable(name, name, codes, tuple(known.get(c, c) for c in codes), roles.get(name, "")))
        indices.append(np.asarray(arrow(encoded.indices)).astype(np.int32))
    refuse_doubles(variables, indices)
    return Tidy(tuple(variables), tuple(indices), *cells, table_id=spec.table)
