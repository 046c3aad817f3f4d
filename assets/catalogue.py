"""The catalogue as tables: indicators, groups, units, recommendations, and which landing each source table has."""

from functools import partial

import pyarrow as pa

from pipelines.catalogue import entries
from pipelines.catalogue import tables as catalogue_tables
from pipelines.landing import zone
from pipelines.warehouse.tables import TableSpec
from pipelines.warehouse.warehouse import Warehouse
from schemas.catalogue import CONTRACTS
from schemas.sources import LANDED


def _entries(name: str, _: Warehouse | None = None) -> pa.Table:
    return catalogue_tables.table(name)


def _told(name: str) -> str:
    return str(_entries(name).to_pylist())


def _landings(_: Warehouse | None = None) -> pa.Table:
    return zone.landed(entries.sources())


tables = [
    *(
        TableSpec(
            CONTRACTS[name],
            make=partial(_entries, name),
            made_from=partial(_told, name),
            kinds=frozenset({"yaml", "duckdb"}),
        )
        for name in catalogue_tables.NAMES
    ),
    TableSpec(
        LANDED,
        make=_landings,
        made_from=lambda: str(_landings().to_pylist()),
        kinds=frozenset({"parquet", "duckdb"}),
    ),
]
