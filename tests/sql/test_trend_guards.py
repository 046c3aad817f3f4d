"""What a trend may not join: breaks, overlapping periods, other surveys, other groups, months, made-up figures."""

import math

import pytest

from tests.fixtures.follow_up_house import TREND_MODELS, figure, gap, house, indicator, learned, rows, run, trends

RISING = {2017: 10.0, 2018: 11.0, 2019: 12.0, 2020: 13.0, 2021: 14.0, 2022: 15.0}


def series(name: str, values: dict[int, float], **stated: object) -> list[dict]:
    return [figure(name, year, value, **{"se": 0.1, **stated}) for year, value in values.items()]


def test_a_break_blocks_the_trend_across_it() -> None:
    figures = [figure("x", year, 10.0 + year - 2013, se=0.1, comparable=year >= 2021) for year in range(2012, 2023)]
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
    assert (found["reason"], found["change_reason"]) == ("no_standard_error", "no_standard_error")
    measured = [{**row, "se": 0.5} for row in figures]
    found = trends([indicator("x", window_years=4)], measured)["x", "value", 10]
    # on three points, four years apart: (18 - 10) / 8 a year and not the eleven overlapping ones' certainty
    assert found["n_periods"] == 3
    assert found["change_per_year"] == pytest.approx(1)
    assert found["change_upper"] - 1 == pytest.approx(1.959963984540054 * 0.5 / math.sqrt(32))
    five = trends([indicator("x", window_years=4)], measured)["x", "value", 5]
    assert (five["n_periods"], five["reason"]) == (2, "overlapping_periods")  # six figures, two of them independent


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
    gaps = [gap("x", 2017 + k, 5.0 + k, dimension="education", n_groups=3 if k < 5 else 4) for k in range(6)]
    found = trends([indicator("x")], [figure("x", 2017 + k, 1.0) for k in range(6)], gaps)["x", "d", 5]
    assert (found["n_periods"], found["reason"], found["change_reason"]) == (1, "groups_changed", "groups_changed")


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
    connection = house(
        mart__indicator=[indicator("x")], mart__indicator_value=figures, mart__inequality=[], chance__fit=[learned("x")]
    )
    run(connection, *TREND_MODELS)
    found = {
        (row["area_code"], row["trend_years"]): row
        for row in rows(connection, "from mart.trend where measure = 'value'")
    }
    assert found["0501", 10]["n_periods"] == 1  # 2012 is the first of the ten years, by the indicator's clock
    assert found["0501", 5]["n_periods"] == 0
    assert found["0501", 5]["reason"] == "too_few_periods"
    assert found["0502", 5]["movement"] == "rising"
