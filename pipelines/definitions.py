"""The composition root: gathers the assets, the warehouse, the jobs and the schedules. It only composes.

One job makes everything, once a week; one job a source makes that source's tables and all that rests on them.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets import all_tables
from assets.release import latest
from pipelines import catalogue
from pipelines.factory import key, table_asset
from pipelines.tables import fingerprints
from pipelines.warehouse import Warehouse

_CRON = {"weekly": "0 4 * * 1", "monthly": "0 5 2 * *", "yearly": "0 6 2 1 *"}
_tables = all_tables()


@dg.resource(description="The warehouse, opened once a run under the writer's lock")
def warehouse(_: dg.InitResourceContext) -> Iterator[Warehouse]:
    if (held := Warehouse.held()) is not None:
        yield held
        return
    with Warehouse.open(fingerprints(_tables)) as opened:
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
    assets=[*(table_asset(table) for table in _tables), latest],
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
