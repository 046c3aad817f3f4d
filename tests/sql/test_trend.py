"""Trends: two statements, each against arithmetic that shares nothing with the SQL, and what a movement means."""

import math

import numpy as np
import pytest

from tests.fixtures.follow_up_house import figure, gap, indicator, learned, trends

Z = 1.959963984540054


def series(name: str, values: dict[int, float], **stated: object) -> list[dict]:
    return [figure(name, year, value, **{"se": 0.1, **stated}) for year, value in values.items()]


def slope_and_error(x: np.ndarray, y: np.ndarray, se: np.ndarray, wander: float, step: float) -> tuple[float, float]:
    """Least squares with the whole covariance matrix: noise on its diagonal, and a random walk from the first point."""
    weights = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    covariance = np.diag(se**2 * (1 - wander))
    walked = 0.0
    walk = np.zeros((len(x), len(x)))
    for k in range(1, len(x)):
        walked += (x[k] - x[k - 1]) * (wander * (se[k] ** 2 + se[k - 1] ** 2) + step)
        walk[k, k:] = walk[k:, k] = walked
    return float(weights @ y), float(np.sqrt(weights @ (covariance + walk) @ weights))


# ---- it has changed ----


def test_last_against_first_by_hand() -> None:
    # 10 → 16, errors .3 and .4: 6, se .5
    figures = [figure("x", year, 10.0 + year - 2017, se=0.2) for year in range(2017, 2022)]
    figures[0] = figure("x", 2017, 10.0, se=0.3)
    figures.append(figure("x", 2022, 16.0, se=0.4))
    found = trends([indicator("x")], figures)["x", "value", 5]
    assert (found["first_period"], found["last_period"], found["n_periods"]) == ("2017", "2022", 6)
    assert found["total_change"] == pytest.approx(6)
    assert found["total_change_lower"] == pytest.approx(6 - Z * 0.5)
    assert found["total_change_upper"] == pytest.approx(6 + Z * 0.5)
    assert found["change_p_value"] == pytest.approx(math.erfc(12 / math.sqrt(2)), rel=1e-6)
    assert (found["changed"], found["changed_direction"], found["change_verdict"]) == (
        "rising",
        "improving",
        "improving",
    )
    assert found["change_reason"] is None


def test_two_periods_can_have_changed_and_cannot_keep_moving() -> None:
    figures = [figure("x", 2018, 84.0, se=0.3), figure("x", 2022, 80.0, se=0.4)]
    found = trends([indicator("x")], figures)
    five, ten = found["x", "value", 5], found["x", "value", 10]
    assert (five["changed_direction"], five["movement"], five["reason"]) == (
        "worsening", "not_assessable", "too_few_periods",
    )  # fmt: skip
    assert (ten["changed"], ten["change_reason"]) == ("not_assessable", "too_short_span")


def test_lists_take_what_survives_the_number_of_tests() -> None:
    """One change at p = .03 among forty that are none: certain by its own interval, and no line of any list."""
    names = [f"x{number:02d}" for number in range(40)]
    figures = [figure(name, year, 50.0, se=1.0) for name in names for year in (2018, 2022)]
    figures[1] = figure("x00", 2022, 50.0 + 2.17 * math.sqrt(2), se=1.0)
    figures[3] = figure("x01", 2022, 50.0 + 5.0 * math.sqrt(2), se=1.0)
    found = trends([indicator(name) for name in names], figures)
    weak, strong = found["x00", "value", 5], found["x01", "value", 5]
    assert (weak["changed_direction"], weak["change_verdict"]) == ("improving", "no_certain_change")
    assert weak["change_q_value"] == pytest.approx(weak["change_p_value"] * 40 / 2, rel=1e-9)
    assert strong["change_verdict"] == "improving"
    assert strong["change_q_value"] == pytest.approx(strong["change_p_value"] * 40, rel=1e-9)


def test_the_nations_own_movement_is_chance_in_a_change_of_the_value_but_not_of_the_distance() -> None:
    figures = [figure("x", 2017, 50.0, se=0.3), figure("x", 2022, 53.0, se=0.4)]
    found = trends([indicator("x")], figures, fits=[learned("x", level_step=2.0, spacing_years=1)])["x", "value", 5]
    assert found["total_change_upper"] - 3 == pytest.approx(Z * math.sqrt(0.25 + 2.0))
    nation = [{**row, "area_code": "00", "area_level": "nation"} for row in figures]  # whose error holds it already
    found = trends([indicator("x")], nation, fits=[learned("x", level_step=2.0)])["x", "value", 5]
    assert found["total_change_upper"] - 3 == pytest.approx(Z * 0.5)


# ---- it keeps moving ----


@pytest.mark.parametrize(("wander", "step"), [(0.0, 0.0), (0.4, 0.0), (1.0, 0.0), (0.3, 0.25), (0.0, 0.09)])
def test_a_slopes_error_is_that_of_noise_and_drift(wander: float, step: float) -> None:
    random = np.random.default_rng(5)
    years = np.array([2013.0, 2014, 2016, 2017, 2018, 2020, 2021, 2022])
    y, se = 50 + random.normal(0, 1, 8), random.uniform(0.3, 1.2, 8)
    figures = [figure("x", int(years[k]), float(y[k]), se=float(se[k])) for k in range(8)]
    fits = [learned("x", wander=wander, level_step=step)]
    found = trends([indicator("x")], figures, fits=fits)["x", "value", 10]
    slope, error = slope_and_error(years, y, se, wander, step)
    assert found["change_per_year"] == pytest.approx(slope, rel=1e-9)
    assert found["change_lower"] == pytest.approx(slope - Z * error, rel=1e-9)
    assert found["change_upper"] == pytest.approx(slope + Z * error, rel=1e-9)


@pytest.mark.parametrize(("wander", "highest"), [(0.0, 0.07), (0.5, 0.07), (1.0, 0.07)])
def test_a_level_that_drifts_without_trend_is_seldom_called_lasting(wander: float, highest: float) -> None:
    """A thousand places of eleven years; noise and steps so that one year's movement has variance 2."""
    random = np.random.default_rng(17)
    places, years = 1000, 11
    walked = random.normal(0, math.sqrt(2 * wander), (places, years)).cumsum(axis=1)
    values = 50 + walked + random.normal(0, math.sqrt(1 - wander), (places, years)) if wander < 1 else 50 + walked
    names = [f"x{number}" for number in range(places)]
    figures = [figure(names[p], 2012 + t, float(values[p, t]), se=1.0) for p in range(places) for t in range(years)]
    fits = [learned(name, wander=wander) for name in names]
    found = trends([indicator(name) for name in names], figures, fits=fits)
    called = [found[name, "value", 10]["movement"] in {"rising", "falling"} for name in names]
    assert 0.02 < np.mean(called) <= highest


def test_a_slope_is_the_same_to_the_last_bit_in_whatever_order_the_rows_come() -> None:
    random = np.random.default_rng(7)
    names = [f"x{number}" for number in range(30)]
    figures = [
        figure(name, year, float(random.normal(50, 10)), se=float(random.uniform(0.1, 9)))
        for name in names
        for year in range(2012, 2023)
    ]
    indicators = [indicator(name, family="mean", unit="index") for name in names]
    found = [trends(indicators, random.permutation(np.array(figures, dtype=object)).tolist()) for _ in range(4)]
    assert all(other == found[0] for other in found[1:])


def test_where_nobody_knows_the_drift_no_slope_is_judged() -> None:
    figures = [figure("x", year, float(year), se=0.1) for year in range(2017, 2023)]
    found = trends([indicator("x")], figures, fits=[])["x", "value", 5]
    assert (found["changed"], found["movement"], found["reason"]) == ("rising", "not_assessable", "drift_unknown")
    assert found["change_per_year"] is None


def test_without_errors_nothing_is_certain_however_steady() -> None:
    figures = [figure("x", year, float(year)) for year in range(2012, 2023)]
    found = trends([indicator("x")], figures)["x", "value", 10]
    assert (found["changed"], found["change_reason"]) == ("not_assessable", "no_standard_error")
    assert (found["movement"], found["reason"]) == ("not_assessable", "no_standard_error")
    zero = [{**row, "se": 0.0} for row in figures]
    assert trends([indicator("x")], zero)["x", "value", 10]["change_reason"] == "no_standard_error"


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
    movement = "rising" if values is RISING else "falling"
    assert (found["movement"], found["changed"]) == (movement, movement)
    assert (found["direction"], found["changed_direction"]) == (direction, direction)
    assert found["reason"] == found["change_reason"] == ("changed_sides" if direction == "not_assessable" else None)
    assert found["change_verdict"] == (direction or movement)


def sexes(women: list[float], men: list[float], **stated: object) -> list[dict]:
    """Women's and men's figures of the years to 2022."""
    figures = []
    for sex, values in (("women", women), ("men", men)):
        for k, value in enumerate(values):
            year = 2022 - len(values) + 1 + k
            figures.append(
                figure("x", year, value, **{"se": 0.05, "dimension": "sex", "group_code": sex, "sex": sex, **stated})
            )
    return figures


def test_amounts_in_current_prices_rise_without_getting_better() -> None:
    men = [1e6 + 6e4 * k for k in range(6)]
    women = [9e5 + 5.9e4 * k for k in range(6)]
    known = indicator("x", unit="sek", family="mean")
    figures = series("x", {year: 1000 * value for year, value in RISING.items()}) + sexes(women, men, se=50.0)
    found = trends([known], figures)
    for measure in ("value", "d"):
        told = found["x", measure, 5]
        assert (told["direction"], told["reason"]) == ("not_assessable", "current_prices")
        assert (told["changed_direction"], told["change_reason"]) == ("not_assessable", "current_prices")
    assert (found["x", "r", 5]["direction"], found["x", "r", 5]["reason"]) == ("narrowing", None)


def test_an_absolute_gap_narrows_while_the_relative_one_widens() -> None:
    low = np.array([10.0, 8.1, 6.2, 4.3, 2.4, 0.5])
    high = low + 10 - 0.1 * np.arange(6)  # the difference falls by a tenth a year, the ratio rises from 2 to 20
    found = trends([indicator("x", polarity="lower_is_better")], sexes(list(high), list(low), se=0.01))
    absolute, relative = found["x", "d", 5], found["x", "r", 5]
    assert (absolute["direction"], relative["direction"]) == ("narrowing", "widening")
    assert (absolute["change_unit"], relative["change_unit"]) == ("indicator_unit", "percent")
    assert absolute["change_per_year"] == pytest.approx(-0.1)
    slope = np.polyfit(np.arange(6), np.log(high / low), 1)[0]
    assert relative["change_per_year"] == pytest.approx(100 * (math.exp(slope) - 1))
    assert relative["total_change"] == pytest.approx(100 * (20 / 2 - 1) - 0, rel=0.06)
    assert relative["group_code"] is None


@pytest.mark.parametrize(
    ("gaps", "movement", "direction", "reason"),
    [
        ([-6.0, -5, -4, -3, -2, -1], "rising", "narrowing", None),  # women less than men, and less so now
        ([-1.0, -2, -3, -4, -5, -6], "falling", "widening", None),
        ([6.0, 5, 4, 3, 2, 1], "falling", "narrowing", None),
        ([-3.0, -2, -1, 1, 2, 3], "rising", "not_assessable", "changed_sides"),
        ([3.0, 2.9, 3.1, 3, 2.9, 3], "no_certain_change", "no_certain_change", None),
    ],
)
def test_the_gap_between_women_and_men_keeps_its_sign(
    gaps: list, movement: str, direction: str, reason: str | None
) -> None:
    found = trends([indicator("x")], sexes([50 + each for each in gaps], [50.0] * 6))["x", "d", 5]
    assert (found["movement"], found["direction"], found["reason"]) == (movement, direction, reason)
    assert (found["first_estimate"], found["last_estimate"]) == (gaps[0], gaps[-1])


def test_a_gap_takes_its_own_error_where_one_was_learned() -> None:
    from tests.fixtures.follow_up_house import TREND_MODELS, house, rows, run

    own = [
        {
            "indicator_id": "x",
            "area_code": "0501",
            "period": str(year),
            "sex": "gap",
            "se": 0.9,
            "swing": 1.0,
            "factor": 1.0,
        }
        for year in range(2017, 2023)
    ]
    connection = house(
        mart__indicator=[indicator("x")],
        mart__indicator_value=sexes([52.0, 52, 52, 52, 52, 54], [50.0] * 6),
        mart__inequality=[],
        chance__fit=[learned("x", series="gap")],
        chance__error=own,
    )
    run(connection, *TREND_MODELS)
    (found,) = rows(connection, "from mart.trend where measure = 'd' and trend_years = 5")
    assert found["total_change_upper"] - found["total_change"] == pytest.approx(Z * 0.9 * math.sqrt(2))


def test_the_distance_to_the_nation_has_a_trend_of_its_own() -> None:
    """The place gets better, the nation more so: improving, and falling behind."""
    from tests.fixtures.follow_up_house import TREND_MODELS, house, rows, run

    figures = series("x", RISING, ci_method="year_to_year")
    figures += series("x", {year: 2 * value for year, value in RISING.items()}, area_code="00")
    connection = house(
        mart__indicator=[indicator("x")], mart__indicator_value=figures, mart__inequality=[],
        chance__fit=[learned("x", level_step=4.0)],
    )  # fmt: skip
    run(connection, *TREND_MODELS)
    found = {
        row["measure"]: row for row in rows(connection, "from mart.trend where trend_years = 5 and area_code = '0501'")
    }
    assert (found["value"]["changed_direction"], found["distance"]["changed_direction"]) == ("improving", "worsening")
    assert (found["distance"]["first_estimate"], found["distance"]["last_estimate"]) == (-10, -15)
    # the nation's own wandering makes the value's slope uncertain, and is no part of the distance's
    assert (found["value"]["movement"], found["distance"]["direction"]) == ("no_certain_change", "worsening")


def test_ordered_groups_are_followed_and_the_extremes_of_others_are_not() -> None:
    gaps = [
        gap("x", year, 5.0 + year - 2017, dimension=dimension, n_groups=3, se=0.1, certain="yes")
        for dimension in ("education", "tenure", "municipality")
        for year in (2017, 2022)
    ]
    found = trends([indicator("x")], [figure("x", year, 1.0) for year in (2017, 2022)], gaps)
    assert {row["dimension"] for row in found.values() if row["measure"] == "d"} == {"education"}
    assert found["x", "d", 5]["changed_direction"] == "widening"


def test_a_gap_whose_verdict_is_not_assessable_has_no_error_in_a_trend() -> None:
    gaps = [
        gap("x", year, 5.0 + year - 2018, measure="sii", dimension="deprivation_quintile", se=0.1)
        for year in (2018, 2022)
    ]
    figures = [figure("x", year, 1.0) for year in (2018, 2022)]
    assert trends([indicator("x")], figures, gaps)["x", "sii", 5]["change_reason"] == "no_standard_error"
    known = [{**row, "certain": "yes"} for row in gaps]
    assert trends([indicator("x")], figures, known)["x", "sii", 5]["changed_direction"] == "widening"
