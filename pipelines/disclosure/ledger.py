"""The ledger: every cell that a release has hidden or shown, so that hidden ones stay hidden and shown ones count as
known.

    JAMLIK_DATA/ledger/<book>/ledger.json             the releases, the resets with their reasons, the two files below
    JAMLIK_DATA/ledger/<book>/hidden-<sha256>.parquet keys
    JAMLIK_DATA/ledger/<book>/shown-<sha256>.parquet  keys, numerators and denominators
    JAMLIK_DATA/ledger/<book>/secret                  what prices are drawn from (`draws.py`); not for made-up figures
    JAMLIK_DATA/ledger/<book>/reports/<release>.json  what was hidden, by rule; never under published/

A file is written whole beside, and counts once `ledger.json` names it. A release is entered before it can be seen: a
run that dies in between leaves an entry for a release that nobody got, which does no harm; the other way round would.
"""

import hashlib
import secrets
import shutil
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import settings
from pipelines.disclosure.books import KEY, SYNTHETIC
from pipelines.disclosure.draws import Draws
from pipelines.errors import Refused, Unavailable
from pipelines.files import make_folder, rename, sha256_of, sweep_beside, write_bytes, write_json, write_text
from pipelines.published.reader import manifest_of

FILE, SECRET = "ledger.json", "secret"
MANIFEST_KEY = "disclosure"
HIDDEN = pa.schema([(name, pa.string()) for name in KEY])
SHOWN = HIDDEN.append(pa.field("numerator", pa.float64())).append(pa.field("denominator", pa.float64()))


@dataclass
class Ledger:
    """One book's ledger as it stands on the disk; an absent one is empty."""

    book: str
    hidden: pa.Table
    shown: pa.Table
    releases: list[dict[str, Any]] = field(default_factory=list)
    resets: list[dict[str, Any]] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        return folder(self.book)

    def proof_of(self, proof: str) -> bool:
        """Whether these very numbers were attacked before, with the same truth behind them, and withstood."""
        return any(release.get("proof") == proof for release in self.releases)

    def with_release(self, hidden: pa.Table, shown: pa.Table) -> "Ledger":
        """The ledger as it will be once these cells have been hidden and shown."""
        return replace(self, hidden=_union(self.hidden, hidden), shown=_union(self.shown, shown))

    def enter(self, release_id: str, uuid: str, content: str, proof: str, report: dict[str, Any]) -> None:
        """Puts the ledger on the disk with a release that is about to be put in place.

        `uuid` is all that the release itself says of its entry: a hash of what rests on secret counts would let anybody
        confirm a guess.
        """
        entry = {"release_id": release_id, "uuid": uuid, "content": content, "proof": proof}
        self.releases = [*self.releases, entry]
        try:
            make_folder(self.folder / "reports")
            write_json(self.folder / "reports" / f"{release_id}.json", report)
            self._write()
        except OSError as fault:
            raise Unavailable(
                f"The ledger under {settings.relative(self.folder)} could not be written ({fault.strerror}); mend that "
                f"and run again, nothing was published."
            ) from fault

    @classmethod
    def reset_folder(cls, book: str, reason: str, shown: pa.Table) -> Path:
        """Puts the ledger away, damaged or not, and begins one with the reason and what was ever shown.

        Returns where the old one lies.
        """
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        away = folder(book).with_name(f"{book}-until-{now}")
        if folder(book).exists():
            rename(folder(book), away)
        new = cls(book, HIDDEN.empty_table(), _union(SHOWN.empty_table(), shown))
        there = sorted(path.name for path in (settings.published() / "releases").glob("*"))
        new.resets = [{"at": now, "reason": reason, "kept_in": away.name, "releases": there}]
        new._write()
        return away

    def _write(self) -> None:
        make_folder(self.folder)
        files = {name: self._put(name, table) for name, table in (("hidden", self.hidden), ("shown", self.shown))}
        told = {"files": files, "releases": self.releases, "resets": self.resets, SECRET: _digest(self.book)}
        write_json(self.folder / FILE, {"format": 1, **told})
        sweep_beside(self.folder)
        for old in self.folder.glob("*.parquet"):
            if old.name not in files.values():
                old.unlink(missing_ok=True)

    def _put(self, name: str, table: pa.Table) -> str:
        content = pa.BufferOutputStream()
        pq.write_table(table, content, compression="zstd", write_statistics=False)
        written = content.getvalue()
        final = f"{name}-{hashlib.sha256(written).hexdigest()}.parquet"
        write_bytes(self.folder / final, written)
        return final


class _Lost(Exception):
    """The secret is not the one that the ledger was written with."""


def draws(book: str, period: str) -> Draws:
    """What is left to chance in protecting a period, from the ledger's secret; that is made where there is none yet."""
    if book == SYNTHETIC:
        return Draws(period=period)
    if (found := _secret(book)) is None:
        found = secrets.token_bytes(32)
        try:
            make_folder(folder(book))
            write_bytes(folder(book) / SECRET, found.hex().encode(), 0o600)
        except OSError as fault:
            raise Unavailable(
                f"The ledger under {settings.relative(folder(book))} could not be written ({fault.strerror}); mend "
                f"that and run again, nothing was published."
            ) from fault
    return Draws(found, period)


def _secret(book: str) -> bytes | None:
    try:
        return bytes.fromhex((folder(book) / SECRET).read_text(encoding="ascii"))
    except (OSError, ValueError):
        return None


def _digest(book: str) -> str | None:
    found = _secret(book)
    return None if found is None else hashlib.sha256(found).hexdigest()


def folder(book: str) -> Path:
    return settings.data_folder() / "ledger" / book


def read(book: str) -> Ledger:
    """The ledger of a book; one that has been changed by hand, or lost a file, is refused.

    That of made-up figures begins anew instead, with the next release.
    """
    path = folder(book) / FILE
    if not path.is_file():
        return Ledger(book, HIDDEN.empty_table(), SHOWN.empty_table())
    try:
        known = orjson.loads(path.read_bytes())
        tables = {}
        for name, schema in (("hidden", HIDDEN), ("shown", SHOWN)):
            file = path.parent / known["files"][name]
            if file.name != f"{name}-{sha256_of(file)}.parquet":
                raise ValueError
            tables[name] = pq.read_table(file).cast(schema)
        if known.get(SECRET) not in (None, _digest(book)):
            raise _Lost
        return Ledger(book, tables["hidden"], tables["shown"], known["releases"], known["resets"])
    except _Lost:
        raise Refused(
            f"The ledger {settings.relative(path.parent)} has lost its file '{SECRET}', or has another one, so what is "
            f"hidden would be chosen in a way that gives old and new choices away; restore the file from a backup, or "
            f"begin a new ledger with `jamlik audit --reset {book} --reason '…'`."
        ) from None
    except (OSError, ValueError, KeyError, TypeError, pa.ArrowException) as fault:
        if (
            book == SYNTHETIC
        ):  # nobody's figures: what was shown of them need not be remembered, and no run stops for it
            return Ledger(book, HIDDEN.empty_table(), SHOWN.empty_table())
        raise Refused(
            f"The ledger {settings.relative(path)} is damaged or has lost a file; restore the folder from a backup, or "
            f"begin a new one with `jamlik audit --reset {book} --reason '…'`."
        ) from fault


def entered(book: str) -> list[str]:
    """The releases that a ledger names, though its other files may be damaged; none where it is damaged itself."""
    try:
        return [str(each["release_id"]) for each in orjson.loads((folder(book) / FILE).read_bytes())["releases"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []


def demand_releases(ledger: Ledger) -> None:
    """Every release on the disk that shows secret figures must be in the ledger, as it is.

    Those that lay there when the ledger was begun anew are past; made-up figures have only the ledger of their own.
    """
    past = {name for each in ledger.resets for name in each.get("releases", [])}
    entered = {release["release_id"]: {release["content"], release.get("uuid")} for release in ledger.releases}
    for path in sorted((settings.published() / "releases").glob("*")):
        told = manifest_of(path).get(MANIFEST_KEY, {}).get(ledger.book)
        lacking = path.name not in entered and (ledger.book == SYNTHETIC or path.name in past)
        if told is not None and not lacking and told not in entered.get(path.name, set()):
            word = "is not in" if path.name not in entered else "is not what stands in"
            raise Refused(
                f"The release {path.name} {word} the ledger {settings.relative(ledger.folder)}, so what it has "
                f"shown is not known; restore the ledger, or begin a new one with `jamlik audit --reset {ledger.book} "
                f"--reason '…'`."
            )


def released(book: str) -> bool:
    """Whether a release on the disk shows figures of the book."""
    releases = (settings.published() / "releases").glob("*")
    return any(book in manifest_of(path).get(MANIFEST_KEY, {}) for path in releases)


def forget_synthetic(truth: str) -> None:
    """Takes the ledger of made-up figures away with them: when there are none (`truth` empty), or others.

    They are nobody's; what was shown of ones that are gone says nothing of those there are. `truth` is a hash of them.
    """
    mark = folder(SYNTHETIC) / "of"
    if not truth or not mark.is_file() or mark.read_bytes() != truth.encode():
        shutil.rmtree(folder(SYNTHETIC), ignore_errors=True)
    if truth:
        make_folder(folder(SYNTHETIC))
        write_text(mark, truth)


def resets() -> str:
    """What stands in the ledgers about beginning anew: protection is made again after that."""
    return "".join(str(each) for book in sorted(_books()) for each in read(book).resets)


def _books() -> list[str]:
    return [
        path.parent.name
        for path in (settings.data_folder() / "ledger").glob(f"*/{FILE}")
        if "-until-" not in str(path.parent)
    ]


def _union(one: pa.Table, other: pa.Table) -> pa.Table:
    """The rows of either. A cell that was shown with several numbers stands there with each: all of them are known."""
    names = one.schema.names
    both = pa.concat_tables([one, other.select(names).cast(one.schema)])
    return both.group_by(names).aggregate([]).select(names).sort_by([(name, "ascending") for name in names])
