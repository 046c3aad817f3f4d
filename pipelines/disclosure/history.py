"""What a release shows, and what earlier ones have shown, where the two cannot be set side by side.

Within one period and one division into areas and groups, earlier figures are simply known to an intruder. Where the
areas, the groups or the periods are others, what both give away together cannot be told; that is found here and stops a
release. Belongs here: that. Not here: the attack on what can be told (`audit.py`, `attack.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pipelines.disclosure import ledger as ledgers
from pipelines.disclosure.books import Chapter, overlapping
from pipelines.disclosure.cubes import Flags

CHANGED = 0.005  # a population that has changed by a larger share since it was shown is that of another area


@dataclass
class Seen:
    """A chapter as a release shows it, row by row: `told`: any figure stands there; `whole_told`: one that gives the
    denominator; `differs`: the figure is not the secret table's present one."""

    chapter: Chapter
    told: Flags
    whole_told: Flags
    differs: Flags


def undecidable(seen: Sequence[Seen], ledger: ledgers.Ledger) -> list[str]:
    """Why what is shown cannot be set beside what was shown: other areas or groups, areas that have grown or shrunk,
    periods that overlap. Names tables and places, never a count.
    """
    before = list(zip(*(ledger.shown[name].to_pylist() for name in ledgers.SHOWN.names), strict=True))
    faults = []
    of_period: dict[tuple[str, str], set[str]] = {}
    for each in (one for one in seen if (one.told & ~one.chapter.is_public).any()):  # the others add nothing
        rows, chapter = each.chapter.rows, each.chapter
        keys = zip(rows.indicator, rows.area, rows.dimension, rows.group, rows.sex, strict=True)
        present = dict(zip(keys, rows.denominator, strict=True))
        indicators, nested = set(rows.indicator), _nested(chapter)
        for indicator, area, period, dimension, group, sex, _, whole in before:
            if period != chapter.period or indicator not in indicators:
                continue
            now = present.get((indicator, area, dimension, group, sex))
            if now is None:
                faults.append(f"{chapter.name}: area {area}, {dimension} {group}, was shown before and is no more")
                break
            if dimension == "total" and indicator not in nested and abs(now - whole) > CHANGED * whole:
                faults.append(f"{chapter.name}: area {area} is not the one that was shown before")
                break
        for indicator in set(rows.indicator[each.told]):
            of_period.setdefault((chapter.sources, indicator), set()).add(chapter.period)
    for indicator, _, period, *_ in before:
        for (sources, name), periods in of_period.items():
            if name == indicator:
                of_period[sources, name] = periods | {period}
    for (sources, indicator), periods in sorted(of_period.items()):
        if pooled := overlapping(periods):
            faults.append(f"{sources}: {indicator} is shown for {sorted(pooled)[0]} and for years within it")
    return faults


def _nested(chapter: Chapter) -> set[str]:
    """Indicators whose whole is itself a count of the delivery, and may be revised like any."""
    return {part for each in chapter.rules.classifications if each.among for part in each.parts}
