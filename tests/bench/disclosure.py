"""Times disclosure control: `python -m tests.bench.disclosure`. Printed, never asserted.

    suppress  a RAKS table of one year: 290 municipalities, 21 counties, the nation x 3 sexes x 7 groups x 7 parts
    audit     the attack on the result, alone
    default   the rows of the default release's delivery, where JAMLIK_DATA is a data folder after `jamlik run`

Beside them the share of cells hidden by the rule alone and by a rule that never leaves a dot alone in its sum, and how
many small counts those give away: all that sums with one unknown tell, one after the other, and of the others a sample
by linear programmes (asking for every one would take hours).
"""

import os
import resource
import time
from itertools import chain
from pathlib import Path

import duckdb
import numpy as np

from pipelines.disclosure import ledger
from pipelines.disclosure.attack import attack
from pipelines.disclosure.audit import verdict
from pipelines.disclosure.books import BOOKS, chapters, parents
from pipelines.disclosure.chapter import protect
from pipelines.disclosure.cubes import Flags, Places
from pipelines.disclosure.history import Seen
from pipelines.disclosure.primary import NONE, known_cells, small_rows, targets
from pipelines.disclosure.structure import System, build
from pipelines.disclosure.suppress import suppress
from tests.fixtures.disclosure_tables import RULES, country, people, rows_of

SAMPLE = 60  # small counts of a weaker rule that are asked about by linear programmes


def never_alone(system: System, hidden: Flags) -> Flags:
    """A common rule of thumb: where a sum has one hidden part, the smallest shown part beside it is hidden, too."""
    hidden, equations = hidden.copy(), system.equations
    row_of = np.full(system.layout.cells, -1, dtype=np.int64)
    row_of[system.numerator_of] = np.arange(len(hidden))
    order = np.argsort(equations.equation, kind="stable")
    cells, bounds = (
        equations.cell[order],
        np.searchsorted(equations.equation[order], np.arange(len(equations.whole) + 1)),
    )
    for _ in range(10):
        known, before = known_cells(system, hidden), hidden.sum()
        unknown = np.bincount(equations.equation, weights=~known[equations.cell], minlength=len(equations.whole))
        for number in np.flatnonzero(unknown == 1):
            some = cells[bounds[number] : bounds[number + 1]]
            rows = row_of[some[known[some]]]
            rows = rows[rows >= 0]
            if len(rows):
                hidden[rows[np.argmin(system.rows.numerator[rows])]] = True
        if hidden.sum() == before:
            break
    return hidden


def say(what: str, seconds: float, asked: str, more: str = "") -> None:
    print(f"{what:<58} {seconds:8.2f} s   asked: {asked:<10} {more}", flush=True)


def main() -> None:
    """Prints every line."""
    above = country()
    rows = rows_of(above, people(above, {"education": 7}), ["education"], ["education"])
    started = time.perf_counter()
    system = build(rows, above, RULES)
    small = small_rows(system)
    hidden = suppress(system, small).hidden
    suppressed = time.perf_counter() - started
    started = time.perf_counter()
    found = attack(system, known_cells(system, hidden), targets(system))
    attacked = time.perf_counter() - started
    say(f"RAKS table of a year ({len(rows):,} cells), hidden", suppressed, "", f"{hidden.mean():.1%} of cells")
    say("the same, attacked", attacked, "≤ 60 s", f"{found.met.sum():,} of {len(found.aims):,} small counts withstand")
    say("the same, both", suppressed + attacked, "≤ 120 s", f"{_megabytes():.0f} MB, asked ≤ 3,000")
    for name, pattern in (("rule alone", small), ("never a lone dot", never_alone(system, small))):
        _weaker(system, name, pattern)
    if folder := os.environ.get("JAMLIK_DATA"):
        _default(Path(folder) / "warehouse" / "jamlik.duckdb")


def told_by_sums(system: System, known: Flags) -> Flags:
    """Cells that are known, and those that a sum with one unknown tells, over and over."""
    known, equations = known.copy(), system.equations
    while True:
        unknown = ~known[equations.cell]
        many = np.bincount(equations.equation, weights=unknown, minlength=len(equations.whole))
        told = equations.cell[unknown & (many[equations.equation] == 1)]
        if not len(told):
            return known
        known[told] = True


def _weaker(system: System, name: str, pattern: Flags) -> None:
    started, aims = time.perf_counter(), targets(system)
    known = told_by_sums(system, known_cells(system, pattern) | system.empty)
    plain = known[aims.plus] & ((aims.minus == NONE) | known[aims.minus])
    others = np.flatnonzero(~plain)
    sample = np.random.default_rng(1).permutation(others)[:SAMPLE]
    some = aims.take(sample)
    area = np.where(known[some.plus], np.where(some.minus == NONE, 0, some.minus), some.plus)
    county = county_of(system, area)
    near = np.zeros(len(some), dtype=bool)
    exact = np.zeros(len(some), dtype=bool)
    for each in np.unique(county):  # other counties' cells stand still: gives away no less than is told
        here = np.flatnonzero(county == each)
        found = attack(
            system, known | (county_of(system, np.arange(len(known))) != each), some.take(here), exactly=True
        )
        near[here], exact[here] = ~found.met, found.recovered
    print(
        f"{name}: {pattern.mean():.1%} of cells hidden; of {len(aims):,} small counts plain sums tell "
        f"{plain.mean():.0%} to the person; of {len(some)} others looked at within their county (the rest of the "
        f"country known, so at most) {near.mean() if len(some) else 0:.0%} are told too closely and "
        f"{exact.mean() if len(some) else 0:.0%} to the person; {time.perf_counter() - started:.0f} s",
        flush=True,
    )


def county_of(system: System, cells: Places) -> Places:
    """The larger area that each cell's area lies in, itself where nothing but the nation is larger."""
    parent = system.layout.parent
    area = system.area_of()[cells]
    above = parent[area]
    return np.where((above < 0) | (parent[above] < 0), area, above)


def _default(warehouse: Path) -> None:
    before = (ledger.HIDDEN.empty_table(), ledger.SHOWN.empty_table())
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        read = (chapters(connection, book, before, "indicator.everything") for book in BOOKS)
        for chapter in chain.from_iterable(read):
            above = parents(connection)
            started = time.perf_counter()
            safe = protect(chapter, above)
            shown = ~chapter.is_public & ~safe.hidden
            middle = time.perf_counter()
            seen = Seen(chapter, shown, shown, np.zeros(len(shown), dtype=bool))
            judged = verdict(seen, above, safe.moves)
            met, aims = judged.met
            told = ~chapter.is_public & (chapter.status == "observed")
            both = time.perf_counter() - started
            say(f"{chapter.name} ({len(shown):,} rows), hidden", middle - started, "", f"{_megabytes():.0f} MB")
            say("the same, attacked", time.perf_counter() - middle, "≤ 60 s", f"{met:,} of {aims:,} small withstand")
            say("the same, both", both, "≤ 120 s", f"{1 - shown.sum() / told.sum():.1%} of cells hidden or withheld")
            started = time.perf_counter()
            met, aims = verdict(seen, above).met
            afresh = time.perf_counter() - started
            say("attacked without what protection found", afresh, "≤ 60 s", f"{met:,} of {aims:,} small withstand")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
