"""How large an effect would have to be for anyone to see it: learned from years in which nothing was done.

For every place of a series at once, before a measure is begun. Not here: the effect itself (see `effect`).
"""

from collections.abc import Iterator, Sequence

import numpy as np

from pipelines.statistics.effects.effect import whole_series
from pipelines.statistics.effects.estimators import lag_ridge
from pipelines.statistics.effects.placebo import minimum_detectable, placebos
from pipelines.statistics.effects.verdict import LEAST_DONORS
from pipelines.statistics.effects.window import Window, window

Array = np.ndarray

MOST_WINDOWS = 3


def past_windows(
    first_years: Array,
    last_years: Array,
    years_after: int,
    breaks: Sequence[int] = (),
    until: int | None = None,
) -> Iterator[Window]:
    """Windows of that many years after that have been, the latest first, whose years after are each other's before: the
    last ends with the series, or in `until`. None across a break, each with five periods before at least."""
    end = int(last_years.max()) if until is None else until
    for _ in range(MOST_WINDOWS):
        about = window(first_years, last_years, end - years_after + 1, end=end, breaks=breaks)
        if about.reason:
            return
        yield about
        end -= years_after


def detectable(
    values: Array,
    first_years: Array,
    last_years: Array,
    years_after: int,
    population: Array | None = None,
    breaks: Sequence[int] = (),
    aims: int = 1,
    until: int | None = None,
) -> tuple[Array, int]:
    """The smallest effect, as a mean over `years_after` years, that would be called certain in 80 of 100 cases, for
    each place, and from how many windows it was learned.

    values: places × periods (not a number where there is no figure) · first_years, last_years: of each period ·
    population: places, persons · breaks: periods that begin a new series · aims: how many the measure has · until: the
    last year to learn from. In the unit of the values; the median of up to three windows, by lag ridge in closed form.
    Not a number for a place with no whole series in any of them, nor where fewer than 60 other places have one.
    """
    places = np.arange(len(values))
    persons = np.ones(len(values)) if population is None else np.asarray(population, dtype=float)
    found = []
    for about in past_windows(np.asarray(first_years), np.asarray(last_years), years_after, breaks, until):
        whole = whole_series(values, about, places)
        if len(whole) <= LEAST_DONORS:
            continue
        effects = lag_ridge(values[:, about.columns], len(about.before), places[:0], whole, persons)
        smallest = np.full(len(values), np.nan)
        smallest[whole] = minimum_detectable(placebos(effects, persons[whole]).spread(persons[whole]), aims)
        found.append(smallest)
    if not found:
        return np.full(len(values), np.nan), 0
    together = np.array(found)
    known = np.isfinite(together).any(axis=0)
    answer = np.full(len(values), np.nan)
    answer[known] = np.nanmedian(together[:, known], axis=0)
    return answer, len(found)
