"""Newer figures: a later source carries a series on only where it is the same series, and what it is stands beside it.

Bad input here: a source that differs in one cell of the overlap, one that has no cell in common, residents that do not
add up to the nation's, a revised series, another survey under the same name. On made-up cells through the real models
and reference tables, then on the snapshot's own landings with plain SQL. Not here: whether the landings are the
publishers' files (test_figures_landed), and the frame the figures are set into (tests/golden/kolada.yaml).
"""

import math
from typing import Any

import duckdb
import pytest

from pipelines import settings
from pipelines.catalogue import entries
from tests.fixtures.core_house import Row, carried_on

SNAPSHOT = settings.SNAPSHOT.as_posix()


def _kolada(kpi: str, place: str, year: int, value: float | None, gender: str = "T") -> Row:
    status = None if value is not None else "null"
    return {"kpi": kpi, "municipality": place, "year": year, "gender": gender, "value": value, "status": status}


def _employed(*cells: tuple[str, int, float]) -> list[Row]:
    return [{"municipality": place, "year": year, "value": value, "status": None} for place, year, value in cells]


def _all(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


OVERLAP = "select cells, same_cells, taken from core.series_overlap where source_id = "
TAKEN = "select area_code, year, value from core.continuation order by all"
EARLIER = [_kolada("N02267", "0580", 2021, 79.4), _kolada("N02267", "0580", 2022, 80.2)]


def test_a_later_source_that_equals_the_earlier_takes_over_after_its_last_year() -> None:
    later = _employed(("0580", 2021, 79.4), ("0580", 2022, 80.2), ("0580", 2023, 80.5))
    connection = carried_on({"kolada_values": EARLIER, "scb_employment": later})
    assert _all(connection, f"{OVERLAP} 'scb_employment'") == [(2, 2, True)]
    assert _all(connection, TAKEN) == [("0580", 2023, 80.5)]


def test_one_cell_that_differs_keeps_the_whole_later_source_out() -> None:
    later = _employed(("0580", 2021, 79.4), ("0580", 2022, 80.3), ("0580", 2023, 80.5))
    connection = carried_on({"kolada_values": EARLIER, "scb_employment": later})
    assert _all(connection, f"{OVERLAP} 'scb_employment'") == [(2, 1, False)]
    assert _all(connection, TAKEN) == []


def test_a_later_source_without_a_cell_in_common_is_kept_out() -> None:
    connection = carried_on({"kolada_values": EARLIER, "scb_employment": _employed(("0580", 2023, 80.5))})
    assert _all(connection, f"{OVERLAP} 'scb_employment'") == [(0, 0, False)]
    assert _all(connection, TAKEN) == []


def test_a_window_that_shares_four_years_with_the_last_is_a_row_of_its_own_and_marked() -> None:
    """No joint cell: the window 2019-2023 stands under 2023, transcribed, and 2022 stays Kolada's."""
    window = {"municipality": "0580", "sex_label": "women", "period_label": "2019-2023", "value": 84.1, "status": None}
    older = {**window, "period_label": "2018-2022", "value": 99.9}
    connection = carried_on(
        {"kolada_values": [_kolada("N00925", "0580", 2022, 83.98)], "scb_life_expectancy": [window, older]}
    )
    found = _all(connection, "select kpi_id, year, value, reliability from core.continuation")
    assert found == [("N00925", 2023, 84.1, "transcribed")]


@pytest.mark.parametrize(("resident", "taken"), [(40_000, True), (40_001, False)])
def test_residents_are_taken_only_where_they_add_up_to_the_nations(resident: int, taken: bool) -> None:
    """Every municipality 100 residents but one: the nation's table by age holds their sum."""
    places = [
        place for (place,) in _all(carried_on({}), "select area_code from core.area where area_level = 'municipality'")
    ]
    people = _employed(*((place, 2023, 100.0) for place in places if place != "0180"), ("0180", 2023, 11_100.0))
    nation = [
        {
            "region": "00",
            "sex_label": sex,
            "age": 30,
            "year": 2023,
            "contents": "population",
            "value": n,
            "status": None,
        }
        for sex, n in (("women", 15_000.0), ("men", resident - 15_000.0))
    ]
    connection = carried_on({"scb_population_total": people, "scb_nation_deaths": nation})
    assert _all(connection, f"{OVERLAP} 'scb_population_total'") == [(1, int(taken), taken)]
    sums = _all(connection, "select area_code, value from core.continuation where area_code in ('00', '09', '0180')")
    assert sorted(sums) == ([("00", 40_000.0), ("0180", 11_100.0), ("09", 100.0)] if taken else [])


def test_a_county_with_a_municipality_missing_has_no_sum() -> None:
    found = _all(
        carried_on({"scb_population_total": _employed(("0580", 2023, 100.0))}),
        "select area_code from core.later_value where source_id = 'scb_population_total'",
    )
    assert found == [("0580",)]


def test_a_revised_series_replaces_the_earlier_and_is_never_joined() -> None:
    older = [_kolada("U79133", "0001", year, 900.0) for year in (2015, 2016)]
    newer = [_kolada("U79133", "0001", year, 950.0) for year in (2016, 2022)]
    connection = carried_on({"kolada_values": older, "kolada_regions": newer})
    found = _all(connection, "select year, value, replaces from core.continuation order by year")
    assert found == [(2016, 950.0, True), (2022, 950.0, True)]


def test_another_survey_under_a_like_name_is_no_later_source() -> None:
    """Folkhälsomyndigheten's smoking, by county and window, is not Kolada's: only forgone dental care is carried on."""
    row = {
        "measure_label": "daily_smoking",
        "source_table": "t",
        "kind": "survey (HLV)",
        "region": "05",
        "sex_label": "total",
        "period_label": "2021-2024",
        "value": 5.0,
        "status": None,
    }
    connection = carried_on({"fohm_counties": [row, {**row, "measure_label": "forgone_dental_care_economic"}]})
    assert _all(connection, "select distinct kpi_id from core.later_value") == [("N01464",)]


def _landed(table: str) -> str:
    root = settings.RESTRICTED if (settings.RESTRICTED / table).is_dir() else settings.SNAPSHOT
    return f"read_parquet('{(root / table).as_posix()}/*.parquet')"


KOLADA_T = f"(select * from {_landed('kolada_values')} where gender = 'T' and value is not null)"
COMMON = {
    "employment": ("scb_employment", "l.municipality = k.municipality and l.year = k.year", "N02267", "true", 870, 0.0),
    "ohalsotal": (
        "fk_sickness",
        "'00' || l.region = k.municipality and l.year = k.year",
        "N00957",
        "measure_label = 'ohalsotal'",
        264,
        0.0501,
    ),
    "sjukpenningtal": (
        "fk_sickness",
        "'00' || l.region = k.municipality and l.year = k.year",
        "N00938",
        "measure_label = 'sjukpenningtal'",
        12,
        0.0501,
    ),
    "dental": (
        "fohm_counties",
        "'00' || l.region = k.municipality and cast(right(l.period_label, 4) as integer) = k.year",
        "N01464",
        "measure_label = 'forgone_dental_care_economic'",
        240,
        1e-9,
    ),
}


@pytest.mark.parametrize("name", COMMON)
def test_the_snapshots_later_sources_equal_kolada_wherever_both_have_a_figure(name: str) -> None:
    table, same, kpi, which, cells, apart = COMMON[name]
    found = _all(
        duckdb.connect(),
        f"select count(*), max(abs(l.value - k.value)) from {_landed(table)} l join {KOLADA_T} k "
        f"on k.kpi = '{kpi}' and {same} where {which}",
    )[0]
    assert found[0] == cells
    assert found[1] <= apart


def test_the_revised_series_could_not_have_been_joined() -> None:
    """Gotland 2017 lies 46 per cent higher; every region of 2016-2021 has another figure than before."""
    found = _all(
        duckdb.connect(),
        f"select count(*), min(abs(l.value - k.value)), max(l.value / k.value) from {_landed('kolada_regions')} l "
        f"join {KOLADA_T} k on k.kpi = l.kpi and k.municipality = l.municipality and k.year = l.year",
    )[0]
    assert found[0] == 132
    assert found[1] > 0.05
    assert found[2] > 1.4


def _life_table(deaths: dict[int, float], alive: dict[int, float], before: dict[int, float]) -> float:
    """Life expectancy at birth from ages at the end of the year: exposure is the mean of this year's persons and last
    year's a year younger, and each interval is centred on the whole age (the newborn's is half a year long).
    """
    survivors, years = 1.0, 0.0
    for age in range(100):
        exposed = alive[0] / 2 if age == 0 else (before[age - 1] + alive[age]) / 2
        width = 0.5 if age == 0 else 1.0
        rate = deaths[age] / exposed
        dying = 1 - math.exp(-rate * width)
        years += survivors * dying / rate if rate > 0 else survivors * width
        survivors *= 1 - dying
    exposed = (before[99] + before[100] + alive[100]) / 2
    return years + survivors * exposed / deaths[100]


@pytest.mark.parametrize("sex", ["women", "men"])
def test_the_transcribed_life_expectancy_agrees_with_the_nations_own_deaths(sex: str) -> None:
    """The municipalities' mean weighted by residents against five years' deaths and person-years of the nation.

    A mean of life expectancies is not the life expectancy of all: it lies 0.03-0.10 years above it, by the same in each
    window; the other sex's column or a shifted one would not.
    """
    connection = duckdb.connect()
    figures = {
        (contents, year, age): value
        for contents, year, age, value in _all(
            connection,
            f"select contents, year, age, value from {_landed('scb_nation_deaths')} where sex_label = '{sex}'",
        )
    }
    apart = {}
    for last in (2023, 2024):
        yearly = [
            _life_table(
                {age: figures["deaths", year, age] for age in range(101)},
                {age: figures["population", year, age] for age in range(101)},
                {age: figures["population", year - 1, age] for age in range(101)},
            )
            for year in range(last - 4, last + 1)
        ]
        mean = _all(
            connection,
            f"select sum(l.value * p.value) / sum(p.value) from {_landed('scb_life_expectancy')} l "
            f"join {_landed('scb_population_total')} p on p.municipality = l.municipality and p.year = {last} "
            f"where l.sex_label = '{sex}' and l.period_label = '{last - 4}-{last}'",
        )[0][0]
        apart[last] = mean - sum(yearly) / 5
    assert all(0 < each < 0.12 for each in apart.values()), apart
    assert abs(apart[2024] - apart[2023]) < 0.03, apart


def test_the_nations_residents_are_koladas_in_every_year_that_both_have() -> None:
    found = _all(
        duckdb.connect(),
        f"select count(*), max(abs(n.value - k.value)) from (select year, sum(value) as value from "
        f"{_landed('scb_nation_deaths')} where contents = 'population' group by year) n join {KOLADA_T} k "
        f"on k.kpi = 'N01951' and k.municipality = '0000' and k.year = n.year",
    )[0]
    assert found == (23, 0.0)


def test_every_key_figure_of_the_new_kolada_tables_is_used_or_refused_with_a_reason() -> None:
    landed = {
        kpi
        for table in ("kolada_regions", "kolada_counts")
        for (kpi,) in _all(duckdb.connect(), f"select distinct kpi from {_landed(table)}")
    }
    used = {
        series["kpi"]
        for entry in entries.load("indicators.yaml")["indicators"].values()
        for series in entry.get("kolada") or []
    }
    refused = entries.load("kolada_not_used.yaml")["kolada_not_used"]
    assert landed <= used | set(refused)
    assert not (landed & used & set(refused))
    assert all(refused[kpi]["reason_sv"] for kpi in landed & set(refused))
