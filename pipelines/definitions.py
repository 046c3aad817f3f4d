"""The composition root: gathers the assets, the warehouse, the jobs and the schedules. It only composes.

One job makes everything from what is landed, once a week, and never calls anybody; one job a source fetches that
source's live tables, where it has any, then makes its tables and all that rests on them; one job a service only looks
whether its tables moved. The schedules of those are off until an analyst turns them on, since they call other people's
services; the one that fetches asks only for what moved or is past its cadence.
"""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from assets import all_tables
from assets.release import latest
from pipelines.catalogue import entries
from pipelines.live import services
from pipelines.orchestration.factory import LIVE, key, live_key, table_asset
from pipelines.orchestration.live_assets import (
    OBSERVED,
    ZONE,
    fetch_schedule,
    live_assets,
    look_schedule,
    observed_assets,
    observed_key,
)
from pipelines.protocols.spec import LiveTable
from pipelines.warehouse.tables import fingerprints
from pipelines.warehouse.warehouse import Warehouse
from schemas.sources import LANDED

JOB = "everything"  # the main job
_CRON = {"weekly": "0 4 * * 1", "monthly": "0 5 2 * *", "yearly": "0 6 2 1 *"}
_tables = all_tables()
_live = [table for table in services.tables().values() if not table.probe_only]


@dg.resource(description="The warehouse, opened once a run under the writer's lock")
def warehouse(_: dg.InitResourceContext) -> Iterator[Warehouse]:
    if (held := Warehouse.held()) is not None:
        yield held
        return
    with Warehouse.open(fingerprints(_tables)) as opened:
        yield opened


def _renewed(opened: Warehouse) -> None:
    """After a fetch the tables would be made from other landings than when the warehouse was opened."""
    opened.expected = fingerprints(_tables)


def _by_service() -> Iterator[tuple[str, list[LiveTable]]]:
    for service in sorted({table.service.id for table in _live}):
        yield service, [table for table in _live if table.service.id == service]


def _look_job(service: str, tables: list[LiveTable]) -> Any:
    return dg.define_asset_job(
        f"look_at_{service}",
        dg.AssetSelection.assets(*map(observed_key, tables)),
        description=f"Asks {tables[0].service.publisher} whether its tables moved; fetches nothing",
    )


def _lands(name: str) -> list[LiveTable]:
    """The live tables that `name` is made from: its own; all of them for the table of landings."""
    return [table for table in _live if name in (f"source.{services.lands_as(table)}", LANDED.name)]


def _source_jobs() -> Iterator[tuple[Any, str, list[LiveTable]]]:
    tables = entries.sources().values()
    for origin in sorted({source.origin for source in tables}):
        own = [source for source in tables if source.origin == origin]
        selection: dg.AssetSelection = dg.AssetSelection.assets(*(key(f"source.{source.id}") for source in own))
        selection = selection.downstream()
        fetched = [table for source in own for table in _lands(f"source.{source.id}")]
        # With all they need, or the release at the end would refuse what something else had left unmade; what is made
        # already is left alone. Of what is fetched, only this origin's.
        selection = (selection | dg.AssetSelection.assets(key(LANDED.name)).downstream()).upstream()
        selection = selection - dg.AssetSelection.groups(LIVE, OBSERVED)
        if fetched:
            selection = selection | dg.AssetSelection.assets(*map(live_key, fetched))
        cadence = min((source.cadence for source in own), key=[*_CRON, "never"].index)
        job = dg.define_asset_job(
            f"source_{origin}",
            selection,
            description=f"{'Fetches, then makes' if fetched else 'Makes'} {origin}'s tables and what rests on them",
        )
        yield job, cadence, fetched


everything = dg.define_asset_job(
    JOB,
    dg.AssetSelection.all() - dg.AssetSelection.groups(LIVE, OBSERVED),
    description="Every table from what is landed, then a release",
)
_jobs = list(_source_jobs())
_looks = [_look_job(service, tables) for service, tables in _by_service()]


def _schedules() -> Iterator[dg.ScheduleDefinition]:
    yield dg.ScheduleDefinition(
        name="weekly_everything",
        job=everything,
        cron_schedule=_CRON["weekly"],
        execution_timezone=ZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
    )
    for job, cadence, fetched in _jobs:
        if fetched:
            yield fetch_schedule(job, fetched)
        elif cadence in _CRON:
            yield dg.ScheduleDefinition(
                name=f"{cadence}_{job.name}", job=job, cron_schedule=_CRON[cadence], execution_timezone=ZONE
            )
    yield from map(look_schedule, _looks)


defs = dg.Definitions(
    assets=[
        *(observed_assets(tables) for _, tables in _by_service()),
        *(live_assets(tables, _renewed) for _, tables in _by_service()),
        *(table_asset(table, _lands(table.name)) for table in _tables),
        latest,
    ],
    resources={"warehouse": warehouse},
    executor=dg.in_process_executor,
    jobs=[everything, *(job for job, _, _ in _jobs), *_looks],
    schedules=list(_schedules()),
)
