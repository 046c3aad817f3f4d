"""Which tables of a delivery can be looked at together, exactly: the choice of what may be published at all.

Two tables that share a margin are linked by that margin and by nothing else only where the tables of a delivery form no
ring. Age, education and country of birth each by livelihood hang together at livelihood alone; add all three crosses of
the three and they form a ring, and an intruder may know more than the sums between the tables say. A table that would
close a ring is therefore withheld whole, but where whole worlds can be looked for (`worlds.py`). The test is that of
Graham and of Yu & Ozsoyoglu (1979, COMPSAC): a set of tables is acyclic if taking away what only one table has, and
tables within other tables, leaves nothing.
"""

from collections.abc import Iterable, Mapping, Sequence

from pipelines.catalogue.disclosure_rules import Classification

Table = tuple[str, int]  # dimension ('' for the whole and by sex), and which classification


def components(dimension: str) -> tuple[str, ...]:
    """The dimensions that a cross is made of: `age+education` → age, education; the whole has none."""
    return tuple(dimension.split("+")) if dimension else ()


def acyclic(edges: Iterable[frozenset[str]]) -> bool:
    """Whether a set of tables, each the set of what it is split by, has no ring (Graham's reduction)."""
    left = [set(edge) for edge in edges]
    changed = True
    while changed:
        changed = False
        for edge in left:
            lonely = {name for name in edge if sum(name in other for other in left) == 1}
            if lonely:
                edge -= lonely
                changed = True
        for number, edge in enumerate(left):
            if any(edge <= other for place, other in enumerate(left) if place != number):
                del left[number]
                changed = True
                break
    return all(not edge for edge in left)


def choose(
    found: Mapping[Table, bool], classes: Sequence[Classification], wanted: Sequence[str], rings: bool = False
) -> tuple[list[Table], list[Table]]:
    """The tables that can be published together, and those that would close a ring.

    `found`: each table, and whether it is by sex. Where one of a classification is, all its tables are looked at by
    sex, delivered so or not, since a cross for both sexes would close a ring with margins by sex. The whole comes
    first, then single dimensions in the order of the classifications, then the crosses of `wanted` in that order; a
    cross that is not wanted is withheld. `rings`: tables by one dimension may form a ring, since whole worlds are
    looked for (`worlds.py`).
    """
    order = sorted(found, key=lambda table: _place(table, wanted))
    by_sex = {number: any(sexes for table, sexes in found.items() if table[1] == number) for _, number in found}
    kept: list[Table] = []
    left: list[Table] = []
    for table in order:
        parts = components(table[0])
        if len(parts) > 1 and (table[0] not in wanted or classes[table[1]].among):
            left.append(table)
        elif (rings and len(parts) < 2) or acyclic(_edge(each, by_sex[each[1]], classes) for each in [*kept, table]):
            kept.append(table)
        else:
            left.append(table)
    return kept, left


def _place(table: Table, wanted: Sequence[str]) -> tuple[int, int, int, str]:
    dimension, classification = table
    rank = wanted.index(dimension) if dimension in wanted else len(wanted)
    return len(components(dimension)), classification, rank, dimension


def _edge(table: Table, by_sex: bool, classes: Sequence[Classification]) -> frozenset[str]:
    """What a table is split by. Classifications within one another share the part that both split."""
    dimension, number = table
    split = {f"dimension {name}" for name in components(dimension)} | {f"class {number}"}
    if by_sex:
        split.add("sex")
    for other, each in enumerate(classes):
        if each.among and (other == number or set(each.among) <= set(classes[number].parts)):
            split.add(f"among {other}")
    return frozenset(split)
