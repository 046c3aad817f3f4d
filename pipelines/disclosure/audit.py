"""The gate of a release, and `jamlik audit`: what is published is attacked before anybody can read it.

The attacker gets the released table of figures and those of every earlier release in the ledger, nothing else; the
secret counts are only what his findings are compared with. Anything that cannot be decided (an unknown structure, a
figure that the secret tables do not have, a solver that stops) counts as given away, and the release is not
published. Belongs here: reading a release as an intruder would, and the verdict. Not here: the attack itself
(`attack.py`).
"""

import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipelines import settings
from pipelines.catalogue import disclosure_rules
from pipelines.disclosure import ledger as ledgers
from pipelines.disclosure import movements
from pipelines.disclosure.attack import Findings, attack
from pipelines.disclosure.books import (
    BOOKS,
    KEY,
    NOBODY,
    Chapter,
    chapters,
    fingerprint,
    parents,
    rests_on_secret,
    secret_sources,
)
from pipelines.disclosure.chapter import as_left, given_away, hangs_together, shut, tables_of, withheld_rows
from pipelines.disclosure.crosses import Upper, loosen, withstands
from pipelines.disclosure.cubes import Flags, Places
from pipelines.disclosure.history import Seen, undecidable
from pipelines.disclosure.primary import known_cells, targets
from pipelines.disclosure.replay import Replayed, replay
from pipelines.disclosure.report import chapter_report
from pipelines.disclosure.structure import EXACT, System
from pipelines.disclosure.tables import Table
from pipelines.errors import Refused, Unavailable
from pipelines.published.reader import latest_release, open_release
from pipelines.warehouse import models
from pipelines.warehouse.models import EVERYTHING

_FIGURES = ("value", "numerator", "denominator", "se", "ci_lower", "ci_upper")


@dataclass
class Verdict:
    """What the attack on one chapter came to. `faults` name tables and numbers of cells, never a count."""

    chapter: Chapter
    system: System
    findings: Findings
    shown: Flags
    faults: list[str] = field(default_factory=list)
    seconds: float = 0.0
    crossed: Flags = field(default_factory=lambda: np.ones(0, dtype=bool))  # of each small count of a cross: withstands
    upper: Upper | None = None
    replayed: Replayed = field(default_factory=Replayed)
    blamed: Flags = field(default_factory=lambda: np.zeros(0, dtype=bool))  # rows of the tables that `faults` name

    @property
    def met(self) -> tuple[int, int]:
        """Small counts that withstand, of all."""
        return int(self.findings.met.sum() + self.crossed.sum()), len(self.findings.aims) + len(self.crossed)


@dataclass(frozen=True)
class Entry:
    """What a book's ledger will say of a release: the ledger with it, its content and proof as hashes, the report."""

    ledger: ledgers.Ledger
    content: str
    proof: str
    report: dict[str, Any]
    moves: movements.Kept  # what the attack proved it by


@dataclass
class Passed:
    """A gate that a release has passed, to be entered in the ledgers just before it is put in place."""

    entries: dict[str, Entry] = field(default_factory=dict)

    def enter(self, release_id: str, uuid: str) -> None:
        """Writes the ledgers; must be done before the release can be seen. `uuid`: the release's random identifier."""
        for book, entry in self.entries.items():
            movements.keep(book, release_id, entry.moves)
            entry.ledger.enter(release_id, uuid, entry.content, entry.proof, entry.report)


def gate(warehouse: duckdb.DuckDBPyConnection, shown: pa.Table) -> Passed:
    """Attacks a release that is built and shows these figures; `Refused` where anything can be had from it."""
    passed = Passed()
    secret = secret_sources()
    if not secret:
        return passed
    demand_lineage(secret)
    books = _ledgers()
    seen = _seen(warehouse, shown, books)
    for book in sorted({each.chapter.book for each in seen}):
        own = [each for each in seen if each.chapter.book == book]
        shown = pa.concat_tables([_shown(each) for each in own])
        hidden = pa.concat_tables([each.chapter.keys(_hidden(each) & ~withheld_rows(each.chapter)) for each in own])
        content, truth = _content(shown), fingerprint(warehouse, EVERYTHING, book)
        report: dict[str, Any] = {"chapters": "as proven before"}
        moves: movements.Kept = movements.kept(book, movements.NEXT)
        if not books[book].proof_of(_proof(content, truth, books[book])):
            verdicts = _judge(own, parents(warehouse), movements.NEXT)
            _demand([*undecidable(own, books[book]), *(fault for each in verdicts for fault in each.faults)])
            report = {
                "chapters": [
                    chapter_report(v.chapter, v.system, v.shown, v.findings, v.seconds, v.replayed, v.upper)
                    for v in verdicts
                ]
            }
            moves = {v.chapter.name: v.findings.moves for v in verdicts}
        after = books[book].with_release(hidden, shown)
        passed.entries[book] = Entry(after, content, _proof(content, truth, after), report, moves)
    return passed


def audit(release_id: str | None = None) -> tuple[list[str], bool]:
    """Attacks a release that is published (default the latest); lines to print, and whether it withstood.

    The warehouse must hold the secret counts that the findings are compared with.
    """
    file = settings.warehouse() / "jamlik.duckdb"
    try:
        with duckdb.connect(str(file), read_only=True) as warehouse:
            return audit_of(warehouse, release_id)
    except duckdb.Error as fault:
        reason = str(fault).split("\n")[0].rstrip(".")
        raise Unavailable(
            f"The secret counts in {settings.relative(file)} cannot be read ({reason}); wait until the run that has it "
            f"open is done, or run `jamlik run` first."
        ) from fault


def audit_of(warehouse: duckdb.DuckDBPyConnection, release_id: str | None = None) -> tuple[list[str], bool]:
    """The same with an open warehouse."""
    path = latest_release() if release_id is None else settings.published() / "releases" / release_id
    if path is None or not (path / "jamlik.duckdb").is_file():
        raise Refused(
            f"There is no release {release_id or 'yet'} to audit; run `jamlik run` first, or name one of those under "
            f"{settings.relative(settings.published() / 'releases')}."
        )
    secret = secret_sources()
    demand_lineage(secret)
    books = _ledgers()
    seen = _seen(warehouse, figures_of(path), books)
    verdicts = _judge(seen, parents(warehouse), path.resolve().name)
    lines = [_line(verdict) for verdict in verdicts] or ["Nothing in this release rests on secret figures."]
    faults = [fault for verdict in verdicts for fault in verdict.faults]
    for name, book in books.items():
        faults += undecidable([each for each in seen if each.chapter.book == name], book)
    return [f"Release {path.resolve().name}", *lines, *faults], not faults


def demand_lineage(secret: list[str]) -> None:
    """No path from a secret source to anything derived or released but through protection."""
    read = models.read_models()
    tainted = {f"source.{name}" for name in secret}
    for name, model in read.items():  # each comes after what it reads
        if model.reads & tainted:
            if model.layer in ("measure", "mart"):
                source = ", ".join(sorted(model.reads & tainted))
                raise Refused(
                    f"{model.where} reads {source}, which rests on secret figures that have not been protected; "
                    f"let it read mart.indicator_value instead."
                )
            tainted.add(name)


def _ledgers() -> dict[str, ledgers.Ledger]:
    books = {book: ledgers.read(book) for book in BOOKS}
    for book in books.values():
        ledgers.demand_releases(book)
    return books


def _proof(content: str, truth: str, ledger: ledgers.Ledger) -> str:
    """What a passed attack rests on: what is shown, the truth, everything shown before, and the code."""
    return hashlib.sha256(f"{content}{truth}{_content(ledger.shown)}{_code()}".encode()).hexdigest()


def figures_of(release: Path) -> pa.Table:
    """What the release in the folder `release` shows of the figures that rest on secret ones."""
    with open_release(release) as reader:
        return figures_in(reader, "indicator_value")


def figures_in(reader: duckdb.DuckDBPyConnection, table: str) -> pa.Table:
    """The same, of a release's table of figures."""
    columns = ", ".join((*KEY, *_FIGURES, "reliability", "ci_method"))
    return reader.sql(
        f"select {columns}, case when weight_basis = 'denominator' then weight end as weight, "
        f"case when status_reason = '{NOBODY}' then 0 end as nobody "
        f"from {table} where {rests_on_secret(secret_sources())} and status <> 'not_fetched'"
    ).to_arrow_table()


def _seen(warehouse: duckdb.DuckDBPyConnection, shown: pa.Table, books: Mapping[str, ledgers.Ledger]) -> list[Seen]:
    """The secret chapters, each beside what the release shows of it."""
    names = [*_FIGURES, "weight", "nobody", "reliability", "ci_method"]
    values = {name: shown[name].to_numpy(zero_copy_only=False) for name in names}
    some = {name: np.array([each is not None and each == each for each in values[name]], dtype=bool) for name in names}
    any_told = np.logical_or.reduce([some[name] for name in names if name not in ("denominator", "weight")])
    any_whole = any_told | some["denominator"] | some["weight"]
    place = {key: row for row, key in enumerate(zip(*(shown[name].to_pylist() for name in KEY), strict=True))}
    read = (chapters(warehouse, book, (own.hidden, own.shown), EVERYTHING) for book, own in books.items())
    found, met = [], np.zeros(shown.num_rows, dtype=bool)
    for chapter in chain.from_iterable(read):
        rows = chapter.rows
        where = np.array(
            [
                place.get(
                    (rows.indicator[n], rows.area[n], chapter.period, rows.dimension[n], rows.group[n], rows.sex[n]), -1
                )
                for n in range(len(rows))
            ],
            dtype=np.int64,
        )
        there = where >= 0
        met[where[there]] = True
        told, whole = np.zeros(len(rows), dtype=bool), np.zeros(len(rows), dtype=bool)
        told[there], whole[there] = any_told[where[there]], any_whole[where[there]]
        differs = np.zeros(len(rows), dtype=bool)
        count = values["numerator"].astype(np.float64)[where[there]]
        with np.errstate(invalid="ignore"):
            off = np.abs(count - rows.numerator[there]) > EXACT
        differs[there] = some["numerator"][where[there]] & (off | np.isnan(rows.numerator[there]))
        found.append(Seen(chapter, told, whole, differs))
    stray = np.flatnonzero(~met & any_whole)
    if len(stray):
        key = {name: shown[name][int(stray[0])].as_py() for name in KEY}
        raise Refused(
            f"The release shows {key['indicator_id']} for area {key['area_code']} and {key['period']}, which rests on "
            f"a secret source but is not in the secret tables; what it gives away cannot be told, run `jamlik run`."
        )
    return found


def _hidden(seen: Seen) -> Flags:
    return ~seen.told & ~seen.chapter.is_public & (seen.chapter.status == "observed")


def _shown(seen: Seen) -> pa.Table:
    which = seen.told & ~seen.chapter.is_public
    rows, keys = seen.chapter.rows, seen.chapter.keys(which)
    for name, counts in (("numerator", rows.numerator), ("denominator", rows.denominator)):
        keys = keys.append_column(name, pa.array(counts[which]))
    return keys


def _judge(seen: list[Seen], above: Mapping[str, str | None], release: str) -> list[Verdict]:
    """The attack on each chapter, with what protection, or the gate of this release, found before."""
    offered = {book: movements.kept(book, release) for book in {each.chapter.book for each in seen}}
    return [verdict(each, above, offered[each.chapter.book].get(each.chapter.name, [])) for each in seen]


def verdict(seen: Seen, above: Mapping[str, str | None], offered: Sequence[movements.Movement] = ()) -> Verdict:
    """The attack on one chapter: first what cannot be decided, then what can be worked out.

    `offered`: movements that may spare a search; they are checked as if a stranger had found them.
    """
    started, chapter = time.perf_counter(), seen.chapter
    secret = ~chapter.is_public
    shown_ever = secret & ((seen.told & ~seen.differs) | chapter.count_known)
    tables = tables_of(chapter, secret & (seen.told | chapter.was_shown))
    system, upper = hangs_together(
        chapter, above, [table for table in tables_of(chapter, secret) if table not in tables]
    )
    faults, blamed = [], np.zeros(len(chapter.rows), dtype=bool)
    if not (secret & (seen.told | seen.whole_told)).any():  # it adds nothing to what was known
        aims = targets(system).take(np.empty(0, dtype=np.int64))
        none = np.empty(0, dtype=np.float64)
        return Verdict(chapter, system, Findings(aims, none, none, none.astype(bool)), blamed, blamed=blamed)
    loose = shown_ever & (system.numerator_of < 0)
    if upper is not None:
        loose[upper.rows] = False
    if loose.any():
        faults.append(_fault(chapter, "figures that are shown have an unknown place among the others", loose))
        blamed |= loose
    gone = secret & chapter.was_shown & np.isnan(chapter.rows.numerator)
    if gone.any():
        faults.append(_fault(chapter, "figures that were shown before are delivered no more", gone))
    if seen.differs.any():
        faults.append(_fault(chapter, "figures that are shown are not the secret tables' present ones", seen.differs))
        blamed |= seen.differs
    known = known_cells(system, ~(seen.told & ~seen.differs & secret), given_away(chapter, system))
    whole = seen.whole_told & secret & (system.denominator_of >= 0)
    known[system.denominator_of[whole]] = True
    aims = targets(system)
    if upper is not None:
        loosen(upper, ~shown_ever)
    findings = attack(system, known, aims, worlds=None if upper is None else upper.worlds, offered=offered)
    if not findings.met.all() and chapter.was_shown.any():
        findings = replace(findings, aims=as_left(chapter, system, aims))
    crossed = np.ones(0, dtype=bool)
    if upper is not None and shown_ever[upper.rows].any():
        crossed = withstands(upper, ~(shown_ever | secret & seen.whole_told))
        if not crossed.all():
            faults.append(f"{chapter.name}, crosses: {int((~crossed).sum())} cells can be worked out too closely")
            blamed[upper.rows] = True
    for table, number in _within(system, findings.aims.plus[~findings.met]):
        faults.append(f"{chapter.name}, {_name(chapter, table)}: {number} cells can be worked out too closely")
        blamed |= np.isin(system.numerator_of, system.cubes[table].index)
    replayed = Replayed(of=int((~known & ~system.empty).sum()))
    if upper is None and not faults:
        hidden = secret & ~seen.told
        replayed = replay(system, hidden, shut(chapter, system), given_away(chapter, system), findings.aims)
        for table, number in _within(system, findings.aims.plus[replayed.narrowed]):
            tried = "cells can be worked out too closely by trying all counts that fit"
            faults.append(f"{chapter.name}, {_name(chapter, table)}: {number} {tried}")
            blamed |= np.isin(system.numerator_of, system.cubes[table].index)
    seconds = time.perf_counter() - started
    shown = seen.told & secret
    return Verdict(chapter, system, findings, shown, faults, seconds, crossed, upper, replayed, blamed)


def _within(system: System, cells: Places) -> list[tuple[Table, int]]:
    """The tables that cells are in, and how many of them."""
    return [
        (table, number) for table, cube in system.cubes.items() if (number := int(np.isin(cells, cube.index).sum()))
    ]


def _name(chapter: Chapter, table: Table) -> str:
    return f"{chapter.rules.classifications[table[1]].parts[0]} and its like by {table[0] or 'sex'}"


def _fault(chapter: Chapter, what: str, rows: Flags) -> str:
    first = int(np.flatnonzero(rows)[0])
    found = chapter.rows
    return (
        f"{chapter.name}: {int(rows.sum())} {what}, the first in {found.indicator[first]}, area {found.area[first]}, "
        f"{found.dimension[first]} {found.group[first]}"
    )


def _demand(faults: list[str]) -> None:
    if faults:
        more = f" (and {len(faults) - 1} more)" if len(faults) > 1 else ""
        raise Refused(
            f"Nothing was published, since secret figures could be worked out from it: {faults[0]}{more}; withhold the "
            f"table for that period (`withhold:` of its source in data/catalogue/sources.yaml, with a reason)."
        )


def _line(found: Verdict) -> str:
    shown, rows = int(found.shown.sum()), int((~found.chapter.is_public).sum())
    met, aims = found.met
    return (
        f"{found.chapter.name}: {shown:,} of {rows:,} figures shown; {met:,} of {aims:,} small "
        f"counts cannot be had, {int(found.findings.recovered.sum()):,} can be had exactly; {found.seconds:.1f} s"
    )


def _content(shown: pa.Table) -> str:
    """A hash of what is shown, in whatever order."""
    rows = sorted(zip(*(shown[name].to_pylist() for name in shown.column_names), strict=True))
    return hashlib.sha256(repr(rows).encode()).hexdigest()


def _code() -> str:
    digest = hashlib.sha256()
    code = [*sorted(Path(__file__).parent.glob("*.py")), Path(disclosure_rules.__file__)]
    for path in [*code, settings.CATALOGUE / "sources.yaml"]:
        digest.update(path.read_bytes())
    return digest.hexdigest()
