"""A county's own figure, beside its municipalities' taken together.

A county's variance is that of its municipalities' persons together, who move a little together (`rho`). Its own figure
is not always their sum: other persons were asked, or a median is not a mean of medians. So the counties' own movements
say how much larger it is (`height`), and what counties have in common beside the nation's level (`common`).
"""

import numpy as np

from pipelines.statistics.chance import fit as fitting
from pipelines.statistics.chance import pairs as pairing
from pipelines.statistics.chance.learned import Estimate, Learned
from pipelines.statistics.chance.pairs import POINT_95, Pairs

MOST_UNKNOWN = 0.5  # of its municipalities' persons that may be without a figure
PRIOR = 100.0  # movements that a series' height is drawn to that of all by
RECENT_YEARS = 6
_FEWEST = 20


def learn(found: Estimate) -> None:
    """Gives each series of municipalities its counties' `height` and `common`: from the counties' own figures where
    there are any, drawn to the height of all such series.
    """
    parts = [(each, pairs) for each in found.learned if (pairs := movements(found, each, each.known)) is not None]
    for learned, pairs in parts:
        learned.county_common = _common(pairs)
    recent = [(learned, pairs.where(_recent(learned, pairs)).ratio) for learned, pairs in parts]
    every = [ratio for _, ratio in recent]
    usual = _height(np.concatenate(every)) if every else None
    for learned, ratio in recent:
        size, own = (len(ratio), _height(ratio)) if len(ratio) >= _FEWEST else (0, 0.0)
        if usual is not None:
            drawn = (size * np.log(own or usual) + PRIOR * np.log(usual)) / (size + PRIOR)
            learned.county_height = max(1.0, float(np.exp(drawn)))


def movements(found: Estimate, learned: Learned, years: np.ndarray) -> Pairs | None:
    """The counties' own movements to those `years` (a mask), `swing` being what both ends together were expected to vary; None
    where there is no county's figure or the errors are not learned from municipalities.
    """
    if learned.fit is None or learned.level != "municipality" or learned.is_survey:
        return None
    panel, block = learned.panel, learned.panel.blocks["county"]
    if not np.isfinite(block.value[list(learned.series.sexes)]).any():
        return None
    pairs = pairing.of(panel, learned.series, block, learned.swing("county"))
    variance = joined(found, learned, "county")
    sex = np.zeros_like(pairs.sex) if learned.series.name == "gap" else pairs.sex
    both = variance[sex, pairs.place, pairs.year] + variance[sex, pairs.place, pairing.partners(panel)[pairs.year]]
    pairs = Pairs(**{**vars(pairs), "swing": both})
    return pairs.where(np.isfinite(both) & (both > 0) & years[pairs.year])


def joined(found: Estimate, learned: Learned, level: str) -> np.ndarray:
    """(sexes, holders, years): the variance of municipalities' persons taken together in each place of `level`."""
    assert learned.fit is not None
    panel, block = learned.panel, learned.panel.blocks["municipality"]
    holder = np.array([code[:2] if level == "county" else "00" for code in block.places])[None, :]
    value, weight, persons = pairing.followed(
        learned.series, block.value, learned.swing("municipality"), block.persons
    )
    with np.errstate(invalid="ignore", divide="ignore"):
        variance = found.factor_of(learned, "municipality")[None, :, None] * weight * learned.fit.at(persons)
    seen = np.isfinite(variance) & np.isfinite(persons) & np.isfinite(value)
    part, variance = np.where(seen, persons, 0), np.where(seen, variance, 0)
    of = (np.array(panel.blocks[level].places)[:, None] == holder).astype(float)  # (holders, municipalities)
    known, every = of @ part, of @ np.where(np.isfinite(persons), persons, 0)
    with np.errstate(invalid="ignore", divide="ignore"):
        alone = (of @ (part**2 * variance)) / known**2
        at_once = (of @ (part * np.sqrt(variance))) ** 2 / known**2
    enough = (known > 0) & (known >= MOST_UNKNOWN * every)
    return np.where(enough, (1 - learned.rho) * alone + learned.rho * at_once, np.nan)


def _recent(learned: Learned, pairs: Pairs) -> np.ndarray:
    years = learned.panel.years[pairs.year]
    return np.asarray(years > years.max(initial=0) - RECENT_YEARS)


def _height(ratio: np.ndarray) -> float:
    return float(np.quantile(ratio, 0.95) / POINT_95) if len(ratio) else 0.0


def _common(pairs: Pairs) -> float:
    """Half the mean square of the median county's movements; few years know it badly, so larger by Student's t."""
    years = len(np.unique(pairs.year))
    if not years:
        return 0.0
    return float((pairs.common**2).mean() / 2 * _student(years) ** 2 / POINT_95)


def _student(df: int) -> float:
    """The 97.5 % point of Student's t, within 3 % from two degrees of freedom (Abramowitz & Stegun 1964, 26.7.5)."""
    z = POINT_95**0.5
    terms = (
        (z**3 + z) / 4,
        (5 * z**5 + 16 * z**3 + 3 * z) / 96,
        (3 * z**7 + 19 * z**5 + 17 * z**3 - 15 * z) / 384,
    )
    return z + sum(term / df ** (power + 1) for power, term in enumerate(terms))


def held(learned: Learned, pairs: Pairs) -> np.ndarray:
    """Squared movements of counties' own distances to the nation over what was expected. `pairs`: as `movements`."""
    return (pairs.moved + pairs.common) ** 2 / (learned.county_height * pairs.swing + 2 * learned.county_common)
