"""The intruder who has the suppressor: he runs it on every world that fits a release, and keeps those that give it.

Where only few worlds fit, a pattern tells more than its sums do: that some hidden count must be small, and which rows a
small one would have taken with it. So the pattern about a lone small count is made coarse: the rows that the suppressor
would choose give way to whole *bricks* of a division that everybody knows (some neighbours x some groups x some
parts), and a brick is hidden alike whichever of its counts is small. What then stays few is replayed here as the
intruder would, with secrets drawn afresh, and each small count must be found at both ends of its interval in a world
that gives the same pattern. Belongs here: counting worlds, bricks, the replay. Not here: the search for a pattern
(`suppress.py`).
"""

from collections.abc import Hashable, Iterator
from dataclasses import dataclass, field, replace
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from pipelines.disclosure.attack import connected
from pipelines.disclosure.cubes import REST, Flags, Numbers, Places
from pipelines.disclosure.draws import Draws
from pipelines.disclosure.primary import NONE, Targets, known_cells, small_rows, targets
from pipelines.disclosure.solver import SLACK, Free, Programme, TooHard
from pipelines.disclosure.structure import System
from pipelines.disclosure.suppress import Pattern, suppress

WORLDS = 100_000  # of a component, at most, that an intruder tries one by one
CELLS = 300  # of a component; one with more has more worlds than that,
FREE = 16  # and so has one with more counts that can be chosen before the others follow from sums (2^17 > 100,000)
ROWS = 6_000  # of a delivery, at most, that the suppressor is run on again and again
TRIES = 60  # worlds that are replayed for a component, at most
FEWER = 20  # when a pattern is chosen: what was found only just would not be found again at the gate
SAMPLE = 4_000  # worlds that are looked at for good ones to replay
_BREADTH = 500_000  # numbers that are held at once while worlds are counted
_TRIED = 50_000_000  # numbers that are tried, before worlds are taken to be too many
_NEIGHBOURS, _GROUPS, _PARTS = 3, 2, 3  # of a brick, at least
_TURNS = 6

Counts = NDArray[np.int64]
Name = TypeVar("Name", bound=Hashable)


@dataclass
class Replayed:
    """What a replay came to. `cells`: hidden cells that were replayed, of `of`; `narrowed`: aims that it narrows."""

    cells: int = 0
    of: int = 0
    narrowed: list[int] = field(default_factory=list)


def choose(system: System, shut: Flags, given: Flags, aims: Targets | None, draws: Draws) -> Pattern:
    """What is hidden in a system: the suppressor's choice, made coarse where worlds are few.

    `shut`: rows that are hidden whatever they count.
    """
    prices = draws.prices(system.rows)
    pattern = suppress(system, small_rows(system) | shut, given, aims, draws, prices)
    if pattern.unprotected:
        return pattern
    few = np.zeros(system.layout.cells, dtype=bool)
    for cells in _components(system, pattern.hidden, given):
        if worlds_of(system, cells) is not None:
            few[cells] = True
    alone = (system.numerator_of >= 0) & few[system.numerator_of] & ~shut
    if not alone.any():
        return pattern
    brick, asked = bricks(system), targets(system) if aims is None else aims
    lone = few[asked.plus] | ((asked.minus != NONE) & few[asked.minus])  # the others stay as proven: nothing is shown
    hidden = pattern.hidden & ~alone
    more = small_rows(system) & alone
    for _ in range(_TURNS):
        hidden |= np.isin(brick, np.unique(brick[more]))
        pattern = suppress(system, hidden, given, asked.take(lone), draws, prices)
        more = pattern.hidden & ~hidden
        if pattern.unprotected or not more.any():
            break
    return pattern


def bricks(system: System) -> Places:
    """The brick of each row: neighbours of one parent, groups of one dimension, parts of one classification, sexes.

    Rows of areas that the delivery does not have are in one of their own; they have no counts.
    """
    layout, rows = system.layout, system.rows
    area = _grouped([np.flatnonzero(layout.parent == parent) for parent in np.unique(layout.parent)], _NEIGHBOURS)
    area_of = {name: area[number] for number, name in enumerate(layout.areas)}
    groups: dict[tuple[str, str], int] = {}
    parts: dict[str, int] = {}
    for cube in system.cubes.values():
        named = [name for name in cube.groups if name != REST]
        groups |= {(cube.dimension, name): number for name, number in _chunks(named, _GROUPS).items()}
    for number, each in enumerate(layout.classes):
        parts |= {name: 1_000 * number + chunk for name, chunk in _chunks(list(each.parts), _PARTS).items()}
    keys = [
        (area_of.get(a, -1), d, groups.get((d, g), 0), parts.get(i, -1), s == "total")
        for i, a, d, g, s in zip(rows.indicator, rows.area, rows.dimension, rows.group, rows.sex, strict=True)
    ]
    number_of = {key: number for number, key in enumerate(dict.fromkeys(keys))}
    return np.array([number_of[key] for key in keys], dtype=np.int64)


def _grouped(families: list[Places], least: int) -> dict[int, int]:
    found: dict[int, int] = {}
    for family in families:
        first = len(set(found.values()))
        found |= {name: first + chunk for name, chunk in _chunks(family.tolist(), least).items()}
    return found


def _chunks(names: list[Name], least: int) -> dict[Name, int]:
    """Neighbours in an order that everybody knows, `least` or more together."""
    chunks = np.array_split(np.arange(len(names)), max(1, len(names) // least))
    return {names[place]: number for number, chunk in enumerate(chunks) for place in chunk}


def _components(system: System, hidden: Flags, given: Flags) -> Iterator[Places]:
    """Unknown cells that hang together, where they are few."""
    label = connected(system, ~known_cells(system, hidden, given) & ~system.empty)
    order = np.argsort(label, kind="stable")
    order = order[label[order] >= 0]
    for cells in np.split(order, np.flatnonzero(np.diff(label[order])) + 1):
        if 0 < len(cells) <= CELLS:
            yield cells


def worlds_of(system: System, cells: Places, most: int = WORLDS) -> Counts | None:
    """Every way that these counts can be while all other cells stand: worlds x cells; None where more than `most`."""
    value = system.value[cells]
    if np.isnan(value).any() or np.abs(value - np.round(value)).max(initial=0.0) > SLACK or system.rules.tolerance:
        return None
    free = Free.of(system, cells)
    matrix = np.zeros((len(free.equations), len(cells)))
    matrix[free.rows, np.repeat(np.arange(len(cells)), np.diff(free.starts))] = free.coefficients
    reduced = _reduced(matrix)
    if reduced is None:
        return None
    pivots, others, moves = reduced
    if len(others) > FREE:
        return None
    ends = _ends(free, value, others)
    if ends is None:
        return None
    order = np.argsort(ends[1] - ends[0])
    others, moves, (low, high) = others[order], moves[:, order], (ends[0][order], ends[1][order])
    ahead = np.maximum(moves * low, moves * high)
    after = np.cumsum(ahead[:, ::-1], axis=1)[:, ::-1] - ahead  # how much what is chosen later can add at most
    begun = [(0, value[pivots][None, :], np.zeros((1, 0)))]
    whole: list[tuple[Numbers, Numbers]] = []
    many, tried = 0, 0
    while begun:  # the deepest first, so that too many are soon too many
        number, counts, chosen = begun.pop()
        if number == len(others):
            whole.append((counts, chosen))
            many += len(counts)
            if many > most:
                return None
            continue
        steps = np.arange(low[number], high[number] + 1, dtype=np.float64)
        touched = np.flatnonzero(moves[:, number])  # only of these can it be told anew whether they can come out
        size = max(1, int(_BREADTH / (len(steps) * max(len(touched), 1))))
        if len(counts) > size:
            begun.append((number, counts[size:], chosen[size:]))
            counts, chosen = counts[:size], chosen[:size]
        new = counts[:, None, touched] + steps[None, :, None] * moves[touched, number]
        one, step = np.nonzero((new + after[touched, number] >= -SLACK).all(axis=-1))
        moved = counts[one]
        moved[:, touched] = new[one, step]
        begun.append((number + 1, moved, np.column_stack([chosen[one], steps[step]])))
        tried += new.size
        if tried > _TRIED:
            return None
    found, chosen = (np.concatenate(each) for each in zip(*whole, strict=True))
    worlds = np.empty((len(found), len(cells)), dtype=np.int64)
    worlds[:, pivots] = np.round(found)
    worlds[:, others] = np.round(value[others]) + chosen
    return worlds


def _reduced(matrix: Numbers) -> tuple[Places, Places, Numbers] | None:
    """Cells that follow from others, those others, and by how much: Gauss & Jordan; None where not by whole numbers."""
    rows, pivots = matrix.copy(), []
    place = 0
    for column in range(rows.shape[1]):
        if place == len(rows):
            break
        best = place + int(np.argmax(np.abs(rows[place:, column])))
        if abs(rows[best, column]) < SLACK:
            continue
        rows[[place, best]] = rows[[best, place]]
        rows[place] /= rows[place, column]
        others = np.arange(len(rows)) != place
        rows[others] -= np.outer(rows[others, column], rows[place])
        pivots.append(column)
        place += 1
    free = np.setdiff1d(np.arange(rows.shape[1]), pivots)
    moves = -rows[:place, free]
    if np.abs(moves - np.round(moves)).max(initial=0.0) > SLACK:
        return None
    return np.array(pivots, dtype=np.int64), free, np.round(moves)


def _ends(free: Free, value: Numbers, others: Places) -> tuple[Counts, Counts] | None:
    """How far each of `others` can fall and rise; None where that alone is too far."""
    programme = Programme(free, -value, np.full(len(value), 10.0 * WORLDS))
    ends = []
    for sign in (1.0, -1.0):
        found = []
        for cell in others:
            cost = np.zeros(len(value))
            cost[cell] = sign
            try:
                found.append(programme.best(cost)[cell])
            except TooHard:
                return None
            if abs(found[-1]) > WORLDS:
                return None
        ends.append(np.array(found))
    return np.ceil(ends[0] - SLACK).astype(np.int64), np.floor(ends[1] + SLACK).astype(np.int64)


def with_counts(system: System, cells: Places, counts: Counts) -> System:
    """The same delivery with other counts in some cells."""
    value = system.value.copy()
    value[cells] = counts
    rows, told = system.rows, {}
    for name, of in (("numerator", system.numerator_of), ("denominator", system.denominator_of)):
        own = getattr(rows, name).copy()
        here = (of >= 0) & np.isin(of, cells) & ~np.isnan(own)
        own[here] = value[of[here]]
        told[name] = own
    return replace(system, value=value, rows=replace(rows, **told))


def replay(system: System, hidden: Flags, shut: Flags, given: Flags, aims: Targets, tries: int = TRIES) -> Replayed:
    """Runs the suppressor again on worlds of every component that has few, with secrets drawn afresh.

    An aim is narrowed where no world was found at one end of its interval that gives the very rows that are `hidden`.
    """
    unknown = ~known_cells(system, hidden, given) & ~system.empty
    found = Replayed(of=int(unknown.sum()))
    if len(hidden) > ROWS:
        return found
    random = np.random.default_rng(1)
    for cells in _components(system, hidden, given):
        worlds = worlds_of(system, cells)
        if worlds is None:
            continue
        found.cells += len(cells)
        place = np.full(system.layout.cells + 1, -1, dtype=np.int64)  # the last one for NONE
        place[cells] = np.arange(len(cells))
        own = np.flatnonzero((place[aims.plus] >= 0) | ((aims.minus != NONE) & (place[aims.minus] >= 0)))
        some = worlds[random.permutation(len(worlds))[:SAMPLE]]
        counts = np.stack([_counts(system, aims, int(number), place, some) for number in own]) if len(own) else None
        if counts is None:
            continue
        ends = np.concatenate([counts >= aims.reach[own, None] - SLACK, counts <= aims.floor[own, None] + SLACK])
        open_ = np.ones(len(ends), dtype=bool)
        for _ in range(tries):
            gain = ends[open_].sum(axis=0)
            if not open_.any() or not gain.max(initial=0):
                break
            best = int(np.argmax(gain))
            world = with_counts(system, cells, some[best])
            again = choose(world, shut, given, None, Draws.afresh())
            if not again.unprotected and (again.hidden == hidden).all():
                open_ &= ~ends[:, best]
            ends[:, best] = False
        narrowed = open_[: len(own)] | open_[len(own) :]
        found.narrowed += own[narrowed].tolist()
    return found


def _counts(system: System, aims: Targets, number: int, place: Places, worlds: Counts) -> Numbers:
    """An aim's count in each world."""
    count = np.zeros(len(worlds))
    for cell, sign in ((int(aims.plus[number]), 1.0), (int(aims.minus[number]), -1.0)):
        if cell != NONE:
            count += sign * (worlds[:, place[cell]] if place[cell] >= 0 else system.value[cell])
    return count
