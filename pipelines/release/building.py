"""The folder a release is built in, and its tables, each written as soon as it is made.

While a run makes its tables, those of the release that stand by then are copied beside (`tasks`), so that at the end
little is left to write. Whatever fails or is killed on the way, the folder is taken away by whoever holds the lock
next. Belongs here: DuckDB and parquet of a release. Not here: its descriptions, its audit, and putting it in place
(`publish.py`).
"""

import shutil
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path

import duckdb

from pipelines import settings
from pipelines.disclosure.audit import Passed, figures_in, gate
from pipelines.errors import JamlikError
from pipelines.published.metadata import literal
from pipelines.release import words
from pipelines.release.views import VIEWS
from pipelines.site.writer import FIGURES_OF, Figures, write_figures, write_frame
from pipelines.warehouse.ahead import Ahead, Connection, Task
from pipelines.warehouse.warehouse import Built, Warehouse
from schemas.fields import Table
from schemas.registry import CONTRACTS

# Older DuckDB clients (from 1.0 on) open this; 2.0's own default they cannot.
STORAGE_VERSION = "v1.0.0"
RELEASE = "mart.release"
BUILDING = ".building-"
GATE = "release.gate"
_PAGE = "release.page_of_figures"
_WRITTEN = "release."  # the first word of the tasks that write a release's tables


def released_tables() -> list[Table]:
    """Contracts of what is released, under the names it is released by (`mart.area` → `area`)."""
    return [
        replace(table, name=name.removeprefix("mart.")) for name, table in CONTRACTS.items() if name.startswith("mart.")
    ]


class Building:
    """A release that is being built; one at a time. Use `with Building.begun(warehouse) as building:`."""

    _held: "Building | None" = None

    def __init__(self, warehouse: Warehouse) -> None:
        self.folder = settings.published() / f"{BUILDING}{warehouse.lock.token}"
        self._warehouse = warehouse
        self._written: set[str] = set()
        self._passed: Passed | None = None
        self._fault: JamlikError | None = None
        self.figures: Figures | None = None  # of the page, where they have been written

    @property
    def database(self) -> Path:
        return self.folder / "jamlik.duckdb"

    @property
    def site(self) -> Path:
        return self.folder / "site"

    @property
    def parquet(self) -> Path:
        return self.folder / "parquet"

    @classmethod
    def held(cls) -> "Building | None":
        """The release that this process's run has begun to write, if it has."""
        return cls._held

    @classmethod
    @contextmanager
    def begun_or_held(cls, warehouse: Warehouse) -> Iterator["Building"]:
        """The release that this process's run has begun to write, or a new one."""
        if cls._held is not None:
            yield cls._held
            return
        with cls.begun(warehouse) as building:
            yield building

    @classmethod
    @contextmanager
    def begun(cls, warehouse: Warehouse) -> Iterator["Building"]:
        """The folder with an empty database; taken away in the end, unless it has been put in place by then."""
        building = cls(warehouse)
        try:
            building.parquet.mkdir(parents=True)
            warehouse.connection.execute(
                f"attach {literal(str(building.database))} as release (storage_version '{STORAGE_VERSION}')"
            )
            cls._held = building
            yield building
        finally:
            cls._held = None
            building._close()
            shutil.rmtree(building.folder, ignore_errors=True)
            with suppress(OSError):  # a first run that came to nothing leaves no folder behind; others have releases
                building.folder.parent.rmdir()

    def tasks(self) -> Mapping[str, Task[Built]]:
        """What writes each table, once it is made. The release's own row is written last, by `finish`."""
        names = [table.name for table in released_tables() if f"mart.{table.name}" != RELEASE]
        written = {f"{_WRITTEN}{name}": Task(partial(self._task, name), [f"mart.{name}"], 0.5) for name in names}
        read = [f"{_WRITTEN}{name}" for name in FIGURES_OF]
        return {
            **written,
            GATE: Task(self._attack, [f"{_WRITTEN}indicator_value"], 10.0),
            _PAGE: Task(self._page, read, 8.0),
        }

    def passed(self) -> Passed | None:
        """The gate that this release's figures have passed while other tables were being made, if they were attacked.

        Raises what stopped it.
        """
        if self._fault is not None:
            raise self._fault
        return self._passed

    def finish(self, release_id: str, uuid: str, home_area: str) -> None:
        """Writes what is not written yet and closes the database; macros, views and comments are then made in it."""
        lacking = [table for table in released_tables() if table.name not in self._written]
        copies = {
            table.name: Task(partial(self._write, table, self._rows(table, release_id, uuid, home_area)))
            for table in lacking
        }
        _all_of(copies, self._warehouse)
        self._warehouse.connection.execute("checkpoint release")
        self._close()
        # Macros and views name the release's own tables, so they are made from inside it.
        with duckdb.connect(str(self.database)) as own:
            _execute_all(own, words.statements())
            for view in VIEWS:
                columns = [each[0] for each in own.execute(f"select * from {view} limit 0").description or []]
                _execute_all(own, words.column_comments(view, columns, released_tables()))

    def _close(self) -> None:
        """Lets go of the database, where it is attached."""
        attached = self._warehouse.connection.execute(
            "select 1 from duckdb_databases() where database_name = 'release'"
        ).fetchall()
        if attached:
            self._warehouse.connection.execute("detach release")

    def _task(self, name: str, connection: Connection) -> Built:
        """Writes a table, if it stands as it would be made now; else it is not released either."""
        started = time.perf_counter()
        table = next(each for each in released_tables() if each.name == name)
        if self._warehouse.is_current(f"mart.{name}", connection):
            self._write(table, self._rows(table), connection)
        return Built(f"{_WRITTEN}{name}", 0, time.perf_counter() - started, skipped=False)

    def _attack(self, connection: Connection) -> Built:
        """Attacks the figures that are written; what it finds is heard when the release is published."""
        started = time.perf_counter()
        if "indicator_value" in self._written:
            try:
                self._passed = gate(connection, figures_in(connection, "release.indicator_value"))
            except JamlikError as fault:
                self._fault = fault
        return Built(GATE, 0, time.perf_counter() - started, skipped=False)

    def _page(self, connection: Connection) -> Built:
        """Writes the part of the page that rests on these tables alone, if they are written."""
        started = time.perf_counter()
        if self._written >= set(FIGURES_OF):
            write_frame(self.site)
            self.figures = write_figures(connection, self.site)
        return Built(_PAGE, 0, time.perf_counter() - started, skipped=False)

    def _write(self, table: Table, rows: str, connection: Connection) -> None:
        connection.execute(f"create or replace table release.{table.name} as {rows}")
        _describe(connection, table)
        target = literal(str(self.parquet / f"{table.name}.parquet"))
        connection.execute(f"copy release.{table.name} to {target} (format parquet, compression zstd)")
        self._written.add(table.name)

    def _rows(self, table: Table, release_id: str = "", uuid: str = "", home_area: str = "") -> str:
        """A table's rows, sorted by the first two columns of the key: enough for a reader to skip what it does not ask
        for, and all of them cost twice as much.
        """
        if f"mart.{table.name}" == RELEASE:
            return _release_row(release_id, uuid, home_area)
        return f"select * from mart.{table.name} order by {', '.join(table.key[:2])}"


def _all_of(tasks: Mapping[str, Task[None]], warehouse: Warehouse) -> None:
    """Does all of them, as many at a time as tables are made; raises the first fault."""
    connections = [warehouse.connection.cursor() for _ in range(settings.workers())]
    ahead = Ahead(tasks, connections)
    try:
        with ahead.working():
            for name in tasks:
                ahead.result(name)
    finally:
        for each in connections:
            each.close()


def _release_row(release_id: str, uuid: str, home_area: str) -> str:
    published_at = datetime.strptime(release_id, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
    return f"""
        select
            {literal(release_id)} as release_id,
            {literal(uuid)} as uuid,
            {literal(published_at)} as published_at,
            {literal(version("jamlik"))} as software_version,
            {literal(home_area)} as home_area,
            coalesce(bool_or(provenance = 'synthetic'), false) as contains_synthetic,
            cast(count(distinct case when value is not null then indicator_id end) as integer) as indicators,
            count(value) as figures
        from mart.indicator_value
    """


def _describe(connection: Connection, table: Table) -> None:
    own = f"comment on table release.{table.name} is {literal(table.comment)}"
    columns = (f"comment on column release.{table.name}.{c.name} is {literal(c.comment)}" for c in table.fields)
    _execute_all(connection, [own, *columns])


def _execute_all(connection: Connection, statements: Iterable[str]) -> None:
    """All of them in one transaction: one by one each is written to disk, and there are hundreds."""
    connection.execute(";\n".join(["begin", *statements, "commit"]))
