"""Försäkringskassan's reporting API: one JSON list per table.

The name of the service stands here because the protocol is the service's own; nothing else speaks it.
Belongs here: how it is asked and whether it answered the question. Does not belong here: which tables.

What it guards against, all seen: a wrong combination of parameters gives an empty list and status 200; a
suppressed number is `rojd: true`; a municipality is written "<municipality>_<county>".
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlencode

import pyarrow as pa

from pipelines.errors import Refused
from pipelines.formats.tidy import Tidy
from pipelines.http.client import Changed, Rejected
from pipelines.protocols.answers import Collected, Part, Recorder, as_reply, records
from pipelines.protocols.spec import LiveTable, Service

LONGEST = 1_800  # characters of an address, below what web servers cut


class Forsakringskassan1:
    """The service."""

    def __init__(self, service: Service, recorder: Recorder) -> None:
        self._service = service
        self._ask = recorder

    def address(self, spec: LiveTable) -> str:
        return f"{self._service.url}/{quote(spec.table, safe='/')}.json"

    def seen(self, spec: LiveTable, locked: Mapping[str, Any]) -> str:
        """Nothing: the service tells of its filters, not of its tables' state."""
        del spec, locked
        return ""

    def unchanged(self, spec: LiveTable, locked: Mapping[str, Any]) -> bool:
        """Never known: the service does not say when a table changed; the bytes decide."""
        del spec, locked
        return False

    def probe(self, spec: LiveTable) -> dict[str, Any]:
        """What the data set's own description lists as its tables and filters."""
        dataset = f"{self._service.url}/{quote(spec.table.split('/')[0])}"
        try:
            described = self._ask.get("metadata", f"{dataset}/meta.json")
        except Rejected as refusal:  # two authors have written its address down, each in one of these two ways
            if refusal.status != 404:
                raise
            described = self._ask.get("metadata", f"{dataset}/meta/json")
        body = as_reply(described).json()
        if not isinstance(body, dict):
            raise Changed(f"{spec.where}: its description is not an object; see what the service says")
        return {"filter": body.get("filter")}

    def collect(self, spec: LiveTable, since: str = "") -> Collected:
        """The table, in as many calls as the length of an address makes necessary."""
        del since  # an answer is the whole table: what is gone is not in it
        url = self.address(spec)
        parts = [
            self._ask.get("data", url, {k: ",".join(v) for k, v in piece.items()})
            for piece in _pieces(_query(spec), LONGEST - len(url))
        ]
        return Collected(tuple(parts), "", {"calls": len(parts)})

    def parse(self, spec: LiveTable, parts: Sequence[Part]) -> Tidy:
        """One row per dimension values and measure ("andel", "antal" …); `rojd` is the status of a hidden
        one.
        """
        query = _query(spec)
        columns: dict[str, list[str]] = {}
        numbers: list[float | None] = []
        statuses: list[str | None] = []
        number = 0
        for part in parts:
            for row in _rows(spec, part):
                number += 1
                dimensions, observations = row.get("dimensions"), row.get("observations")
                if not isinstance(dimensions, dict) or not isinstance(observations, dict) or not observations:
                    raise Changed(f"{spec.where}: row {number} has no dimensions or no observations")
                if not columns:
                    columns = {name: [] for name in [*dimensions, "measure"]}
                if set(dimensions) != set(columns) - {"measure"}:
                    raise Changed(f"{spec.where}: row {number} has other dimensions than the first")
                for name, values in query.items():
                    came = str(dimensions.get(name))
                    if came not in values:
                        raise Changed(f"{spec.where}: row {number} has {name} {came!r}, which was not asked for")
                for measure, observation in observations.items():
                    value, status = _observation(spec, number, observation)
                    for name, text in dimensions.items():
                        columns[name].append(str(text))
                    columns["measure"].append(measure)
                    numbers.append(value)
                    statuses.append(status)
        for name, values in query.items():
            if lacking := sorted(set(values) - set(columns.get(name, ()))):
                raise Changed(f"{spec.where}: no row came for {name} {', '.join(lacking[:3])}")
        cells = (pa.array(numbers, pa.float64()), pa.array(statuses, pa.string()).dictionary_encode())
        return records(spec, columns, {"ar": "time"}, cells)


def _query(spec: LiveTable) -> dict[str, list[str]]:
    if not isinstance(spec.query, Mapping):
        raise Refused(f"{spec.where} is only probed so far; write its query before it is fetched")
    return {k: [str(x) for x in (v if isinstance(v, list) else [v])] for k, v in spec.query.items()}


def _pieces(query: Mapping[str, list[str]], room: int) -> Iterator[dict[str, list[str]]]:
    """The query as it is, or its longest list in halves until the address fits."""
    if len(urlencode({k: ",".join(v) for k, v in query.items()})) <= room:
        yield dict(query)
        return
    longest = max(query, key=lambda k: len(query[k]))
    if len(query[longest]) < 2:
        raise Refused("a query of single values is too long for an address; shorten it")
    middle = len(query[longest]) // 2
    for half in (query[longest][:middle], query[longest][middle:]):
        yield from _pieces({**query, longest: half}, room)


def _rows(spec: LiveTable, part: Part) -> list[dict[str, Any]]:
    body = as_reply(part).json()
    if not isinstance(body, list) or not all(isinstance(r, dict) for r in body):
        raise Changed(f"{spec.where}: the answer is not a list of rows; see what the service says")
    if not body:
        raise Changed(f"{spec.where}: the list is empty: the service does not know this combination of parameters")
    return body


def _observation(spec: LiveTable, number: int, observation: Any) -> tuple[float | None, str | None]:
    if not isinstance(observation, dict) or type(observation.get("rojd")) is not bool:
        raise Changed(f"{spec.where}: row {number} has an observation without 'rojd'")
    if observation["rojd"]:
        return None, "rojd"  # a number that came along with its suppression is not taken in
    value = observation.get("value")
    if value is not None and type(value) not in (int, float):
        raise Changed(f"{spec.where}: row {number} has the value {value!r}, which is not a number")
    return value, None
