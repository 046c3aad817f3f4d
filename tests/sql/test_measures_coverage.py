"""Intervals of slopes hold a known truth: equal groups on a true line, each figure with a known error."""

import math

import numpy as np
import pyarrow as pa
import pytest

from pipelines.statistics.measures import measures_of_members

TIMES = 2_500  # of each number of groups; one in a hundred is then known to 0.4
SIZES = (3, 4, 5, 10)
PERSONS, BOTTOM, TOP = 400, 30.0, 55.0


def _members(truth: dict[int, np.ndarray], seed: int) -> pa.Table:
    """`TIMES` comparisons of each size: shares counted among `PERSONS` each, with their binomial errors."""
    rng = np.random.default_rng(seed)
    number, place, figure = [], [], []
    first = 0
    for size, level in truth.items():
        drawn = 100 * rng.binomial(PERSONS, level / 100, (TIMES, size)) / PERSONS
        figure.append(drawn.ravel())
        number.append(np.repeat(np.arange(first, first + TIMES), size))
        place.append(np.tile(np.arange(1, size + 1), TIMES))
        first += TIMES
    y = np.concatenate(figure)
    rows = len(y)
    return pa.table(
        {
            "group_id": pa.array(np.concatenate(number) + 1, pa.int64()),
            "subgroup": pa.array([f"g{each}" for each in np.concatenate(place)]),
            "estimate": y,
            "se": np.sqrt(y * (100 - y) / PERSONS),
            "population": np.full(rows, float(PERSONS)),
            "population_is_denominator": np.ones(rows, dtype=bool),
            "ordered": np.ones(rows, dtype=bool),
            "subgroup_order": pa.array(np.concatenate(place), pa.int32()),
            "is_reference": np.zeros(rows, dtype=bool),
            "favourable": np.ones(rows, dtype=bool),
            "scale": np.full(rows, 100.0),
            "family": pa.array(["share"] * rows),
        }
    )


def _ranks(size: int) -> np.ndarray:
    return (np.arange(size) + 0.5) / size


def _held(truth: dict[int, np.ndarray], right: dict[str, dict[int, float]], seed: int) -> dict[tuple[str, int], float]:
    """By measure and number of groups, the share of intervals that hold the right answer."""
    table = measures_of_members(_members(truth, seed), draws=0)
    group = table["group_id"].to_numpy() - 1
    measure = np.array(table["measure"].to_pylist())
    lower, upper = (table[name].to_numpy(zero_copy_only=False) for name in ("ci_lower", "ci_upper"))
    held = {}
    for place, size in enumerate(truth):
        for name, answer in right.items():
            chosen = (group // TIMES == place) & (measure == name)
            assert chosen.sum() == TIMES
            held[name, size] = float(np.mean((lower[chosen] <= answer[size]) & (answer[size] <= upper[chosen])))
    return held


def test_linear_forms_hold_the_truth() -> None:
    truth = {size: BOTTOM + (TOP - BOTTOM) * _ranks(size) for size in SIZES}
    spread = {size: float(np.mean((_ranks(size) - 0.5) ** 2)) for size in SIZES}
    slope, mean = TOP - BOTTOM, (TOP + BOTTOM) / 2
    right = {
        "sii_linear": dict.fromkeys(SIZES, slope),
        "rii_linear": dict.fromkeys(SIZES, TOP / BOTTOM),
        "aci": {size: 2 * spread[size] * slope for size in SIZES},
        "rci": {size: 2 * spread[size] * slope / mean for size in SIZES},
    }
    for where, share in _held(truth, right, 21).items():
        assert 0.93 <= share <= 0.98, (where, share)


@pytest.mark.parametrize(("bottom", "top"), [(30.0, 55.0), (92.0, 80.0)])
def test_logistic_forms_hold_the_truth(bottom: float, top: float) -> None:
    low, high = (math.log(p / (100 - p)) for p in (bottom, top))
    truth = {size: 100 / (1 + np.exp(-(low + (high - low) * _ranks(size)))) for size in SIZES}
    right = {"sii": dict.fromkeys(SIZES, top - bottom), "rii": dict.fromkeys(SIZES, top / bottom)}
    for where, share in _held(truth, right, 22).items():
        assert 0.93 <= share <= 0.98, (where, share)
