"""Every sum between the cells of a delivery: what an intruder knows before he has seen a number.

Belongs here: the equations (areas within areas, women and men, parts of a whole, groups of a dimension, margins of a
cross, one classification within another), the numbers they give where the delivery has none, and the refusal of tables
that do not add up. Not here: the layout (`cubes.py`), what is small or hidden (`primary.py`, `suppress.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from pipelines.catalogue.disclosure_rules import Rules
from pipelines.disclosure.cubes import REST, Cube, Flags, Layout, Numbers, Places, Rows, lay_out
from pipelines.disclosure.fit import divided
from pipelines.disclosure.tables import Table, components
from pipelines.errors import Refused

EXACT = 1e-6  # persons; counts are whole, so less than this is only how a computer writes them
_SAID = {
    "hole": "an area within it has no counts, so what it lacks differs",
    "area": "areas do not add to the area that holds them",
    "sex": "women and men do not add to both",
    "part": "parts are more than their whole",
    "group": "groups are more than all together",
    "margin": "a cross does not add to its margins",
    "among": "a denominator is not the sum it should be",
}


@dataclass(frozen=True)
class Equations:
    """Sums that hold: in each, cells times coefficients add to nought. One entry a cell and equation."""

    equation: Places
    cell: Places
    coefficient: Numbers
    kind: tuple[str, ...]  # of each equation
    whole: Places  # of each equation, the cell that the others add to


@dataclass
class System:
    """All cells of one period. `value`: true counts in persons, nan where the delivery gives no way to know them.

    `delivered`: a row of the delivery speaks of the cell. `empty`: cells that are nought by the delivery's structure,
    as everybody can see. `starts[cell]` to `starts[cell + 1]` are a cell's entries in `equations`.
    """

    rows: Rows
    rules: Rules
    layout: Layout
    equations: Equations
    starts: Places
    value: Numbers
    delivered: Flags
    empty: Flags

    @property
    def cubes(self) -> dict[Table, Cube]:
        return self.layout.cubes

    @property
    def numerator_of(self) -> Places:
        return self.layout.numerator_of

    @property
    def denominator_of(self) -> Places:
        return self.layout.denominator_of

    @property
    def unknown_of(self) -> Places:
        return self.layout.unknown_of

    def is_whole(self) -> Flags:
        """Cells that are a denominator."""
        found = np.zeros(self.layout.cells, dtype=bool)
        for cube in self.cubes.values():
            found[cube.index[..., -1]] = True
        return found

    def area_of(self) -> Places:
        """The place of each cell's area in `layout.areas`."""
        found = np.empty(self.layout.cells, dtype=np.int64)
        for cube in self.cubes.values():
            found[cube.index] = np.arange(len(cube.index))[:, None, None, None]
        return found


def build(
    rows: Rows, parents: Mapping[str, str | None], rules: Rules, without: Sequence[Table] = (), rings: bool = False
) -> System:
    """The cells and equations of one period's rows. `parents`: each area's next larger one, None for the nation.

    A classification whose whole is not exactly the sum it is declared to be is withheld, and so are the tables
    `without`. Raises `Refused` where an area is unknown, rows contradict each other, or sums are off by more than the
    tolerance; tables and places are named, never a count.
    """
    layout = lay_out(rows, parents, rules, without, rings)
    value = np.full(layout.cells, np.nan)
    known = layout.numerator_of >= 0
    value[layout.numerator_of[known]] = rows.numerator[known]
    _demand_agreement(rows, layout, known, rules)
    filled = known & ~np.isnan(rows.denominator)
    value[layout.denominator_of[filled]] = (rows.denominator + layout.lacking)[filled]
    told = layout.unknown_of >= 0
    value[layout.unknown_of[told]] = layout.lacking[told]
    delivered = np.zeros(layout.cells, dtype=bool)
    delivered[layout.numerator_of[known & ~np.isnan(rows.numerator)]] = True
    delivered[layout.denominator_of[filled]] = True
    equations = _equations(layout)
    empty = _complete(value, layout, rules)
    try:
        _divide(value, layout)
        _demand_sums(value, layout, equations, rules)
    except _NotDivided as fault:
        return build(rows, parents, rules, [*without, fault.table], rings)
    except _NotAmong:
        inner = [table for table in layout.cubes if layout.classes[table[1]].among]
        return build(rows, parents, rules, [*without, *inner], rings)
    order = np.argsort(equations.cell, kind="stable")
    equations = Equations(
        equations.equation[order], equations.cell[order], equations.coefficient[order], equations.kind, equations.whole
    )
    starts = np.searchsorted(equations.cell, np.arange(layout.cells + 1))
    return System(rows, rules, layout, equations, starts, value, delivered, empty)


def _demand_agreement(rows: Rows, layout: Layout, known: Flags, rules: Rules) -> None:
    """Rows of one place and group must have one denominator."""
    cell, told = layout.denominator_of[known], rows.denominator[known]
    some = ~np.isnan(told)
    least, most = np.full(layout.cells, np.inf), np.full(layout.cells, -np.inf)
    np.minimum.at(least, cell[some], told[some])
    np.maximum.at(most, cell[some], told[some])
    off = np.flatnonzero(most - least > rules.tolerance + EXACT)
    if len(off):
        row = np.flatnonzero(known)[np.flatnonzero(cell == off[0])[0]]
        raise Refused(
            f"The secret rows of {rows.indicator[row]} and its neighbours in area {rows.area[row]}, "
            f"{rows.dimension[row]} {rows.group[row]}, sex {rows.sex[row]} have different denominators; correct the "
            f"delivery, or the classifications in data/catalogue/sources.yaml."
        )


class _NotDivided(Exception):
    """A cross for both sexes together cannot be divided between them so that all margins by sex hold."""

    def __init__(self, table: Table) -> None:
        super().__init__()
        self.table = table


class _NotAmong(Exception):
    """A classification is not within another as it is declared to be."""


class _Gatherer:
    """Collects equations: a whole, and cells that add to it."""

    def __init__(self) -> None:
        self.cells: list[Places] = []
        self.numbers: list[Places] = []
        self.signs: list[Numbers] = []
        self.wholes: list[Places] = []
        self.kinds: list[str] = []

    def add(self, kind: str, whole: Places, parts: Places) -> None:
        """`parts` has the shape of `whole` and one axis more, the last."""
        flat, many = whole.reshape(-1), parts.reshape(whole.size, -1)
        first = len(self.kinds)
        number = np.arange(first, first + flat.size)
        self.wholes.append(flat)
        self.kinds += [kind] * flat.size
        self.cells += [flat, many.reshape(-1)]
        self.numbers += [number, np.repeat(number, many.shape[1])]
        self.signs += [np.full(flat.size, -1.0), np.ones(many.size)]

    def equations(self) -> Equations:
        if not self.kinds:
            none = np.empty(0, dtype=np.int64)
            return Equations(none, none, none.astype(np.float64), (), none)
        return Equations(
            np.concatenate(self.numbers),
            np.concatenate(self.cells),
            np.concatenate(self.signs),
            tuple(self.kinds),
            np.concatenate(self.wholes),
        )


def _equations(layout: Layout) -> Equations:
    found = _Gatherer()
    for (dimension, number), cube in layout.cubes.items():
        index = cube.index
        for area in np.unique(layout.parent[layout.parent >= 0]):
            found.add("area", index[area], np.moveaxis(index[layout.parent == area], 0, -1))
        if len(cube.sexes) > 1:
            found.add("sex", index[:, :, 0], np.moveaxis(index[:, :, 1:], 2, -1))
        found.add("part", index[..., -1], index[..., :-1])
        parts = components(dimension)
        if len(parts) == 1:
            base = _same_sexes(layout.cubes["", number], cube)
            found.add("group", base[:, 0], np.moveaxis(index, 1, -1))
        elif len(parts) == 2:
            first, second = (layout.cubes[name, number] for name in parts)
            pairs = index.reshape(len(index), len(first.groups), len(second.groups), *index.shape[2:])
            found.add("margin", _same_sexes(first, cube), np.moveaxis(pairs, 2, -1))
            found.add("margin", _same_sexes(second, cube), np.moveaxis(pairs, 1, -1))
        among = layout.classes[number].among
        if among and (outer := _outer(layout, dimension, among)) is not None:
            own = [outer.counts.index(name) for name in among]
            sexes = min(len(outer.sexes), len(cube.sexes))
            found.add("among", index[:, :, :sexes, -1], outer.index[:, :, :sexes][..., own])
    return found.equations()


def _same_sexes(coarse: Cube, fine: Cube) -> Places:
    return coarse.index[:, :, : len(fine.sexes)]


def _outer(layout: Layout, dimension: str, among: tuple[str, ...]) -> Cube | None:
    for (name, number), cube in layout.cubes.items():
        if name == dimension and set(among) <= set(layout.classes[number].parts):
            return cube
    return None


def _complete(value: Numbers, layout: Layout, rules: Rules) -> Flags:
    """Works out what the delivery implies but does not say; returns the cells that are nought by its structure."""
    empty = np.zeros(len(value), dtype=bool)

    def fill(where: Places, with_what: Numbers) -> None:
        value[where] = np.where(np.isnan(value[where]), with_what, value[where])

    def left_over(where: Places, of: Numbers, parts: Numbers) -> None:
        """What parts leave of a whole; where they leave nothing anywhere, it is known to be empty."""
        rest = of - parts
        if np.nanmax(np.abs(rest), initial=0.0) <= rules.tolerance + EXACT:
            value[where] = 0.0
            empty[where] = True
        else:
            value[where] = np.where(np.abs(rest) <= rules.tolerance + EXACT, 0.0, rest)

    for cube in reversed(layout.cubes.values()):  # the finest first: margins without rows are sums of crosses
        inner = cube.index[..., :-2]
        if len(cube.sexes) > 1:
            for counts in (inner, cube.index[..., -1:]):
                fill(counts[:, :, 0], value[counts[:, :, 1]] + value[counts[:, :, 2]])
        for area in np.unique(layout.parent[layout.parent >= 0])[::-1]:
            for counts in (inner, cube.index[..., -1:]):
                fill(counts[area], value[counts[layout.parent == area]].sum(axis=0))
        for name in components(cube.dimension) if len(cube.parts) == 2 else ([""] if cube.parts else []):
            coarse = layout.cubes[name, cube.table[1]]
            sums, target = _sums(value, cube, coarse, name)
            fill(target, sums)
    for cube in layout.cubes.values():
        own = cube.index[..., :-2]
        left_over(cube.index[..., -2], value[cube.index[..., -1]], value[own].sum(axis=-1))
        number = cube.table[1]
        if len(cube.parts) == 1:
            base = _same_sexes(layout.cubes["", number], cube)[:, 0]
            left_over(cube.index[:, -1], value[base], value[cube.index[:, :-1]].sum(axis=1))
        elif len(cube.parts) == 2:
            first, second = (layout.cubes[name, number] for name in components(cube.dimension))
            pairs = cube.index.reshape(len(cube.index), len(first.groups), len(second.groups), *cube.index.shape[2:])
            one, two = value[_same_sexes(first, cube)], value[_same_sexes(second, cube)]
            for place in range(len(first.groups) - 1):
                left_over(pairs[:, place, -1], one[:, place], value[pairs[:, place, :-1]].sum(axis=1))
            for place in range(len(second.groups)):
                left_over(pairs[:, -1, place], two[:, place], value[pairs[:, :-1, place]].sum(axis=1))
    return empty


def _divide(value: Numbers, layout: Layout) -> None:
    """Gives crosses that are delivered for both sexes together a division between them, area by smallest area."""
    leaves = np.setdiff1d(np.arange(len(layout.areas)), layout.parent)
    for table, cube in layout.cubes.items():
        if len(cube.parts) < 2 or len(cube.sexes) < 2 or not np.isnan(value[cube.index[leaves, :, 1, :-1]]).any():
            continue
        first, second = (layout.cubes[name, table[1]] for name in components(cube.dimension))
        shape = (len(leaves), len(first.groups), len(second.groups))
        for count in range(len(cube.counts) - 1):
            own = cube.index[leaves, :, :, count]
            women = divided(
                value[own[..., 0]].reshape(shape), value[first.index[leaves, :, 1:, count]],
                value[second.index[leaves, :, 1:, count]],
            )  # fmt: skip
            if women is None:
                raise _NotDivided(table)
            value[own[..., 1]] = women.reshape(len(leaves), -1)
            value[own[..., 2]] = value[own[..., 0]] - value[own[..., 1]]
        value[cube.index[leaves, :, 1:, -1]] = value[cube.index[leaves, :, 1:, :-1]].sum(axis=-1)
        for area in np.unique(layout.parent[layout.parent >= 0])[::-1]:
            inner = cube.index[layout.parent == area][:, :, 1:]
            value[cube.index[area, :, 1:]] = value[inner].sum(axis=0)


def _sums(value: Numbers, cube: Cube, coarse: Cube, name: str) -> tuple[Numbers, Places]:
    """The sums of a table over what a coarser one is not split by, and the cells they are numbers of."""
    counts = [*range(len(cube.counts) - 2), len(cube.counts) - 1]
    target = _same_sexes(coarse, cube)[..., counts]
    if not name:
        return value[cube.index[:, :-1][..., counts]].sum(axis=1)[:, None], target
    parts = components(cube.dimension)
    groups = len(coarse.groups)
    other = len(cube.groups) // groups
    shape = (groups, other) if parts[0] == name else (other, groups)
    pairs = cube.index.reshape(len(cube.index), *shape, *cube.index.shape[2:])[..., counts]
    if parts[0] == name:
        return value[pairs[:, :-1, :-1]].sum(axis=2), target[:, :-1]
    return value[pairs[:, :-1, :-1]].sum(axis=1), target[:, :-1]


def _demand_sums(value: Numbers, layout: Layout, equations: Equations, rules: Rules) -> None:
    """Every sum must hold within the tolerance, as far as its numbers are known, and no leftover may be negative."""
    off = np.zeros(len(equations.whole))
    np.add.at(off, equations.equation, equations.coefficient * value[equations.cell])
    hole = np.zeros(len(equations.whole), dtype=bool)
    hole[equations.equation[np.isnan(value[equations.cell])]] = True
    hole &= ~np.isnan(value[equations.whole]) & (np.array(equations.kind, dtype=object) == "area")
    if hole.any():
        raise _told(layout, int(equations.whole[np.flatnonzero(hole)[0]]), "hole", rules)
    wrong = np.flatnonzero(np.abs(off) > rules.tolerance + EXACT)  # nan compares false
    if len(wrong):
        if equations.kind[wrong[0]] == "among":
            raise _NotAmong
        raise _told(layout, int(equations.whole[wrong[0]]), equations.kind[wrong[0]], rules)
    below = np.flatnonzero(value < -EXACT)
    if len(below):
        cube, place = where(layout, int(below[0]))
        kind = "part" if place[3] == len(cube.counts) - 2 else "group"
        raise _told(layout, int(below[0]), kind, rules)


def where(layout: Layout, cell: int) -> tuple[Cube, tuple[int, ...]]:
    for cube in layout.cubes.values():
        first = int(cube.index.flat[0])
        if first <= cell < first + cube.index.size:
            return cube, tuple(int(each) for each in np.unravel_index(cell - first, cube.index.shape))
    raise AssertionError("a cell lies in a table")


def _told(layout: Layout, cell: int, kind: str, rules: Rules) -> Refused:
    cube, (area, group, sex, count) = where(layout, cell)
    what = cube.counts[count]
    counted = f"of {cube.counts[0]} and its neighbours" if what in {"whole", REST} else f"of {what}"
    return Refused(
        f"The secret rows {counted} by {cube.dimension or 'sex'} do not hold together: {_SAID[kind]} by more than the "
        f"tolerance of {rules.tolerance:g} persons (area {layout.areas[area]}, group {cube.groups[group] or 'total'}, "
        f"sex {cube.sexes[sex]}); correct the delivery, or the tolerance in data/catalogue/sources.yaml."
    )
