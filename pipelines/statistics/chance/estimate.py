"""Every panel's fits, and the factors of places, from all years or from those before the held-out ones.

`Estimate` is what `tables.py` writes down and `proof.py` tries out.
"""

from collections.abc import Iterable, Mapping, Sequence
from itertools import product

import numpy as np

from pipelines.statistics.chance import counties
from pipelines.statistics.chance import fit as fitting
from pipelines.statistics.chance import pairs as pairing
from pipelines.statistics.chance.learned import SURVEYS, Estimate, Learned
from pipelines.statistics.chance.pairs import Pairs
from pipelines.statistics.chance.panel import GAP, SEX, TOTAL, Block, Panel, Series
from pipelines.statistics.chance.swing import swing

SERIES = (TOTAL, SEX, GAP)
POOLED_YEARS = 5
LAGS = (3, 5)


def estimate(
    panels: Iterable[Panel], known: Mapping[tuple[str, str], int] | None = None, wandering: bool = True
) -> Estimate:
    """What the panels teach. `known`: by indicator and series the first year that may not be looked at; a series that
    is not there is left out.
    """
    found = Estimate([])
    for panel in panels:
        for series in SERIES:
            until = np.inf if known is None else known.get((panel.indicator_id, series.name))
            if until is not None:
                found.learned += _learn(panel, series, until, wandering)
    _pool(found)
    _factors(found)
    for learned in found.learned:
        learned.rho = _rho(found, learned)
    counties.learn(found)
    return found


def with_factors(learned: list[Learned]) -> Estimate:
    """The same series with the factors of places that follow from their fits."""
    found = Estimate(learned)
    _factors(found)
    return found


def levels(panel: Panel) -> list[str]:
    """Whose movements are learned from. A county's survey asks others than its municipalities', so it has its own."""
    own = panel.fitted_level
    beside = panel.collection in SURVEYS and own == "municipality" and np.isfinite(panel.blocks["county"].value).any()
    return [own, "county"] if beside else [own]


def _learn(panel: Panel, series: Series, until: float, wandering: bool) -> list[Learned]:
    found = []
    known = panel.years < until
    for level in levels(panel):
        block = panel.blocks[level]
        weight = swing(panel, level, until)
        pairs = pairing.of(panel, series, block, weight)
        pairs = pairs.where(known[pairs.year])
        fitted = None if panel.refused else fitting.fit(pairs, panel.years)
        learned = Learned(panel, series, level, pairs, fitted, independent(panel, series, block, known), until)
        learned.common = float((pairs.common**2).mean()) / 2 if len(pairs) else 0.0
        if fitted is not None and wandering:
            learned.wander = _wander(panel, series, weight, learned)
        found.append(learned)
    return found


def _wander(panel: Panel, series: Series, weight: np.ndarray, learned: Learned) -> float:
    assert learned.fit is not None
    block = panel.blocks[learned.level]
    far = {}
    for periods in LAGS:
        apart = pairing.of(panel, series, block, weight, periods)
        far[periods] = apart.ratio / learned.fit.at(apart.persons)
    return fitting.wander(learned.pairs.ratio / learned.fit.at(learned.pairs.persons), far)


def independent(panel: Panel, series: Series, block: Block, known: np.ndarray) -> int:
    """Periods of the series that share no year with another, of the latest definition."""
    value = block.value[list(series.sexes)]
    seen = np.isfinite(value).any(axis=1).all(axis=0) & known
    years = panel.years[seen & (panel.start == panel.end[-1])]
    count, last = 0, np.inf
    for year in years[::-1]:
        if last - year >= panel.spacing:
            count, last = count + 1, year
    return count


def _pool(found: Estimate) -> None:
    """Surveys ask few and seldom: all of a kind teach each other, and the larger of own and common error counts."""
    for kind, level in product(SURVEYS, ("municipality", "county")):
        for series in SERIES:
            own = [each for each in found.learned if each.panel.collection == kind and each.series is series]
            own = [each for each in own if each.level == level]
            own = [each for each in own if not each.panel.refused and len(each.pairs)]
            if not own:
                continue
            pooled = fitting.fit(joined([each.pairs.where(recent(each)) for each in own]), np.zeros(1))
            for each in own:
                chosen = fitting.larger(each.fit, pooled)
                if chosen is pooled:
                    each.kind = "survey_pooled"
                each.fit = chosen


def recent(learned: Learned) -> np.ndarray:
    years = learned.panel.years[learned.pairs.year]
    return years > years.max(initial=0) - POOLED_YEARS


def joined(parts: Sequence[Pairs]) -> Pairs:
    joined = {name: np.concatenate([getattr(part, name) for part in parts]) for name in Pairs.__dataclass_fields__}
    joined["year"] = np.zeros(len(joined["moved"]), dtype=int)
    return Pairs(**joined)


def _factors(found: Estimate) -> None:
    for level in ("municipality", "county"):
        for survey in (False, True):
            own = [
                each for each in found.learned
                if each.level == level and each.is_survey == survey and each.fit and each.series is not GAP
            ]  # fmt: skip
            if not own:
                continue
            places = own[0].panel.blocks[level].places
            part = np.concatenate([each.pairs.ratio / each.fit.at(each.pairs.persons) for each in own if each.fit])
            place = np.concatenate([each.pairs.place for each in own])
            if not survey:
                found.factor[level, survey] = fitting.factors(part, place, len(places), fitting.PRIOR)
                continue
            county, of_place = np.unique([code[:2] for code in places], return_inverse=True)
            of_county = fitting.factors(part, of_place[place], len(county), fitting.PRIOR_COUNTY)[of_place]
            rest = fitting.factors(part / of_county[place], place, len(places), fitting.PRIOR_PLACE)
            found.factor[level, survey] = of_county * rest


def _rho(found: Estimate, learned: Learned) -> float:
    """How far municipalities of a county move together, from the counties' sums of their movements."""
    if learned.fit is None or learned.level != "municipality" or not len(learned.pairs):
        return 0.0
    moved, alone, at_once, _ = counties.sums(found, learned, learned.pairs)
    return fitting.together(moved, alone, at_once)
