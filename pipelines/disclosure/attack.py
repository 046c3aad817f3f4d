"""The attack: what an intruder who has every published number can still not rule out.

He knows that counts are not negative and how tables add up. A count is safe if the published numbers leave it free to
be as large as `reach` and as small as `floor`; to prove that, one set of counts that agrees with all of them is
enough each way. Such sets are looked for in small pieces first, with the rest standing still, since what is possible
there is possible; only what is not found so is asked of the whole of what hangs together, and the answer is then
exact. What the solver does not answer counts as found out. Belongs here: that. Not here: which numbers are published
(`audit.py`).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from pipelines.disclosure.cubes import Flags, Numbers, Places
from pipelines.disclosure.movements import Movement, stands
from pipelines.disclosure.primary import NONE, Targets
from pipelines.disclosure.solver import SLACK, Free, Programme, TooHard
from pipelines.disclosure.structure import System
from pipelines.disclosure.worlds import Worlds
from pipelines.warehouse.ahead import tell

FARTHEST = 1_000.0  # persons; far above any limit, so that no programme is without an end
ROUNDS = 12
CELLS = 4_000  # cells that are looked at together at first, about
PATIENCE = 120  # pieces about single aims that prove nothing, one after the other, after which (or as many as there
# are aims, if those are more) no world is looked for any more
_OTHERS = 3  # sets of other areas that are tried beside one whose count stayed open
_STALE = 2  # rounds without progress before a piece is given up


@dataclass
class Findings:
    """What the attack found, aim by aim. `low`, `high`: how far a count can be, as far as looked (persons).

    `met`: the interval is wide enough. `exact`: `low` and `high` are the ends, not only on the safe side of them.
    `moves`: what proved it, as far as that was not to the ends.
    """

    aims: Targets
    low: Numbers
    high: Numbers
    exact: Flags
    moves: list[Movement] = field(default_factory=list)

    @property
    def met(self) -> Flags:
        return (self.high >= self.aims.reach - SLACK) & (self.low <= self.aims.floor + SLACK)

    @property
    def recovered(self) -> Flags:
        """Counts that the published numbers give away to the person."""
        return self.exact & (self.high - self.low < 0.5 * SLACK + 1e-4)


def attack(
    system: System,
    known: Flags,
    aims: Targets,
    exactly: bool = False,
    worlds: Worlds | None = None,
    before: Findings | None = None,
    offered: Sequence[Movement] = (),
) -> Findings:
    """Looks how far each aim can be from its count while the cells of `known` stand; `exactly`: to the ends.

    `worlds`: where tables form a ring, a movement counts only if there is a world in which it has happened. `before`:
    findings of the same aims when more was known; what was possible then still is. `offered`: movements that may prove
    something; those that do are checked first, and spare a search.
    """
    found = before or Findings(aims, aims.count.copy(), aims.count.copy(), np.zeros(len(aims), dtype=bool))
    unknown = ~known & ~system.empty
    for move in _fewest(system, aims, [each for each in offered if stands(system, unknown, each)]):
        if worlds is None or worlds.allow(move.cells, move.change):
            _keep(found, move, _places(system, move))
    if not exactly:
        for cells in _pieces(system, unknown, aims, found):
            _look(system, cells, found, worlds)
            tell(f"proven {found.met.mean():.0%}")
    if not exactly:
        barren = 0
        for cells, aim in _beside(system, unknown, found):
            before = found.met.sum()
            _reach(system, cells, aim, found, worlds)
            barren = 0 if found.met.sum() > before else barren + 1
            if worlds is not None and barren == max(PATIENCE, len(aims)):
                break
        if worlds is not None:
            return found
    open_ = np.arange(len(aims)) if exactly else np.flatnonzero(~found.met)
    if len(open_):
        label = connected(system, unknown)
        first = np.where(unknown[aims.plus], aims.plus, aims.minus)
        free = (first != NONE) & unknown[first]
        found.exact[open_[~free[open_]]] = True
        for piece in np.unique(label[first[open_[free[open_]]]]):
            here = open_[free[open_]]
            here = here[label[first[here]] == piece]
            _measure(system, np.flatnonzero(label == piece), here, found)
    return found


def left_by(system: System, given: Flags, aims: Targets) -> Targets:
    """The aims as far as earlier releases have left them: whoever has those alone (`given`: cells that they and public
    tables show) must be left no narrower by anything more, even where he is nearer by now than the rule allows.

    What the solver does not answer stays asked for.
    """
    found = attack(system, given | system.empty, aims)
    narrow = ~found.met & found.exact
    reach = np.where(narrow, np.minimum(aims.reach, np.floor(found.high + SLACK)), aims.reach)
    floor = np.where(narrow, np.maximum(aims.floor, np.ceil(found.low - SLACK)), aims.floor)
    return replace(aims, reach=reach, floor=floor)


def _fewest(system: System, aims: Targets, moves: list[Movement]) -> Iterator[Movement]:
    """Those that prove most beside the ones before them, until no other proves anything more."""
    proves = np.zeros((len(moves), 2 * len(aims)), dtype=bool)
    for number, move in enumerate(moves):
        moved = _moved(aims, move, _places(system, move))
        proves[number] = np.concatenate([moved >= aims.reach - SLACK, moved <= aims.floor + SLACK])
    while len(moves) and (many := proves.sum(axis=1)).max():
        best = int(np.argmax(many))
        yield moves[best]
        proves &= ~proves[best]


def _pieces(system: System, unknown: Flags, aims: Targets, found: Findings) -> Iterator[Places]:
    """Unknown cells of one table and all finer ones, in areas with a common parent, where an aim is open."""
    layout, area = system.layout, system.area_of()
    cubes = list(system.cubes.values())
    of_cube = np.empty(layout.cells, dtype=np.int64)
    for number, cube in enumerate(cubes):
        of_cube[cube.index] = number
    for cube in cubes:
        same = np.array([other.parts == cube.parts for other in cubes])[of_cube]
        finer = np.array([cube.parts <= other.parts for other in cubes])
        among = finer[of_cube]
        each = max(1, sum(int(np.prod(cubes[number].index.shape[1:])) for number in np.flatnonzero(finer)))
        for size in (max(3, CELLS // each), layout.cells):  # a few areas first, then all that have one parent
            for parent in layout.groups():
                children = np.flatnonzero(layout.parent == parent)
                many = max(1, len(children) // size)
                for start in range(many):
                    chosen = np.zeros(len(layout.areas), dtype=bool)
                    chosen[children[start::many]] = True
                    open_ = ~found.met & chosen[area[aims.plus]] & same[aims.plus]
                    if open_.any():
                        yield np.flatnonzero(unknown & chosen[area] & among)


def _look(system: System, cells: Places, found: Findings, worlds: Worlds | None) -> None:
    """Moves the aims that lie in `cells` up and down together, as many as can; keeps how far each came."""
    if not len(cells):
        return
    aims, place = found.aims, np.full(system.layout.cells, -1, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    room = np.minimum(np.nan_to_num(system.value[cells]), FARTHEST)
    programme = Programme(Free.of(system, cells), -room, np.full(len(cells), FARTHEST))
    random = np.random.default_rng(1)
    inside = (place[aims.plus] >= 0) | ((aims.minus != NONE) & (place[aims.minus] >= 0))
    stale = 0
    for turn in range(ROUNDS):
        open_ = np.flatnonzero(inside & ~found.met)
        if not len(open_) or stale > _STALE:
            return
        if stale:
            open_ = random.permutation(open_)[: max(1, len(open_) // 2)]
        before = found.met.sum()
        coin = random.random(len(open_)) < 0.5
        for rising in (coin, ~coin):
            up = open_[rising & (found.high[open_] < aims.reach[open_] - SLACK)]
            down = open_[~rising & (found.low[open_] > aims.floor[open_] + SLACK)]
            if len(up) + len(down):
                try:
                    change = programme.best(*_wish(programme, aims, place, up, down))
                except TooHard:
                    return  # the whole of what hangs together is asked instead, and must answer
                if worlds is None or worlds.allow(cells, change):
                    _keep(found, Movement(cells, change), place)
        stale = 0 if found.met.sum() > before else stale + 1
        if turn == 0 and stale:
            stale = 0


def _wish(
    programme: Programme, aims: Targets, place: Places, up: Places, down: Places
) -> tuple[Numbers, Numbers, Numbers]:
    """Costs and bounds that ask some aims to rise and some to fall, none farther than it must."""
    cost = np.zeros(programme.size)
    lower, upper = programme.lower.copy(), programme.upper.copy()
    for which, ends, way in ((up, aims.reach, 1.0), (down, aims.floor, -1.0)):
        need = ends[which] - aims.count[which]
        for cells, sign in ((aims.plus[which], 1.0), (aims.minus[which], -1.0)):
            there = (cells != NONE) & (place[cells] >= 0)
            at = place[cells[there]]
            np.add.at(cost, at, -sign * way)
            alone = (aims.minus[which] == NONE) if sign > 0 else (place[aims.plus[which]] < 0)
            bound = at[alone[there]]
            far = sign * need[there][alone[there]]
            if way * sign > 0:
                upper[bound] = np.minimum(upper[bound], np.maximum(far, 0.0))
            else:
                lower[bound] = np.maximum(lower[bound], np.minimum(far, 0.0))
    return cost, lower, upper


def _keep(found: Findings, move: Movement, place: Places) -> None:
    """Notes how far each aim has come by a movement that is possible; the movement, if it proved something."""
    moved, before = _moved(found.aims, move, place), (found.high, found.low)
    found.low, found.high = np.minimum(found.low, moved), np.maximum(found.high, moved)
    some = move.change != 0
    reach, floor = found.aims.reach - SLACK, found.aims.floor + SLACK
    if ((before[0] < reach) & (moved >= reach) | (before[1] > floor) & (moved <= floor)).any():
        found.moves.append(Movement(move.cells[some], move.change[some]))


def _places(system: System, move: Movement) -> Places:
    place = np.full(system.layout.cells, -1, dtype=np.int64)
    place[move.cells] = np.arange(len(move.cells))
    return place


def _moved(aims: Targets, move: Movement, place: Places) -> Numbers:
    return aims.count + _at(move.change, place, aims.plus) - _at(move.change, place, aims.minus)


def _at(change: Numbers, place: Places, cells: Places) -> Numbers:
    where = np.where(cells == NONE, -1, place[cells])
    return np.where(where >= 0, change[where], 0.0)


def connected(system: System, unknown: Flags) -> Places:
    """A number for all unknown cells that hang together through equations; -1 for known cells."""
    entry = unknown[system.equations.cell]
    cell, equation = system.equations.cell[entry], system.equations.equation[entry]
    label = np.where(unknown, np.arange(len(unknown)), -1)
    while True:
        least = np.full(len(system.equations.whole), len(unknown), dtype=np.int64)
        np.minimum.at(least, equation, label[cell])
        new = label.copy()
        np.minimum.at(new, cell, least[equation])
        new[unknown] = new[new[unknown]]
        if (new == label).all():
            return label
        label = new


def _measure(system: System, cells: Places, open_: Places, found: Findings) -> None:
    """The exact ends of each open aim's interval, in all that hangs together with it."""
    aims, place = found.aims, np.full(system.layout.cells, -1, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    free = Free.of(system, cells)
    off = np.zeros(len(system.equations.whole))
    np.add.at(
        off,
        system.equations.equation,
        system.equations.coefficient * np.nan_to_num(system.value)[system.equations.cell],
    )
    tolerance = system.rules.tolerance
    slack = np.stack([np.minimum(-tolerance - off, 0), np.maximum(tolerance - off, 0)], axis=1)[free.equations]
    if not tolerance:
        slack[:] = 0.0
    room = np.minimum(np.nan_to_num(system.value[cells]), FARTHEST)
    programme = Programme(free, -room, np.full(len(cells), FARTHEST), slack)
    for aim in open_:
        try:
            for sign in (1.0, -1.0):
                cost = np.zeros(len(cells))
                for cell, way in ((aims.plus[aim], sign), (aims.minus[aim], -sign)):
                    if cell != NONE and place[cell] >= 0:
                        cost[place[cell]] -= way
                _keep(found, Movement(cells, programme.best(cost)), place)
        except TooHard:
            continue  # not proven safe: `met` stays false
        found.exact[aim] = True


def _beside(system: System, unknown: Flags, found: Findings) -> Iterator[tuple[Places, int]]:
    """Each open aim with the unknown cells of its area and, in turn, of some others with the same parent."""
    layout, area = system.layout, system.area_of()
    for aim in np.flatnonzero(~found.met):
        own = int(area[found.aims.plus[aim]])
        others = np.flatnonzero((layout.parent == layout.parent[own]) & (np.arange(len(layout.areas)) != own))
        for areas in (*(others[start::_OTHERS] for start in range(_OTHERS)), others):
            if not found.met[aim]:
                within = _with_largest(system, np.array([own, *areas]))
                yield np.flatnonzero(unknown & np.isin(area, within)), int(aim)


def _with_largest(system: System, areas: Places) -> Places:
    """The areas, and the largest within each, down to the smallest: they move with it."""
    layout, base = system.layout, next(iter(system.cubes.values()))
    people, found = np.nan_to_num(system.value[base.index[:, 0, 0, -1]]), list(areas)
    for area in found:  # which grows meanwhile
        inner = np.flatnonzero(layout.parent == area)
        if len(inner):
            found.append(inner[np.argmax(people[inner])])
    return np.array(found)


def _reach(system: System, cells: Places, aim: int, found: Findings, worlds: Worlds | None) -> None:
    """Moves one aim as far as it must be able to, each way: to a corner of what is possible, or into its middle."""
    none, here, place = np.empty(0, dtype=np.int64), np.array([aim]), np.full(system.layout.cells, -1, dtype=np.int64)
    place[cells] = np.arange(len(cells))
    room = np.minimum(np.nan_to_num(system.value[cells]), FARTHEST)
    free, most = Free.of(system, cells), np.full(len(cells), FARTHEST)
    for inner in (False, True):
        programme = Programme(free, -room, most, inner=inner)
        for up, down, met in (
            (here, none, found.high >= found.aims.reach - SLACK),
            (none, here, found.low <= found.aims.floor + SLACK),
        ):
            if met[aim]:
                continue
            try:
                change = programme.best(*_wish(programme, found.aims, place, up, down))
            except TooHard:
                continue
            if worlds is None or worlds.allow(cells, change):
                _keep(found, Movement(cells, change), place)
