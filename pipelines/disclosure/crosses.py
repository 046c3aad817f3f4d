"""Crosses of two dimensions that are shown for larger areas only: which of their rows to hide, and the proof.

Municipalities' crosses are small counts through and through; a county's hardly are. A small one (or one that is left
when the shown groups are taken from all) is hidden with fifteen cells around it: two groups of either dimension, two
parts, two areas, in which persons can change places so that no sum changes; with seven where nothing holds the area, so
that there is no sum of areas. A movement counts only if a whole world
agrees with it (`worlds.py`). Belongs here: reading the crosses of a delivery, choosing these cells, and looking for
such movements among what a release hides. Not here: tables by one dimension (`suppress.py`, `attack.py`).
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from itertools import combinations, product

import numpy as np

from pipelines.disclosure.cubes import Flags, Numbers, Places, Rows
from pipelines.disclosure.structure import EXACT, System
from pipelines.disclosure.worlds import Crosses, Pair, Worlds

TRIES = 8  # sets of cells that are tried for one small count
TOGETHER = 12  # small counts that are moved at once, at first
_SIXTEEN = list(product((0, 1), repeat=4))
_EIGHT = [corner for corner in _SIXTEEN if not corner[0]]

Spot = tuple[int, int, int, int]  # area, groups of either dimension, count


@dataclass
class Table:
    """One cross of one classification. `value`, `row` (-1 for none): areas x groups x groups x counts."""

    pair: Pair
    nested: bool
    value: Numbers
    row: Places
    counts: list[str]
    people: Numbers  # areas x groups x groups
    has_unknown: bool = False  # the last count but one is those who are unknown


@dataclass
class Aim:
    """A count of a larger area to protect. `sign` -1: the count is what its row leaves over."""

    table: int
    spot: Spot
    up: float  # persons that must be possible more
    down: float  # and fewer


@dataclass
class Upper:
    """The crosses of larger areas and the worlds they hang together in."""

    system: System
    worlds: Worlds
    tables: list[Table]
    tops: Places
    aims: list[Aim] = field(default_factory=list)
    rows: Places = field(default_factory=lambda: np.empty(0, dtype=np.int64))  # every row that could be shown
    prices: Numbers = field(default_factory=lambda: np.empty(0))  # of each row, where some are drawn
    whole: bool = True  # whether every small count can be aimed at


def read(system: System, rows: Rows, secret: Flags) -> Upper | None:
    """The crosses of a delivery that are wanted for larger areas; None where there are no worlds to prove them in."""
    rules, layout = system.rules, system.layout
    if not rules.wanted_above or rules.tolerance or rules.sensitive or not rules.denominators_public:
        return None
    bases = {number for _, number in system.cubes if not layout.classes[number].among}
    inners = {number for _, number in system.cubes if layout.classes[number].among}
    if len(bases) != 1 or len(inners) > 1:
        return None
    base, inner = bases.pop(), (inners.pop() if inners else None)
    names = sorted(name for name, number in system.cubes if number == base and name)
    cubes = [system.cubes[name, base] for name in names]
    crossed = any("+" in table[0] for table in system.cubes)
    if inner is not None and not any((name, inner) in system.cubes for name in names):
        return None
    if len(names) < 2 or crossed or any(len(cube.sexes) < 2 for cube in cubes):
        return None
    worlds = Worlds(system, names, base, inner)
    tables = []
    for pair in combinations(range(len(names)), 2):
        for number in [base] if inner is None else [base, inner]:
            table = _read(system, rows, secret, names, pair, base, number)
            if table is None and number == base:
                return None
            if table is not None:
                tables.append(table)
    own = {t.pair: t for t in tables if not t.nested}
    crosses = Crosses(
        {pair: t.value for pair, t in own.items()},
        {t.pair: t.value for t in tables if t.nested},
        {pair: t.people for pair, t in own.items()},
    )
    if not worlds.begin(crosses):
        return None
    tops = np.unique(layout.parent[layout.parent >= 0])
    found = Upper(system, worlds, tables, tops)
    wanted = [t for t in tables if f"{names[t.pair[0]]}+{names[t.pair[1]]}" in rules.wanted_above]
    some = [t.row[tops].reshape(-1) for t in wanted]
    found.rows = np.unique(np.concatenate(some)) if some else found.rows
    found.rows = found.rows[found.rows >= 0]
    for number, table in enumerate(tables):
        _add_aims(found, number, table)
    return found


def _read(
    system: System, rows: Rows, secret: Flags, names: list[str], pair: Pair, base: int, number: int
) -> Table | None:
    """One cross with what its groups leave over; None where it is not delivered or does not hold together."""
    one, two = (system.cubes.get((names[axis], number)) for axis in pair)
    if one is None or two is None:
        return None
    layout, counts = system.layout, one.counts[:-1]
    shape = (len(layout.areas), len(one.groups), len(two.groups), len(counts))
    value, row = np.full(shape, np.nan), np.full(shape, -1, dtype=np.int64)
    people = np.full(shape[:3], np.nan)
    here = np.flatnonzero(
        secret
        & (rows.dimension == f"{names[pair[0]]}+{names[pair[1]]}")
        & np.isin(rows.indicator, counts)
        & np.isin(rows.area, layout.areas)
    )
    if not len(here):
        return None
    split = [code.split("+") for code in rows.group[here]]
    places = [
        _places(layout.areas, rows.area[here]),
        _places(one.groups, [first for first, _ in split]),
        _places(two.groups, [second for _, second in split]),
        _places(counts, rows.indicator[here]),
    ]
    whole, count = rows.denominator[here], rows.numerator[here]
    nobody = np.isnan(whole) | (whole <= EXACT)
    if min(each.min() for each in places) < 0 or (rows.sex[here] != "total").any() or np.isnan(count[~nobody]).any():
        return None
    value[tuple(places)], row[tuple(places)] = np.where(nobody, 0.0, count), here
    people[tuple(places[:3])] = np.where(nobody, 0.0, whole) + layout.lacking[here]
    if one.has_unknown:
        value[(*places[:3], np.full(len(here), len(counts) - 2))] = layout.lacking[here]
    value[..., -1] = people - value[..., :-1].sum(axis=-1)
    first, second = (system.value[cube.index[:, :, 0]] for cube in (one, two))
    for table, left, right in (
        (value, first[..., :-1], second[..., :-1]),
        (people[..., None], first[..., -1:], second[..., -1:]),
    ):
        table[:, :-1, -1] = left[:, :-1] - table[:, :-1, :-1].sum(axis=2)
        table[:, -1] = right - table[:, :-1].sum(axis=1)
    if np.isnan(value).any() or np.isnan(people).any() or value.min() < -EXACT or people.min() < -EXACT:
        return None
    for table in (value, people):
        table[np.abs(table) <= EXACT] = 0.0
    return Table(pair, number != base, value, row, counts, people, one.has_unknown)


def _places(codes: list[str], wanted: object) -> Places:
    place = {code: number for number, code in enumerate(codes)}
    return np.array([place.get(code, -1) for code in wanted], dtype=np.int64)  # type: ignore[attr-defined]


def _limits(upper: Upper, table: Table) -> Iterator[tuple[Places, Numbers, Numbers, float]]:
    """Kinds of small counts: where (as spots), how many persons, how many there can be at most, and which way up is."""
    rules, tops = upper.system.rules, upper.tops
    value, people = table.value[tops], table.people[tops]
    for count in range(value.shape[-1]):
        rest = count == value.shape[-1] - 1
        if table.has_unknown and count == value.shape[-1] - 2:
            continue  # everybody knows how many they are
        everybody, nobody = rules.may_harm(table.counts[count])
        single = value.shape[-1] == 2 + table.has_unknown  # who is not in the one part is in the rest
        nobody = rules.may_harm(table.counts[0])[0] if rest and single else nobody
        for kind, least, sign, empty in (
            (value[..., count], rules.complement_min if rest else rules.numerator_min, 1.0, nobody),
            (people - value[..., count], rules.complement_min, -1.0, everybody),
        ):
            if sign < 0 and single:
                continue  # the other count is that already
            some = np.argwhere((kind < least) & ((kind > EXACT) | (empty & (people > EXACT))))
            reach = np.minimum(least, people[tuple(some.T)])
            if table.nested:
                reach = np.full(len(some), float(least))
            spots = np.column_stack([tops[some[:, 0]], some[:, 1], some[:, 2], np.full(len(some), count)])
            yield spots, kind[tuple(some.T)], reach, sign


def _add_aims(upper: Upper, number: int, table: Table) -> None:
    for spots, count, reach, sign in _limits(upper, table):
        more, fewer = reach - count, count - np.floor(count / 2)
        for spot, up, down in zip(spots.tolist(), more.tolist(), fewer.tolist(), strict=True):
            upper.aims.append(Aim(number, tuple(spot), up if sign > 0 else down, down if sign > 0 else up))
    if table.nested:  # their whole is nobody's knowledge and would have to be protected, too
        people = _counted(table)[upper.tops]
        upper.whole &= not ((people > EXACT) & (people < upper.system.rules.base_min)).any()


def _counted(table: Table) -> Numbers:
    """The denominators: everybody but those who are unknown."""
    return table.people - table.value[..., -2] if table.has_unknown else table.people


def small(upper: Upper, size: int) -> Flags:
    """Rows of larger areas that are too small to be shown by themselves."""
    rules, found = upper.system.rules, np.zeros(size, dtype=bool)
    for table in upper.tables:
        counted = _counted(table)
        rest = counted[..., None] - table.value
        tiny = (table.value > EXACT) & (table.value < rules.numerator_min)
        tiny |= (rest > EXACT) & (rest < rules.complement_min)
        tiny |= ((counted > EXACT) & (counted < rules.base_min))[..., None]
        harms = np.array([rules.may_harm(name) for name in table.counts], dtype=bool)
        extreme = harms[:, 0] & (rest <= EXACT) | harms[:, 1] & (table.value <= EXACT)
        tiny |= (counted > EXACT)[..., None] & extreme
        rows = table.row[upper.tops][tiny[upper.tops]]
        found[rows[rows >= 0]] = True
    return found


def loosen(upper: Upper, hidden: Flags) -> Places:
    """Larger areas with a hidden row by one dimension for both sexes: their crosses would give it away, so none of
    theirs is known; only what all of them are together.
    """
    system = upper.system
    rows, cells = system.rows, system.numerator_of
    bare = hidden & (cells >= 0) & (rows.sex == "total")
    loose = np.intersect1d(system.area_of()[cells[bare]], upper.tops)
    upper.worlds.loosen(loose)
    return loose


def protect(upper: Upper, hidden: Flags, ever: Flags) -> Flags | None:
    """`hidden` with the rows of these crosses in it that must be; None where some small count cannot be protected.

    `ever`: rows that an earlier release has shown.
    """
    hidden = hidden.copy()
    loose = loosen(upper, hidden)
    if not upper.whole or (upper.system.layout.parent[loose] < 0).any():
        return None
    for table in upper.tables:
        rows = table.row[loose]
        hidden[rows[rows >= 0]] = True
    if (hidden & ever)[upper.rows].any():
        return None
    for aim in upper.aims:
        for cells in _sixteens(upper, aim, hidden, ever):
            if _proven(upper, [(aim, cells)]):
                for table, spot in _spots(upper, aim, cells):
                    if table.row[spot] >= 0:
                        hidden[table.row[spot]] = True
                break
        else:
            return None
    return hidden


def withstands(upper: Upper, hidden: Flags) -> Flags:
    """The attack: for each aim whether worlds exist, both ways, that agree with all rows that are not hidden."""
    ever, found = ~hidden, np.zeros(len(upper.aims), dtype=bool)
    loose = loosen(upper, hidden)
    above = [table.row[loose] for table in upper.tables]
    if not upper.whole or any(ever[rows[rows >= 0]].any() for rows in above):
        return found
    trials = [_sixteens(upper, aim, hidden, ever) for aim in upper.aims]
    for turn in range(TRIES):
        open_ = [n for n in np.flatnonzero(~found) if turn < len(trials[n])]
        for first in range(0, len(open_), TOGETHER):
            some = open_[first : first + TOGETHER]
            _together(upper, [(upper.aims[n], trials[n][turn]) for n in some], np.array(some), found)
    return found


def _together(upper: Upper, moves: list[tuple[Aim, Spot]], numbers: Places, found: Flags) -> None:
    """Notes which moves a world allows: all at once, or else each half of them."""
    if _proven(upper, moves):
        found[numbers] = True
    elif len(moves) > 1:
        half = len(moves) // 2
        _together(upper, moves[:half], numbers[:half], found)
        _together(upper, moves[half:], numbers[half:], found)


def _sixteens(upper: Upper, aim: Aim, hidden: Flags, ever: Flags) -> list[Spot]:
    """Other corners (area, groups, count) of sets of sixteen cells about an aim, those that hide least first.

    Where a row that an earlier release has shown lies among them, the set is no good.
    """
    table = upper.tables[aim.table]
    rows, value = table.row, table.value
    shown = np.where(rows >= 0, ~hidden[rows], False)
    price = np.where(shown, upper.prices[rows], 0.0) if len(upper.prices) else shown.astype(np.float64)
    price[(rows >= 0) & ever[rows] & shown] = np.inf
    if table.has_unknown:
        price[..., -2] = np.inf
    parent = upper.system.layout.parent
    area, first, second, count = aim.spot
    if not table.nested:
        price = price + _inner_price(upper, table, aim, hidden, ever)
    alone = bool(parent[area] < 0 and area in upper.worlds.above)
    sisters = np.flatnonzero((parent == parent[area]) & np.isin(np.arange(len(parent)), upper.tops))
    sisters = np.array([area]) if alone else sisters
    axes = [sisters, *(np.arange(size) for size in value.shape[1:])]
    grid = np.meshgrid(*axes, indexing="ij")
    own = (area, first, second, count)
    cost, least, most = 0.0, np.full(grid[0].shape, np.inf), np.full(grid[0].shape, np.inf)
    for corner in _EIGHT if alone else _SIXTEEN:
        at = tuple(
            other if far else np.full(other.shape, here) for other, here, far in zip(grid, own, corner, strict=True)
        )
        cost = cost + price[at]
        if sum(corner) % 2:
            least = np.minimum(least, value[at])
        else:
            most = np.minimum(most, value[at])
    good = np.isfinite(cost) & (least >= aim.up - EXACT) & (most >= aim.down - EXACT)
    for axis, here in list(zip(grid, own, strict=True))[int(alone) :]:
        good &= axis != here
    some = np.flatnonzero(good)
    room = np.minimum(least.flat[some], 50.0)
    order = some[np.lexsort((-room, np.asarray(cost).flat[some]))][:TRIES]
    return [tuple(int(axis.flat[n]) for axis in grid) for n in order]  # type: ignore[misc]


def _inner_price(upper: Upper, table: Table, aim: Aim, hidden: Flags, ever: Flags) -> Numbers:
    """Counts that change who is in the classification within cost its rows, too (their whole is shown with them)."""
    inner = next((t for t in upper.tables if t.nested and t.pair == table.pair), None)
    price = np.zeros(table.value.shape)
    if inner is None:
        return price
    inside = upper.worlds.inside
    rows = inner.row
    shown = np.where(rows >= 0, ~hidden[rows], False)
    own = shown.sum(axis=-1).astype(np.float64)
    own[((rows >= 0) & ever[rows] & shown).any(axis=-1)] = np.inf
    other = inside != inside[aim.spot[3]]
    price[..., other] = np.where(np.isinf(own), np.inf, own)[..., None]
    return price


def _corners(aim: Aim, cells: Spot) -> list[tuple[int, ...]]:
    return _EIGHT if cells[0] == aim.spot[0] else _SIXTEEN


def _spots(upper: Upper, aim: Aim, cells: Spot) -> Iterator[tuple[Table, Spot]]:
    """The cells that a movement touches."""
    table = upper.tables[aim.table]
    inside = upper.worlds.inside
    mixed = not table.nested and inside[aim.spot[3]] != inside[cells[3]]
    inner = next((t for t in upper.tables if t.nested and t.pair == table.pair), None)
    for corner in _corners(aim, cells):
        spot: Spot = tuple(far if other else near for near, far, other in zip(aim.spot, cells, corner, strict=True))  # type: ignore[assignment]
        yield table, spot
        if mixed and inner is not None:
            for count in range(inner.value.shape[-1]):
                yield inner, (*spot[:3], count)


def _proven(upper: Upper, moves: list[tuple[Aim, Spot]]) -> bool:
    """Whether worlds exist in which all of these counts have risen as they must be able to, and in which all have
    fallen.
    """
    return all(_world(upper, moves, way) for way in (1.0, -1.0))


def _world(upper: Upper, moves: list[tuple[Aim, Spot]], way: float) -> bool:
    changed: dict[int, Numbers] = {}
    inside = upper.worlds.inside
    areas: set[int] = set()
    for aim, cells in moves:
        table = upper.tables[aim.table]
        inner = next((n for n, t in enumerate(upper.tables) if t.nested and t.pair == table.pair), None)
        many = aim.up if way > 0 else -aim.down
        for corner in _corners(aim, cells):
            spot = tuple(far if other else near for near, far, other in zip(aim.spot, cells, corner, strict=True))
            sign = -1.0 if sum(corner) % 2 else 1.0
            changed.setdefault(aim.table, table.value.copy())[spot] += sign * many
            areas.add(spot[0])
            if not table.nested and inner is not None and inside[spot[3]] and inside[aim.spot[3]] != inside[cells[3]]:
                last = (*spot[:3], upper.tables[inner].value.shape[-1] - 1)
                changed.setdefault(inner, upper.tables[inner].value.copy())[last] += sign * many
    if any(value.min() < -EXACT for value in changed.values()):
        return False
    parts = {upper.tables[n].pair: value for n, value in changed.items() if not upper.tables[n].nested}
    nested = {upper.tables[n].pair: value for n, value in changed.items() if upper.tables[n].nested}
    return upper.worlds.allow_cross(parts, nested, np.array(sorted(areas)))
