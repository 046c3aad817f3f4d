"""Dagster's part of a run in this process: its history, the job over what is to be made, and runs that were killed."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

import dagster as dg

from pipelines import settings
from pipelines.errors import Refused, Unavailable, WrongCall
from pipelines.factory import key
from pipelines.progress import listener

JOB = "everything"
RELEASE = "release.latest"


def run_graph(stale: list[str], only: str | None) -> None:
    """Runs Dagster's job over the tables that have changed, or over those `only` names."""
    from pipelines.definitions import defs

    with _instance() as instance:
        _end_orphans(instance)
        job = defs.resolve_job_def(JOB)
        selected = _selected(job, only) if only else [*map(key, stale), key(RELEASE)]
        result = job.execute_in_process(
            instance=instance,
            asset_selection=selected,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
    if not result.success and not listener().refused:
        raise Refused(f"The run failed without saying why ({_first_error(result)}); open it in `make dev` to see its log.")


@contextmanager
def _instance() -> Iterator[dg.DagsterInstance]:
    """Dagster's run history, the same that `make dev` shows."""
    storage = settings.dagster_home()
    try:
        storage.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Unavailable(
            f"{settings.relative(storage)} cannot be written ({fault.strerror}); "
            f"mend its permissions or point JAMLIK_DATA elsewhere."
        ) from fault
    os.environ["JAMLIK_STORAGE"] = str(storage)
    with dg.DagsterInstance.from_config(str(settings.REPOSITORY)) as instance:
        # Dagster opens and closes its index for every event; SQLite copies the whole write-ahead log back at each last
        # close. One connection that stays open through the run spares some two thousand of these.
        index = storage / "history" / "runs" / "index.db"
        if not index.is_file():
            yield instance
            return
        with closing(sqlite3.connect(index)) as held:
            held.execute("select 1 from sqlite_master limit 1").fetchall()
            yield instance


def _end_orphans(instance: dg.DagsterInstance) -> None:
    """Ends runs that a killed process left as started. We hold the writer's lock, so none of them is alive."""
    unfinished = dg.RunsFilter(statuses=[dg.DagsterRunStatus.STARTED, dg.DagsterRunStatus.STARTING])
    for run in instance.get_runs(unfinished):
        instance.report_run_canceled(run, message="Its process ended without a word; a new run has begun.")


def _selected(job: dg.JobDefinition, only: str) -> list[dg.AssetKey]:
    """The assets that `only` names, in Dagster's selection language; `core.area` is understood as `core/area`."""
    graph = job.asset_layer.asset_graph
    words = [word.replace(".", "/") for word in only.replace(",", " ").split()]
    keys: set[dg.AssetKey] = set()
    for word in words:
        try:
            found = dg.AssetSelection.from_string(word).resolve(graph)
        except Exception as fault:
            raise WrongCall(f"--only '{word}' is not a selection ({fault}); write a table such as core.area, or +core.area+.") from fault
        if not found:
            raise WrongCall(f"--only '{word}' selects nothing; `jamlik tables` lists the names.")
        keys |= found
    return sorted(keys)


def _first_error(result: dg.ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.is_failure:
            data = event.event_specific_data
            error = getattr(data, "error", None)
            if error is not None:
                return str(error.cause.message if error.cause else error.message).strip().split("\n")[0]
    return "no event names a cause"
