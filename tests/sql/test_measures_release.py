"""The measures of the release: comparisons, polarity, weights, certainty, marks of what is synthetic."""

import duckdb
import numpy as np
import pytest
from scipy import stats

from pipelines.statistics.measures import MODELS
from pipelines.warehouse.contracts import audit
from schemas.measures import CONTRACTS
from tests.fixtures.measures_house import COUNTY, INDICATORS, rows, value


@pytest.mark.parametrize("name", [name for name in CONTRACTS if name.split(".")[1] in
                                  {*MODELS, "figure", "candidate", "comparison", "member", "inequality",
                                  "deprivation_index",
                                   "deprivation_quintile", "deprivation_gradient",
                                   "area_position",
                                   "age_count", "standardised", "life_expectancy"}])  # fmt: skip
def test_every_table_keeps_its_contract(country: duckdb.DuckDBPyConnection, name: str) -> None:
    verdict = audit(country, CONTRACTS[name])
    assert verdict.passed, verdict.sentence
    if name != "measure.life_expectancy":  # nobody publishes deaths by age in this house
        assert verdict.rows > 0


def test_women_against_men(country: duckdb.DuckDBPyConnection) -> None:
    found = rows(country, "dimension = 'sex' and stratum = 'total'")
    women, men = (value(country, "good_health", "00", "sex", sex, sex) for sex in ("women", "men"))
    assert found["good_health", "00", "2022", "total", "d"]["estimate"] == pytest.approx(abs(women - men))
    assert {row["measure"] for row in found.values()} == {"d", "r"}


def test_sex_within_education_and_education_within_sex(country: duckdb.DuckDBPyConnection) -> None:
    found = rows(country, "dimension = 'sex' and stratum = 'education=primary'")
    women, men = (value(country, "good_health", "00", "education", "primary", sex) for sex in ("women", "men"))
    assert found["good_health", "00", "2022", "total", "d"]["estimate"] == pytest.approx(abs(women - men))
    found = rows(country, "dimension = 'education' and stratum = 'total'")
    low, high = (value(country, "good_health", "00", "education", code, "women") for code in ("primary", "tertiary"))
    assert found["good_health", "00", "2022", "women", "d"]["estimate"] == pytest.approx(high - low)


def test_a_cross_gives_each_dimension_within_each_stratum_of_the_other(
    country: duckdb.DuckDBPyConnection,
) -> None:
    def cell(born: str, school: str) -> float:
        return value(country, "good_health", "00", "country_of_birth+education", f"{born}+{school}", "total")

    education = rows(country, "dimension = 'education' and stratum = 'country_of_birth=foreign'")
    assert education["good_health", "00", "2022", "total", "d"]["estimate"] == pytest.approx(
        cell("foreign", "tertiary") - cell("foreign", "primary")
    )
    born = rows(country, "dimension = 'country_of_birth' and stratum = 'education=primary'")
    # better is more, so the reference (born in Sweden) less the other
    assert born["good_health", "00", "2022", "total", "d"]["estimate"] == pytest.approx(
        cell("native", "primary") - cell("foreign", "primary")
    )
    # worse is more: the other less the reference
    assert born["deaths", "00", "2022", "total", "d"]["estimate"] == pytest.approx(
        value(country, "deaths", "00", "country_of_birth+education", "foreign+primary", "total")
        - value(country, "deaths", "00", "country_of_birth+education", "native+primary", "total")
    )


def test_municipalities_as_units(country: duckdb.DuckDBPyConnection) -> None:
    found = rows(country, "dimension = 'municipality' and area_code = '05'")
    values = [
        number
        for (number,) in country.execute(
            "select value from mart.indicator_value where indicator_id = 'good_health' and period = '2022' and"
            " value is not null"
            " and dimension = 'total' and area_level = 'municipality'"
        ).fetchall()
    ]
    row = found["good_health", COUNTY, "2022", "total", "d"]
    assert row["estimate"] == pytest.approx(max(values) - min(values))
    assert row["n_groups"] == len(values)
    assert row["certain"] == "not_assessable"  # the municipalities' figures come without errors
    assert {key[3] for key in found} == {"total", "women", "men"}


def test_a_split_of_one_published_group_is_no_comparison(country: duckdb.DuckDBPyConnection) -> None:
    sizes = country.execute(
        "select count(*) from measure.candidate group by indicator_id, area_code, period, dimension, stratum, sex"
    ).fetchall()
    assert (1,) in sizes
    assert country.execute("select min(n_all) from measure.group_state").fetchall()[0][0] == 2


def test_counts_are_not_compared(country: duckdb.DuckDBPyConnection) -> None:
    assert (
        country.execute("select count(*) from mart.inequality where indicator_id = 'population'").fetchall()[0][0] == 0
    )


def test_without_polarity_nothing_is_called_worse(country: duckdb.DuckDBPyConnection) -> None:
    found = rows(country, "indicator_id = 'age_mean'")
    assert {row["worse_when"] for row in found.values()} == {None}
    assert not {"par", "paf", "mdbu", "mdbw"} & {row["measure"] for row in found.values()}


def test_a_target_is_measured_by_the_distance_from_it(country: duckdb.DuckDBPyConnection) -> None:
    found = rows(country, "indicator_id = 'council' and dimension = 'sex' and stratum = 'total'")
    women, men = (abs(value(country, "council", "00", "sex", sex, sex) - 50) for sex in ("women", "men"))
    row = found["council", "00", "2022", "total", "d"]
    assert row["estimate"] == pytest.approx(abs(women - men))
    assert row["worse_when"] == "above_zero"


@pytest.mark.parametrize(("measure", "good", "bad"), [
    ("d", "above_zero", "above_zero"), ("r", "above_one", "above_one"), ("sii", "above_zero", "below_zero"),
    ("rii", "above_one", "below_one"), ("rii_linear", "above_one", "below_one"), ("aci", "above_zero", "below_zero"),
    ("paf", "above_zero", "below_zero"), ("theil", "above_zero", "above_zero"),
])  # fmt: skip
def test_which_direction_is_worse(country: duckdb.DuckDBPyConnection, measure: str, good: str, bad: str) -> None:
    found = rows(country, f"dimension = 'education' and measure = '{measure}'")
    assert {row["worse_when"] for key, row in found.items() if key[0] == "good_health"} == {good}
    assert {row["worse_when"] for key, row in found.items() if key[0] == "deaths"} == {bad}


def _q_says(country: duckdb.DuckDBPyConnection, indicator: str, period: str, sex: str) -> str | None:
    """Cochran's Q over the nation's groups of education; none where a figure has no standard error, or Q is near."""
    figures = country.execute(
        "select value, se from mart.indicator_value where indicator_id = ? and area_code = '00' and period = ?"
        " and dimension = 'education' and sex = ? and value is not null",
        [indicator, period, sex],
    ).fetchall()
    if any(se is None for _, se in figures):
        return None
    y, s = np.array(figures).T
    q = ((y - (y / s**2).sum() / (1 / s**2).sum()) ** 2 / s**2).sum()
    critical = stats.chi2.ppf(0.95, len(y) - 1)
    return None if abs(q / critical - 1) < 0.01 else "yes" if q > critical else "no"


def test_certain_takes_the_interval_and_for_slopes_the_figures_own_errors_too(
    country: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(country, "area_code = '00' and dimension = 'education' and stratum = 'total'")
    judged = set()
    for (indicator, _, period, sex, measure), row in found.items():
        if row["status"] != "ok" or INDICATORS[indicator][2] == "target":
            continue
        null = 1 if measure in ("r", "rii") else 0
        if measure in ("d", "r"):
            wanted = "no" if row["ci_lower"] <= null <= row["ci_upper"] else "yes"
        elif measure in ("sii", "aci", "rii") and (spread := _q_says(country, indicator, period, sex)) is not None:
            wanted = "yes" if spread == "yes" and not row["ci_lower"] <= null <= row["ci_upper"] else "no"
        else:
            continue
        assert row["certain"] == wanted, row
        judged.add((measure, wanted))
    assert {("d", "yes"), ("sii", "yes"), ("sii", "no")} <= judged


def test_a_slope_through_figures_without_errors_is_not_assessable(country: duckdb.DuckDBPyConnection) -> None:
    slopes = country.execute(
        "select distinct certain from mart.inequality where dimension = 'deprivation_quintile' and measure = 'sii'"
        " and indicator_id = 'good_health' and estimate is not null"
    ).fetchall()
    assert slopes == [("not_assessable",)]


def test_spread_is_judged_by_cochrans_q(country: duckdb.DuckDBPyConnection) -> None:
    found = rows(
        country,
        "area_code = '00' and dimension = 'region_of_birth' and measure in ('theil', 'd', 'mdmw', 'bgv')",
    )
    checked = 0
    for (indicator, *_), row in found.items():
        if INDICATORS[indicator][2] == "target":
            continue
        figures = country.execute(
            "select value, se from mart.indicator_value where indicator_id = ? and area_code = '00' and period = ?"
            " and dimension = 'region_of_birth'",
            [indicator, row["period"]],
        ).fetchall()
        y, s = np.array(figures).T
        q = ((y - (y / s**2).sum() / (1 / s**2).sum()) ** 2 / s**2).sum()
        critical = stats.chi2.ppf(0.95, 2)
        if abs(q / critical - 1) > 0.01:
            checked += 1
            assert row["certain"] == ("yes" if q > critical else "no")
    assert checked > 20


def test_synthetic_numbers_stay_marked(country: duckdb.DuckDBPyConnection) -> None:
    marks = dict(
        country.execute("select indicator_id, list(distinct provenance) from mart.inequality group by all").fetchall()
    )
    assert marks["income"] == ["synthetic"]
    assert marks["good_health"] == ["computed"]
