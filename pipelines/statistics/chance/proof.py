"""Whether the errors keep their promise: learned from the years before, tried on the years after.

A trial learns swing, fit, factors and correlation from the years before the last five (the last two, or the last
movement, where a series is short) and counts how often the next independent period lies within its interval. Nothing
is learned from a year that is tried. A series of one movement is tried on nothing of its own: see `lending.py`.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.statistics.chance import counties
from pipelines.statistics.chance import estimate as learning
from pipelines.statistics.chance import fit as fitting
from pipelines.statistics.chance import pairs as pairing
from pipelines.statistics.chance.learned import Estimate, Learned
from pipelines.statistics.chance.panel import Panel, Series

HELD_OUT_YEARS = (5, 2, 1)
FEWEST_TRIED = 40


@dataclass(frozen=True)
class Trial:
    """The held-out pairs of one series: `part`, squared movement beside the median place's over its expected variance;
    and the same of counties: of their own figures' whole distances to the nation (`county_own`), else of the sums of
    their municipalities' movements.
    """

    learned: Learned
    part: np.ndarray
    county_part: np.ndarray
    county_own: bool


def trials(panels: Sequence[Panel]) -> Iterator[Trial]:
    """One a series and level that has years enough; surveys learn from all surveys of the same years."""
    before: dict[tuple[str, str], int] = {}
    for panel in panels:
        for series in () if panel.refused else learning.SERIES:
            if (cut := _cut(panel, series)) is not None:
                before[panel.indicator_id, series.name] = cut
    found = learning.estimate(panels, before, wandering=False)
    for learned in found.learned:
        if learned.fit is not None:
            yield _trial(found, learned)


def _cut(panel: Panel, series: Series) -> int | None:
    """The first year that is held out: what is before it must teach enough, and what is after be tried."""
    last = movements(panel, series, panel.fitted_level)
    for held_out in HELD_OUT_YEARS:
        if len(last) and _enough(panel, last, cut := int(last[-1]) - held_out + 1):
            return cut
    return None


def movements(panel: Panel, series: Series, level: str) -> np.ndarray:
    """The later years of the series' movements, in order."""
    earlier = pairing.partners(panel)
    seen = np.isfinite(panel.blocks[level].value[list(series.sexes)]).any(axis=1).all(axis=0)
    return panel.years[(earlier >= 0) & seen & seen[earlier]]


def _enough(panel: Panel, later: np.ndarray, cut: int) -> bool:
    return int((later < cut).sum()) * len(panel.blocks[panel.fitted_level].places) >= fitting.FEWEST


def _trial(found: Estimate, learned: Learned) -> Trial:
    panel, block = learned.panel, learned.panel.blocks[learned.level]
    pairs = pairing.of(panel, learned.series, block, learned.swing(learned.level))
    pairs = pairs.where(~learned.known[pairs.year])
    assert learned.fit is not None
    expected = found.factor_of(learned, learned.level)[pairs.place] * learned.fit.at(pairs.persons)
    part = pairs.ratio / expected
    if learned.level == "county":
        both = expected * pairs.swing + 2 * learned.common
        return Trial(learned, part, (pairs.moved + pairs.common) ** 2 / both, True)
    if (own := counties.movements(found, learned, ~learned.known)) is not None:
        return Trial(learned, part, counties.held(learned, own), True)
    return Trial(learned, part, counties.of_sums(found, learned, pairs)[0] / learned.county_height, False)


def held(part: np.ndarray, point: float = pairing.POINT_95) -> float | None:
    """The part of the pairs inside; None below forty pairs."""
    return float((part <= point).mean()) if len(part) >= FEWEST_TRIED else None
