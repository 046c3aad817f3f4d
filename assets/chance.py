"""Errors learned from how places move: fits of all indicators, then every figure's own."""

from functools import partial
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines import settings
from pipelines.statistics.chance.panel import PLACES, READ, by_level
from pipelines.statistics.chance.tables import Places, error_table, fit_table
from pipelines.warehouse.tables import TableSpec, files_fingerprint
from schemas.chance import CONTRACTS

_ROOM = "pipelines/statistics/chance"


def _places(connection: duckdb.DuckDBPyConnection) -> Places:
    return by_level(connection.sql(PLACES).to_arrow_table())


def _fit(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    observed = connection.sql(READ).to_arrow_table()
    return fit_table(observed, _places(connection), CONTRACTS["chance.fit"].arrow())


def _error(connection: duckdb.DuckDBPyConnection) -> pa.Table:
    observed = connection.sql(READ).to_arrow_table()
    fits = connection.table("chance.fit").to_arrow_table()
    return error_table(observed, fits, _places(connection), CONTRACTS["chance.error"].arrow())


def _code() -> str:
    room = Path(settings.REPOSITORY, _ROOM)
    return files_fingerprint("assets/chance.py", *sorted(f"{_ROOM}/{path.name}" for path in room.glob("*.py")))


_table = partial(TableSpec, made_from=_code, kinds=frozenset({"duckdb", "numpy"}))
tables = [
    _table(CONTRACTS["chance.fit"], _fit, reads=frozenset({"chance.observed", "core.area"})),
    _table(CONTRACTS["chance.error"], _error, reads=frozenset({"chance.observed", "chance.fit", "core.area"})),
]
