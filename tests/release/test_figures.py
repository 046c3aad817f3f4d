"""Fidelity: a release's figures are the figures they came from, and sources that should agree do.

The release is the landing, and figures that two publishers give, or that can be had by another road, are the same
within what rounding and definitions allow. Arithmetic is done here with Python, numpy and plain sums over the landing,
not with the models. Not here: made-up cases (test_golden), and whether the landing is the publisher's own file
(test_landing_figures).
"""

import math
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pytest

from pipelines import settings

SEX = "case gender when 'T' then 'total' when 'K' then 'women' when 'M' then 'men' end"
AREA = "case when municipality like '00%' then substr(municipality, 3) else municipality end"


@pytest.fixture(scope="module")
def sources(released: Path) -> duckdb.DuckDBPyConnection:
    """The landing tables under their own names, `kolada` in the release's codes, and the release as schema `r`."""
    connection = duckdb.connect()
    for folder in sorted([*settings.SNAPSHOT.iterdir(), *settings.RESTRICTED.iterdir()]):
        if folder.is_dir():
            connection.execute(
                f"create view {folder.name} as select * from read_parquet('{folder.as_posix()}/*.parquet')"
            )
    connection.execute(
        f"create table kolada as select kpi, {AREA} as area_code, year, {SEX} as sex, value from kolada_values"
    )
    connection.execute(
        f"attach '{(released / 'published' / 'latest' / 'jamlik.duckdb').resolve().as_posix()}' as r (read_only)"
    )
    connection.execute(f"attach '{(released / 'warehouse' / 'jamlik.duckdb').as_posix()}' as w (read_only)")
    return connection


def _all(connection: duckdb.DuckDBPyConnection, query: str) -> list[tuple[Any, ...]]:
    return connection.execute(query).fetchall()


def _value(
    connection: duckdb.DuckDBPyConnection,
    indicator: str,
    area: str,
    period: str,
    sex: str = "total",
    dimension: str = "total",
    group: str = "total",
) -> Any:
    found = connection.execute(
        "select value from r.indicator_value where indicator_id = ? and area_code = ? and period = ? and sex = ? "
        "and dimension = ? and group_code = ?",
        [indicator, area, period, sex, dimension, group],
    ).fetchall()
    assert len(found) == 1, (indicator, area, period, sex, len(found))
    return found[0][0]


# ---- the release is the landing ----


@pytest.mark.parametrize("area", ["0580", "0980", "2584"])
def test_three_indicators_in_three_places_and_three_years_are_what_kolada_published(
    sources: duckdb.DuckDBPyConnection, area: str
) -> None:
    """And a fourth, of elections, and a fifth over a window of five years with the sex in the key figure."""
    compared = 0
    for indicator, kpi, periods in (
        ("neet_16_24", "N02797", ("2012", "2018", "2022")),
        ("low_education_25_64", "N01984", ("2005", "2015", "2022")),
        ("eligible_upper_secondary", "N15428", ("2016", "2019", "2021")),
        ("turnout_lowest_district", "N05831", ("2014", "2018", "2022")),
    ):
        for period in periods:
            expected = _all(
                sources,
                f"select value from kolada where kpi = '{kpi}' and area_code = '{area}' and year = {period} and "
                "sex = 'total'",
            )
            assert len(expected) == 1
            assert _value(sources, indicator, area, period) == expected[0][0] is not None
            compared += 1
    for year in (2012, 2017, 2022):
        expected = _all(
            sources,
            f"select value from kolada where kpi = 'N00925' and area_code = '{area}' and year = {year} and sex = "
            "'total'",
        )
        assert (
            _value(sources, "life_expectancy", area, f"{year - 4}/{year}", "women", "sex", "women")
            == expected[0][0]
            is not None
        )
        compared += 1
    assert compared == 15


def test_every_kolada_figure_of_the_release_is_the_publishers_and_no_empty_cell_became_a_number(
    sources: duckdb.DuckDBPyConnection,
) -> None:
    traced = (
        "select v.value, v.status_reason, k.value as published from w.indicator.kolada as v "
        "join w.catalogue.kolada_series as s on v.indicator_id = s.indicator_id "
        "and (case when s.dimension is not null then s.dimension = v.dimension and s.group_code = v.group_code "
        "else v.dimension in ('total', 'sex') and (s.only_sex is null or s.only_sex = v.sex) end) "
        "left join kolada as k on k.kpi = s.kpi_id and k.area_code = v.area_code and k.year = "
        "cast(right(v.period, 4) as integer) "
        "and k.sex = case when s.only_sex is null then v.sex else 'total' end "
        "where v.source_ids like 'kolada_values%'"
    )
    rows, figures, altered, invented, lost = _all(
        sources,
        "select count(*), count(value), count(*) filter (value is not null and value <> published), "
        "count(*) filter (value is not null and published is null), "
        "count(*) filter (value is null and published is not null and status_reason <> 'false_at_source') from "
        f"({traced})",
    )[0]
    own = "select count(*) from w.indicator.kolada where source_ids like 'kolada_values%'"
    assert rows == _all(sources, own)[0][0]
    assert figures > 1_100_000
    assert (altered, invented, lost) == (0, 0, 0)
    taken_out = _all(
        sources, f"select count(*), count(published) from ({traced}) where status_reason = 'false_at_source'"
    )
    assert taken_out == [(317, 317)]


def test_what_protection_lets_out_is_what_the_models_made(sources: duckdb.DuckDBPyConnection) -> None:
    """All sources of this run are public or synthetic; no public row is changed on its way to the release."""
    key = "indicator_id, area_code, period, dimension, group_code, sex"
    changed = _all(
        sources,
        "select count(*), count(*) filter (a.value is distinct from b.value), count(*) filter (a.status <> "
        "b.status) "
        f"from w.indicator.kolada as a join r.indicator_value as b using ({key})",
    )
    assert changed == [(_all(sources, "select count(*) from w.indicator.kolada")[0][0], 0, 0)]


def test_a_repeated_election_figure_is_in_the_release_once(sources: duckdb.DuckDBPyConnection) -> None:
    years = _all(
        sources,
        "select distinct year from r.indicator_value where indicator_id = 'turnout_lowest_district' and value is "
        "not null order by 1",
    )
    repeated = _all(sources, "select count(distinct year) from kolada where kpi = 'N05831' and value is not null")
    assert {year for (year,) in years} <= {1994, 1998, 2002, 2006, 2010, 2014, 2018, 2022}
    assert repeated[0][0] > 2 * len(years)


# ---- sources that should agree ----


def test_the_population_of_2019_is_the_nations_and_each_municipalitys(sources: duckdb.DuckDBPyConnection) -> None:
    """SCB by one-year age and Kolada's N01951 count the same 10,327,589 people."""
    assert _all(sources, "select sum(value) from scb_population") == [(10_327_589,)]
    apart = _all(
        sources,
        "select count(*), max(abs(p.persons - k.value)) from (select municipality, sex_label, sum(value) as "
        "persons from scb_population group by all) as p "
        "join kolada as k on k.kpi = 'N01951' and k.year = 2019 and k.area_code = p.municipality and k.sex = "
        "case p.sex_label when 'kvinnor' then 'women' else 'men' end",
    )
    assert apart == [(580, 0)]
    shares = _all(
        sources,
        "select sum(value), sum(numerator) from r.indicator_value where indicator_id = "
        "'population_age_structure' and area_code = '00' and sex = 'total'",
    )
    assert shares[0] == (pytest.approx(100, abs=1e-9), 10_327_589)


def test_the_old_are_as_many_as_kolada_says(sources: duckdb.DuckDBPyConnection) -> None:
    """N01960 is the share of 65 and older, to six decimals, N01957 the number of 80 and older; all places, each sex."""
    for kpi, column, groups in (("N01960", "value", "'65-79', '80_plus'"), ("N01957", "numerator", "'80_plus'")):
        found = _all(
            sources,
            f"select count(*), max(abs(v.figure - k.value)) from (select area_code, sex, sum({column}) as figure "
            "from r.indicator_value "
            f"where indicator_id = 'population_age_structure' and group_code in ({groups}) group by all) as v "
            f"join kolada as k on k.kpi = '{kpi}' and k.year = 2019 and k.area_code = v.area_code and k.sex = "
            "v.sex where k.value is not null",
        )[0]
        assert found[0] == 936
        assert found[1] < 1e-5


def test_all_households_are_counted_once(sources: duckdb.DuckDBPyConnection) -> None:
    assert _all(sources, "select sum(value) from scb_household_tenure") == [(4_707_272,)]
    parts = _all(
        sources,
        "select sum(value), sum(value) filter (household_type_label like 'ensamstående%med barn%') from "
        "scb_household_tenure where household_type_label like '%med barn%'",
    )[0]
    row = _all(
        sources,
        "select denominator, numerator, value from r.indicator_value where indicator_id = "
        "'single_parent_households' and area_code = '00' and dimension = 'total'",
    )[0]
    assert row == (parts[0], parts[1], pytest.approx(100 * parts[1] / parts[0], rel=1e-12))


def test_turnout_by_municipality_is_koladas(sources: duckdb.DuckDBPyConnection) -> None:
    """N05403 gives the same whole per cent in every municipality. A county or the nation, summed here from whole per
    cents, may differ from Kolada's own, itself a whole per cent: at most half a point for each rounding."""
    compared = _all(
        sources,
        "select v.area_level, v.year, count(*), max(abs(v.value - k.value)) from r.indicator_value as v "
        "join kolada as k on k.kpi = 'N05403' and k.area_code = v.area_code and k.year = v.year and k.sex = v.sex "
        "where v.indicator_id = 'riksdag_turnout' and v.dimension in ('total', 'sex') and v.value is not null "
        "and k.value is not null group by all",
    )
    found = {(level, year): (count, apart) for level, year, count, apart in compared}
    counts = {level: [found[level, year][0] for year in (2018, 2022)] for level, _ in found}
    # three sexes each; 2022 lacks three municipalities, and the three counties where that leaves less than 99 per cent
    assert counts == {"municipality": [870, 861], "county": [63, 54], "nation": [3, 3]}
    assert max(apart for (level, _), (_, apart) in found.items() if level == "municipality") < 1e-9
    assert max(apart for _, apart in found.values()) < 1


def test_the_nations_turnout_lacks_three_municipalities_in_2022_and_says_so(sources: duckdb.DuckDBPyConnection) -> None:
    rows = _all(
        sources,
        "select year, reliability, value is null from r.indicator_value where indicator_id = 'riksdag_turnout' "
        "and area_code = '00' and dimension = 'total' order by 1",
    )
    assert rows == [(2018, None, False), (2022, "partial_coverage", False)]
    lacking = _all(
        sources,
        "select area_code, status_reason from r.indicator_value where indicator_id = 'riksdag_turnout' and "
        "area_level = 'municipality' and dimension = 'total' and value is null order by 1",
    )
    assert lacking == [
        ("0481", "not_available_at_source"),
        ("0665", "not_available_at_source"),
        ("1276", "not_available_at_source"),
    ]


def test_crude_mortality_is_deaths_over_residents_everywhere(sources: duckdb.DuckDBPyConnection) -> None:
    rows = _all(
        sources,
        "select v.value, v.ci_lower, v.ci_upper, d.value, p.value from r.indicator_value as v "
        "join kolada as d on d.kpi = 'N01805' and d.area_code = v.area_code and d.year = v.year and d.sex = v.sex "
        "join kolada as p on p.kpi = 'N01951' and p.area_code = v.area_code and p.year = v.year and p.sex = v.sex "
        "where v.indicator_id = 'crude_mortality' and v.value is not null",
    )
    assert len(rows) == 11_208
    value, lower, upper, deaths, persons = (np.array(column) for column in zip(*rows, strict=True))
    assert np.allclose(value, 1e5 * deaths / persons, rtol=1e-12)
    assert np.all(lower < value)
    assert np.all(value < upper)


def test_education_of_the_middle_aged_is_koladas_when_the_unknown_are_counted(
    sources: duckdb.DuckDBPyConnection,
) -> None:
    """SCB's counts give Kolada's N01984, N01724 and N01982 of 2019 to the sixth decimal if those of unknown education
    are in the denominator. The indicators computed here leave them out, and so lie above: they differ by that alone."""
    long = "education_label in ('eftergymnasial utbildning, 3 år eller mer', 'forskarutbildning')"
    levels = {
        "N01984": "education_label like 'förgymnasial%'",
        "N01724": long,
        "N01982": f"({long} or education_label = 'eftergymnasial utbildning, mindre än 3 år')",
    }
    for kpi, level in levels.items():
        count, apart, lowest = _all(
            sources,
            "select count(*), max(abs(100 * s.counted / s.persons - k.value)), min(100 * s.counted / s.known - "
            "k.value) from (select municipality, "
            "case sex_label when 'kvinnor' then 'women' else 'men' end as sex, sum(value) filter "
            f"({level}) as counted, "
            "sum(value) filter (education_label not like 'uppgift%') as known, sum(value) as persons "
            "from scb_education where age_label in ('25-34 år', '35-44 år', '45-54 år', '55-64 år') group by "
            "all) as s "
            f"join kolada as k on k.kpi = '{kpi}' and k.area_code = s.municipality and k.year = 2019 and k.sex = "
            "s.sex",
        )[0]
        assert count == 580
        assert apart < 1e-6
        assert lowest > -1e-6


def test_education_standardised_and_crude_by_another_road(sources: duckdb.DuckDBPyConnection) -> None:
    """The nation's women and Linköping's men, with numpy on the landing and the standard population written out."""
    bands = ["25-34 år", "35-44 år", "45-54 år", "55-64 år", "65-74 år", "75-84 år", "85-94 år", "95+ år"]
    # ESP 2013, persons of 100,000: 25-34 6000 + 6500, 35-44 and 45-54 7000 + 7000, 55-64 6500 + 6000,
    # 65-74 5500 + 5000, 75-84 4000 + 2500, 85 and older 1500 + 1000
    weights = np.array([12_500, 14_000, 14_000, 12_500, 10_500, 6_500, 2_500])
    for place, area, label, sex in (("%", "00", "kvinnor", "women"), ("0580", "0580", "män", "men")):
        counted = {
            (age, level): persons
            for age, level, persons in _all(
                sources,
                "select age_label, case when education_label like 'förgymnasial%' then 'low' else 'other' end as "
                "level, sum(value) from scb_education "
                f"where municipality like '{place}' and sex_label = '{label}' and education_label not like "
                "'uppgift%' group by all",
            )
        }
        low = np.array([counted[band, "low"] for band in bands])
        persons = low + np.array([counted[band, "other"] for band in bands])
        assert _value(sources, "low_education_25_plus", area, "2019", sex, "sex", sex) == pytest.approx(
            100 * low.sum() / persons.sum(), rel=1e-12
        )
        low, persons = np.append(low[:6], low[6:].sum()), np.append(persons[:6], persons[6:].sum())
        standardised = 100 * (weights * low / persons).sum() / weights.sum()
        assert _value(sources, "low_education_25_plus_standardised", area, "2019", sex, "sex", sex) == pytest.approx(
            standardised, rel=1e-12
        )


def test_the_registered_unemployed_of_linkoping_and_the_nation_by_another_road(
    sources: duckdb.DuckDBPyConnection,
) -> None:
    for place, area in (("0580", "0580"), ("%", "00")):
        months = _all(
            sources,
            f"select sum(value) from af_unemployed where municipality like '{place}' and month like '2022-%' "
            "group by month",
        )
        persons = _all(
            sources,
            f"select sum(value) from scb_population_election_month where municipality like '{place}' and year = "
            "2022 and age between 16 and 64",
        )[0][0]
        expected = 100 * math.fsum(month for (month,) in months) / 12 / persons
        assert len(months) == 12
        assert _value(sources, "registered_unemployed_16_64", area, "2022") == pytest.approx(expected, rel=1e-12)


def test_income_ratios_are_one_median_over_the_other(sources: duckdb.DuckDBPyConnection) -> None:
    rows = _all(
        sources,
        "select v.value, f.value / m.value from r.indicator_value as v join scb_income as f on f.municipality = "
        "v.area_code and f.sex_label = 'kvinnor' "
        "join scb_income as m on m.municipality = v.area_code and m.sex_label = 'män' and m.age_label = "
        "f.age_label and m.statistic_label = 'Median' "
        "where f.statistic_label = 'Median' and v.indicator_id = 'income_ratio_women_men_' || "
        "replace(left(f.age_label, 5), '-', '_')",
    )
    assert len(rows) == 580
    ratios, expected = np.array(rows).T
    assert np.allclose(ratios, expected, rtol=1e-12)


def test_the_seven_affiliations_add_to_the_published_population_each_year(sources: duckdb.DuckDBPyConnection) -> None:
    sums = _all(
        sources,
        "select year, sum(value) filter (main_affiliation <> 'TOT'), sum(value) filter (main_affiliation = "
        "'TOT') from raks_main_affiliation group by year order by year",
    )
    assert [year for year, *_ in sums] == [2003, 2004, 2005, 2006, 2007]
    assert all(parts == whole for _, parts, whole in sums)
    shares = _all(
        sources,
        "select year, sum(value), count(*), min(provenance) from r.indicator_value where indicator_id like "
        "'raks_%' and source_ids = 'raks_main_affiliation' group by year",
    )
    assert len(shares) == 5
    assert all(
        count == 7 and share == pytest.approx(100, abs=1e-9) and kind == "published" for _, share, count, kind in shares
    )
    catalogue = _all(
        sources,
        "select count(*) from r.indicator where source_ids like 'raks_main_affiliation%' and provenance = 'published'",
    )
    assert catalogue == [(7,)]


def test_no_published_zero_was_an_empty_cell(sources: duckdb.DuckDBPyConnection) -> None:
    """What a source left empty is empty in the release, with a reason, and a value goes with `observed` alone."""
    assert _all(sources, "select count(*) from r.indicator_value where (value is null) <> (status <> 'observed')") == [
        (0,)
    ]
    assert _all(
        sources,
        "select count(*) from r.indicator_value where value is null and status = 'missing' and status_reason is null",
    ) == [(0,)]
    empty = _all(sources, "select count(*) from scb_turnout_by_education where value is null")[0][0]
    assert empty == 72
    zeros = _all(sources, "select count(*) from r.indicator_value where indicator_id = 'riksdag_turnout' and value = 0")
    assert zeros == [(0,)]
