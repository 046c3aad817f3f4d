"""Simulated intervals: close to 200,000 independent draws, the same for the same rows, bounded, seeded."""

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from pipelines.statistics.measures import measures_of_members
from pipelines.statistics.simulation import DRAWS, _probability, _quantile, simulate

MEASURES = {"bgsd", "cov", "mdmu", "mdmw", "mdbu", "mdbw", "mdru", "mdrw", "idisu", "idisw"}


def members(groups: list[dict]) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                "group_id": group["number"], "subgroup": f"s{place}", "estimate": group["y"][place],
                "se": group["s"][place],
                "population": group["n"][place], "is_reference": place == group.get("reference"),
                "favourable": group.get("favourable", True), "scale": group.get("scale", 100.0),
            }
            for group in groups
            for place in range(len(group["y"]))
        ],
        schema=pa.schema(
            [("group_id", pa.int64()), ("subgroup", pa.string()), ("estimate", pa.float64()), ("se", pa.float64()),
             ("population", pa.float64()), ("is_reference", pa.bool_()), ("favourable", pa.bool_()), ("scale",
             pa.float64())]
        ),
    )  # fmt: skip


def ends(table: pa.Table) -> dict:
    return {(row["group_id"], row["measure"]): (row["ci_lower"], row["ci_upper"]) for row in table.to_pylist()}


def by_hand(group: dict, draws: int, rng: np.random.Generator) -> dict[str, tuple[float, float]]:
    """The definition, written plainly: independent draws, redrawn one by one outside the bounds, numpy's quantiles."""
    y, s, w = np.array(group["y"]), np.array(group["s"]), np.array(group["n"]) / sum(group["n"])
    drawn = rng.normal(y, s, (draws, len(y)))
    while (outside := (drawn < 0) | (drawn > group["scale"])).any():
        drawn[outside] = rng.normal(np.broadcast_to(y, drawn.shape)[outside], np.broadcast_to(s, drawn.shape)[outside])
    mean = drawn @ w
    off = abs(drawn - mean[:, None])
    best = (drawn.max(axis=1) if group["favourable"] else drawn.min(axis=1))[:, None]
    apart = abs(drawn - drawn[:, [group["reference"]]])
    made = {
        "bgsd": np.sqrt(off**2 @ w), "cov": 100 * np.sqrt(off**2 @ w) / mean, "mdmu": off.mean(axis=1), "mdmw": off @ w,
        "mdbu": abs(drawn - best).mean(axis=1), "mdbw": abs(drawn - best) @ w, "mdru": apart.mean(axis=1),
        "mdrw": apart @ w,
        "idisu": 100 * off.mean(axis=1) / mean, "idisw": 100 * off @ w / mean,
    }  # fmt: skip
    return {name: tuple(np.quantile(values, [0.025, 0.975])) for name, values in made.items()}


def test_ends_lie_within_three_per_cent_of_the_width_of_many_independent_draws() -> None:
    rng = np.random.default_rng(4)
    groups = []
    for number in range(1, 13):
        size = int(rng.integers(3, 7))
        y = rng.uniform(0.5, 99.5, size) if number % 3 else rng.uniform(0, 3, size)  # a third lie against the bound
        groups.append(
            {"number": number, "y": y.tolist(), "s": rng.uniform(0.3, 4, size).tolist(), "scale": 100.0,
             "n": rng.integers(100, 9000, size).tolist(), "reference": 1, "favourable": bool(number % 2)}
        )  # fmt: skip
    found = ends(simulate(members(groups)))
    seen = 0
    for group in groups:
        for measure, (lower, upper) in by_hand(group, 200_000, rng).items():
            width = upper - lower
            assert abs(found[group["number"], measure][0] - lower) <= 0.03 * width, (group, measure)
            assert abs(found[group["number"], measure][1] - upper) <= 0.03 * width, (group, measure)
            seen += 1
    assert seen == 12 * len(MEASURES)


def group(number: int = 1, **other: object) -> dict:
    return {"number": number, "y": [20.0, 40, 60], "s": [3.0, 2, 1], "n": [100.0, 200, 300], "reference": 0, **other}


def test_an_interval_depends_on_its_own_rows_and_the_seed_only() -> None:
    alone = ends(simulate(members([group(7)]), 1000, 3))
    among = [
        group(number, y=[float(number), 50, 51 + number, 12, 13], s=[1.0] * 5, n=[1.0] * 5) for number in range(1, 7)
    ]
    crowd = ends(simulate(members([*among, group(7), *(group(n, y=[1.0, 2, 3]) for n in range(8, 400))]), 1000, 3))
    assert {key: crowd[key] for key in alone} == alone
    table = members([group(7)])
    assert ends(simulate(table.take([2, 0, 1]), 1000, 3)) == alone
    assert ends(simulate(table, 1000, 3)) == alone
    renamed = table.set_column(1, "subgroup", pa.array(["z", "y", "x"]))
    assert ends(simulate(renamed, 1000, 3)) == alone
    assert ends(simulate(table, 1000, 4)) != alone


def test_which_measures_have_an_interval() -> None:
    assert {key[1] for key in ends(simulate(members([group()]), 200))} == MEASURES
    assert {key[1] for key in ends(simulate(members([group(reference=None)]), 200))} == MEASURES - {"mdru", "mdrw"}
    assert {key[1] for key in ends(simulate(members([group(favourable=None)]), 200))} == MEASURES - {"mdbu", "mdbw"}
    unweighted = {key[1] for key in ends(simulate(members([group(n=[100.0, None, 300])]), 200))}
    assert unweighted == {"mdbu", "mdru"}  # the rest need the mean and so the persons


@pytest.mark.parametrize(
    "fault",
    [
        {"s": [1.0, None, 1]},
        {"y": [20.0, 40, 101]},
        {"y": [-1.0, 40, 60]},
        {"y": [20.0, 40, None]},
        {"s": [1.0, -1, 1]},
        {"s": [1.0, np.inf, 1]},
        {"y": [20.0, 40, np.nan]},
    ],
)
def test_what_cannot_be_drawn_is_left_out(fault: dict) -> None:
    found = simulate(members([group(1, **fault), group(2)]), 200)
    assert set(found["group_id"].to_pylist()) == {2}


def test_no_rows_is_no_intervals() -> None:
    assert simulate(members([])).num_rows == 0
    assert simulate(members([group(s=[None, None, None])])).num_rows == 0


def test_draws_stay_within_the_scale() -> None:
    # a spread ten times the scale: nearly every draw would fall outside, and no distance can be longer than the scale
    found = ends(simulate(members([group(y=[0.0, 50, 100], s=[1000.0] * 3)]), 2000))
    for measure in ("mdmu", "mdmw", "mdbu", "mdbw", "mdru", "mdrw", "bgsd"):
        assert 0 <= found[1, measure][0] < found[1, measure][1] <= 100


# A spread so wide that a few draws in ten thousand are beyond the largest double: infinite, and their distance from an
# infinite mean is no number.
BEYOND = {"y": [0.0, 0.0, 1.0], "s": [5e307] * 3, "scale": None}


def test_draws_that_are_no_number_make_no_interval() -> None:
    found = ends(simulate(members([group(1, **BEYOND), group(2)])))
    assert found[1, "mdmu"] == (None, None)
    assert found[1, "mdmw"] == (None, None)
    alone = ends(simulate(members([group(2)])))
    assert {key: value for key, value in found.items() if key[0] == 2} == alone
    assert all(None not in each for each in alone.values())


def test_without_an_interval_the_measure_says_why() -> None:
    table = members([group(1, **BEYOND)])
    count = table.num_rows
    for name, values in {
        "population_is_denominator": pa.array([True] * count),
        "ordered": pa.array([False] * count),
        "subgroup_order": pa.nulls(count, pa.int32()),
        "family": pa.array(["mean"] * count),
    }.items():
        table = table.append_column(name, values)
    found = {row["measure"]: row for row in measures_of_members(table).to_pylist()}
    assert found["mdmu"]["estimate"] is not None
    assert (found["mdmu"]["ci_lower"], found["mdmu"]["ci_method"]) == (None, "none")
    assert found["mdmu"]["reason"] == "no interval: not every draw of it is a number"


def test_normal_quantiles() -> None:
    p = np.r_[10.0 ** -np.arange(1, 16), np.linspace(0.001, 0.999, 999), 1 - 10.0 ** -np.arange(1, 15)]
    assert _quantile(p) == pytest.approx(stats.norm.ppf(p), rel=3e-7, abs=1e-9)
    z = np.linspace(-9, 9, 37)
    assert _probability(z) == pytest.approx(stats.norm.cdf(z), rel=1e-12)


def test_a_mean_has_no_bound() -> None:
    free = ends(simulate(members([group(y=[0.0, 0.1, 0.2], s=[5.0] * 3, scale=None)]), 4000))
    held = ends(simulate(members([group(y=[0.0, 0.1, 0.2], s=[5.0] * 3)]), 4000))
    assert free[1, "mdmu"][1] > held[1, "mdmu"][1] * 1.2


def test_without_spread_the_interval_is_a_point() -> None:
    found = ends(simulate(members([group(s=[0.0] * 3)]), 50))
    # mean (20 100 + 40 200 + 60 300) / 600 = 140 / 3; distances 80/3, 20/3, 40/3: in all 140/3, a third of it 140/9
    assert found[1, "mdmu"] == pytest.approx((140 / 9, 140 / 9))


def test_the_release_draws_ten_thousand() -> None:
    assert DRAWS == 10_000
