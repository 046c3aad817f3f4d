"""Inequality measures worked by hand, the arithmetic shown; and every edge, with its status and its sentence."""

import math
from functools import cache

import pyarrow as pa
import pytest

from pipelines.statistics.measures import MEASURES, measures_of_members

Z = 1.959963984540054


@cache
def measured(*rows: tuple, ordered: bool = False, favourable: bool | None = True, reference: str | None = None,
             scale: float | None = 100.0, family: str = "share", draws: int = 0) -> dict[str, dict]:  # fmt: skip
    """One comparison, worked out once. Each row: subgroup, estimate, standard error, population; in order where
    `ordered`.
    """
    table = pa.table(
        {
            "group_id": pa.array([1] * len(rows), pa.int64()),
            "subgroup": pa.array([row[0] for row in rows], pa.string()),
            "estimate": pa.array([row[1] for row in rows], pa.float64()),
            "se": pa.array([row[2] for row in rows], pa.float64()),
            "population": pa.array([row[3] for row in rows], pa.float64()),
            "population_is_denominator": [True] * len(rows),
            "ordered": [ordered] * len(rows),
            "subgroup_order": pa.array([place if ordered else None for place in range(1, len(rows) + 1)], pa.int32()),
            "is_reference": [row[0] == reference for row in rows],
            "favourable": pa.array([favourable] * len(rows), pa.bool_()),
            "scale": pa.array([scale] * len(rows), pa.float64()),
            "family": [family] * len(rows),
        }
    )
    return {row["measure"]: row for row in measures_of_members(table, draws=draws).to_pylist()}


# Three equal groups of 100 persons at 20, 40 and 60 %, each with a standard error of 3. The mean is 40.
THREE = (("low", 20, 3, 100), ("middle", 40, 3, 100), ("high", 60, 3, 100))


def test_three_equal_steps_unordered() -> None:
    found = measured(*THREE)
    # highest minus lowest: 60 - 20 = 40, se = sqrt(9 + 9) = 3 sqrt 2
    assert found["d"]["estimate"] == 40
    assert found["d"]["se"] == pytest.approx(3 * math.sqrt(2), rel=1e-12)
    assert found["d"]["ci_lower"] == pytest.approx(40 - Z * 3 * math.sqrt(2), rel=1e-12)
    # 60 / 20 = 3; se of the logarithm = sqrt((3/60)^2 + (3/20)^2) = sqrt(0.0025 + 0.0225) = sqrt(0.025)
    assert found["r"]["estimate"] == 3
    assert found["r"]["se"] == pytest.approx(math.sqrt(0.025), rel=1e-12)
    assert found["r"]["ci_upper"] == pytest.approx(3 * math.exp(Z * math.sqrt(0.025)), rel=1e-12)
    # (400 + 0 + 400) / 3
    assert found["bgv"]["estimate"] == pytest.approx(800 / 3, rel=1e-12)
    # Ahn: 4 (1/9) 9 (400 + 0 + 400) / 1 = 3200; sum w^2 s^2 = 3 (1/9) 9 = 3, squared 9; sum w^4 s^4 = 3 (1/81) 81 = 3;
    # sum w^2 (1-w)^2 s^4 = 3 (1/9)(4/9) 81 = 12. In all 3200 + 2 (9 - 3 + 12) = 3236
    assert found["bgv"]["se"] == pytest.approx(math.sqrt(3236), rel=1e-12)
    assert found["bgsd"]["estimate"] == pytest.approx(math.sqrt(800 / 3), rel=1e-12)
    assert found["cov"]["estimate"] == pytest.approx(100 * math.sqrt(800 / 3) / 40, rel=1e-12)
    # distances from the mean 20, 0, 20; from the best (60) 40, 20, 0
    assert found["mdmu"]["estimate"] == pytest.approx(40 / 3, rel=1e-12)
    assert found["mdmw"]["estimate"] == pytest.approx(40 / 3, rel=1e-12)
    assert found["mdbu"]["estimate"] == pytest.approx(20, rel=1e-12)
    assert found["idisu"]["estimate"] == pytest.approx(100 / 3, rel=1e-12)
    # 1000 / 3 (0.5 ln 0.5 + 1 ln 1 + 1.5 ln 1.5)
    assert found["theil"]["estimate"] == pytest.approx(
        1000 / 3 * (0.5 * math.log(0.5) + 1.5 * math.log(1.5)), rel=1e-12
    )
    # -1000 / 3 (ln 0.5 + ln 1.5) = -1000 / 3 ln 0.75
    assert found["mld"]["estimate"] == pytest.approx(-1000 / 3 * math.log(0.75), rel=1e-12)
    # best - mean = 60 - 40 = 20, a half of 40
    assert (found["par"]["estimate"], found["paf"]["estimate"]) == (20, 50)
    # Walter: c = 60 cases and d = 40 others in the best; a = 120 - 60 = 60, b = 300 - 100 - 60 = 140, n = 300.
    # c n (a d (n - c) + b c^2) / ((a+c)^3 (c+d)^3) = 60 300 (60 40 240 + 140 3600) / (120^3 100^3) = 18000 1080000 /
    # 1.728e12
    walter = math.sqrt(18000 * 1080000 / (120**3 * 100**3))
    assert found["paf"]["se"] == pytest.approx(100 * walter, rel=1e-12)
    assert found["par"]["se"] == pytest.approx(40 * walter, rel=1e-12)
    assert not {"sii", "rii", "aci", "rci", "mdru", "mdrw"} & found.keys()
    assert {row["status"] for row in found.values()} == {"ok"}


def test_three_equal_steps_ordered() -> None:
    found = measured(*THREE, ordered=True)
    # ranks 1/6, 1/2, 5/6; b = sum w t y / sum w t^2 = (1/3)(1/3)(60 - 20) / ((1/3) 2 (1/9)) = 60; a = 40 - 30 = 10
    assert found["sii_linear"]["estimate"] == pytest.approx(60, rel=1e-12)
    assert found["rii_linear"]["estimate"] == pytest.approx(7, rel=1e-12)
    # 2 sum w x y - mean = (2/3)(20/6 + 40/2 + 60 5/6) - 40 = (2/3)(440/6) - 40 = 80/9
    assert found["aci"]["estimate"] == pytest.approx(80 / 9, rel=1e-12)
    assert found["rci"]["estimate"] == pytest.approx(2 / 9, rel=1e-12)
    # the points lie on the line, so its errors are the groups': b = 1.5 (60 - 20), se = 1.5 sqrt(9 + 9)
    assert found["sii_linear"]["se"] == pytest.approx(1.5 * math.sqrt(18), rel=1e-12)
    assert found["sii_linear"]["ci_method"] == "normal, groups' errors"
    # aci = 2 var(x) b, var(x) = 2/27
    assert found["aci"]["se"] == pytest.approx(4 / 27 * 1.5 * math.sqrt(18), rel=1e-12)
    assert found["d"]["estimate"] == 40
    assert found["sii"]["status"] == "ok"


def test_logistic_slope_of_an_exact_logistic_curve() -> None:
    # four equal groups, ranks 1/8, 3/8, 5/8, 7/8, shares 1 / (1 + exp(-(-1 + 2 x))): the fit must give back a = -1,
    # b = 2
    share = [100 / (1 + math.exp(1 - 2 * x)) for x in (0.125, 0.375, 0.625, 0.875)]
    found = measured(*((f"g{i}", y, 1, 50) for i, y in enumerate(share)), ordered=True)
    low, high = 1 / (1 + math.exp(1)), 1 / (1 + math.exp(-1))
    assert found["sii"]["estimate"] == pytest.approx(100 * (high - low), rel=1e-9)
    assert found["rii"]["estimate"] == pytest.approx(high / low, rel=1e-9)


def test_poisson_slope_of_an_exact_exponential_curve() -> None:
    # 500 exp(0.8 x) per 100 000 at ranks 1/6, 1/2, 5/6: bottom 500, top 500 exp(0.8)
    rate = [500 * math.exp(0.8 * x) for x in (1 / 6, 0.5, 5 / 6)]
    found = measured(*((f"g{i}", y, 1, 7000) for i, y in enumerate(rate)), ordered=True, scale=1e5, family="rate")
    assert found["sii"]["estimate"] == pytest.approx(500 * (math.exp(0.8) - 1), rel=1e-9)
    assert found["rii"]["estimate"] == pytest.approx(math.exp(0.8), rel=1e-9)


def test_a_reference_is_compared_with_the_worst_other() -> None:
    better = measured(*THREE, reference="middle")
    assert better["d"]["estimate"] == 20  # favourable: reference - lowest other = 40 - 20
    assert better["r"]["estimate"] == 2
    worse = measured(*THREE, reference="middle", favourable=False)
    assert worse["d"]["estimate"] == 20  # adverse: highest other - reference = 60 - 40
    assert worse["r"]["estimate"] == 1.5
    # distances from the reference: 20, 0, 20, which counts among the three
    assert better["mdru"]["estimate"] == pytest.approx(40 / 3, rel=1e-12)
    best = measured(*THREE, reference="high", favourable=False)
    assert best["d"]["estimate"] == 40 - 60  # the reference is worse than every other: below zero, as defined


@pytest.mark.parametrize("measure", ["d", "sii", "sii_linear", "aci", "rci", "par", "paf"])
def test_signs_turn_with_polarity(measure: str) -> None:
    # the same social pattern told as a good thing (60 % healthy at the top) and as a bad one (40 % ill at the top)
    good = measured(*THREE, ordered=True)
    bad = measured(*((name, 100 - y, s, n) for name, y, s, n in THREE), ordered=True, favourable=False)
    assert good[measure]["estimate"] > 0
    if measure == "d":
        assert bad[measure]["estimate"] == good[measure]["estimate"]
    else:
        assert bad[measure]["estimate"] < 0
    if measure in ("sii", "sii_linear", "aci", "par"):
        assert bad[measure]["estimate"] == pytest.approx(-good[measure]["estimate"], rel=1e-9)


def test_without_polarity_no_measure_names_a_best() -> None:
    found = measured(*THREE, favourable=None)
    assert found["d"]["estimate"] == 40
    assert not {"par", "paf", "mdbu", "mdbw"} & found.keys()
    turned = measured(*reversed(THREE), favourable=None, ordered=True)
    assert turned["d"]["estimate"] == -40  # as if more were better, so that the sign still tells the direction
    assert turned["sii"]["estimate"] < 0


# ---- edges ---------------------------------------------------------------------------------------------------------


def test_a_missing_subgroup_is_left_out_and_told() -> None:
    found = measured(*THREE, ("none", None, None, 50))
    assert found["bgv"]["estimate"] == pytest.approx(800 / 3)
    assert found["bgv"]["status"] == "incomplete"
    assert found["bgv"]["n_groups"] == 3
    assert "left out" in found["bgv"]["reason"]


@pytest.mark.parametrize(("missing", "word"), [(0, "most disadvantaged"), (3, "most advantaged")])
def test_an_ordered_measure_that_loses_an_end_is_refused(missing: int, word: str) -> None:
    rows = [(f"g{i}", 10.0 + 10 * i, 1, 100) for i in range(4)]
    rows[missing] = (rows[missing][0], None, None, 100)
    found = measured(*rows, ordered=True)
    for measure in ("d", "r", "sii", "rii", "sii_linear", "rii_linear", "aci", "rci"):
        assert found[measure]["status"] == "refused", measure
        assert found[measure]["estimate"] is None
        assert word in found[measure]["reason"]
    assert found["bgv"]["status"] == "incomplete"
    assert found["par"]["status"] == ("refused" if missing == 3 else "incomplete")


def test_a_missing_middle_leaves_the_ordered_measures_incomplete() -> None:
    found = measured(("a", 10, 1, 9), ("b", None, None, 9), ("c", 30, 1, 9), ("d", 35, 1, 9), ordered=True)
    assert found["d"]["estimate"] == 25
    assert {found[measure]["status"] for measure in ("d", "sii", "aci", "par")} == {"incomplete"}


def test_without_a_standard_error_the_estimate_stands() -> None:
    found = measured(*((name, y, None, n) for name, y, _, n in THREE), draws=100)
    for measure in ("d", "r", "bgv", "theil", "mld", "bgsd", "mdmu", "idisw"):
        assert found[measure]["estimate"] is not None
        assert found[measure]["ci_lower"] is None
        assert found[measure]["ci_upper"] is None
        assert found[measure]["ci_method"] == "none"
        assert "standard error" in found[measure]["reason"]
    assert found["d"]["estimate"] == 40


def test_one_subgroup_is_refused() -> None:
    found = measured(("alone", 20, 1, 100))
    assert {row["status"] for row in found.values()} == {"refused"}
    assert "only one subgroup" in found["d"]["reason"]


def test_two_subgroups_have_a_difference_and_a_ratio_and_nothing_else() -> None:
    found = measured(("women", 40, 1, 100), ("men", 50, 1, 100))
    assert found.keys() == {"d", "r"}
    assert found["d"]["estimate"] == 10


def test_three_of_which_one_is_missing_are_too_few_for_the_others() -> None:
    found = measured(("a", 40, 1, 100), ("b", 50, 1, 100), ("c", None, None, 100))
    assert found["d"]["status"] == "incomplete"
    assert found["bgv"]["status"] == "refused"
    assert "fewer than three" in found["bgv"]["reason"]


def test_ties_in_the_order_are_refused() -> None:
    table = {"group_id": [1] * 3, "subgroup": ["a", "b", "c"], "estimate": [10.0, 20, 30], "se": [1.0] * 3,
             "population": [9.0] * 3, "population_is_denominator": [True] * 3, "ordered": [True] * 3,
             "is_reference": [False] * 3, "favourable": [True] * 3, "scale": [100.0] * 3,
             "family": ["share"] * 3}  # fmt: skip
    for order, word in (([1, 2, 2], "share a place"), ([1, None, 3], "no place")):
        members = pa.table({**table, "subgroup_order": pa.array(order, pa.int32())})
        found = {row["measure"]: row for row in measures_of_members(members, draws=0).to_pylist()}
        assert found["sii"]["status"] == found["d"]["status"] == found["par"]["status"] == "refused"
        assert word in found["sii"]["reason"]
        assert word in found["d"]["reason"]
        assert found["bgv"]["status"] == "ok"


@pytest.mark.parametrize(
    ("populations", "word"),
    [((100, None, 100), "missing"), ((0, 0, 0), "every population is zero"), ((100, -1, 100), "below zero")],
)
def test_measures_that_need_persons_are_refused_without_them(populations: tuple, word: str) -> None:
    found = measured(*((f"g{i}", 10.0 + 10 * i, 1, n) for i, n in enumerate(populations)), ordered=True)
    for measure in ("sii", "rii", "aci", "bgv", "theil", "mld", "mdmu", "mdmw", "mdbw", "idisu", "par", "paf"):
        assert found[measure]["status"] == "refused", measure
        assert word in found[measure]["reason"]
    assert found["d"]["estimate"] == 20  # needs no persons


def test_all_equal_is_no_inequality() -> None:
    found = measured(*((f"g{i}", 30, 2, 100 + i) for i in range(4)), ordered=True, reference="g0", draws=200)
    nothing = {"d", "sii", "sii_linear", "aci", "rci", "bgv", "bgsd", "cov", "mdmu", "mdmw", "mdbu", "mdbw", "mdru",
    "mdrw",
               "idisu", "idisw", "theil", "mld", "par", "paf"}  # fmt: skip
    for measure in nothing:
        assert found[measure]["estimate"] == pytest.approx(0, abs=1e-9), measure
    for measure in ("r", "rii", "rii_linear"):
        assert found[measure]["estimate"] == pytest.approx(1, rel=1e-12), measure
    assert found.keys() == nothing | {"r", "rii", "rii_linear"} == set(MEASURES)
    simulated = {measure for measure, row in found.items() if row["ci_method"] == "simulation"}
    assert len(simulated) == 10
    for measure, row in found.items():
        assert row["status"] == ("flagged" if measure in simulated else "ok")
        assert row["se"] is None or row["se"] > 0, measure
    for measure in simulated:  # drawing spreads what is equal, so zero is held, and said why
        assert found[measure]["ci_lower"] == 0 < found[measure]["ci_upper"]
        assert "chance is most of the spread" in found[measure]["reason"]
    # flat: sii is the linear form's, errors and all; the delta method has none to give theil and mld
    assert found["sii"]["se"] == found["sii_linear"]["se"] > 1
    assert found["rii"]["se"] == pytest.approx(found["sii"]["se"] / 30, rel=1e-9)
    assert found["theil"]["ci_lower"] is found["mld"]["ci_lower"] is None
    assert "delta method" in found["theil"]["reason"]


def test_an_exact_line_without_errors_has_no_interval() -> None:
    found = measured(*((f"g{i}", 10.0 + 10 * i, None, 100) for i in range(4)), ordered=True)
    for measure in ("sii_linear", "rii_linear", "aci", "rci"):
        assert (found[measure]["se"], found[measure]["ci_lower"]) == (None, None), measure
        assert found[measure]["status"] == "ok"
        assert "standard error" in found[measure]["reason"]


def test_a_standard_error_of_zero_counts_as_missing() -> None:
    found = measured(("low", 20, 0, 100), ("middle", 42, 3, 100), ("high", 60, 0, 100), ordered=True, draws=100)
    assert found["d"]["se"] is found["d"]["ci_lower"] is None
    assert found["bgv"]["ci_lower"] is found["mdmu"]["ci_lower"] is None
    assert found["sii_linear"]["ci_method"] == "normal, HC1"
    assert "not chance" in found["sii_linear"]["reason"]


def test_a_mean_of_zero_refuses_the_ratios_only() -> None:
    found = measured(*((f"g{i}", 0, 1, 100) for i in range(3)), ordered=True, draws=200)
    for measure in ("r", "rii", "rii_linear", "rci", "cov", "idisu", "idisw", "theil", "mld", "paf"):
        assert found[measure]["status"] == "refused", measure
        assert "zero" in found[measure]["reason"]
    for measure in ("d", "sii", "sii_linear", "aci", "bgv", "bgsd", "mdmu", "mdbw", "par"):
        assert found[measure]["estimate"] == 0, measure


def test_a_zero_has_no_logarithm() -> None:
    found = measured(("a", 0, 1, 100), ("b", 30, 1, 100), ("c", 60, 1, 100))
    r = (1e-6, 1.0, 2.0)
    # theil hardly moves by what stands for zero, but its error would: none, and flagged
    assert found["theil"]["estimate"] == pytest.approx(1000 / 3 * sum(x * math.log(x) for x in r), rel=1e-12)
    assert (found["theil"]["status"], found["theil"]["ci_lower"]) == ("flagged", None)
    # the mean log deviation would be set by it
    assert (found["mld"]["status"], found["mld"]["estimate"]) == ("refused", None)
    for measure in ("r", "theil", "mld"):
        assert "zero" in found[measure]["reason"]
    assert found["r"]["status"] == "refused"


@pytest.mark.parametrize("shares", [(0, 0, 100, 100), (100, 100, 0, 0), (0, 0, 40, 100), (0, 0, 0, 40)])
def test_separated_cases_are_given_the_linear_form_and_said_so(shares: tuple) -> None:
    found = measured(*((f"g{i}", y, 1, 100) for i, y in enumerate(shares)), ordered=True)
    assert found["sii"]["status"] == "flagged"
    assert found["sii"]["ci_method"] == "normal, HC1, linear"
    assert "linear form" in found["sii"]["reason"]
    assert found["sii"]["estimate"] == found["sii_linear"]["estimate"]


def test_cases_that_overlap_in_two_groups_are_not_separated() -> None:
    found = measured(*((f"g{i}", y, 1, 100) for i, y in enumerate((100, 100, 60, 60))), ordered=True)
    assert found["sii"]["status"] == "ok"
    assert found["sii"]["ci_method"] == "normal, HC1"


def test_rates_with_events_in_an_end_group_only_have_no_poisson_fit() -> None:
    one = measured(("a", 0, 1, 1000), ("b", 0, 1, 1000), ("c", 50, 9, 1000), ordered=True, scale=1e5, family="rate")
    assert one["sii"]["status"] == "flagged"
    middle = measured(("a", 0, 1, 1000), ("b", 50, 9, 1000), ("c", 0, 1, 1000), ordered=True, scale=1e5, family="rate")
    assert middle["sii"]["status"] == "ok"
    assert middle["sii"]["estimate"] == pytest.approx(0, abs=1e-6)


@pytest.mark.parametrize("outside", [-1, 101])
def test_an_estimate_outside_the_scale_is_refused(outside: float) -> None:
    found = measured(("a", outside, 1, 100), ("b", 30, 1, 100), ("c", 60, 1, 100))
    assert {row["status"] for row in found.values()} == {"refused"}
    assert {row["estimate"] for row in found.values()} == {None}
    assert "outside 0 to the indicator's scale" in found["d"]["reason"]


def test_the_reference_of_the_wrong_sign_is_zero_and_flagged() -> None:
    found = measured(*THREE, ordered=True, favourable=False)  # the most advantaged have most of a bad thing
    for measure in ("par", "paf"):
        assert (found[measure]["estimate"], found[measure]["status"]) == (0, "flagged")
        assert "set to zero" in found[measure]["reason"]


def test_two_references_are_refused() -> None:
    members = pa.table(
        {"group_id": [1] * 3, "subgroup": ["a", "b", "c"], "estimate": [10.0, 20, 30], "se": [1.0] * 3,
         "population": [9.0] * 3, "population_is_denominator": [True] * 3, "ordered": [False] * 3,
         "subgroup_order": pa.array([None] * 3, pa.int32()), "is_reference": [True, True, False],
         "favourable": [True] * 3, "scale": [100.0] * 3, "family": ["share"] * 3}
    )  # fmt: skip
    found = measures_of_members(members, draws=0).to_pylist()
    assert {row["status"] for row in found} == {"refused"}
    assert "reference" in found[0]["reason"]
