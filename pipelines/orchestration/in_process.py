"""Dagster's part of a run in this process: its history, the job over what is to be made, and runs that were killed."""

import os
import re
import sqlite3
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any

import dagster as dg
from dagster._core.storage.event_log.sqlite import sqlite_event_log
from dagster._core.storage.runs.sqlite import sqlite_run_storage
from dagster._core.storage.schedules.sqlite import sqlite_schedule_storage
from sqlalchemy import Engine, create_engine
from sqlalchemy import event as alchemy
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.pool import QueuePool

from pipelines import settings
from pipelines.errors import Refused, Unavailable, WrongCall
from pipelines.orchestration.factory import LIVE, key
from pipelines.orchestration.progress import RELEASE, UNFINISHED, listener
from pipelines.warehouse.tables import TableSpec
from pipelines.warehouse.warehouse import disk_full, is_disk_full

IN_USE = ("SQLITE_BUSY", "SQLITE_LOCKED")
NO_ROOM = ("SQLITE_FULL", "SQLITE_IOERR_WRITE", "SQLITE_IOERR_SHMSIZE")


def run_graph(job: dg.JobDefinition, stale: list[TableSpec], only: str | None) -> None:
    """Runs `job` over the tables that have changed (each after those it needs), or over those `only` names."""
    try:
        _run(job, [spec.name for spec in stale], only)
    except (SQLAlchemyError, sqlite3.Error, OSError) as fault:
        raise _told(fault) from fault


def end_orphans() -> None:
    """Ends the runs that killed processes left as started, where nothing else needs Dagster."""
    try:
        with _instance() as instance:
            _end_orphans(instance)
    except (SQLAlchemyError, sqlite3.Error, OSError) as fault:
        raise _told(fault) from fault


def _run(job: dg.JobDefinition, stale: list[str], only: str | None) -> None:
    with _instance() as instance:
        _end_orphans(instance)
        selected = _selected(job, only) if only else [*map(key, stale), key(RELEASE)]
        result = job.execute_in_process(
            instance=instance,
            asset_selection=selected,
            run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
            raise_on_error=False,
        )
    if not result.success and not listener().refused:
        reason = _first_error(result)
        # DuckDB hears Ctrl-C in a query of its own accord, and then says only this.
        if "DagsterExecutionInterruptedError" in reason or "Query interrupted" in reason:
            raise KeyboardInterrupt
        raise Refused(f"The run failed without saying why ({reason}); open it in `make dev` to see its log.")


def _told(fault: Exception) -> Unavailable:
    """A run history that cannot be read or written, as a person should hear it."""
    where = settings.relative(settings.dagster_home())
    # SQLite says no more than "disk I/O error" where it cannot make room for its write-ahead log or its shared memory.
    cause = getattr(getattr(fault, "orig", fault), "sqlite_errorname", None)
    if is_disk_full(fault) or cause in NO_ROOM:
        return disk_full()
    reason = str(fault).split("\n")[0].rstrip(".")
    what = "end the program that has it open" if cause in IN_USE else "delete that folder"
    return Unavailable(f"Dagster's run history in {where} cannot be used ({reason}); {what} and run again.")


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
    with _history_kept_open(), dg.DagsterInstance.from_config(str(settings.REPOSITORY)) as instance:
        yield instance


@contextmanager
def _history_kept_open() -> Iterator[None]:
    """Lets Dagster write its history without opening its files anew for every one of some two thousand events.

    It makes an engine of SQLAlchemy for each, without a pool: every statement is then compiled, and every file opened,
    copied back from its write-ahead log and flushed, at each event. Here an engine a file is kept with its connections
    until the run ends, and `synchronous = normal` spares the flush at every commit. What a kill leaves is whole; a
    power cut may cost the last events of the history, never more.
    """
    engines: dict[str, Engine] = {}

    def engine_of(url: str, connect_args: dict[str, Any] | None = None, **_: Any) -> Engine:
        if url not in engines:
            # Dagster writes from one thread after another, never from two at once: it has a lock of its own.
            options = {**(connect_args or {}), "check_same_thread": False}
            engine = create_engine(url, connect_args=options, poolclass=QueuePool)
            alchemy.listen(engine, "connect", lambda connection, _: connection.execute("pragma synchronous = normal"))
            engines[url] = engine
            engine.dispose = lambda *_, **__: None  # type: ignore[method-assign]  # Dagster does so at every event
        return engines[url]

    with ExitStack() as patches:
        for module in (sqlite_event_log, sqlite_run_storage, sqlite_schedule_storage):
            patches.enter_context(_replaced(module, "create_engine", engine_of))
        try:
            yield
        finally:
            for engine in engines.values():
                Engine.dispose(engine)


@contextmanager
def _replaced(module: ModuleType, name: str, by: object) -> Iterator[None]:
    """`name` of a module is another thing for a while."""
    before = getattr(module, name)
    setattr(module, name, by)
    try:
        yield
    finally:
        setattr(module, name, before)


def _end_orphans(instance: dg.DagsterInstance) -> None:
    """Ends runs that a killed process left as started. We hold the writer's lock, so none of them is alive."""
    unfinished = dg.RunsFilter(statuses=[dg.DagsterRunStatus(status) for status in UNFINISHED])
    for run in instance.get_runs(unfinished):
        instance.report_run_canceled(run, message="Its process ended without a word; a new run has begun.")


def _selected(job: dg.JobDefinition, only: str) -> list[dg.AssetKey]:
    """The assets that `only` names, in Dagster's selection language; `core.area+` stands for `key:"core/area"+`."""
    graph = job.asset_layer.asset_graph
    keys: set[dg.AssetKey] = set()
    for word in only.replace(",", " ").split():
        table = re.fullmatch(r"(\d*\+)?([\w.*]+)(\+\d*)?", word)
        before, name, after = table.groups(default="") if table else ("", "", "")
        selection = f'{before}key:"{name.replace(".", "/")}"{after}' if table else word
        try:
            with warnings.catch_warnings(action="ignore", category=dg.BetaWarning):
                found = dg.AssetSelection.from_string(selection).resolve(graph)
        except Exception as fault:
            raise WrongCall(
                f"--only '{word}' is not a selection ({fault}); write a table such as core.area, or +core.area+."
            ) from fault
        if not found:
            raise WrongCall(f"--only '{word}' selects nothing; `jamlik tables` lists the names.")
        # A run makes tables from what is landed; what is fetched is `jamlik fetch`'s, and the source jobs'.
        keys |= {each for each in found if each.path[0] != LIVE}
    return sorted(keys)


def _first_error(result: dg.ExecuteInProcessResult) -> str:
    for event in result.all_events:
        if event.is_failure:
            data = event.event_specific_data
            error = getattr(data, "error", None)
            if error is not None:
                return str(error.cause.message if error.cause else error.message).strip().split("\n")[0]
    return "no event names a cause"
