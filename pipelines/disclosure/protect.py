"""Protection: what may leave. Rows that rest on public tables pass through; of secret ones, what gives nobody away.

The rows that are hidden stay, as `suppressed`, because a cell that silently is not there tells an intruder as much as a
dot, and tells an honest reader less. Which were hidden for being small and which for their sake is said nowhere. The
choice itself is made beside, in `chapter.py`; where nothing is secret, there is nothing to choose. It takes long and
needs only the secret rows, so it is a table of its own for each book, made while public figures are read.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.catalogue import disclosure_rules, entries
from pipelines.disclosure import ledger, movements
from pipelines.disclosure.books import (
    KEY,
    NOBODY,
    SYNTHETIC,
    chapters,
    content,
    fingerprint,
    overlapping,
    parents,
    rests_on_secret,
    secret_sources,
)
from pipelines.disclosure.chapter import protect
from pipelines.disclosure.later import withstanding
from pipelines.published.metadata import literal
from pipelines.warehouse.models import EVERYTHING
from schemas.core import INDICATOR_ROW

# What a hidden row must not keep: any of these could give the figure back.
NUMBERS = ("value", "numerator", "denominator", "se", "ci_lower", "ci_upper", "ci_method", "reliability")


def all_of(tables: Iterable[str]) -> str:
    """The rows of some tables of indicators, as a select in brackets."""
    return "(" + " union all by name ".join(f"select * from {name}" for name in tables) + ")"


def hidden(connection: duckdb.DuckDBPyConnection, book: str, table: str, kept_in: str) -> str | pa.Table:
    """The keys of a book's rows to hide, of those in `table` (a name, or a select in brackets).

    Where the book's rows are those that `kept_in` was made of last time, by the same rules, what it holds is kept.
    """
    digest = f"{made_from()}{ledger.resets()}{content(connection, table, book)}"
    last = connection.execute("select digest from meta.kept where table_name = ?", [kept_in]).fetchall()
    if last and last[0][0] == digest:
        return f"select * from {kept_in}"
    keys = hide(connection, book, table)
    connection.execute("insert or replace into meta.kept values (?, ?)", [kept_in, digest])
    return keys


def hide(connection: duckdb.DuckDBPyConnection, book: str, table: str) -> pa.Table:
    """Chooses a book's rows to hide; returns their keys, and leaves what proves it beside the ledger."""
    if book == SYNTHETIC:
        ledger.forget_synthetic(fingerprint(connection, table, book))
    known = ledger.read(book)
    found = list(chapters(connection, book, (known.hidden, known.shown), table))
    periods = defaultdict(list)
    for chapter in found:
        periods[chapter.sources].append(chapter.period)
    above = parents(connection)
    keys = [ledger.HIDDEN.empty_table()]
    moves: dict[str, list[movements.Movement]] = {}
    for chapter in found:
        overlaps = chapter.period in overlapping(periods[chapter.sources])
        safe = protect(chapter, above, overlaps, ledger.draws(book, chapter.period))
        if known.shown.num_rows:
            safe = withstanding(chapter, safe, known, above)
        keys.append(chapter.keys(safe.hidden))
        moves[chapter.name] = safe.moves
    movements.keep(book, movements.NEXT, moves)
    return pa.concat_tables(keys)


def shown(book: str, hidden_in: str) -> str:
    """The select of the rows of `indicator.everything` that may be shown: of made-up ones, or of all the others.

    `hidden_in` has the keys of those to hide.
    """
    names = [column.name for column in INDICATOR_ROW]
    mine = f"e.provenance {'=' if book == SYNTHETIC else '<>'} 'synthetic'"
    secret = secret_sources()
    if not secret:
        return f"select {', '.join(names)} from {EVERYTHING} as e where {mine}"
    told = f"(e.status = 'observed' or e.status_reason = '{NOBODY}')"  # that it is nobody's is a number, too
    hidden = f"(h.indicator_id is not null and {told} and {rests_on_secret(secret)})"
    decided = f"({told} and ({_withheld()}))"
    columns = []
    for name in names:
        if name in NUMBERS:
            columns.append(f"case when not {hidden} and not {decided} then e.{name} end as {name}")
        elif name in ("status", "status_reason"):
            words = ("suppressed", "suppressed") if name == "status" else ("withheld_here", "hidden_here")
            columns.append(
                f"case when {decided} then '{words[0]}' when {hidden} then '{words[1]}' else e.{name} end as {name}"
            )
        else:
            columns.append(f"e.{name}")
    return (
        f"select {', '.join(columns)} from {EVERYTHING} as e left join {hidden_in} as h using ({', '.join(KEY)}) "
        f"where {mine}"
    )


def _withheld() -> str:
    """The SQL condition for the rows that somebody has decided to withhold."""
    found = ["false"]
    for name in secret_sources():
        for each in entries.sources()[name].rules.withheld:
            own = [rests_on_secret([name])]
            for column, words in (("period", each.periods), ("dimension", each.tables)):
                if words:
                    own.append(f"e.{column} in ({', '.join(map(literal, words))})")
            found.append(f"({' and '.join(own)})")
    return " or ".join(found)


def made_from() -> str:
    """What protection rests on beside its rows: the rules of the secret sources, and the code. Not the ledger, which a
    release of the same rows changes without changing what is hidden.
    """
    sources = entries.sources()
    rules = {name: (sources[name].rules, sources[name].confidentiality) for name in sorted(sources)}
    code = [*sorted(Path(__file__).parent.glob("*.py")), Path(disclosure_rules.__file__)]
    digest = hashlib.sha256(repr(rules).encode())
    for path in code:
        digest.update(path.read_bytes())
    return digest.hexdigest()
