"""Delivered rows as tables: areas × groups × sexes × counts, with what the delivery leaves out as cells of its own.

A *cube* is one table: a dimension (none for the whole, one, or a cross of two) of one classification. Its counts are
the classification's parts, those in none of them, and the whole; each dimension has a group more for those in none of
the delivered ones. Belongs here: that layout and the numbers in it. Not here: the sums between cells
(`structure.py`).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from pipelines.catalogue.disclosure_rules import Classification, Rules
from pipelines.disclosure.tables import Table, choose, components
from pipelines.errors import Refused

SEXES = ("total", "women", "men")
REST = "rest"  # those in none of the delivered groups
UNKNOWN = "unknown"  # those in a classification's whole of whom it is not known which part they are in

_EXACT = 1e-6

Texts = NDArray[np.object_]
Numbers = NDArray[np.float64]
Places = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True)
class Rows:
    """The delivered indicator rows of one period: codes, and counts in persons (nan where there is none)."""

    indicator: Texts
    area: Texts
    dimension: Texts
    group: Texts
    sex: Texts
    numerator: Numbers
    denominator: Numbers

    def __len__(self) -> int:
        return len(self.indicator)

    def take(self, which: Flags | Places) -> "Rows":
        """Some of the rows."""
        return Rows(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


@dataclass
class Cube:
    """One table. `index` (areas × groups × sexes × counts) numbers its cells in the whole system.

    The last two of `counts` are those in no part, and the whole; where there are some, `UNKNOWN` comes before them. For
    a dimension the last group is `REST`; the groups of a cross are all pairs of its components' groups.
    """

    table: Table
    groups: list[str]
    sexes: tuple[str, ...]
    counts: list[str]
    index: Places = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    @property
    def dimension(self) -> str:
        return self.table[0]

    @property
    def has_unknown(self) -> bool:
        return UNKNOWN in self.counts

    @property
    def parts(self) -> frozenset[str]:
        """The dimensions it is split by."""
        return frozenset(components(self.dimension))


@dataclass(frozen=True)
class Layout:
    """The tables of one period and the cells of every row (-1 where its table is withheld).

    Where some of a row's whole are unknown, `unknown_of` is their cell and `lacking` their number (nan where it cannot
    be told): its denominator is the whole less them.
    """

    areas: list[str]
    parent: Places
    cubes: dict[Table, Cube]
    classes: list[Classification]
    withheld: list[Table]
    numerator_of: Places
    denominator_of: Places
    unknown_of: Places
    lacking: Numbers
    cells: int

    def groups(self) -> Places:
        """The areas that hold others; -1 too where nothing holds several (a delivery of a few counties)."""
        parents = np.unique(self.parent)
        return parents[parents >= 0] if (self.parent < 0).sum() == 1 else parents


def lay_out(
    rows: Rows, parents: Mapping[str, str | None], rules: Rules, without: Sequence[Table] = (), rings: bool = False
) -> Layout:
    """Finds the tables, chooses those that can be looked at together, and numbers their cells.

    `without` are tables to withhold in any case; `rings` as in `tables.choose`.
    """
    areas, parent = _areas(rows, parents)
    class_of = {name: number for number, each in enumerate(rules.classifications) for name in each.parts}
    delivered = set(np.unique(rows.indicator))
    classes = list(rules.classifications)
    known = np.array([_whole(class_of.get(name), classes, delivered) for name in rows.indicator], dtype=bool)
    known &= np.isin(rows.area, areas)
    number_of = np.array([class_of.get(name, -1) for name in rows.indicator])
    table_of = np.array(["" if name in {"total", "sex"} else name for name in rows.dimension], dtype=object)
    found: dict[Table, bool] = {}
    for dimension in np.unique(table_of[known]):
        for number in np.unique(number_of[known & (table_of == dimension)]):
            here = known & (table_of == dimension) & (number_of == number)
            found[dimension, int(number)] = bool((rows.sex[here] != "total").any())
    withheld = [table for table in found if table in without]
    withheld += _not_municipal(rows, found, table_of, number_of, known, parent, areas)
    withheld = list(dict.fromkeys(withheld))
    kept, ring = choose({t: by_sex for t, by_sex in found.items() if t not in withheld}, classes, rules.wanted, rings)
    groups = _groups(rows, kept, table_of, known)
    lacking = _lacking(rows, classes, number_of, known, rules.tolerance)
    unknown = set(np.unique(number_of[known & ~np.isnan(lacking) & (lacking > rules.tolerance + _EXACT)]))
    cubes = _cubes(kept, found, groups, classes, delivered, unknown)
    offset = 0
    for cube in cubes.values():
        shape = (len(areas), len(cube.groups), len(cube.sexes), len(cube.counts))
        cube.index = offset + np.arange(np.prod(shape), dtype=np.int64).reshape(shape)
        offset += cube.index.size
    numerator, denominator = _cells_of(rows, cubes, areas, table_of, number_of, known)
    some = np.isin(number_of, list(unknown))
    unknown_of = np.where(some & (denominator >= 0), denominator - 2, -1)
    lacking = np.where(some, lacking, 0.0)
    return Layout(
        areas, parent, cubes, classes, [*withheld, *ring], numerator, denominator, unknown_of, lacking, offset
    )


def _whole(number: int | None, classes: Sequence[Classification], delivered: set[str]) -> bool:
    """Whether an indicator's place in the structure is known: its classification, and whom it is among."""
    return number is not None and set(classes[number].among) <= delivered


def _lacking(
    rows: Rows, classes: Sequence[Classification], number_of: Places, known: Flags, tolerance: float
) -> Numbers:
    """How many more a row's whole are than its denominator, where its classification has some who are unknown."""
    found, texts = np.zeros(len(rows)), (rows.area, rows.dimension, rows.group, rows.sex)
    for number, each in enumerate(classes):
        own = np.flatnonzero(known & (number_of == number)) if each.unknown else np.empty(0, dtype=np.int64)
        if not len(own):
            continue
        whole: dict[tuple[str, ...], float] = {}
        for row in np.flatnonzero(known & np.isin(rows.indicator, each.among)):
            spot = tuple(text[row] for text in texts)
            whole[spot] = whole.get(spot, 0.0) + rows.numerator[row]
        sums = np.array([whole.get(tuple(text[row] for text in texts), np.nan) for row in own])
        found[own] = np.where(np.abs(sums - rows.denominator[own]) <= _EXACT, 0.0, sums - rows.denominator[own])
        if (found[own] < -tolerance - _EXACT).any():  # no part of them: the sums will be found not to hold
            found[own] = 0.0
    return found


def _areas(rows: Rows, parents: Mapping[str, str | None]) -> tuple[list[str], Places]:
    """The delivered areas, larger ones first, and each one's next larger among them (-1 for the largest)."""
    if unknown := sorted(set(np.unique(rows.area)) - parents.keys()):
        raise Refused(
            f"The secret rows speak of the area {unknown[0]}, which no known area holds; "
            f"add it to data/reference/areas.csv, or correct the delivery."
        )
    present = _delivered(rows, parents)

    def above(area: str) -> str | None:
        found = parents[area]
        while found is not None and found not in present:
            found = parents[found]
        return found

    def depth(area: str) -> int:
        up = above(area)
        return 0 if up is None else 1 + depth(up)

    areas = sorted(present, key=lambda area: (depth(area), area))
    place = {area: number for number, area in enumerate(areas)}
    return areas, np.array([-1 if (up := above(area)) is None else place[up] for area in areas], dtype=np.int64)


def _delivered(rows: Rows, parents: Mapping[str, str | None]) -> set[str]:
    """The areas that have counts, all whose parts have, and those within one that has.

    Of the nation a county's delivery has rows without counts: nothing is known of it, so it adds to nothing.
    """
    spoken, found = set(np.unique(rows.area)), set(np.unique(rows.area[~np.isnan(rows.numerator)]))
    within: dict[str, list[str]] = {}
    for area, above in parents.items():
        within.setdefault(above or "", []).append(area)
    changed = True
    while changed:
        summed = {area for area in spoken - found if area in within and found.issuperset(within[area])}
        inner = {area for area in spoken - found if parents[area] in found}
        found |= summed | inner
        changed = bool(summed or inner)
    return found


def _not_municipal(
    rows: Rows,
    found: Mapping[Table, bool],
    table_of: Texts,
    number_of: Places,
    known: Flags,
    parent: Places,
    areas: list[str],
) -> list[Table]:
    """Tables that lack the smallest areas: how they hang together with the others cannot be followed."""
    leaves = {area for number, area in enumerate(areas) if number not in set(parent)}
    out = []
    for dimension, number in found:
        here = known & (table_of == dimension) & (number_of == number)
        if not leaves & set(np.unique(rows.area[here])):
            out.append((dimension, number))
    return out


def _groups(rows: Rows, kept: Sequence[Table], table_of: Texts, known: Flags) -> dict[str, list[str]]:
    """The groups of each dimension: those of its own table and those that crosses have."""
    groups: dict[str, set[str]] = {}
    for dimension in {dimension for dimension, _ in kept if dimension}:
        codes = np.unique(rows.group[known & (table_of == dimension)])
        for code in codes:
            for name, each in zip(components(dimension), code.split("+"), strict=True):
                groups.setdefault(name, set()).add(each)
    return {name: [*sorted(codes), REST] for name, codes in groups.items()}


def _cubes(
    kept: Sequence[Table],
    found: Mapping[Table, bool],
    groups: Mapping[str, list[str]],
    classes: Sequence[Classification],
    delivered: set[str],
    unknown: set[int],
) -> dict[Table, Cube]:
    """A cube for each table, and for the margins that link them where the delivery has no rows of them."""
    needed: dict[Table, bool] = {}
    for dimension, number in sorted(kept, key=lambda table: (len(components(table[0])), table)):
        for name in ("", *components(dimension), dimension):
            needed[name, number] = needed.get((name, number), False) or found[dimension, number]
    split = {number for (_, number), by_sex in needed.items() if by_sex}
    cubes = {}
    for table in sorted(needed, key=lambda table: (len(components(table[0])), table)):
        parts = components(table[0])
        codes = [""]
        for position, name in enumerate(parts):
            codes = [f"{left}+{right}" if position else right for left in codes for right in groups[name]]
        counts = [name for name in classes[table[1]].parts if name in delivered]
        by_sex = needed[table] or (len(parts) > 1 and table[1] in split)
        sexes = SEXES if by_sex else SEXES[:1]
        lost = [UNKNOWN] if table[1] in unknown else []
        cubes[table] = Cube(table, codes, sexes, [*counts, *lost, REST, "whole"])
    return cubes


def _cells_of(
    rows: Rows,
    cubes: Mapping[Table, Cube],
    areas: list[str],
    table_of: Texts,
    number_of: Places,
    known: Flags,
) -> tuple[Places, Places]:
    numerator = np.full(len(rows), -1, dtype=np.int64)
    denominator = np.full(len(rows), -1, dtype=np.int64)
    area_place = {area: number for number, area in enumerate(areas)}
    for table, cube in cubes.items():
        here = np.flatnonzero(known & (table_of == table[0]) & (number_of == table[1]))
        if not len(here):
            continue
        group_place = {code: number for number, code in enumerate(cube.groups)}
        sex_place = {code: number for number, code in enumerate(cube.sexes)}
        count_place = {code: number for number, code in enumerate(cube.counts)}
        area = np.array([area_place[code] for code in rows.area[here]])
        group = np.array([0 if not table[0] else group_place[code] for code in rows.group[here]])
        sex = np.array([sex_place[code] for code in rows.sex[here]])
        count = np.array([count_place[code] for code in rows.indicator[here]])
        numerator[here] = cube.index[area, group, sex, count]
        denominator[here] = cube.index[area, group, sex, -1]
    return numerator, denominator
