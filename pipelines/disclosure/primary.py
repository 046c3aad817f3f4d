"""The primary rule: which rows are too small to be shown, and which counts an intruder must be left unsure of.

After Statistics Norway's practice: numerator, complement or denominator below a limit. Belongs here: the rule alone.
What must be hidden besides, so that sums do not give these away, is found in `suppress.py`.
"""

from dataclasses import dataclass

import numpy as np

from pipelines.disclosure.cubes import Flags, Numbers, Places
from pipelines.disclosure.structure import EXACT, System

NONE = -1


@dataclass(frozen=True)
class Targets:
    """Counts to protect, each the difference of two cells (`minus` is NONE where it is one cell alone).

    An intruder must be left with an interval that reaches `reach` or more and down to `floor` or less, persons. Where
    the population is public and smaller than the limit, everybody knows the count to be no larger: `reach` is then
    that.
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
        if rules.sensitive:
            small |= (denominator > EXACT) & ((numerator <= EXACT) | (rest <= EXACT))
    return small & (system.numerator_of >= 0)


def targets(system: System) -> Targets:
    """Every count that is to be protected: small numerators, complements, denominators, and what parts leave over.

    A count of nought is none: its neighbours hide it where they must. In a sensitive table nought and all are kept
    apart from certainty: nobody shall be able to rule out that somebody belongs, or does not.
    """
    rules, value = system.rules, system.value
    plus: list[Places] = []
    minus: list[Places] = []
    limit: list[Numbers] = []

    def add(one: Places, other: Places | int, least: int, sensitive: bool, most: Numbers | float = np.inf) -> None:
        count = value[one] - (0 if isinstance(other, int) else value[other])
        with np.errstate(invalid="ignore"):
            small = (count < least) & ((count > EXACT) | (sensitive & (np.abs(count) <= EXACT)))
        plus.append(one[small])
        minus.append(np.full(int(small.sum()), NONE) if isinstance(other, int) else other[small])
        limit.append(np.broadcast_to(np.minimum(most, least), small.shape)[small].astype(np.float64))

    for cube in system.cubes.values():
        own = cube.index[..., :-2].reshape(-1, len(cube.counts) - 2)
        rest, whole = cube.index[..., -2].reshape(-1), cube.index[..., -1].reshape(-1)
        empty = system.empty[rest]
        populated = value[whole] > EXACT
        public = rules.denominators_public and not system.layout.classes[cube.table[1]].among
        most = value[whole] if public else np.full(len(whole), np.inf)  # nobody can be unsure of more than there are
        # who is in none of the delivered groups can be worked out from the others, so is protected like them
        derived = np.zeros(cube.index.shape[:-1], dtype=bool)
        if len(cube.parts) == 1:
            derived[:, -1] = True
        for part in range(own.shape[1]):
            told = (system.delivered[own[:, part]] | derived.reshape(-1)) & ~system.empty[own[:, part]] & populated
            add(own[told, part], NONE, rules.numerator_min, rules.sensitive, most[told])
            if own.shape[1] > 1:
                add(whole[told], own[told, part], rules.complement_min, rules.sensitive, most[told])
        left = ~empty & populated
        add(rest[left], NONE, rules.complement_min, rules.sensitive and own.shape[1] == 1, most[left])
        if not public:
            add(whole[system.delivered[whole]], NONE, rules.base_min, False)
    if not plus:
        none = np.empty(0, dtype=np.int64)
        return Targets(none, none, none.astype(float), none.astype(float), none.astype(float))
    first, second, least = np.concatenate(plus), np.concatenate(minus), np.concatenate(limit)
    count = value[first] - np.where(second == NONE, 0.0, value[second])
    count = np.round(count, 6)
    return Targets(first, second, count, least, np.floor(count / 2))


def known_cells(system: System, hidden: Flags, ever: Flags | None = None) -> Flags:
    """Cells whose number an intruder has: of rows that are shown, of populations that are public, of structure.

    `hidden`: for each row whether it is hidden; `ever`: cells that an earlier release has shown.
    """
    known = system.empty.copy()
    shown = ~hidden & (system.numerator_of >= 0) & ~np.isnan(system.rows.numerator)
    known[system.numerator_of[shown]] = True
    known[system.denominator_of[shown & ~np.isnan(system.rows.denominator)]] = True
    if system.rules.denominators_public:
        for cube in system.cubes.values():
            if not system.layout.classes[cube.table[1]].among:
                known[cube.index[..., -1]] = True
    if ever is not None:
        known |= ever
    return known
