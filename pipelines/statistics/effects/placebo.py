"""How far from zero an effect may lie by chance: placebos in every donor, scaled by population.

A municipality's figure swings the more, the fewer it counts, so a placebo says something of another place only once
both are in their own spread (Ferman & Pinto 2019, REStat 101). Test and interval are one thing here: the interval
leaves out zero exactly where p <= 0.05.

Not here: the effects themselves (see `estimators`), what follows from them (see `verdict`).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np

Array = np.ndarray

LEVEL = 0.05
DRAWS = 10_000
SEED = 2017  # that of `simulation`
_POWER_80 = 0.84  # the normal quantile of 80 %, as it is usually rounded
_CUT = 9.0  # a placebo beyond three of its spreads counts as three
_ROUNDS = 50
_LEAST = 19  # placebos; with fewer, none can be beyond 95 of 100


@dataclass(frozen=True)
class Placebos:
    """The donors of one window, treated in turn with nothing.

    z: donors, effects in their own spread · constant, slope: of s^2 = constant + slope · (mean population /
    population), in the unit of the effect squared · mean_population: persons (1 where populations are not known) ·
    cluster: donors, numbers of groups that move together; None where not known.
    """

    z: Array
    constant: float
    slope: float
    mean_population: float
    cluster: Array | None

    def spread(self, population: Array) -> Array:
        """s of places of that many persons (or that precision, as the placebos were given), unit of the effect."""
        return np.sqrt(self.constant + self.slope * self.mean_population / population)


@dataclass(frozen=True)
class Test:
    """An effect against its reference: p, the critical value (unit of the effect; infinite where so few placebos can
    never be certain) and the standard error."""

    effect: float
    p: float
    critical: float
    se: float

    @property
    def interval(self) -> tuple[float, float]:
        return self.effect - self.critical, self.effect + self.critical


def placebos(effects: Array, population: Array | None = None, cluster: Array | None = None) -> Placebos:
    """Placebos' effects (donors, any unit) in their own spreads: s^2 = a + b · (mean population / population), a, b >=
    0, fitted to the squared effects by weighted least squares with weights 1/m^2 for m the fitted s^2 and squares cut
    at 9 m, iterated. `population`: donors, persons above zero, or any other precision (one over a
    known variance); equal spreads where None."""
    persons = np.ones(len(effects)) if population is None else np.asarray(population, dtype=float)
    mean = float(persons.mean())
    constant, slope = _fitted(effects**2, mean / persons)
    spread = np.sqrt(constant + slope * mean / persons)
    z = np.divide(effects, spread, out=np.zeros(len(effects)), where=spread > 0)
    return Placebos(z, constant, slope, mean, cluster)


def _fitted(squares: Array, small: Array) -> tuple[float, float]:
    """The line a + b · small through the squares, a, b >= 0."""
    level = np.full(len(squares), squares.mean())
    a, b = float(squares.mean()), 0.0
    for _ in range(_ROUNDS):
        if level.min() <= 0:
            break
        weight, cut = level**-2.0, np.minimum(squares, _CUT * level)
        last, (a, b) = (a, b), _line(cut, small, weight / weight.max())
        level = a + b * small
        if max(abs(a - last[0]), abs(b - last[1])) <= 1e-10 * (a + b):
            break
    return a, b


def _line(y: Array, x: Array, weight: Array) -> tuple[float, float]:
    total = weight.sum()
    mean_x, mean_y = (weight * x).sum() / total, (weight * y).sum() / total
    spread = (weight * (x - mean_x) ** 2).sum()
    b = (weight * (x - mean_x) * (y - mean_y)).sum() / spread if spread > 1e-12 * total else 0.0
    a = mean_y - b * mean_x
    if b < 0:
        return float(mean_y), 0.0
    if a < 0:
        return 0.0, float((weight * x * y).sum() / (weight * x * x).sum())
    return float(a), float(b)


def correlation(windows: Sequence[Placebos]) -> float:
    """How donors of one cluster move together: the mean of z_j z_k over pairs within clusters, from 0 to 1."""
    products = pairs = 0.0
    for each in windows:
        if each.cluster is None:
            continue
        _, number = np.unique(each.cluster, return_inverse=True)
        size = np.bincount(number)
        total, square = np.bincount(number, each.z), np.bincount(number, each.z**2)
        products += float((total**2 - square).sum())
        pairs += float((size * (size - 1)).sum())
    return min(max(products / pairs, 0.0), 1.0) if pairs else 0.0


def against_placebos(effect: float, spread: float, z: Array) -> Test:
    """One place: p = (1 + #{|z_j| >= |z_i|}) / (J + 1), asked in the unit of the effect."""
    return _test(effect, spread * np.abs(z), spread)


def several(
    effect: float,
    spread: Array,
    window: Array,
    windows: Sequence[Placebos],
    cluster: Array | None = None,
    seed: int = SEED,
    centre: bool = False,
) -> Test:
    """The mean of several places' effects against as many seeded draws of placebos.

    spread: places, each place's s · window: places, the number in `windows` each was measured over · cluster: places.
    Draws are means of s_i z*, z* drawn with replacement from the place's own window; they are widened by
    sqrt(1 + rho Σ_{i≠k, same cluster} s_i s_k / Σ s_i^2), since places of a county do not move apart. `centre`: for
    statistics that are positive by nature (the spread of a gap), whose mean is no zero and is not widened about zero.
    As for one place there is no critical value where a window has fewer than 19 placebos, however many are drawn.
    """
    random = np.random.default_rng([seed, len(spread)])
    drawn = np.zeros(DRAWS)
    for s, number in zip(spread, window, strict=True):
        pool = windows[int(number)].z
        drawn += s * pool[random.integers(len(pool), size=DRAWS)]
    drawn /= len(spread)
    wide = _widening(spread, windows, cluster)
    middle = drawn.mean() if centre else 0.0
    drawn = middle + wide * (drawn - middle)
    se = wide * float(np.sqrt((spread**2).sum())) / len(spread)
    if min(len(windows[int(number)].z) for number in window) < _LEAST:
        return Test(float(effect), 1.0, float("inf"), se)
    return _test(effect, drawn if centre else np.abs(drawn), se)


def _widening(spread: Array, windows: Sequence[Placebos], cluster: Array | None) -> float:
    square = float((spread**2).sum())
    if cluster is None or square == 0:
        return 1.0
    _, number = np.unique(cluster, return_inverse=True)
    together = float((np.bincount(number, spread) ** 2).sum()) - square
    return float(np.sqrt(1.0 + correlation(windows) * together / square))


def _test(effect: float, reference: Array, se: float) -> Test:
    """p = (1 + #{reference >= |effect|}) / (N + 1). It is at most 0.05 exactly where the effect is beyond the k-th
    largest of the reference, k the whole part of 0.05 (N + 1); that is the critical value."""
    number = len(reference)
    p = (1 + int((reference >= abs(effect)).sum())) / (number + 1)
    k = int(LEVEL * (number + 1) + 1e-9)
    critical = float(np.partition(reference, number - k)[number - k]) if k else float("inf")
    return Test(float(effect), p, max(critical, 0.0), float(se))


def holm(p: Array) -> Array:
    """p of several aims of one measure, raised for their number (Holm 1979, Scand. J. Stat. 6); same order as given."""
    p = np.asarray(p, dtype=float)
    order = np.argsort(p, kind="stable")
    raised = np.minimum(np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1)), 1.0)
    found = np.empty(len(p))
    found[order] = raised
    return found


def minimum_detectable(se: Array | float, aims: int = 1) -> Array | float:
    """The effect that would be found in 80 of 100 cases at 5 %, unit of `se`: (z(1 - 0.025/aims) + 0.84) se; 2.80 se
    for one aim (Bloom 1995, Evaluation Review 19). `aims`: of the same measure, by Bonferroni."""
    return (NormalDist().inv_cdf(1 - LEVEL / 2 / aims) + _POWER_80) * se
