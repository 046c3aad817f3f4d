"""Every indicator model against figures worked by hand (tests/golden/<model>.yaml), on the model's own SQL file.

A file holds `cases`; each has a `name`, what is `given` and what to `expect`:

    areas: ['0501', '0502']      municipalities: makes core.area and core.area_within (with their counties, the nation)
    given: <table>: {all: {column: value …}, columns: [...], rows: [[...], …]}     unstated columns are null
    expect: {all: {...}, columns: [...], rows: [...]}                              unstated columns are not looked at
    rows: how many rows the model gives in all; without it, exactly those expected

The arithmetic stands in the comments of each case. Not here: how labels become codes (test_core_models), and
whether the figures of a release are those of the sources (test_figures).
"""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import yaml

from pipelines import settings
from pipelines.warehouse import contracts
from pipelines.warehouse.models import read_model
from schemas.core import INDICATOR_KEY
from schemas.registry import model_contract

GOLDEN = settings.REPOSITORY / "tests" / "golden"
TOLERANCE = 1e-9
Case = dict[str, Any]


def _cases() -> list[Any]:
    found = []
    for path in sorted(GOLDEN.glob("*.yaml")):
        cases = yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
        found += [pytest.param(path.stem, case, id=f"{path.stem}: {case['name']}") for case in cases]
    return found


def _rows(table: Case) -> list[Case]:
    """The rows of a `{all, columns, rows}` block, each a mapping."""
    assert set(table) <= {"all", "columns", "rows"}, f"unknown key in {sorted(table)}"
    return [{**table.get("all", {}), **dict(zip(table["columns"], row, strict=True))} for row in table["rows"]]


def _areas(municipalities: list[str]) -> dict[str, list[Case]]:
    counties = sorted({code[:2] for code in municipalities})
    named = [
        ("00", "nation"),
        *((code, "county") for code in counties),
        *((code, "municipality") for code in municipalities),
    ]
    return {
        "core.area": [{"area_code": code, "area_level": level} for code, level in named],
        "core.area_within": [
            {"area_code": code, "within_area_code": place}
            for code in municipalities
            for place in (code, code[:2], "00")
        ],
    }


def _table(name: str, rows: list[Case]) -> pa.Table:
    """Rows in the types of the table's contract; a column that the contract has not is a slip of the pen."""
    contract = model_contract(name)
    assert contract is not None, f"{name} has no contract"
    schema = contract.arrow()
    unknown = {column for row in rows for column in row} - set(schema.names)
    assert not unknown, f"{name} has no column {sorted(unknown)}"
    return pa.Table.from_pylist(rows, schema=schema)


def computed(model_name: str, case: Case) -> list[Case]:
    """What the model's own SQL file makes of the case's tables, held against the indicator contract."""
    model = read_model(settings.SQL / "indicators" / f"{model_name}.sql")
    given = {**_areas(case["areas"]), **{name: _rows(table) for name, table in case["given"].items()}}
    assert model.reads <= set(given), f"not given: {sorted(model.reads - set(given))}"
    connection = duckdb.connect()
    connection.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
    for schema in ("core", "catalogue", "indicator"):
        connection.execute(f"create schema {schema}")
    for name in sorted(model.reads):
        connection.register("made", _table(name, given[name]))
        connection.execute(f"create table {name} as select * from made")
    connection.execute(f"create table {model.name} as {model.sql}")
    contract = model_contract(model.name)
    assert contract is not None
    verdict = contracts.audit(connection, contract)
    assert verdict.passed, verdict.sentence
    return connection.sql(f"select * from {model.name}").to_arrow_table().to_pylist()


def differences(expected: list[Case], found: list[Case]) -> list[str]:
    """What an expected row lacks among the rows found, or states otherwise than they do."""
    wrong = []
    for row in expected:
        key = {name: row[name] for name in INDICATOR_KEY if name in row}
        same = [each for each in found if all(each[name] == value for name, value in key.items())]
        if len(same) != 1:
            wrong.append(f"{key}: {len(same)} rows")
            continue
        wrong += [
            f"{key} {name}: expected {value!r}, found {same[0][name]!r}"
            for name, value in row.items()
            if not _equal(value, same[0][name])
        ]
    return wrong


def _equal(expected: Any, found: Any) -> bool:
    if isinstance(expected, int | float) and isinstance(found, int | float):
        return abs(expected - found) <= TOLERANCE * max(1.0, abs(expected))
    return bool(expected == found)


@pytest.mark.parametrize(("model", "case"), _cases())
def test_the_model_gives_the_figures_worked_by_hand(model: str, case: Case) -> None:
    expected, found = _rows(case["expect"]), computed(model, case)
    assert differences(expected, found) == []
    assert len(found) == case.get("rows", len(expected))


@pytest.mark.parametrize("path", sorted(GOLDEN.glob("*.yaml")), ids=lambda path: path.stem)
def test_every_golden_file_would_notice_a_wrong_figure(path: Path) -> None:
    """Each file states figures, intervals where its model has them, and an absence with its reason."""
    cases = yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
    rows = [row for case in cases for row in _rows(case["expect"])]
    figures = [row for row in rows if row.get("value") is not None]
    assert figures or path.stem == "not_fetched"
    assert any(row.get("value", 0) is None and row.get("status") not in {None, "observed"} for row in rows)
    for name in ("value", "numerator", "se", "ci_lower", "status"):
        for row in (each for each in figures if each.get(name) is not None):
            other = row[name] * (1 + 1e-7) + 1e-7 if not isinstance(row[name], str) else "other"
            assert differences([{**row, name: other}], [row]), f"{path.name}: {name} is not looked at"


def test_a_row_that_is_not_there_or_stands_twice_is_noticed() -> None:
    row = {"indicator_id": "x", "area_code": "00", "value": 1.0}
    assert differences([row], []) == ["{'indicator_id': 'x', 'area_code': '00'}: 0 rows"]
    assert differences([row], [row, row]) == ["{'indicator_id': 'x', 'area_code': '00'}: 2 rows"]
    assert differences([row], [{**row, "value": None}])
