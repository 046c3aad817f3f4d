"""The catalogue as tables: indicators, groups, units, recommendations, and which landing each source table has."""

from pipelines import catalogue, catalogue_tables, landing
from pipelines.factory import code_fingerprint, table_asset
from schemas.catalogue import CONTRACTS
from schemas.sources import LANDED


def _landed():  # type: ignore[no-untyped-def]
    return landing.landed(catalogue.sources())


assets = [
    *(
        table_asset(
            CONTRACTS[name],
            make=lambda _, name=name: catalogue_tables.table(name),
            made_from=lambda name=name: str(catalogue_tables.table(name).to_pylist()),
            kinds=("yaml", "duckdb"),
        )
        for name in catalogue_tables.NAMES
    ),
    table_asset(
        LANDED,
        make=lambda _: _landed(),
        made_from=lambda: str(_landed().to_pylist()) + code_fingerprint(),
        kinds=("parquet", "duckdb"),
    ),
]
