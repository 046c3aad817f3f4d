"""A run in this process: the whole graph or a part of it, watched, with every refusal told in one sentence."""

import resource
import sqlite3
import time
from collections.abc import Callable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from typing import Any

from pipelines import settings
from pipelines.orchestration.progress import RELEASE, UNFINISHED, Listener, listening
from pipelines.release.building import Building, released_tables
from pipelines.release.publish import check_home_area, publish, sweep
from pipelines.release.words import check_views
from pipelines.warehouse.tables import TableSpec, fingerprints, in_order
from pipelines.warehouse.warehouse import Built, Warehouse


@dataclass(frozen=True)
class Story:
    """What a run did. `work_seconds` is parsing, SQL, audit and writing; the rest of `seconds` is Dagster's."""

    listener: Listener
    seconds: float
    work_seconds: float
    peak_megabytes: float


def run(tables: list[TableSpec], only: str | None, watcher: Listener, job: Callable[[], Any]) -> Story:
    """Makes what has changed of `tables` and a release of it, or the part that `only` selects.

    `job` gives Dagster's job over all of them, and is asked only where there is something to make, since Dagster takes
    seconds to import. Refusals are told to the `watcher`; what stops the run before it begins is raised.
    """
    started = time.perf_counter()
    with Warehouse.open(fingerprints(tables)) as warehouse, listening(watcher):
        sweep()
        check_home_area(warehouse)
        ordered = in_order({table.name: table for table in tables})
        stale = [table for table in ordered if not warehouse.is_current(table.name)]
        if stale or only:
            check_views(released_tables())
            with ExitStack() as stack:
                building = None if only else stack.enter_context(Building.begun(warehouse))
                then = building.tasks() if building else {}
                stack.enter_context(warehouse.ahead([] if only else stale, then, watcher))
                # Dagster takes seconds to import; the first tables are made meanwhile.
                from pipelines.orchestration.in_process import run_graph

                run_graph(job(), stale, only)
        else:
            if _left_unfinished():
                from pipelines.orchestration.in_process import end_orphans

                end_orphans()
            published = publish(warehouse)
            watcher.release = str(published.path)
            watcher.finished(Built(RELEASE, 0, published.seconds, skipped=not published.new))
        if not only:
            watcher.built += [Built(name, 0, 0.0, skipped=True) for name in _untouched(tables, watcher)]
    return Story(
        watcher,
        time.perf_counter() - started,
        sum(built.seconds for built in watcher.built),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _untouched(tables: list[TableSpec], watcher: Listener) -> list[str]:
    seen = {built.name for built in watcher.built} | set(watcher.refused)
    return [] if watcher.refused else [table.name for table in tables if table.name not in seen]


def _left_unfinished() -> bool:
    """Whether Dagster's history has a run that never ended; asked of its file, since Dagster imports slowly."""
    history = settings.dagster_home() / "history" / "runs.db"
    if not history.is_file():
        return False
    try:
        with closing(sqlite3.connect(f"file:{history}?mode=ro", uri=True)) as connection:
            found = connection.execute(
                f"select 1 from runs where status in ({', '.join('?' * len(UNFINISHED))}) limit 1", UNFINISHED
            ).fetchall()
    except sqlite3.Error:
        return False  # a history that cannot be read is Dagster's to complain of, when it is next needed
    return bool(found)
