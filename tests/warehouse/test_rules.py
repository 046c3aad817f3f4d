"""A contract asked as SQL and the same contract validated by Pandera refuse the same rows, broken in any way."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from typing import Any

import duckdb
import pandas as pd
import pandera.errors
import pyarrow as pa
import pytest

from pipelines.warehouse import rules
from pipelines.warehouse.contracts import audit
from schemas import deliveries, registry, sources
from schemas.fields import DATE, DOUBLE, INTEGER, STRING, Field, Table

EVERY = [*registry.CONTRACTS.values(), *sources.CONTRACTS.values(), *deliveries.CONTRACTS.values()]
# A kind of column is its type and rules, whatever its name.
KINDS = {
    repr(replace(column, name="x", comment="")): replace(column, name="x", comment="")
    for contract in EVERY
    for column in contract.fields
}
WIDE = [
    registry.CONTRACTS[name] for name in ("mart.indicator", "mart.indicator_value", "mart.inequality", "mart.trend")
]
# fmt: off
TEXTS = [
    "", " ", '\t', '\n', '\xa0', '\u2003', '\x85', '\x00', '\x1f',
    '\ufeff', "a", "A", "å", 'a\n', 'a\nb', '\na', " a", "a+b",
    "a+b+c", "a_1-2", "0", "05", "0583", '0583\n', "٠٥", "00583", "2022",
    "2022-13", "2022-12", "2022-09/2023-01", "1/2022", "2022-09-01", "N00901", "N009011", "n00901", "total",
    "total ", "Total", "none", "women", "observed", "share", "nation", "16-84", "85_plus",
    "TOT", "7", "8", "bun", "2020-2022", "A1", "it's",
    "0583R001_RegSO2025",
]
# fmt: on
NUMBERS = [0.0, -0.0, -1e-300, -1.0, 0.5, 1.0, 1.5, 2.0, 3.0, 99.99, 100.0, 100.0000001, 1e308, float("inf")]
NUMBERS += [float("-inf"), float("nan")]
WHOLE = [*range(-2, 26), 39, 40, 41, 99, 100, 101, 119, 120, 121, 1748, 1749, 1899, 1900, 2022, 2100, 2101, 2**31 - 1]


def cells(column: Field) -> list[Any]:
    if column.type == STRING:
        return [None, *TEXTS, *(column.one_of or ())]
    if column.type == DOUBLE:
        return [None, *NUMBERS]
    if pa.types.is_integer(column.type):
        return [None, *WHOLE]
    return [None, date(2022, 1, 1) if column.type == DATE else True]


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as opened:
        opened.execute("create schema mart")
        yield opened


def put(connection: duckdb.DuckDBPyConnection, rows: pa.Table) -> None:
    connection.register("made", rows)
    connection.execute("create or replace table mart.t as select * from made")
    connection.unregister("made")


@pytest.mark.parametrize("column", KINDS.values(), ids=range(len(KINDS)))
def test_both_refuse_the_same_cells(connection: duckdb.DuckDBPyConnection, column: Field) -> None:
    contract = Table("mart.t", "A table", (column,))
    tried = cells(column)
    put(connection, pa.table({"x": pa.array(tried, column.type)}))
    by_sql = {repr(cell) for each in rules.broken(contract) for (cell,) in connection.execute(each).fetchall()}
    frame = pa.table({"x": pa.array(tried, column.type)}).to_pandas(types_mapper=pd.ArrowDtype)
    by_pandera = set()
    try:
        contract.schema().validate(frame, lazy=True)
    except pandera.errors.SchemaErrors as fault:
        by_pandera = {repr(tried[int(row)]) for row in fault.failure_cases["index"]}
    assert by_sql == by_pandera
    assert rules.hold(connection, contract) == (not by_pandera)


def test_the_cells_that_are_tried_break_every_kind_of_rule() -> None:
    """And each kind passes some of them, so that neither could refuse, or pass, whatever it is shown."""
    asked = {
        rule
        for column in KINDS.values()
        for rule in ("one_of", "pattern", "at_least", "at_most")
        if getattr(column, rule) is not None
    }
    assert asked == {"one_of", "pattern", "at_least", "at_most"}
    assert len(KINDS) > 60
    for column in KINDS.values():
        assert any(fits(column, cell) for cell in cells(column)), column
        free = column.nullable and column.one_of is column.pattern is column.at_least is column.at_most is None
        assert any(not fits(column, cell) for cell in cells(column)) or free, column


@pytest.mark.parametrize("contract", WIDE, ids=lambda contract: contract.name)
def test_one_broken_row_among_many_is_found(connection: duckdb.DuckDBPyConnection, contract: Table) -> None:
    """In the last of 3,000 rows, in each column that can be broken: no range and no sample may stand for the rows."""
    good = [next(cell for cell in reversed(cells(column)) if fits(column, cell)) for column in contract.fields]
    contract = replace(contract, name="mart.t", key=())
    columns = zip(contract.fields, good, strict=True)
    whole = pa.table({column.name: pa.array([cell] * 3000, column.type) for column, cell in columns})
    put(connection, whole)
    assert audit(connection, contract).passed
    for place, column in enumerate(contract.fields):
        wrong = [cell for cell in cells(column) if not fits(column, cell)]
        if not wrong:
            continue
        row = pa.array([*[good[place]] * 2999, wrong[-1]], column.type)
        put(connection, whole.set_column(place, column.name, row))
        assert not rules.hold(connection, contract), column.name
    assert "row 3000" in audit(connection, contract).sentence


def fits(column: Field, cell: Any) -> bool:
    """Worked out here, by Python's own means."""
    if cell is None:
        return column.nullable
    if column.one_of is not None:
        return cell in column.one_of
    if column.pattern is not None:
        return re.search(column.pattern.replace("$", r"\Z").replace(r"\d", "[0-9]"), cell) is not None
    if column.type == STRING:
        return column.may_be_blank or bool(cell.strip(" \t\n\r\f"))
    low = column.at_least is None or cell >= column.at_least
    return low and (column.at_most is None or cell <= column.at_most)


def test_a_column_too_many_too_few_or_of_another_type_is_refused(connection: duckdb.DuckDBPyConnection) -> None:
    contract = Table("mart.t", "A table", (Field("x", INTEGER, ""), Field("y", DOUBLE, "")))
    columns = {"x": pa.array([1], INTEGER), "y": pa.array([1.0], DOUBLE)}
    put(connection, pa.table(columns))
    assert audit(connection, contract).passed
    for rows in (
        {"x": columns["x"]},
        {**columns, "z": columns["x"]},
        {"x": pa.array([1], pa.int64()), "y": columns["y"]},
        {"x": columns["x"], "y": pa.array(["1"])},
        {"y": columns["y"], "X": columns["x"]},
    ):
        put(connection, pa.table(rows))
        assert not rules.hold(connection, contract)
        assert not audit(connection, contract).passed


def test_a_key_that_stands_twice_is_refused_and_one_that_hashes_alike_is_not(
    connection: duckdb.DuckDBPyConnection,
) -> None:
    contract = Table(
        "mart.t", "A table", (replace(Field("x", STRING, ""), nullable=True), Field("y", INTEGER, "")), ("x", "y")
    )
    put(connection, pa.table({"x": pa.array(["a", "a", None, None]), "y": pa.array([1, 2, 1, 2], INTEGER)}))
    assert audit(connection, contract).passed
    put(connection, pa.table({"x": pa.array(["a", None, None]), "y": pa.array([1, 1, 1], INTEGER)}))
    assert audit(connection, contract).sentence == "the key (x None, y 1) stands 2 times; 1 key(s) do so in all"
