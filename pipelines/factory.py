"""Makes Dagster assets from tables: one function turns a name, what it reads and how it is made into an asset.

This, `definitions.py` and the few lines in `assets/` are all of the project that knows Dagster, so that the layer
could be taken out in a day. The work itself is `Warehouse.build`.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import cache
from pathlib import Path

import dagster as dg
import pyarrow as pa

from pipelines import catalogue, landing, models, settings
from pipelines.errors import JamlikError, Refused
from pipelines.progress import listener
from pipelines.warehouse import Maker, Warehouse
from schemas.fields import Table
from schemas.registry import model_contract, source_contract

OWNERS = ["team:jamlik"]
PREVIEW_ROWS = 5


def key(name: str) -> dg.AssetKey:
    """The asset key of a table: `core.area` → core/area."""
    return dg.AssetKey(name.split("."))


def table_asset(
    contract: Table,
    make: Maker,
    made_from: Callable[[], str],
    reads: Iterable[str] = (),
    waits_for: Iterable[str] = (),
    kinds: Iterable[str] = ("duckdb", "sql"),
    secret: bool = False,
) -> dg.AssetsDefinition:
    """An asset that builds one warehouse table.

    `made_from` gives what the table is made from apart from the tables it `reads` (SQL text, bytes landed, code):
    together they are its fingerprint, and a table whose fingerprint has not changed is left as it stands.
    `waits_for` are tables that must hold before this one is made, although it does not read them.
    """
    name, needed = contract.name, sorted({*reads, *waits_for})

    @dg.asset(
        key=key(name),
        deps=[key(each) for each in needed],
        group_name=name.split(".")[0],
        kinds=set(kinds),
        owners=OWNERS,
        description=contract.comment,
        metadata={"dagster/column_schema": _column_schema(contract)},
        check_specs=[
            dg.AssetCheckSpec("contract", asset=key(name), description="Every row holds its Pandera contract")
        ],
        required_resource_keys={"warehouse"},
    )
    def built(context: dg.AssetExecutionContext) -> Iterator[dg.AssetCheckResult | dg.MaterializeResult]:
        warehouse: Warehouse = context.resources.warehouse
        listener().started(name)
        try:
            fingerprint = _fingerprint(warehouse, contract, made_from(), needed)
            result = warehouse.build(contract, fingerprint, make, secret)
        except JamlikError as fault:
            listener().failed(name, str(fault))
            raise dg.Failure(description=str(fault), allow_retries=False) from fault
        verdict = result.verdict
        check = dg.AssetCheckResult(
            passed=verdict.passed,
            metadata={"rows": result.rows, **({"failures": dg.MetadataValue.json(_plain(verdict.failures))} if verdict.failures else {})},
        )
        if not verdict.passed:
            sentence = _sentence(name, verdict.sentence)
            listener().failed(name, sentence)
            yield check
            raise dg.Failure(description=sentence, allow_retries=False)
        listener().finished(result)
        yield dg.MaterializeResult(
            check_results=[check],
            metadata={
                "dagster/row_count": result.rows,
                "unchanged": result.skipped,
                "seconds": round(result.seconds, 3),
                **({} if secret or result.skipped else {"preview": dg.MetadataValue.md(_preview(warehouse, name))}),
            },
            data_version=dg.DataVersion(fingerprint),
        )

    return built


def source_assets(origin: str) -> list[dg.AssetsDefinition]:
    """The source tables that the module `origin` of `assets/` answers for: landing → `source.<table>`."""
    return [_source_asset(source) for source in catalogue.sources().values() if source.origin == origin]


def _source_asset(source: catalogue.Source) -> dg.AssetsDefinition:
    try:
        contract = source_contract(source.id, source.contract)
    except KeyError:
        raise Refused(
            f"data/catalogue/sources.yaml, table {source.id}: the contract '{source.contract}' is not in "
            f"schemas/sources.py; correct the name or add the contract."
        ) from None

    def make(_: Warehouse) -> pa.Table:
        landed = landing.current(source)
        return landing.shaped(landing.read(landed), contract, landed)

    def made_from() -> str:
        return landing.current(source).sha256

    secret = source.confidentiality == "secret"
    return table_asset(contract, make, made_from, kinds=("duckdb", "parquet"), secret=secret)


def model_assets() -> list[dg.AssetsDefinition]:
    """Every SQL model below `sql/`."""
    return [_model_asset(model) for model in models.read_models().values()]


def _model_asset(model: models.Model) -> dg.AssetsDefinition:
    contract = model_contract(model.name)
    if contract is None:
        raise Refused(f"{model.where} has no contract; add the columns of {model.name} to schemas/.")
    return table_asset(contract, lambda _: model.sql, lambda: model.sql + macros(), reads=model.reads, waits_for=GATES.get(model.layer, ()))


# Layers that may not be made from figures that cannot be right.
GATES = {"mart": ("core.impossible_cell",)}


def macros() -> str:
    return (settings.SQL / "macros.sql").read_text(encoding="utf-8")


@cache
def code_fingerprint() -> str:
    """A hash over all Python of the house: what a table made by Python rests on beside its inputs."""
    return _hash_of(sorted(settings.REPOSITORY.glob("schemas/*.py")) + sorted(settings.REPOSITORY.glob("pipelines/*.py")))


@cache
def _contract_fingerprint() -> str:
    return _hash_of([settings.REPOSITORY / "schemas" / "fields.py", settings.REPOSITORY / "pipelines" / "contracts.py"])


def _hash_of(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()


def _fingerprint(warehouse: Warehouse, contract: Table, made_from: str, needed: list[str]) -> str:
    digest = hashlib.sha256(f"{contract!r}{_contract_fingerprint()}{made_from}".encode())
    for name in needed:
        known = warehouse.fingerprint_of(name)
        if known is None:
            raise Refused(f"{contract.name} reads {name}, which has not been made yet; run `jamlik run` without --only first.")
        digest.update(f"{name}{known}".encode())
    return digest.hexdigest()


def _column_schema(contract: Table) -> dg.TableSchema:
    return dg.TableSchema(
        columns=[dg.TableColumn(each.name, str(each.type), each.comment) for each in contract.fields]
    )


def _sentence(name: str, found: str) -> str:
    layer, table = name.split(".")
    origin = catalogue.sources().get(table) if layer == "source" else None
    place = f"{name}, landed in {landing.current(origin).where}" if origin else name
    return f"{place}: {found}; correct it there and run again, nothing was published."


def _plain(rows: list[dict[str, object]]) -> list[dict[str, str]]:
    return [{name: str(value) for name, value in row.items()} for row in rows]


def _preview(warehouse: Warehouse, name: str) -> str:
    rows = warehouse.connection.sql(f"select * from {name} limit {PREVIEW_ROWS}")
    head = "| " + " | ".join(rows.columns) + " |"
    rule = "|" + "---|" * len(rows.columns)
    body = ["| " + " | ".join("" if cell is None else str(cell) for cell in row) + " |" for row in rows.fetchall()]
    return "\n".join([head, rule, *body])
