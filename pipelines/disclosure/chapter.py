"""One chapter protected: which of its rows may be shown, from the small ones to the tables that must be withheld whole.

Belongs here: the order of these steps. Not here: the rule (`primary.py`), the search (`suppress.py`), the judgement of
what is then published (`audit.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from pipelines.disclosure.books import Chapter
from pipelines.disclosure.cubes import Flags
from pipelines.disclosure.primary import small_rows
from pipelines.disclosure.structure import EXACT, System, build
from pipelines.disclosure.suppress import suppress
from pipelines.disclosure.tables import Table


@dataclass(frozen=True)
class Protected:
    """`hidden`: for each row of the chapter whether it is hidden; `withheld`: tables of which nothing is shown."""

    hidden: Flags
    withheld: list[Table]


def system_of(chapter: Chapter, above: Mapping[str, str | None], without: list[Table]) -> System:
    """A chapter's cells and sums. Where a public row and the delivery both speak of a cell, the delivery's count
    stands.
    """
    rows = chapter.rows
    open_ = chapter.is_public
    told = replace(
        rows,
        numerator=np.where(open_, np.nan, rows.numerator),
        denominator=np.where(open_, np.nan, rows.denominator),
    )
    system = build(told, above, chapter.rules, without)
    for cells, counts in ((system.numerator_of, rows.numerator), (system.denominator_of, rows.denominator)):
        here = open_ & (cells >= 0)
        here[here] = np.isnan(system.value[cells[here]])
        system.value[cells[here]] = counts[here]
    return system


def given_away(chapter: Chapter, system: System) -> Flags:
    """Cells that an intruder knows whatever is hidden now: public ones, and those that an earlier release has shown.

    A count that has been revised since is another one; where the new one is small it can still be hidden. Everything
    else that was ever shown counts as known with its present number, which is more than was shown.
    """
    rows, known = chapter.rows, np.zeros(system.layout.cells, dtype=bool)
    with np.errstate(invalid="ignore"):
        revised = np.abs(chapter.shown_count - rows.numerator) > EXACT
    count = chapter.was_shown & ~(revised & small_rows(system))
    for which in (chapter.is_public, count):
        here = which & (system.numerator_of >= 0)
        known[system.numerator_of[here]] = True
        known[system.denominator_of[here]] = True
    return known


def protect(chapter: Chapter, above: Mapping[str, str | None], withhold: bool = False) -> Protected:
    """Which rows to hide. `withhold`: none of it may be shown, because its period overlaps another.

    Everything is hidden whose place in the structure is unknown; a table that cannot be protected is withheld whole.
    """
    secret = ~chapter.is_public
    if withhold or not chapter.rules.classifications:
        return Protected(secret, [])
    without: list[Table] = []
    while True:
        system = system_of(chapter, above, without)
        hidden = secret & (small_rows(system) | chapter.was_hidden | (system.numerator_of < 0))
        if not system.cubes:
            return Protected(secret, system.layout.withheld)
        pattern = suppress(system, hidden, given_away(chapter, system))
        if not pattern.unprotected:
            return Protected(pattern.hidden & secret, system.layout.withheld)
        if any(not dimension for dimension, _ in pattern.unprotected):
            return Protected(secret, [*system.layout.withheld, *system.cubes])
        without += pattern.unprotected
