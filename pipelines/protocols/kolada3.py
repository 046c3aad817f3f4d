"""Kolada's API, version 3: key figures by municipality, region, year and sex.

The name of the service stands here because the protocol is the service's own; nothing else speaks it.
Belongs here: how it is asked and whether it answered the question. Does not belong here: which key figures.

What it guards against, all seen: `count` is the number on the page, not in all; more than 5 000 rows come in
pages, and `next_url` (once `next_page`) may be relative or name another host; at most 25 ids in a segment; a
misspelt parameter gives an empty list and status 200; deleted figures come along, marked `isdeleted`, and some only to
those who ask what has changed since a day (`from_date`), which is why they are asked for: an older landing would keep
them for ever; a null value is missing whatever its status says; rows of municipal groups ("G…") may come beside those
of places.
"""

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pyarrow as pa

from pipelines.errors import Refused
from pipelines.formats.tidy import Tidy
from pipelines.http.client import Changed
from pipelines.protocols.answers import Collected, Part, Recorder, as_reply, records
from pipelines.protocols.spec import LiveTable, Service

IDS = 25  # ids in one segment of the path
PAGE = 5_000  # rows on one page, the most it gives
MOST_PAGES = 1_000  # of one path: 25 key figures x 25 years x all places and groups are half of that
AREAS = 312
DELETED = "isdeleted"  # the service's word, and the status of a figure that it has taken away


class Kolada3:
    """The service."""

    def __init__(self, service: Service, recorder: Recorder) -> None:
        self._service = service
        self._ask = recorder

    def address(self, spec: LiveTable) -> str:
        return f"{self._service.url}/{quote(spec.table)}"

    def seen(self, spec: LiveTable, locked: Mapping[str, Any]) -> str:
        """What is landed where nothing was changed or deleted since it was last looked at, else since when it was."""
        return (
            str(locked.get("version") or "") if self.unchanged(spec, locked) else f"changed since {_looked_at(locked)}"
        )

    def unchanged(self, spec: LiveTable, locked: Mapping[str, Any]) -> bool:
        """Whether no asked figure was changed or deleted since the day it was last looked at (`from_date`)."""
        since = _looked_at(locked)
        if not since:
            return False
        watched = [k for k in _kpis(spec) if k not in _optional(spec)]
        for path in _paths(watched, _years(spec)):
            part = self._ask.get("changes", f"{self._service.url}{path}", {"from_date": since, "per_page": "1"})
            if _values(spec, part):
                return False
        return True

    def probe(self, spec: LiveTable) -> dict[str, Any]:
        """The titles of the key figures asked for, and those that are not there."""
        kpis = _kpis(spec)
        titles: dict[str, str] = {}
        for batch in _batches(kpis, IDS):
            part = self._ask.get("codes", f"{self._service.url}/kpi/{','.join(batch)}")
            titles |= {str(v.get("id")): str(v.get("title")) for v in _values(spec, part)}
        return {"titles": titles, "lacking": [k for k in kpis if k not in titles]}

    def collect(self, spec: LiveTable, since: str = "") -> Collected:
        """The places, the titles, and every page of every batch of at most 25 key figures and 25 years; then, where
        figures are landed `since` a day, the pages that tell of deletions.
        """
        parts = self._pages("codes", "/municipality")
        for batch in _batches(_kpis(spec), IDS):
            parts += self._pages("codes", f"/kpi/{','.join(batch)}")
        titles, _ = _codes(spec, parts)
        kpis, lacking = _present(spec, titles)
        for path in _paths(kpis, _years(spec)):
            parts += self._pages("data", path)
        calls = len(parts)
        for path in _paths(kpis, _years(spec)) if since else ():
            pages = self._pages("deletions", path, {"from_date": since})
            calls += len(pages)
            # The rest of what changed stands in the data; only pages that name a deletion are a part of the table.
            parts += [page for page in pages if any(_deleted(_values(spec, page)))]
        read = f"read {datetime.now(UTC).date().isoformat()}"
        return Collected(tuple(parts), read, {"calls": calls, "withdrawn": lacking})

    def _pages(self, role: str, path: str, more: Mapping[str, str] | None = None) -> list[Part]:
        """Every page of one path. The next page's number is taken from `next_url`, its host is not."""
        parts: list[Part] = []
        page = 1
        while True:
            params = {**(more or {}), "page": str(page), "per_page": str(PAGE)}
            parts.append(self._ask.get(role, f"{self._service.url}{path}", params))
            body = as_reply(parts[-1]).json()
            following = next_page(body)
            if following is None:
                return parts
            if not body.get("values") or page >= MOST_PAGES:
                raise Changed(f"{self._service.id} {path}: page {page} is not the last, though it should be")
            if following != page + 1:
                raise Changed(f"{self._service.id} {path}: page {page} is followed by page {following}")
            page = following

    def parse(self, spec: LiveTable, parts: Sequence[Part]) -> Tidy:
        """One row per key figure, place, year and sex; `status` is the service's word where it has one. A figure that
        was deleted and not given anew is a row without a number, its status `isdeleted`.
        """
        titles, places = _codes(spec, [p for p in parts if p.role == "codes"])
        kpis, _ = _present(spec, titles)
        _check_pages(spec, parts, _paths(kpis, _years(spec)))
        asked_kpis, asked_years = set(kpis), set(_years(spec))
        columns: dict[str, list[str]] = {"kpi": [], "municipality": [], "period": [], "gender": []}
        numbers: list[float | None] = []
        statuses: list[str | None] = []
        for number, row in enumerate((r for p in parts if p.role == "data" for r in _values(spec, p)), 1):
            kpi, place, year = _cell(row)
            if kpi not in asked_kpis or year not in asked_years:
                raise Changed(f"{spec.where}: row {number} is of {kpi} in {year}, which was not asked for")
            if place not in places:
                if place.startswith("G"):
                    continue
                raise Changed(f"{spec.where}: row {number} is of the place {place!r}, which the service does not list")
            for cell in row.get("values") or ():
                if cell.get("isdeleted"):
                    continue
                value = cell.get("value")
                if value is not None and type(value) not in (int, float):
                    raise Changed(f"{spec.where}: row {number} has the value {value!r}, which is not a number")
                if cell.get("gender") not in ("T", "K", "M"):
                    raise Changed(f"{spec.where}: row {number} has the sex {cell.get('gender')!r}, not T, K or M")
                for name, text in zip(columns, (kpi, place, year, str(cell["gender"])), strict=True):
                    columns[name].append(text)
                numbers.append(value)
                statuses.append(str(cell["status"]) if cell.get("status") else None)
        if lacking := sorted(asked_kpis - set(columns["kpi"])):
            raise Changed(f"{spec.where}: not one row came for {', '.join(lacking[:5])}; see what the service says")
        gone = {
            key: None
            for part in parts
            if part.role in ("data", "deletions")
            for key in _deleted(_values(spec, part))
            if key[0] in asked_kpis and key[1] in places and key[2] in asked_years
        }
        if gone:
            for key in zip(*columns.values(), strict=True):
                gone.pop(key, None)  # deleted once, and given anew
        for key in gone:
            for name, text in zip(columns, key, strict=True):
                columns[name].append(text)
        numbers += [None] * len(gone)
        statuses += [DELETED] * len(gone)
        labels = {
            "kpi": titles,
            "municipality": places,
            "gender": {"T": "totalt", "K": "kvinnor", "M": "män"},
        }
        cells = (pa.array(numbers, pa.float64()), pa.array(statuses, pa.string()).dictionary_encode())
        return records(spec, columns, {"period": "time", "municipality": "geo"}, cells, labels)


def _looked_at(locked: Mapping[str, Any]) -> str:
    """The day the landed figures were fetched or found unchanged."""
    return str(locked.get("checked") or locked.get("retrieved") or "")[:10]


def _cell(row: Mapping[str, Any]) -> tuple[str, str, str]:
    """Key figure, place and year of a row."""
    return str(row.get("kpi")), str(row.get("municipality")), str(row.get("period"))


def _deleted(rows: Iterable[Mapping[str, Any]]) -> Iterator[tuple[str, str, str, str]]:
    """Key figure, place, year and sex of every figure that is marked as deleted."""
    for row in rows:
        for cell in row.get("values") or ():
            if cell.get("isdeleted") and cell.get("gender") in ("T", "K", "M"):
                yield (*_cell(row), str(cell["gender"]))


def next_page(body: Any) -> int | None:
    """The number of the next page, from `next_url` or its older name, absolute or relative; None at the
    end.
    """
    if not isinstance(body, dict):
        return None
    following = body.get("next_url") or body.get("next_page")
    if not following:
        return None
    page = parse_qs(urlsplit(str(following)).query).get("page", [""])[0]
    if not page.isdigit():
        raise Changed(f"the next page is given as {following!r}, which has no page number")
    return int(page)


def calls_needed(kpis: int, years: int, areas: int = AREAS) -> int:
    """Calls for a full table of data: batches of 25 x 25 ids, each in pages of 5 000 rows."""
    calls = 0
    for k in _sizes(kpis):
        for y in _sizes(years):
            calls += math.ceil(k * y * areas / PAGE)
    return calls


def _sizes(total: int) -> list[int]:
    return [min(IDS, total - start) for start in range(0, total, IDS)]


def _batches(ids: Sequence[str], size: int) -> list[Sequence[str]]:
    return [ids[i : i + size] for i in range(0, len(ids), size)]


def _list(spec: LiveTable, key: str) -> list[str]:
    query = spec.query
    if not isinstance(query, Mapping) or set(query) - {"kpi", "year"}:
        raise Refused(f"{spec.where}: its query has other keys than 'kpi' and 'year'")
    found = query.get(key)
    if isinstance(found, str) and "-" in found:
        first, last = found.split("-", 1)
        return [str(y) for y in range(int(first), int(last) + 1)]
    if not isinstance(found, list) or not found:
        raise Refused(f"{spec.where}: its query needs a list under {key!r}")
    return [str(f) for f in found]


def _kpis(spec: LiveTable) -> list[str]:
    return _list(spec, "kpi")


def _years(spec: LiveTable) -> list[str]:
    return _list(spec, "year")


def _optional(spec: LiveTable) -> list[str]:
    return [str(k) for k in spec.options.get("optional", ())]


def _present(spec: LiveTable, titles: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """The key figures the service lists, and those it has withdrawn, which only `options.optional` ones
    may be.
    """
    lacking = [k for k in _kpis(spec) if k not in titles]
    if needed := [k for k in lacking if k not in _optional(spec)]:
        raise Changed(f"{spec.where}: the key figure {needed[0]} is gone; take it out or find what replaced it")
    return [k for k in _kpis(spec) if k in titles], lacking


def _paths(kpis: Sequence[str], years: Sequence[str]) -> list[str]:
    """Key figure and year are two of the three dimensions, and two are enough: no segment of places is
    needed.
    """
    return [
        f"/data/kpi/{','.join(batch)}/year/{','.join(span)}"
        for batch in _batches(kpis, IDS)
        for span in _batches(years, IDS)
    ]


def _values(spec: LiveTable, part: Part) -> list[dict[str, Any]]:
    body = as_reply(part).json()
    values = body.get("values") if isinstance(body, dict) else None
    if not isinstance(values, list) or not all(isinstance(v, dict) for v in values):
        raise Changed(f"{spec.where}: the answer has no list of values; see what the service says")
    if isinstance(body.get("count"), int) and body["count"] != len(values):
        raise Changed(f"{spec.where}: a page says it has {body['count']} rows but holds {len(values)}")
    return values


def _check_pages(spec: LiveTable, parts: Sequence[Part], paths: Sequence[str]) -> None:
    """Every path's pages are here, 1, 2, … in order, and only the last has no next."""
    pages: dict[str, list[Part]] = {}
    for part in parts:
        if part.role in ("codes", "data"):
            pages.setdefault(urlsplit(part.url).path, []).append(part)
    for path in [f"{urlsplit(spec.service.url).path}{p}" for p in paths]:
        if path not in pages:
            raise Changed(f"{spec.where}: the pages of {path} are not among its replies; fetch it again")
    for path, chain in pages.items():
        for number, part in enumerate(chain, 1):
            following = next_page(as_reply(part).json())
            expected = None if number == len(chain) else number + 1
            if following != expected:
                raise Changed(f"{spec.where}: {path} has {len(chain)} pages here, but page {number} is not as it says")


def _codes(spec: LiveTable, parts: Sequence[Part]) -> tuple[dict[str, str], dict[str, str]]:
    titles: dict[str, str] = {}
    places: dict[str, str] = {}
    for part in parts:
        into = places if urlsplit(part.url).path.endswith("/municipality") else titles
        into.update({str(v.get("id")): str(v.get("title")) for v in _values(spec, part)})
    return titles, places
