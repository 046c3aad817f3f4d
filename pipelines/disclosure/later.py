"""What of a chapter can be shown beside all that earlier releases have shown of it: a revision, other limits, a reset.

What was ever shown stays known, withdrawn or not. So a pattern that is safe by itself is judged here together with it,
as the gate will judge the release, and what cannot be proven is withheld, table by table, before anything is published:
no public figure has to wait for it. Belongs here: that, and what is left of a ledger that has lost its files. Not here:
the choice of the pattern (`chapter.py`), the judgement (`audit.py`).
"""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.disclosure import ledger as ledgers
from pipelines.disclosure.audit import verdict
from pipelines.disclosure.books import BOOKS, KEY, NOBODY, SYNTHETIC, Chapter, of_book, secret_sources
from pipelines.disclosure.chapter import Protected
from pipelines.disclosure.history import Seen, undecidable
from pipelines.errors import Refused, WrongCall
from pipelines.published.reader import manifest_of, open_release


def withstanding(
    chapter: Chapter, safe: Protected, known: ledgers.Ledger, above: Mapping[str, str | None]
) -> Protected:
    """`safe` with more hidden, where what it shows and what releases in `known` have shown together give too much away.

    Where that cannot be told at all, since areas, groups or periods are others, nothing of the chapter is shown.
    """
    secret = ~chapter.is_public
    while True:
        told = secret & ~safe.hidden & (chapter.status == "observed")
        if not (told & ~(chapter.count_known & chapter.whole_known)).any():
            return safe  # nothing that was not shown before
        seen = Seen(chapter, told, told, np.zeros(len(told), dtype=bool))
        if undecidable([seen], known):
            return replace(safe, hidden=secret)
        if not chapter.was_shown.any():
            return safe
        judged = verdict(seen, above, safe.moves)
        if not judged.faults:
            return replace(safe, moves=judged.findings.moves)
        blamed = judged.blamed & told
        safe = replace(safe, hidden=safe.hidden | (blamed if blamed.any() else secret))


def reset(book: str | None, reason: str | None) -> str:
    """Begins a book's ledger anew, for a written reason; what to print. What was ever shown goes with it."""
    if book not in BOOKS or not (reason or "").strip():
        raise WrongCall(f"A ledger is reset by `--reset BOOK --reason '…'`, with BOOK one of {', '.join(BOOKS)}.")
    if not ledgers.folder(book).exists() and not ledgers.released(book):
        raise Refused(f"There is no ledger of {book} to reset; nothing of it has been published.")
    away = ledgers.Ledger.reset_folder(book, str(reason).strip(), ever_shown(book))
    return (
        f"The ledger of {book} begins anew, with what has been shown, which stays known; the old one is kept in "
        f"{settings.relative(away)}."
    )


def ever_shown(book: str) -> pa.Table:
    """All that a book's releases have shown: from its ledger, or where that is damaged or gone, from the releases.

    A release that the ledger names, but that is gone from the disk, can have shown anything: a reset is then refused,
    unless the secret tables are withheld in every period that there is.
    """
    if book == SYNTHETIC:
        return ledgers.SHOWN.empty_table()  # nobody's figures
    try:
        if (ledgers.folder(book) / ledgers.FILE).is_file():
            return ledgers.read(book).shown
    except Refused:
        gone = [name for name in ledgers.entered(book) if not _has(name)]
        if (gone or not ledgers.entered(book)) and (open_ := _not_withheld(book)):
            what = f"the release {gone[0]} is no longer there" if gone else "which releases there were is lost, too"
            raise Refused(
                f"The ledger of {book} is damaged and {what}, so what has been shown is not known; restore the ledger "
                f"from a backup, or withhold {open_} (`withhold:` in data/catalogue/sources.yaml, with a reason) for "
                f"every period that has been published."
            ) from None
    there = sorted((settings.published() / "releases").glob("*"))
    own = [path for path in there if manifest_of(path).get(ledgers.MANIFEST_KEY, {}).get(book) is not None]
    return pa.concat_tables([ledgers.SHOWN.empty_table(), *(_shown_in(path, book) for path in own)])


def _has(release_id: str) -> bool:
    return (settings.published() / "releases" / release_id / "jamlik.duckdb").is_file()


def _shown_in(release: Path, book: str) -> pa.Table:
    nobody = f"status_reason = '{NOBODY}'"
    with open_release(release) as reader:
        found = reader.sql(
            f"select {', '.join(KEY)}, case when {nobody} then 0 else numerator end as numerator, "
            f"case when {nobody} then 0 else denominator end as denominator from indicator_value "
            f"where {of_book(book)} and (value is not null or {nobody})"
        ).to_arrow_table()
    return found.cast(ledgers.SHOWN)


def _not_withheld(book: str) -> str | None:
    """A secret table with rows in the warehouse of a period that nobody has decided to withhold."""
    withheld = {name: entries.sources()[name].rules.withheld for name in secret_sources()}
    periods: dict[str, set[str]] = {name: set() for name in withheld if not entries.sources()[name].made}
    try:
        with duckdb.connect(str(settings.warehouse() / "jamlik.duckdb"), read_only=True) as warehouse:
            query = "select distinct unnest(string_split(source_ids, ', ')), period from indicator.everything"
            for name, period in warehouse.execute(f"{query} where {of_book(book)}").fetchall():
                periods.setdefault(name, set()).add(period)
    except duckdb.Error:
        pass  # then only what is withheld without naming periods counts
    for name, own in sorted(periods.items()):
        whole = [each for each in withheld.get(name, ()) if not each.tables]
        if any(not each.periods for each in whole):
            continue
        if name in withheld and (not own or not own <= {period for each in whole for period in each.periods}):
            return name
    return None
