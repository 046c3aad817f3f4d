"""Which years an effect is read from: the window about a start, or the reason why there is none.

Not here: which places have whole series in it (see `effect`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

Array = np.ndarray

LEAST_BEFORE = 5
MOST_BEFORE = 12


@dataclass(frozen=True)
class Window:
    """before, after: the places of periods in their series, in order; `reason` empty where it can be used."""

    before: Array
    after: Array
    reason: str = ""

    @property
    def columns(self) -> Array:
        return np.concatenate([self.before, self.after])


def first_year_after(start: int, after_july: bool = False, effect_from: int | None = None) -> int:
    """The first year that counts as after: that of the start, the one after a start later than 1 July, or the year that
    is said to be the first in which an effect can show."""
    return max(effect_from or 0, start + after_july)


def window(
    first_years: Sequence[int] | Array,
    last_years: Sequence[int] | Array,
    start: int,
    first_after: int | None = None,
    end: int | None = None,
    breaks: Sequence[int] = (),
    most_before: int | None = MOST_BEFORE,
) -> Window:
    """The periods before and after `start` among those with figures, each period from its first to its last year.

    At most `most_before` before (None: all) and those after until `end` (the year in which the measure ended) or the
    next break. A break is the number of the first period of a new series, and parts the years before it from those
    from it on. Periods between start and `first_after` are left out. Of periods that share years (a mean of four
    years, every year) those are taken that share none, counted from the start. Reasons: break_at_start ·
    overlapping_windows · too_few_before · none_after.
    """
    first, last = np.asarray(first_years), np.asarray(last_years)
    first_after = start if first_after is None else first_after
    number = np.arange(len(first))
    series = np.searchsorted(np.sort(np.asarray(breaks, dtype=int)), number, side="right")
    earlier, later = number[last < start], number[first >= first_after]
    if end is not None:
        later = later[last[later] <= end]
    if not len(later):
        return Window(earlier, later, "none_after")
    if not len(earlier):
        return Window(earlier, later, "too_few_before")
    if series[earlier[-1]] != series[later[0]]:
        return Window(earlier, later, "break_at_start")
    earlier, later = (each[series[each] == series[later[0]]] for each in (earlier, later))
    apart_before = _apart(-last[earlier][::-1], -first[earlier][::-1])
    apart_after = _apart(first[later], last[later])
    chosen = earlier[::-1][apart_before][::-1][-most_before if most_before else None :]
    shared = len(earlier) >= LEAST_BEFORE and len(chosen) < LEAST_BEFORE
    reason = "overlapping_windows" if shared else "too_few_before" if len(chosen) < LEAST_BEFORE else ""
    return Window(chosen, later[apart_after], reason)


def _apart(first: Array, last: Array) -> Array:
    """Numbers of periods that share no year, from the first on."""
    kept: list[int] = []
    for number in range(len(first)):
        if not kept or first[number] > last[kept[-1]]:
            kept.append(number)
    return np.array(kept, dtype=int)
