"""Times disclosure control.

    suppress  a RAKS table of one year: 290 municipalities, 21 counties, the nation x 3 sexes x 7 groups x 7 parts
    audit     the attack on the result, alone
    county    a county of 13 municipalities with all crosses of three dimensions, hidden and attacked
    default   the rows of the default release's delivery, from the warehouse after a run

Beside them the share of cells hidden by the rule alone and by a rule that never leaves a dot alone in its sum, and how
many small counts those give away: all that sums with one unknown tell, one after the other, and of the others a sample
by linear programmes (asking for every one would take hours).
"""

import time
from dataclasses import replace
from itertools import chain, islice

import duckdb
import numpy as np

from pipelines.disclosure import ledger
from pipelines.disclosure.attack import attack
from pipelines.disclosure.audit import verdict
from pipelines.disclosure.books import BOOKS, Chapter, chapters, parents
from pipelines.disclosure.chapter import protect
from pipelines.disclosure.cubes import Flags, Places
from pipelines.disclosure.history import Seen
from pipelines.disclosure.primary import NONE, known_cells, small_rows, targets
from pipelines.disclosure.structure import System, build
from pipelines.disclosure.suppress import suppress
from tests.bench.clocks import clock, peak_gigabytes
from tests.bench.report import Report
from tests.bench.size import Size
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


def bench(report: Report, size: Size) -> None:
    above = country(size.pick(None, ["05"]))
    rows = rows_of(above, people(above, {"education": size.pick(7, 3)}), ["education"], ["education"])
    with clock() as hiding:
        system = build(rows, above, RULES)
        small = small_rows(system)
        hidden = suppress(system, small).hidden
    with clock() as attacking:
        found = attack(system, known_cells(system, hidden), targets(system))
    what = "a RAKS table of a year"
    withstand = f"{found.met.sum():,} of {len(found.aims):,} small counts withstand"
    report.figure(f"{what}, hidden", hiding.wall, "s", note=f"{len(rows):,} cells; {hiding}")
    report.figure(f"{what}, attacked", attacking.wall, "s", "≤ 60 s", f"{withstand}; {attacking}")
    report.figure(f"{what}, both", hiding.wall + attacking.wall, "s", "≤ 120 s")
    report.figure(f"{what}: memory", peak_gigabytes(), "GB", "≤ 3 GB")
    report.figure(f"{what}: cells hidden", 100 * hidden.mean(), "%")
    for name, pattern in (("rule alone", small), ("never a lone dot", never_alone(system, small))):
        _weaker(report, system, name, pattern, size.pick(SAMPLE, 3))
    _county(report, size)
    _default(report, size)


def _county(report: Report, size: Size) -> None:
    names = ["age", "birth", "education"]
    crosses = ["age+birth", "age+education", "birth+education"]
    above = country(["05"])
    persons = people(above, {"age": size.pick(5, 2), "birth": 2, "education": 3}, least=1_000)
    rows = rows_of(above, persons, [*names, *crosses], names)
    rows = rows.take(~np.isin(rows.dimension, crosses) | (rows.sex == "total"))
    none = np.zeros(len(rows), dtype=bool)
    status = np.where(rows.denominator > 0, "observed", "not_applicable").astype(object)
    rules = replace(RULES, wanted_above=tuple(crosses))
    chapter = Chapter("deliveries", "made", "2019", rules, rows, status, none, none, none, none, none)
    with clock() as working:
        safe = protect(chapter, above)
        shown = (status == "observed") & ~safe.hidden
        judged = verdict(Seen(chapter, shown, shown, none), above, safe.moves)
    met, aims = judged.met
    told = f"{met:,} of {aims:,} small withstand, {1 - shown.sum() / (status == 'observed').sum():.1%} of cells hidden"
    report.figure(
        "a county with all crosses, both", working.wall, "s", "≤ 30 s", f"{len(rows):,} cells; {told}; {working}"
    )


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


def _weaker(report: Report, system: System, name: str, pattern: Flags, many: int) -> None:
    started, aims = time.perf_counter(), targets(system)
    known = told_by_sums(system, known_cells(system, pattern) | system.empty)
    plain = known[aims.plus] & ((aims.minus == NONE) | known[aims.minus])
    others = np.flatnonzero(~plain)
    sample = np.random.default_rng(1).permutation(others)[:many]
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
    told = f"{len(some)} looked at within their county, the rest of the country known, so at most"
    report.figure(f"{name}: cells hidden", 100 * pattern.mean(), "%", note=f"{time.perf_counter() - started:.0f} s")
    report.figure(f"{name}: small counts that plain sums tell", 100 * plain.mean(), "%", note=f"of {len(aims):,}")
    report.figure(f"{name}: others told too closely", 100 * near.mean() if len(some) else 0, "%", note=told)
    report.figure(f"{name}: others told to the person", 100 * exact.mean() if len(some) else 0, "%", note=told)


def county_of(system: System, cells: Places) -> Places:
    """The larger area that each cell's area lies in, itself where nothing but the nation is larger."""
    parent = system.layout.parent
    area = system.area_of()[cells]
    above = parent[area]
    return np.where((above < 0) | (parent[above] < 0), area, above)


def _default(report: Report, size: Size) -> None:
    before = (ledger.HIDDEN.empty_table(), ledger.SHOWN.empty_table())
    with duckdb.connect(str(size.finished().warehouse), read_only=True) as connection:
        read = (chapters(connection, book, before, "indicator.everything") for book in BOOKS)
        for chapter in size.pick(list, lambda each: islice(each, 1))(chain.from_iterable(read)):
            above = parents(connection)
            with clock() as hiding:
                safe = protect(chapter, above)
                shown = ~chapter.is_public & ~safe.hidden
            with clock() as attacking:
                seen = Seen(chapter, shown, shown, np.zeros(len(shown), dtype=bool))
                judged = verdict(seen, above, safe.moves)
                met, aims = judged.met
            told = ~chapter.is_public & (chapter.status == "observed")
            withheld = f"{1 - shown.sum() / told.sum():.1%} of cells hidden or withheld"
            report.figure(f"{chapter.name}, hidden", hiding.wall, "s", note=f"{len(shown):,} rows; {hiding}")
            withstand = f"{met:,} of {aims:,} small withstand; {attacking}"
            report.figure(f"{chapter.name}, attacked", attacking.wall, "s", "≤ 60 s", withstand)
            report.figure(f"{chapter.name}, both", hiding.wall + attacking.wall, "s", "≤ 120 s", withheld)
            with clock() as afresh:
                met, aims = verdict(seen, above).met
            withstand = f"without what protection found; {met:,} of {aims:,} small withstand; {afresh}"
            report.figure(f"{chapter.name}, attacked afresh", afresh.wall, "s", "≤ 60 s", withstand)
