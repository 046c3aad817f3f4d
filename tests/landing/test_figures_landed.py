"""The landing is the publisher's file: every cell frozen in git, and every reference file, where those are at hand.

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
EUROSTAT = (
    "area_code as region, indicator as measure_label, source_table, category, dimension as dimension_label, "
    "group_code as group_label, group_label_sv, group_label_en, sex as sex_label, age as age_label, year, "
    "nullif(flag, '') as flag, flags_kept, found_in"
)
KOLADA = "kpi, municipality_id as municipality, gender"
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
    "kolada_regions": ("kolada_regions_2016_2025.parquet", KOLADA, {"year": "value"}),
    "kolada_counts": ("kolada_counts.parquet", KOLADA, {"year": "value"}),
    "scb_life_expectancy": (
        "scb_life_expectancy_2023_2025.parquet",
        "municipality, sex as sex_label",
        {"period as period_label": "value"},
    ),
    "scb_employment": ("scb_employment_20_64_2020_2024.parquet", "municipality", {"year": "value"}),
    "scb_population_total": ("scb_population_total_2023_2024.parquet", "municipality", {"year": "value"}),
    "scb_nation_deaths": (
        "scb_nation_population_deaths_by_age_sex_2000_2024.parquet",
        "'00' as region, sex as sex_label, age, year",
        {"'population' as contents": "population", "'deaths' as contents": "deaths"},
    ),
    "fk_sickness": (
        "fk_sickness_counties_2011_2025.parquet",
        "region, indicator as measure_label",
        {"year": "value"},
    ),
    "fohm_counties": (
        "fohm_counties_2004_2025.parquet",
        'indicator as measure_label, "table" as source_table, kind, region, sex as sex_label',
        {"period as period_label": "value"},
    ),
    "eurostat_ehis": ("eurostat_ehis_gaps_2014_2019.parquet", EUROSTAT, {"unit as unit_label": "value"}),
    "eurostat_ehis_more": ("eurostat_ehis_more_gaps_2014_2019.parquet", EUROSTAT, {"unit as unit_label": "value"}),
    "eurostat_health": ("eurostat_health_gaps_2007_2025.parquet", EUROSTAT, {"unit as unit_label": "value"}),
    "eurostat_work": ("eurostat_work_poverty_gaps_1996_2025.parquet", EUROSTAT, {"unit as unit_label": "value"}),
}
FROZEN = {
    folder.name: folder
    for root in (settings.SNAPSHOT, settings.RESTRICTED)
    for folder in root.iterdir()
    if folder.is_dir()
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
    landed = f"read_parquet('{FROZEN[table].as_posix()}/*.parquet')"
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
    assert set(FILES) == set(FROZEN)


@pytest.mark.parametrize("table", FILES)
def test_a_symbol_stands_exactly_where_no_number_does(table: str) -> None:
    """Needs no publisher's file. No cell is neither, none is both; kolada's empty cells and SCB's '..' are all here."""
    connection = duckdb.connect()
    landed = f"read_parquet('{FROZEN[table].as_posix()}/*.parquet')"
    assert _all(connection, f"select count(*) from {landed} where (value is null) = (status is null)") == [(0,)]
    symbols = dict(_all(connection, f"select status, count(*) from {landed} where value is null group by status"))
    expected = {
        "kolada_values": {"null": 134_086},
        "scb_turnout_by_education": {"..": 72},
        "scb_turnout_by_age": {"..": 90},
        "kolada_counts": {"null": 1_154},
    }
    assert symbols == expected.get(table, {})
