"""Comparisons with other places: the arithmetic by hand, what each polarity makes of it, and what is not compared."""

import math
from typing import Any

import numpy as np
import pytest
from scipy import stats

from tests.fixtures.follow_up_house import BENCHMARK_MODELS, Row, areas, figure, house, indicator, learned, rows, run

TOWNS = ("0501", "0502", "0503", "0601", "0602", "0701")
GROUPS = {"0501": "A1", "0502": "A1", "0503": "A1", "0601": "A1", "0602": "B3", "0701": "B3"}
SIMILAR = [
    {"family": "overall", "area_code": "0501", "similar_area_code": code, "group_year": 2024}
    for code in ("0502", "0601", "0602", "0501")  # a place may stand among its own; it must not count
]
Z = 1.959963984540054


def compared(indicators: list[Row], figures: list[Row], not_compared: list[Row] | None = None) -> dict[Any, Row]:
    """mart.benchmark by indicator, area and comparator (and group where not total)."""
    connection = house(
        core__area=areas(*TOWNS, groups=GROUPS),
        core__similar_area=SIMILAR,
        catalogue__not_compared=not_compared or [],
        mart__indicator=indicators,
        mart__indicator_value=figures,
    )
    run(connection, *BENCHMARK_MODELS)
    return {
        (row["indicator_id"], row["area_code"], row["comparator"])
        + ((row["group_code"],) if row["dimension"] != "total" else ()): row
        for row in rows(connection, "from mart.benchmark")
    }


def test_the_nation_holds_the_place_and_so_goes_with_it() -> None:
    # 0501: 60 of 2,000 weighed persons, se 1; the nation: 55, se .4, 10,000 persons. w = .2
    # var = 1 (1 - 2 * .2) + .16 = .76
    figures = [
        figure("x", 2022, 60.0, se=1.0, weight=2000.0),
        figure("x", 2022, 55.0, area_code="00", se=0.4, weight=10_000.0),
    ]
    found = compared([indicator("x")], figures)["x", "0501", "nation"]
    assert (found["difference"], found["comparator_basis"], found["comparator_areas"]) == (5, "figure", 1)
    assert found["difference_se"] == pytest.approx(math.sqrt(0.76))
    assert found["difference_lower"] == pytest.approx(5 - Z * math.sqrt(0.76))
    assert (found["position"], found["judgement"], found["reason"]) == ("above", "better", None)


def test_the_variance_is_that_of_the_rest_of_the_nation() -> None:
    # the same from the other side: nation = .2 place + .8 rest, so place - nation = .8 (place - rest)
    place, rest = 1.0, 0.6
    nation = math.sqrt(0.2**2 * place**2 + 0.8**2 * rest**2)
    figures = [
        figure("x", 2022, 60.0, se=place, weight=2000.0),
        figure("x", 2022, 55.0, area_code="00", se=nation, weight=10_000.0),
    ]
    found = compared([indicator("x")], figures)["x", "0501", "nation"]
    assert found["difference_se"] == pytest.approx(0.8 * math.hypot(place, rest))


def test_a_set_is_the_share_of_all_its_people_and_never_the_place_itself() -> None:
    # 0502: 40 %, 1,000 persons; 0601: 50 %, 3,000; 0602: 60 %, 1,000 → (40 + 150 + 60) / 5 = 50
    # se = sqrt((1 * 1)^2 + (3 * .5)^2 + (1 * 2)^2) / 5 = sqrt(1 + 2.25 + 4) / 5
    figures = [
        figure("x", 2022, 60.0, se=1.0, weight=2000.0),
        figure("x", 2022, 40.0, area_code="0502", se=1.0, weight=1000.0),
        figure("x", 2022, 50.0, area_code="0601", se=0.5, weight=3000.0),
        figure("x", 2022, 60.0, area_code="0602", se=2.0, weight=1000.0),
    ]
    found = compared([indicator("x")], figures)["x", "0501", "similar_overall"]
    assert found["comparator_value"] == pytest.approx(50)
    assert (found["comparator_basis"], found["comparator_areas"]) == ("weighted_mean", 3)
    assert found["difference_se"] == pytest.approx(math.sqrt(1 + 7.25 / 25))


def test_without_everybodys_weight_the_mean_is_unweighted_and_says_so() -> None:
    figures = [figure("x", 2022, 60.0, se=1.0)]
    figures += [figure("x", 2022, v, area_code=c, se=1.0) for c, v in (("0502", 40.0), ("0601", 50.0), ("0602", 60.0))]
    figures[1]["weight"] = 1000.0
    found = compared([indicator("x")], figures)["x", "0501", "similar_overall"]
    assert (found["comparator_value"], found["comparator_basis"]) == (50, "unweighted_mean")
    assert found["difference_se"] == pytest.approx(math.sqrt(1 + 3 / 9))


def test_a_county_without_a_figure_is_its_municipalities_taken_together() -> None:
    figures = [
        figure("x", 2022, 60.0, se=1.0, weight=1000.0),
        figure("x", 2022, 40.0, area_code="0502", se=1.0, weight=3000.0),
    ]
    found = compared([indicator("x")], figures)
    county = found["x", "0501", "county"]
    assert (county["comparator_value"], county["comparator_basis"], county["comparator_areas"]) == (
        45,
        "weighted_mean",
        2,
    )
    # 45 = .25 * 60 + .75 * 40; the place is a quarter of it, so the difference is three quarters of 60 - 40
    assert county["difference_se"] == pytest.approx(0.75 * math.sqrt(2))
    assert found["x", "0501", "nation"]["reason"] == "no_comparator_figure"  # two of six municipalities are too few
    assert ("x", "05", "nation") not in found  # and what is only made for others is not compared itself


def test_at_least_half_of_a_set_must_have_a_figure() -> None:
    figures = [figure("x", 2022, 60.0, se=1.0), figure("x", 2022, 50.0, area_code="0502", se=1.0)]
    found = compared([indicator("x")], figures)
    assert found["x", "0501", "similar_overall"]["reason"] == "no_comparator_figure"  # one of three
    assert found["x", "0501", "skr_group"]["reason"] == "no_comparator_figure"  # one of three others of A1
    figures.append(figure("x", 2022, 52.0, area_code="0601", se=1.0))
    found = compared([indicator("x")], figures)
    assert found["x", "0501", "similar_overall"]["comparator_value"] == 51
    assert found["x", "0501", "skr_group"]["comparator_value"] == 51


def test_a_county_of_one_municipality_is_no_comparison() -> None:
    found = compared([indicator("x")], [figure("x", 2022, 60.0, area_code="0701")])
    assert ("x", "0701", "county") not in found
    assert ("x", "0701", "nation") in found


@pytest.mark.parametrize(
    ("polarity", "target", "place", "nation", "position", "judgement"),
    [
        ("higher_is_better", None, 60.0, 50.0, "above", "better"),
        ("higher_is_better", None, 50.0, 60.0, "below", "worse"),
        ("lower_is_better", None, 60.0, 50.0, "above", "worse"),
        ("lower_is_better", None, 50.0, 60.0, "below", "better"),
        ("none", None, 60.0, 50.0, "above", None),
        ("target", 50.0, 60.0, 55.0, "above", "worse"),
        ("target", 50.0, 40.0, 45.0, "below", "worse"),
        ("target", 50.0, 45.0, 40.0, "above", "better"),
        ("target", 50.0, 47.0, 60.0, "below", "better"),  # on the other side, and nearer
        ("target", 50.0, 45.0, 55.0, "below", "no_certain_difference"),  # on the other side, as far off
        ("higher_is_better", None, 50.5, 50.0, "no_certain_difference", "no_certain_difference"),
    ],
)
def test_what_a_difference_means(
    polarity: str, target: float | None, place: float, nation: float, position: str, judgement: str | None
) -> None:
    figures = [figure("x", 2022, place, se=1.0), figure("x", 2022, nation, area_code="00", se=0.5)]
    found = compared([indicator("x", polarity=polarity, target_value=target)], figures)["x", "0501", "nation"]
    assert (found["position"], found["judgement"]) == (position, judgement)


def test_without_an_error_nothing_is_called_better_or_alike() -> None:
    for place, nation in ((None, 0.5), (1.0, None), (None, None), (0.0, 0.5)):
        figures = [figure("x", 2022, 90.0, se=place), figure("x", 2022, 10.0, area_code="00", se=nation)]
        found = compared([indicator("x")], figures)["x", "0501", "nation"]
        assert found["difference"] == 80
        assert (found["difference_se"], found["difference_lower"]) == (None, None)
        assert (found["position"], found["judgement"], found["reason"]) == (
            "not_assessable",
            "not_assessable",
            "no_standard_error",
        )


def test_each_place_is_compared_in_its_own_latest_year() -> None:
    # half of the municipalities answer each year
    figures = [figure("x", year, 50.0, area_code="00", se=0.5) for year in (2021, 2022)]
    figures += [figure("x", 2021, 60.0, se=1.0), figure("x", 2022, None)]
    figures += [figure("x", 2022, 40.0, area_code="0502", se=1.0), figure("x", 2021, None, area_code="0502")]
    figures += [figure("x", 2022, None, area_code="0503"), figure("x", 2017, 40.0, area_code="0503", se=1.0)]
    found = compared([indicator("x")], figures)
    assert (found["x", "0501", "nation"]["period"], found["x", "0501", "nation"]["judgement"]) == ("2021", "better")
    assert (found["x", "0502", "nation"]["period"], found["x", "0502", "nation"]["judgement"]) == ("2022", "worse")
    assert (found["x", "0503", "nation"]["period"], found["x", "0503", "nation"]["reason"]) == (
        None,
        "no_recent_figure",
    )


def test_another_surveys_figure_is_compared_with_its_own_kind_only() -> None:
    figures = [
        figure("x", 2022, 60.0, se=1.0, reliability="other_survey"),
        figure("x", 2022, 55.0, area_code="05", se=0.5, reliability="other_survey"),
        figure("x", 2022, 50.0, area_code="00", se=0.3),
        *(figure("x", 2022, 50.0, area_code=code, se=1.0) for code in ("0502", "0601", "0602")),
    ]
    found = compared([indicator("x")], figures)
    assert found["x", "0501", "county"]["judgement"] == "better"
    assert found["x", "0501", "nation"]["reason"] == "other_survey"
    assert found["x", "0501", "nation"]["difference"] is None
    assert found["x", "0501", "similar_overall"]["reason"] == "other_survey"
    # nor does it count in anybody else's set
    assert found["x", "0502", "skr_group"]["comparator_areas"] == 0


def test_places_that_the_catalogue_says_cannot_be_compared_are_not() -> None:
    figures = [figure("x", 2022, 60.0, se=1.0), figure("x", 2022, 50.0, area_code="00", se=0.5)]
    rule = {"indicator_id": "x", "dimension": "municipality", "reason_sv": "Distrikten är olika stora."}
    found = compared([indicator("x")], figures, [rule])["x", "0501", "nation"]
    assert (found["comparator_value"], found["judgement"], found["reason"]) == (None, "not_assessable", "not_compared")
    until = {**rule, "until_year": 2021}
    assert compared([indicator("x")], figures, [until])["x", "0501", "nation"]["judgement"] == "better"


def test_synthetic_rough_counted_and_ordinal_figures_take_no_part() -> None:
    pair = [("0501", 60.0), ("00", 50.0)]
    figures = [figure("made_up", 2022, v, area_code=c, se=1.0, provenance="synthetic") for c, v in pair]
    figures += [figure("number", 2022, v, area_code=c, se=1.0) for c, v in pair]
    figures += [figure("step", 2022, v, area_code=c, se=1.0) for c, v in pair]
    figures += [figure("rough", 2022, 60.0, se=1.0, reliability="coarse_rounding")]
    figures += [figure("rough", 2022, 50.0, area_code="00", se=1.0)]
    known = [
        indicator("made_up"),
        indicator("number", family="count"),
        indicator("step", family="ordinal"),
        indicator("rough"),
    ]
    found = compared(known, figures)
    assert {key[0] for key in found} == {"rough"}
    assert found["rough", "0501", "nation"]["reason"] == "coarse_rounding"


def test_groups_are_compared_with_the_same_group() -> None:
    women = {"dimension": "sex", "group_code": "women", "sex": "women"}
    figures = [
        figure("x", 2022, 60.0, se=1.0, **women),
        figure("x", 2022, 70.0, area_code="00", se=0.5, **women),
        figure("x", 2022, 50.0, area_code="00", se=0.5),
        figure("x", 2022, 61.0, se=1.0, dimension="education", group_code="primary", sex="women"),
        figure("x", 2022, 62.0, se=1.0, dimension="education+sex", group_code="primary+women"),
    ]
    found = compared([indicator("x")], figures)
    assert found["x", "0501", "nation", "women"]["difference"] == -10
    assert {key[2:] for key in found if key[1] == "0501"} == {
        ("nation", "women"),
        ("county", "women"),
        ("similar_overall", "women"),
    }


# ---- errors learned from how places move ----


def test_against_the_nation_a_learned_error_is_already_that_of_the_difference() -> None:
    """It was learned from the place's movements about the nation's level, so the nation's own error is no part of
    it.
    """
    figures = [
        figure("x", 2022, 60.0, se=1.0, weight=2000.0, ci_method="year_to_year", chance_kind="year_to_year"),
        figure("x", 2022, 55.0, area_code="00", weight=10_000.0),
    ]
    found = compared([indicator("x")], figures)["x", "0501", "nation"]
    assert (found["difference_se"], found["chance_kind"]) == (1.0, "year_to_year")
    assert (found["judgement"], found["verdict"]) == ("better", "better")


def test_what_municipalities_share_makes_their_countys_error_larger() -> None:
    figures = [
        figure("x", 2022, 60.0, se=1.0, weight=1000.0, ci_method="year_to_year"),
        figure("x", 2022, 40.0, area_code="0502", se=1.0, weight=3000.0, ci_method="year_to_year"),
    ]
    fits = [learned("x", rho=0.4)]
    connection = house(
        core__area=areas(*TOWNS, groups=GROUPS), core__similar_area=SIMILAR, catalogue__not_compared=[],
        mart__indicator=[indicator("x")], mart__indicator_value=figures, chance__fit=fits,
    )  # fmt: skip
    run(connection, *BENCHMARK_MODELS)
    (county,) = rows(connection, "from measure.benchmark_figure where area_code = '05'")
    covariance = np.array([[1, 0.4], [0.4, 1]])
    weights = np.array([0.25, 0.75])
    assert county["se"] == pytest.approx(math.sqrt(weights @ covariance @ weights))


def test_q_values_are_benjamini_and_hochbergs_over_a_places_rows() -> None:
    random = np.random.default_rng(3)
    z = np.concatenate([random.normal(0, 1, 25), random.normal(3, 1, 15), [2.0, 2.0]])
    names = [f"x{number:02d}" for number in range(len(z))]
    figures = [
        figure(name, 2022, 50.0 + float(each), se=1.0, ci_method="year_to_year")
        for name, each in zip(names, z, strict=True)
    ]
    figures += [figure(name, 2022, 50.0, area_code="00") for name in names]
    figures += [figure("other", 2022, 99.0, area_code="0502", se=1.0, ci_method="year_to_year")]
    found = compared([indicator(name) for name in names], figures)
    right = stats.false_discovery_control(2 * stats.norm.sf(np.abs(z)))
    for name, p, q in zip(names, 2 * stats.norm.sf(np.abs(z)), right, strict=True):
        row = found[name, "0501", "nation"]
        assert row["p_value"] == pytest.approx(p, rel=1e-7)
        assert row["q_value"] == pytest.approx(q, rel=1e-7)
        assert (row["verdict"] in {"better", "worse"}) == (q <= 0.05)
    certain = sum(found[name, "0501", "nation"]["judgement"] in {"better", "worse"} for name in names)
    listed = sum(found[name, "0501", "nation"]["verdict"] in {"better", "worse"} for name in names)
    assert listed < certain


def test_how_large_is_told_apart_from_how_certain() -> None:
    towns = dict(zip(TOWNS, (50.0, 60.0, 40.0, 55.0, 45.0, 50.0), strict=True))
    figures = [figure("x", 2022, v, area_code=c, se=0.01, ci_method="year_to_year") for c, v in towns.items()]
    figures.append(figure("x", 2022, 49.0, area_code="00"))
    found = compared([indicator("x")], figures)["x", "0501", "nation"]
    assert found["verdict"] == "better"
    assert found["difference_in_spread"] == pytest.approx(1 / np.std(list(towns.values())))


def test_why_no_error_could_be_learned_is_the_reason() -> None:
    figures = [figure("x", 2022, 60.0), figure("x", 2022, 50.0, area_code="00")]
    connection = house(
        core__area=areas(*TOWNS, groups=GROUPS), core__similar_area=SIMILAR, catalogue__not_compared=[],
        mart__indicator=[indicator("x")], mart__indicator_value=figures,
        chance__fit=[learned("x", assessable=False, reason="few_seats")],
    )  # fmt: skip
    run(connection, *BENCHMARK_MODELS)
    (row,) = rows(connection, "from mart.benchmark where comparator = 'nation' and area_code = '0501'")
    assert (row["judgement"], row["verdict"], row["reason"]) == ("not_assessable", "not_assessable", "few_seats")
