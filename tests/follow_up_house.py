"""A few figures in a DuckDB in memory, and the very models of the follow-up run on them.

Belongs here: how the tables are filled (columns that a test does not state are null or a harmless default) and which
models run. Not here: any expectation.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import settings
from pipelines.warehouse import contracts
from pipelines.warehouse.models import read_models
from schemas import registry
from schemas.fields import Field
from schemas.sources import LANDED
from tests.empty_house import copy_of

CONTRACTS = {**registry.CONTRACTS, LANDED.name: LANDED}
Row = dict[str, Any]
TREND_MODELS = (
    "measure.kendall_null",
    "measure.trend_figure",
    "measure.trend_series",
    "measure.trend_point",
    "measure.trend_slope",
    "mart.trend",
)
BENCHMARK_MODELS = ("measure.comparator_member", "measure.benchmark_figure", "mart.benchmark")

_INDICATOR: Row = {
    "title_sv": "x",
    "title_en": "x",
    "description_sv": "x",
    "recommendation": 1,
    "role": "outcome",
    "core_indicator": False,
    "unit": "percent",
    "scale": 100.0,
    "family": "share",
    "polarity": "higher_is_better",
    "provenance": "published",
    "source_ids": "a_table",
    "model": "kolada",
    "period_basis": "calendar",
    "window_years": 1,
    "may_exceed_scale": False,
}
_VALUE: Row = {
    "area_code": "0501",
    "dimension": "total",
    "group_code": "total",
    "sex": "total",
    "status": "observed",
    "provenance": "published",
    "comparable": True,
    "break_before": False,
    "source_ids": "a_table",
}
_INEQUALITY: Row = {
    "area_code": "0501",
    "dimension": "sex",
    "stratum": "total",
    "sex": "total",
    "measure": "d",
    "ci_method": "none",
    "n_groups": 2,
    "certain": "not_assessable",
    "status": "ok",
    "provenance": "computed",
}


def level(area_code: str) -> str:
    return "nation" if area_code == "00" else "county" if len(area_code) == 2 else "municipality"


def indicator(indicator_id: str, **stated: Any) -> Row:
    """A row of mart.indicator: a share, more is better, unless stated otherwise."""
    return {**_INDICATOR, "indicator_id": indicator_id, **stated}


def figure(indicator_id: str, period: str | int, value: float | None, **stated: Any) -> Row:
    """A row of mart.indicator_value: the whole population of 0501, observed, unless stated otherwise."""
    first, last = str(period).split("/")[0], str(period).split("/")[-1]
    end = {"09": "30", "06": "30", "04": "30", "11": "30", "02": "28"}
    row = {**_VALUE, "indicator_id": indicator_id, "period": str(period), "value": value, **stated}
    row.setdefault("year", int(last[:4]))
    row.setdefault("area_level", level(row["area_code"]))
    first_day = f"{first}-01" if "-" in first else f"{first}-01-01"
    last_day = f"{last}-{end.get(last[5:], '31')}" if "-" in last else f"{last}-12-31"
    row.setdefault("period_start", first_day)
    row.setdefault("period_end", last_day)
    if value is None:
        row["status"] = stated.get("status", "missing")
    return row


def gap(indicator_id: str, period: str | int, estimate: float | None, **stated: Any) -> Row:
    """A row of mart.inequality: the difference between women and men in 0501, unless stated otherwise."""
    return {**_INEQUALITY, "indicator_id": indicator_id, "period": str(period), "estimate": estimate, **stated}


def areas(*municipalities: str, groups: Mapping[str, str] | None = None) -> list[Row]:
    """core.area of these municipalities, their counties and the nation; `groups`: their SKR groups."""
    codes = ["00", *sorted({code[:2] for code in municipalities}), *municipalities]
    return [
        {
            "area_code": code,
            "area_name": code,
            "area_name_long": code,
            "area_level": level(code),
            "county_code": None if code == "00" else code[:2],
            "skr_group_code": (groups or {}).get(code),
        }
        for code in codes
    ]


def house(**tables: Iterable[Row]) -> duckdb.DuckDBPyConnection:
    """A connection with the tables given, named layer__table, and the macros."""
    connection = copy_of(_macros_and_schemas)
    for name, rows in tables.items():
        fill(connection, name.replace("__", "."), rows)
    return connection


def _macros_and_schemas(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
    for schema in ("source", "core", "catalogue", "indicator", "protect", "measure", "mart"):
        connection.execute(f"create schema {schema}")


def fill(connection: duckdb.DuckDBPyConnection, name: str, rows: Iterable[Row]) -> None:
    """Makes the table `name` in the types of its contract; a column that the contract has not is a slip of the pen."""
    contract = CONTRACTS[name]
    known = {field.name for field in contract.fields}
    listed = list(rows)
    assert not {column for row in listed for column in row} - known, name
    columns = ", ".join(f"{field.name} {_SQL_TYPES[field.type]}" for field in contract.fields)
    connection.execute(f"create table {name} ({columns})")
    if listed:
        connection.register("filled", pa.table({field.name: _array(field, listed) for field in contract.fields}))
        connection.execute(f"insert into {name} select * from filled")  # at once: row by row takes 2 ms each
        connection.unregister("filled")


def _array(field: Field, listed: list[Row]) -> pa.Array:
    """One column of the rows; a day may be written as text, which DuckDB reads."""
    cells = [row.get(field.name) for row in listed]
    if pa.types.is_date(field.type):
        return pa.array([None if cell is None else str(cell) for cell in cells], pa.string())
    return pa.array(cells, field.type)


_SQL_TYPES = {
    pa.string(): "varchar",
    pa.float64(): "double",
    pa.int32(): "integer",
    pa.int64(): "bigint",
    pa.bool_(): "boolean",
    pa.date32(): "date",
}


def run(connection: duckdb.DuckDBPyConnection, *names: str) -> None:
    """Builds these models in order, each held against its contract; what they read and nobody gave is empty."""
    models = read_models()
    there = {
        f"{schema}.{table}"
        for schema, table in connection.execute(
            "select schema_name, table_name from duckdb_tables() where database_name = current_database()"
        ).fetchall()
    }
    for name in names:
        for read in sorted(models[name].reads - there - set(names)):
            fill(connection, read, [])
            there.add(read)
        connection.execute(f"create or replace table {name} as {models[name].sql}")
        there.add(name)
        verdict = contracts.audit(connection, CONTRACTS[name])
        assert verdict.passed, f"{name}: {verdict.sentence}"


def rows(connection: duckdb.DuckDBPyConnection, query: str) -> list[Row]:
    return connection.sql(query).to_arrow_table().to_pylist()


def trends(
    indicators: Iterable[Row], figures: Iterable[Row] = (), gaps: Iterable[Row] = ()
) -> dict[tuple[str, str, int], Row]:
    """mart.trend of these figures and gaps, by indicator, measure and span of years."""
    connection = house(mart__indicator=indicators, mart__indicator_value=figures, mart__inequality=gaps)
    run(connection, *TREND_MODELS)
    found = rows(connection, "from mart.trend")
    return {(row["indicator_id"], row["measure"], row["trend_years"]): row for row in found}
