"""The landing is the publisher's file: every cell of data/snapshot and every reference file, where those are at hand.

The files lie outside the repository, in ../shared/figures; a clone has only the snapshot, and these tests say so and
are skipped. Not here: what becomes of the figures (test_figures).
"""

from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines import settings
from tests.conftest import REPOSITORY

FIGURES = Path(REPOSITORY).parent / "shared" / "figures"
AT_HAND = pytest.mark.skipif(
    not FIGURES.is_dir(), reason="the publishers' files, ../shared/figures, lie outside the repository and are not here"
)
PLACE = "municipality_code as municipality"
RAKS = "huvudanknytning_kod as main_affiliation, huvudanknytning as main_affiliation_label"
VOTES = {"'eligible' as contents": "eligible", "'turnout_percent' as contents": "turnout_percent"}

# Landing table: the publisher's file, its columns under the landing's names, and the column of each figure with what
# the landing says of it.
FILES: dict[str, tuple[str, str, dict[str, str]]] = {
    "kolada_values": ("kolada_values.parquet", "kpi, municipality_id as municipality, gender", {"year": "value"}),
    "scb_education": (
        "scb_education_2019.parquet",
        f"{PLACE}, utbildningsnivå as education_label, ålder as age_label, kön as sex_label",
        {"2019 as year": "value"},
    ),
    "scb_population": (
        "scb_population_2019.parquet",
        f"{PLACE}, ålder as age, kön as sex_label",
        {"2019 as year": "value"},
    ),
    "scb_household_tenure": (
        "scb_household_tenure_2019.parquet",
        f"{PLACE}, hushållstyp as household_type_label, boendeform as tenure_label",
        {"2019 as year": "value"},
    ),
    "scb_income": (
        "scb_income_2018.parquet",
        f"{PLACE}, kön as sex_label, ålder as age_label, MedTyp as statistic_label",
        {"2018 as year": "value"},
    ),
    "af_unemployed": ("af_unemployed_2018_2022.parquet", PLACE, {"period as month": "unemployedTotal"}),
    "raks_main_affiliation": (
        "raks_huvudanknytning_riket_20-64_2003-2007.csv",
        f"region, alder as age_label, {RAKS}",
        {"ar as year": "antal"},
    ),
    "scb_population_election_month": (
        "scb_population_2018_2022_election_month.parquet",
        f"{PLACE}, cast(age as integer) as age, gender as sex_label",
        {"2018 as year": "population2018", "2022 as year": "population2022"},
    ),
    "scb_turnout_by_education": (
        "scb_turnout_by_education.parquet",
        f"{PLACE}, gender as sex_label, educationLevel as education_label, year",
        VOTES,
    ),
    "scb_turnout_by_age": (
        "scb_turnout_by_age.parquet",
        f"{PLACE}, gender as sex_label, age as age_label, year",
        VOTES,
    ),
}


def _all(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def _published(table: str) -> str:
    """The select that gives the publisher's file the landing's columns; no number is a symbol, and nothing 'null'."""
    file, columns, figures = FILES[table]
    path = (FIGURES / file).as_posix()
    codes = "types = {'region': 'varchar', 'huvudanknytning_kod': 'varchar'}"
    rows = f"read_csv('{path}', {codes})" if path.endswith("csv") else f"'{path}'"
    return " union all ".join(
        f"select {columns}, {said}, try_cast({cell} as double) as value, "
        f"case when try_cast({cell} as double) is null then coalesce(cast({cell} as varchar), 'null') end as status "
        f"from {rows}"
        for said, cell in figures.items()
    )


@AT_HAND
@pytest.mark.parametrize("table", FILES)
def test_every_landing_is_the_publishers_file_cell_by_cell(table: str) -> None:
    connection = duckdb.connect()
    landed = f"read_parquet('{(settings.SNAPSHOT / table).as_posix()}/*.parquet')"
    shown = ", ".join(name for name, *_ in _all(connection, f"describe select * from {landed}"))
    published = f"select {shown} from ({_published(table)})"
    only_published = f"select count(*) from ({published} except all select {shown} from {landed})"
    only_landed = f"select count(*) from (select {shown} from {landed} except all {published})"
    assert _all(connection, only_published) == _all(connection, only_landed) == [(0,)]
    assert _all(connection, f"select count(*) from {landed}")[0][0] >= 40


@AT_HAND
@pytest.mark.parametrize(
    "name", ["areas.csv", "similar_municipalities.csv", "kolada_kpi.csv", "european_standard_population_2013.csv"]
)
def test_every_reference_file_of_a_publisher_is_its_file(name: str) -> None:
    assert (settings.REFERENCE / name).read_bytes() == (FIGURES / name).read_bytes()


def test_every_snapshot_table_is_compared_with_its_file() -> None:
    assert set(FILES) == {folder.name for folder in settings.SNAPSHOT.iterdir() if folder.is_dir()}


@pytest.mark.parametrize("table", FILES)
def test_a_symbol_stands_exactly_where_no_number_does(table: str) -> None:
    """Needs no publisher's file. No cell is neither, none is both; kolada's empty cells and SCB's '..' are all here."""
    connection = duckdb.connect()
    landed = f"read_parquet('{(settings.SNAPSHOT / table).as_posix()}/*.parquet')"
    assert _all(connection, f"select count(*) from {landed} where (value is null) = (status is null)") == [(0,)]
    symbols = dict(_all(connection, f"select status, count(*) from {landed} where value is null group by status"))
    expected = {
        "kolada_values": {"null": 134_086},
        "scb_turnout_by_education": {"..": 72},
        "scb_turnout_by_age": {"..": 90},
    }
    assert symbols == expected.get(table, {})
