"""An in-memory warehouse for one core model: the real reference tables, a few landed rows, and what is made of them.

Belongs here: making it, every table held against its contract. Not here: what must come out (test_core_models).
"""

from collections.abc import Mapping
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.landing import zone
from pipelines.warehouse import contracts
from pipelines.warehouse.contracts import Verdict
from pipelines.warehouse.models import read_model
from schemas.registry import model_contract, source_contract
from tests.empty_house import copy_of

Row = dict[str, Any]
REFERENCES = ("areas", "code_map", "missing_symbols", "known_faults", "other_surveys")
EMPTY_BESIDE = {  # a model that reads two source tables gets the other one empty
    "population_by_age": ("scb_population", "scb_population_election_month"),
    "riksdag_turnout": ("scb_turnout_by_education", "scb_turnout_by_age"),
}


def warehouse(landed: Mapping[str, list[Row]]) -> duckdb.DuckDBPyConnection:
    """An in-memory warehouse with the real reference tables and `landed`, each held against its source contract."""
    return _landed(copy_of(_references), landed)


def _landed(connection: duckdb.DuckDBPyConnection, landed: Mapping[str, list[Row]]) -> duckdb.DuckDBPyConnection:
    for name, rows in landed.items():
        contract = source_contract(name, entries.sources()[name].contract)
        _held(connection, name, pa.Table.from_pylist([dict(row) for row in rows], schema=contract.arrow()))
    return connection


def _references(connection: duckdb.DuckDBPyConnection) -> None:
    """The real reference tables, each held against its contract."""
    for schema in ("source", "core"):
        connection.execute(f"create schema {schema}")
    for name in REFERENCES:
        source = entries.sources()[name]
        found = zone.current(source)
        _held(connection, name, zone.shaped(zone.read(found), source_contract(name, source.contract), found))


def _references_and_areas(connection: duckdb.DuckDBPyConnection) -> None:
    """Those, and the areas, which every core model reads."""
    _references(connection)
    _make(connection, "area")


def _held(connection: duckdb.DuckDBPyConnection, name: str, made: pa.Table) -> None:
    """Makes the table and holds it against its contract."""
    connection.register("made", made)
    connection.execute(f"create table source.{name} as select * from made")
    verdict = contracts.audit(connection, source_contract(name, entries.sources()[name].contract))
    assert verdict.passed, verdict.sentence


def built(model: str, landed: Mapping[str, list[Row]]) -> tuple[list[Row], Verdict]:
    """The rows that `core.<model>` makes of the landed rows, and what its contract says of them."""
    empty: dict[str, list[Row]] = {name: [] for name in EMPTY_BESIDE.get(model, ())}
    connection = _landed(copy_of(_references_and_areas), {**empty, **landed})
    _make(connection, model)
    contract = model_contract(f"core.{model}")
    assert contract is not None
    verdict = contracts.audit(connection, contract)
    return connection.sql(f"select * from core.{model}").to_arrow_table().to_pylist(), verdict


def _make(connection: duckdb.DuckDBPyConnection, model: str) -> None:
    file = read_model(settings.SQL / "core" / f"{model}.sql")
    connection.execute(f"create table {file.name} as {file.sql}")
