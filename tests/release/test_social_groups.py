"""Health by education, income and country of birth at the nation, and figures after 2022: what a release shows of them.

Every figure here was typed from the publisher's file, three of each file, so that the test shares nothing with the
house but the release. Also what must not be done with them: no verdict without an interval, no gap where the fifths are
other people, no row below the nation. Not here: every cell of the landings (tests/landing), and how a figure is made
(tests/golden).
"""

import math

import duckdb
import pytest

# indicator, area, period, dimension, group, sex, value, source: three of each file.
FIGURES: list[tuple[str, str, str, str, str, str, float, str]] = [
    ("obesity_ehis", "00", "2019", "education", "isced_0_2", "total", 17.5, "eurostat_ehis"),
    ("daily_smoking_ehis", "00", "2014", "country_of_birth", "foreign", "total", 14.7, "eurostat_ehis"),
    ("depressive_symptoms_ehis", "00", "2019", "age+income", "45-64+quintile_1", "women", 22.8, "eurostat_ehis"),
    ("aerobic_activity_150_ehis", "00", "2019", "education", "isced_5_8", "total", 59.7, "eurostat_ehis_more"),
    ("poor_social_support_ehis", "00", "2019", "age+education", "45-64+isced_0_2", "men", 26.8, "eurostat_ehis_more"),
    ("obesity_ehis", "00", "2019", "income", "quintile_1", "total", 18.6, "eurostat_ehis_more"),
    ("life_expectancy_both_sexes_eurostat", "00", "2017", "education", "isced_5_8", "total", 84.3, "eurostat_health"),
    ("unmet_medical_need_any_reason", "00", "2025", "income", "quintile_1", "total", 7.6, "eurostat_health"),
    ("unmet_medical_need_cost_distance_waiting", "00", "2025", "total", "total", "total", 2.1, "eurostat_health"),
    ("employment_rate_lfs", "00", "2025", "education", "isced_0_2", "women", 49.1, "eurostat_work"),
    ("early_leavers_18_24_lfs", "00", "2025", "country_of_birth", "outside_eu27", "total", 13.3, "eurostat_work"),
    ("poverty_risk_60_silc", "00", "2025", "country_of_birth", "outside_eu27", "total", 31.1, "eurostat_work"),
    ("employment_rate_20_64", "0583", "2024", "total", "total", "total", 81.3, "scb_employment"),
    ("employment_rate_20_64", "0580", "2023", "total", "total", "total", 78.1, "scb_employment"),
    ("employment_rate_20_64", "1480", "2024", "total", "total", "total", 77.7, "scb_employment"),
    ("life_expectancy", "0583", "2021/2025", "sex", "women", "women", 84.5, "scb_life_expectancy"),
    ("life_expectancy", "0580", "2019/2023", "sex", "men", "men", 82.3, "scb_life_expectancy"),
    ("life_expectancy", "2425", "2020/2024", "sex", "women", "women", 81.9, "scb_life_expectancy"),
    ("sickness_days_ohalsotal", "05", "2025", "total", "total", "total", 23.1, "fk_sickness"),
    ("sickness_days_ohalsotal", "00", "2023", "total", "total", "total", 22.2, "fk_sickness"),
    ("sick_leave_16_64", "05", "2024", "total", "total", "total", 10.4, "fk_sickness"),
    ("suicide_25_plus", "05", "2020/2024", "total", "total", "total", 16.6, "kolada_regions"),
    ("treatable_mortality", "00", "2021/2023", "total", "total", "total", 47.6, "kolada_regions"),
    ("avoidable_hospitalisation_chronic", "05", "2024", "total", "total", "total", 493.6, "kolada_regions"),
    ("forgone_dental_care_economic", "05", "2021/2024", "total", "total", "total", 11.3, "fohm_counties"),
    ("self_rated_health_good_fohm", "00", "2021/2024", "total", "total", "total", 71.0, "fohm_counties"),
    ("tobacco_pregnancy_fohm", "05", "2024", "sex", "women", "women", 3.6, "fohm_counties"),
]
# Persons with social assistance (Kolada's counts) and residents (SCB), as numerator, denominator and weight.
COUNTS = [("0583", "2021", 1_583.0), ("0583", "2022", 1_467.0), ("00", "2022", 299_901.0)]
RESIDENTS = [("0583", "2024", 43_505.0), ("0580", "2023", 167_404.0), ("1480", "2024", 608_993.0)]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda each: " ".join(map(str, each[:6])))
def test_a_figure_of_the_release_is_the_publishers(
    release: duckdb.DuckDBPyConnection, figure: tuple[str, str, str, str, str, str, float, str]
) -> None:
    *key, value, source = figure
    found = release.execute(
        "select v.value, v.status, v.source_ids, s.citation from indicator_value v "
        "left join source_table s on s.table_id = v.source_ids where v.indicator_id = ? and v.area_code = ? "
        "and v.period = ? and v.dimension = ? and v.group_code = ? and v.sex = ?",
        key,
    ).fetchall()
    assert len(found) == 1
    assert found[0][0] == pytest.approx(value, abs=1e-9)
    assert found[0][1:3] == ("observed", source)
    assert found[0][3]


@pytest.mark.parametrize(("area", "period", "persons"), COUNTS)
def test_persons_with_social_assistance_are_the_numerator(
    release: duckdb.DuckDBPyConnection, area: str, period: str, persons: float
) -> None:
    found = release.execute(
        "select numerator, denominator, value, ci_lower, ci_upper from indicator_value where indicator_id = "
        "'social_assistance_any' and dimension = 'total' and area_code = ? and period = ?",
        [area, period],
    ).fetchall()
    assert len(found) == 1
    numerator, denominator, value, lower, upper = found[0]
    assert numerator == persons
    assert abs(100 * numerator / denominator - value) <= 0.01
    assert lower < value < upper


@pytest.mark.parametrize(("area", "period", "persons"), RESIDENTS)
def test_residents_of_2023_and_2024_weigh_the_places(
    release: duckdb.DuckDBPyConnection, area: str, period: str, persons: float
) -> None:
    found = release.execute(
        "select weight from indicator_value where indicator_id = 'employment_rate_20_64' and dimension = 'total' "
        "and area_code = ? and period = ?",
        [area, period],
    ).fetchall()
    assert found == [(persons,)]


@pytest.mark.parametrize(("year", "deaths"), [("2019", 88_766), ("2020", 98_124), ("2022", 94_737)])
def test_the_nation_s_deaths_are_those_that_scb_publishes(
    release: duckdb.DuckDBPyConnection, year: str, deaths: int
) -> None:
    """Typed from SCB's statistics of deaths (BE0101), by year: the crude count behind the standardised figure."""
    found = release.execute(
        "select numerator, source_ids from indicator_value where indicator_id = 'standardised_mortality' "
        "and dimension = 'total' and area_code = '00' and period = ?",
        [year],
    ).fetchall()
    assert [numerator for numerator, _ in found] == [deaths]
    assert "scb_nation_deaths" in found[0][1]


def test_a_year_without_residents_by_sex_is_weighed_with_its_last_known(release: duckdb.DuckDBPyConnection) -> None:
    """Women and men of Motala 2022, typed from Kolada's N01951, the last year by sex: the nation's mean is weighted."""
    found = release.execute(
        "select sex, weight, weight_basis from indicator_value where indicator_id = 'life_expectancy' "
        "and area_code = '0583' and period = '2021/2025' order by sex"
    ).fetchall()
    assert found == [("men", 22_211.0, "population_earlier_year"), ("women", 21_517.0, "population_earlier_year")]
    assert release.execute(
        "select distinct comparator_basis from benchmark where indicator_id = 'life_expectancy' and area_code = '0583' "
        "and comparator = 'nation'"
    ).fetchall() == [("weighted_mean",)]


def test_every_new_source_is_seen_after_2022_or_by_social_group(release: duckdb.DuckDBPyConnection) -> None:
    shown = {
        source
        for (sources,) in release.execute(
            "select distinct source_ids from indicator_value where status = 'observed' and (year >= 2023 "
            "or dimension in ('education', 'income', 'country_of_birth'))"
        ).fetchall()
        for source in sources.split(", ")
    }
    assert {source for *_, source in FIGURES} | {"scb_nation_deaths"} <= shown


def test_a_title_of_one_sex_alone_says_so(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        "select indicator_id, title_sv, title_en, any_value(sex) from indicator "
        "join indicator_value using (indicator_id) "
        "where value is not null group by all having count(distinct sex) = 1 and any_value(sex) <> 'total'"
    ).fetchall()
    assert {name for name, *_ in found} >= {"tobacco_pregnancy_week_8_12", "tobacco_pregnancy_fohm"}
    for name, title_sv, title_en, sex in found:
        assert {"women": "kvinnor", "men": "män"}[sex] in title_sv.lower(), name
        assert sex in title_en.lower(), name


def test_health_by_social_group_is_the_nations_alone(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        "select distinct area_code from indicator_value where source_ids like 'eurostat%'"
    ).fetchall()
    assert found == [("00",)]


def test_two_rounds_without_an_interval_are_shown_and_not_assessed(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        "select distinct certain, estimate is not null from inequality where indicator_id = 'obesity_ehis' "
        "and dimension = 'education' and stratum = 'total' and measure = 'd' and sex = 'total'"
    ).fetchall()
    assert found == [("not_assessable", True)]
    assert release.execute(
        "select round(estimate, 6) from inequality where indicator_id = 'obesity_ehis' and dimension = 'education' "
        "and stratum = 'total' and measure = 'd' and sex = 'total' and period = '2019'"
    ).fetchall() == [(6.3,)]


def test_no_gap_is_made_of_the_fifths_of_2014(release: duckdb.DuckDBPyConnection) -> None:
    periods = release.execute(
        "select distinct period from inequality where dimension = 'income' and indicator_id like '%_ehis' order by 1"
    ).fetchall()
    assert periods == [("2019",)]


def test_the_fall_of_unmet_need_is_a_break(release: duckdb.DuckDBPyConnection) -> None:
    found = release.execute(
        "select year, comparable, break_before from indicator_value where indicator_id = "
        "'unmet_medical_need_any_reason' and group_code = 'quintile_1' and year in (2016, 2017) order by year"
    ).fetchall()
    assert found == [(2016, False, False), (2017, True, True)]


def test_a_survey_of_europe_is_no_series_of_kolada(release: duckdb.DuckDBPyConnection) -> None:
    """No indicator rests on a European or Folkhälsomyndigheten's survey and on Kolada, but forgone dental care."""
    found = release.execute(
        "select distinct indicator_id from indicator_value where regexp_matches(source_ids, '^(eurostat|fohm)') "
        "intersect select distinct indicator_id from indicator_value where source_ids = 'kolada_values'"
    ).fetchall()
    assert found == [("forgone_dental_care_economic",)]


def test_the_nations_life_table_is_within_a_few_hundredths_of_scbs(release: duckdb.DuckDBPyConnection) -> None:
    """SCB's own for 2019: 81.34 (men) and 84.73 (women)."""
    found = dict(
        release.execute(
            "select sex, life_expectancy from life_table where area_code = '00' and period = '2019'"
        ).fetchall()
    )
    assert found["men"] == pytest.approx(81.34, abs=0.02)
    assert found["women"] == pytest.approx(84.73, abs=0.02)
    rows = release.execute(
        "select count(*), min(period), max(period), max(ci_upper - ci_lower), min(ci_upper - ci_lower) from life_table "
        "where status = 'ok'"
    ).fetchall()[0]
    assert rows[:3] == (72, "2001", "2024")
    assert 0.05 < rows[4] < rows[3] < 0.4


STANDARD = [1000, 4000, *[5500] * 3, *[6000] * 2, 6500, *[7000] * 4, 6500, 6000, 5500, 5000, 4000, 2500, 1500, 1000]


def test_standardised_mortality_is_the_standards_sum_over_ages(release: duckdb.DuckDBPyConnection) -> None:
    """The European Standard Population 2013 typed from Eurostat's revision, 100,000 in all."""
    assert sum(STANDARD) == 100_000
    rates = [
        rate
        for (rate,) in release.execute(
            "select value from indicator_value where indicator_id = 'mortality_by_age' and dimension = 'age' "
            "and sex = 'men' and period = '2024' order by cast(regexp_extract(group_code, '^[0-9]+') as integer)"
        ).fetchall()
    ]
    expected = sum(w * rate for w, rate in zip(STANDARD, rates, strict=True)) / 100_000
    value, se, lower, upper = release.execute(
        "select value, se, ci_lower, ci_upper from indicator_value where indicator_id = 'standardised_mortality' "
        "and sex = 'men' and period = '2024'"
    ).fetchall()[0]
    assert value == pytest.approx(expected, rel=1e-9)
    assert (lower, upper) == (pytest.approx(value - 1.96 * se, rel=2e-3), pytest.approx(value + 1.96 * se, rel=2e-3))
    young = rates[STANDARD.index(6500) - 1 : STANDARD.index(6500) + 7]
    assert len(young) == 8
    premature = release.execute(
        "select value from indicator_value where indicator_id = 'premature_mortality_25_64_yearly' and sex = 'men' "
        "and period = '2024'"
    ).fetchall()[0][0]
    weights = [6000, 6500, 7000, 7000, 7000, 7000, 6500, 6000]
    wanted = sum(w * rate for w, rate in zip(weights, young, strict=True)) / sum(weights)
    assert math.isclose(premature, wanted, rel_tol=1e-9)


@pytest.mark.parametrize("level", ["regso", "deso"])
def test_nothing_below_the_municipality_is_covered_and_what_exists_is_named(
    release: duckdb.DuckDBPyConnection, level: str
) -> None:
    rows = release.execute("select cells, reason, exists_as from coverage where area_level = ?", [level]).fetchall()
    assert len(rows) == release.execute("select count(*) from indicator").fetchall()[0][0]
    assert {cells for cells, *_ in rows} == {0}
    named = {table for _, reason, table in rows if reason == "not_fetched"}
    assert "SCB AA0003, IntGr5Socio, 2011–2023" in named
    assert ("SCB AM0210, TAB6766, 2013–2024" in named) == (level == "regso")
