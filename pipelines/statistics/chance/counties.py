"""A county's own figure, beside its municipalities' taken together.

A county's variance is that of its municipalities' persons together, who move a little together (`rho`). Its own figure
is not always their sum: other persons were asked, or a median is not a mean of medians. So the counties' own movements
say how much larger it is (`height`), and what counties have in common beside the nation's level (`common`).
"""

import numpy as np

from pipelines.statistics.chance import pairs as pairing
from pipelines.statistics.chance.learned import Estimate, Learned
from pipelines.statistics.chance.pairs import POINT_95, Pairs

MOST_UNKNOWN = 0.5  # of its municipalities' persons that may be without a figure
PRIOR = 100.0  # movements that a series' height is drawn to that of all by
RECENT_YEARS = 6
DEGREES = 3  # of freedom that a year of 21 counties is worth, which share some of its chance
_FEWEST = 20


def learn(found: Estimate) -> None:
    """Gives each series of municipalities its counties' `height` and `common`: from the counties' own figures where
    there are any, else from the sums of their municipalities' movements; drawn to the height of all series.
    """
    parts = []
    for learned in found.learned:
        if learned.fit is None or learned.level != "municipality":
            continue
        own = movements(found, learned, learned.known)
        if own is not None:
            learned.county_common = _common(own)
            ratio, year = own.ratio, own.year
        else:
            ratio, year = of_sums(found, learned, learned.pairs)
        recent = _recent(learned.panel.years[year])
        parts.append((learned, ratio[recent], len(np.unique(year[recent]))))
    every = [ratio for _, ratio, _ in parts if len(ratio)]
    usual = _height(np.concatenate(every)) if every else 1.0
    for learned, ratio, years in parts:
        size, own_height = (len(ratio), _height(ratio)) if len(ratio) >= _FEWEST else (0, 0.0)
        drawn = (size * np.log(own_height or usual) + PRIOR * np.log(usual)) / (size + PRIOR)
        learned.county_height = max(1.0, float(np.exp(drawn))) * _badly_known(years or RECENT_YEARS)


def movements(found: Estimate, learned: Learned, years: np.ndarray) -> Pairs | None:
    """The counties' own movements to those `years` (a mask), `swing` being what both ends together were expected to
    vary; None where there is no county's figure or the errors are not learned from municipalities.
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
    value, weight, persons = pairing.followed(learned.series, block.value, learned.swing("municipality"), block.persons)
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


def sums(found: Estimate, learned: Learned, pairs: Pairs) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """By county and year, the squared weighted movement of its municipalities, its variance were they independent and
    were they one, and the year's position. Counties of one municipality teach nothing of that.
    """
    assert learned.fit is not None
    places = learned.panel.blocks["municipality"].places
    _, county = np.unique([code[:2] for code in places], return_inverse=True)
    cell = (pairs.year * 3 + pairs.sex) * 64 + county[pairs.place]
    kept, cell = np.unique(cell, return_inverse=True)
    count = np.bincount(cell)
    total = np.bincount(cell, pairs.persons)
    weight = pairs.persons / total[cell]
    variance = found.factor_of(learned, "municipality")[pairs.place] * pairs.swing * learned.fit.at(pairs.persons)
    moved = np.bincount(cell, weight * pairs.moved) ** 2
    alone = np.bincount(cell, weight**2 * variance)
    at_once = np.bincount(cell, weight * np.sqrt(variance)) ** 2
    many = count > 1
    return moved[many], alone[many], at_once[many], (kept // 192)[many]


def of_sums(found: Estimate, learned: Learned, pairs: Pairs) -> tuple[np.ndarray, np.ndarray]:
    """The sums' squared movements over what their municipalities' errors and `rho` lead to, and years' positions."""
    if not len(pairs):
        return np.empty(0), np.empty(0, dtype=int)
    moved, alone, at_once, year = sums(found, learned, pairs)
    return moved / ((1 - learned.rho) * alone + learned.rho * at_once), year


def _recent(years: np.ndarray) -> np.ndarray:
    return np.asarray(years > years.max(initial=0) - RECENT_YEARS)


def _height(ratio: np.ndarray) -> float:
    return float(np.quantile(ratio, 0.95) / POINT_95) if len(ratio) else 0.0


def _common(pairs: Pairs) -> float:
    """Half the mean square of the median county's movements."""
    years = len(np.unique(pairs.year))
    # One number a year, so a degree of freedom a year.
    return float((pairs.common**2).mean() / 2 * _student(years) ** 2 / POINT_95) if years else 0.0


def _badly_known(years: int) -> float:
    """How much larger a variance is taken for that so few years tell of."""
    return float(_student(DEGREES * years) ** 2 / POINT_95)


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
