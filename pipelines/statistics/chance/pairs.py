"""Two figures of one place a period apart, and what moved between them beside what moved everywhere."""

from dataclasses import dataclass

import numpy as np

from pipelines.statistics.chance.panel import Block, Panel, Series

POINT_95 = 3.841458820694124  # of chi-square on one degree of freedom
POINT_80 = 1.642374415149816


@dataclass(frozen=True)
class Pairs:
    """One row a pair: `moved` less the places' median that year, that median (`common`), `swing` of both ends together,
    harmonic mean `persons` of both, the later `year`'s position, the `place`'s, whether both are of the `latest`
    definition, and which sex.
    """

    moved: np.ndarray
    common: np.ndarray
    swing: np.ndarray
    persons: np.ndarray
    year: np.ndarray
    place: np.ndarray
    latest: np.ndarray
    sex: np.ndarray

    def __len__(self) -> int:
        return len(self.moved)

    def where(self, kept: np.ndarray) -> "Pairs":
        return Pairs(*(getattr(self, name)[kept] for name in self.__dataclass_fields__))

    @property
    def ratio(self) -> np.ndarray:
        """The squared movement over the swing of both ends: what the errors are fitted to."""
        return self.moved**2 / self.swing


def partners(panel: Panel, periods: int = 1) -> np.ndarray:
    """(years,) the position of the latest year at least so many independent periods before; -1 where there is none."""
    gap = panel.years[None, :] - panel.years[:, None]  # [earlier, later]
    lag = panel.spacing * periods
    fits = (gap >= lag) & (gap < lag + panel.spacing) & (panel.end[None, :] == panel.start[:, None])
    return np.where(fits.any(axis=0), len(panel.years) - 1 - np.argmax(fits[::-1], axis=0), -1)


def of(panel: Panel, series: Series, block: Block, swing: np.ndarray, periods: int = 1) -> Pairs:
    """The pairs of a series so many independent periods apart. `swing`: as `swing.swing` of the same block gives it."""
    value, weight, persons = followed(series, block.value, swing, block.persons)
    earlier = partners(panel, periods)
    later = np.flatnonzero(earlier >= 0)
    before = earlier[later]
    with np.errstate(invalid="ignore", divide="ignore"):
        level = panel.nation[list(series.sexes)]
        if series.name == "gap":
            level = level[:1] - level[1:]
        away = value - level[:, None, :]
        moved = away[:, :, later] - away[:, :, before]
        both = weight[:, :, later] + weight[:, :, before]
        number = 2 / (1 / persons[:, :, later] + 1 / persons[:, :, before])
        seen = np.isfinite(moved) & np.isfinite(both) & (both > 0) & np.isfinite(number) & (number > 0)
        common = np.broadcast_to(_median(np.where(seen, moved, np.nan)), moved.shape)
        moved = moved - common
    sex, place, at = np.nonzero(seen)
    latest = panel.start[before] == panel.end[-1]
    return Pairs(moved[seen], common[seen], both[seen], number[seen], later[at], place, latest[at], sex)


def followed(series: Series, value: np.ndarray, swing: np.ndarray, persons: np.ndarray) -> tuple[np.ndarray, ...]:
    """A series' own figures, swing and persons: of a gap the difference, the sum and the harmonic mean."""
    if series.name != "gap":
        own = list(series.sexes)
        return value[own], swing[own], persons[own]
    women, men = series.sexes
    with np.errstate(invalid="ignore", divide="ignore"):
        number = 2 / (1 / persons[women] + 1 / persons[men])
    return (value[women] - value[men])[None], (swing[women] + swing[men])[None], number[None]


def _median(moved: np.ndarray) -> np.ndarray:
    """(sexes, 1, years): the median place's movement; zero where nobody has one."""
    ordered = np.sort(moved, axis=1)  # nan comes last
    count = np.isfinite(moved).sum(axis=1, keepdims=True)
    low, high = (np.take_along_axis(ordered, np.maximum(at, 0), axis=1) for at in ((count - 1) // 2, count // 2))
    return np.where(count > 0, (low + high) / 2, 0)
