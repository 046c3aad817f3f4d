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


def _have_errors(country: duckdb.DuckDBPyConnection, indicator: str, period: str, sex: str) -> bool:
    """Whether every one of the nation's groups of education has a standard error."""
    return country.execute(
        "select count(*) = count(se) from mart.indicator_value where indicator_id = ? and area_code = '00'"
        " and period = ? and dimension = 'education' and sex = ? and value is not null",
        [indicator, period, sex],
    ).fetchall()[0][0]


def test_certain_takes_the_interval_and_for_slopes_the_figures_own_errors_too(
    country: duckdb.DuckDBPyConnection,
) -> None:
    found = rows(country, "area_code = '00' and dimension = 'education' and stratum = 'total'")
    judged = set()
    for (indicator, _, period, sex, measure), row in found.items():
        if row["status"] != "ok" or row["provenance"] == "synthetic" or INDICATORS[indicator][2] == "target":
            continue
        null = 1 if measure in ("r", "rii") else 0
        slope = measure in ("sii", "aci", "rii") and _have_errors(country, indicator, period, sex)
        if measure not in ("d", "r") and not slope:
            continue
        wanted = "no" if row["ci_lower"] <= null <= row["ci_upper"] else "yes"
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
        if row["provenance"] == "synthetic" or INDICATORS[indicator][2] == "target":
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


def test_a_gap_between_women_and_men_has_its_own_error_where_one_is_learned(country: duckdb.DuckDBPyConnection) -> None:
    found = rows(country, "dimension = 'sex' and stratum = 'total' and area_code = '00'")
    own = 0
    for (indicator, area, period, _, measure), row in found.items():
        if INDICATORS[indicator][2] == "target" or measure not in ("d", "r"):
            continue
        (women, s_women), (men, s_men) = country.execute(
            "select value, se from mart.indicator_value where indicator_id = ? and area_code = ? and period = ?"
            " and dimension = 'sex' order by sex desc",
            [indicator, area, period],
        ).fetchall()
        gap = country.execute(
            "select se from chance.error where sex = 'gap' and indicator_id = ? and area_code = ? and period = ?",
            [indicator, area, period],
        ).fetchall()
        if not gap or row["provenance"] == "synthetic":  # made-up figures have no movements
            assert row["ci_method"] in ("normal", "log normal, delta")
            wanted = np.hypot(s_women, s_men) if measure == "d" else np.hypot(s_women / women, s_men / men)
        else:
            own += 1
            assert row["ci_method"].endswith("gap's own error")
            wanted = gap[0][0]
            if measure == "r":  # the delta method with the covariance that the three errors tell of
                together = min((s_women**2 + s_men**2 - wanted**2) / 2, 0.9 * s_women * s_men)
                covariance = np.array([[s_women**2, together], [together, s_men**2]])
                gradient = np.array([1 / women, -1 / men])
                wanted = np.sqrt(gradient @ covariance @ gradient)
        assert row["se"] == pytest.approx(wanted, rel=1e-9), row
    assert own >= 4


def test_of_a_distance_from_a_target_only_differences_are_made(country: duckdb.DuckDBPyConnection) -> None:
    found = rows(country, "indicator_id = 'council' and dimension in ('sex', 'education', 'municipality')")
    relative = {"r", "rii", "rii_linear", "rci", "cov", "idisu", "idisw", "theil", "mld", "paf"}
    seen = set()
    for (*_, measure), row in found.items():
        if measure in relative:
            seen.add(measure)
            assert (row["status"], row["estimate"], row["ci_lower"], row["ci_method"]) == (
                "refused",
                None,
                None,
                "none",
            )
            assert row["reason"] is not None
            assert row["certain"] == "not_assessable"
    assert seen == relative
    nation = [row for (_, area, *_, measure), row in found.items() if measure == "sii_linear" and area == "00"]
    assert {row["status"] for row in nation} == {"ok"}
    assert {row["certain"] for row in nation} <= {"yes", "no"}


def test_a_target_between_women_and_men_is_another_gap(country: duckdb.DuckDBPyConnection) -> None:
    methods = country.execute(
        """
        select min(value) < 50 and max(value) > 50, any_value(q.ci_method)
        from mart.inequality q
        join mart.indicator_value v using (indicator_id, area_code, period)
        where q.indicator_id = 'council' and q.dimension = 'sex' and q.stratum = 'total' and q.measure = 'd'
            and v.dimension = 'sex' and q.area_code in ('00', '05')
        group by q.area_code, q.period
        """
    ).fetchall()
    assert methods
    for between, method in methods:
        assert method == ("normal" if between else "normal, gap's own error")


def test_an_interval_holds_its_estimate_and_no_error_is_zero(country: duckdb.DuckDBPyConnection) -> None:
    faults = country.execute(
        "select count(*) from mart.inequality where se <= 0 or estimate < ci_lower - 1e-9 * abs(estimate)"
        " or estimate > ci_upper + 1e-9 * abs(estimate)"
    ).fetchall()
    assert faults == [(0,)]


def test_fifths_of_deprivation_count_that_neighbours_go_together(country: duckdb.DuckDBPyConnection) -> None:
    """deaths has a correlation of 0.1 in this house: the joint variance is the matrix's, written out."""
    (row,) = country.execute(
        "select quintile, se, index_year from measure.deprivation_gradient where indicator_id = 'deaths'"
        " and area_code = '05' and period = '2022' and sex = 'total' and se is not null order by quintile limit 1"
    ).fetchall()
    members = country.execute(
        "select v.weight, v.se from mart.indicator_value v join measure.deprivation_quintile q"
        " on q.area_code = v.area_code and q.unit_area = '05' and q.index_year = ? and q.quintile = ?"
        " where v.indicator_id = 'deaths' and v.period = '2022' and v.dimension = 'total' and v.value is not null",
        [row[2], row[0]],
    ).fetchall()
    weight, error = np.array(members).T
    together = np.full((len(error), len(error)), 0.1) + 0.9 * np.eye(len(error))
    share = weight / weight.sum()
    wanted = np.sqrt((share * error) @ together @ (share * error))
    assert row[1] == pytest.approx(wanted, rel=1e-9)
