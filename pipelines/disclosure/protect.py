"""Protection: what may leave. Rows that rest on public tables pass through; of secret ones, what gives nobody away.

The rows that are hidden stay, as `suppressed`, because a cell that silently is not there tells an intruder as much as a
dot, and tells an honest reader less. Which were hidden for being small and which for their sake is said nowhere. The
choice itself is made beside, in `chapter.py`; where nothing is secret, there is nothing to choose.
"""

import hashlib
from collections import defaultdict
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.catalogue import disclosure_rules, entries
from pipelines.disclosure import ledger, movements
from pipelines.disclosure.books import (
    BOOKS,
    KEY,
    NOBODY,
    SYNTHETIC,
    chapters,
    fingerprint,
    overlapping,
    parents,
    rests_on_secret,
    secret_sources,
)
from pipelines.disclosure.chapter import protect
from schemas.core import INDICATOR_ROW

# What a hidden row must not keep: any of these could give the figure back.
NUMBERS = ("value", "numerator", "denominator", "se", "ci_lower", "ci_upper", "ci_method", "reliability")
EVERYTHING = "indicator.everything"


def protected(connection: duckdb.DuckDBPyConnection) -> str:
    """The select that makes `protect.cell` from `indicator.everything`.

    Leaves the keys of the rows to hide in the connection's temporary table `hidden_row`.
    """
    names = [column.name for column in INDICATOR_ROW]
    secret = secret_sources()
    if not secret:
        return f"select {', '.join(names)} from {EVERYTHING}"
    hide(connection)
    told = f"(e.status = 'observed' or e.status_reason = '{NOBODY}')"  # that it is nobody's is a number, too
    hidden = f"(h.indicator_id is not null and {told} and {rests_on_secret(secret)})"
    columns = []
    for name in names:
        if name in NUMBERS:
            columns.append(f"case when not {hidden} then e.{name} end as {name}")
        elif name in ("status", "status_reason"):
            word = "suppressed" if name == "status" else "hidden_here"
            columns.append(f"case when {hidden} then '{word}' else e.{name} end as {name}")
        else:
            columns.append(f"e.{name}")
    return f"select {', '.join(columns)} from {EVERYTHING} as e left join hidden_row as h using ({', '.join(KEY)})"


def hide(connection: duckdb.DuckDBPyConnection) -> None:
    """Chooses the rows to hide and leaves their keys in the temporary table `hidden_row`."""
    ledger.forget_synthetic(fingerprint(connection, EVERYTHING, SYNTHETIC))
    books = {book: ledger.read(book) for book in BOOKS}
    before = {book: (known.hidden, known.shown) for book, known in books.items()}
    found = list(chapters(connection, before, EVERYTHING))
    periods = defaultdict(list)
    for chapter in found:
        periods[chapter.book, chapter.sources].append(chapter.period)
    above = parents(connection)
    keys = [ledger.HIDDEN.empty_table()]
    moves: dict[str, dict[str, list[movements.Movement]]] = {book: {} for book in BOOKS}
    for chapter in found:
        withhold = chapter.period in overlapping(periods[chapter.book, chapter.sources])
        safe = protect(chapter, above, withhold)
        keys.append(chapter.keys(safe.hidden))
        moves[chapter.book][chapter.name] = safe.moves
    for book, kept in moves.items():
        movements.keep(book, movements.NEXT, kept)
    connection.register("hidden_keys", pa.concat_tables(keys))
    connection.execute("create or replace temp table hidden_row as select * from hidden_keys")
    connection.unregister("hidden_keys")


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
