"""Times disclosure control: `python -m tests.bench.disclosure`. Printed, never asserted.

    suppress   a RAKS table of one year: 290 municipalities, 21 counties, the nation x 3 sexes x 7 groups x 7
    affiliations audit      the attack on the result, alone default    the rows of the default release's made-up
    delivery, where a data folder with a warehouse is given

Beside them the share of cells hidden by the rule alone, by a rule that never leaves a dot alone in its sum, and here.
"""

import os
import resource
import time
from pathlib import Path

import duckdb
import numpy as np

from pipelines.disclosure import ledger
from pipelines.disclosure.attack import attack
from pipelines.disclosure.books import BOOKS, chapters, parents
from pipelines.disclosure.chapter import given_away, protect, system_of
from pipelines.disclosure.cubes import Flags
from pipelines.disclosure.primary import known_cells, small_rows, targets
from pipelines.disclosure.structure import System, build
from pipelines.disclosure.suppress import suppress
from tests.disclosure_tables import RULES, country, people, rows_of


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
    alone = never_alone(system, small)
    for name, pattern in (("rule alone", small), ("never a lone dot", alone)):
        given = attack(system, known_cells(system, pattern), targets(system))
        print(f"{name}: {pattern.mean():.1%} of cells hidden; {(~given.met).mean():.0%} of small counts are given away")
    if folder := os.environ.get("JAMLIK_DATA"):
        _default(Path(folder) / "warehouse" / "jamlik.duckdb")


def _default(warehouse: Path) -> None:
    before = {book: (ledger.HIDDEN.empty_table(), ledger.SHOWN.empty_table()) for book in BOOKS}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        for chapter in chapters(connection, before, "indicator.everything"):
            above = parents(connection)
            started = time.perf_counter()
            pattern = protect(chapter, above)
            middle = time.perf_counter()
            system = system_of(chapter, above, pattern.withheld)
            found = attack(system, known_cells(system, pattern.hidden, given_away(chapter, system)), targets(system))
            say(f"{chapter.name} ({len(chapter.rows):,} rows), hidden", middle - started, "≤ 120 s with")
            say("the same, attacked", time.perf_counter() - middle, "≤ 60 s", f"{found.met.mean():.1%} withstand")


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


if __name__ == "__main__":
    main()
