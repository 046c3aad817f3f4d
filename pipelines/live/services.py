"""The live services in the house: which tables are fetched, how what comes is landed, and what is said about each.

Belongs here: the way from `data/catalogue/live_sources.yaml` over a fetch to the landing that a run reads. Does not
belong here: calling a service (fetch.py), whether a table may land (admission.py), the files of a landing
(landing/zone.py).
"""

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.errors import Refused, WrongCall
from pipelines.http.client import BRIEF
from pipelines.landing import zone
from pipelines.landing.freshness import Standing, Tried, standings
from pipelines.live import admission, watch
from pipelines.live.archive import Archive
from pipelines.live.fetch import Fetch, Outcome, Report
from pipelines.protocols import spec
from pipelines.protocols.spec import LiveTable
from pipelines.warehouse.lock import WriterLock, writer_folder
from pipelines.warehouse.warehouse import Warehouse
from schemas.registry import source_contract

FILE = "live_sources.yaml"
PART = "live"
PATIENCE = 15.0  # seconds: a run that somebody waits for begins nothing more after that, and goes on with what it has


@dataclass(frozen=True)
class Fetched:
    """What a fetch brought: the report, and one line a table for a person."""

    report: Report
    lines: tuple[str, ...]
    failed: tuple[Outcome, ...]  # tables that should have landed and did not; a probe that failed is only told


def tables() -> dict[str, LiveTable]:
    """The live catalogue by id. `Refused` names the entry that is wrong, or that lands as a table nobody describes."""
    try:
        found = spec.parse(entries.load(FILE), f"data/catalogue/{FILE}", settings.addresses())
    except Refused as fault:
        sentence = str(fault).rstrip(".")
        raise Refused(sentence + ("." if ";" in sentence else "; correct it.")) from fault
    sources = entries.sources()
    for table in found.values():
        if table.query == "probe":
            continue
        source = sources.get(lands_as(table))
        if source is None or source.reference is not None:
            raise Refused(
                f"data/catalogue/{FILE}, table {table.id}: it lands as {lands_as(table)}, which sources.yaml does not "
                f"describe as a landed table; add the entry there, or correct 'snapshot'."
            )
        if (table.confidentiality == "public") != (source.confidentiality == "public"):
            raise Refused(
                f"data/catalogue/{FILE}, table {table.id}: confidentiality is {table.confidentiality}, but "
                f"{source.confidentiality} in sources.yaml; let them say the same."
            )
    return found


def lands_as(table: LiveTable) -> str:
    """The source table whose landing `table` renews."""
    return table.snapshot or table.id


def chosen(words: Sequence[str]) -> list[LiveTable]:
    """The tables that `words` name, by table or by service; all where there are no words."""
    known = tables()
    services = sorted({table.service.id for table in known.values()})
    for word in words:
        if word not in known and word not in services:
            raise WrongCall(f"'{word}' is neither a live table nor a service; the services are {', '.join(services)}.")
    return [t for t in known.values() if not words or t.id in words or t.service.id in words]


def fetch(
    wanted: Sequence[LiveTable], brief: bool = False, progress: Callable[[str], None] = lambda _: None
) -> Fetched:
    """Fetches the tables and lands what holds; never raises for one table's sake.

    `brief` is for a run that somebody waits for: a service that does not answer is given up within half a minute.
    """
    with _writing():
        zone.mend(settings.landing())
        arrivals = _Arrivals()
        archive = Archive(settings.raw())
        patient = {"second_tier": settings.retry_pause_seconds()}
        manners = {"manners": BRIEF, "second_tier": None, "patience": PATIENCE} if brief else patient
        job = Fetch(
            archive,
            arrivals.land,
            areas=arrivals.known.areas,
            is_landed=_is_landed,
            stands_since=arrivals.stands_since,
            progress=progress,
            **manners,
        )
        report = job.run(list(wanted))
        zone.note_fetched(_record(wanted, report))
        stand = {each.table: each for each in _standings(wanted, archive, report)}
    lines = tuple(
        _line(line, stand.get(outcome.table), arrivals.said.get(outcome.table, ""))
        for line, outcome in zip(report.lines(), report.outcomes, strict=True)
    )
    landing_ids = {table.id for table in wanted if not table.probe_only}
    return Fetched(report, lines, tuple(o for o in report.failed if o.table in landing_ids))


def watcher(wanted: Sequence[LiveTable]) -> Callable[[LiveTable], watch.Seen]:
    """Looks at one of the tables after the other, as one caller; nothing is fetched, and nothing kept."""
    locked = Archive(settings.raw()).locked()
    looking = watch.Watch(wanted)
    return lambda table: looking.look(table, locked.get(table.id, {}))


def worth_fetching(wanted: Sequence[LiveTable], seen: Mapping[str, tuple[str, str]]) -> dict[str, str]:
    """Table id → why a schedule should fetch it now: seen to have moved, past its cadence, or never landed."""
    locked = Archive(settings.raw()).locked()
    return watch.worth_fetching(wanted, {t.id: locked[t.id] for t in wanted if t.id in locked and _is_landed(t)}, seen)


def data_version(table: LiveTable) -> str:
    """Which figures of `table` are landed: the service's own mark and the day they came; empty before there are any."""
    entry = Archive(settings.raw()).locked().get(table.id, {})
    return f"{entry.get('version') or ''} {entry['retrieved']}".strip() if entry.get("retrieved") else ""


class _Arrivals:
    """Lands tables, one call a table and from any thread; remembers what there is to say."""

    def __init__(self) -> None:
        self._sources = entries.sources()
        self._one_at_a_time = threading.Lock()  # an audit is as large as its table: never two at once
        self.said: dict[str, str] = {}
        self.known = admission.Known.of(
            *(zone.read(zone.current(self._sources[name])) for name in ("areas", "code_map", "missing_symbols"))
        )

    def stands_since(self, table: LiveTable) -> str:
        """The day of the newest landing there is, snapshot or live; empty where none is, or nobody can date it."""
        found = zone.standing(self._sources[lands_as(table)])
        return found[-1].retrieved[:10] if found else ""

    def land(self, table: LiveTable, arriving: pa.Table, notes: Mapping[str, Any]) -> None:
        source = self._sources[lands_as(table)]
        contract = source_contract(source.id, source.contract)
        with self._one_at_a_time:
            older = [admission.Older(*stage) for each in zone.standing(source) for stage in zone.by_origin(each)]
            admitted = admission.admit(source, contract, arriving, older, self.known)
            # The publisher and the terms stand in sources.yaml, once.
            rest = {k: v for k, v in notes.items() if k not in ("retrieved", "publisher", "licence")}
            rest |= {"shaped_by": _shaping(table), "kept": list(admitted.kept)}
            kept = {
                f"kept-{each.kind}-{each.retrieved[:10] or 'undated'}-{n}": each
                for n, each in enumerate(admitted.older)
            }
            parts = {PART: admitted.arrived} | {name: each.table for name, each in kept.items()}
            origins = {name: (each.kind, each.retrieved) for name, each in kept.items()}
            zone.write(source, parts, str(notes["retrieved"]), settings.landing(), rest, origins)
        self.said[table.id] = admitted.said()


def _is_landed(table: LiveTable) -> bool:
    """Whether the landing in place was made by this very entry; one shaped otherwise is made again."""
    return bool(zone.note_of(settings.landing() / lands_as(table), "shaped_by") == _shaping(table))


def _shaping(table: LiveTable) -> str:
    """What decides how the same bytes land."""
    shaping = {k: v for k, v in table.options.items() if k in ("pivot", "null_status")}
    return repr((sorted(table.maps.items()), sorted(shaping.items())))


@contextmanager
def _writing() -> Iterator[None]:
    """One writer at a time: a fetch must not replace a landing that a run reads. Within a run, the run has the lock."""
    if Warehouse.held() is not None:
        yield
        return
    with WriterLock(writer_folder()):
        yield


def _record(wanted: Sequence[LiveTable], report: Report) -> dict[str, dict[str, Any]]:
    """By source table what became of it, for the release to say what is stale."""
    outcomes = {outcome.table: outcome for outcome in report.outcomes}
    return {
        lands_as(table): {
            "at": report.started,
            "state": outcomes[table.id].state,
            "good": outcomes[table.id].good,
            "reason": outcomes[table.id].reason,
        }
        for table in wanted
        if not table.probe_only
    }


def _standings(wanted: Sequence[LiveTable], archive: Archive, report: Report) -> list[Standing]:
    sources = entries.sources()
    landed = {t.id: zone.standing(sources[lands_as(t)]) for t in wanted if not t.probe_only}
    locked = {k: v for k, v in archive.locked().items() if any(each.kind == "live" for each in landed.get(k, ()))}
    snapshots = {
        each.source.id: each.retrieved for found in landed.values() for each in found if each.kind == "snapshot"
    }
    named = [replace(t, snapshot=lands_as(t)) for t in wanted]
    tried = {each.table: Tried(each.good, each.state, each.reason) for each in report.outcomes}
    return standings(named, locked, snapshots, tried)


def _line(line: str, standing: Standing | None, kept: str) -> str:
    words = [line]
    if kept:
        words.append(kept)
    if standing is not None and standing.in_use == "none":
        words.append("nothing of it is landed")
    elif standing is not None:
        day = f"of {standing.retrieved[:10]}" if standing.retrieved else "of unknown date"
        newer = ", newer than the snapshot" if standing.newer_than_snapshot else ""
        words.append(f"in use: the {standing.in_use} {day} ({standing.state}{newer})")
    return "; ".join(words)
