"""The suppressor: which rows must be hidden besides the small ones, so that no sum gives these away.

A linear-programme heuristic in the family of Kelly, Golden & Assad (1992, Networks 22, pp. 397-417) and Fischetti &
Salazar (2001, Management Science 47, pp. 1008-1027). For a few neighbouring areas and one table at a time it looks for
the cheapest movement of counts that leaves every shown number standing and carries each small count as far up, and as
far down, as an intruder must be left unsure. What such a movement touches is hidden. The movement itself is then the
proof: the counts could have been those. It stays one however much more is hidden afterwards.

Everything outside the areas and tables in hand stands still meanwhile, as if an intruder knew it; so each piece is safe
by itself, and together they are. Belongs here: that search. Not here: the judgement of the result (`attack.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from pipelines.disclosure.cubes import Cube, Flags, Numbers, Places
from pipelines.disclosure.draws import Draws
from pipelines.disclosure.primary import NONE, Targets, known_cells, targets
from pipelines.disclosure.solver import SLACK, Free, Programme
from pipelines.disclosure.structure import System
from pipelines.disclosure.tables import Table
from pipelines.warehouse.ahead import tell

BLOCK = 14  # municipalities that are looked at together, at most
CELLS = 4_000  # cells that are looked at together, about; programmes grow faster than their cells
WHOLE = 20_000  # cells of a delivery that is looked at as a whole, where parts of it do not help
FARTHEST = 1_000.0  # persons a count may move; a bound, so that no programme is without an end
REWARD = 1e4  # for each person that a small count moves the way it should
GROUP = 5  # aims at a time: more are quicker and hide more
_TOUCHED = 1e-7
FREE = 1e-3  # the price of moving what is hidden already
# What it costs to hide a row, beside its size: by level of area from the top, by how finely it is split, both sexes.
_LEVEL = (60.0, 12.0, 1.0)
_WHOLE, _BOTH_SEXES = 6.0, 2.5


@dataclass
class Pattern:
    """Rows to hide, and the tables in which something is left unprotected even so: those must be withheld whole."""

    hidden: Flags
    unprotected: list[Table] = field(default_factory=list)


class _Search:
    """The state of the search in one system."""

    def __init__(
        self,
        system: System,
        hidden: Flags,
        ever: Flags | None,
        aims: Targets | None,
        draws: Draws,
        prices: Numbers | None,
    ) -> None:
        self.system = system
        self.hidden = hidden.copy()
        self.aims = targets(system) if aims is None else aims
        self.up = np.zeros(len(self.aims), dtype=bool)
        self.down = np.zeros(len(self.aims), dtype=bool)
        self.fixed = known_cells(system, np.ones_like(hidden), ever)
        self.area = system.area_of()
        self.room = np.where(np.isnan(system.value), 0.0, system.value)
        self.row_of = np.full(system.layout.cells, -1, dtype=np.int64)
        placed = np.flatnonzero(system.numerator_of >= 0)
        self.row_of[system.numerator_of[placed]] = placed
        self.is_whole = system.is_whole()
        self.cost = _costs(system) * (draws.prices(system.rows) if prices is None else prices)
        order = np.argsort(system.denominator_of[placed], kind="stable")
        self._rows_by_whole = placed[order]
        self._wholes = system.denominator_of[placed][order]
        self.cube_of = np.empty(system.layout.cells, dtype=np.int64)
        for number, cube in enumerate(system.cubes.values()):
            self.cube_of[cube.index] = number
        self.rank, self.coin = draws.order("order", system.layout.cells), draws.order("coin", system.layout.cells)

    def rows_under(self, whole: int) -> Places:
        """The rows that show a denominator."""
        first, last = np.searchsorted(self._wholes, [whole, whole + 1])
        return self._rows_by_whole[first:last]

    def price(self, cells: Places) -> Numbers:
        """What it costs to let each cell move: nought where it is hidden or was never delivered."""
        row = self.row_of[cells]
        price = np.where((row >= 0) & ~self.hidden[row], self.cost[row], 0.0)
        whole = self.is_whole[cells]
        shown = np.where(self.hidden, 0.0, self.cost)[self._rows_by_whole]
        price[whole] = np.bincount(self._wholes, weights=shown, minlength=len(self.is_whole))[cells[whole]]
        return price

    def hide(self, cells: Places) -> None:
        """Hides the rows that show any of the cells."""
        row = self.row_of[cells]
        self.hidden[row[row >= 0]] = True
        for whole in cells[self.is_whole[cells]]:
            self.hidden[self.rows_under(int(whole))] = True

    def open_aims(self, cells: Flags) -> Places:
        """Aims that lie in `cells` and are not reached both ways."""
        return np.flatnonzero(cells[self.aims.plus] & ~(self.up & self.down))

    def within(self, cells: Places) -> None:
        """Reaches what can be reached by moving these cells alone; hides what has to move for it."""
        inside = np.zeros(self.system.layout.cells, dtype=bool)
        inside[cells] = True
        cells = cells[~self.fixed[cells]]
        if not len(self.open_aims(inside)):
            return
        place = np.full(self.system.layout.cells, -1, dtype=np.int64)
        place[cells] = np.arange(len(cells))
        piece = _Piece(self, cells, place)
        for group in (GROUP, 1):
            open_ = self.open_aims(inside)
            open_ = open_[np.lexsort((self.aims.minus[open_], self.rank[self.aims.plus[open_]]))]
            for first in range(0, len(open_), group):
                some = open_[first : first + group]
                upward = self.coin[self.aims.plus[some]] < 0.5
                for rising in (upward, ~upward):
                    up, down = some[rising], some[~rising]
                    up, down = up[~self.up[up]], down[~self.down[down]]
                    if len(up) + len(down):
                        piece.move(up, down)
        tell(f"protected {(self.up & self.down).mean():.0%}")


class _Piece:
    """The linear programme of some cells: each shown one can rise or fall at a price, each hidden one for nothing."""

    def __init__(self, search: _Search, cells: Places, place: Places) -> None:
        self.search, self.cells, self.place = search, cells, place
        both, many = Free.of(search.system, cells).both_ways(), len(cells)
        self.lower = np.zeros(2 * many)
        self.upper = np.concatenate([np.full(many, FARTHEST), np.minimum(search.room[cells], FARTHEST)])
        self.programme = Programme(both, self.lower, self.upper)

    def move(self, up: Places, down: Places) -> None:
        """Carries the aims `up` and `down` as far as shown numbers allow; hides what moved, notes what is reached."""
        search, many = self.search, len(self.cells)
        aims = search.aims
        price = search.price(self.cells) + FREE
        cost, lower, upper = np.tile(price, 2), self.lower.copy(), self.upper.copy()
        for which, way in ((up, 1.0), (down, -1.0)):
            need = (aims.reach[which] if way > 0 else aims.floor[which]) - aims.count[which]
            plus, minus = self.place[aims.plus[which]], _or_none(self.place, aims.minus[which])
            for place, sign in ((plus, 1.0), (minus, -1.0)):
                there = place >= 0
                np.add.at(cost, place[there], -sign * way * REWARD)
                np.add.at(cost, place[there] + many, sign * way * REWARD)
                single = there & (aims.minus[which] == NONE) if sign > 0 else there & (plus < 0)
                ahead = single & (sign * need > 0)
                back = single & (sign * need <= 0)
                upper[place[ahead]] = np.minimum(upper[place[ahead]], sign * need[ahead])
                upper[place[back] + many] = np.minimum(upper[place[back] + many], -sign * need[back])
        moved = self.programme.best(cost, lower, np.maximum(upper, 0.0))
        change = moved[:many] - moved[many:]
        search.hide(self.cells[np.abs(change) > _TOUCHED])
        self._note(change)

    def _note(self, change: Numbers) -> None:
        aims = self.search.aims
        moved = _at(change, self.place, aims.plus) - _at(change, self.place, aims.minus)
        self.search.up |= aims.count + moved >= aims.reach - SLACK
        self.search.down |= aims.count + moved <= aims.floor + SLACK


def _or_none(place: Places, cells: Places) -> Places:
    return np.where(cells == NONE, -1, place[cells])


def _at(change: Numbers, place: Places, cells: Places) -> Numbers:
    where = _or_none(place, cells)
    return np.where(where >= 0, change[where], 0.0)


def _costs(system: System) -> Numbers:
    """What each row is worth to a reader: larger areas, coarser splits and larger populations more. No price follows a
    count, or a pattern would tell of it.
    """
    rows, layout = system.rows, system.layout
    depth = np.zeros(len(layout.areas), dtype=np.int64)
    for number, above in enumerate(layout.parent):
        depth[number] = 0 if above < 0 else depth[above] + 1
    level = np.array(_LEVEL)[np.minimum(depth, len(_LEVEL) - 1)]
    place = {area: number for number, area in enumerate(layout.areas)}
    cost = level[[place.get(area, 0) for area in rows.area]]  # of what is in no table the price is never asked
    cost = cost * np.where(np.isin(rows.dimension, ["total", "sex"]), _WHOLE, 1.0)
    cost = cost * np.where(rows.sex == "total", _BOTH_SEXES, 1.0)
    if not system.rules.denominators_public:
        return cost
    return cost * (1.0 + 0.15 * np.log1p(np.nan_to_num(rows.denominator)))


def suppress(
    system: System,
    hidden: Flags,
    ever: Flags | None = None,
    aims: Targets | None = None,
    draws: Draws = Draws(),  # noqa: B008  never changed
    prices: Numbers | None = None,
) -> Pattern:
    """The rows to hide so that every aim (those of `primary.targets`, or `aims`) is met, beginning with `hidden`.

    `ever`: cells that an earlier release has shown, which hiding cannot help. `draws`: which of equal rows are taken;
    `prices`: what it drew of these rows before.
    """
    search = _Search(system, hidden, ever, aims, draws, prices)
    for cube in system.cubes.values():
        for cells in _pieces(search, cube):
            search.within(cells)
    for cells in _wider(search):
        search.within(cells)
    left = search.open_aims(np.ones(system.layout.cells, dtype=bool))
    tables = list(system.cubes)
    return Pattern(search.hidden, [tables[n] for n in np.unique(search.cube_of[search.aims.plus[left]])])


def _pieces(search: _Search, cube: Cube) -> Iterator[Places]:
    """Cells to look at together for the aims in one table: a table and all finer ones, some areas of one parent."""
    layout = search.system.layout
    finer = [other for other in layout.cubes.values() if cube.parts <= other.parts]
    same = [other for other in finer if other.parts == cube.parts]
    numbers = [number for number, other in enumerate(layout.cubes.values()) if other in same]

    def open_in(areas: Places) -> bool:
        plus = search.aims.plus
        inside = np.isin(search.area[plus], areas) & np.isin(search.cube_of[plus], numbers)
        return bool((inside & ~(search.up & search.down)).any())

    def cells(areas: Places) -> Places:
        return np.concatenate([other.index[areas].reshape(-1) for other in finer])

    for parent in layout.groups():
        children = np.flatnonzero(layout.parent == parent)
        if np.isin(children, layout.parent).any():  # larger areas: each moves with its largest part
            lone = [child for child in children if (layout.parent == child).sum() == 1]
            chains = np.unique(np.concatenate([_chain(search, int(child)) for child in children]))
            tops = np.array([*children, *(int(np.flatnonzero(layout.parent == child)[0]) for child in lone)])
            if open_in(tops):
                yield cells(chains)
        else:
            each = sum(int(np.prod(other.index.shape[1:])) for other in finer)
            for block in _blocks(search, children, max(3, min(BLOCK, CELLS // each))):
                if len(block) > 1 and open_in(block):
                    yield cells(block)


def _wider(search: _Search) -> Iterator[Places]:
    """For aims that their block could not reach: all of their siblings, then with what holds them and its siblings,
    then everything there is, where that is not too much (a revision may have to move every sum that it has changed).
    """
    layout, cubes = search.system.layout, list(search.system.cubes.values())
    for farther in (False, True):
        everywhere = np.ones(layout.cells, dtype=bool)
        left = search.aims.plus[search.open_aims(everywhere)]
        for number, area in sorted({(int(search.cube_of[cell]), int(search.area[cell])) for cell in left}):
            parent = int(layout.parent[area])
            areas = np.flatnonzero(layout.parent == parent)
            if farther:
                if parent >= 0:
                    beside = np.flatnonzero(layout.parent == layout.parent[parent])
                else:  # nothing holds it: the largest within it, down to the smallest, each with its siblings
                    beside = np.flatnonzero(np.isin(layout.parent, _chain(search, area)))
                chains = [_chain(search, int(each)) for each in beside]
                areas = np.unique(np.concatenate([areas, [area], _chain(search, area), *chains]))
                areas = np.union1d(areas, [parent]) if parent >= 0 else areas
            elif (inner := np.flatnonzero(layout.parent == area)).size:
                areas = np.union1d(inner, np.union1d(areas, np.concatenate([_chain(search, int(a)) for a in areas])))
            finer = [other for other in cubes if cubes[number].parts <= other.parts]
            yield np.concatenate([other.index[areas].reshape(-1) for other in finer])
    if layout.cells <= WHOLE:
        yield np.arange(layout.cells)


def _chain(search: _Search, area: int) -> Places:
    """An area, the largest within it, the largest within that."""
    layout, found = search.system.layout, [area]
    while len(inner := np.flatnonzero(layout.parent == found[-1])):
        found.append(int(inner[np.argmax(_size(search, inner))]))
    return np.array(found)


def _size(search: _Search, areas: Places) -> Numbers:
    base = next(iter(search.system.cubes.values()))
    return np.nan_to_num(search.system.value[base.index[areas, 0, 0, -1]])


def _blocks(search: _Search, children: Places, size: int) -> list[Places]:
    """Neighbours in equal blocks, each with large and small ones."""
    order = children[np.argsort(-_size(search, children), kind="stable")]
    many = max(1, len(order) // size)
    return [order[start::many] for start in range(many)]
