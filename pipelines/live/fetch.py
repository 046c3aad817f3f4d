"""`jamlik fetch`: from the live services to the raw archive and the landing, table by table.

Belongs here: the order of things, what one table's failure does to the others, what is tried again and when.
Does not belong here: any protocol (protocols/), how a landing lies on disk (the caller passes `land`).

One thread a host, so that a slow service delays nobody else and each host meets one caller. A host where nobody opens
is knocked at once, and its tables are not asked for one by one: they would all wait in vain. A table is landed
whole or not at all: all its replies are archived, then parsed, then checked, then landed in one call. What
fails keeps its last good landing:

    landed       new figures are in place
    unchanged    the service says, or the bytes show, that nothing moved
    probed       the entry is not verified yet: its description was asked for and held against its query
    quarantined  an answer came, but not the one that was asked for; replies kept, reason beside them
    unreachable  no usable answer within the bounded tries
    rejected     the service said no
"""

import hashlib
import threading
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa

from pipelines.errors import JamlikError, Unavailable
from pipelines.http.client import Client, Manners, Rejected, Reply, Unreachable, host_of, redact
from pipelines.http.reach import knock
from pipelines.live.archive import Archive, Kept
from pipelines.protocols.answers import Kind, Recorder
from pipelines.protocols.expect import check, last_period
from pipelines.protocols.fit import verdict
from pipelines.protocols.forsakringskassan1 import Forsakringskassan1
from pipelines.protocols.kolada3 import Kolada3
from pipelines.protocols.pxweb1 import PxWeb1
from pipelines.protocols.pxwebapi2 import PxWebApi2
from pipelines.protocols.shape import shape
from pipelines.protocols.socialstyrelsen1 import Socialstyrelsen1
from pipelines.protocols.spec import LiveTable, Service

KINDS: dict[str, Callable[[Service, Recorder], Kind]] = {
    "pxwebapi2": PxWebApi2,
    "pxweb1": PxWeb1,
    "kolada3": Kolada3,
    "socialstyrelsen1": Socialstyrelsen1,
    "forsakringskassan1": Forsakringskassan1,
}

# PxWebApi 2 repeats any reply, errors too, for 300 s (CacheMiddleware): a second tier must come later
# than that.
SECOND_TIER = 310.0

# What a parser meets when JSON is whole but built otherwise than the protocol says.
ODD_SHAPES = (AttributeError, KeyError, IndexError, TypeError, ValueError, RecursionError, pa.ArrowException)

Land = Callable[[LiveTable, pa.Table, Mapping[str, Any]], object]


@dataclass(frozen=True)
class Outcome:
    """What became of one table. `tried` says in words what was asked, newest last."""

    table: str
    state: str
    reason: str = ""
    tried: tuple[str, ...] = ()
    version: str = ""
    rows: int = 0
    last_period: str = ""
    found: Mapping[str, Any] = field(default_factory=dict)
    answered: bool = False  # of a failure: a server was there, so another try may help

    @property
    def good(self) -> bool:
        return self.state in ("landed", "unchanged", "probed")


@dataclass(frozen=True)
class Report:
    """All outcomes of a fetch, and where its manifest is."""

    started: str
    outcomes: tuple[Outcome, ...]
    manifest: str = ""

    @property
    def failed(self) -> tuple[Outcome, ...]:
        return tuple(o for o in self.outcomes if not o.good)

    def lines(self) -> list[str]:
        """One sentence a table: state, what was tried, why."""
        words = []
        for o in self.outcomes:
            detail = f", {o.rows} rows to {o.last_period}" if o.rows else ""
            tried = f" (tried: {'; '.join(o.tried)})" if o.tried and not o.good else ""
            words.append(f"{o.table}: {o.state}{detail}{': ' + o.reason if o.reason else ''}{tried}")
        return words


class _NotAsked(Unreachable):
    """Not even tried: nobody opened at this host before."""


@dataclass
class _Work:
    """One table on its way: what was kept and what was tried."""

    spec: LiveTable
    kept: list[Kept] = field(default_factory=list)
    tried: list[str] = field(default_factory=list)


class Fetch:
    """One fetch. `land(spec, table, notes)` must replace the table's landing whole, or raise.

    `areas` are the area codes the project knows; `is_landed(spec)` tells whether a landing is in place, `stands_since`
    the day of the newest figures there are of the table (ISO; empty: none), the repository's or landed.
    `second_tier` is the pause in seconds before tables that were answered with an error are asked once more;
    None leaves that out (a run that must end soon). `patience` is how many seconds a fetch may have taken and still
    begin the fallback of a table, or go on with a host that failed; None: however many.
    """

    def __init__(
        self,
        archive: Archive,
        land: Land,
        areas: Iterable[str] = (),
        is_landed: Callable[[LiveTable], bool] = lambda _: True,
        stands_since: Callable[[LiveTable], str] = lambda _: "",
        manners: Manners | None = None,
        second_tier: float | None = SECOND_TIER,
        patience: float | None = None,
        progress: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._archive = archive
        self._land = land
        self._areas = frozenset(areas)
        self._is_landed = is_landed
        self._stands_since = stands_since
        self._manners = manners or Manners()
        self._second_tier = second_tier
        self._patience = patience
        self._progress = progress
        self._lock = threading.Lock()
        self._locked: dict[str, dict[str, Any]] = {}
        self._manifest: dict[str, dict[str, Any]] = {}
        self._silent: dict[str, str] = {}  # host → why it is not asked; empty: somebody is there
        self._started = ""
        self._begun = 0.0

    def run(self, tables: Sequence[LiveTable]) -> Report:
        """Fetch the tables; never raises for one table's sake. A key press stops it between two calls."""
        self._started = _now()
        self._begun = time.monotonic()
        self._locked = self._archive.locked()
        client = client_for(tables, self._manners)
        hosts = by_host(tables)
        outcomes: dict[str, Outcome] = {}
        try:
            with ThreadPoolExecutor(max_workers=max(1, len(hosts))) as pool:
                try:
                    for done in as_completed([pool.submit(self._host, client, ts) for ts in hosts.values()]):
                        outcomes |= done.result()
                except BaseException:
                    client.stop.set()  # before the pool waits for its threads, or it waits for all they have left
                    raise
            again = [t for t in tables if self._worth_another(outcomes[t.id])]
            if again and self._second_tier is not None:
                self._progress(f"{len(again)} tables were answered with an error; asked again in a while")
                client.stop.wait(self._second_tier)
                for table in again:
                    first = outcomes[table.id].tried
                    second = self._one(client, table, {})
                    outcomes[table.id] = replace(second, tried=(*first, *second.tried))
            for table in tables:
                if table.fallback is not None and outcomes[table.id].state in ("unreachable", "rejected"):
                    first = outcomes[table.id].tried
                    if self._time_is_up():
                        late = f"{redact(table.fallback.service.url)} not tried: time was up"
                        outcomes[table.id] = replace(outcomes[table.id], tried=(*first, late))
                        continue
                    second = self._one(client, table.fallback, {})
                    tried = (*first, *second.tried)
                    outcomes[table.id] = replace(second if second.good else outcomes[table.id], tried=tried)
        except BaseException:
            client.stop.set()
            raise
        path = self._archive.manifest(self._started, self._manifest)
        return Report(self._started, tuple(outcomes[t.id] for t in tables), str(path))

    @staticmethod
    def _worth_another(outcome: Outcome) -> bool:
        """An error that a server gave may be one it repeats from its cache; silence is not."""
        return outcome.state in ("rejected", "unreachable") and outcome.answered

    def _time_is_up(self) -> bool:
        return self._patience is not None and time.monotonic() - self._begun > self._patience

    def _host(self, client: Client, tables: Sequence[LiveTable]) -> dict[str, Outcome]:
        """One host's tables in turn. Where it fails and time is up, the rest are left for another day."""
        outcomes: dict[str, Outcome] = {}
        kinds: dict[str, tuple[Kind, Recorder]] = {}
        for table in tables:
            if self._time_is_up() and any(o.state == "unreachable" and o.answered for o in outcomes.values()):
                why = f"{redact(table.service.url)} failed before, and time was up"
                outcomes[table.id] = Outcome(table.id, "unreachable", why, (f"{table.table} not tried",))
                continue
            outcomes[table.id] = self._one(client, table, kinds)
            self._progress(Report(self._started, (outcomes[table.id],)).lines()[0])
        return outcomes

    def _demand_somebody(self, spec: LiveTable, address: str) -> None:
        """Raises Unreachable where the table's host was silent before, or is when it is first knocked at."""
        host = host_of(spec.service.url)
        first = host not in self._silent
        if first:
            self._silent[host] = knock(spec.service.url, self._manners.connect * self._manners.connect_tries)
        if why := self._silent[host]:
            kind = Unreachable if first else _NotAsked
            raise kind(f"{redact(address)}: its host {why}", answered=False)

    def _one(self, client: Client, spec: LiveTable, kinds: dict[str, tuple[Kind, Recorder]]) -> Outcome:
        """One table, whatever happens to it; the outcome and its replies go to the manifest."""
        work = _Work(spec)
        begun = time.monotonic()

        def keep(reply: Reply) -> str:
            work.kept.append(self._archive.keep(reply))
            return work.kept[-1].sha256

        try:
            if spec.service.id not in kinds:
                recorder = Recorder(client, keep)
                kinds[spec.service.id] = (KINDS[spec.service.protocol](spec.service, recorder), recorder)
            kind, recorder = kinds[spec.service.id]
            recorder.keep = keep
            self._demand_somebody(spec, kind.address(spec))
            outcome = self._steps(kind, work)
        except Unreachable as error:
            host = host_of(spec.service.url)
            if not error.answered and not self._silent.get(host):
                self._silent[host] = error.why or "was silent before"
            word = "answered" if error.answered else "was silent"
            asked = f"{redact(spec.service.url)} {word}"
            work.tried.append(f"not tried: {host} is silent" if isinstance(error, _NotAsked) else asked)
            outcome = Outcome(spec.id, "unreachable", str(error), tuple(work.tried), answered=error.answered)
        except Rejected as error:
            work.tried.append(f"{redact(spec.service.url)} answered {error.status}")
            outcome = Outcome(spec.id, "rejected", str(error), tuple(work.tried), answered=True)
        except Unavailable:
            raise  # our own disk, not their service: every table would meet it
        except ODD_SHAPES as error:
            said = f"an answer has a shape this protocol does not know ({error!r}); look at it"
            outcome = self._quarantine(work, said)
        except JamlikError as error:
            outcome = self._quarantine(work, str(error))
        record = {
            "state": outcome.state, "reason": outcome.reason, "service": spec.service.id, "asked": spec.table,
            "seconds": round(time.monotonic() - begun, 3), "rows": outcome.rows, "found": dict(outcome.found),
            "replies": [k.record() for k in work.kept],
        }  # fmt: skip
        with self._lock:
            self._manifest[spec.id] = record
        return outcome

    def _quarantine(self, work: _Work, reason: str) -> Outcome:
        if not reason.startswith(work.spec.where):
            reason = f"{work.spec.where}: {reason}"  # a parser does not know whose bytes it reads
        self._archive.quarantine(work.spec.id, reason, work.kept)
        work.tried.append(f"{redact(work.spec.service.url)} gave {len(work.kept)} replies")
        return Outcome(work.spec.id, "quarantined", reason, tuple(work.tried))

    def _steps(self, kind: Kind, work: _Work) -> Outcome:
        spec = work.spec
        if spec.probe_only:
            found = kind.probe(spec)
            return Outcome(spec.id, "probed", verdict(found), found=found)
        locked = self._locked.get(spec.id, {})
        if locked.get("query") != _fingerprint(spec) or not self._is_landed(spec):
            locked = {}  # another question than the landing answers, or the landing is gone
        if locked and kind.unchanged(spec, locked):
            return self._same(spec, locked, "the service says so")
        collected = kind.collect(spec, self._stands_since(spec))
        hashes = [p.sha256 for p in collected.parts]
        if locked and hashes == locked.get("sha256"):
            return self._same(spec, locked, "the same bytes")
        tidy = kind.parse(spec, collected.parts)
        check(spec, tidy, self._areas, locked)
        table = shape(spec, tidy)
        last = last_period(tidy)[4:]
        entry = {
            "version": collected.version, "retrieved": self._started, "sha256": hashes,
            "query": _fingerprint(spec), "cells": len(tidy),
            "numbers": len(tidy) - tidy.value.null_count, "last_period": last_period(tidy),
        }  # fmt: skip
        notes = {
            "service": spec.service.id, "url": redact(spec.service.url), "asked": spec.table, "licence": spec.licence,
            "publisher": spec.service.publisher, "retrieved": self._started, "version": collected.version,
            "sha256": hashes, "updated": tidy.updated, "title": tidy.title, "last_period": last,
            "confidentiality": spec.confidentiality, **collected.notes,
        }  # fmt: skip
        self._land(spec, table, notes)
        with self._lock:
            # After the landing, never before: a kill between the two only means that it is fetched once more.
            self._locked[spec.id] = entry
            self._archive.lock(self._locked)
            self._archive.release_from_quarantine(spec.id)
        return Outcome(spec.id, "landed", "", (), collected.version, table.num_rows, last)

    def _same(self, spec: LiveTable, locked: Mapping[str, Any], why: str) -> Outcome:
        with self._lock:
            self._locked[spec.id] = dict(locked) | {"checked": self._started}
            self._archive.lock(self._locked)
            self._archive.release_from_quarantine(spec.id)
        return Outcome(spec.id, "unchanged", why, version=str(locked.get("version") or ""))


def client_for(tables: Iterable[LiveTable], manners: Manners) -> Client:
    """A client that may call the tables' services and their fallbacks', within the calls the catalogue allows."""
    specs = [s for t in tables for s in (t, t.fallback) if s is not None]
    client = Client({s.service.url for s in specs}, manners)
    for service in {s.service.id: s.service for s in specs}.values():
        client.windows.learn(host_of(service.url), service.calls, service.window)
    return client


def by_host(tables: Iterable[LiveTable]) -> dict[str, list[LiveTable]]:
    """The tables of each host, which is asked by one thread."""
    hosts: dict[str, list[LiveTable]] = {}
    for table in tables:
        hosts.setdefault(host_of(table.service.url), []).append(table)
    return hosts


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")


def _fingerprint(spec: LiveTable) -> str:
    """What decides which cells a landing holds; a landing of another question does not count as this one."""
    query = sorted(map(repr, spec.query.items())) if isinstance(spec.query, Mapping) else spec.query
    said = repr((spec.service.protocol, spec.table, query, spec.options))
    return hashlib.sha256(said.encode()).hexdigest()[:16]
