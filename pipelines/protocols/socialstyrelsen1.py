"""Socialstyrelsen's statistics database, API version 1.

The name of the service stands here because the protocol is the service's own; nothing else speaks it.
Belongs here: how it is asked and whether it answered the question. Does not belong here: which subjects.

What it guards against, all seen: links to the next page are http and name a host that may not be ours; a
misspelt segment is ignored, so the whole subject comes back; several values of some variables in one call
lose rows over the pages, so those are asked one by one (`options.single`); numbers are texts with a
decimal comma and hard blanks; "X" is suppressed; sex is 1 men, 2 women, 3 both (the opposite of other
houses); an empty combination is a 404 with a web page; in causes of death an absent row is a zero, which
is not filled in here.
"""

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote, urlsplit

import pyarrow as pa

from pipelines.errors import Refused
from pipelines.formats.tidy import Tidy, numbers_and_symbols
from pipelines.http.client import Changed
from pipelines.protocols.answers import Collected, Part, Recorder, as_reply, mark_of, records
from pipelines.protocols.fit import fit
from pipelines.protocols.selection import resolve
from pipelines.protocols.spec import LiveTable, Service

PAGE = 5_000


class Socialstyrelsen1:
    """The service."""

    def __init__(self, service: Service, recorder: Recorder) -> None:
        self._service = service
        self._ask = recorder

    def address(self, spec: LiveTable) -> str:
        return f"{self._service.url}/{quote(spec.table)}"

    def seen(self, spec: LiveTable, locked: Mapping[str, Any]) -> str:
        """A hash of the variables' values: a new value shows, a revision of old figures does not."""
        del locked
        return mark_of(self._values_of(spec))

    def unchanged(self, spec: LiveTable, locked: Mapping[str, Any]) -> bool:
        """Never known: the service does not say when a subject changed; the bytes decide."""
        del spec, locked
        return False

    def probe(self, spec: LiveTable) -> dict[str, Any]:
        """The subject's variables, and whether the entry's query fits their values."""
        part = self._ask.get("codes", f"{self._service.url}/{quote(spec.table)}")
        listed = _list(spec, part)
        found: dict[str, Any] = {"variables": {str(v.get("namn")): str(v.get("text")) for v in listed}}
        if isinstance(spec.query, Mapping):
            parts = self._values_of(spec)
            told = {name: _values(spec, parts, name) for name in spec.query if name != "ar"}
            years = [str(year) for year in spec.query.get("ar", ())]
            found["fit"] = fit(
                spec, told | {"ar": (years, years)}, lambda: {n: tuple(c) for n, c in _selection(spec, parts).items()}
            )
        return found

    def collect(self, spec: LiveTable, since: str = "") -> Collected:
        """Each variable's values, then every page of every combination of the variables asked one by one."""
        del since  # an answer is the whole table: what is gone is not in it
        parts = self._values_of(spec)
        version = mark_of(parts)
        selection = _selection(spec, parts)
        single = [n for n in spec.options.get("single", ["matt", "diagnos"]) if n in selection]
        for chosen in itertools.product(*(selection[n] for n in single)):
            piece = selection | {n: [c] for n, c in zip(single, chosen, strict=True)}
            parts += self._pages(spec, piece)
        return Collected(tuple(parts), version, {"calls": len(parts)})

    def _values_of(self, spec: LiveTable) -> list[Part]:
        """The values of each variable that the query selects from."""
        names = [name for name in _query(spec) if name != "ar"]
        return [self._ask.get("codes", f"{self._service.url}/{quote(spec.table)}/{quote(name)}") for name in names]

    def _pages(self, spec: LiveTable, piece: Mapping[str, Sequence[str]]) -> list[Part]:
        path = "".join(f"/{quote(n)}/{quote(','.join(c), safe=',')}" for n, c in piece.items())
        url = f"{self._service.url}/{quote(spec.table)}/resultat{path}"
        parts: list[Part] = []
        while True:
            number = len(parts) + 1
            parts.append(self._ask.get("data", url, {"per_sida": str(PAGE), "sida": str(number)}))
            body = as_reply(parts[-1]).json()
            pages = body.get("sidor") if isinstance(body, dict) else None
            if type(pages) is not int or not 1 <= pages <= 10_000:
                raise Changed(f"{spec.where}: page {number} does not say how many there are; see what the service says")
            # Only whether there is a next page is read from the link: its host and scheme are
            # not ours to follow.
            if not body.get("nasta_sida") or number >= pages:
                return parts

    def parse(self, spec: LiveTable, parts: Sequence[Part]) -> Tidy:
        """One row a record; the variables keep the service's names without their "Id"."""
        codes = [p for p in parts if p.role == "codes"]
        selection = _selection(spec, codes)
        # A place has an id of the service's own and, beside it, its official code ("kod"): that one is kept.
        published = {name: _official(spec, codes, name) for name in selection if name != "ar"}
        labels = {
            name: {kept[i]: text for i, text in zip(*_values(spec, codes, name), strict=True)}
            for name, kept in published.items()
        }
        columns: dict[str, list[str]] = {name: [] for name in selection}
        texts: list[str] = []
        _check_pages(spec, [p for p in parts if p.role == "data"])
        for part in parts:
            if part.role != "data":
                continue
            segments = _segments(spec, part.url)
            for number, row in enumerate(_rows(spec, part), 1):
                for name, column in columns.items():
                    code = _code(row, name)
                    if code not in segments.get(name, ()):
                        raise Changed(
                            f"{spec.where}: row {number} of a page has {name} {code!r}, not asked for: "
                            "the service has ignored that part"
                        )
                    column.append(published.get(name, {}).get(code, code))
                texts.append(_number(spec, row, number))
        if not texts:
            raise Changed(f"{spec.where}: not one row came; see what the service says")
        value, status = numbers_and_symbols(pa.array(texts, pa.string()), spec.where)
        return records(spec, columns, {"ar": "time", "region": "geo"}, (value, status), labels)


def _query(spec: LiveTable) -> Mapping[str, Any]:
    if not isinstance(spec.query, Mapping):
        raise Refused(f"{spec.where} is only probed so far; write its query before it is fetched")
    return spec.query


def _list(spec: LiveTable, part: Part) -> list[dict[str, Any]]:
    body = as_reply(part).json()
    if not isinstance(body, list) or not body or not all(isinstance(v, dict) for v in body):
        raise Changed(f"{spec.where}: {urlsplit(part.url).path} is not a list of values; see what the service says")
    return body


def _values(spec: LiveTable, parts: Sequence[Part], name: str) -> tuple[list[str], list[str]]:
    """Ids and texts of a variable. Ids are numbers in some subjects and texts in others; here always
    texts.
    """
    for part in parts:
        if urlsplit(part.url).path.rstrip("/").endswith(f"/{quote(name)}"):
            listed = _list(spec, part)
            return [str(v.get("id")) for v in listed], [str(v.get("text")) for v in listed]
    raise Changed(f"{spec.where}: the values of {name} are not among its archived replies; fetch it again")


def _official(spec: LiveTable, parts: Sequence[Part], name: str) -> dict[str, str]:
    """The service's id → the official code where every value has one, else the id itself."""
    for part in parts:
        if urlsplit(part.url).path.rstrip("/").endswith(f"/{quote(name)}"):
            listed = _list(spec, part)
            official = all(v.get("kod") for v in listed)
            return {str(v.get("id")): str(v["kod"] if official else v.get("id")) for v in listed}
    return {}


def _selection(spec: LiveTable, parts: Sequence[Part]) -> dict[str, list[str]]:
    chosen: dict[str, list[str]] = {}
    for name, wanted in _query(spec).items():
        if name == "ar":
            chosen[name] = [str(y) for y in (wanted if isinstance(wanted, list) else [wanted])]
        else:
            ids, texts = _values(spec, parts, name)
            listed = [str(w) for w in wanted] if isinstance(wanted, list) else wanted
            chosen[name] = list(resolve(listed, ids, texts, f"{spec.where}: {name}"))
    return chosen


def _segments(spec: LiveTable, url: str) -> dict[str, set[str]]:
    """What a page's own address asked for: /resultat/<variable>/<values>/…"""
    from urllib.parse import unquote

    tail = urlsplit(url).path.split("/resultat/", 1)[-1].strip("/").split("/")
    if len(tail) % 2:
        raise Changed(f"{spec.where}: {url} is not an address this protocol makes")
    return {unquote(n): set(unquote(v).split(",")) for n, v in zip(tail[::2], tail[1::2], strict=True)}


def _rows(spec: LiveTable, part: Part) -> list[dict[str, Any]]:
    body = as_reply(part).json()
    if not isinstance(body, dict) or body.get("amne") != spec.table:
        named = body.get("amne") if isinstance(body, dict) else type(body).__name__
        raise Changed(f"{spec.where}: the service answers about {named!r} instead")
    rows = body.get("data")
    if not isinstance(rows, list) or not all(isinstance(r, dict) for r in rows):
        raise Changed(f"{spec.where}: a page has no list of rows; see what the service says")
    return rows


def _code(row: Mapping[str, Any], name: str) -> str:
    return str(row.get(name if name == "ar" else f"{name}Id"))


def _number(spec: LiveTable, row: Mapping[str, Any], number: int) -> str:
    """`varde` with a decimal point and without blanks; a symbol as it is; an empty one is refused."""
    text = str(row.get("varde") if row.get("varde") is not None else "").strip()
    squeezed = re.sub(r"[\s\u00a0\u202f]", "", text)
    if re.fullmatch(r"-?\d+(,\d+)?", squeezed):
        return squeezed.replace(",", ".")
    if re.fullmatch(r"[^\d\s]{1,3}", text):
        return text
    raise Changed(f"{spec.where}: row {number} of a page has the value {text!r}, neither a number nor a symbol")


def _check_pages(spec: LiveTable, parts: Sequence[Part]) -> None:
    """Of every query all pages are here, numbered in order, each full but the last: no row is lost
    between.
    """
    chains: dict[str, list[dict[str, Any]]] = {}
    for part in parts:
        body = as_reply(part).json()
        chains.setdefault(urlsplit(part.url).path, []).append(body if isinstance(body, dict) else {})
    if not chains:
        raise Changed(f"{spec.where}: no pages are among its archived replies; fetch it again")
    for chain in chains.values():
        for number, body in enumerate(chain, 1):
            if body.get("sida") != number or body.get("sidor") != len(chain):
                raise Changed(
                    f"{spec.where}: page {number} says it is {body.get('sida')} of {body.get('sidor')}, "
                    f"but {len(chain)} came"
                )
            if number < len(chain) and len(body.get("data") or ()) != body.get("per_sida"):
                raise Changed(f"{spec.where}: page {number} of {len(chain)} is not full, so rows are lost")
