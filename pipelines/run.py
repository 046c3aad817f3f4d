"""A run in this process: the whole graph or a part of it, watched, with every refusal told in one sentence."""

import resource
import time
from dataclasses import dataclass

from pipelines.progress import Listener, listening
from pipelines.release import publish, sweep
from pipelines.tables import TableSpec, fingerprints
from pipelines.warehouse import Built, Warehouse


@dataclass(frozen=True)
class Story:
    """What a run did. `work_seconds` is parsing, SQL, audit and writing; the rest of `seconds` is Dagster's."""

    listener: Listener
    seconds: float
    work_seconds: float
    peak_megabytes: float


def run(tables: list[TableSpec], only: str | None, watcher: Listener) -> Story:
    """Makes what has changed of `tables` and a release of it, or the part that `only` selects.

    Refusals are told to the `watcher`; what stops the run before it begins is raised.
    """
    started = time.perf_counter()
    with Warehouse.open(fingerprints(tables)) as warehouse, listening(watcher):
        sweep()
        stale = [table.name for table in tables if not warehouse.is_current(table.name)]
        if stale or only:
            from pipelines.orchestration import run_graph  # Dagster takes seconds to import, and is not needed below

            run_graph(stale, only)
        else:
            published = publish(warehouse)
            watcher.release = str(published.path)
            watcher.finished(Built("release.latest", 0, published.seconds, skipped=not published.new))
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
