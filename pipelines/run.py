"""A run in this process: the whole graph or a part of it, watched, with every refusal told in one sentence."""

import logging
import os
import resource
import time
from dataclasses import dataclass

import dagster as dg

from pipelines import settings
from pipelines.errors import JamlikError, Refused, Unavailable, WrongCall
from pipelines.progress import Listener, listening
from pipelines.release import sweep
from pipelines.warehouse import Warehouse

JOB = "everything"


@dataclass(frozen=True)
class Story:
    """What a run did. `work_seconds` is parsing, SQL, audit and writing; the rest of `seconds` is Dagster's."""

    listener: Listener
    seconds: float
    work_seconds: float
    peak_megabytes: float


def run(only: str | None, watcher: Listener) -> Story:
    """Materializes the graph, or the part `only` selects; refusals are in the listener, `Unavailable` is raised."""
    started = time.perf_counter()
    logging.getLogger("dagster").setLevel(logging.CRITICAL)
    with Warehouse.open() as warehouse, _instance() as instance:
        from pipelines.definitions import defs

        _end_orphans(instance)
        sweep()
        job = defs.resolve_job_def(JOB)
        selected = _selected(job, only) if only else None
        with listening(watcher):
            result = job.execute_in_process(
                instance=instance,
                asset_selection=selected,
                resources={"warehouse": warehouse},
                raise_on_error=False,
            )
    if not result.success and not watcher.refused:
        raise Refused(f"The run failed without saying why ({_first_error(result)}); open it in `make dev` to see its log.")
    return Story(
        watcher,
        time.perf_counter() - started,
        sum(built.seconds for built in watcher.built),
        resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    )


def _instance() -> dg.DagsterInstance:
    """Dagster's run history, the same that `make dev` shows."""
    storage = settings.dagster_home()
    try:
        storage.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Unavailable(
            f"{settings.relative(storage)} cannot be written ({fault.strerror}); mend its permissions or point JAMLIK_DATA elsewhere."
        ) from fault
    os.environ["JAMLIK_STORAGE"] = str(storage)
    return dg.DagsterInstance.from_config(str(settings.REPOSITORY))


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


