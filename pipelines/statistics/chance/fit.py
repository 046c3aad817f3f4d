"""How large chance is: se^2 = factor * swing * (alpha + beta / persons), learned from how places move.

Half the squared movement between two periods that share no year estimates the variance of each (von Neumann 1941,
Annals of Mathematical Statistics 12; Rice 1984, Annals of Statistics 12; pairwise differences by regression as in Dai
& Tong 2014). It is fitted to the 95 % quantile of eight classes of size and not to the mean, so that a break in a
single place moves nothing. The drift of one period is in it: what is promised is that another year like this one lies
inside.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.statistics.chance.pairs import POINT_95, Pairs

CLASSES = 8
FEWEST = 60  # pairs of which the 95 % quantile is still three from the end; as many in each class of size
FEWEST_OF_LATEST = 250  # pairs of the latest definition alone
RECENT_YEARS = 6
_LARGEST = 4 * POINT_95  # a place's movement counts no more than this, so that one break is not its usual chance
PRIOR = 200.0  # pairs that a place's factor is drawn to one by
PRIOR_COUNTY, PRIOR_PLACE = 100.0, 60.0  # the same for surveys, whose answers a county pays for


@dataclass(frozen=True)
class Fit:
    """alpha and beta of se^2 / swing = alpha + beta / persons, and the number of pairs they rest on."""

    alpha: float
    beta: float
    pairs: int

    def at(self, persons: np.ndarray) -> np.ndarray:
        return self.alpha + self.beta / persons


def fit(pairs: Pairs, years: np.ndarray) -> Fit | None:
    """Fitted to the latest definition where its pairs suffice; None below sixty pairs or where nothing moves.

    `years`: (years,) of the panel, for what is recent.
    """
    if pairs.latest.sum() >= FEWEST_OF_LATEST:
        pairs = pairs.where(pairs.latest)
    if len(pairs) < FEWEST:
        return None
    alpha, beta = _line(pairs)
    if not alpha + beta > 0:
        return None
    recent = years[pairs.year] > years[pairs.year].max() - RECENT_YEARS
    if recent.sum() >= FEWEST_OF_LATEST:
        height = np.quantile(pairs.ratio[recent] / (alpha + beta / pairs.persons[recent]), 0.95) / POINT_95
        if height > 0:
            alpha, beta = alpha * height, beta * height
    return Fit(float(alpha), float(beta), len(pairs))


def _line(pairs: Pairs) -> tuple[float, float]:
    """Non-negative least squares of the classes' height on 1 / persons, by relative error."""
    order = np.argsort(pairs.persons, kind="stable")
    classes = np.array_split(order, max(1, min(CLASSES, len(pairs) // FEWEST)))
    height = np.array([np.quantile(pairs.ratio[each], 0.95) / POINT_95 for each in classes])
    part = np.array([np.exp(-np.log(pairs.persons[each]).mean()) for each in classes])
    part, height = part[height > 0], height[height > 0]
    if not len(height):
        return 0.0, 0.0
    one, slope = 1 / height, part / height
    if len(height) > 1:
        alpha, beta = np.linalg.lstsq(np.column_stack([one, slope]), np.ones(len(height)), rcond=None)[0]
        if alpha >= 0 and beta >= 0:
            return float(alpha), float(beta)
        if alpha < 0:
            return 0.0, float(slope.sum() / (slope @ slope))
    return float(one.sum() / (one @ one)), 0.0


def larger(own: Fit | None, pooled: Fit | None) -> Fit | None:
    """A survey's own error or that of all surveys together, whichever is larger at its usual size."""
    if own is None or pooled is None:
        return own or pooled
    usual = np.array([1e3, 1e4, 1e5])
    return own if (own.at(usual) >= pooled.at(usual)).mean() > 0.5 else pooled


def factors(part: np.ndarray, group: np.ndarray, groups: int, prior: float) -> np.ndarray:
    """(groups,) how much more than usual each place moves: at least one, drawn to one by `prior` pairs.

    `part`: squared movement over what was expected, a pair; `group`: its place's number.
    """
    size = np.minimum(part, _LARGEST)
    usual = size.mean() if len(size) else 1.0
    total = np.bincount(group, size / usual if usual > 0 else size, groups)
    return np.maximum(1.0, (prior + total) / (prior + np.bincount(group, minlength=groups)))


def wander(near: np.ndarray, far: dict[int, np.ndarray]) -> float:
    """The part of one period's movement that stays: 0 all noise, 1 all drift.

    With noise of variance s and a level that wanders by v a period, a movement over k periods has 2 s + k v: its size
    over that of one period rises by `wander` a period. `near`, `far[k]`: squared movements over what one period's are
    expected to be. Medians, so that breaks count little.
    """
    usual = np.median(near) if len(near) else 0.0
    lags = [k for k, ratio in far.items() if len(ratio) >= FEWEST]
    if not usual > 0 or not lags:
        return 0.0
    rise = np.array([np.median(far[k]) / usual - 1 for k in lags])
    apart = np.array([k - 1.0 for k in lags])
    return float(np.clip((rise @ apart) / (apart @ apart), 0.0, 1.0))


def together(moved: np.ndarray, alone: np.ndarray, all_at_once: np.ndarray) -> float:
    """The correlation of the places' movements that makes sums of them as large as they are.

    `moved`: squared movement of a sum; `alone` and `all_at_once`: its variance were the correlation 0 and 1. Found
    where 95 % of the movements are within 1.96 standard errors.
    """
    if len(moved) < FEWEST:
        return 0.0
    with np.errstate(invalid="ignore", divide="ignore"):
        least = (moved / POINT_95 - alone) / (all_at_once - alone)  # from which correlation on each is within
    found = float(np.clip(np.quantile(np.nan_to_num(least, nan=0.0, posinf=1.0, neginf=0.0), 0.95), 0.0, 1.0))
    return found if found > 1e-3 else 0.0
