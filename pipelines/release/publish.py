"""Publishing: a release is built beside, audited, and put in place by one rename; it is never changed afterwards.

    published/releases/<UTC time>/   jamlik.duckdb  parquet/<table>.parquet  site/index.html  datapackage.json
                                     manifest.json
    published/latest                 a link to one of them

A reader who has the old one open keeps it. Whatever fails or is killed on the way, `latest` points where it did.
"""

import fcntl
import hashlib
import re
import shutil
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet

from pipelines import settings
from pipelines.catalogue.areas import area_code_of
from pipelines.disclosure.audit import gate
from pipelines.disclosure.ledger import MANIFEST_KEY
from pipelines.errors import JamlikError, Refused, Unavailable
from pipelines.files import fsync_tree, make_folder, rename, write_json, write_text
from pipelines.published.metadata import datapackage, literal
from pipelines.published.reader import latest_release, manifest_of
from pipelines.release import words
from pipelines.release.views import VIEWS
from pipelines.site.writer import check_site, site_fingerprint, write_site
from pipelines.warehouse.contracts import audit
from pipelines.warehouse.tables import code_fingerprint
from pipelines.warehouse.warehouse import Warehouse, disk_full, is_disk_full
from schemas.fields import Table
from schemas.registry import CONTRACTS

# Older DuckDB clients (from 1.0 on) open this; 2.0's own default they cannot.
STORAGE_VERSION = "v1.0.0"
RELEASE = "mart.release"
WRITERS = 2  # tables that are written at a time: a table's own rows are, whatever the threads, written by one
_BUILDING, _LINKING, _PENDING = ".building-", ".latest-", ".pending-"
_RELEASE_ID = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z")


@dataclass(frozen=True)
class Published:
    """`path` is the release's folder; `new` is false where the latest one already holds exactly this."""

    path: Path
    new: bool
    seconds: float


def released_tables() -> list[Table]:
    """Contracts of what is released, under the names it is released by (`mart.area` → `area`)."""
    return [
        replace(table, name=name.removeprefix("mart.")) for name, table in CONTRACTS.items() if name.startswith("mart.")
    ]


def publish(warehouse: Warehouse) -> Published:
    """Makes a release of what the warehouse holds, unless `latest` already is one of the same content."""
    started = time.perf_counter()
    warehouse.settle()
    home_area = area_code_of(warehouse.connection, settings.home_area(), "core.area")
    fingerprint = _fingerprint(warehouse, home_area)
    latest = latest_release()
    if latest is not None and manifest_of(latest).get("fingerprint") == fingerprint:
        return Published(latest, False, time.perf_counter() - started)
    building = settings.published() / f"{_BUILDING}{warehouse.lock.token}"
    release_id = ""
    try:
        sweep()
        building.mkdir(parents=True)
        release_id = _new_release_id()
        _write_database(warehouse, building, release_id, home_area)
        _write_parquet(building)
        with ThreadPoolExecutor(1) as beside:  # both need nothing but what lies there now
            page = beside.submit(write_site, building / "jamlik.duckdb", building / "site")
            passed = gate(warehouse.connection, building)
            page.result()
        _write_descriptions(building, release_id, fingerprint, passed.content)
        _audit(building)
        fsync_tree(building)
        passed.enter(release_id)
        path = _put_in_place(warehouse, building, release_id)
    except JamlikError:
        _withdraw(building, release_id)
        raise
    except (OSError, duckdb.Error, pyarrow.ArrowException) as fault:
        _withdraw(building, release_id)
        raise _told(fault) from fault
    return Published(path, True, time.perf_counter() - started)


def check_home_area(warehouse: Warehouse) -> None:
    """Refuses an unknown JAMLIK_HOME_AREA before the work and not after it, as soon as there are places to know."""
    if warehouse.fingerprint_of("core.area") is not None:
        area_code_of(warehouse.connection, settings.home_area(), "core.area")


def sweep() -> None:
    """Clears what killed runs left half-built. Only the holder of the writer's lock may call it."""
    for orphan in settings.published().glob(f"{_BUILDING}*"):
        shutil.rmtree(orphan, ignore_errors=True)
    for link in settings.published().glob(f"{_LINKING}*"):
        link.unlink(missing_ok=True)
    for mark in settings.published().glob(f"*{_PENDING}*"):
        _settle(mark)


def _withdraw(building: Path, release_id: str) -> None:
    """Takes away what was being published: the folder it was built in, or the release that is not the latest."""
    put_in_place = release_id and not building.exists()
    shutil.rmtree(building, ignore_errors=True)
    building.with_name(building.name.replace(_BUILDING, _LINKING)).unlink(missing_ok=True)
    if put_in_place:
        _settle(_mark(release_id))
    elif release_id:
        _mark(release_id).unlink(missing_ok=True)


def _mark(release_id: str) -> Path:
    """Stands from before the rename that makes a release exist until after the one that makes it the latest."""
    return settings.published() / f"{_PENDING}{release_id}"


def _settle(mark: Path) -> None:
    """Clears a mark, and its release if that never became the latest: nobody was ever pointed to it.

    One that `latest` names by now, whoever saw to that, is kept; one that somebody has open stays until the next run.
    """
    release_id = mark.name.removeprefix(_PENDING)
    if _RELEASE_ID.fullmatch(release_id):
        path = settings.published() / "releases" / release_id
        if path.exists() and path.resolve() != (settings.published() / "latest").resolve():
            if _is_open(path / "jamlik.duckdb"):
                return
            shutil.rmtree(path, ignore_errors=True)
            if path.exists():
                return  # the disk does not let it go now; the mark stays, and the next run tries again
    mark.unlink(missing_ok=True)


def _is_open(database: Path) -> bool:
    """Whether another process has the database open: DuckDB then holds a lock on the file, also to read."""
    try:
        with database.open("r+b") as file:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except FileNotFoundError:
        return False
    except OSError:
        return True
    return False


def _told(fault: Exception) -> Unavailable:
    if is_disk_full(fault):
        return disk_full()
    where = settings.relative(settings.published())
    reason = str(fault).split("\n")[0].rstrip(".")
    return Unavailable(
        f"The release could not be written under {where} ({reason}); mend that and run again, "
        f"the latest release is untouched."
    )


def _fingerprint(warehouse: Warehouse, home_area: str) -> str:
    digest = hashlib.sha256(f"{code_fingerprint()}{site_fingerprint()}{home_area}{STORAGE_VERSION}".encode())
    for table in released_tables():
        if (name := f"mart.{table.name}") == RELEASE:
            continue
        if not warehouse.is_current(name):
            raise Refused(
                f"A release needs {name}, which has not been made from what stands now; "
                f"run `jamlik run` without --only."
            )
        digest.update(f"{name}{warehouse.expected[name]}".encode())
    return digest.hexdigest()


def _new_release_id() -> str:
    """The UTC time, to the second; waits where a release of this very second exists."""
    while True:
        release_id = datetime.now(UTC).strftime("%Y-%m-%dT%H%M%SZ")
        if not (settings.published() / "releases" / release_id).exists():
            return release_id
        time.sleep(0.2)


def _write_database(warehouse: Warehouse, building: Path, release_id: str, home_area: str) -> None:
    connection = warehouse.connection
    path = building / "jamlik.duckdb"
    connection.execute(f"attach {literal(str(path))} as release (storage_version '{STORAGE_VERSION}')")
    try:
        with ThreadPoolExecutor(WRITERS) as pool:
            for _ in pool.map(lambda table: _write_table(connection, table, release_id, home_area), released_tables()):
                pass
        connection.execute("checkpoint release")
    finally:
        connection.execute("detach release")
    # Macros and views name the release's own tables, so they are made from inside it.
    with duckdb.connect(str(path)) as own:
        _execute_all(own, words.statements())
        for view in VIEWS:
            columns = [each[0] for each in own.execute(f"select * from {view} limit 0").description or []]
            _execute_all(own, words.column_comments(view, columns, released_tables()))


def _write_table(connection: duckdb.DuckDBPyConnection, table: Table, release_id: str, home_area: str) -> None:
    """Copies one table into the attached release, on a connection of its own so that others can beside it.

    Sorted by the first two columns of the key: enough for a reader to skip what it does not ask for, and all of them
    cost twice as much.
    """
    rows = f"select * from mart.{table.name} order by {', '.join(table.key[:2])}"
    if f"mart.{table.name}" == RELEASE:
        rows = _release_row(release_id, home_area)
    with connection.cursor() as own:
        own.execute(f"create table release.{table.name} as {rows}")
        _describe(own, table)


def _release_row(release_id: str, home_area: str) -> str:
    published_at = datetime.strptime(release_id, "%Y-%m-%dT%H%M%SZ").replace(tzinfo=UTC).isoformat()
    return f"""
        select
            {literal(release_id)} as release_id,
            {literal(published_at)} as published_at,
            {literal(version("jamlik"))} as software_version,
            {literal(home_area)} as home_area,
            coalesce(bool_or(provenance = 'synthetic'), false) as contains_synthetic,
            cast(count(distinct case when value is not null then indicator_id end) as integer) as indicators,
            count(value) as figures
        from mart.indicator_value
    """


def _describe(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    own = f"comment on table release.{table.name} is {literal(table.comment)}"
    columns = (f"comment on column release.{table.name}.{c.name} is {literal(c.comment)}" for c in table.fields)
    _execute_all(connection, [own, *columns])


def _execute_all(connection: duckdb.DuckDBPyConnection, statements: Iterable[str]) -> None:
    """All of them in one transaction: one by one each is written to disk, and there are hundreds."""
    connection.execute(";\n".join(["begin", *statements, "commit"]))


def _write_parquet(building: Path) -> None:
    folder = building / "parquet"
    folder.mkdir()
    with duckdb.connect(str(building / "jamlik.duckdb"), read_only=True) as connection:
        for table in released_tables():
            target = literal(str(folder / f"{table.name}.parquet"))
            connection.execute(f"copy {table.name} to {target} (format parquet, compression zstd)")


def _write_descriptions(building: Path, release_id: str, fingerprint: str, secret: dict[str, str]) -> None:
    """`secret`: for each of the ledger's books what the release shows of it, as a hash."""
    tables = released_tables()
    with duckdb.connect(str(building / "jamlik.duckdb"), read_only=True) as connection:
        write_json(building / "datapackage.json", datapackage(connection, tables, release_id, building / "parquet"))
        content = {table.name: _content_hash(connection, table.name) for table in tables if table.name != "release"}
        sources = connection.execute(
            "select table_id, landing, retrieved, sha256, rows from source_table order by table_id"
        ).fetchall()
    manifest = {
        "release_id": release_id,
        "software_version": version("jamlik"),
        "fingerprint": fingerprint,
        "storage_version": STORAGE_VERSION,
        "tables": content,
        **({MANIFEST_KEY: secret} if secret else {}),
        "sources": [
            dict(zip(("table_id", "landing", "retrieved", "sha256", "rows"), row, strict=True)) for row in sources
        ],
    }
    write_json(building / "manifest.json", manifest)


def _content_hash(connection: duckdb.DuckDBPyConnection, name: str) -> dict[str, Any]:
    """Rows and a hash that does not depend on their order: the sum of the rows' own hashes."""
    rows, digest = connection.execute(f"select count(*), sum(hash(t)::hugeint) from {name} as t").fetchall()[0]
    return {"rows": rows, "content_hash": f"{int(digest or 0):x}"}


def _audit(building: Path) -> None:
    """Opens what was written, as a reader would, and holds small tables against their contracts once more."""
    leftovers = [path.name for path in building.iterdir() if path.suffix == ".wal"]
    if leftovers:
        raise Refused(f"The release was written with a write-ahead log ({leftovers[0]}) beside it; run again.")
    with duckdb.connect(str(building / "jamlik.duckdb"), read_only=True) as connection:
        for table in released_tables():
            rows = connection.execute(f"select count(*) from {table.name}").fetchall()[0][0]
            in_parquet = pyarrow.parquet.read_metadata(building / "parquet" / f"{table.name}.parquet").num_rows
            if rows != in_parquet:
                raise Refused(
                    f"The release's {table.name} has {rows} rows in DuckDB but {in_parquet} in parquet; run again."
                )
        silent = connection.execute(
            "select min(indicator_id) from indicator where indicator_id not in (select indicator_id from coverage)"
        ).fetchall()[0][0]
        if silent is not None:
            raise Refused(
                f"The indicator {silent} has no row at all, not even one that says why; correct its series or its "
                f"model in data/catalogue/indicators.yaml, or fetch its source."
            )
        check_site(building / "site", connection)
        release = replace(CONTRACTS[RELEASE], name="release")
        verdict = audit(connection, release)
        if not verdict.passed:
            raise Refused(f"The release's own description does not hold ({verdict.sentence}); nothing was published.")


def _put_in_place(warehouse: Warehouse, building: Path, release_id: str) -> Path:
    """The rename that makes the release exist, then the one that makes it the latest."""
    releases = settings.published() / "releases"
    make_folder(releases)
    path = releases / release_id
    write_text(_mark(release_id), "")
    rename(building, path)
    if not warehouse.lock.still_ours():
        raise Refused(
            f"Another run has taken over since this one began; its release stands, "
            f"and {release_id} is taken away again."
        )
    link = settings.published() / f"{_LINKING}{warehouse.lock.token}"
    link.unlink(missing_ok=True)
    link.symlink_to(Path("releases") / release_id, target_is_directory=True)
    rename(link, settings.published() / "latest")
    _mark(release_id).unlink(missing_ok=True)
    return path
