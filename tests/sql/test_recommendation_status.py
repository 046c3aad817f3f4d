"""What is measured where, and where the recommendations stand: each reason, each count and the summary by hand."""

import itertools
from typing import Any

import pytest

from tests.fixtures.follow_up_house import Row, areas, figure, fill, house, indicator, rows, run

TOWNS = ("0501", "0502")
BLANK = {"label_sv": "x", "label_en": "x", "dimension_sv": "x", "dimension_en": "x", "sort_order": 1}
GROUPS = [
    {**BLANK, "ordered": False, "is_reference": False, "dimension": dimension, "group_code": code}
    for dimension, code in (("total", "total"), ("sex", "women"), ("sex", "men"), ("education", "primary"))
]
WANTED = {
    "title_sv": "x",
    "title_en": "x",
    "role": "outcome",
    "core_indicator": False,
    "polarity": "higher_is_better",
    "definition_sv": "x",
    "reason_sv": "x",
    "recommendation": 1,
}
WOMEN = {"dimension": "sex", "group_code": "women", "sex": "women"}


def wanted(name: str, state: str, indicator_id: str | None = None, **stated: Any) -> Row:
    return {**WANTED, "catalogue_row_id": name, "state": state, "indicator_id": indicator_id, **stated}


def covered(
    figures: list[Row], catalogue_rows: list[Row] | None = None, order_dimensions: str | None = None
) -> dict[Any, Row]:
    """mart.area_coverage by indicator or wanted row, area and dimension; `order_dimensions`: what the source of all of
    them can be ordered split by.
    """
    names = sorted({row["indicator_id"] for row in figures})
    connection = house(
        core__area=areas(*TOWNS),
        mart__social_group=GROUPS,
        mart__indicator=[indicator(name) for name in names],
        mart__indicator_value=figures,
        mart__catalogue_row=catalogue_rows or [],
        catalogue__landing=[],
        catalogue__source_table=[],
    )
    connection.execute("insert into catalogue.landing (table_id, retrieved) values ('a_table', '2024-08-30')")
    if order_dimensions:
        connection.execute("update catalogue.landing set landing = 'none'")
        columns = "(table_id, order_form, order_dimensions)"
        order = f"insert into catalogue.source_table {columns} values ('a_table', 'form.md', ?)"
        connection.execute(order, [order_dimensions])
    run(connection, "mart.area_coverage")
    found = rows(connection, "from mart.area_coverage")
    return {(row["indicator_id"] or row["catalogue_row_id"], row["area_code"], row["dimension"]): row for row in found}


def test_what_is_measured_since_when_and_how_fresh() -> None:
    figures = [
        figure("x", 2020, 1.0),
        figure("x", 2021, None, status_reason="source_gave_none"),
        figure("x", 2022, 2.0),
    ]
    found = covered(figures)["x", "0501", "total"]
    assert (found["measured"], found["reason"], found["periods"]) == (True, None, 2)
    assert (found["first_year"], found["last_year"], found["measured_at"]) == (2020, 2022, "municipality")
    # from 31 December 2022 to 30 August 2024: 608 days
    assert found["timeliness_years"] == pytest.approx(608 / 365.25)


@pytest.mark.parametrize(
    ("stated", "reason"),
    [
        ({"status": "suppressed", "status_reason": "hidden_here"}, "suppressed_here"),
        ({"status": "suppressed", "status_reason": "secrecy_at_source"}, "suppressed_at_source"),
        ({"status_reason": "nonresponse"}, "not_reported"),
        ({"status_reason": "false_at_source"}, "false_at_source"),
        ({"status_reason": "withdrawn_at_source"}, "withdrawn_at_source"),
        ({"status": "not_yet_published"}, "not_yet_published"),
        ({"status": "not_fetched"}, "not_fetched"),
        ({"status": "not_applicable", "status_reason": "no_population"}, "not_applicable"),
        ({"status_reason": "source_gave_none"}, "unexplained_at_source"),
        ({"status_reason": "not_collected_this_year"}, "unexplained_at_source"),
    ],
)
def test_why_a_place_is_not_measured(stated: dict, reason: str) -> None:
    found = covered([figure("x", 2022, None, **stated), figure("x", 2022, 2.0, area_code="0502")])
    assert (found["x", "0501", "total"]["measured"], found["x", "0501", "total"]["reason"]) == (False, reason)


def test_another_level_no_split_and_made_up_figures_are_told_apart() -> None:
    figures = [
        figure("x", 2022, 1.0, area_code="00"),
        figure("x", 2022, 1.0, area_code="00", **WOMEN),
        figure("y", 2022, 1.0, provenance="synthetic"),
        figure("z", 2022, 1.0),
        figure("z", 2018, 1.0, comparable=False),
    ]
    found = covered(figures)
    assert found["x", "0501", "total"]["reason"] == "not_published_at_this_level"
    assert found["x", "0501", "total"]["measured_at"] == "nation"
    assert found["x", "0501", "sex"]["reason"] == "not_published_at_this_level"
    assert found["x", "0501", "education"]["reason"] == "not_collected"
    assert (found["y", "0501", "total"]["measured"], found["y", "0501", "total"]["reason"]) == (False, "only_synthetic")
    assert (found["z", "0501", "total"]["measured"], found["z", "0501", "total"]["reason"]) == (True, "too_few_years")


def test_what_can_be_ordered_is_told_from_what_is_not_fetched_and_what_nobody_collects() -> None:
    figures = [
        figure("x", 2023, None, area_code="00", status="not_fetched", status_reason="must_be_ordered"),
        figure("y", 2023, None, area_code="00", status="not_fetched"),
        figure("z", 2023, 1.0, **WOMEN),
    ]
    found = covered(figures)
    for code in ("00", "05", "0501"):
        assert {found["y", code, split]["reason"] for split in ("total", "sex", "education")} == {"not_fetched"}
        assert found["z", code, "total"]["reason"] == "only_by_group"
        assert found["z", code, "education"]["reason"] == "not_collected"
    found = covered(figures, None, "total, sex")
    for code in ("00", "05", "0501"):
        reasons = [found["x", code, split]["reason"] for split in ("total", "sex", "education")]
        assert reasons == ["must_be_ordered", "must_be_ordered", "not_collected"]
    assert found["z", "0501", "sex"]["measured"]


def test_every_place_has_a_row_of_each_wanted_measurement_that_nothing_answers() -> None:
    listed = [
        wanted("a", "no_source"),
        wanted("b", "not_fetched"),
        wanted("c", "not_yet_published"),
        wanted("d", "with_figures", "x"),
        wanted("e", "with_figures"),
        wanted("f", "must_be_ordered"),
    ]
    found = covered([figure("x", 2022, 1.0)], listed)
    for code in ("00", "05", "0501", "0502"):
        told = [(found[name, code, "total"]["measured"], found[name, code, "total"]["reason"]) for name in "abcef"]
        reasons = ["unknown_table", "not_fetched", "not_yet_published", None, "must_be_ordered"]
        assert told == [(reason is None, reason) for reason in reasons]
    assert ("d", "00", "total") not in found  # its indicator answers


# ---- the recommendations ----


def comparison(name: str, word: str, comparator: str = "nation", code: str = "0501", **stated: Any) -> Row:
    row = {"indicator_id": name, "area_code": code, "comparator": comparator, "judgement": word, "position": "above"}
    return {**row, "dimension": "total", "group_code": "total", "sex": "total", "comparator_areas": 1, **stated}


def trend(name: str, word: str | None, years: int = 10, measure: str = "value", **stated: Any) -> Row:
    row = {"indicator_id": name, "area_code": "0501", "measure": measure, "trend_years": years, "direction": word}
    row |= {"dimension": "total" if measure == "value" else "sex", "stratum": "total", "sex": "total", "n_periods": 6}
    return {**row, "change_unit": "indicator_unit", "method": "none", "movement": "rising", **stated}


def status(
    comparisons: list[Row] = (), trends: list[Row] = (), targets: list[Row] = (), listed: list[Row] = (), **stated: Any
) -> Row:
    """Recommendation 1 in 0501, of five indicators a…e."""
    figures = [figure(name, 2022, 1.0) for name in "abcde"] + [figure("a", 2022, 1.0, **WOMEN)]
    figures += [figure("a", 2022, None, status="suppressed", status_reason="hidden_here", area_code="0502")]
    connection = house(
        core__area=areas(*TOWNS),
        mart__social_group=GROUPS,
        mart__indicator=[indicator(name) for name in "abcde"],
        mart__indicator_value=figures,
        mart__catalogue_row=listed,
        mart__benchmark=comparisons,
        mart__trend=trends,
        mart__target=targets,
        catalogue__landing=[],
    )
    names = [{"recommendation": k, "short_sv": "x", "title_sv": "x", "title_en": "x"} for k in range(1, 6)]
    fill(connection, "mart.recommendation", names)
    run(connection, "mart.area_coverage", "mart.recommendation_status")
    found = {
        (row["recommendation"], row["area_code"]): row for row in rows(connection, "from mart.recommendation_status")
    }
    assert set(found) == set(itertools.product(range(1, 6), ("00", "05", *TOWNS)))
    assert {row["year"] for row in found.values()} == {2022}
    return found[stated.get("recommendation", 1), stated.get("area_code", "0501")]


def test_unlike_things_are_counted_side_by_side() -> None:
    found = status(
        [
            comparison("a", "better"),
            comparison("b", "worse"),
            comparison("c", "no_certain_difference"),
            comparison("d", "not_assessable"),
            comparison("a", "worse", "similar_overall"),
            comparison("a", "worse", "similar_labour_market"),  # one family is counted, not three
            comparison("a", "worse", dimension="sex", group_code="women"),  # and the whole population
            comparison("a", "worse", code="0502"),
        ],
        [
            trend("a", "improving"),
            trend("b", "not_assessable"),
            trend("b", "worsening", 5),  # where ten years cannot be judged, five are
            trend("c", "no_certain_change"),
            trend("c", "worsening", 5),  # where they can, they are what counts
            trend("d", "not_assessable"),
            trend("d", "not_assessable", 5),
            trend("e", None),  # no better end
            trend("a", "worsening", dimension="education", group_code="primary"),
            trend("a", "widening", measure="d"),
            trend("a", "narrowing", measure="r"),
            trend("b", "narrowing", measure="sii", dimension="deprivation_quintile"),
            trend("b", "no_certain_change", measure="rii", dimension="deprivation_quintile"),
            trend("c", "widening", measure="d", dimension="age"),  # ages are not a social condition
            trend("c", "widening", measure="d", stratum="education=primary"),
        ],
    )
    words = ("better", "worse", "no_certain_difference", "not_assessable")
    assert [found[f"{word}_nation"] for word in words] == [1, 1, 1, 1]
    assert [found[f"{word}_similar"] for word in words] == [0, 1, 0, 0]
    moved = ("improving", "worsening", "no_certain_change", "change_not_assessable")
    assert [found[word] for word in moved] == [1, 1, 1, 1]
    ways = ("narrowing", "widening", "no_certain_change", "not_assessable")
    assert [found[f"absolute_gaps_{way}"] for way in ways] == [1, 1, 0, 0]
    assert [found[f"relative_gaps_{way}"] for way in ways] == [1, 0, 1, 0]
    assert (found["widening_in"], found["absolute_widening_in"], found["relative_widening_in"]) == ("a", "a", None)
    assert (found["level_summary"], found["gap_summary"], found["summary"]) == ("mixed", "mixed", "mixed")


def test_goals_are_counted_apart_own_and_national() -> None:
    goal = {"area_code": "0501", "measure": "value", "dimension": "total", "group_code": "total", "sex": "total"}
    goal |= {"target_value": 1.0, "certain": "yes"}
    kinds = ("passed", "on_track", "off_track", "not_assessable")
    goals = [
        {**goal, "indicator_id": name, "origin": origin, "status": kind, "target_year": 2030 + number}
        for origin, names in (("own", "ab"), ("national", "abc"))
        for number, kind in enumerate(kinds)
        for name in names
    ]
    found = status(targets=goals)
    assert found["own_targets"] == 8
    assert found["national_targets"] == 12
    assert [found[f"own_targets_{kind}"] for kind in kinds] == [2, 2, 2, 2]
    assert [found[f"national_targets_{kind}"] for kind in kinds] == [3, 3, 3, 3]


def test_what_is_wanted_and_what_is_seen() -> None:
    listed = [
        wanted("r1", "with_figures", "a"),
        wanted("r2", "no_source"),
        wanted("r3", "not_fetched"),
        wanted("r4", "not_yet_published"),
        wanted("r5", "with_figures"),
        wanted("r6", "no_source", recommendation=2),
        wanted("r7", "must_be_ordered"),
    ]
    found = status(listed=listed)
    counts = ("wanted", "wanted_with_figures", "wanted_not_fetched", "wanted_must_be_ordered", "wanted_no_source")
    assert [found[name] for name in counts] == [6, 2, 1, 1, 1]
    assert [found[name] for name in ("indicators", "indicators_measured", "indicators_with_split")] == [5, 5, 1]
    assert (found["cells"], found["cells_hidden"]) == (6, 0)
    other = status(listed=listed, area_code="0502")
    assert (other["indicators_measured"], other["wanted_with_figures"]) == (0, 1)
    assert (other["cells"], other["cells_hidden"]) == (1, 1)
    assert status(listed=listed, recommendation=2)["wanted_no_source"] == 1


def test_a_bad_gap_is_never_hidden_behind_good_levels() -> None:
    levels = [comparison(name, "better") for name in "abcde"] + [trend(name, "improving") for name in "abcde"]
    quiet = [trend(name, "no_certain_change", measure="d") for name in "abcd"]
    one = trend("e", "no_certain_change", measure="d")
    good = status(levels[:5], [*levels[5:], *quiet, {**one, "direction": "narrowing"}])
    assert (good["level_summary"], good["gap_summary"], good["summary"]) == ("favourable",) * 3
    bad = status(levels[:5], [*levels[5:], *quiet, {**one, "direction": "widening"}])
    assert (bad["level_summary"], bad["gap_summary"], bad["summary"]) == ("favourable", "concern", "concern")
    # nor where only the relative gap widens and the absolute one narrows
    both = [{**one, "direction": "narrowing"}, trend("e", "widening", measure="r")]
    assert status(levels[:5], [*levels[5:], *quiet, *both])["gap_summary"] == "mixed"


def test_what_cannot_be_seen_is_never_taken_for_good() -> None:
    levels = [comparison(name, "better") for name in "abcde"]
    unseen = [trend(name, "not_assessable", measure="d") for name in "bcde"]
    found = status(levels, [trend("a", "narrowing", measure="d"), *unseen])
    assert (found["level_summary"], found["gap_summary"], found["summary"]) == (
        "favourable",
        "not_assessable",
        "not_assessable",
    )
    found = status(levels, [trend("a", "widening", measure="d"), *unseen])
    assert (found["gap_summary"], found["summary"]) == ("concern", "concern")
    assert status()["summary"] == "not_assessable"


@pytest.mark.parametrize(
    ("good", "bad", "judged", "every", "word"),
    [
        (3, 0, 4, 5, "favourable"),
        (0, 0, 4, 5, "no_certain_sign"),
        (9, 1, 10, 10, "mixed"),
        (0, 1, 10, 10, "concern"),
        (0, 1, 1, 10, "concern"),
        (2, 0, 2, 5, "not_assessable"),
        (2, 0, 2, 4, "favourable"),
        (0, 0, 0, 0, "not_assessable"),
    ],
)
def test_the_summary_rule(good: int, bad: int, judged: int, every: int, word: str) -> None:
    found = rows(house(), f"select follow_up_summary({good}, {bad}, {judged}, {every}) as word")
    assert found == [{"word": word}]
