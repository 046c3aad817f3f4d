"""The long test behind `make soak`: two hundred releases, a hundred kills, and four readers who never stop reading.

A small house publishes again and again, each time with another place shown first, so that every release differs in
all its files. At random moments its process is killed with SIGKILL, while others read what `latest` points at: the
database, every parquet file, the description. A reading is mixed when two of these come from different releases, and
an error when anything cannot be read. Both must stay at nought.

    python -m tests.soak [PUBLISHES [KILLS [READERS]]]
"""

import hashlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import pyarrow.parquet

from tests.fixtures.small_house import Latest, SmallHouse, build
from tests.fixtures.warm_process import WarmPython

PUBLISHES, KILLS, READERS = 200, 100, 4
PLACES = ("Motala", "Linköping", "Norrköping", "Mjölby", "Ydre")


def main(publishes: int = PUBLISHES, kills: int = KILLS, readers: int = READERS) -> int:
    """Runs the soak, prints its figures, and returns the exit code."""
    seed = int.from_bytes(os.urandom(4))
    chance = random.Random(seed)
    print(f"seed {seed}; {publishes} publishes, at least {kills} kills, {readers} readers")
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="jamlik-soak-") as folder:
        python = WarmPython()
        house = SmallHouse(build(Path(folder) / "house"), python, Path(folder) / "call")
        first = house.jamlik("run")
        assert first.code == 0, first.err
        watching = [_reader(house.published) for _ in range(readers)]
        try:
            published, killed = _publish(house, publishes, kills, chance)
        finally:
            (house.published / "stop").touch()
            said = [json.loads(reader.communicate(timeout=120)[0]) for reader in watching]
        left = [path.name for path in house.published.iterdir() if path.name.startswith(".")]
        last = house.jamlik("run", JAMLIK_HOME_AREA="Vadstena")
        swept = not [path.name for path in house.published.iterdir() if path.name.startswith(".")]
        python.close()
    readings, mixed = (sum(each[name] for each in said) for name in ("readings", "mixed"))
    errors = [error for each in said for error in each["errors"]]
    seen = len({release for each in said for release in each["releases"]})
    print(
        f"{published} publishes, {killed} kills; {readings} readings of {seen} releases: {mixed} mixed, "
        f"{len(errors)} errors; {len(left)} orphans after the last kill, next run exit {last.code}, "
        f"swept {'clean' if swept else 'NOT CLEAN'}; {time.monotonic() - started:.0f} s"
    )
    for error in errors[:5]:
        print(f"  {error}")
    enough = published >= publishes and killed >= kills and readings > 0 and seen > 1
    return 0 if enough and not mixed and not errors and last.code == 0 and swept else 1


def _publish(house: SmallHouse, publishes: int, kills: int, chance: random.Random) -> tuple[int, int]:
    """Publishes until both numbers are reached. A killed run counts as a kill, a finished one as a publish."""
    published = killed = attempt = 0
    usual = 2.0  # seconds a publishing takes, kept up to date, so that kills fall on every moment of it
    while published < publishes or killed < kills:
        attempt += 1
        place = PLACES[attempt % len(PLACES)]
        call = house.python.start(house.path, "run", streams=house.streams, JAMLIK_HOME_AREA=place)
        doomed = killed < kills and chance.random() < 0.5
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


def _reader(published: Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "tests.soak", "--read", str(published)],
        cwd=Path(__file__).resolve().parents[1],
        stdout=subprocess.PIPE,
        text=True,
    )


def read(published: Path) -> None:
    """Reads `latest` until told to stop, as a dashboard does: the link once, then everything behind it."""
    readings, mixed, errors, releases = 0, 0, [], set()
    while not (published / "stop").exists():
        try:
            found = _whole(published)
            releases |= found
            mixed += len(found) != 1
            readings += 1
            time.sleep(0.1)  # two cores are shared with the publishing, which is what is tried here
        except Exception as fault:
            errors.append(f"{type(fault).__name__}: {fault}")
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
    if sys.argv[1:2] == ["--read"]:
        read(Path(sys.argv[2]))
    else:
        sys.exit(main(*map(int, sys.argv[1:])))
