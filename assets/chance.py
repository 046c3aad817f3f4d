"""Errors learned from how places move: fits of all indicators, then every figure's own."""

from functools import partial
from pathlib import Path

import pyarrow as pa

from pipelines import settings
from pipelines.statistics.chance.panel import PLACES, READ, Panel, by_level, panels
from pipelines.statistics.chance.tables import error_table, fit_table
from pipelines.warehouse.ahead import Connection
from pipelines.warehouse.tables import TableSpec, files_fingerprint
from pipelines.warehouse.warehouse import fingerprints_in
from schemas.chance import CONTRACTS

_ROOM = "pipelines/statistics/chance"
_READS = frozenset({"chance.observed", "core.area"})


# The panels that the fits were made from, for the errors that are made next: key, panels. What a table was made from
# says what is in it, so the same key is the same figures.
_read: dict[tuple[str | None, ...], list[Panel]] = {}


def _key(connection: Connection) -> tuple[str | None, ...]:
    return fingerprints_in(connection, sorted(_READS))


def _panels(connection: Connection) -> list[Panel]:
    places = by_level(connection.sql(PLACES).to_arrow_table())
    return list(panels(connection.sql(READ).to_arrow_table(), places))


def _fit(connection: Connection) -> pa.Table:
    _read.clear()
    _read[_key(connection)] = read = _panels(connection)
    return fit_table(read, CONTRACTS["chance.fit"].arrow())


def _error(connection: Connection) -> pa.Table:
    read = _read.pop(_key(connection), None) or _panels(connection)
    fits = connection.table("chance.fit").to_arrow_table()
    return error_table(read, fits, CONTRACTS["chance.error"].arrow())


def _code() -> str:
    room = Path(settings.REPOSITORY, _ROOM)
    return files_fingerprint("assets/chance.py", *sorted(f"{_ROOM}/{path.name}" for path in room.glob("*.py")))


_table = partial(TableSpec, made_from=_code, kinds=frozenset({"duckdb", "numpy"}))
tables = [
    _table(CONTRACTS["chance.fit"], _fit, reads=_READS),
    _table(CONTRACTS["chance.error"], _error, reads=_READS | {"chance.fit"}),
]
