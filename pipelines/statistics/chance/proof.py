"""Whether the errors keep their promise: learned from the years before, tried on the years after.

A trial learns swing, fit, factors and correlation from the years before the last five (the last two where a series is
short) and counts how often the next independent period lies within its interval. Nothing is learned from a year that
is tried.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.statistics.chance import estimate as learning
from pipelines.statistics.chance import fit as fitting
from pipelines.statistics.chance import pairs as pairing
from pipelines.statistics.chance.estimate import Estimate, Learned
from pipelines.statistics.chance.panel import Panel
from pipelines.statistics.chance.swing import swing

HELD_OUT_YEARS = (5, 2)
FEWEST_TRIED = 100


@dataclass(frozen=True)
class Trial:
    """The held-out pairs of one series: squared movement over its expected variance, with persons and place; and the
    same of the counties' sums.
    """

    learned: Learned
    part: np.ndarray
    persons: np.ndarray
    place: np.ndarray
    year: np.ndarray
    county_part: np.ndarray


def trials(panels: Sequence[Panel]) -> Iterator[Trial]:
    """One a series that has years enough; surveys learn from all surveys of the same years."""
    before: dict[str, int] = {}
    for panel in panels:
        for held_out in HELD_OUT_YEARS:
            cut = int(panel.years[-1]) - held_out + 1
            if not panel.refused and _enough(panel, cut):
                before[panel.indicator_id] = cut
                break
    found = learning.estimate(panels, before, wandering=False)
    for learned in found.learned:
        if learned.fit is not None:
            yield _trial(found, learned, before[learned.panel.indicator_id])


def _enough(panel: Panel, cut: int) -> bool:
    earlier = pairing.partners(panel)
    places = len(panel.blocks[panel.fitted_level].places)
    return bool(
        (earlier[panel.years < cut] >= 0).sum() * places >= fitting.FEWEST and (earlier >= 0)[panel.years >= cut].any()
    )


def _trial(found: Estimate, learned: Learned, cut: int) -> Trial:
    panel, block = learned.panel, learned.panel.blocks[learned.level]
    pairs = pairing.of(panel, learned.series, block, swing(panel, block, panel.years < cut))
    pairs = pairs.where(panel.years[pairs.year] >= cut)
    assert learned.fit is not None
    expected = found.factor_of(learned, learned.level)[pairs.place] * learned.fit.at(pairs.persons)
    part = pairs.ratio / expected
    if learned.level == "county" or not len(pairs):
        county = part if learned.level == "county" else np.empty(0)
    else:
        moved, alone, at_once = learning.sums(found, learned, pairs)
        county = moved / ((1 - learned.rho) * alone + learned.rho * at_once)
    return Trial(learned, part, pairs.persons, pairs.place, panel.years[pairs.year], county)


def held(part: np.ndarray, point: float = pairing.POINT_95) -> float | None:
    """The part of the pairs inside; None below a hundred pairs."""
    return float((part <= point).mean()) if len(part) >= FEWEST_TRIED else None
