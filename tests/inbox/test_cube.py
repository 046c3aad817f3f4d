"""Counting person rows in a cube against counting them in SQL: two ways that share no line must give the same cells.

The persons are made up (tests/fixtures/raks_people.py), then bent: texts for numbers, codes of an earlier year, nulls.
"""

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import pytest

from pipelines.errors import Refused
from pipelines.inbox import checks, cube, mapping, store
from pipelines.inbox.persons import People
from pipelines.inbox.shapes import shapes
from schemas.registry import source_contract
from tests.fixtures import raks_people

YEARS = [2004, 2005, 2006]
PLACES = ["0580", "0583", "0114", "1917"]
SHAPE = "raks_cells"
NO_INCOME = raks_people.MAPPING.replace("  earned_income: Raks_Forvink\n", "")


def _texts(table: pa.Table) -> pa.Table:
    return _set(table, **{name: table[name].cast(pa.string()) for name in ("Kon", "Raks_Huvudanknytning")})


def _set(table: pa.Table, **columns: pa.ChunkedArray) -> pa.Table:
    for name, column in columns.items():
        table = table.set_column(table.schema.get_field_index(name), name, column)
    return table


def _hollow(table: pa.Table, name: str) -> pa.Table:
    """Every third row without a value."""
    rows = pa.array([row % 3 == 0 for row in range(table.num_rows)])
    return _set(table, **{name: pc.if_else(rows, pa.scalar(None, table[name].type), table[name])})


def _numbers(table: pa.Table) -> pa.Table:
    """Municipalities as numbers, so that 0580 has lost its first nought."""
    return _set(table, Kommun=table["Kommun"].cast(pa.int16()))


def _mixed(table: pa.Table) -> pa.Table:
    """Some rows of a county, some of a place told with its name, some with a code that lacks its nought."""
    words = [["05", "0580 Linköping", "580", text][row % 4] for row, text in enumerate(table["Kommun"].to_pylist())]
    return _set(table, Kommun=pa.chunked_array([words]))


SKIPPED = raks_people.MAPPING.replace("2: foreign", "2: skip")
UNKNOWN = NO_INCOME.replace("codes: {1: established, 2: weak, 0: none}", "codes: {1: established, 2: weak, 0: unknown}")
EMPTY = raks_people.MAPPING.replace(
    "{column: FodelseLandGrupp, codes: {0:", "{column: FodelseLandGrupp, codes: {'': unknown, 0:"
)
CASES: dict[str, tuple[Callable[[pa.Table], pa.Table], str]] = {
    "as it is": (lambda table: table, raks_people.MAPPING),
    "texts for numbers": (_texts, raks_people.MAPPING),
    "left out": (lambda table: table, SKIPPED),
    "municipalities as numbers": (_numbers, raks_people.MAPPING),
    "names, counties, noughts": (_mixed, raks_people.MAPPING),
    "no degree of some, and no income": (lambda table: _hollow(table, "Raks_EtablGrad"), NO_INCOME),
    "an empty cell that has a meaning": (lambda table: _hollow(table, "FodelseLandGrupp"), EMPTY),
    "unknown degree of those without work": (lambda table: table, UNKNOWN),
}


def _opened(tmp_path: Path, bend: Callable[[pa.Table], pa.Table], said: str, parts: int = 1) -> People:
    path = tmp_path / "rader.parquet"
    raks_people.write(path, 3_000, YEARS, PLACES, row_group=2_048)
    table = bend(pa.parquet.read_table(path))
    path.unlink()
    files = [tmp_path / f"del-{part}.parquet" for part in range(parts)]
    for part, file in enumerate(files):
        pa.parquet.write_table(table.slice(part * table.num_rows // parts, table.num_rows // parts), file)
    beside = tmp_path / "rader.yaml"
    beside.write_text(said, encoding="utf-8")
    return People(tuple(files), mapping.read(beside), store.places())


def _sorted(rows: checks.Checked) -> pa.Table:
    table = rows.table.cast(source_contract(SHAPE, "affiliation_cells").arrow())
    return table.sort_by([(name, "ascending") for name in table.schema.names])


@pytest.mark.parametrize("case", CASES)
@pytest.mark.parametrize("parts", [1, 3])
def test_the_cube_and_sql_count_the_same(tmp_path: Path, case: str, parts: int) -> None:
    people = _opened(tmp_path, *CASES[case], parts)
    shape, contract = shapes()[SHAPE], source_contract(SHAPE, "affiliation_cells")
    by_cube = cube.cells(people.files, people.mapping, people.places, shape)
    assert by_cube is not None
    in_sql = people.cells_in_sql(shape)
    assert sorted(by_cube.notes) == sorted(in_sql.notes)
    as_cells = mapping.of_shape(people.mapping, shape)
    first, second = (_sorted(checks.checked(rows, as_cells, contract, "rader")) for rows in (by_cube, in_sql))
    assert first.num_rows > 500
    assert first.equals(second)
    assert "1917" not in first["municipality"].to_pylist()


@pytest.mark.parametrize(
    ("name", "column"),
    [("Raks_EtablGrad", None), ("FodelseAr", pa.float64()), ("Ar", pa.string())],
)
def test_what_a_cube_cannot_count_is_left_to_sql(tmp_path: Path, name: str, column: pa.DataType | None) -> None:
    bend = (lambda t: _hollow(t, name)) if column is None else (lambda t: _set(t, **{name: t[name].cast(column)}))
    people = _opened(tmp_path, bend, raks_people.MAPPING)
    shape = shapes()[SHAPE]
    assert cube.cells(people.files, people.mapping, people.places, shape) is None
    assert sum(people.cells(shape).table["persons"].to_pylist()) > 5_000


@pytest.mark.parametrize("way", ["cube", "sql"])
@pytest.mark.parametrize(
    ("bend", "said"),
    [
        (lambda t: _hollow(t, "Kon"), "sex is ''"),
        (lambda t: _set(t, Kon=pc.add(t["Kon"], 5)), "sex is '6'"),
        (lambda t: _set(t, Ar=pc.subtract(t["Ar"], 2)), "year is 2002, but the series begins in 2003"),
        (lambda t: _set(t, Ar=pc.add(t["Ar"], 1)), "1917, a code that ended with 2006"),
    ],
)
def test_both_refuse_the_same(tmp_path: Path, way: str, bend: Callable[[pa.Table], pa.Table], said: str) -> None:
    people, shape = _opened(tmp_path, bend, raks_people.MAPPING), shapes()[SHAPE]
    by_cube = lambda: cube.cells(people.files, people.mapping, people.places, shape)  # noqa: E731
    with pytest.raises(Refused, match=said):
        by_cube() if way == "cube" else people.cells_in_sql(shape)
