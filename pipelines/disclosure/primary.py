"""The primary rule: which rows are too small to be shown, and which counts an intruder must be left unsure of.

After Statistics Norway's practice: numerator, complement or denominator below a limit. Belongs here: the rule alone.
What must be hidden besides, so that sums do not give these away, is found in `suppress.py`.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.disclosure.cubes import Cube, Flags, Numbers, Places
from pipelines.disclosure.structure import EXACT, System

NONE = -1


@dataclass(frozen=True)
class Targets:
    """Counts to protect, each the difference of two cells (`minus` is NONE where it is one cell alone).

    An intruder must be left with an interval that reaches `reach` or more and down to `floor` or less, persons. Where
    everybody knows the count to be no larger than something below the limit (the population, less those of whom a part
    is unknown), `reach` is that.
    """

    plus: Places
    minus: Places
    count: Numbers
    reach: Numbers
    floor: Numbers

    def __len__(self) -> int:
        return len(self.plus)

    def take(self, which: Flags | Places) -> "Targets":
        """Some of them."""
        return Targets(*(getattr(self, name)[which] for name in self.__dataclass_fields__))


def small_rows(system: System) -> Flags:
    """Rows that the rule hides by themselves. A row whose table is withheld is not among them, nor one without counts.

    An empty population reveals nobody and is not hidden.
    """
    rules, rows = system.rules, system.rows
    numerator, denominator = rows.numerator, rows.denominator
    with np.errstate(invalid="ignore"):
        small = (numerator > EXACT) & (numerator < rules.numerator_min)
        rest = denominator - numerator
        small |= (rest > EXACT) & (rest < rules.complement_min)
        small |= (denominator > EXACT) & (denominator < rules.base_min)
        harms = np.array([rules.may_harm(name) for name in rows.indicator], dtype=bool).reshape(-1, 2)
        small |= (denominator > EXACT) & (harms[:, 0] & (rest <= EXACT) | harms[:, 1] & (numerator <= EXACT))
    return small & (system.numerator_of >= 0)


def targets(system: System) -> Targets:
    """Every count that is to be protected: small numerators, complements, denominators, and what parts leave over.

    A count of nought is none: its neighbours hide it where they must. Where it may harm that all or none are in a
    state, nobody shall be able to rule out that somebody is not in it, or is.
    """
    rules, value = system.rules, system.value
    plus: list[Places] = []
    minus: list[Places] = []
    limit: list[Numbers] = []
    least_known: list[Numbers] = []

    def add(
        one: Places, other: Places | int, least: int, sensitive: bool, most: Numbers, at_least: Numbers | float = 0.0
    ) -> None:
        count = value[one] - (0 if isinstance(other, int) else value[other])
        with np.errstate(invalid="ignore"):
            small = (count < least) & ((count > EXACT) | (sensitive & (np.abs(count) <= EXACT)))
        plus.append(one[small])
        minus.append(np.full(int(small.sum()), NONE) if isinstance(other, int) else other[small])
        limit.append(np.minimum(most, least)[small].astype(np.float64))
        least_known.append(np.broadcast_to(at_least, small.shape)[small].astype(np.float64))

    for cube in system.cubes.values():
        own = cube.index[..., :-2].reshape(-1, len(cube.counts) - 2)
        lost = own[:, -1] if cube.has_unknown else NONE
        own = own[:, :-1] if cube.has_unknown else own
        rest, whole = cube.index[..., -2].reshape(-1), cube.index[..., -1].reshape(-1)
        empty = system.empty[rest]
        populated = value[whole] > EXACT
        public = rules.denominators_public and not system.layout.classes[cube.table[1]].among
        people, unknown, inside = _everybody(system, cube)
        # who is in none of the delivered groups can be worked out from the others, so is protected like them
        derived = np.zeros(cube.index.shape[:-1], dtype=bool)
        if len(cube.parts) == 1:
            derived[:, -1] = True
        for part in range(own.shape[1]):
            told = (system.delivered[own[:, part]] | derived.reshape(-1)) & ~system.empty[own[:, part]] & populated
            taken = 0.0 if inside[part] else unknown  # by those who are known to be in another part
            everybody, nobody = rules.may_harm(cube.counts[part])
            add(own[told, part], NONE, rules.numerator_min, nobody, (people - taken)[told])
            if own.shape[1] > 1:
                others = np.broadcast_to(taken, told.shape)[told]
                add(whole[told], own[told, part], rules.complement_min, everybody, people[told], others)
        left = ~empty & populated
        alone = own.shape[1] == 1 and rules.may_harm(cube.counts[0])[0]  # who is not in it is then in the rest
        add(rest[left], NONE, rules.complement_min, alone, (people - unknown)[left])
        if not public:
            told = system.delivered[whole]
            add(
                whole[told], lost if isinstance(lost, int) else lost[told], rules.base_min, False,
                (people - unknown)[told],
            )  # fmt: skip
    if not plus:
        none = np.empty(0, dtype=np.int64)
        return Targets(none, none, none.astype(float), none.astype(float), none.astype(float))
    first, second, least = np.concatenate(plus), np.concatenate(minus), np.concatenate(limit)
    count = value[first] - np.where(second == NONE, 0.0, value[second])
    count = np.round(count, 6)
    return Targets(first, second, count, least, np.maximum(np.floor(count / 2), np.concatenate(least_known)))


def _everybody(system: System, cube: Cube) -> tuple[Numbers, Numbers, list[bool]]:
    """What everybody knows of a table's groups, one of which nobody can be unsure: how many live there (inf where that
    is not public), of how many a part is unknown, and for each part whether those may be in it.
    """
    layout, value = system.layout, system.value
    among = layout.classes[cube.table[1]].among
    shape = cube.index.shape[:-1]
    people, unknown, inside = np.full(shape, np.inf), np.zeros(shape), [not cube.has_unknown] * len(cube.counts)
    for (dimension, number), other in system.cubes.items():
        sexes = min(shape[2], other.index.shape[2])
        names, outer = layout.classes[number].parts, not layout.classes[number].among
        if dimension != cube.dimension:
            continue
        if outer and system.rules.denominators_public and (other is cube or (set(among) <= set(names) and among)):
            people[:, :, :sexes] = value[other.index[:, :, :sexes, -1]]
        nested = other is cube or (set(layout.classes[number].among) <= set(cube.counts) and not outer)
        if other.has_unknown and nested:
            unknown[:, :, :sexes] = np.nan_to_num(value[other.index[:, :, :sexes, -3]])
            if other is not cube:
                inside = [name in layout.classes[number].among for name in cube.counts]
    return people.reshape(-1), unknown.reshape(-1), inside


def known_cells(system: System, hidden: Flags, ever: Flags | None = None) -> Flags:
    """Cells whose number an intruder has: of rows that are shown, of populations that are public, of structure; and of
    whom a part is not known.

    `hidden`: for each row whether it is hidden; `ever`: cells that an earlier release has shown.
    """
    known = system.empty.copy()
    shown = ~hidden & (system.numerator_of >= 0) & ~np.isnan(system.rows.numerator)
    known[system.numerator_of[shown]] = True
    known[system.denominator_of[shown & ~np.isnan(system.rows.denominator)]] = True
    for cube in system.cubes.values():
        if cube.has_unknown:
            known[cube.index[..., -3]] = True
    if system.rules.denominators_public:
        for cube in system.cubes.values():
            if not system.layout.classes[cube.table[1]].among:
                known[cube.index[..., -1]] = True
    if ever is not None:
        known |= ever
    return known
