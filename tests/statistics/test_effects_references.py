"""The estimators against independent code: scipy's solvers, fits written out one by one, jackknife, statsmodels."""

import numpy as np
import pytest
import statsmodels.api as sm
from scipy.optimize import minimize, nnls
from statsmodels.stats.multitest import multipletests

from pipelines.statistics.effects import group_time
from pipelines.statistics.effects.estimators import did, lag_ridge, synthetic_control, synthetic_did
from pipelines.statistics.effects.imputation import impute
from pipelines.statistics.effects.placebo import correlation, holm, minimum_detectable, placebos
from pipelines.statistics.effects.weights import ridge_weights, simplex_weights

Array = np.ndarray
N_BEFORE = 9


@pytest.fixture(scope="module")
def values() -> Array:
    """40 places × 13 years: levels, common years, own walks and noise."""
    random = np.random.default_rng(7)
    walk = random.normal(size=(40, 13)).cumsum(axis=1) * 0.6
    return 50 + 5 * random.normal(size=(40, 1)) + random.normal(size=(1, 13)) + walk + random.normal(size=(40, 13))


def weights_by_scipy(x: Array, y: Array, ridge: float) -> Array:
    """min |x w - y|^2 + ridge |w|^2, w >= 0, sum 1: non-negative least squares with the sum as a heavy row."""
    heavy = 1e4 * np.abs(x).max()
    stacked = np.vstack([x, np.sqrt(ridge) * np.eye(x.shape[1]), np.full((1, x.shape[1]), heavy)])
    weights, _ = nnls(stacked, np.concatenate([y, np.zeros(x.shape[1]), [heavy]]), maxiter=10_000)
    return weights / weights.sum()


def synthetic_did_by_scipy(values: Array, n_before: int, place: int, donors: Array) -> float:
    before, after = values[:, :n_before], values[:, n_before:]
    noise = np.diff(before[donors], axis=1).std(ddof=1)
    ridge = (after.shape[1] ** 0.25 * noise) ** 2 * n_before
    shape = before - before.mean(axis=1, keepdims=True)
    unit = weights_by_scipy(shape[donors].T, shape[place], ridge)
    x, y = before[donors], after[donors].mean(axis=1)
    time = weights_by_scipy(x - x.mean(axis=0), y - y.mean(), (1e-6 * noise) ** 2 * len(donors))
    gap = values[place] - unit @ values[donors]
    return float(gap[n_before:].mean() - time @ gap[:n_before])


def test_synthetic_did_is_at_the_optimum_in_the_place_and_in_every_placebo(values: Array) -> None:
    treated, donors = np.array([3, 11]), np.setdiff1d(np.arange(40), [3, 11, 20])
    found = synthetic_did(values, N_BEFORE, treated, donors)
    expected = [synthetic_did_by_scipy(values, N_BEFORE, place, donors) for place in treated]
    expected += [synthetic_did_by_scipy(values, N_BEFORE, place, donors[donors != place]) for place in donors]
    assert found.effect == pytest.approx(np.array(expected), abs=1e-5)
    assert (found.unit_weights >= 0).all()
    assert found.unit_weights.sum(axis=1) == pytest.approx(1)
    assert (found.unit_weights[2 + np.arange(37), np.arange(37)] == 0).all()  # no placebo is its own donor
    one = synthetic_did(values, N_BEFORE, treated, donors, with_placebos=False)
    assert one.effect == pytest.approx(found.effect[:2], abs=1e-12)


@pytest.mark.parametrize("ridge", [1e-6, 1e-2, 1.0, 1e4])
def test_unit_weights_at_ridges_of_any_size(ridge: float) -> None:
    random = np.random.default_rng(3)
    x, y = random.normal(size=(8, 60)), 3 * random.normal(size=(5, 8))
    found = ridge_weights(x, y, np.full(5, ridge), np.ones((5, 60), dtype=bool))
    for each, target in zip(found, y, strict=True):
        slope = x.T @ (x @ each - target) + ridge * each
        level = slope[each > 0].mean()
        assert slope[each > 0] == pytest.approx(level, abs=1e-8 * (1 + np.abs(slope).max()))
        assert (slope >= level - 1e-8 * (1 + np.abs(slope).max())).all()  # the conditions of the optimum


def test_time_weights_where_equations_are_fewer_than_weights() -> None:
    random = np.random.default_rng(5)
    x, y = random.normal(size=(6, 4, 9)), random.normal(size=(6, 4))
    gram = np.einsum("kja,kjb->kab", x, x) + 1e-9 * np.eye(9)
    found = simplex_weights(gram, np.einsum("kja,kj->ka", x, y))
    for number in range(6):
        reference = minimize(
            lambda w, k=number: ((x[k] @ w - y[k]) ** 2).sum(), np.full(9, 1 / 9), method="SLSQP", bounds=[(0, 1)] * 9,
            constraints={"type": "eq", "fun": lambda w: w.sum() - 1}, options={"ftol": 1e-14, "maxiter": 500},
        )  # fmt: skip
        assert ((x[number] @ found[number] - y[number]) ** 2).sum() <= reference.fun + 1e-7


def test_synthetic_control_by_scipy(values: Array) -> None:
    donors = np.arange(1, 40)
    weights = weights_by_scipy(values[donors, :N_BEFORE].T, values[0, :N_BEFORE], 0.0)
    expected = (values[0, N_BEFORE:] - weights @ values[donors, N_BEFORE:]).mean()
    assert synthetic_control(values, N_BEFORE, np.array([0]), donors)[0] == pytest.approx(expected, abs=0.02)


def test_did_of_a_placebo_leaves_it_out(values: Array) -> None:
    donors = np.arange(2, 40)
    change = values[:, N_BEFORE:].mean(axis=1) - values[:, :N_BEFORE].mean(axis=1)
    expected = [change[place] - change[donors[donors != place]].mean() for place in (0, 1, *donors)]
    assert did(values, N_BEFORE, np.array([0, 1]), donors) == pytest.approx(expected)


def test_lag_ridge_is_a_ridge_refitted_without_each_placebo(values: Array) -> None:
    """Each fit written out as least squares with an intercept, at each penalty; the best by its own left-out errors."""
    random = np.random.default_rng(2)
    persons = random.lognormal(9, 1, 40)
    donors = np.arange(1, 40)
    own = values[:, :N_BEFORE].mean(axis=1)
    x, z = values[:, :N_BEFORE] - own[:, None], values[:, N_BEFORE:].mean(axis=1) - own
    weight = persons / persons[donors].mean()

    def predicted(rows: Array, place: int, penalty: float) -> float:
        root = np.sqrt(weight[rows])
        design = np.column_stack([np.ones(len(rows)), x[rows]]) * root[:, None]
        shrink = np.column_stack([np.zeros(N_BEFORE), np.sqrt(penalty) * np.eye(N_BEFORE)])
        right = np.concatenate([root * z[rows], np.zeros(N_BEFORE)])
        slope = np.linalg.lstsq(np.vstack([design, shrink]), right, rcond=None)[0]
        return float(slope[0] + x[place] @ slope[1:])

    centred = np.sqrt(weight[donors])[:, None] * (x[donors] - np.average(x[donors], axis=0, weights=weight[donors]))
    mean = (np.linalg.svd(centred, compute_uv=False) ** 2).mean()
    left_out = {
        penalty: np.array([z[j] - predicted(donors[donors != j], j, penalty) for j in donors])
        for penalty in np.logspace(-4, 4, 33) * mean
    }
    best = min(left_out, key=lambda penalty: float((weight[donors] * left_out[penalty] ** 2).sum()))
    found = lag_ridge(values, N_BEFORE, np.array([0]), donors, persons)
    assert found[0] == pytest.approx(z[0] - predicted(donors, 0, best))
    assert found[1:] == pytest.approx(left_out[best])


def test_imputation_by_least_squares_on_dummies(values: Array) -> None:
    starts = np.full(40, np.inf)
    starts[:4], starts[4:10] = 6, 9
    gappy = values.copy()
    gappy[1, 2] = gappy[12, 5] = gappy[5, 11] = np.nan
    periods = np.arange(13)
    found = impute(gappy, periods, starts)
    place, year = np.indices(gappy.shape)
    known = np.isfinite(gappy)
    before = known & (year < starts[:, None])
    design = np.column_stack([np.eye(40)[place[before]], np.eye(13)[year[before]][:, 1:]])
    slope = np.linalg.lstsq(design, gappy[before], rcond=None)[0]
    expected = slope[:40, None] + np.r_[0, slope[40:]][None, :]
    after = known & ~before
    assert found.effect[after] == pytest.approx((gappy - expected)[after])
    assert np.isnan(found.effect[~after]).all()
    assert found.mean()[0] == pytest.approx((gappy - expected)[after].mean())


def _panel(random: np.random.Generator, n: int = 80) -> tuple[Array, Array]:
    starts = np.where(random.random(n) < 0.3, 3.0, np.where(random.random(n) < 0.4, 4.0, np.inf))
    return random.normal(size=(n, 6)).cumsum(axis=1) + random.normal(size=(n, 1)), starts


def _jackknife(statistic: object, values: Array, starts: Array) -> float:
    n = len(values)
    each = np.array([statistic(np.delete(values, k, 0), np.delete(starts, k)) for k in range(n)])  # type: ignore[operator]
    return float(np.sqrt((n - 1) / n * ((each - each.mean()) ** 2).sum()))


@pytest.mark.parametrize("not_yet", [False, True])
def test_errors_of_aggregates_are_those_of_the_jackknife(not_yet: bool) -> None:
    values, starts = _panel(np.random.default_rng(4))
    periods = np.arange(6)

    def sums(y: Array, s: Array) -> list[group_time.Sum]:
        cells = group_time.group_time(y, periods, s, not_yet)
        overall = [by(cells)[1] for by in (group_time.by_group, group_time.by_calendar, group_time.by_event)]
        return [group_time.simple(cells), *overall]  # type: ignore[list-item]

    for number, each in enumerate(sums(values, starts)):
        jackknife = _jackknife(lambda y, s, k=number: sums(y, s)[k].estimate, values, starts)
        assert group_time.standard_error(each.influence) == pytest.approx(jackknife, rel=0.06)
    by_pairs = np.repeat(np.arange(40), 2)
    twice, their_starts = np.repeat(values[::2], 2, axis=0), np.repeat(starts[::2], 2)
    doubled = group_time.simple(group_time.group_time(twice, periods, their_starts))
    single = group_time.simple(group_time.group_time(values[::2], periods, starts[::2]))
    assert doubled is not None
    assert single is not None
    # a unit that stands twice says nothing new, once the two are a cluster
    assert group_time.standard_error(doubled.influence, by_pairs) == pytest.approx(
        group_time.standard_error(single.influence)
    )


def test_the_error_of_imputation_is_no_smaller_than_the_jackknife() -> None:
    values, starts = _panel(np.random.default_rng(6))
    periods = np.arange(6)
    _, influence = impute(values, periods, starts).mean(starts=starts)
    jackknife = _jackknife(lambda y, s: impute(y, periods, s).mean()[0], values, starts)
    assert 0.95 < group_time.standard_error(influence) / jackknife < 1.15


def test_the_spread_of_placebos_follows_population() -> None:
    """True a = 1, b = 4: found within what 20,000 placebos leave open; the fit is that of weighted least squares."""
    random = np.random.default_rng(8)
    persons = random.lognormal(9.5, 0.9, 20_000)
    small = persons.mean() / persons
    effects = np.sqrt(1 + 4 * small) * random.normal(size=20_000)
    found = placebos(effects, persons)
    assert found.constant == pytest.approx(1, abs=0.35)
    assert found.slope == pytest.approx(4, abs=0.3)
    level = found.constant + found.slope * small
    again = sm.WLS(np.minimum(effects**2, 9 * level), sm.add_constant(small), weights=level**-2.0).fit()
    assert again.params == pytest.approx([found.constant, found.slope], rel=1e-6)
    assert found.z == pytest.approx(effects / np.sqrt(level))
    flat = placebos(random.normal(size=500), None)
    assert flat.slope == 0


def test_the_correlation_within_counties_is_the_mean_over_pairs() -> None:
    random = np.random.default_rng(9)
    county = random.integers(0, 21, 290)
    effects = random.normal(size=290) + random.normal(size=21)[county]
    found = placebos(effects, None, county)
    pairs = [
        found.z[j] * found.z[k] for j in range(290) for k in range(290) if j != k and county[j] == county[k]
    ]  # fmt: skip
    assert correlation([found]) == pytest.approx(np.mean(pairs))
    assert 0.3 < correlation([found]) < 0.7


def test_holm_by_statsmodels_and_the_smallest_effect_by_its_power() -> None:
    p = np.array([0.03, 0.001, 0.02, 0.4, 0.02])
    assert holm(p) == pytest.approx(multipletests(p, method="holm")[1])
    assert minimum_detectable(1.0) == pytest.approx(2.80, abs=0.001)
    draws = np.random.default_rng(1).normal(size=200_000)
    assert (np.abs(minimum_detectable(1.0) + draws) > 1.959964).mean() == pytest.approx(0.80, abs=0.004)
