"""What became of places against what was to be expected: estimators over one window, with a placebo in every donor.

A window is an array places × years of which the first `n_before` years lie before the start, with whole series only.
Every function gives the places treated (first) and each donor as if it had been treated (after them), donors in the
order of `donors`: a placebo has all other donors to be compared with (or those of other groups), and never a place
treated.

Not here: how sure an effect is (see `placebo`), which years belong to a window (see `window`).
"""

from dataclasses import dataclass

import numpy as np

from pipelines.statistics.effects.weights import ridge_weights, simplex_weights

Array = np.ndarray

_TINY = 1e-6  # of the yearly noise: decides between equal answers, as in Arkhangelsky et al.'s own software
_LEAST = 1e-100  # stands for zero where figures do not move at all, small enough for all else
_PENALTIES = np.logspace(-4, 4, 33)  # of lag ridge, in units of the mean square of the years before


@dataclass(frozen=True)
class Estimate:
    """An estimator's answer for places treated, then for each donor (n = treated + donors).

    effect: n, in the unit of the values · gap: n × years, the place less what it is compared with; its mean over the
    weighted years before is zero · unit_weights: n × donors · time_weights: n × years before.
    """

    effect: Array
    gap: Array
    unit_weights: Array
    time_weights: Array

    @property
    def effective_donors(self) -> Array:
        """1 / Σ w^2: how many donors of equal weight would be as even."""
        return 1.0 / (self.unit_weights**2).sum(axis=1)


def synthetic_did(
    values: Array,
    n_before: int,
    treated: Array,
    donors: Array,
    with_placebos: bool = True,
    groups: Array | None = None,
) -> Estimate:
    """Synthetic difference-in-differences (Arkhangelsky, Athey, Hirshberg, Imbens & Wager 2021, AER 111, eqs 4-6).

    values: places × years · treated, donors: places' numbers. Unit weights w >= 0 with sum 1 minimise
    Σ_{t<=T0} (w0 + Σ_j w_j Y_jt - Y_it)^2 + ζ^2 T0 |w|^2 with ζ = T1^(1/4) · sd of the donors' yearly differences
    before; time weights l >= 0 with sum 1 minimise Σ_j (l0 + Σ_t l_t Y_jt - mean after of Y_j)^2 + a tiny ridge. Needs
    two years before, one after and two donors (three for placebos). Both problems are solved to the optimum.
    `with_placebos` false: only the places treated. `groups`: donors, numbers; a placebo has no donor of its own group
    (None: each is one of its own, so that a placebo has all other donors).
    """
    before, after, first = values[:, :n_before], values[:, n_before:].mean(axis=1), len(treated)
    targets = np.concatenate([treated, donors]) if with_placebos else treated
    groups = np.arange(len(donors)) if groups is None else groups
    allowed = _allowed(first, groups)[: len(targets)]
    noise = _noise(np.diff(before[donors], axis=1), first, groups)[: len(targets)]
    # Weights that sum to one do not feel what is common to all donors; what is left is small, and rounds less.
    shape = before - before.mean(axis=1, keepdims=True)
    size = max(float(np.abs(shape[donors]).max()), float(np.abs(shape[targets]).max()), _LEAST)
    n_after = values.shape[1] - n_before
    penalty = np.maximum(np.sqrt(n_after) * noise**2, (1e-7 * size) ** 2) * n_before
    unit = ridge_weights(shape[donors].T, shape[targets], penalty, allowed)
    time = _time_weights(before[donors], after[donors], first, noise, groups)
    gap = values[targets] - unit @ values[donors]
    gap = gap - (gap[:, :n_before] * time).sum(axis=1, keepdims=True)
    return Estimate(gap[:, n_before:].mean(axis=1), gap, unit, time)


def _summed(each: Array, groups: Array) -> Array:
    """The sum of `each` (its first axis: donors) over each donor's own group."""
    _, number = np.unique(groups, return_inverse=True)
    order = np.argsort(number, kind="stable")
    first = np.flatnonzero(np.diff(number[order], prepend=-1))
    return np.asarray(np.add.reduceat(each[order], first)[number])


def _allowed(first: int, groups: Array) -> Array:
    """Which donors each target may have: all, but a placebo none of its own group, itself at least."""
    return np.concatenate([np.ones((first, len(groups)), dtype=bool), groups[:, None] != groups[None, :]])


def _noise(differences: Array, first: int, groups: Array) -> Array:
    """The standard deviation of the donors' yearly differences, for each target without its own group's."""
    differences = differences - differences.mean()
    total, square = differences.sum(), (differences**2).sum()
    own = np.r_[np.zeros(first), _summed(differences.sum(axis=1), groups)]
    own_square = np.r_[np.zeros(first), _summed((differences**2).sum(axis=1), groups)]
    taken = _summed(np.full(len(differences), float(differences.shape[1])), groups)
    number = differences.size - np.r_[np.zeros(first), taken]
    spread = (square - own_square) - (total - own) ** 2 / np.maximum(number, 1)
    return np.sqrt(np.maximum(spread, 0.0) / np.maximum(number - 1, 1))


def _time_weights(before: Array, after: Array, first: int, noise: Array, groups: Array) -> Array:
    """Of the years before, for each target: how the donors' years after are best made of them."""
    n_donors, n_before = before.shape
    # The sum of the weights is one, so a constant of a place changes nothing; the intercept takes the means of years.
    level = before.mean(axis=1)
    x, y = before - level[:, None], after - level
    x, y = x - x.mean(axis=0), y - y.mean()
    whole_gram, whole_linear = x.T @ x, x.T @ y
    count = n_donors - _summed(np.ones(n_donors), groups)
    # without a group of sum S the means move by -S / count
    own_x, own_y = _summed(x, groups), _summed(y, groups) / count
    own_gram = whole_gram - _summed(np.einsum("ja,jb->jab", x, x), groups)
    own_gram -= np.einsum("ja,jb->jab", own_x, own_x / count[:, None])
    gram = np.concatenate([np.repeat(whole_gram[None], first, axis=0), own_gram])[: len(noise)]
    own_linear = whole_linear - _summed(x * y[:, None], groups) - own_x * own_y[:, None]
    linear = np.concatenate([np.repeat(whole_linear[None], first, axis=0), own_linear])[: len(noise)]
    donors_of = np.r_[np.full(first, float(n_donors)), count][: len(noise)]
    ridge = (_TINY * noise) ** 2 * donors_of
    floor = 1e-14 * np.trace(gram, axis1=1, axis2=2) / n_before + _LEAST
    gram = gram + np.maximum(ridge, floor)[:, None, None] * np.eye(n_before)
    return simplex_weights(gram, linear)


def did(values: Array, n_before: int, treated: Array, donors: Array, groups: Array | None = None) -> Array:
    """Difference-in-differences: the place's change of means less the donors' mean change; n, unit of the values.
    `groups` as in `synthetic_did`."""
    change = values[:, n_before:].mean(axis=1) - values[:, :n_before].mean(axis=1)
    mean = change[donors].mean()
    off = change[donors] - mean
    groups = np.arange(len(donors)) if groups is None else groups
    count = len(donors) - _summed(np.ones(len(donors)), groups)
    return np.concatenate([change[treated] - mean, off + _summed(off, groups) / count])


def synthetic_control(values: Array, n_before: int, treated: Array, donors: Array) -> Array:
    """Synthetic control on the outcome's years before alone (Abadie, Diamond & Hainmueller 2010, JASA 105): weights w
    >= 0 with sum 1 that minimise Σ_{t<=T0} (Σ_j w_j Y_jt - Y_it)^2; the mean difference after. Only for places
    treated."""
    before = values[:, :n_before]
    centre = before[donors].mean(axis=0)
    x, y = (before[donors] - centre).T, before[treated] - centre
    gram = x.T @ x
    gram += (1e-12 * np.trace(gram) / len(donors) + _LEAST) * np.eye(len(donors))
    weights = np.stack([simplex_weights(gram[None], (x.T @ each)[None])[0] for each in y])
    return (values[treated, n_before:] - weights @ values[donors, n_before:]).mean(axis=1)


def lag_ridge(
    values: Array,
    n_before: int,
    treated: Array,
    donors: Array,
    population: Array | None = None,
    groups: Array | None = None,
) -> Array:
    """Effects by ridge on the years before (vertical regression; Athey, Bayati, Doudchenko, Imbens & Khosravi 2021,
    JASA 116). n, unit of the values.

    x = years before less the place's own mean m of them, z = mean after less m; z on x over the donors with
    `population` as weights (equal where None), intercept free, the penalty by leave-one-out error. A placebo's effect
    is the leave-one-out residual e / (1 - h), which is what a fit without it would give (Golub, Heath & Wahba 1979,
    Technometrics 21); of one penalty for all. With `groups` (as in `synthetic_did`) whole groups are left out instead.
    """
    own = values[:, :n_before].mean(axis=1)
    x, z = values[:, :n_before] - own[:, None], values[:, n_before:].mean(axis=1) - own
    weight = np.ones(len(donors)) if population is None else population[donors] / population[donors].mean()
    centre, level = np.average(x[donors], axis=0, weights=weight), np.average(z[donors], weights=weight)
    x, z = x - centre, z - level
    root = np.sqrt(weight)[:, None]
    _, size, turn = np.linalg.svd(root * x[donors], full_matrices=False)
    penalty = _PENALTIES * max(float((size**2).mean()), _LEAST)
    rotated, known = x[donors] @ turn.T, (weight[:, None] * x[donors] @ turn.T).T @ z[donors]
    shrunk = 1.0 / (size[None, :] ** 2 + penalty[:, None])  # penalties × directions
    leverage = weight * (1.0 / weight.sum() + shrunk @ (rotated**2).T)
    residual = z[donors] - (shrunk * known) @ rotated.T
    left_out = residual / np.maximum(1.0 - leverage, 1e-9)
    for group in [] if groups is None else np.unique(groups):
        own = np.flatnonzero(groups == group)
        if len(own) > 1:  # (I - H) of the group, for each penalty
            hat = np.einsum("ak,pk,bk->pab", rotated[own], shrunk, rotated[own]) + 1.0 / weight.sum()
            hat = np.eye(len(own)) - hat * weight[own]
            left_out[:, own] = np.linalg.solve(hat, residual[:, own, None])[..., 0]
    best = int((weight * left_out**2).sum(axis=1).argmin())
    slope = turn.T @ (shrunk[best] * known)
    return np.concatenate([z[treated] - x[treated] @ slope, left_out[best]])
