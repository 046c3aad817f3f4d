"""What an error that was learned from one movement is worth, found from series that have two.

A series of two periods has one movement, and no later year to try its error on. So the same is done where it can be
seen: each series of three periods or more learns from its last movement but one alone, as if it had no other, and is
tried on its last. What such errors are short of (`height`) is lent to those that cannot be tried themselves. Surveys
learn from the other surveys' single movements, too. How well that keeps is counted on series that taught it nothing.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.statistics.chance import estimate as learning
from pipelines.statistics.chance import fit as fitting
from pipelines.statistics.chance import pairs as pairing
from pipelines.statistics.chance.learned import SURVEYS, Learned
from pipelines.statistics.chance.pairs import POINT_80, POINT_95, Pairs
from pipelines.statistics.chance.panel import Panel, Series
from pipelines.statistics.chance.swing import swing

FEWEST = 15  # places whose last movement is seen

Kind = tuple[str, str]  # of collection, all surveys as one; level


@dataclass(frozen=True)
class Loan:
    """`height`: what a variance is multiplied by; the movements it was tried on, and the parts of them held."""

    height: float
    cases: int
    held_80: float
    held_95: float


@dataclass(frozen=True)
class _Single:
    """One series: the movement it learns from, and the one it is tried on."""

    panel: Panel
    series: Series
    level: str
    taught: Pairs
    tried: Pairs

    @property
    def kind(self) -> Kind:
        return kind(self.panel, self.level)


def kind(panel: Panel, level: str) -> Kind:
    return ("survey" if panel.collection in SURVEYS else panel.collection, level)


def loans(panels: Sequence[Panel]) -> dict[Kind, Loan]:
    """By kind of collection and level; none where fewer than two indicators have two movements."""
    singles = [single for panel in panels if not panel.refused for single in _singles(panel)]
    parts: dict[Kind, list[tuple[str, np.ndarray]]] = defaultdict(list)
    for single in singles:
        if (fitted := _fit(single, singles)) is not None:
            part = single.tried.ratio / fitted.at(single.tried.persons)
            parts[single.kind].append((single.panel.indicator_id, part))
    return {name: loan for name, every in parts.items() if (loan := _loan(every)) is not None}


def _singles(panel: Panel) -> Iterator[_Single]:
    earlier = pairing.partners(panel)
    for level in learning.levels(panel):
        for series in learning.SERIES:
            seen = np.isfinite(panel.blocks[level].value[list(series.sexes)]).any(axis=1).all(axis=0)
            later = np.flatnonzero((earlier >= 0) & seen & seen[earlier])
            if not len(later) or earlier[later[-1]] not in later:
                continue
            middle = earlier[later[-1]]
            weight = swing(panel, level, float(panel.years[middle] + 1))
            pairs = pairing.of(panel, series, panel.blocks[level], weight)
            tried = pairs.where(pairs.year == later[-1])
            if len(tried) >= FEWEST:
                yield _Single(panel, series, level, pairs.where(pairs.year == middle), tried)


def _fit(single: _Single, singles: Iterable[_Single]) -> fitting.Fit | None:
    own = fitting.fit(single.taught, single.panel.years)
    if single.kind[0] != "survey":
        return own
    others = [
        each.taught for each in singles
        if each.kind == single.kind and each.series is single.series
        and each.panel.indicator_id != single.panel.indicator_id
    ]  # fmt: skip
    return fitting.larger(own, fitting.fit(learning.joined(others), np.zeros(1)) if others else None)


def _loan(every: Sequence[tuple[str, np.ndarray]]) -> Loan | None:
    """The height that holds 95 % where each series counts the same; tried on every second indicator by the others'."""
    names = sorted({name for name, _ in every})
    if len(names) < 2:
        return None
    half = {name: number % 2 for number, name in enumerate(names)}
    inside: list[tuple[int, float, float]] = []
    for side in (0, 1):
        height = _height([part for name, part in every if half[name] != side])
        for name, part in every:
            if half[name] == side:
                held = [float((part <= height * point).mean()) for point in (POINT_80, POINT_95)]
                inside.append((len(part), held[0], held[1]))
    cases, held_80, held_95 = np.array(inside).T
    return Loan(_height([part for _, part in every]), int(cases.sum()), float(held_80.mean()), float(held_95.mean()))


def _height(parts: Sequence[np.ndarray]) -> float:
    """At least one: the weighted 95 % quantile, each series of the same weight."""
    part = np.concatenate(parts)
    weight = np.concatenate([np.full(len(each), 1 / len(each)) for each in parts])
    order = np.argsort(part, kind="stable")
    at = np.searchsorted(np.cumsum(weight[order]), 0.95 * weight.sum())
    return max(1.0, float(part[order][min(at, len(part) - 1)] / POINT_95))


def lend(learned: Learned, loan: Loan) -> None:
    """Makes the series' error larger by the loan's height."""
    assert learned.fit is not None
    fit = learned.fit
    learned.fit = fitting.Fit(fit.alpha * loan.height, fit.beta * loan.height, fit.pairs)
    learned.lent = loan.height
