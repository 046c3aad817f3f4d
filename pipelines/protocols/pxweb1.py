"""PxWeb v1, as many Swedish authorities run it: one GET for the variables, one POST for the cells.

Belongs here: how such a service is asked and whether it answered the question. Does not belong here: its
formats (formats/), which tables there are (data/catalogue/).

What it guards against, all seen: an omitted variable is summed away or returned whole, without a word, so
every variable is always selected; a limit on values beside the one on cells; 403 for too many cells;
error bodies as text or web pages; codes that are positions and move between years (select by label);
intervals as categories of a variable ("Andel", "Konfidensintervall nedre gräns" …), which `options.pivot`
turns into columns; a variable with more values than the service lists (`values: null`), which only its own filter
`all` can select.

Expressions are resolved here and their codes sent one by one (filter `item`). An entry may have the service's own
filters instead: `{filter: top, values: 3}`, the last values, or `{filter: all, values: "*"}`, also with a pattern such
as "01*". Where the values are listed, what must come back is known all the same.
"""

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from pipelines.errors import Refused
from pipelines.formats import jsonstat, pxjson
from pipelines.formats.tidy import Tidy
from pipelines.http.client import Changed, Rejected, host_of
from pipelines.protocols.answers import Collected, Part, Recorder, as_reply, join, mark_of
from pipelines.protocols.fit import fit
from pipelines.protocols.selection import Selection, count, resolve, split
from pipelines.protocols.spec import LiveTable, Service, refuse_runaway

MODEST_CAP = 30_000
UNLISTED = ("*",)  # the codes of a variable that the service does not list, until it has answered


class PxWeb1:
    """One PxWeb v1 service."""

    def __init__(self, service: Service, recorder: Recorder) -> None:
        self._service = service
        self._ask = recorder
        self._caps: tuple[int, int] | None = None

    def _limits(self) -> tuple[int, int]:
        """(cells a call, values of one variable) from `?config`; modest where there is none."""
        if self._caps is None:
            cells = values = 0
            try:
                config = as_reply(self._ask.get("config", f"{self._service.url}/?config")).json()
                if isinstance(config, dict):
                    host = host_of(self._service.url)
                    self._ask.learn(host, config.get("maxCalls"), config.get("timeWindow"))
                    cells, values = int(config.get("maxCells") or 0), int(config.get("maxValues") or 0)
            except (Rejected, Changed, TypeError, ValueError):
                pass  # some installations have no ?config: the modest numbers hold
            self._caps = (cells or MODEST_CAP, values)
        return self._caps

    def address(self, spec: LiveTable) -> str:
        return f"{self._service.url}/{quote(spec.table, safe='/')}"

    def seen(self, spec: LiveTable, locked: Mapping[str, Any]) -> str:
        """A hash of the table's description: a new period or value shows, a revision of old figures does not."""
        del locked
        self._limits()
        return mark_of([self._ask.get("metadata", self.address(spec))])

    def unchanged(self, spec: LiveTable, locked: Mapping[str, Any]) -> bool:
        """Never known: the table's own address does not say when it changed; the bytes decide."""
        del spec, locked
        return False

    def probe(self, spec: LiveTable) -> dict[str, Any]:
        """Title, variables with sizes and first codes, and whether the entry's query fits them."""
        self._limits()
        variables, title = _metadata(spec, self._ask.get("metadata", self.address(spec)))
        told = {name: (v["codes"], v["labels"]) for name, v in variables.items()}
        return {
            "title": title,
            **({"fit": fit(spec, told, lambda: _selection(spec, variables))} if spec.query != "probe" else {}),
            "variables": {
                name: {"label": v["text"], "values": len(v["codes"]), "first": list(v["codes"][:3]),
                       "last": list(v["codes"][-3:]), "eliminable": v["elimination"]}
                for name, v in variables.items()
            },
        }  # fmt: skip

    def collect(self, spec: LiveTable, since: str = "") -> Collected:
        """Metadata, then the data in pieces under both caps."""
        del since  # an answer is the whole table: what is gone is not in it
        cells, values = self._limits()
        described = self._ask.get("metadata", self.address(spec))
        variables, _ = _metadata(spec, described)
        selection = _selection(spec, variables)
        refuse_runaway(spec, count(selection))
        parts = [described]
        for piece in split(selection, cells, values):
            parts += self._data(spec, piece, selection)
        return Collected(tuple(parts), mark_of([described]), {"cells": count(selection)})

    def _data(self, spec: LiveTable, piece: Selection, whole: Selection) -> list[Part]:
        """One piece; when the service finds it too large after all (403), its halves."""
        query = [{"code": n, "selection": _filter(spec, n, c, whole[n])} for n, c in piece.items()]
        body = {"query": query, "response": {"format": spec.options.get("format", "json-stat2")}}
        try:
            return [self._ask.post("data", self.address(spec), body)]
        except Rejected as refusal:
            if refusal.status not in (403, 413) or count(piece) < 2:
                raise
            return [part for half in split(piece, (count(piece) + 1) // 2) for part in self._data(spec, half, whole)]

    def parse(self, spec: LiveTable, parts: Sequence[Part]) -> Tidy:
        """The pieces as one table, each checked against its own question and all against the whole."""
        described = [p for p in parts if p.role == "metadata"]
        if len(described) != 1:
            raise Changed(f"{spec.where}: its metadata are not among its archived replies; fetch it again")
        variables, _ = _metadata(spec, described[0])
        selection = _selection(spec, variables)
        tables = [_answer(spec, p, variables, selection) for p in parts if p.role == "data"]
        if not tables:
            raise Changed(f"{spec.where}: no data are among its archived replies; fetch it again")
        whole = join(spec, tables)
        for name, codes in selection.items():
            came = whole.variable(name).codes
            if codes == UNLISTED:
                selection[name] = came
            elif set(came) != set(codes):
                raise Changed(f"{spec.where}: {name} came with {len(came)} values where {len(codes)} were asked for")
        contents = [v for v in whole.variables if v.code not in selection]
        expected = count(selection) * count({v.code: v.codes for v in contents})
        if len(whole) != expected:
            raise Changed(f"{spec.where}: {len(whole)} cells came where {expected} were asked for")
        return whole


def _metadata(spec: LiveTable, part: Part) -> tuple[dict[str, dict[str, Any]], str]:
    body = as_reply(part).json()
    listed = body.get("variables") if isinstance(body, dict) else None
    if not isinstance(listed, list) or not listed:
        raise Changed(f"{spec.where}: its address no longer describes a table; see if it has moved")
    found = {}
    for variable in listed:
        codes, texts = variable.get("values"), variable.get("valueTexts")
        name = str(variable.get("code"))
        if codes is None and _own_filter(spec, name).get("filter") == "all":
            codes = texts = list(UNLISTED)
        if not isinstance(codes, list) or not isinstance(texts, list) or len(codes) != len(texts):
            raise Changed(
                f"{spec.where}: {name} has more values than the service lists; select it by {{filter: all, values: …}}"
            )
        found[name] = {
            "text": str(variable.get("text") or name),
            "codes": tuple(map(str, codes)),
            "labels": tuple(map(str, texts)),
            "elimination": bool(variable.get("elimination")),
        }
    return found, str(body.get("title") or "")


def _selection(spec: LiveTable, variables: Mapping[str, Mapping[str, Any]]) -> Selection:
    if not isinstance(spec.query, Mapping):
        raise Refused(f"{spec.where} is only probed so far; write its query before it is fetched")
    for name in spec.query:
        if name not in variables:
            raise Changed(f"{spec.where}: the variable {name!r} is gone; it has {', '.join(variables)}")
    selection: Selection = {}
    for name, variable in variables.items():
        where = f"{spec.where}: {name}"
        if name not in spec.query:
            raise Changed(f"{where} is a variable the catalogue does not know; add it to the query")
        wanted = spec.query[name]
        if wanted is None:
            if not variable["elimination"]:
                raise Changed(f"{where} can no longer be summed away; select its values")
            continue
        if _own_filter(spec, name):
            selection[name] = _resolved(wanted, variable["codes"], variable["labels"], where)
        else:
            selection[name] = resolve(wanted, variable["codes"], variable["labels"], where)
    return selection


def _own_filter(spec: LiveTable, name: str) -> Mapping[str, Any]:
    """The service's own filter that the entry has for a variable; empty where its codes are sent."""
    wanted = spec.query.get(name) if isinstance(spec.query, Mapping) else None
    return wanted if isinstance(wanted, Mapping) and "filter" in wanted else {}


def _resolved(wanted: Mapping[str, Any], codes: Sequence[str], labels: Sequence[str], where: str) -> tuple[str, ...]:
    """The codes that a filter of the service's own will give."""
    kind, values = wanted["filter"], wanted.get("values")
    if kind == "top" and type(values) is int and values > 0:
        return resolve(f"top({values})", codes, labels, where)
    if kind == "all" and isinstance(values, str) and "*" in values:
        return UNLISTED if tuple(codes) == UNLISTED else resolve(values, codes, labels, where)
    raise Refused(f"{where} has a filter that is neither {{filter: top, values: 3}} nor {{filter: all, values: '01*'}}")


def _filter(spec: LiveTable, name: str, codes: tuple[str, ...], whole: tuple[str, ...]) -> dict[str, Any]:
    """How the codes of one piece are asked for: by the entry's own filter where they are all of it."""
    own = _own_filter(spec, name)
    if own and codes == whole:
        return {"filter": own["filter"], "values": [str(own["values"])]}
    return {"filter": "item", "values": list(codes)}


def _answer(spec: LiveTable, part: Part, variables: Mapping[str, Mapping[str, Any]], whole: Selection) -> Tidy:
    asked = as_reply(Part("sent", part.url, None, part.sent or b"")).json()
    reply = as_reply(part).json()
    if pxjson.is_pxjson(reply):
        tidy = pxjson.parse_document(reply)
    elif jsonstat.is_jsonstat(reply):
        tidy = jsonstat.parse_document(reply)[0][1]
    else:
        raise Changed(f"{spec.where}: the answer is neither json-stat nor PX-JSON; see what the service says")
    chosen = {
        entry["code"]: entry["selection"]["values"] if entry["selection"]["filter"] == "item" else whole[entry["code"]]
        for entry in asked["query"]
    }
    for variable in tidy.variables:
        wanted = chosen.pop(variable.code, None)
        if wanted is None:
            # the contents, or a variable summed away: one value it may have, or the contents' several
            if variable.code in variables and len(variable.codes) > 1:
                raise Changed(f"{spec.where}: the answer has {variable.code}, which was not asked for")
            continue
        if wanted != UNLISTED and set(variable.codes) != set(wanted):
            raise Changed(
                f"{spec.where}: {variable.code} came with {len(variable.codes)} values "
                f"where {len(wanted)} were asked for, or with others"
            )
    if chosen:
        raise Changed(f"{spec.where}: the answer lacks {', '.join(chosen)}, so it answers another question")
    return tidy
