"""Two hundred releases, a hundred kills, and four readers who never stop reading.

A small house publishes again and again, each time with another place shown first, so that every release differs in
all its files. At random moments its process is killed with SIGKILL, while others read what `latest` points at: the
database, every parquet file, the description. A reading is mixed when two of these come from different releases, and
an error when anything cannot be read. Both must stay at nought.
"""

import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow.parquet

from tests.bench.clocks import Failed, clock
from tests.bench.report import Report
from tests.bench.size import REPOSITORY, Size
from tests.fixtures.small_house import Latest, SmallHouse, build

PUBLISHES, KILLS, READERS = 200, 100, 4
PAUSE = 0.1  # seconds between readings: two cores are shared with the publishing, which is what is tried here
READING = "reading\n"  # what a reader says once it has begun
PLACES = ("Motala", "Linköping", "Norrköping", "Mjölby", "Ydre")


@dataclass(frozen=True)
class Wanted:
    """How many runs must end well, how many must be killed, and how many read meanwhile."""

    publishes: int
    kills: int
    readers: int


def bench(report: Report, size: Size) -> None:
    """Runs until both numbers are reached; `Failed` where a reader met what no reader may meet."""
    wanted = size.pick(Wanted(PUBLISHES, KILLS, READERS), Wanted(1, 1, 1))
    seed = int.from_bytes(os.urandom(4))
    print(f"seed {seed}; {wanted}", flush=True)
    with size.folder() as folder, clock() as spent:
        house = SmallHouse(_house(size, folder / "house"), size.python, folder / "call")
        if not Latest.of(house.published).manifest:
            first = house.jamlik("run")
            assert first.code == 0, first.err
        watching = [_reader(house.published, size.pick(PAUSE, 2.0)) for _ in range(wanted.readers)]
        try:
            for reader in watching:
                assert reader.stdout
                assert reader.stdout.readline() == READING, "a reader could not begin"
            published, killed = _publish(house, wanted, random.Random(seed))
        finally:
            (house.published / "stop").touch()
            said = [json.loads(reader.communicate(timeout=120)[0]) for reader in watching]
        left = _orphans(house.published)
        last = house.jamlik("run", JAMLIK_HOME_AREA="Vadstena")
        unswept = _orphans(house.published)
    readings, mixed = (sum(each[name] for each in said) for name in ("readings", "mixed"))
    errors = [error for each in said for error in each["errors"]]
    seen = len({release for each in said for release in each["releases"]})
    report.figure("runs that published", published, "runs", f"≥ {wanted.publishes}")
    report.figure("runs that were killed", killed, "runs", f"≥ {wanted.kills}")
    report.figure("readings", readings, "readings", "> 0", f"of {seen} releases")
    report.figure("mixed readings", mixed, "readings", "0")
    report.figure("readings that failed", len(errors), "readings", "0", "; ".join(errors[:5]))
    report.figure("half-built releases after the last kill", left, "folders")
    report.figure("half-built releases after the next run", unswept, "folders", "0", f"it ended with {last.code}")
    report.figure("kills: time", spent.wall / 60, "min", "≤ 60 min in all")
    if not readings or seen < 2 or mixed or errors or last.code or unswept:
        raise Failed(f"A reader or the last run met what must not be; the seed was {seed}.")


def _house(size: Size, path: Path) -> Path:
    """A small house to spoil; of the tiny size, a copy of one that has run."""
    if not size.tiny:
        return build(path)
    size.finished()
    return Path(shutil.copytree(size.code, path, symlinks=True))


def _orphans(published: Path) -> int:
    return sum(path.name.startswith(".") for path in published.iterdir())


def _publish(house: SmallHouse, wanted: Wanted, chance: random.Random) -> tuple[int, int]:
    """Publishes until both numbers are reached. A killed run counts as a kill, a finished one as a publish."""
    published = killed = attempt = 0
    usual = 2.0  # seconds a publishing takes, kept up to date, so that kills fall on every moment of it
    while published < wanted.publishes or killed < wanted.kills:
        attempt += 1
        place = PLACES[attempt % len(PLACES)]
        call = house.python.start(house.path, "run", streams=house.streams, JAMLIK_HOME_AREA=place)
        doomed = killed < wanted.kills and (published >= wanted.publishes or chance.random() < 0.5)
        if doomed:
            time.sleep(chance.uniform(0.0, usual))
            call.kill()
        done = call.wait()
        if done.code == -signal.SIGKILL:
            killed += 1
        elif done.code == 0:
            published += 1
            usual = 0.8 * usual + 0.2 * done.seconds
        else:
            raise AssertionError(f"attempt {attempt} ended with {done.code}: {done.err}")
        assert Latest.of(house.published).manifest, "latest has no manifest"
        if attempt % 50 == 0:
            print(f"  {attempt} runs: {published} publishes, {killed} kills", flush=True)
    return published, killed


def _reader(published: Path, pause: float) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.soak.kills", str(published), str(pause)],
        cwd=REPOSITORY,
        stdout=subprocess.PIPE,
        text=True,
    )


def read(published: Path, pause: float) -> None:
    """Reads `latest` until told to stop, and once more, as a dashboard does: the link, then everything behind it."""
    readings, mixed, errors, releases = 0, 0, [], set()
    last = False
    while not last:
        last = (published / "stop").exists()  # what was published last is read, too
        try:
            found = _whole(published)
            releases |= found
            mixed += len(found) != 1
            readings += 1
        except Exception as fault:
            errors.append(f"{type(fault).__name__}: {fault}")
        if readings + len(errors) == 1:
            print(READING, end="", flush=True)
        time.sleep(pause)
    print(json.dumps({"readings": readings, "mixed": mixed, "errors": errors, "releases": sorted(releases)}))


def _whole(published: Path) -> set[str]:
    """The releases that one reading met; every file is read, and held against the hash of its description."""
    folder = (published / "latest").resolve(strict=True)
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    package = json.loads((folder / "datapackage.json").read_text(encoding="utf-8"))
    found = {folder.name, manifest["release_id"], package["version"]}
    for resource in package["resources"]:
        content = (folder / resource["path"]).read_bytes()
        if hashlib.sha256(content).hexdigest() != resource["hash"].removeprefix("sha256:"):
            raise ValueError(f"{resource['path']} of {folder.name} is not the file that is described")
    found |= set(pyarrow.parquet.read_table(folder / "parquet" / "release.parquet")["release_id"].to_pylist())
    # By its name and not by its folder: the switch may come at any moment while it is being opened.
    with duckdb.connect(str(published / "latest" / "jamlik.duckdb"), read_only=True) as connection:
        (named,) = connection.execute("select release_id from release").fetchall()[0]
        time.sleep(0.02)
        again = connection.execute("select release_id, (select count(*) from inequality) from release").fetchall()[0]
        if again[0] != named or again[1] < 1:
            raise ValueError(f"an open database changed from {named} to {again[0]}")
    with duckdb.connect(str(folder / "jamlik.duckdb"), read_only=True) as connection:
        found.add(connection.execute("select release_id from release").fetchall()[0][0])
        for name, expected in manifest["tables"].items():
            rows = connection.execute(f"select count(*) from {name}").fetchall()[0][0]
            if rows != expected["rows"]:
                raise ValueError(f"{name} of {folder.name} has {rows} rows instead of {expected['rows']}")
    return found


if __name__ == "__main__":
    read(Path(sys.argv[1]), float(sys.argv[2]))
