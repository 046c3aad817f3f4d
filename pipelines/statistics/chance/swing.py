"""The variance that one person's worth of chance would have at a figure's level: the yardstick a movement is divided
by.

For a share p(1 - p) of a smoothed level, for a rate its level, for means, money and ratios the squared national
level. Two figures of the same indicator then differ in how large their movements are only by the persons behind them.
"""

import numpy as np

from pipelines.statistics.chance.panel import Block, Panel

NEAR_YEARS = 2  # a share's level is the mean of its years from two before to two after
PRIOR_EVENTS = 2.0  # drawn to the nation's level by the weight of two events
_PART_OF_PERSONS = 0.1  # a year's persons count a tenth of their number, since the same people are asked again
_LEAST = 1e-4


def swing(panel: Panel, level: str, until: float = np.inf) -> np.ndarray:
    """(sexes, places, years) in the unit squared; nan where the level is unknown.

    `until`: the first year that may not be looked at; such years' level is then that of the last known ones.
    """
    if (level, until) not in panel.swings:
        panel.swings[level, until] = _swing(panel, panel.blocks[level], panel.years < until)
    return panel.swings[level, until]


def _swing(panel: Panel, block: Block, known: np.ndarray) -> np.ndarray:
    if panel.family in ("mean", "ratio"):
        return np.broadcast_to(_of_level(panel, known)[:, None, :], block.value.shape)
    seen = np.isfinite(block.value) & np.isfinite(block.persons) & known
    level = np.clip(panel.nation / panel.scale, _LEAST, None)
    if not known.all():
        last = np.flatnonzero(known)[-1]
        level = np.where(known, level, level[:, last : last + 1])
    with np.errstate(invalid="ignore", divide="ignore"):
        if panel.family == "rate":
            events = np.where(seen, block.value * block.persons, 0).sum(axis=2) / panel.scale
            persons = np.where(seen, block.persons, 0).sum(axis=2)
            usual = _mean(np.where(known, level, np.nan))[:, 0]
            rate = (events + PRIOR_EVENTS) / (persons + PRIOR_EVENTS / usual[:, None])
            return panel.scale**2 * rate[:, :, None] * (level / usual[:, None])[:, None, :]
        near = _near(panel.years, known)
        count = seen.astype(float) @ near
        mean = np.where(count > 0, (np.where(seen, block.value, 0) @ near) / count, 0) / panel.scale
        level = np.clip(level, _LEAST, 1 - _LEAST)[:, None, :]
        prior = PRIOR_EVENTS / np.minimum(level, 1 - level)
        own = np.nan_to_num(count * block.persons * _PART_OF_PERSONS / (2 * NEAR_YEARS + 1))
        share = np.clip((mean * own + level * prior) / (own + prior), _LEAST, 1 - _LEAST)
        return panel.scale**2 * share * (1 - share)


def _near(years: np.ndarray, known: np.ndarray) -> np.ndarray:
    """(years, years): 1 where the first is near the second, and known; for an unknown year near the last known one."""
    centre = years if known.all() else np.where(known, years, years[known].max() - NEAR_YEARS)
    return ((np.abs(years[:, None] - centre[None, :]) <= NEAR_YEARS) & known[:, None]).astype(float)


def _of_level(panel: Panel, known: np.ndarray) -> np.ndarray:
    """(sexes, years): the squared national level; its mean where the level changes sign or nears zero."""
    with np.errstate(invalid="ignore"):
        level = np.where(known, panel.nation, np.nan)
        if not known.all():
            last = np.flatnonzero(known)[-1]
            level = np.where(known, level, level[:, last : last + 1])
        size = _mean(level**2)
        return np.where(level**2 < 0.01 * size, size, level**2)


def _mean(values: np.ndarray) -> np.ndarray:
    """(rows, 1): the mean of each row's numbers; nan where it has none."""
    seen = np.isfinite(values)
    with np.errstate(invalid="ignore"):
        return np.where(seen, values, 0).sum(axis=1, keepdims=True) / seen.sum(axis=1, keepdims=True)
