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
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow.parquet

from pipelines import settings
from pipelines.catalogue.areas import area_code_of
from pipelines.disclosure.audit import figures_of, gate
from pipelines.disclosure.ledger import MANIFEST_KEY
from pipelines.errors import JamlikError, Refused, Unavailable
from pipelines.files import fsync_tree, make_folder, rename, write_json, write_text
from pipelines.published.metadata import datapackage
from pipelines.published.reader import latest_release, manifest_of
from pipelines.release.building import BUILDING, RELEASE, STORAGE_VERSION, Building, released_tables
from pipelines.site.writer import check_site, site_fingerprint, write_site
from pipelines.warehouse.ahead import working_beside
from pipelines.warehouse.contracts import audit
from pipelines.warehouse.tables import code_fingerprint
from pipelines.warehouse.warehouse import Warehouse, disk_full, is_disk_full
from schemas.registry import CONTRACTS

# Columns that hold the day on which figures were fetched, or a time that is counted to it.
FETCHED_ON = {
    "area_coverage": ("timeliness_years",),
    "coverage": ("timeliness_years",),
    "source_table": ("retrieved", "oldest_retrieved"),
}
_LINKING, _PENDING = ".latest-", ".pending-"
_RELEASE_ID = re.compile(r"\d{4}-\d{2}-\d{2}T\d{6}Z")


@dataclass(frozen=True)
class Published:
    """`path` is the release's folder; `new` is false where the latest one already holds exactly this."""

    path: Path
    new: bool
    seconds: float


def publish(warehouse: Warehouse) -> Published:
    """Makes a release of what the warehouse holds, unless `latest` already is one of the same content.

    Of the same content is also one from which it would differ only in the days on which the same figures were fetched.
    """
    started = time.perf_counter()
    warehouse.settle()
    home_area = area_code_of(warehouse.connection, settings.home_area(), "core.area")
    fingerprint = _fingerprint(warehouse, home_area)
    latest = latest_release()
    if latest is None or fingerprint != warehouse.stands_for(latest.name):
        path = _published(warehouse, fingerprint, home_area)
        return Published(path, path != latest, time.perf_counter() - started)
    return Published(latest, False, time.perf_counter() - started)


def _published(warehouse: Warehouse, fingerprint: str, home_area: str) -> Path:
    """Builds a release, unless the latest one turns out to have the same content; returns which holds it now."""
    folder, release_id, uuid = Building(warehouse).folder, "", str(uuid4())
    try:
        sweep()
        release_id = _new_release_id()
        with Building.begun_or_held(warehouse) as building:
            building.finish(release_id, uuid, home_area)
            content = _content(building, home_area)
            latest = latest_release()
            if latest is not None and manifest_of(latest).get("content") == content["content"]:
                warehouse.now_stands_for(latest.name, fingerprint)
                return latest
            with working_beside(partial(_write_page, building)) as page:
                passed = building.passed() or gate(warehouse.connection, figures_of(folder))
                page.result()
            _write_descriptions(building, release_id, uuid, content, sorted(passed.entries))
            _audit(folder)
            fsync_tree(folder)
            passed.enter(release_id, uuid)
            warehouse.now_stands_for(release_id, fingerprint)
            return _put_in_place(warehouse, folder, release_id)
    except JamlikError:
        _withdraw(folder, release_id)
        raise
    except (OSError, duckdb.Error, pyarrow.ArrowException) as fault:
        _withdraw(folder, release_id)
        raise _told(fault) from fault


def check_home_area(warehouse: Warehouse) -> None:
    """Refuses an unknown JAMLIK_HOME_AREA before the work and not after it, as soon as there are places to know."""
    if warehouse.fingerprint_of("core.area") is not None:
        area_code_of(warehouse.connection, settings.home_area(), "core.area")


def sweep() -> None:
    """Clears what killed runs left half-built. Only the holder of the writer's lock may call it."""
    mine = Building.held()
    for orphan in settings.published().glob(f"{BUILDING}*"):
        if mine is None or orphan != mine.folder:
            shutil.rmtree(orphan, ignore_errors=True)
    for link in settings.published().glob(f"{_LINKING}*"):
        link.unlink(missing_ok=True)
    for mark in settings.published().glob(f"*{_PENDING}*"):
        _settle(mark)


def _withdraw(building: Path, release_id: str) -> None:
    """Takes away what was being published: the folder it was built in, or the release that is not the latest."""
    put_in_place = release_id and not building.exists()
    shutil.rmtree(building, ignore_errors=True)
    building.with_name(building.name.replace(BUILDING, _LINKING)).unlink(missing_ok=True)
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


def _write_page(building: Building) -> None:
    """The page, or what is lacking of it; anew where what was written beside has come to nothing."""
    if building.figures is None:
        shutil.rmtree(building.site, ignore_errors=True)
    write_site(building.database, building.site, building.figures)


def _content(building: Building, home_area: str) -> dict[str, Any]:
    """What the release holds: each table's rows and hash, and one hash of all that a reader can see but for the days
    on which its figures were fetched.
    """
    tables = [table.name for table in released_tables() if table.name != "release"]
    with duckdb.connect(str(building.database), read_only=True) as connection:
        found = {name: _content_hash(connection, name) for name in tables}
        undated = {**found, **{name: _content_hash(connection, name, days) for name, days in FETCHED_ON.items()}}
    seen = [code_fingerprint(), site_fingerprint(), home_area, STORAGE_VERSION, sorted(undated.items())]
    return {"content": hashlib.sha256(repr(seen).encode()).hexdigest(), "tables": found}


def _content_hash(connection: duckdb.DuckDBPyConnection, name: str, without: Sequence[str] = ()) -> dict[str, Any]:
    """Rows and a hash that does not depend on their order: the sum of the rows' own hashes."""
    columns = f"select * exclude ({', '.join(without)})" if without else "select *"
    query = f"select count(*), sum(hash(t)::hugeint) from ({columns} from {name}) as t"
    rows, digest = connection.execute(query).fetchall()[0]
    return {"rows": rows, "content_hash": f"{int(digest or 0):x}"}


def _write_descriptions(
    building: Building, release_id: str, uuid: str, content: dict[str, Any], books: Sequence[str]
) -> None:
    """`content`: what the release holds; `books`: those of the ledger's that it shows anything of.

    Nothing here may depend on a secret table, not even as a hash. What the release was made from stays in the
    warehouse, what it shows of a book in the ledger, which knows it by its random identifier.
    """
    folder = building.folder
    with duckdb.connect(str(building.database), read_only=True) as connection:
        package = datapackage(connection, released_tables(), release_id, building.parquet)
        sources = connection.execute(
            "select table_id, landing, retrieved, sha256, rows from source_table order by table_id"
        ).fetchall()
    write_json(folder / "datapackage.json", package)
    manifest = {
        "release_id": release_id,
        "uuid": uuid,
        "software_version": version("jamlik"),
        "storage_version": STORAGE_VERSION,
        **content,
        **({MANIFEST_KEY: dict.fromkeys(books, uuid)} if books else {}),
        "sources": [
            dict(zip(("table_id", "landing", "retrieved", "sha256", "rows"), row, strict=True)) for row in sources
        ],
    }
    write_json(folder / "manifest.json", manifest)


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
