"""Makes Dagster assets from the warehouse's tables.

This, `live_assets.py`, `in_process.py`, `definitions.py` and the release's asset are all that knows Dagster, so that
the layer could be taken out in a day; the work itself is `Warehouse.build`.
"""

from collections.abc import Iterator, Sequence

import dagster as dg
import pyarrow as pa

from pipelines.catalogue import entries
from pipelines.errors import JamlikError
from pipelines.landing import zone
from pipelines.orchestration.progress import listener
from pipelines.protocols.spec import LiveTable
from pipelines.warehouse.tables import TableSpec
from pipelines.warehouse.warehouse import Warehouse
from schemas.fields import Table

OWNERS = ["team:jamlik"]
LIVE = "live"  # the group, and the first word of the keys, of what is fetched


def key(name: str) -> dg.AssetKey:
    """The asset key of a table: `core.area` → core/area."""
    return dg.AssetKey(name.split("."))


def live_key(table: LiveTable) -> dg.AssetKey:
    """The asset key of a live table: live/<id>."""
    return dg.AssetKey([LIVE, table.id])


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
                **({} if result.head is None else {"preview": dg.MetadataValue.md(_preview(result.head))}),
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
        place += f", landed in {zone.current(entries.sources()[spec.name.split('.')[1]]).where}"
    return f"{place}: {found}; correct it there and run again, nothing was published."


def _preview(rows: pa.Table) -> str:
    head = "| " + " | ".join(rows.schema.names) + " |"
    rule = "|" + "---|" * rows.num_columns
    cells = zip(*(column.to_pylist() for column in rows.columns), strict=True)
    body = ["| " + " | ".join("" if cell is None else str(cell) for cell in row) + " |" for row in cells]
    return "\n".join([head, rule, *body])
