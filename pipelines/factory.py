"""Makes Dagster assets from tables, the warehouse's and the live ones.

This, `orchestration.py`, `definitions.py` and the release's asset are all that knows Dagster, so that the layer could
be taken out in a day; the work itself is `Warehouse.build`.
"""

from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta

import dagster as dg

from pipelines import catalogue, landing, live
from pipelines.errors import JamlikError
from pipelines.progress import listener
from pipelines.protocols.spec import CADENCES, LiveTable
from pipelines.tables import TableSpec
from pipelines.warehouse import Warehouse
from schemas.fields import Table

OWNERS = ["team:jamlik"]
LIVE = "live"  # the group, and the first word of the keys, of what is fetched
PREVIEW_ROWS = 5


def key(name: str) -> dg.AssetKey:
    """The asset key of a table: `core.area` → core/area."""
    return dg.AssetKey(name.split("."))


def live_key(table: LiveTable) -> dg.AssetKey:
    """The asset key of a live table: live/<id>."""
    return dg.AssetKey([LIVE, table.id])


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
            found = live.fetch(selected)
        except JamlikError as fault:
            raise dg.Failure(description=str(fault), allow_retries=False) from fault
        renewed(context.resources.warehouse)
        for table, outcome, line in zip(selected, found.report.outcomes, found.lines, strict=True):
            version = live.data_version(table)
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


def table_asset(spec: TableSpec, lands: Sequence[LiveTable] = ()) -> dg.AssetsDefinition:
    """An asset that builds one warehouse table and tells Dagster its rows, columns, contract and a small preview.

    `lands` are the live tables that renew its landing: where a run fetches too, it fetches them first.
    """
    name = spec.name

    @dg.asset(
        key=key(name),
        deps=[*(key(each) for each in spec.needs), *map(live_key, lands)],
        group_name=spec.layer,
        kinds=set(spec.kinds),
        owners=OWNERS,
        description=spec.contract.comment,
        metadata={"dagster/column_schema": _column_schema(spec.contract)},
        check_specs=[
            dg.AssetCheckSpec("contract", asset=key(name), description="Every row holds its Pandera contract")
        ],
        required_resource_keys={"warehouse"},
    )
    def built(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        warehouse: Warehouse = context.resources.warehouse
        listener().started(name)
        try:
            result = warehouse.build(spec)
        except JamlikError as fault:
            listener().failed(name, str(fault))
            raise dg.Failure(description=str(fault), allow_retries=False) from fault
        verdict = result.verdict
        if not verdict.passed:
            sentence = _sentence(spec, verdict.sentence)
            listener().failed(name, sentence)
            failures = [{column: str(cell) for column, cell in row.items()} for row in verdict.failures]
            yield dg.AssetCheckResult(passed=False, metadata={"failures": dg.MetadataValue.json(failures)})
            raise dg.Failure(description=sentence, allow_retries=False)
        listener().finished(result)
        yield dg.MaterializeResult(
            check_results=[dg.AssetCheckResult(passed=True, metadata={"rows": result.rows})],
            metadata={
                "dagster/row_count": result.rows,
                "unchanged": result.skipped,
                "seconds": round(result.seconds, 3),
                **(
                    {} if spec.secret or result.skipped else {"preview": dg.MetadataValue.md(_preview(warehouse, name))}
                ),
            },
        )

    return built


def _column_schema(contract: Table) -> dg.TableSchema:
    columns = [dg.TableColumn(each.name, str(each.type), each.comment) for each in contract.fields]
    return dg.TableSchema(columns=columns)


def _sentence(spec: TableSpec, found: str) -> str:
    """A refused contract as the analyst should read it: a source table names the file, a model its table."""
    place = spec.name
    if spec.layer == "source":
        place += f", landed in {landing.current(catalogue.sources()[spec.name.split('.')[1]]).where}"
    return f"{place}: {found}; correct it there and run again, nothing was published."


def _preview(warehouse: Warehouse, name: str) -> str:
    rows = warehouse.connection.sql(f"select * from {name} limit {PREVIEW_ROWS}")
    head = "| " + " | ".join(rows.columns) + " |"
    rule = "|" + "---|" * len(rows.columns)
    body = ["| " + " | ".join("" if cell is None else str(cell) for cell in row) + " |" for row in rows.fetchall()]
    return "\n".join([head, rule, *body])
