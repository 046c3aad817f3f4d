"""The live tables in Dagster: what each service says of them (observed), what is fetched, and when.

Belongs here: the observable source and the asset of every live table, and the schedules that look and fetch. Does not
belong here: how a look or a fetch is done (live/watch.py, live/fetch.py), which tables there are (data/catalogue/).

An observable source asks its service for the table's mark of state, which costs a call or two, and tells it to Dagster
as a data version. The schedule of a source then asks nobody anything: it holds the last look against what is landed,
and asks for a run of those tables that moved, that are past their cadence, or that never landed, and of what rests on
them.
"""

import warnings
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import dagster as dg

from pipelines.errors import JamlikError
from pipelines.live import services
from pipelines.orchestration.factory import LIVE, OWNERS, live_key
from pipelines.protocols.spec import CADENCES, LiveTable
from pipelines.warehouse.warehouse import Warehouse

OBSERVED = "observed"  # the group, and the first word of the keys, of what is only looked at
LOOK_AT = "30 4 * * *"
FETCH_AT = "10 5 * * *"
ZONE = "Europe/Stockholm"


def observed_key(table: LiveTable) -> dg.AssetKey:
    """The key of the observable source of a live table: observed/<id>."""
    return dg.AssetKey([OBSERVED, table.id])


def observed_assets(tables: Sequence[LiveTable]) -> dg.AssetsDefinition:
    """One observable source a live table of one service, looked at in one step: the service meets one caller.

    A service that is silent or answers oddly tells no state: the last look that did stays.
    """

    def looked(context: dg.AssetExecutionContext) -> Iterator[dg.ObserveResult]:
        look = services.watcher(tables)
        for table in tables:
            if observed_key(table) in context.selected_asset_keys:
                seen = look(table)
                version = dg.DataVersion(seen.version) if seen.version else None
                yield dg.ObserveResult(
                    asset_key=observed_key(table), data_version=version, metadata={"said": seen.said}
                )

    service = tables[0].service
    # Its makers call it beta; the version in the lock file is the one that is tested.
    with warnings.catch_warnings(action="ignore", category=dg.BetaWarning):
        return dg.multi_observable_source_asset(
            name=f"observed_{service.id}",
            can_subset=True,
            specs=[
                dg.AssetSpec(
                    observed_key(table),
                    group_name=OBSERVED,
                    description=f"{table.title_sv} as {service.publisher} has it now ({table.table}): its state",
                    metadata={"cadence": table.cadence},
                    owners=OWNERS,
                    kinds={"api"},
                )
                for table in tables
            ],
        )(looked)


def live_assets(tables: Sequence[LiveTable], renewed: Callable[[Warehouse], None]) -> dg.AssetsDefinition:
    """One asset a live table of one service, fetched together so that the service meets one caller within its limits.

    A fetch asks the service what moved and fetches only that; a table's data version is the service's own and the time
    it landed. What fails keeps its last landing, and what rests on it is built all the same: the check `fetched` says
    so.
    `renewed` is told afterwards, since what the warehouse's tables would be made from has changed.
    """
    service = tables[0].service

    @dg.multi_asset(
        name=f"fetch_{service.id}",
        group_name=LIVE,
        can_subset=True,
        specs=[
            dg.AssetSpec(
                live_key(table),
                deps=[observed_key(table)],
                description=f"{table.title_sv} ({service.publisher}, {table.table}), fetched into the landing",
                owners=OWNERS,
                kinds={"api", "parquet"},
                freshness_policy=dg.FreshnessPolicy.time_window(
                    warn_window=timedelta(days=CADENCES[table.cadence]),
                    fail_window=timedelta(days=1.5 * CADENCES[table.cadence]),
                ),
            )
            for table in tables
        ],
        check_specs=[
            dg.AssetCheckSpec("fetched", asset=live_key(table), description="The service answered what was asked for")
            for table in tables
        ],
        required_resource_keys={"warehouse"},
    )
    def fetched(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
        selected = [table for table in tables if live_key(table) in context.selected_asset_keys]
        try:
            found = services.fetch(selected)
        except JamlikError as fault:
            raise dg.Failure(description=str(fault), allow_retries=False) from fault
        renewed(context.resources.warehouse)
        for table, outcome, line in zip(selected, found.report.outcomes, found.lines, strict=True):
            version = services.data_version(table)
            yield dg.MaterializeResult(
                asset_key=live_key(table),
                metadata={"state": outcome.state, "said": line, "rows": outcome.rows},
                data_version=dg.DataVersion(version) if version else None,
                check_results=[
                    dg.AssetCheckResult(
                        asset_key=live_key(table),
                        check_name="fetched",
                        passed=outcome.good,
                        severity=dg.AssetCheckSeverity.WARN,
                        metadata={"said": line},
                    )
                ],
            )

    return fetched


def look_schedule(job: Any) -> dg.ScheduleDefinition:
    """Looks once a day; off until an analyst turns it on."""
    return dg.ScheduleDefinition(name=f"daily_{job.name}", job=job, cron_schedule=LOOK_AT, execution_timezone=ZONE)


def fetch_schedule(job: Any, tables: Sequence[LiveTable]) -> dg.ScheduleDefinition:
    """Asks, once a day after the look, for a run of those of `tables` that are worth fetching; none: it says so."""

    @dg.schedule(job=job, name=f"daily_{job.name}", cron_schedule=FETCH_AT, execution_timezone=ZONE)
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest | dg.SkipReason:
        seen = {table.id: _last_look(context.instance, table) for table in tables}
        try:
            why = services.worth_fetching(tables, seen)
        except JamlikError as fault:
            raise dg.Failure(description=str(fault), allow_retries=False) from fault
        if not why:
            return dg.SkipReason(f"None of {len(tables)} live tables moved, and none is past its cadence.")
        assert context.repository_def is not None
        whole = context.repository_def.get_job(job.name).asset_layer.selected_asset_keys
        left = {live_key(table) for table in tables if table.id not in why}
        return dg.RunRequest(
            asset_selection=sorted(whole - left), tags={f"jamlik/{name}": said for name, said in why.items()}
        )

    return tick


def _last_look(instance: dg.DagsterInstance, table: LiveTable) -> tuple[str, str]:
    """The last look at a table that told its state: the service's mark, and when (ISO 8601, UTC)."""
    for record in instance.fetch_observations(observed_key(table), limit=20).records:
        observation = record.asset_observation
        if observation is not None and observation.data_version:
            return observation.data_version, datetime.fromtimestamp(record.timestamp, UTC).isoformat()
    return "", ""
