"""The effect in one or several places, with its checks: estimators, placebos and their test put together.

    parts = [over_window(values, window, treated, donors, population, cluster)]   one for each start
    whole = summary(parts)                                                        and `alone(part, number)` for a place
    verdict(**whole.asked(p_holm))

`values` is places × periods of one series (not a number where there is no figure). Not here: which aims a measure has
and what they are called, nor anything that reads a file.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from pipelines.statistics.effects.estimators import Estimate, did, lag_ridge, synthetic_did
from pipelines.statistics.effects.placebo import (
    SEED,
    Placebos,
    Test,
    against_placebos,
    minimum_detectable,
    placebos,
    several,
)
from pipelines.statistics.effects.verdict import drift_and_spread
from pipelines.statistics.effects.window import Window

Array = np.ndarray


@dataclass(frozen=True)
class OverWindow:
    """Everything of the places that start at one time, and of each of their donors as a placebo.

    treated, donors: places' numbers, of those with whole series · missing: treated places that lack a figure ·
    estimate: synthetic DiD · statistics: of treated and donors (synthetic_did, lag_ridge, did, drift, spread), unit of
    the values · placebos: the donors' part of each, in their spreads · precision: of treated and donors, what placebos
    are scaled by (persons, or one over the known variance; 1 where neither is known) · cluster: of the treated
    · n_clusters: of the donors, where a treated place has none of its own cluster among them; None elsewhere.
    """

    window: Window
    treated: Array
    donors: Array
    missing: Array
    estimate: Estimate
    statistics: dict[str, Array]
    placebos: dict[str, Placebos]
    precision: Array
    cluster: Array | None
    n_clusters: int | None = None

    def spread(self, statistic: str) -> Array:
        """s of each treated place, unit of the values."""
        return self.placebos[statistic].spread(self.precision[: len(self.treated)])


@dataclass(frozen=True)
class Effect:
    """The mean effect over places, unit of the values; `fit_p` is how many placebos follow as badly before the
    start."""

    effect: Test
    lag_ridge: Test
    did: Test
    drift: Test
    fit: Test
    n_places: int
    n_donors: int
    n_before: int
    n_after: int
    effective_donors: float
    n_clusters: int | None = None

    def minimum_detectable(self, aims: int = 1) -> float:
        return float(minimum_detectable(self.effect.se, aims))

    def asked(self, p_holm: float | None = None) -> dict[str, Any]:
        """What `verdict` asks of an effect; its p after Holm is its own p where it is the only aim."""
        return {
            "effect": self.effect.effect, "critical": self.effect.critical, "p": self.effect.p,
            "p_holm": self.effect.p if p_holm is None else p_holm,
            "ridge_effect": self.lag_ridge.effect, "ridge_p": self.lag_ridge.p, "fit_p": self.fit.p,
            "drift": self.drift.effect, "drift_p": self.drift.p, "n_donors": self.n_donors,
            "n_clusters": self.n_clusters,
        }  # fmt: skip


def whole_series(values: Array, window: Window, places: Array) -> Array:
    """Those of the places that have a figure in every period of the window."""
    return places[np.isfinite(values[np.ix_(places, window.columns)]).all(axis=1)]


def over_window(
    values: Array,
    window: Window,
    treated: Array,
    donors: Array,
    population: Array | None = None,
    cluster: Array | None = None,
    errors: Array | None = None,
) -> OverWindow:
    """All estimators of the treated over a window that can be used, with a placebo in every donor.

    values: places × periods · treated, donors: places' numbers, none in both · population: places, persons · cluster:
    places, numbers of what moves together (counties) · errors: places × periods, known standard errors of the values,
    which scale placebos instead of population where every place has one before the start (docs/effects.md: whether
    that helps). Where a treated place has no donor of its own cluster, a placebo has none of its own either: what moves
    a cluster would else be taken out of placebos alone. Places without whole series are left out (`whole_series` says
    which remain). At least three donors must remain; where no treated does, there are the placebos alone, and no
    `summary`.
    """
    here, others = whole_series(values, window, treated), whole_series(values, window, donors)
    part = values[:, window.columns]
    n_before = len(window.before)
    of_donors = None if cluster is None else cluster[others]
    groups, n_clusters = _apart(None if cluster is None else cluster[here], of_donors)
    estimate = synthetic_did(part, n_before, here, others, groups=groups)
    drift, spread = drift_and_spread(estimate.gap[:, :n_before])
    statistics = {
        "synthetic_did": estimate.effect,
        "lag_ridge": lag_ridge(part, n_before, here, others, population, groups),
        "did": did(part, n_before, here, others, groups),
        "drift": drift,
        "spread": spread,
    }
    everyone = np.concatenate([here, others])
    precision = _precision(everyone, window, population, errors)
    return OverWindow(
        window=window,
        treated=here,
        donors=others,
        missing=np.setdiff1d(treated, here),
        estimate=estimate,
        statistics=statistics,
        placebos={
            name: placebos(each[len(here) :], precision[len(here) :], of_donors) for name, each in statistics.items()
        },
        precision=precision,
        cluster=None if cluster is None else cluster[here],
        n_clusters=n_clusters,
    )


def _apart(ours: Array | None, theirs: Array | None) -> tuple[Array | None, int | None]:
    """The donors' clusters and how many they are, where a treated place has no donor of its own; no clusters where some
    placebo would be left with fewer than two donors."""
    if ours is None or theirs is None or np.isin(ours, theirs).all():
        return None, None
    _, groups, size = np.unique(theirs, return_inverse=True, return_counts=True)
    return (groups if len(theirs) - size.max() >= 2 else None), len(size)


def _precision(places: Array, window: Window, population: Array | None, errors: Array | None) -> Array:
    """What the spread of placebos follows: one over the mean known variance in the years before, else persons, else
    1."""
    if errors is not None:
        squares = errors[np.ix_(places, window.before)] ** 2
        known = np.isfinite(squares)
        number = known.sum(axis=1)
        variance = np.where(known, squares, 0.0).sum(axis=1) / np.maximum(number, 1)
        if (number > 0).all() and (variance > 0).all():
            return np.asarray(1.0 / variance)
    return np.ones(len(places)) if population is None else np.asarray(population, dtype=float)[places]


def summary(parts: Sequence[OverWindow], seed: int = SEED) -> Effect:
    """The mean effect over all places treated, whenever they start. At least one part."""
    return Effect(
        effect=_together(parts, "synthetic_did", seed),
        lag_ridge=_together(parts, "lag_ridge", seed),
        did=_together(parts, "did", seed),
        drift=_together(parts, "drift", seed),
        fit=_together(parts, "spread", seed),
        n_places=sum(len(part.treated) for part in parts),
        n_donors=min(len(part.donors) for part in parts),
        n_before=min(len(part.window.before) for part in parts),
        n_after=min(len(part.window.after) for part in parts),
        effective_donors=float(
            np.concatenate([part.estimate.effective_donors[: len(part.treated)] for part in parts]).mean()
        ),
        n_clusters=min((part.n_clusters for part in parts if part.n_clusters is not None), default=None),
    )


def alone(part: OverWindow, number: int, seed: int = SEED) -> Effect:
    """The effect in one treated place, by its number among `part.treated`."""
    count = len(part.treated)
    kept = np.r_[number, count : count + len(part.donors)]
    estimate = Estimate(
        part.estimate.effect[kept], part.estimate.gap[kept], part.estimate.unit_weights[kept],
        part.estimate.time_weights[kept],
    )  # fmt: skip
    one = OverWindow(
        window=part.window,
        treated=part.treated[number : number + 1],
        donors=part.donors,
        missing=part.missing,
        estimate=estimate,
        statistics={name: each[kept] for name, each in part.statistics.items()},
        placebos=part.placebos,
        precision=part.precision[kept],
        cluster=None if part.cluster is None else part.cluster[number : number + 1],
        n_clusters=part.n_clusters,
    )
    return summary([one], seed)


def _together(parts: Sequence[OverWindow], statistic: str, seed: int) -> Test:
    effects = np.concatenate([part.statistics[statistic][: len(part.treated)] for part in parts])
    spread = np.concatenate([part.spread(statistic) for part in parts])
    windows = [part.placebos[statistic] for part in parts]
    if len(effects) == 1:
        return against_placebos(float(effects[0]), float(spread[0]), windows[0].z)
    number = np.repeat(np.arange(len(parts)), [len(part.treated) for part in parts])
    known = [part.cluster for part in parts if part.cluster is not None]
    cluster = np.concatenate(known) if len(known) == len(parts) else None
    positive = statistic == "spread"
    return several(float(effects.mean()), spread, number, windows, cluster, seed, centre=positive)


def path(part: OverWindow, number: int, values: Array) -> dict[str, Array]:
    """What was observed in a treated place and what was to be expected, period by period of its window, with the band
    in which 95 of 100 placebos lie in that period. Keys observed, expected, lower, upper; unit of the values."""
    count = len(part.treated)
    observed = values[part.treated[number], part.window.columns]
    expected = observed - part.estimate.gap[number]
    reach = []
    for gap in part.estimate.gap.T:
        by_chance = placebos(gap[count:], part.precision[count:])
        spread = float(by_chance.spread(part.precision[number : number + 1])[0])
        reach.append(against_placebos(float(gap[number]), spread, by_chance.z).critical)
    return {"observed": observed, "expected": expected, "lower": expected - reach, "upper": expected + reach}


def sensitivity(part: OverWindow, values: Array, cluster: Array | None = None) -> tuple[float, float]:
    """The lowest and highest mean effect by synthetic DiD among: as it is; without the donor that weighs most; with
    donors of other clusters only; with the later half of the years before (five at least). Unit of the values."""
    columns, n_before = part.window.columns, len(part.window.before)
    found = [float(part.statistics["synthetic_did"][: len(part.treated)].mean())]
    fewer = min(n_before, max(n_before // 2, 5))
    shorter = values[:, columns[n_before - fewer :]]
    found.append(float(synthetic_did(shorter, fewer, part.treated, part.donors, with_placebos=False).effect.mean()))
    heaviest = [part.donors != part.donors[weights.argmax()] for weights in part.estimate.unit_weights]
    found += _mean_without(part, values, heaviest)
    if cluster is not None:
        found += _mean_without(part, values, [cluster[part.donors] != cluster[place] for place in part.treated])
    return min(found), max(found)


def _mean_without(part: OverWindow, values: Array, kept: Sequence[Array]) -> list[float]:
    """The mean effect, each place with those of its donors that are kept; nothing where one is left with fewer than
    two."""
    effects = []
    for place, those in zip(part.treated, kept, strict=False):
        if those.sum() < 2:
            return []
        window = values[:, part.window.columns]
        one = synthetic_did(window, len(part.window.before), np.array([place]), part.donors[those], False)
        effects.append(float(one.effect[0]))
    return [float(np.mean(effects))]
