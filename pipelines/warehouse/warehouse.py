"""The warehouse: one DuckDB file that only a run opens, and one way to put a table into it.

A table is created, held against its contract and committed in one transaction: a refused one rolls back and the old
one still answers. `meta.built` remembers what each table was made from, so that an unchanged one is left alone, and how
long it took.
Readers never come here; they get the release.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import duckdb
import pyarrow as pa

from pipelines import settings
from pipelines.errors import Refused, Unavailable
from pipelines.warehouse import contracts
from pipelines.warehouse.ahead import Ahead, Task, Watcher
from pipelines.warehouse.lock import WriterLock
from schemas.fields import Table

FILE = "jamlik.duckdb"
# One thread a query: several add the same floating-point numbers in another order every time, and a run must give the
# same figures to the last bit whenever it is repeated. Queries on several connections run side by side.
THREADS = 1
HEAD_ROWS = 5
MEMORY_LIMIT = "900MB"  # the run is promised to stay within 2 GB with pandas and Dagster beside

# What makes a table: a select, or Arrow rows for the few things that SQL cannot hold.
Maker = Callable[[duckdb.DuckDBPyConnection], str | pa.Table]


class Buildable(Protocol):
    """What a warehouse must know of a table to build it; `tables.TableSpec` describes one."""

    @property
    def name(self) -> str: ...
    @property
    def contract(self) -> Table: ...
    @property
    def needs(self) -> list[str]: ...
    @property
    def make(self) -> Maker: ...
    @property
    def secret(self) -> bool: ...


@dataclass(frozen=True)
class Built:
    """What became of a table: `skipped` when nothing it rests on had changed. `seconds` is SQL, parsing and audit.

    `head`: the first rows of a new table, to be looked at; none of a secret one.
    """

    name: str
    rows: int
    seconds: float
    skipped: bool
    verdict: contracts.Verdict = field(default_factory=lambda: contracts.Verdict(rows=0))
    head: pa.Table | None = None


class Warehouse:
    """An open warehouse, held by the one writer. Use `with Warehouse.open(fingerprints(tables)) as warehouse:`."""

    _held: "Warehouse | None" = None

    def __init__(self, connection: duckdb.DuckDBPyConnection, lock: WriterLock, expected: Mapping[str, str]) -> None:
        self.connection = connection
        self.lock = lock
        self.expected = expected
        self._ahead: Ahead[Built] | None = None

    @classmethod
    @contextmanager
    def open(cls, expected: Mapping[str, str]) -> Iterator["Warehouse"]:
        """Takes the writer's lock and opens the file, making it where there is none.

        `expected`: what each table would be made from now (`tables.fingerprints`).
        """
        folder = settings.warehouse()
        try:
            (folder / "spill").mkdir(parents=True, exist_ok=True)
        except OSError as fault:
            raise Unavailable(
                f"The data folder {settings.relative(folder.parent)} cannot be written ({fault.strerror}); "
                f"mend its permissions or point JAMLIK_DATA at another folder."
            ) from fault
        with WriterLock(folder) as lock:
            connection = _connect(folder / FILE)
            try:
                _make_macros(connection)
                cls._held = cls(connection, lock, expected)
                yield cls._held
            finally:
                cls._held = None
                connection.close()

    @classmethod
    def held(cls) -> "Warehouse | None":
        """The warehouse that this process has open, if it has: a run opens it before Dagster asks for it."""
        return cls._held

    def fingerprint_of(self, name: str, connection: duckdb.DuckDBPyConnection | None = None) -> str | None:
        """What `name` was made from, or null where it has not been built."""
        asked = connection or self.connection
        found = asked.execute("select fingerprint from meta.built where table_name = ?", [name]).fetchall()
        return found[0][0] if found else None

    def is_current(self, name: str, connection: duckdb.DuckDBPyConnection | None = None) -> bool:
        """Whether `name` stands as it would be made now. `expected` says what that is."""
        return self.fingerprint_of(name, connection) == self.expected[name]

    def stands_for(self, release_id: str) -> str | None:
        """The fingerprint of which a release is known to hold the content, though it was made from another."""
        found = self.connection.execute(
            "select fingerprint from meta.released where release_id = ?", [release_id]
        ).fetchall()
        return found[0][0] if found else None

    def now_stands_for(self, release_id: str, fingerprint: str) -> None:
        """Remembers that a release holds the content that is made from `fingerprint`."""
        self.connection.execute("insert or replace into meta.released values (?, ?)", [release_id, fingerprint])

    @contextmanager
    def ahead(
        self, specs: Sequence[Buildable], then: Mapping[str, Task[Built]] | None = None, watcher: Watcher | None = None
    ) -> Iterator[None]:
        """Makes these tables side by side while the block runs, and `then` what rests on them; `build` waits for them.

        As many at a time as `settings.workers()` says. Until `settle`, nobody else may use the connection.
        """
        took = dict(self.connection.execute("select table_name, seconds from meta.built").fetchall())
        tasks = {spec.name: Task(partial(self._made, spec), spec.needs, took.get(spec.name)) for spec in specs}
        connections = [self.connection.cursor() for _ in range(settings.workers())]
        try:
            self._ahead = Ahead({**tasks, **(then or {})}, connections, watcher)
            with self._ahead.working():
                yield
        finally:
            self._ahead = None
            for each in connections:
                each.close()

    def settle(self) -> None:
        """Waits until no table is being made ahead any more."""
        if self._ahead is not None:
            self._ahead.settle()

    def result(self, name: str) -> Built | None:
        """What became of something that is made ahead, waited for; None where it is not."""
        return self._ahead.result(name) if self._ahead and name in self._ahead else None

    def build(self, spec: Buildable) -> Built:
        """Creates, audits and commits one table, unless it stands as it would be made now.

        A broken contract is told in the `verdict`; a query that fails, or a table that is not there to read, is
        raised as `Refused`, a full disk as `Unavailable`. In all of these the old table stays.
        """
        return self.result(spec.name) or self._made(spec, self.connection)

    def _made(self, spec: Buildable, connection: duckdb.DuckDBPyConnection) -> Built:
        started, name, fingerprint = time.perf_counter(), spec.name, self.expected[spec.name]
        if self.is_current(name, connection):
            rows = connection.execute("select rows from meta.built where table_name = ?", [name]).fetchall()[0][0]
            return Built(name, rows, time.perf_counter() - started, skipped=True)
        for needed in spec.needs:
            if not self.is_current(needed, connection):
                raise Refused(
                    f"{name} reads {needed}, which has not been made from what stands now; "
                    f"run `jamlik run` without --only, or with --only +{name}."
                )
        connection.execute("begin")
        try:
            _create(connection, name, spec.make(connection))
            verdict = contracts.audit(connection, spec.contract, spec.secret)
            if verdict.passed:
                seconds = time.perf_counter() - started
                connection.execute(
                    "insert or replace into meta.built values (?, ?, ?, ?)", [name, fingerprint, verdict.rows, seconds]
                )
                connection.execute("commit")
        except duckdb.Error as fault:
            roll_back(connection)
            raise _named(name, fault) from fault
        except BaseException:
            roll_back(connection)
            raise
        if not verdict.passed:
            roll_back(connection)
        shown = verdict.passed and not spec.secret
        head = connection.sql(f"select * from {name} limit {HEAD_ROWS}").to_arrow_table() if shown else None
        return Built(name, verdict.rows, time.perf_counter() - started, skipped=False, verdict=verdict, head=head)


def fingerprints_in(connection: duckdb.DuckDBPyConnection, names: Sequence[str]) -> tuple[str | None, ...]:
    """What each of some tables was made from, or None where it has not been built."""
    built = dict(connection.execute("select table_name, fingerprint from meta.built").fetchall())
    return tuple(built.get(name) for name in names)


def _create(connection: duckdb.DuckDBPyConnection, name: str, made: str | pa.Table) -> None:
    if isinstance(made, str):
        connection.execute(f"create or replace table {name} as {made}")
        return
    connection.register("made", made)
    try:
        connection.execute(f"create or replace table {name} as select * from made")
    finally:
        connection.unregister("made")


def roll_back(connection: duckdb.DuckDBPyConnection) -> None:
    """Takes back the open transaction, if one is open."""
    # A failed commit has already ended it; there is then nothing to take back. Who breaks a run off may break this
    # off too: the connection is closed next, and what was open is gone with it.
    with suppress(duckdb.TransactionException, duckdb.InterruptException):
        connection.execute("rollback")


def _connect(path: Path) -> duckdb.DuckDBPyConnection:
    try:
        connection = duckdb.connect(
            str(path),
            config={"threads": THREADS, "memory_limit": MEMORY_LIMIT, "temp_directory": str(path.parent / "spill")},
        )
        connection.execute("set enable_progress_bar = false")
        connection.execute(
            "create schema if not exists meta; create table if not exists meta.built "
            "(table_name varchar primary key, fingerprint varchar, rows bigint, seconds double); "
            "alter table meta.built add column if not exists seconds double; "
            "create table if not exists meta.released (release_id varchar primary key, fingerprint varchar); "
            "create table if not exists meta.kept (table_name varchar primary key, digest varchar)"
        )
        for schema in ("source", "catalogue", "core", "indicator", "protect", "chance", "measure", "mart"):
            connection.execute(f"create schema if not exists {schema}")
        return connection
    except duckdb.Error as fault:
        if is_disk_full(fault):
            raise disk_full() from fault
        raise Unavailable(
            f"The warehouse {settings.relative(path)} cannot be opened ({_first_line(fault)}); "
            f"end the program that has it open, or delete the file: a run makes it anew."
        ) from fault


def _make_macros(connection: duckdb.DuckDBPyConnection) -> None:
    try:
        connection.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
    except duckdb.Error as fault:
        if is_disk_full(fault):
            raise disk_full() from fault
        raise Refused(f"sql/macros.sql does not run ({_first_line(fault)}); correct it and run again.") from fault


def _named(name: str, fault: duckdb.Error) -> Refused | Unavailable:
    text = _first_line(fault)
    if is_disk_full(fault):
        return disk_full()
    return Refused(f"The model {name} could not be computed ({text}); correct its SQL or the data it reads.")


def disk_full() -> Unavailable:
    """What a person hears wherever in a run the disk ran full."""
    where = settings.relative(settings.data_folder())
    return Unavailable(
        f"The disk under {where} is full, or what may be written there is used up; free space and run again, "
        f"the latest release is untouched."
    )


def is_disk_full(fault: Exception) -> bool:
    """Whether DuckDB, Arrow, SQLite or the operating system says that there is no room (disk, quota, file size)."""
    text = str(fault).lower()
    told = ("no space left", "disk is full", "max_temp_directory_size", "quota exceeded", "file too large")
    return any(words in text for words in told)


def _first_line(fault: Exception) -> str:
    return str(fault).strip().split("\n")[0].rstrip(".")


def rows_of(
    connection: duckdb.DuckDBPyConnection, query: str, parameters: list[Any] | None = None
) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    return connection.execute(query, parameters or []).fetchall()
