"""The composition root: gathers the assets, the warehouse, the jobs and the schedules. It only composes.

One job makes everything, once a week; one job a source makes that source's tables and all that rests on them.
"""

from collections.abc import Iterator
from importlib import import_module
from types import ModuleType
from typing import Any

import dagster as dg

from pipelines import catalogue
from pipelines.factory import key
from pipelines.warehouse import Warehouse

_ROOMS = ("catalogue", "models", "protection", "simulation", "release")
_CRON = {"weekly": "0 4 * * 1", "monthly": "0 5 2 * *", "yearly": "0 6 2 1 *"}


def _modules() -> list[ModuleType]:
    origins = sorted({source.origin for source in catalogue.sources().values()})
    return [import_module(f"assets.{name}") for name in (*origins, *_ROOMS)]


@dg.resource(description="The warehouse, opened once a run under the writer's lock")
def warehouse(_: dg.InitResourceContext) -> Iterator[Warehouse]:
    with Warehouse.open() as opened:
        yield opened


def _source_jobs() -> Iterator[tuple[Any, str]]:
    tables = catalogue.sources().values()
    for origin in sorted({source.origin for source in tables}):
        own = [source for source in tables if source.origin == origin]
        selection = dg.AssetSelection.assets(*(key(f"source.{source.id}") for source in own)).downstream()
        cadence = min((source.cadence for source in own), key=[*_CRON, "never"].index)
        job = dg.define_asset_job(
            f"source_{origin}", selection, description=f"The tables of {origin} and all that rests on them"
        )
        yield job, cadence


everything = dg.define_asset_job("everything", dg.AssetSelection.all(), description="Every table, then a release")
_jobs = list(_source_jobs())

defs = dg.Definitions(
    assets=[asset for module in _modules() for asset in module.assets],
    resources={"warehouse": warehouse},
    executor=dg.in_process_executor,
    jobs=[everything, *(job for job, _ in _jobs)],
    schedules=[
        dg.ScheduleDefinition(
            name="weekly_everything",
            job=everything,
            cron_schedule=_CRON["weekly"],
            execution_timezone="Europe/Stockholm",
            default_status=dg.DefaultScheduleStatus.RUNNING,
        ),
        *(
            dg.ScheduleDefinition(
                name=f"{cadence}_{job.name}",
                job=job,
                cron_schedule=_CRON[cadence],
                execution_timezone="Europe/Stockholm",
            )
            for job, cadence in _jobs
            if cadence in _CRON
        ),
    ],
)
