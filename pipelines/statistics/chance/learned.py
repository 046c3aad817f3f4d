"""What was learned of one series, and of all: what the steps of `estimate.py` fill in one after the other."""

from dataclasses import dataclass, field

import numpy as np

from pipelines.statistics.chance.fit import Fit
from pipelines.statistics.chance.pairs import Pairs
from pipelines.statistics.chance.panel import Panel, Series
from pipelines.statistics.chance.swing import swing

SURVEYS = ("sample_survey", "citizen_survey")


@dataclass
class Learned:
    """One panel's series at one level. `fit` may be pooled (`kind` survey_pooled); `periods`: independent ones that the
    series has; `until`: the first year that may not be looked at.
    """

    panel: Panel
    series: Series
    level: str
    pairs: Pairs
    fit: Fit | None
    periods: int
    until: float
    kind: str = "year_to_year"
    wander: float = 0.0
    common: float = 0.0  # variance of what all places have in common beside the nation's level, unit squared
    rho: float = 0.0
    county_height: float = 1.0  # a county's own variance over that of its municipalities together
    county_common: float = 0.0  # variance of what all counties have in common beside the nation's level, unit squared
    lent: float | None = None  # what the fit was multiplied by, tried on other series

    @property
    def is_survey(self) -> bool:
        return self.panel.collection in SURVEYS

    @property
    def known(self) -> np.ndarray:
        """(years,): which may be looked at."""
        return self.panel.years < self.until

    def swing(self, level: str) -> np.ndarray:
        """(sexes, places, years): the swing of the panel's figures of `level`, as known."""
        return swing(self.panel, level, self.until)

    @property
    def is_beside(self) -> bool:
        """True of a survey's counties, whose municipalities have a series of their own."""
        return self.level != self.panel.fitted_level


@dataclass
class Estimate:
    """The learned series, and how much more each place moves: (places,) by level and by survey or not."""

    learned: list[Learned]
    factor: dict[tuple[str, bool], np.ndarray] = field(default_factory=dict)

    def factor_of(self, learned: Learned, level: str) -> np.ndarray:
        block = learned.panel.blocks[level]
        return self.factor.get((level, learned.is_survey), np.ones(len(block.places)))
