"""Goals beside figures worked by hand: what is passed, on track or off, which year is reached, and what is refused.

Runs the models' own SQL on a handful of rows. Not here: how a goal is read from its file (test_intake), and how a trend
is made (the models' own tests).
"""

from typing import Any

import duckdb
import pyarrow as pa
import pytest

from pipelines import settings
from pipelines.warehouse import contracts
from pipelines.warehouse.models import read_model
from schemas.registry import CONTRACTS

Row = dict[str, Any]
INDICATORS = (
    {"indicator_id": "more", "polarity": "higher_is_better", "target_value": None},
    {"indicator_id": "less", "polarity": "lower_is_better", "target_value": None},
    {"indicator_id": "even", "polarity": "target", "target_value": 50.0},
    {"indicator_id": "plain", "polarity": "none", "target_value": None},
)
PLACE = {"area_code": "0501", "sex": "total"}
WHOLE = {**PLACE, "dimension": "total", "group_code": "total"}
GOAL = {
    **WHOLE, "measure": "value", "decided_by": "KF", "decided_on": "2020-05", "file": "inbox/targets.csv", "line": 2,
}  # fmt: skip


class Goals:
    """The goal models on given figures, gaps, trends and goals."""

    def __init__(self) -> None:
        self.rows: dict[str, list[Row]] = {
            "mart.indicator": [dict(each) for each in INDICATORS],
            "mart.indicator_value": [],
            "mart.inequality": [],
            "mart.trend": [],
            "core.intake_target": [],
            "core.intake_refused": [],
        }

    def figures(self, indicator: str, values: dict[int, float], **other: Any) -> None:
        for year, value in values.items():
            self.rows["mart.indicator_value"].append(
                {**WHOLE, "indicator_id": indicator, "year": year, "period": str(year), "value": value,
                 "se": 0.2, "status": "observed", "provenance": "published", **other}
            )  # fmt: skip

    def gap(self, indicator: str, measure: str, estimates: dict[int, float], **other: Any) -> None:
        for year, estimate in estimates.items():
            self.rows["mart.inequality"].append(
                {**PLACE, "indicator_id": indicator, "period": str(year), "dimension": "education", "stratum": "total",
                 "measure": measure, "estimate": estimate, "se": 0.1, "worse_when": "above_zero", "certain": "yes",
                 "provenance": "computed", **other}
            )  # fmt: skip

    def trend(
        self, indicator: str, change: float | None, lower: float | None, upper: float | None, **other: Any
    ) -> None:
        """A slope with its interval; it lasts where that leaves out none. A gap's latest estimate has the goal's
        sign.
        """
        movement = (
            "not_assessable"
            if change is None
            else "rising"
            if lower > 0
            else "falling"
            if upper < 0
            else "no_certain_change"
        )
        self.rows["mart.trend"].append(
            {**WHOLE, "movement": movement, "indicator_id": indicator, "measure": "value", "stratum": "total",
             "trend_years": 10, "change_per_year": change, "change_lower": lower, "change_upper": upper, **other}
        )  # fmt: skip

    def goal(self, indicator: str, value: float, year: int, **other: Any) -> None:
        self.rows["core.intake_target"].append(
            {**GOAL, "indicator_id": indicator, "target_value": value, "target_year": year, **other}
        )

    def made(self, *models: str) -> list[list[Row]]:
        connection = duckdb.connect()
        connection.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
        for schema in ("core", "measure", "mart"):
            connection.execute(f"create schema {schema}")
        for name, rows in self.rows.items():
            schema = CONTRACTS[name].arrow()
            assert {column for row in rows for column in row} <= set(schema.names), name
            connection.register("made", pa.Table.from_pylist(rows, schema=schema))
            connection.execute(f"create table {name} as select * from made")
        found = []
        for path in ("measures/follow_up/goal", "marts/target", "marts/intake_refused"):
            model = read_model(settings.SQL / f"{path}.sql")
            connection.execute(f"create table {model.name} as {model.sql}")
            verdict = contracts.audit(connection, CONTRACTS[model.name])
            assert verdict.passed, verdict.sentence
            if model.name in models:
                found.append(connection.sql(f"select * from {model.name}").to_arrow_table().to_pylist())
        return found

    def target(self) -> Row:
        ((only,),) = self.made("mart.target")
        return only


@pytest.fixture
def goals() -> Goals:
    return Goals()


def test_a_goal_that_the_pace_reaches_with_its_year_and_interval(goals: Goals) -> None:
    """80 in 2024, the goal 90 in 2034: 1 a year is needed; 1.25 (1.0 to 2.0) a year takes 8 (5 to 10) years."""
    goals.figures("more", {2018: 74, 2020: 75, 2024: 80})
    goals.trend("more", 1.25, 1.0, 2.0)
    goals.goal("more", 90, 2034)
    row = goals.target()
    assert (row["base_period"], row["base_value"], row["last_period"], row["last_value"]) == ("2020", 75, "2024", 80)
    assert (row["distance"], row["pace_needed"], row["pace"], row["pace_years"]) == (10, 1, 1.25, 10)
    assert (row["reached_year"], row["reached_year_lower"], row["reached_year_upper"]) == (2032, 2029, 2034)
    assert (row["status"], row["certain"], row["reason"]) == ("on_track", "yes", None)
    assert row["projected_value"] == pytest.approx(92.5)
    assert row["path_value"] == pytest.approx(75 + 15 * 4 / 14)


def test_a_goal_that_the_pace_does_not_reach_and_may_never(goals: Goals) -> None:
    """8 in 2024, to be at most 4 in 2028, so -1 a year; -0.4 (-1.2 to 0.1) takes ten years (three, or for ever)."""
    goals.figures("less", {2019: 10, 2024: 8})
    goals.trend("less", -0.4, -1.2, 0.1)
    goals.goal("less", 4, 2028)
    row = goals.target()
    assert (row["distance"], row["pace_needed"], row["pace"], row["lasts"]) == (4, -1, -0.4, False)
    assert (row["reached_year"], row["reached_year_lower"], row["reached_year_upper"]) == (None, None, None)
    assert (row["status"], row["reason"], row["projected_value"]) == ("not_assessable", "no_certain_trend", None)


def test_a_pace_too_slow_even_at_its_best_is_off_track_though_it_may_not_last(goals: Goals) -> None:
    goals.figures("less", {2019: 10, 2024: 8})
    goals.trend("less", -0.1, -0.6, 0.4)
    goals.goal("less", 4, 2028)
    row = goals.target()
    assert (row["status"], row["certain"], row["lasts"], row["reached_year"]) == ("off_track", "yes", False, None)


def test_a_lasting_pace_that_is_too_slow_is_off_track_and_says_how_sure(goals: Goals) -> None:
    """8 in 2024, to be at most 4 in 2028; -0.4 (-1.2 to -0.1) takes ten years (three and a bit to forty)."""
    goals.figures("less", {2019: 10, 2024: 8})
    goals.trend("less", -0.4, -1.2, -0.1)
    goals.goal("less", 4, 2028)
    row = goals.target()
    assert (row["reached_year"], row["reached_year_lower"], row["reached_year_upper"]) == (2034, 2028, 2064)
    assert (row["status"], row["certain"], row["lasts"]) == ("off_track", "no", True)


@pytest.mark.parametrize(
    ("value", "se", "status", "reason"),
    [(91.0, 0.4, "passed", None), (91.0, 0.6, "not_assessable", "within_chance"),
     (91.0, None, "not_assessable", "no_standard_error"), (90.0, 0.1, "not_assessable", "within_chance")],
)  # fmt: skip
def test_reached_by_chance_is_not_reached(
    goals: Goals, value: float, se: float | None, status: str, reason: str | None
) -> None:
    goals.figures("more", {2020: 60})
    goals.figures("more", {2024: value}, se=se)
    goals.goal("more", 90, 2034)
    row = goals.target()
    assert (row["status"], row["reason"], row["certain"]) == (
        status,
        reason,
        "yes" if status == "passed" else "not_assessable",
    )


def test_a_gap_of_exactly_zero_in_one_year_is_not_a_closed_one(goals: Goals) -> None:
    goals.gap("more", "d", {2018: 9, 2023: 0}, certain="no")
    goals.trend("more", -0.3, -0.5, -0.25, measure="d", dimension="education", group_code=None)
    (rows,) = goals.made("mart.target")
    assert [(row["status"], row["reason"]) for row in rows] == [("not_assessable", "no_certain_gap")]


def test_a_signed_trend_is_turned_to_the_size_of_the_gap(goals: Goals) -> None:
    """Men six points ahead: the trend's gap, women less men, rises from -7 to -6, so the gap of the goal shrinks."""
    goals.gap("more", "d", {2018: 9, 2023: 6})
    goals.trend("more", 0.3, 0.25, 0.5, measure="d", dimension="education", group_code=None, last_estimate=-6.0)
    (rows,) = goals.made("mart.target")
    (row,) = rows
    assert (row["pace"], row["pace_lower"], row["pace_upper"]) == (-0.3, -0.5, -0.25)
    assert (row["status"], row["reached_year"]) == ("on_track", 2043)


def test_the_pace_of_ten_years_goes_before_that_of_five(goals: Goals) -> None:
    goals.figures("less", {2024: 8})
    goals.trend("less", -1.0, -1.1, -0.9)
    goals.trend("less", -0.1, -0.2, -0.05, trend_years=5)
    goals.goal("less", 4, 2028)
    row = goals.target()
    assert (row["pace_years"], row["status"], row["certain"]) == (10, "on_track", "no")


def test_what_is_reached_is_passed_and_what_leads_away_is_off_track_for_certain(goals: Goals) -> None:
    goals.figures("more", {2020: 60, 2024: 91})
    goals.figures("plain", {2020: 60, 2024: 65})
    goals.trend("plain", 1.0, 0.5, 1.5)
    goals.goal("more", 90, 2034)
    goals.goal("plain", 40, 2034, line=3)
    rows = {row["indicator_id"]: row for (found,) in [goals.made("mart.target")] for row in found}
    assert (rows["more"]["status"], rows["more"]["distance"], rows["more"]["reached_year"]) == ("passed", -1, None)
    assert (rows["plain"]["status"], rows["plain"]["certain"], rows["plain"]["reached_year"]) == (
        "off_track",
        "yes",
        None,
    )


def test_a_figure_with_a_target_value_is_counted_as_its_distance_from_it(goals: Goals) -> None:
    """42 in 2024, 48 or closer to 50 by 2030: 6 of the 8 remain, one a year upwards; 1.5 a year takes four years."""
    goals.figures("even", {2020: 40, 2024: 42})
    goals.trend("even", 1.5, 1.2, 2.0)
    goals.goal("even", 48, 2030)
    row = goals.target()
    assert (row["distance"], row["pace_needed"], row["reached_year"], row["status"]) == (6, 1, 2028, "on_track")
    assert row["certain"] == "yes"


def test_a_gap_is_closed_from_either_side(goals: Goals) -> None:
    """-6 in 2024 to 3 at most in 2030: three points in six years, upwards."""
    goals.gap("more", "d", {2020: -7, 2024: -6})
    goals.trend("more", 0.5, 0.4, 0.6, measure="d", dimension="education", group_code=None)
    goals.goal("more", 3, 2030, measure="d", dimension="education")
    (rows,) = goals.made("mart.target")
    row = next(row for row in rows if row["origin"] == "own")
    assert (row["distance"], row["pace_needed"], row["reached_year"], row["status"]) == (3, 0.5, 2030, "on_track")
    assert row["path_value"] == pytest.approx(-7 + 4 * 4 / 10)


def test_a_ratio_moves_by_per_cent(goals: Goals) -> None:
    """4 in 2024 to 2 by 2034: it must be halved, which 7 % less a year does in ln(0.5) / ln(0.93) = 9.55 years."""
    goals.gap("less", "r", {2024: 4}, worse_when="above_one")
    goals.trend("less", -7.0, -10.0, -5.0, measure="r", dimension="education", group_code=None, change_unit="percent")
    goals.goal("less", 2, 2034, measure="r", dimension="education", decided_on="2024")
    (rows,) = goals.made("mart.target")
    (row,) = [row for row in rows if row["origin"] == "own"]
    assert row["pace_needed"] == pytest.approx(100 * (0.5**0.1 - 1))
    assert (row["distance"], row["reached_year"], row["reached_year_lower"], row["reached_year_upper"]) == (
        2,
        2034,
        2031,
        2038,
    )
    assert (row["status"], row["certain"]) == ("on_track", "no")
    assert row["projected_value"] == pytest.approx(4 * 0.93**10)


def test_the_national_goal_is_set_for_every_certain_gap_between_social_groups(goals: Goals) -> None:
    """9 in 2018 to 0 in 2048: by 2023 the straight line is at 7.5; 6 remain over 25 years, 0.24 a year."""
    goals.gap("more", "d", {2018: 9, 2023: 6})
    goals.trend("more", -0.3, -0.5, -0.25, measure="d", dimension="education", group_code=None)
    goals.gap("less", "d", {2018: 9, 2023: 6}, certain="no")
    goals.gap("plain", "d", {2023: 6}, worse_when=None)
    goals.gap("even", "d", {2023: 6}, dimension="age")
    (rows,) = goals.made("mart.target")
    found = {row["indicator_id"]: row for row in rows}
    assert set(found) == {"more", "less"}
    row = found["more"]
    assert (row["origin"], row["target_value"], row["target_year"], row["status"]) == ("national", 0, 2048, "on_track")
    assert (row["path_value"], row["pace_needed"], row["reached_year"]) == (7.5, -0.24, 2043)
    assert (found["less"]["status"], found["less"]["reason"]) == ("not_assessable", "no_certain_gap")


def test_what_cannot_be_judged_says_why(goals: Goals) -> None:
    goals.figures("more", {2024: 80})
    goals.goal("more", 90, 2034)
    goals.figures("less", {2024: 8})
    goals.trend("less", None, None, None, reason="break_in_series")
    goals.goal("less", 4, 2034, line=3)
    goals.goal("plain", 4, 2034, line=4)
    (rows,) = goals.made("mart.target")
    assert {row["indicator_id"]: (row["status"], row["reason"]) for row in rows} == {
        "more": ("not_assessable", "no_trend"),
        "less": ("not_assessable", "break_in_series"),
        "plain": ("not_assessable", "no_figure"),
    }


@pytest.mark.parametrize(
    ("indicator", "base", "goal", "wrong"),
    [("more", 75, 70, True), ("more", 75, 75, False), ("less", 10, 12, True), ("less", 10, 8, False),
     ("even", 42, 60, True), ("even", 42, 57, False), ("plain", 5, 2, False), ("plain", 5, 9, False)],
)  # fmt: skip
def test_a_goal_in_the_wrong_direction_is_kept_out_with_a_sentence(
    goals: Goals, indicator: str, base: float, goal: float, wrong: bool
) -> None:
    goals.figures(indicator, {2019: base, 2024: 1000 if indicator == "more" else base})
    goals.goal(indicator, goal, 2034, line=7)
    targets, refused = goals.made("mart.target", "mart.intake_refused")
    assert len(targets) == (0 if wrong else 1)
    if wrong:
        (row,) = refused
        assert (row["file"], row["line"], row["form"]) == ("inbox/targets.csv", 7, "targets")
        assert row["sentence_en"].startswith(
            f"inbox/targets.csv, line 7: the goal {goal}.0 is worse than the figure was"
        )
        assert row["sentence_sv"].startswith(f"inbox/targets.csv, rad 7: målet {goal},0 är sämre än värdet var")
    else:
        assert refused == []


def test_a_synthetic_figure_is_no_ground_to_judge_on(goals: Goals) -> None:
    goals.figures("more", {2024: 95}, provenance="synthetic")
    goals.gap("more", "d", {2023: 6}, provenance="synthetic")
    goals.goal("more", 90, 2034)
    row = goals.target()
    assert (row["status"], row["reason"]) == ("not_assessable", "no_figure")
