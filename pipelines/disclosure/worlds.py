"""Whole worlds: how every person could be placed so that all that is published, and all public populations, hold.

Tables by one dimension each, tables of crosses and public populations by crosses form a ring: that counts agree sum by
sum does not yet mean that there are people who have them all. So where tables form a ring, a movement of counts proves
nothing until a world has been found in which it has happened: persons by area x every dimension x sex x part, none
negative, that have the moved margins, the crosses of the larger areas as they stand, and everybody's population by two
dimensions. It is looked for by iterative proportional fitting (Deming & Stephan 1940, Annals of Mathematical Statistics
11, pp. 427-444; Csiszar 1975, Annals of Probability 3, pp. 146-158), which comes to such a world if there is one near
enough; what it does not reach counts as impossible. Belongs here: that search. Not here: which movements to try
(`attack.py`, `crosses.py`).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from pipelines.disclosure.cubes import Flags, Numbers, Places
from pipelines.disclosure.structure import System
from pipelines.disclosure.tables import Table

CLOSE = 1e-6  # persons: how exactly a world must have every margin
ROUNDS = 400  # of the first fit
TRIES = 60  # rounds for a movement; one that needs more counts as impossible
_FAR = 1e-2  # persons; who is so far off after half of them does not come near enough
_LEAP = 4  # rounds from one leap ahead to the next
_NEAR = 1.0  # persons; who is farther off does not leap yet
_FARTHEST = 9.0  # times the last round's way that a leap goes at most
_EBB, _EBBING = 20, 0.2  # how often, and below how many persons, it is asked who ebbs away
_SEED = 1e-3  # a share of everybody that could be in any part, so that a count of nought can rise

Pair = tuple[int, int]


@dataclass(frozen=True)
class Crosses:
    """Crosses of two dimensions as delivered: by dimensions' numbers, counts of the largest classification first.

    `parts[pair]`: areas x groups x groups x counts of the base; `nested[pair]` the same of the classification within
    it; `people[pair]`: areas x groups x groups. All areas; both sexes.
    """

    parts: dict[Pair, Numbers]
    nested: dict[Pair, Numbers]
    people: dict[Pair, Numbers]


class Worlds:
    """A world that has every true margin, and the search for others near it."""

    def __init__(self, system: System, dimensions: Sequence[str], base: int, inner: int | None) -> None:
        self.system, self.dimensions, self.base, self.inner = system, list(dimensions), base, inner
        layout = system.layout
        leaf = np.setdiff1d(np.arange(len(layout.areas)), layout.parent)
        self.leaves = leaf[np.argsort(layout.parent[leaf], kind="stable")]
        lone = layout.parent[self.leaves] < 0  # nothing holds them, so that no cross of theirs is ever shown
        self.above = np.where(lone, self.leaves, layout.parent[self.leaves])
        self.counts = [*range(len(system.cubes["", base].counts) - 1)]
        self.groups = [np.arange(len(system.cubes[name, base].groups)) for name in dimensions]
        for axis, name in enumerate(dimensions):  # what nobody is in need not be looked at
            found = system.value[system.cubes[name, base].index[:, :, 0]]
            self.groups[axis] = np.flatnonzero(found[..., -1].any(axis=0))
            self.counts = [k for k in self.counts if axis or found[..., k].any()]
        names = system.cubes["", base].counts
        among = set(layout.classes[inner].among) if inner is not None else set()
        kinds = len(system.cubes["", inner].counts) - 1 if inner is not None else 0
        pairs = [(k, j) for k in self.counts for j in (range(kinds) if names[k] in among else [-1])]
        self.of_base = np.array([[float(k == own) for k in range(len(names) - 1)] for own, _ in pairs])
        self.inside = np.isin(names[:-1], list(among))
        self.of_inner = np.array([[float(j == own) for j in range(kinds)] for _, own in pairs]).reshape(
            len(pairs), kinds
        )
        self.elsewhere = np.array([float(own < 0) for _, own in pairs])
        self.sizes = [len(groups) for groups in self.groups]
        self.crosses: Crosses | None = None
        self.bloc = np.where(lone, -2 - self.leaves, self.above)  # leaves whose sum of crosses is known; see `loosen`
        self.now = np.empty(0)  # groups of each dimension x women and men x kinds x leaves
        self.gone = np.empty(0)  # of the same shape: 0 where all margins together leave nobody, else 1
        self.area = system.area_of()

    def cell(self, table: Table) -> Places:
        """The cells of a table by one dimension: leaves x groups x women and men x counts."""
        return self.system.cubes[table].index[self.leaves][:, :, 1:, :-1]

    def begin(self, crosses: Crosses) -> bool:
        """Looks for the world to start from; whether there is one."""
        self.crosses = crosses
        shape = (*self.sizes, 2, len(self.elsewhere), len(self.leaves))
        self.gone = np.ones(shape)
        found = self._fit(np.ones(shape), np.arange(len(self.leaves)), self.system.value, {}, {}, ROUNDS, self.gone)
        if found is not None:
            self.now = found
            share = found.sum(axis=(*range(len(self.sizes)), -1))
            self.share = share / np.maximum(share.sum(axis=-1, keepdims=True), 1.0)
        return found is not None

    def loosen(self, areas: Places) -> None:
        """These larger areas show no cross; only what all of them are together is then known."""
        self.bloc = np.where(np.isin(self.above, areas) & (self.bloc > -2), -1, self.bloc)
        order = np.argsort(self.bloc, kind="stable")
        self.leaves, self.above, self.bloc = self.leaves[order], self.above[order], self.bloc[order]
        self.now, self.gone = (np.take(each, order, axis=-1) for each in (self.now, self.gone))

    def allow(self, cells: Places, change: Numbers) -> bool:
        """Whether there is a world in which these cells have changed so, and nothing else that is known has."""
        value = self.system.value.copy()
        value[cells] += change
        moved = self.area[cells[np.abs(change) > CLOSE]]
        return self._search(np.isin(self.leaves, moved), value, {}, {})

    def allow_cross(self, parts: dict[Pair, Numbers], nested: dict[Pair, Numbers], areas: Places) -> bool:
        """The same with other crosses in these larger areas (all areas x groups x groups x counts)."""
        return self._search(np.isin(self.above, areas), self.system.value, parts, nested)

    def _search(self, here: Flags, value: Numbers, parts: dict[Pair, Numbers], nested: dict[Pair, Numbers]) -> bool:
        where = np.flatnonzero(np.isin(self.bloc, self.bloc[here]))
        if not len(where):
            return True
        now = np.take(self.now, where, axis=-1)
        possible = self.share[..., None] * np.take(self.gone, where, axis=-1)
        seed = now + _SEED * now.sum(axis=-2, keepdims=True) * possible
        return self._fit(seed, where, value, parts, nested, TRIES) is not None

    def _fit(
        self,
        world: NDArray[np.float64],
        where: Places,
        value: Numbers,
        parts: dict[Pair, Numbers],
        nested: dict[Pair, Numbers],
        rounds: int,
        gone: NDArray[np.float64] | None = None,
    ) -> NDArray[np.float64] | None:
        """Scales a world of some leaves to its margins, one after the other, until it has them all.

        Leaves come last: sums over groups then run along whole stretches of memory, which halves their time.
        """
        starts = np.flatnonzero(np.diff(self.bloc[where], prepend=self.bloc[where[0]] - 1))
        sizes = np.diff(np.append(starts, len(where)))
        two, one = self._of_two(where, starts, parts, nested), self._of_one(where, value)
        before, last = world, np.inf
        for turn in range(rounds):
            leap = turn % _LEAP == _LEAP - 1  # two rounds tell where they lead (Aitken 1926)
            if gone is not None and leap and turn > _EBB and (turn + 1) % _EBB == 0:
                # where margins together leave nobody the fit gets there as 1 / turn, which is never: 4 / turn in a leap
                ebbs = (world < _EBBING) & (world < (1 - 2 / turn) * before)
                world[ebbs], gone[ebbs] = 0.0, 0.0
            before = world.copy() if leap else before
            off = np.float64(0.0)
            for over, own, within, people in two:
                sums = world.sum(axis=over)
                whole = sums.sum(axis=-1, keepdims=True) if len(sizes) == 1 else np.add.reduceat(sums, starts, axis=-1)
                factor, most = self._factor(whole, own, within)
                off = np.maximum(off, most)  # which keeps a nan, unlike max
                if len(sizes) > 1:
                    factor = np.repeat(factor, sizes, axis=-1)
                found = (sums * factor).sum(axis=-2)
                off = np.maximum(off, np.abs(found - people).max())
                world *= np.expand_dims(factor * _ratio(people, found)[..., None, :], over)
            for over, own, within in one:
                factor, most = self._factor(world.sum(axis=over), own, within)
                off = np.maximum(off, most)
                world *= np.expand_dims(factor, over)
            if off <= CLOSE:
                return world
            if rounds == TRIES and turn == TRIES // 2 and off > _FAR:
                return None
            if leap and off < min(_NEAR, last):
                world *= np.clip(_ratio(world, before), 0.5, 2.0) ** min(off / (last - off), _FARTHEST)
            last = off
        return None

    def _of_one(self, where: Places, value: Numbers) -> list[tuple[tuple[int, ...], Numbers, Numbers | None]]:
        """Margins by one dimension: axes to sum over, then groups x sexes x counts x leaves of base and within it."""
        found = []
        for axis, name in enumerate(self.dimensions):
            own, within = (
                _leaves_last(value[self.cell((name, number))[where][:, self.groups[axis]]])
                if number is not None and (name, number) in self.system.cubes
                else None
                for number in (self.base, self.inner)
            )
            assert own is not None
            found.append((tuple(other for other in range(len(self.sizes)) if other != axis), own, within))
        return found

    def _of_two(
        self, where: Places, starts: Places, parts: dict[Pair, Numbers], nested: dict[Pair, Numbers]
    ) -> list[tuple[tuple[int, ...], Numbers, Numbers | None, Numbers]]:
        """Margins by two: axes to sum over, groups x groups x counts x blocs of base and within it, people by leaf."""
        assert self.crosses is not None
        blocs = [np.unique(areas) for areas in np.split(self.above[where], starts[1:])]
        lone = self.bloc[where][starts] < -1
        found = []
        for pair, people in self.crosses.people.items():
            first, second = (self.groups[axis] for axis in pair)
            own, within = (
                _leaves_last(_of_blocs(known[pair], blocs)[:, first][:, :, second]) if pair in known else None
                for known in ({**self.crosses.parts, **parts}, {**self.crosses.nested, **nested})
            )
            assert own is not None
            for known in (own, within):
                if known is not None:
                    known[..., lone] = np.nan
            others = (other for other in range(len(self.sizes) + 1) if other not in pair)  # women and men, too
            persons = _leaves_last(people[self.leaves[where]][:, first][:, :, second])
            found.append((tuple(others), own, within, persons))
        return found

    def _factor(self, sums: Numbers, own: Numbers, within: Numbers | None) -> tuple[Numbers, np.float64]:
        """What to scale a margin's categories by, and how far it was off. First the parts, then those within them.

        A margin that is nan may be anything.
        """
        found = self.of_base.T @ sums
        own = np.where(np.isnan(own), found, own)
        off = np.abs(found - own).max()
        factor = self.of_base @ _ratio(own, found)
        if within is not None:
            found = self.of_inner.T @ sums
            off = np.maximum(off, np.abs(np.where(np.isnan(within), found, within) - found).max())
            found = self.of_inner.T @ (sums * factor)
            within = np.where(np.isnan(within), found, within)
            factor *= self.of_inner @ _ratio(within, found) + self.elsewhere[:, None]
        return factor, off


def _ratio(wanted: Numbers, found: Numbers) -> Numbers:
    return np.divide(wanted, found, out=np.zeros(found.shape), where=found > 0)


def _leaves_last(table: Numbers) -> Numbers:
    return np.ascontiguousarray(np.moveaxis(table, 0, -1))


def _of_blocs(table: Numbers, blocs: Sequence[Places]) -> Numbers:
    return np.stack([table[areas].sum(axis=0) for areas in blocs])
