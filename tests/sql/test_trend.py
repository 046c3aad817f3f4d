"""Trends: each method against arithmetic by hand and against scipy or statsmodels, and every guard that blocks one."""

import math

import numpy as np
import pytest
import statsmodels.api as sm
from scipy import stats

from tests.fixtures.follow_up_house import TREND_MODELS, figure, gap, house, indicator, rows, run, trends


def series(name: str, values: dict[int, float], **stated: object) -> list[dict]:
    return [figure(name, year, value, **stated) for year, value in values.items()]


# ---- the exact distribution of Kendall's S ----


def test_kendalls_distribution_is_scipys_and_the_printed_tables() -> None:
    connection = house()
    run(connection, "measure.kendall_null")
    found = {(row["n"], row["s"]): row["p_value"] for row in rows(connection, "from measure.kendall_null")}
    assert found[4, 6] == pytest.approx(2 / 24)  # of 24 orders only the rising and the falling one
    assert found[5, 8] == pytest.approx(2 * 5 / 120)  # ten of 120 have at most one pair out of order at either end
    # Hollander & Wolfe, table A.30: least S with P(S >= s) <= 0.025
    critical = {n: min(s for (m, s), p in found.items() if m == n and p <= 0.05) for n in range(5, 12)}
    assert critical == {5: 10, 6: 13, 7: 15, 8: 18, 9: 20, 10: 23, 11: 27}
    random = np.random.default_rng(1)
    for n in range(5, 12):
        y = random.permutation(n)
        s = sum(np.sign(y[j] - y[i]) for i in range(n) for j in range(i + 1, n))
        p = stats.kendalltau(np.arange(n), y, method="exact").pvalue
        assert found[n, abs(s)] == pytest.approx(p, rel=1e-12)


# ---- values without standard errors ----


def test_mann_kendall_and_sens_slope_by_hand() -> None:
    # 2017…2022: 10, 12, 11, 13, 15, 16. 15 pairs, one falls (12 → 11): S = 14 - 1 = 13, p = 12/720.
    # With k = 13 the interval is the (15 - 13) / 2 + 1 = 2nd slope from either end, the middle one the 8th of 15.
    values = {2017: 10.0, 2018: 12.0, 2019: 11.0, 2020: 13.0, 2021: 15.0, 2022: 16.0}
    slopes = sorted((values[b] - values[a]) / (b - a) for a in values for b in values if b > a)
    found = trends([indicator("x")], series("x", values))["x", "value", 5]
    assert found["method"] == "mann_kendall_sen"
    assert found["n_periods"] == 6
    assert (found["first_period"], found["last_period"]) == ("2017", "2022")
    assert (found["first_estimate"], found["last_estimate"]) == (10, 16)
    assert found["p_value"] == pytest.approx(12 / 720)
    assert found["change_per_year"] == pytest.approx(slopes[7])
    assert found["change_lower"] == pytest.approx(slopes[1])
    assert found["change_upper"] == pytest.approx(slopes[13])
    assert found["change_per_year"] == pytest.approx(stats.theilslopes(list(values.values()), list(values)).slope)
    assert (found["movement"], found["direction"], found["reason"]) == ("rising", "improving", None)


@pytest.mark.parametrize("seed", range(6))
def test_the_interval_leaves_out_no_change_just_where_the_test_does(seed: int) -> None:
    random = np.random.default_rng(seed)
    figures, names = [], [f"x{number}" for number in range(40)]
    for number, name in enumerate(names):
        years = range(2022 - 4 - number % 7, 2023)
        figures += series(name, {y: round(float(random.normal() + 0.3 * (y - 2022)), 1) for y in years})
    found = trends([indicator(name, family="mean", unit="index") for name in names], figures)
    spoken = [row for row in found.values() if row["method"] == "mann_kendall_sen"]
    assert len(spoken) > 40
    assert {row["movement"] for row in spoken} > {"no_certain_change"}
    for row in spoken:
        assert (row["p_value"] <= 0.05) == (row["movement"] in {"rising", "falling"})
        assert row["change_lower"] <= row["change_per_year"] <= row["change_upper"]


def test_a_slope_is_the_same_to_the_last_bit_in_whatever_order_the_rows_come() -> None:
    """Sums of floating-point numbers are not; a whole run gave other last digits every time."""
    random = np.random.default_rng(7)
    names = [f"x{number}" for number in range(30)]
    figures = [
        figure(name, year, float(random.normal(50, 10)), se=float(random.uniform(0.1, 9)))
        for name in names
        for year in range(2012, 2023)
    ]
    indicators = [indicator(name, family="mean", unit="index") for name in names]
    found = [trends(indicators, random.permutation(np.array(figures, dtype=object)).tolist()) for _ in range(4)]
    assert {row["method"] for row in found[0].values()} == {"weighted_regression"}
    assert all(other == found[0] for other in found[1:])


def test_ties_count_against_a_trend() -> None:
    # 5 points, nine pairs rise and one is tied: S = 9 - 1 = 8, p = 10/120, although nothing falls
    found = trends([indicator("x")], series("x", {2018: 1, 2019: 2, 2020: 3, 2021: 4, 2022: 4}))["x", "value", 5]
    assert found["p_value"] == pytest.approx(10 / 120)
    assert found["movement"] == "no_certain_change"
    assert found["change_lower"] == 0


def test_what_floating_point_calls_different_is_a_tie() -> None:
    values = {2018: 0.3, 2019: 0.1 + 0.2, 2020: 0.3, 2021: 0.1 + 0.2, 2022: 0.3}
    found = trends([indicator("x")], series("x", values))["x", "value", 5]
    assert (found["p_value"], found["change_per_year"], found["movement"]) == (1, 0, "no_certain_change")


def test_four_points_without_errors_can_never_be_certain() -> None:
    found = trends([indicator("x")], series("x", {2019: 1, 2020: 2, 2021: 3, 2022: 4}))["x", "value", 5]
    assert (found["method"], found["movement"], found["reason"]) == ("none", "not_assessable", "too_few_periods")
    assert found["change_per_year"] is None


# ---- values with standard errors ----


def test_a_weighted_line_is_statsmodels_with_the_errors_known() -> None:
    y, se = [50.0, 52.5, 51.0, 54.2, 55.0, 55.4], [1.0, 2.0, 1.5, 1.0, 0.8, 1.2]
    figures = [figure("x", 2017 + k, y[k], se=se[k]) for k in range(6)]
    found = trends([indicator("x")], figures)["x", "value", 5]
    fit = sm.WLS(y, sm.add_constant(np.arange(6.0)), weights=1 / np.square(se)).fit(cov_type="fixed scale")
    assert fit.mse_resid < 1  # the points scatter less than their errors allow: nothing to widen
    half = stats.norm.ppf(0.975) * fit.bse[1]
    assert found["method"] == "weighted_regression"
    assert found["change_per_year"] == pytest.approx(fit.params[1], rel=1e-10)
    assert found["change_lower"] == pytest.approx(fit.params[1] - half, rel=1e-10)
    assert found["change_upper"] == pytest.approx(fit.params[1] + half, rel=1e-10)
    assert found["p_value"] is None


def test_scatter_beyond_chance_widens_the_interval_by_birges_ratio() -> None:
    y, se = [50.0, 58.0, 49.0, 60.0, 53.0, 62.0], [1.0] * 6
    figures = [figure("x", 2017 + k, y[k], se=se[k]) for k in range(6)]
    found = trends([indicator("x")], figures)["x", "value", 5]
    fit = sm.WLS(y, sm.add_constant(np.arange(6.0)), weights=np.ones(6)).fit(cov_type="fixed scale")
    ratio = math.sqrt(fit.ssr / 4)  # Q on 6 - 2 degrees of freedom, here well above one
    assert ratio > 3
    half = stats.norm.ppf(0.975) * fit.bse[1] * ratio
    assert found["change_upper"] - found["change_per_year"] == pytest.approx(half, rel=1e-10)
    assert found["movement"] == "no_certain_change"


def test_two_elections_with_errors_are_a_difference() -> None:
    # 84 → 80 in four years, errors .3 and .4: -1 a year, se .5/4 = .125
    figures = [figure("x", 2018, 84.0, se=0.3), figure("x", 2022, 80.0, se=0.4)]
    found = trends([indicator("x")], figures)
    five, ten = found["x", "value", 5], found["x", "value", 10]
    assert five["method"] == "difference_of_two"
    assert five["change_per_year"] == pytest.approx(-1)
    assert five["change_upper"] == pytest.approx(-1 + 1.959963984540054 * 0.125)
    assert five["direction"] == "worsening"
    assert (ten["direction"], ten["reason"]) == ("not_assessable", "too_short_span")


def test_an_error_of_nothing_is_no_error() -> None:
    figures = [figure("x", 2018, 0.0, se=0.0), figure("x", 2022, 5.0, se=0.4)]
    assert trends([indicator("x")], figures)["x", "value", 5]["reason"] == "too_few_periods"


# ---- what a movement means ----

RISING = {2017: 10.0, 2018: 11.0, 2019: 12.0, 2020: 13.0, 2021: 14.0, 2022: 15.0}
FALLING = {year: 25.0 - value for year, value in RISING.items()}


@pytest.mark.parametrize(
    ("polarity", "target", "values", "direction"),
    [
        ("higher_is_better", None, RISING, "improving"),
        ("higher_is_better", None, FALLING, "worsening"),
        ("lower_is_better", None, RISING, "worsening"),
        ("lower_is_better", None, FALLING, "improving"),
        ("none", None, RISING, None),
        ("target", 50.0, RISING, "improving"),
        ("target", 50.0, FALLING, "worsening"),
        ("target", 5.0, RISING, "worsening"),
        ("target", 5.0, FALLING, "improving"),
        ("target", 12.5, RISING, "not_assessable"),  # it passed the target on the way
    ],
)
def test_direction_follows_polarity(polarity: str, target: float | None, values: dict, direction: str | None) -> None:
    found = trends([indicator("x", polarity=polarity, target_value=target)], series("x", values))["x", "value", 5]
    assert found["movement"] == ("rising" if values is RISING else "falling")
    assert found["direction"] == direction
    assert found["reason"] == ("changed_sides" if direction == "not_assessable" else None)


def test_amounts_in_current_prices_rise_without_getting_better() -> None:
    gaps = [gap("x", 2017 + k, 1000.0 + 50 * k) for k in range(6)]
    gaps += [gap("x", 2017 + k, 1.5 - 0.02 * k, measure="r") for k in range(6)]
    known = indicator("x", unit="sek", family="mean")
    found = trends([known], series("x", {year: 1000 * value for year, value in RISING.items()}), gaps)
    for measure in ("value", "d"):
        told = found["x", measure, 5]
        assert (told["movement"], told["direction"], told["reason"]) == ("rising", "not_assessable", "current_prices")
        assert told["change_per_year"] > 0
    assert (found["x", "r", 5]["direction"], found["x", "r", 5]["reason"]) == ("narrowing", None)


def test_an_absolute_gap_narrows_while_the_relative_one_widens() -> None:
    low = np.array([10.0, 8.1, 6.2, 4.3, 2.4, 0.5])
    high = low + 10 - 0.1 * np.arange(6)  # the difference falls by a tenth a year, the ratio rises from 2 to 20
    gaps = [gap("x", 2017 + k, float(high[k] - low[k])) for k in range(6)]
    gaps += [gap("x", 2017 + k, float(high[k] / low[k]), measure="r") for k in range(6)]
    figures = [figure("x", 2017 + k, float(high[k])) for k in range(6)]
    found = trends([indicator("x", polarity="lower_is_better")], figures, gaps)
    absolute, relative = found["x", "d", 5], found["x", "r", 5]
    assert (absolute["direction"], relative["direction"]) == ("narrowing", "widening")
    assert (absolute["change_unit"], relative["change_unit"]) == ("indicator_unit", "percent")
    assert absolute["change_per_year"] == pytest.approx(-0.1)
    slope = stats.theilslopes(np.log(high / low), np.arange(6)).slope
    assert relative["change_per_year"] == pytest.approx(100 * (math.exp(slope) - 1))
    assert relative["group_code"] is None


@pytest.mark.parametrize(
    ("estimates", "movement", "direction", "reason"),
    [
        ([-6.0, -5, -4, -3, -2, -1], "rising", "narrowing", None),  # the disadvantaged were ahead, and less so now
        ([-1.0, -2, -3, -4, -5, -6], "falling", "widening", None),
        ([-3.0, -2, -1, 1, 2, 3], "rising", "not_assessable", "changed_sides"),
        ([3.0, 1, 2, 3, 1, 2], "no_certain_change", "no_certain_change", None),
    ],
)
def test_a_gap_narrows_towards_nothing_from_either_side(
    estimates: list, movement: str, direction: str, reason: str | None
) -> None:
    gaps = [gap("x", 2017 + k, each) for k, each in enumerate(estimates)]
    found = trends([indicator("x")], [figure("x", 2017 + k, 1.0) for k in range(6)], gaps)["x", "d", 5]
    assert (found["movement"], found["direction"], found["reason"]) == (movement, direction, reason)


def test_a_relative_gaps_errors_are_those_of_the_logarithm() -> None:
    gaps = [
        gap("x", 2018, 1.2, measure="r", se=0.01, se_scale="log", certain="yes"),
        gap("x", 2022, 1.5, measure="r", se=0.02, se_scale="log", certain="yes"),
    ]
    found = trends([indicator("x")], [figure("x", year, 1.0) for year in (2018, 2022)], gaps)["x", "r", 5]
    slope, se = math.log(1.5 / 1.2) / 4, math.sqrt(0.01**2 + 0.02**2) / 4
    assert found["change_per_year"] == pytest.approx(100 * (math.exp(slope) - 1))
    assert found["change_lower"] == pytest.approx(100 * (math.exp(slope - 1.959963984540054 * se) - 1))
    assert found["direction"] == "widening"


def test_a_slopes_own_error_is_not_used_where_the_figures_have_none() -> None:
    gaps = [
        gap("x", year, 5.0 + year - 2018, measure="sii", dimension="deprivation_quintile", se=0.1)
        for year in (2018, 2022)
    ]
    found = trends([indicator("x")], [figure("x", year, 1.0) for year in (2018, 2022)], gaps)["x", "sii", 5]
    assert found["reason"] == "too_few_periods"
    known = [{**row, "certain": "yes"} for row in gaps]
    found = trends([indicator("x")], [figure("x", year, 1.0) for year in (2018, 2022)], known)["x", "sii", 5]
    assert found["direction"] == "widening"


def test_the_ends_of_many_municipalities_are_not_followed() -> None:
    gaps = [gap("x", 2017 + k, 10.0 + k, dimension="municipality", n_groups=290) for k in range(6)]
    found = trends([indicator("x")], [figure("x", 2017 + k, 1.0) for k in range(6)], gaps)
    assert ("x", "d", 5) not in found


# ---- what may not be joined ----


def test_a_break_blocks_the_trend_across_it() -> None:
    figures = [figure("x", year, 10.0 + year - 2013, comparable=year >= 2019) for year in range(2012, 2023)]
    found = trends([indicator("x")], figures)
    for years in (5, 10):
        assert (found["x", "value", years]["movement"], found["x", "value", years]["reason"]) == (
            "not_assessable",
            "break_in_series",
        )
    later = [{**row, "comparable": row["year"] >= 2017} for row in figures]
    found = trends([indicator("x")], later)["x", "value", 10]
    assert (found["n_periods"], found["first_period"], found["movement"]) == (6, "2017", "rising")


def test_overlapping_periods_count_once() -> None:
    figures = [figure("x", f"{year - 3}/{year}", 10.0 + year - 2012) for year in range(2012, 2023)]
    found = trends([indicator("x", window_years=4)], figures)["x", "value", 10]
    assert found["n_periods"] == 3  # 2019/2022, 2015/2018, 2011/2014
    assert (found["first_period"], found["last_period"]) == ("2011/2014", "2019/2022")
    assert found["reason"] == "overlapping_periods"
    measured = [{**row, "se": 0.5} for row in figures]
    found = trends([indicator("x", window_years=4)], measured)["x", "value", 10]
    # on three points, four years apart: (18 - 10) / 8 a year and not the eleven overlapping ones' certainty
    assert (found["n_periods"], found["method"]) == (3, "weighted_regression")
    assert found["change_per_year"] == pytest.approx(1)
    assert found["change_upper"] - 1 == pytest.approx(1.959963984540054 * 0.5 / math.sqrt(32))


def test_uneven_periods_are_taken_from_the_end_without_overlap() -> None:
    # Folkhälsomyndigheten's own windows, which overlap and skip
    periods = ["2013/2016", "2015/2018", "2017/2020", "2018/2021", "2019/2022", "2021/2024"]
    figures = [figure("x", period, 10.0 + number, se=1.0) for number, period in enumerate(periods)]
    connection = house(mart__indicator=[indicator("x")], mart__indicator_value=figures, mart__inequality=[])
    run(connection, *TREND_MODELS)
    kept = [row["period"] for row in rows(connection, "from measure.trend_point order by year desc")]
    assert kept == ["2021/2024", "2017/2020", "2013/2016"]


def test_a_figure_from_another_survey_is_not_joined_to_the_rest() -> None:
    # Liv och hälsa asked in 2017 and 2022 only, Hälsa på lika villkor in the years between
    other = {2017, 2022}
    figures = [
        figure("x", year, 10.0 + year, reliability="other_survey" if year in other else None)
        for year in range(2017, 2023)
    ]
    found = trends([indicator("x")], figures)["x", "value", 5]
    assert (found["n_periods"], found["last_period"], found["reason"]) == (2, "2022", "other_survey")


def test_a_gap_between_other_groups_is_another_gap() -> None:
    gaps = [gap("x", 2017 + k, 5.0 + k, dimension="tenure", n_groups=3 if k < 3 else 4) for k in range(6)]
    found = trends([indicator("x")], [figure("x", 2017 + k, 1.0) for k in range(6)], gaps)["x", "d", 5]
    assert (found["n_periods"], found["reason"]) == (3, "groups_changed")


def test_synthetic_and_coarsely_rounded_figures_and_ordinal_answers_take_no_part() -> None:
    figures = series("made_up", RISING, provenance="synthetic") + series("rough", RISING, reliability="coarse_rounding")
    figures += series("ordinal", RISING) + series("real", RISING)
    known = [indicator(name) for name in ("made_up", "rough", "real")] + [indicator("ordinal", family="ordinal")]
    gaps = [gap("real", 2017 + k, 1.0 + k, provenance="synthetic") for k in range(6)]
    found = trends(known, figures, gaps)
    assert set(found) == {("real", "value", 5), ("real", "value", 10)}


def test_synthetic_years_do_not_move_the_span() -> None:
    figures = [*series("x", RISING), figure("x", 2023, 99.0, provenance="synthetic")]
    found = trends([indicator("x")], figures)["x", "value", 5]
    assert (found["n_periods"], found["last_period"]) == (6, "2022")


def test_of_a_figure_a_month_one_a_year_counts() -> None:
    figures = [
        figure("x", f"{year}-{month:02d}", 10.0 + year - 2017 + month, period_start=f"{year}-{month:02d}-01")
        for year in range(2017, 2023)
        for month in (3, 9)
    ]
    found = trends([indicator("x")], figures)["x", "value", 5]
    assert (found["n_periods"], found["first_period"], found["last_period"]) == (6, "2017-09", "2022-09")


def test_a_place_that_fell_silent_is_followed_within_its_indicators_years() -> None:
    figures = series("x", RISING, area_code="0502") + series("x", {2010: 1.0, 2011: 2.0, 2012: 3.0})
    connection = house(mart__indicator=[indicator("x")], mart__indicator_value=figures, mart__inequality=[])
    run(connection, *TREND_MODELS)
    found = {(row["area_code"], row["trend_years"]): row for row in rows(connection, "from mart.trend")}
    assert found["0501", 10]["n_periods"] == 1  # 2012 is the first of the ten years, by the indicator's clock
    assert found["0501", 5]["n_periods"] == 0
    assert found["0501", 5]["reason"] == "too_few_periods"
    assert found["0502", 5]["movement"] == "rising"
