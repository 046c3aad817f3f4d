"""PxWebApi 2, as Statistics Sweden runs it (PxTools/PxApiSpecs): config, metadata, codelists, POST
selections.

Belongs here: how such a service is asked and whether it answered the question. Does not belong here:
json-stat itself (formats/), which tables there are (data/catalogue/).

What it guards against, all seen: a request without selection gets a silent default; codes come back in the
order asked, not the table's; too many cells is a 400; a long GET is a 404 from the web server; metadata is a
json-stat dataset with `value: []`; a table updated between two pieces; a new variable nobody selects.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pipelines.errors import Refused
from pipelines.formats import jsonstat
from pipelines.formats.tidy import Tidy
from pipelines.http.client import Changed, Rejected, host_of
from pipelines.protocols.answers import Collected, Part, Recorder, as_reply, join
from pipelines.protocols.fit import fit
from pipelines.protocols.selection import Selection, count, resolve, split
from pipelines.protocols.spec import LiveTable, Service, refuse_runaway

MODEST_CAP = 30_000  # cells a call where the service does not say


class PxWebApi2:
    """One PxWebApi 2 service."""

    def __init__(self, service: Service, recorder: Recorder) -> None:
        self._service = service
        self._ask = recorder
        self._cap = 0

    def _limits(self) -> int:
        """Cells a call, from the service's own configuration; its calls per window go to the client."""
        if not self._cap:
            config = as_reply(self._ask.get("config", f"{self._service.url}/config")).json()
            if not isinstance(config, dict) or "apiVersion" not in config:
                raise Changed(f"{self._service.id} answers /config with something else than PxWebApi 2 does")
            host = host_of(self._service.url)
            self._ask.learn(host, config.get("maxCallsPerTimeWindow"), config.get("timeWindow"))
            cap = config.get("maxDataCells")
            self._cap = cap if isinstance(cap, int) and cap > 0 else MODEST_CAP
        return self._cap

    def address(self, spec: LiveTable) -> str:
        return self._table(spec)

    def _table(self, spec: LiveTable, tail: str = "") -> str:
        return f"{self._service.url}/tables/{quote(spec.table, safe='')}{tail}"

    def _language(self) -> dict[str, str]:
        return {"lang": self._service.language}

    def seen(self, spec: LiveTable, locked: Mapping[str, Any]) -> str:
        """`updated` and `lastPeriod`."""
        del locked
        return self._version(spec)

    def unchanged(self, spec: LiveTable, locked: Mapping[str, Any]) -> bool:
        """Whether `updated` and `lastPeriod` are what they were."""
        return bool(locked.get("version")) and self._version(spec) == locked["version"]

    def _version(self, spec: LiveTable) -> str:
        """`updated` of the table; its `lastPeriod` too, for `updated` has been seen to stand still."""
        self._limits()
        about = as_reply(self._ask.get("table", self._table(spec), self._language())).json()
        if not isinstance(about, dict) or str(about.get("id", "")).upper() != spec.table.upper():
            raise Changed(f"{spec.where}: the service answers about {_named(about)!r} instead")
        return f"{about.get('updated') or ''} {about.get('lastPeriod') or ''}".strip()

    def probe(self, spec: LiveTable) -> dict[str, Any]:
        """Variables with sizes, first codes and codelists, the table's title, and whether the entry's query fits."""
        self._limits()
        dimensions, about = _metadata(spec, self._ask.get("metadata", self._table(spec, "/metadata"), self._language()))
        found: dict[str, Any] = {}
        if isinstance(spec.query, Mapping):
            codelists = _codelists(spec, self._lists(spec))
            told = {name: (d.codes, d.labels) for name, d in dimensions.items()}
            for name, wanted in spec.query.items():
                listed = wanted.get("codelist") if isinstance(wanted, Mapping) else None
                if name in told and listed in codelists:
                    told[name] = codelists[listed]
            found["fit"] = fit(spec, told, lambda: _selection(spec, dimensions, codelists))
        return found | {
            "title": about.get("label"),
            "updated": about.get("updated"),
            "variables": {
                name: {
                    "label": d.label, "values": len(d.codes), "first": list(d.codes[:3]),
                    "last": list(d.codes[-3:]),
                    "eliminable": d.eliminable, "codelists": d.codelists,
                }
                for name, d in dimensions.items()
            },
        }  # fmt: skip

    def _lists(self, spec: LiveTable) -> list[Part]:
        """The codelists that the query names."""
        names = [w["codelist"] for w in _query(spec).values() if isinstance(w, Mapping) and w.get("codelist")]
        tail = f"{self._service.url}/codelists"
        return [self._ask.get("codes", f"{tail}/{quote(n, safe='')}", self._language()) for n in dict.fromkeys(names)]

    def collect(self, spec: LiveTable, since: str = "") -> Collected:
        """Metadata, the codelists the query names, and the data in pieces under the cell cap."""
        del since  # an answer is the whole table: what is gone is not in it
        cap = self._limits()
        version = self._version(spec)
        described = self._ask.get("metadata", self._table(spec, "/metadata"), self._language())
        lists = self._lists(spec)
        parts = [described, *lists]
        dimensions, _ = _metadata(spec, described)
        selection = _selection(spec, dimensions, _codelists(spec, lists))
        refuse_runaway(spec, count(selection))
        for piece in split(selection, cap):
            parts += self._data(spec, piece)
        return Collected(tuple(parts), version, {"cells": count(selection)})

    def _data(self, spec: LiveTable, piece: Selection) -> list[Part]:
        """One piece; when the service finds it too large after all, its halves."""
        params = self._language() | {"outputFormat": "json-stat2"}
        try:
            return [self._ask.post("data", self._table(spec, "/data"), _body(spec, piece), params)]
        except Rejected as refusal:
            if refusal.status != 400 or "too many cells" not in refusal.reason.casefold() or count(piece) < 2:
                raise
            return [part for half in split(piece, (count(piece) + 1) // 2) for part in self._data(spec, half)]

    def parse(self, spec: LiveTable, parts: Sequence[Part]) -> Tidy:
        """The pieces as one table, each checked against its own question and all against the whole."""
        described = [p for p in parts if p.role == "metadata"]
        if len(described) != 1:
            raise Changed(f"{spec.where}: its metadata are not among its archived replies; fetch it again")
        dimensions, _ = _metadata(spec, described[0])
        codelists = _codelists(spec, [p for p in parts if p.role == "codes"])
        selection = _selection(spec, dimensions, codelists)
        tables = [_answer(spec, p) for p in parts if p.role == "data"]
        if not tables:
            raise Changed(f"{spec.where}: no data are among its archived replies; fetch it again")
        whole = join(spec, tables)
        for name, codes in selection.items():
            if set(whole.variable(name).codes) != set(codes):
                raise Changed(f"{spec.where}: {_difference(name, codes, whole.variable(name).codes)}")
        if len(whole) != count(selection):
            raise Changed(f"{spec.where}: {len(whole)} cells came where {count(selection)} were asked for")
        return whole


class Dimension:
    """A variable as metadata describe it."""

    def __init__(
        self, name: str, described: Mapping[str, Any], codes: tuple[str, ...], labels: tuple[str, ...]
    ) -> None:
        extension = described.get("extension") or {}
        self.label = str(described.get("label") or name)
        self.codes = codes
        self.labels = labels
        self.eliminable = bool(extension.get("elimination"))
        # `codelists` since version 2.0, `codeLists` in its beta and in other houses
        lists = extension.get("codelists") or extension.get("codeLists") or []
        self.codelists = [c.get("id") for c in lists if isinstance(c, Mapping)]


def _named(about: object) -> object:
    return about.get("id") if isinstance(about, Mapping) else type(about).__name__


def _query(spec: LiveTable) -> Mapping[str, Any]:
    if not isinstance(spec.query, Mapping):
        raise Refused(f"{spec.where} is only probed so far; write its query before it is fetched")
    return spec.query


def _metadata(spec: LiveTable, part: Part) -> tuple[dict[str, Dimension], Mapping[str, Any]]:
    """The variables by code. Metadata are a json-stat dataset without values."""
    body = as_reply(part).json()
    dimension = body.get("dimension") if isinstance(body, dict) else None
    ids = body.get("id") if isinstance(body, dict) else None
    if not isinstance(dimension, dict) or not isinstance(ids, list) or not all(i in dimension for i in ids):
        raise Changed(f"{spec.where}: its metadata are not a json-stat description; see what the service says")
    found = {}
    for name in ids:
        category = dimension[name].get("category") or {}
        index = category.get("index")
        codes = tuple(sorted(index, key=index.__getitem__)) if isinstance(index, dict) else tuple(index or ())
        labels = category.get("label") or {}
        found[name] = Dimension(name, dimension[name], codes, tuple(str(labels.get(c, c)) for c in codes))
    return found, body


def _codelists(spec: LiveTable, parts: Any) -> dict[str, tuple[tuple[str, ...], tuple[str, ...]]]:
    """Codes and labels by codelist id."""
    found = {}
    for part in parts:
        body = as_reply(part).json()
        values = body.get("values") if isinstance(body, dict) else None
        if not isinstance(values, list) or not all(isinstance(v, dict) and "code" in v for v in values):
            raise Changed(f"{spec.where}: a codelist is not a list of codes; see what the service says")
        codes = tuple(str(v["code"]) for v in values)
        found[str(body.get("id"))] = (codes, tuple(str(v.get("label", v["code"])) for v in values))
    return found


def _selection(
    spec: LiveTable,
    dimensions: Mapping[str, Dimension],
    codelists: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]],
) -> Selection:
    """Every variable's codes. A variable the entry does not mention, or one that is gone, is drift:
    refused.
    """
    query = _query(spec)
    for name in query:
        if name not in dimensions:
            raise Changed(f"{spec.where}: the variable {name!r} is gone; it has {', '.join(dimensions)}")
    selection: Selection = {}
    for name, dimension in dimensions.items():
        where = f"{spec.where}: {name}"
        if name not in query:
            raise Changed(f"{where} is a variable the catalogue does not know; add it to the query")
        wanted = query[name]
        if wanted is None:
            if not dimension.eliminable:
                raise Changed(f"{where} can no longer be summed away; select its values")
            continue
        codes, labels = dimension.codes, dimension.labels
        if isinstance(wanted, Mapping) and "codelist" in wanted:
            if wanted["codelist"] not in codelists:
                raise Changed(f"{where}: the codelist {wanted['codelist']!r} did not come; see if it was renamed")
            codes, labels = codelists[wanted["codelist"]]
            wanted = wanted.get("values", "*")
        selection[name] = resolve(wanted, codes, labels, where)
    return selection


def _body(spec: LiveTable, piece: Selection) -> dict[str, Any]:
    query = _query(spec)
    chosen = []
    for name, codes in piece.items():
        entry: dict[str, Any] = {"variableCode": name, "valueCodes": list(codes)}
        wanted = query[name]
        if isinstance(wanted, Mapping) and "codelist" in wanted:
            entry["codelist"] = wanted["codelist"]
        chosen.append(entry)
    return {"selection": chosen}


def _answer(spec: LiveTable, part: Part) -> Tidy:
    """One piece, checked against what was asked in it: table, variables, codes."""
    asked = as_reply(Part("sent", part.url, None, part.sent or b"")).json()
    reply = as_reply(part).json()
    if not jsonstat.is_jsonstat(reply):
        raise Changed(f"{spec.where}: the answer is JSON but not json-stat; see what the service says")
    tidy = jsonstat.parse_document(reply)[0][1]
    if tidy.table_id and tidy.table_id.upper() != spec.table.upper():
        raise Changed(f"{spec.where}: the service answered with the table {tidy.table_id}")
    chosen = {entry["variableCode"]: entry["valueCodes"] for entry in asked["selection"]}
    for variable in tidy.variables:
        wanted = chosen.pop(variable.code, None)
        if wanted is None:
            if len(variable.codes) == 1:
                continue  # an eliminated variable may come back with its single total
            raise Changed(f"{spec.where}: the answer has {variable.code}, which was not asked for")
        if set(variable.codes) != set(wanted):
            raise Changed(f"{spec.where}: {_difference(variable.code, wanted, variable.codes)}")
    if chosen:
        raise Changed(f"{spec.where}: the answer lacks {', '.join(chosen)}, so it answers another question")
    return tidy


def _difference(name: str, asked: Sequence[str], came: Sequence[str]) -> str:
    lacking = [c for c in asked if c not in set(came)]
    extra = [c for c in came if c not in set(asked)]
    words = [f"lacks {len(lacking)} codes ({', '.join(lacking[:3])})"] if lacking else []
    words += [f"has {len(extra)} that were not asked for ({', '.join(extra[:3])})"] if extra else []
    return f"the answer's {name} {' and '.join(words)}"
