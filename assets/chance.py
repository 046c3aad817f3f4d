"""Errors learned from how places move: fits of all indicators, then every figure's own."""

from functools import partial
from pathlib import Path

import pyarrow as pa

from pipelines import settings
from pipelines.statistics.chance.panel import PLACES, READ, Panel, by_level, panels
from pipelines.statistics.chance.tables import error_table, fit_table
from pipelines.warehouse.tables import TableSpec, files_fingerprint
from pipelines.warehouse.warehouse import Warehouse
from schemas.chance import CONTRACTS

_ROOM = "pipelines/statistics/chance"
_READS = frozenset({"chance.observed", "core.area"})


# The panels that the fits were made from, for the errors that are made next: key, panels. What a table was made from
# says what is in it, so the same key is the same figures.
_read: dict[tuple[str | None, ...], list[Panel]] = {}


def _key(warehouse: Warehouse) -> tuple[str | None, ...]:
    return tuple(warehouse.fingerprint_of(name) for name in sorted(_READS))


def _panels(warehouse: Warehouse) -> list[Panel]:
    places = by_level(warehouse.connection.sql(PLACES).to_arrow_table())
    return list(panels(warehouse.connection.sql(READ).to_arrow_table(), places))


def _fit(warehouse: Warehouse) -> pa.Table:
    _read.clear()
    _read[_key(warehouse)] = read = _panels(warehouse)
    return fit_table(read, CONTRACTS["chance.fit"].arrow())


def _error(warehouse: Warehouse) -> pa.Table:
    read = _read.pop(_key(warehouse), None) or _panels(warehouse)
    fits = warehouse.connection.table("chance.fit").to_arrow_table()
    return error_table(read, fits, CONTRACTS["chance.error"].arrow())


def _code() -> str:
    room = Path(settings.REPOSITORY, _ROOM)
    return files_fingerprint("assets/chance.py", *sorted(f"{_ROOM}/{path.name}" for path in room.glob("*.py")))


_table = partial(TableSpec, made_from=_code, kinds=frozenset({"duckdb", "numpy"}))
tables = [
    _table(CONTRACTS["chance.fit"], _fit, reads=_READS),
    _table(CONTRACTS["chance.error"], _error, reads=_READS | {"chance.fit"}),
]
