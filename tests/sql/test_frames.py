"""The frames of `sql/macros.sql` (macros of `with` clauses): they hide nothing that a model reads, and need no DuckDB.

Belongs here: that, and what `every_cell` makes. Not here: the figures that come of the frames (test_golden,
test_core_models, test_measures_newton, test_trend).
"""

import itertools
import re
from functools import cache

import duckdb
import pyarrow as pa
import pytest
import sqlglot
from sqlglot import exp

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.statistics.measures import make_measures
from pipelines.warehouse.models import Model, read_models
from schemas.registry import model_contract, source_contract

CALL = re.compile(r"\b(\w+)\(('\w+'(?:, '\w+')*)\)")


def _text() -> str:
    return (settings.SQL / "macros.sql").read_text(encoding="utf-8")


@cache
def frames() -> dict[str, tuple[list[str], str]]:
    """Each frame's parameters and its query."""
    found = re.findall(r"create or replace macro (\w+)\(([\w, ]*)\) as table\n(.+?);\n", _text(), re.DOTALL)
    return {name: (parameters.split(", "), query) for name, parameters, query in found}


def calls(sql: str) -> list[tuple[str, list[str]]]:
    """The frames that a text uses, and which names it hands to each."""
    found = [(name, re.findall(r"'(\w+)'", names)) for name, names in CALL.findall(sql)]
    return [(name, names) for name, names in found if name in frames()]


def users() -> list[Model]:
    return [model for model in read_models().values() if calls(model.sql)]


def written_out(sql: str) -> str:
    """The text with each frame's query in the place of its call, as an engine without such macros would be given it."""

    def query(call: re.Match[str]) -> str:
        if call[1] not in frames():
            return call[0]
        parameters, text = frames()[call[1]]
        for parameter, name in zip(parameters, re.findall(r"'(\w+)'", call[2]), strict=True):
            text = text.replace(f"query_table({parameter})", name)
        return f"({written_out(text)})"

    return CALL.sub(query, sql)


def test_every_frame_is_found_and_used_more_than_once() -> None:
    assert len(frames()) == len(re.findall(r"macro \w+\([^)]*\) as table", _text())) > 4
    texts = [*(model.sql for model in read_models().values()), *(query for _, query in frames().values())]
    used = [name for text in texts for name, _ in calls(text)]
    assert {name for name in frames() if used.count(name) < 2} <= set()


def test_a_frame_reads_nothing_but_what_it_is_given() -> None:
    """Else a model's table could go stale unseen: the graph knows only what stands in the model."""
    for name, (parameters, query) in frames().items():
        for parameter in parameters:
            assert f"query_table({parameter})" in query, f"{name} does not read {parameter}"
        tree = sqlglot.parse_one(written_out(re.sub(r"query_table\((\w+)\)", r"\1", query)), dialect="duckdb")
        own = {each.alias for each in tree.find_all(exp.CTE)}
        read = {table.sql(dialect="duckdb") for table in tree.find_all(exp.Table)}
        assert {table.split(" ")[0] for table in read} <= own | set(parameters), f"{name} reads a table by itself"


@pytest.mark.parametrize("model", users(), ids=lambda model: model.name)
def test_a_model_hands_a_frame_only_its_own_with_clauses(model: Model) -> None:
    own = {each.alias for each in sqlglot.parse_one(model.sql, dialect="duckdb").find_all(exp.CTE)}
    for name, names in calls(model.sql):
        assert set(names) <= own, f"{model.where} hands {name} what is no with clause of its own"


def _with_empty_tables(model: Model) -> duckdb.DuckDBPyConnection:
    connection = duckdb.connect()
    connection.execute(_text())
    for name in model.reads:
        layer, table = name.split(".")
        source = entries.sources()[table] if layer == "source" and table in entries.sources() else None
        contract = source_contract(table, source.contract) if source else model_contract(name)
        assert contract is not None, name
        connection.execute(f"create schema if not exists {layer}")
        connection.register("nothing", contract.arrow().empty_table())
        connection.execute(f"create table {name} as select * from nothing")
    return connection


@pytest.mark.parametrize("model", users(), ids=lambda model: model.name)
def test_a_model_can_be_written_out_without_the_frames(model: Model) -> None:
    """The same columns in the same types, and nothing of it that cannot be said in Spark's SQL."""
    whole = written_out(model.sql)
    assert "query_table" not in whole
    assert not calls(whole)
    (translated,) = sqlglot.transpile(whole, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE)
    assert sqlglot.parse_one(translated, dialect="spark") is not None
    with _with_empty_tables(model) as connection:
        assert (
            connection.execute(f"describe {whole}").fetchall() == connection.execute(f"describe {model.sql}").fetchall()
        )


def test_a_newton_step_written_out_gives_the_same_fit_to_the_last_bit() -> None:
    shares = [[12.0, 30.0, 55.0, 60.0], [80.0, 20.0, 40.0, 10.0], [0.5, 0.1, 0.4, 0.9]]
    rows = [
        {
            "group_id": group, "subgroup": f"s{place}", "subgroup_order": place, "estimate": share, "se": 1.0,
            "population": 100.0 * place, "population_is_denominator": True, "ordered": True, "is_reference": False,
            "favourable": True, "scale": 100.0, "family": "rate" if group == 2 else "share",
        }
        for group, listed in enumerate(shares, 1)
        for place, share in enumerate(listed, 1)
    ]  # fmt: skip
    with duckdb.connect() as connection:
        connection.execute("create schema measure")
        connection.register("members", pa.Table.from_pylist(rows))
        connection.execute("create table measure.member as select * from members")
        make_measures(connection, draws=0)
        for name in ("newton", "newton_far"):
            made = connection.execute(f"from measure.{name} order by group_id").fetchall()
            out = written_out(read_models()[f"measure.{name}"].sql)
            assert len(made) == 3
            assert connection.execute(f"from ({out}) order by group_id").fetchall() == made


def test_every_cell_is_there_for_every_place_and_says_whether_it_is_landed() -> None:
    landed = [("0180", 2020, "Kvinnor", 1.0, None), ("0180", 2021, "Män", None, ".."), ("9999", 2020, "Män", 3.0, None)]
    rows = ", ".join(
        f"('{place}', {year}, '{sex}', {'null' if value is None else value}, {repr(status) if status else 'null'})"
        for place, year, sex, value, status in landed
    )
    with duckdb.connect() as connection:
        connection.execute(_text())
        found = connection.execute(
            f"with told as (select * from (values {rows}) as t(municipality, year, sex, value, status)),"
            " cell as (select distinct year, sex from told),"
            " home as (select unnest(['0114', '0180']) as area_code)"
            " select municipality, year, sex, value, symbol, is_absent from every_cell('told', 'cell', 'home')"
        ).fetchall()
    known = {row[:3]: row[3:] for row in landed}
    cells = {row[1:3] for row in landed}
    expected = {
        (place, *cell, *known.get((place, *cell), (None, None)), (place, *cell) not in known)
        for place, cell in itertools.product(("0114", "0180", "9999"), cells)
    }
    assert len(found) == len(expected) == 9
    assert set(found) == expected


@pytest.mark.parametrize(
    ("period", "first", "last"),
    [
        ("2022", 2022, 2022),
        ("2019/2022", 2019, 2022),
        ("2022-09", 2022, 2022),
        ("2021-10/2022-09", 2021, 2022),
    ],
)
def test_the_first_and_the_last_year_of_a_period(period: str, first: int, last: int) -> None:
    with duckdb.connect() as connection:
        connection.execute(_text())
        found = connection.execute("select first_year_of($p), last_year_of($p)", {"p": period}).fetchall()
    assert found == [(first, last)]
