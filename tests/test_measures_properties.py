"""What must hold of the measures whatever the figures: invariance, bounds and signs (hypothesis)."""

import math
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from pipelines.measures import measures_of_members

COLUMNS = pa.schema(
    [
        ("group_id", pa.int64()), ("subgroup", pa.string()), ("estimate", pa.float64()), ("se", pa.float64()),
        ("population", pa.float64()), ("population_is_denominator", pa.bool_()), ("ordered", pa.bool_()),
        ("subgroup_order", pa.int32()), ("is_reference", pa.bool_()), ("favourable", pa.bool_()),
        ("scale", pa.float64()), ("family", pa.string()),
    ]
)  # fmt: skip
# figures with two decimals and whole persons, as published tables have them
subgroups = st.lists(
    st.tuples(
        st.integers(50, 9950).map(lambda n: n / 100),
        st.integers(10, 300).map(lambda n: n / 100),
        st.integers(1, 50_000),
    ),
    min_size=3,
    max_size=7,
)
few = settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def rows(group: list[tuple], number: int, **given_: Any) -> list[dict[str, Any]]:
    common = {"population_is_denominator": True, "ordered": True, "favourable": True, "scale": 100.0, "family": "share"}
    return [
        {
            "group_id": number, "subgroup": f"s{place:02d}", "estimate": y, "se": s, "population": float(n),
            "subgroup_order": place + 1, "is_reference": False, **common, **given_,
        }
        for place, (y, s, n) in enumerate(group)
    ]  # fmt: skip


def measured(*groups: list[dict[str, Any]], draws: int = 0) -> list[dict[str, dict[str, Any]]]:
    members = pa.Table.from_pylist([row for group in groups for row in group], schema=COLUMNS)
    found: dict[int, dict[str, dict[str, Any]]] = {}
    for row in measures_of_members(members, draws=draws).to_pylist():
        found.setdefault(row["group_id"], {})[row["measure"]] = row
    return [found[number] for number in sorted(found)]


def same(
    one: dict[str, Any],
    two: dict[str, Any],
    names: tuple[str, ...] = ("estimate", "ci_lower", "ci_upper"),
    times: float = 1,
) -> None:
    for name in names:
        if one[name] is None:
            assert two[name] is None
        else:
            # a fit nearly separated is known to fewer digits than the rest
            assert two[name] == pytest.approx(one[name] * times, rel=1e-6, abs=1e-7 * max(1, abs(one["estimate"])))


@few
@given(subgroups, st.randoms(use_true_random=False))
def test_the_order_of_rows_changes_nothing(group: list[tuple], random: Any) -> None:
    straight = rows(group, 1)
    shuffled = list(straight)
    random.shuffle(shuffled)
    (before,), (after,) = measured(straight, draws=500), measured(shuffled, draws=500)
    assert before.keys() == after.keys()
    for measure, row in before.items():
        same(row, after[measure])


@few
@given(subgroups, st.integers(0, 6))
def test_splitting_a_subgroup_in_two_equal_halves_changes_no_weighted_measure(group: list[tuple], which: int) -> None:
    which %= len(group)
    y, s, n = group[which]
    halved = [*group[:which], (y, s, n / 2), (y, s, n / 2), *group[which + 1 :]]
    before, after = measured(rows(group, 1, ordered=False), rows(halved, 2, ordered=False))
    for measure in ("theil", "mld", "bgv", "bgsd", "cov", "mdmw", "mdbw", "idisw", "d", "r", "par", "paf"):
        same(before[measure], after[measure], ("estimate",))


@few
@given(subgroups)
def test_relative_measures_do_not_see_the_unit(group: list[tuple]) -> None:
    percent = rows(group, 1)
    mille = rows([(10 * y, 10 * s, n) for y, s, n in group], 2, scale=1000.0)
    one, two = measured(percent, mille)
    for measure in ("r", "rii", "rii_linear", "rci", "cov", "theil", "mld", "idisu", "idisw", "paf"):
        same(one[measure], two[measure])
    for measure in ("d", "sii", "sii_linear", "aci", "bgsd", "mdmu", "mdbw", "par"):
        same(one[measure], two[measure], times=10)
    same(one["bgv"], two["bgv"], times=100)


@few
@given(subgroups)
def test_measures_do_not_see_how_many_persons_there_are_in_all(group: list[tuple]) -> None:
    one, two = measured(rows(group, 1), rows([(y, s, 7 * n) for y, s, n in group], 2))
    for measure in one:
        same(
            one[measure],
            two[measure],
            ("estimate",) if measure in ("par", "paf") else ("estimate", "ci_lower", "ci_upper"),
        )


@few
@given(subgroups)
def test_turning_the_order_turns_the_sign(group: list[tuple]) -> None:
    one, two = measured(rows(group, 1), rows(group[::-1], 2))
    for measure in ("d", "sii", "sii_linear", "aci", "rci"):
        same(one[measure], two[measure], ("estimate",), times=-1)
    if one["rii"]["status"] == two["rii"]["status"] == "ok":
        assert one["rii"]["estimate"] * two["rii"]["estimate"] == pytest.approx(1, rel=1e-6)


@few
@given(subgroups)
def test_a_good_thing_and_its_want_have_opposite_slopes(group: list[tuple]) -> None:
    good = rows(group, 1)
    bad = rows([(100 - y, s, n) for y, s, n in group], 2, favourable=False)
    one, two = measured(good, bad)
    for measure in ("sii", "sii_linear", "aci", "par"):
        same(one[measure], two[measure], ("estimate",), times=-1)
    for measure in ("d", "bgv", "bgsd", "mdmu", "mdmw", "mdbu", "mdbw"):
        same(one[measure], two[measure])


@few
@given(subgroups)
def test_bounds(group: list[tuple]) -> None:
    (found,) = measured(rows(group, 1, ordered=False), draws=500)
    (ordered,) = measured(rows(group, 1), draws=0)
    share = min(n for _, _, n in group) / sum(n for _, _, n in group)
    for measure in (
        "d",
        "bgv",
        "bgsd",
        "cov",
        "mdmu",
        "mdmw",
        "mdbu",
        "mdbw",
        "idisu",
        "idisw",
        "theil",
        "mld",
        "par",
        "paf",
    ):
        assert found[measure]["estimate"] >= -1e-9, measure
    assert found["r"]["estimate"] >= 1
    assert found["theil"]["estimate"] <= 1000 * -math.log(share) + 1e-6
    assert found["mdmw"]["estimate"] <= found["bgsd"]["estimate"] + 1e-9  # Jensen
    assert found["bgsd"]["estimate"] <= found["d"]["estimate"] / 2 + 1e-9  # Popoviciu
    assert -1 <= ordered["rci"]["estimate"] <= 1
    assert -100 <= ordered["sii"]["estimate"] <= 100 or ordered["sii"]["status"] == "flagged"
    assert ordered["rii"]["estimate"] > 0 or ordered["rii"]["status"] != "ok"
    for row in (*found.values(), *ordered.values()):
        if row["ci_lower"] is not None:
            assert row["ci_lower"] <= row["ci_upper"]
            if row["ci_method"] != "simulation":
                assert row["ci_lower"] - 1e-9 <= row["estimate"] <= row["ci_upper"] + 1e-9
