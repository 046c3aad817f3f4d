"""What must hold when the machine fails: folders, a full disk, two runs at once, a kill at any moment, an orphan.

Every test looks at `published/latest` before and after. `make soak` kills longer (tests/soak/kills.py).
"""

import os
import random
import shutil
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import Refused, Unavailable
from pipelines.orchestration.in_process import _told
from pipelines.published.reader import manifest_of
from pipelines.release.publish import publish
from pipelines.warehouse.lock import TOKEN, WriterLock
from pipelines.warehouse.warehouse import Warehouse
from tests.fixtures.kills import states_of, wait_for
from tests.fixtures.small_house import Change, Latest, SmallHouse, the_sentence, written

pytest_plugins = ["tests.fixtures.small_fixtures"]

ELSEWHERE = {"JAMLIK_HOME_AREA": "Motala"}  # another place shown first is another release, and nothing else to make


def _instead(path: str, folder: bool = False) -> Change:
    """A change that puts a file, or a folder, where something of the other kind belongs."""

    def change(house: SmallHouse) -> None:
        place = house.data / path
        if place.is_dir() and not place.is_symlink():
            shutil.rmtree(place)
        else:
            place.unlink(missing_ok=True)
        if folder:
            place.mkdir()
        else:
            place.write_text("in the way")

    return change


# What is in the way, and what the sentence names.
IN_THE_WAY: dict[str, tuple[Change, tuple[str, ...]]] = {
    "a file for the warehouse's folder": (_instead("warehouse"), ("data", "JAMLIK_DATA")),
    "a folder for the lock": (_instead("warehouse/writer.lock", folder=True), ("writer.lock", "mend its permissions")),
    "a folder for the token": (
        _instead("warehouse/writer.token", folder=True),
        ("writer.token", "mend the permission"),
    ),
    "something else for the warehouse": (
        _instead("warehouse/jamlik.duckdb"),
        ("warehouse/jamlik.duckdb", "delete the file"),
    ),
    "a file for the releases": (
        lambda house: [_instead("published/releases")(house), (house.published / "latest").unlink()],
        ("data/published", "run again"),
    ),
    "a folder for latest": (_instead("published/latest", folder=True), ("data/published", "mend that and run again")),
}


@pytest.mark.parametrize("case", IN_THE_WAY)
def test_what_is_in_the_way_is_told(case: str, small: SmallHouse) -> None:
    change, naming = IN_THE_WAY[case]
    change(small)
    before = Latest.of(small.published)
    small.refused(small.jamlik("run", **ELSEWHERE), *naming, before=before)


@pytest.mark.parametrize("below", ["pyproject.toml", "pyproject.toml/data", "missing/link"])
def test_a_data_folder_that_cannot_be_made_is_told(below: str, unmade: SmallHouse) -> None:
    (unmade.path / "missing").symlink_to("/proc/nothing")
    done = unmade.jamlik("run", JAMLIK_DATA=str(unmade.path / below))
    the_sentence(done, "The data folder", "cannot be written", "JAMLIK_DATA")


def test_a_run_history_that_is_no_history_is_told(small: SmallHouse) -> None:
    for path in (small.data / "dagster" / "history").rglob("*.db"):
        path.write_bytes(b"in the way" * 50)
    before = Latest.of(small.published)
    done = small.jamlik("run", "--only", "source.areas")
    small.refused(done, "data/dagster", "delete that folder", before=before)
    shutil.rmtree(small.data / "dagster")
    assert small.jamlik("run", "--only", "source.areas").code == 0


def test_a_run_history_that_another_program_has_open_is_not_to_be_deleted(tmp_path: Path) -> None:
    with (
        closing(sqlite3.connect(tmp_path / "runs.db")) as other,
        closing(sqlite3.connect(tmp_path / "runs.db", timeout=0)) as ours,
    ):
        other.execute("create table runs (id)")
        other.execute("begin exclusive")
        with pytest.raises(sqlite3.OperationalError) as caught:
            ours.execute("select * from runs")
    said = str(_told(caught.value))
    assert "database is locked" in said
    assert "end the program that has it open and run again" in said
    assert "delete" not in said


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Path]:
    """An empty folder that a test may mount on, where it is allowed to."""
    folder = tmp_path / "mounted"
    folder.mkdir()
    yield folder
    while os.path.ismount(folder):
        subprocess.run(["umount", str(folder)], check=True)


def _mount(folder: Path, kilobytes: int) -> None:
    command = ["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "tmpfs", str(folder)]
    if shutil.which("mount") is None or subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("only root may mount a small disk; the tests with a limit on file size say the same")


# The warehouse's file itself; Dagster's history; the first tables.
@pytest.mark.parametrize("kilobytes", [8, 400, 2500])
def test_a_full_disk_is_told_wherever_a_first_run_meets_it(kilobytes: int, unmade: SmallHouse, mounted: Path) -> None:
    _mount(mounted, kilobytes)
    done = unmade.jamlik("run", JAMLIK_DATA=str(mounted))
    assert "Traceback" not in done.err
    assert done.code == 1
    said = [line for line in done.err.splitlines() if line.startswith("jamlik: ")]
    assert len(said) == 1, done.err
    assert f"The disk under {mounted} is full" in said[0]
    assert "free space" in said[0]
    assert not (mounted / "published" / "latest").exists()


@pytest.mark.parametrize("spare", [300, 3000])
def test_a_disk_that_fills_while_a_release_is_written_leaves_the_latest(
    spare: int, small: SmallHouse, mounted: Path
) -> None:
    """`spare` kB are left beside the warehouse and the latest release; a release takes some five thousand."""
    _mount(mounted, 200_000)
    for name in ("warehouse", "published", "dagster"):
        shutil.copytree(small.data / name, mounted / name, symlinks=True)
    used = sum(-(-path.lstat().st_size // 4096) * 4 for path in mounted.rglob("*") if path.is_file() or path.is_dir())
    subprocess.run(["mount", "-o", f"remount,size={used + spare}k", str(mounted)], check=True)
    before = Latest.of(mounted / "published")
    assert before.target
    done = small.jamlik("run", JAMLIK_DATA=str(mounted), **ELSEWHERE)
    small.refused(
        done, f"The disk under {mounted} is full", "free space", before=before, published=mounted / "published"
    )
    subprocess.run(["mount", "-o", "remount,size=200000k", str(mounted)], check=True)
    assert small.jamlik("run", JAMLIK_DATA=str(mounted), **ELSEWHERE).code == 0
    assert Latest.of(mounted / "published") != before


def test_a_folder_that_may_only_be_read_is_told_and_still_answers(small: SmallHouse, mounted: Path) -> None:
    _mount(mounted, 200_000)
    for name in ("warehouse", "published"):
        shutil.copytree(small.data / name, mounted / name, symlinks=True)
    subprocess.run(["mount", "-o", "remount,ro", str(mounted)], check=True)
    before = Latest.of(mounted / "published")
    done = small.jamlik("run", JAMLIK_DATA=str(mounted), **ELSEWHERE)
    small.refused(done, str(mounted), "cannot be written", before=before, published=mounted / "published")
    asked = small.jamlik("sql", "select count(*) as areas from area", JAMLIK_DATA=str(mounted))
    assert (asked.code, asked.out) == (0, "areas\n17\n")


@pytest.mark.parametrize("limit", [1_000_000, 3_000])
def test_no_room_for_a_larger_file_is_told(limit: int, small: SmallHouse) -> None:
    """The same for whoever may not mount: the system refuses larger files, in the release or in the warehouse."""
    before = Latest.of(small.published)
    done = small.jamlik("run", file_limit=limit, **ELSEWHERE)
    small.refused(done, "The disk under data is full", before=before)


def test_a_first_run_without_room_is_told(unmade: SmallHouse) -> None:
    the_sentence(unmade.jamlik("run", file_limit=200_000), "The disk under data is full", "free space")
    assert not unmade.published.exists()


def test_a_second_run_at_the_same_time_is_told_who_is_first(small: SmallHouse) -> None:
    before = Latest.of(small.published)
    with WriterLock(small.data / "warehouse"):
        done = small.jamlik("run", **ELSEWHERE)
        small.refused(done, "Another run is writing to data", f"process {os.getpid()}", "wait", before=before)
        assert small.jamlik("sql", "select 1").code == 0
    assert small.jamlik("run", **ELSEWHERE).code == 0


def _readable(published: Path) -> bool:
    """Whether `latest`, if there is one, is a whole release."""
    link = published / "latest"
    if not link.is_symlink():
        return True
    folder = link.resolve()
    manifest = manifest_of(folder)
    with duckdb.connect(str(folder / "jamlik.duckdb"), read_only=True) as connection:
        (release_id,) = connection.execute("select release_id from release").fetchall()[0]
        for name, expected in manifest["tables"].items():
            in_duckdb = connection.execute(f"select count(*) from {name}").fetchall()[0][0]
            in_parquet = connection.execute(f"select count(*) from '{folder}/parquet/{name}.parquet'").fetchall()[0][0]
            assert in_duckdb == in_parquet == expected["rows"], name
    return bool(release_id == manifest["release_id"] == folder.name)


def test_ten_kills_at_random_moments_block_nothing_and_change_no_figure(
    unmade: SmallHouse, small_released: Path
) -> None:
    """Five while the tables of a first run are made, five while releases are written and put in place.

    What comes of it must hold, to the last bit, what the shared house holds, which was made in one go, in another
    zone (the farthest east), another language (ASCII) and with another hash seed.
    """
    seed = random.randrange(10**6)
    print(f"seed {seed}")  # shown when the test fails
    chance = random.Random(seed)
    killed, places = 0, ("Motala", "Linköping")
    for attempt in range(40):
        if killed == 10:
            break
        call = unmade.python.start(unmade.path, "run", streams=unmade.streams, JAMLIK_HOME_AREA=places[attempt % 2])
        if killed >= 5:
            wait_for(lambda: bool(list(unmade.published.glob(".building-*/parquet/*"))), call)
        elif killed == 4:  # once at least when Dagster knows of the run
            wait_for(lambda: "STARTED" in states_of(unmade), call)
        else:
            wait_for(lambda: bool(list(unmade.published.glob(".building-*"))), call)
        time.sleep(chance.uniform(0.0, 2.5) if killed < 5 else chance.uniform(0.0, 0.5))
        call.kill()
        done = call.wait()
        assert "Traceback" not in done.err
        assert done.code in (0, -signal.SIGKILL), done.err
        killed += done.code == -signal.SIGKILL
        assert _readable(unmade.published), f"after kill {killed}"
    assert killed == 10
    before = Latest.of(unmade.published)
    model = unmade.path / "sql" / "marts" / "unit.sql"
    model.write_text(model.read_text(encoding="utf-8") + "-- so that there is a table to make\n", encoding="utf-8")
    done = unmade.jamlik("run")  # Östergötland is shown first: a release that none of the killed runs can have made
    assert done.code == 0, done.err
    assert Latest.of(unmade.published) != before
    assert _readable(unmade.published)
    assert not [path.name for path in unmade.published.iterdir() if path.name.startswith(".")]
    assert sorted(path.name for path in (unmade.data / "warehouse").iterdir() if path.suffix == ".wal") == []
    states = states_of(unmade)
    assert set(states) <= {"SUCCESS", "CANCELED", "FAILURE"}, states
    assert states["SUCCESS"] >= 1
    assert states["CANCELED"] >= 1
    in_one_go = manifest_of(small_released / "data" / "published" / "latest")
    after_kills = manifest_of(unmade.published / "latest")
    assert after_kills["release_id"] != in_one_go["release_id"]
    assert after_kills["tables"] == in_one_go["tables"]
    assert len(after_kills["tables"]) > 10
    empty = {name for name, table in after_kills["tables"].items() if not table["rows"]}
    assert empty == {"intake_refused"}  # no form lies in the inbox, so none is refused


def test_the_hour_of_a_release_is_utc_wherever_it_is_made(small_released: Path) -> None:
    latest = small_released / "data" / "published" / "latest"
    with duckdb.connect(str(latest / "jamlik.duckdb"), read_only=True) as connection:
        (published_at,) = connection.execute("select published_at from release").fetchall()[0]
    written_at = datetime.fromtimestamp((latest / "manifest.json").stat().st_mtime, UTC)
    assert published_at.endswith("+00:00")
    assert abs(datetime.fromisoformat(published_at) - written_at) < timedelta(minutes=5)


def test_a_run_that_was_killed_is_ended_in_the_history_even_when_nothing_has_changed(small: SmallHouse) -> None:
    with closing(sqlite3.connect(small.data / "dagster" / "history" / "runs.db")) as history:
        assert history.execute("update runs set status = 'STARTED'").rowcount == 1
        history.commit()
    assert small.jamlik("run").code == 0
    with closing(sqlite3.connect(small.data / "dagster" / "history" / "runs.db")) as history:
        assert history.execute("select status from runs").fetchall() == [("CANCELED",)]


@pytest.fixture
def writer(small: SmallHouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """The small house's warehouse, opened by this process, everything in it as it would be made now."""
    monkeypatch.setenv("JAMLIK_DATA", str(small.data))
    monkeypatch.setenv("JAMLIK_HOME_AREA", "Motala")
    with duckdb.connect(str(small.data / "warehouse" / "jamlik.duckdb"), read_only=True) as connection:
        built = dict(connection.execute("select table_name, fingerprint from meta.built").fetchall())
    with Warehouse.open(built) as warehouse:
        yield warehouse


def test_an_orphan_cannot_publish_once_another_run_has_taken_over(writer: Warehouse, small: SmallHouse) -> None:
    before, token = Latest.of(small.published), small.data / "warehouse" / TOKEN
    ours = token.read_text()
    written("data/warehouse/writer.token", "0123 process 1 since 2030-01-01T00:00:00+00:00\n")(small)
    with pytest.raises(Refused, match="Another run has taken over"):
        publish(writer)
    assert Latest.of(small.published) == before
    token.unlink()
    with pytest.raises(Refused, match="Another run has taken over"):
        publish(writer)
    assert Latest.of(small.published) == before
    token.write_text(ours)
    assert publish(writer).new  # with its token it can
    assert Latest.of(small.published) != before


def test_a_kill_between_the_two_renames_leaves_nothing_in_the_way(writer: Warehouse, small: SmallHouse) -> None:
    """What such a kill leaves: a half-built folder, a link not yet renamed, a whole release that is not the latest."""
    before = Latest.of(small.published)
    (small.published / ".building-0123").mkdir()
    (small.published / ".latest-0123").symlink_to("releases/2000-01-01T000000Z")
    assert before.target
    shutil.copytree(small.published / before.target, small.published / "releases" / "2000-01-01T000000Z")
    assert publish(writer).new
    assert not [path.name for path in small.published.iterdir() if path.name.startswith(".")]
    assert _readable(small.published)


def _releases(house: SmallHouse) -> set[str]:
    return {path.name for path in (house.published / "releases").iterdir()}


def test_a_release_whose_last_rename_fails_is_taken_away_again(writer: Warehouse, small: SmallHouse) -> None:
    """A folder in the place of the link: no rename puts a link onto it."""
    before, link = _releases(small), small.published / "latest"
    target = link.readlink()
    link.unlink()
    (link / "in the way").mkdir(parents=True)
    with pytest.raises(Unavailable, match="could not be written"):
        publish(writer)
    assert _releases(small) == before
    assert [path.name for path in small.published.iterdir() if path.name.startswith(".")] == []
    shutil.rmtree(link)
    link.symlink_to(target)
    assert publish(writer).new


KILLED = """
import os, sys
from pipelines import files
from pipelines.cli import main
rename = os.replace
def dies(old, new):
    if str(new).endswith("published/latest"):
        os._exit(9)
    rename(old, new)
os.replace = dies
sys.argv = ["jamlik", "run"]
main()
"""


def _killed_before_the_last_rename(small: SmallHouse) -> str:
    """The release that such a kill leaves: whole, and not the latest."""
    before = _releases(small)
    call = small.python.start(small.path, streams=small.streams, script=KILLED, JAMLIK_HOME_AREA="Motala")
    assert call.wait().code == 9
    (left,) = _releases(small) - before
    assert Latest.of(small.published).target != f"releases/{left}"
    return left


def test_a_release_that_was_never_the_latest_is_swept_by_the_next_run(small: SmallHouse) -> None:
    latest = Latest.of(small.published)
    left = _killed_before_the_last_rename(small)
    assert small.jamlik("run").code == 0  # nothing has changed since the latest, so that it makes none itself
    assert left not in _releases(small)
    assert Latest.of(small.published) == latest
    assert [path.name for path in small.published.iterdir() if path.name.startswith(".")] == []


def test_one_that_somebody_has_open_or_has_made_the_latest_is_not_swept(small: SmallHouse) -> None:
    left = _killed_before_the_last_rename(small)
    path = small.published / "releases" / left
    with duckdb.connect(str(path / "jamlik.duckdb"), read_only=True) as reader:
        assert small.jamlik("run").code == 0
        assert path.is_dir()
        assert reader.execute("select count(*) > 0 from indicator_value").fetchall() == [(True,)]
    (small.published / "latest").unlink()
    (small.published / "latest").symlink_to(Path("releases") / left)
    assert small.jamlik("run", JAMLIK_HOME_AREA="Motala").code == 0
    assert path.is_dir()
    assert not list(small.published.glob(".pending-*"))
