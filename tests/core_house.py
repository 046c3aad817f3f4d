"""An in-memory warehouse for one core model: the real reference tables, a few landed rows, and what is made of them.

Belongs here: making it, every table held against its contract. Not here: what must come out (test_core_models).
"""

from collections.abc import Mapping
from functools import cache
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import catalogue, contracts, landing, settings
from pipelines.contracts import Verdict
from pipelines.models import Model, read_model
from schemas.registry import model_contract, source_contract

Row = dict[str, Any]
REFERENCES = ("areas", "code_map", "missing_symbols", "known_faults", "other_surveys")
EMPTY_BESIDE = {  # a model that reads two source tables gets the other one empty
    "population_by_age": ("scb_population", "scb_population_election_month"),
    "riksdag_turnout": ("scb_turnout_by_education", "scb_turnout_by_age"),
}


def warehouse(landed: Mapping[str, list[Row]]) -> duckdb.DuckDBPyConnection:
    """An in-memory warehouse with the real reference tables and `landed`, each held against its source contract."""
    connection = duckdb.connect()
    for schema in ("source", "core"):
        connection.execute(f"create schema {schema}")
    for name in (*REFERENCES, *landed):
        if name in landed:
            contract = source_contract(name, catalogue.sources()[name].contract)
            _held(connection, name, pa.Table.from_pylist([dict(row) for row in landed[name]], schema=contract.arrow()))
        else:
            connection.register("made", _reference(name))
            connection.execute(f"create table source.{name} as select * from made")
    return connection


@cache
def _reference(name: str) -> pa.Table:
    """A real reference table, held against its contract once: every test reads the same."""
    source = catalogue.sources()[name]
    found = landing.current(source)
    made = landing.shaped(landing.read(found), source_contract(name, source.contract), found)
    with duckdb.connect() as connection:
        connection.execute("create schema source")
        _held(connection, name, made)
    return made


def _held(connection: duckdb.DuckDBPyConnection, name: str, made: pa.Table) -> None:
    """Makes the table and holds it against its contract."""
    connection.register("made", made)
    connection.execute(f"create table source.{name} as select * from made")
    verdict = contracts.audit(connection, source_contract(name, catalogue.sources()[name].contract))
    assert verdict.passed, verdict.sentence


def built(model: str, landed: Mapping[str, list[Row]]) -> tuple[list[Row], Verdict]:
    """The rows that `core.<model>` makes of the landed rows, and what its contract says of them."""
    empty: dict[str, list[Row]] = {name: [] for name in EMPTY_BESIDE.get(model, ())}
    connection = warehouse({**empty, **landed})
    for name in ("area", model):
        file = _model(name)
        connection.execute(f"create table {file.name} as {file.sql}")
    contract = model_contract(f"core.{model}")
    assert contract is not None
    verdict = contracts.audit(connection, contract)
    return connection.sql(f"select * from core.{model}").to_arrow_table().to_pylist(), verdict


@cache
def _model(name: str) -> Model:
    return read_model(settings.SQL / "core" / f"{name}.sql")
