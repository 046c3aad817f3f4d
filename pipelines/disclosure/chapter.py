"""One chapter protected: which of its rows may be shown, from the small ones to the tables that must be withheld whole.

Belongs here: the order of these steps. Not here: the rule (`primary.py`), the search (`suppress.py`), the judgement of
what is then published (`audit.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np

from pipelines.disclosure import crosses
from pipelines.disclosure.attack import Findings, attack, left_by
from pipelines.disclosure.books import Chapter
from pipelines.disclosure.cubes import Flags, Places
from pipelines.disclosure.draws import Draws
from pipelines.disclosure.movements import Movement
from pipelines.disclosure.primary import Targets, known_cells, targets
from pipelines.disclosure.replay import FEWER, choose, replay
from pipelines.disclosure.structure import System, build, where
from pipelines.disclosure.suppress import Pattern
from pipelines.disclosure.tables import Table

REPAIRS = 4  # times that more is hidden about what could not be proven, before the crosses are given up


@dataclass(frozen=True)
class Protected:
    """`hidden`: for each row of the chapter whether it is hidden; `withheld`: tables of which nothing is shown.

    `moves`: what proved that this is enough, where it had to be proven to choose; secret.
    """

    hidden: Flags
    withheld: list[Table]
    moves: list[Movement] = field(default_factory=list)


def system_of(chapter: Chapter, above: Mapping[str, str | None], without: list[Table], rings: bool = False) -> System:
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
    system = build(told, above, chapter.rules, without, rings)
    for cells, counts in ((system.numerator_of, rows.numerator), (system.denominator_of, rows.denominator)):
        here = open_ & (cells >= 0) & ((system.unknown_of < 0) | (cells == system.numerator_of))
        here[here] = np.isnan(system.value[cells[here]])
        system.value[cells[here]] = counts[here]
    return system


def given_away(chapter: Chapter, system: System) -> Flags:
    """Cells that an intruder knows whatever is hidden now: public ones, and those that an earlier release has shown
    with their present number, withdrawn since or not. A count that has been revised is another one, and was not shown.
    """
    known = np.zeros(system.layout.cells, dtype=bool)
    for which, cells in (
        (chapter.is_public | chapter.count_known, system.numerator_of),
        (chapter.is_public | chapter.whole_known, system.denominator_of),
    ):
        known[cells[which & (cells >= 0)]] = True
    return known


def as_left(chapter: Chapter, system: System, aims: Targets) -> Targets:
    """What can still be protected: each aim as the earlier releases of the chapter have left it."""
    nothing = np.ones(len(system.rows), dtype=bool)
    return left_by(system, known_cells(system, nothing, given_away(chapter, system)), aims)


def hangs_together(
    chapter: Chapter, above: Mapping[str, str | None], without: list[Table]
) -> tuple[System, crosses.Upper | None]:
    """A chapter's cells and sums; with the crosses of larger areas, if those are wanted and can be proven."""
    if chapter.rules.wanted_above:
        system = system_of(chapter, above, without, rings=True)
        upper = crosses.read(system, chapter.rows, ~chapter.is_public) if system.cubes else None
        if upper is not None:
            return system, upper
    return system_of(chapter, above, without), None


def protect(
    chapter: Chapter,
    above: Mapping[str, str | None],
    withhold: bool = False,
    draws: Draws = Draws(),  # noqa: B008  never changed
) -> Protected:
    """Which rows to hide. `withhold`: none of it may be shown, because its period overlaps another.

    Everything is hidden whose place in the structure is unknown; a table that cannot be protected is withheld whole.
    What an earlier release has given away is protected no more, but nothing is added to it. `draws`: which of rows that
    would do equally well are hidden.
    """
    secret = ~chapter.is_public
    if withhold or not chapter.rules.classifications:
        return Protected(secret, [])
    without = _withheld_whole(chapter)
    while True:
        system, upper = hangs_together(chapter, above, without)
        if not system.cubes:
            return Protected(secret, system.layout.withheld)
        if upper is not None:
            proven, failed, moves = _with_crosses(chapter, system, upper, draws)
            if not failed:
                return Protected(proven, system.layout.withheld, moves)
            if any(not dimension for dimension, _ in failed):
                return Protected(secret, [*system.layout.withheld, *system.cubes])
            without += failed
            continue
        pattern, aims = _suppressed(chapter, system, draws)
        failed = pattern.unprotected
        if not failed:
            hidden = pattern.hidden & secret
            closed, given = shut(chapter, system), given_away(chapter, system)
            narrowed = replay(system, hidden, closed, given, aims, FEWER).narrowed
            if not narrowed:
                return Protected(hidden, system.layout.withheld)
            cells = aims.plus[narrowed]
            failed = [table for table, cube in system.cubes.items() if np.isin(cells, cube.index).any()]
        if any(not dimension for dimension, _ in failed):
            return Protected(secret, [*system.layout.withheld, *system.cubes])
        without += failed


def shut(chapter: Chapter, system: System) -> Flags:
    """The rows that are hidden whatever they count: by an earlier release, by decision, for their unknown place."""
    return ~chapter.is_public & (chapter.was_hidden | withheld_rows(chapter) | (system.numerator_of < 0))


def _suppressed(chapter: Chapter, system: System, draws: Draws) -> tuple[Pattern, Targets]:
    """What must be hidden besides, and for which aims: where all is too much, as earlier releases have left them."""
    given, aims, closed = given_away(chapter, system), targets(system), shut(chapter, system)
    pattern = choose(system, closed, given, aims, draws)
    if pattern.unprotected and chapter.was_shown.any():
        aims = as_left(chapter, system, aims)
        pattern = choose(system, closed, given, aims, draws)
    return pattern, aims


def tables_of(chapter: Chapter, which: Flags) -> set[Table]:
    """The tables that some rows are of."""
    of = {name: n for n, each in enumerate(chapter.rules.classifications) for name in each.parts}
    pairs = {
        (d, of[i]) for d, i in zip(chapter.rows.dimension[which], chapter.rows.indicator[which], strict=True) if i in of
    }
    return {("" if dimension in ("total", "sex") else dimension, number) for dimension, number in pairs}


def _withheld_whole(chapter: Chapter) -> list[Table]:
    """Tables of which nothing is shown, by decision, nor ever was: they are no part of what hangs together."""
    decided = withheld_rows(chapter)
    others = tables_of(chapter, ~chapter.is_public & (~decided | chapter.was_shown))
    return sorted(tables_of(chapter, decided) - others)


def withheld_rows(chapter: Chapter) -> Flags:
    """The rows of tables that somebody has decided to withhold in this period (`withhold:` in `sources.yaml`)."""
    found = np.zeros(len(chapter.rows), dtype=bool)
    for each in chapter.rules.withheld:
        if not each.periods or chapter.period in each.periods:
            found |= np.isin(chapter.rows.dimension, each.tables) if each.tables else True
    return found & ~chapter.is_public


def _with_crosses(
    chapter: Chapter, system: System, upper: crosses.Upper, draws: Draws
) -> tuple[Flags, list[Table], list[Movement]]:
    """Rows to hide, so that all of one dimension and the crosses of larger areas are proven by whole worlds; the proof.

    Where that comes to nothing: the tables to withhold. Where it is the crosses that cannot be protected, they go.
    """
    secret, given = ~chapter.is_public, given_away(chapter, system)
    decided = withheld_rows(chapter)
    pattern, aims = _suppressed(chapter, system, draws)
    if pattern.unprotected:
        return pattern.hidden, pattern.unprotected, []
    hidden = pattern.hidden & secret
    found: Findings | None = None
    for turn in range(REPAIRS + 1):
        crosses.loosen(upper, hidden)
        found = attack(system, known_cells(system, hidden, given), aims, worlds=upper.worlds, before=found)
        if turn and found.met.all():  # what was found before a repair must hold in what is left, as at the gate
            found = attack(system, known_cells(system, hidden, given), aims, worlds=upper.worlds, offered=found.moves)
        if found.met.all():
            break
        open_ = found.aims.plus[~found.met]
        around = secret & _around(system, open_)
        hopeless = 2 * len(open_) > len(found.aims)
        if turn == REPAIRS or hopeless or not (around & ~hidden).any():
            many = {table: int(np.isin(open_, cube.index).sum()) for table, cube in system.cubes.items()}
            return hidden, [max(many, key=lambda table: (many[table], table))], []
        hidden |= around
    hidden[upper.rows] = chapter.was_hidden[upper.rows] | decided[upper.rows]
    upper.prices = draws.prices(system.rows)
    full = crosses.protect(upper, hidden | secret & crosses.small(upper, len(hidden)), chapter.count_known)
    if full is None:
        hidden[upper.rows] = True
    return hidden if full is None else full, [], [] if found is None else found.moves


def _around(system: System, cells: Places) -> Flags:
    """The rows of the tables and areas that these cells are in, and of the largest area beside each."""
    layout, base = system.layout, next(iter(system.cubes.values()))
    people = np.nan_to_num(system.value[base.index[:, 0, 0, -1]])
    found = np.zeros(len(system.rows), dtype=bool)
    area = np.where(system.numerator_of >= 0, system.area_of()[system.numerator_of], -1)
    for cell in cells:
        cube, (own, *_) = where(layout, int(cell))
        beside = np.flatnonzero((layout.parent == layout.parent[own]) & (np.arange(len(people)) != own))
        near = [own, *beside[np.argsort(-people[beside])][:1]]
        within = np.isin(system.numerator_of, cube.index)
        found |= within & np.isin(area, near)
    return found
