"""What tests share: a data folder of their own, and one release made once for all that only read it."""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
from filelock import FileLock

from pipelines import settings
from tests.fixtures.kept import forget_changed, kept

REPOSITORY = Path(__file__).resolve().parents[1]
JAMLIK = [sys.executable, "-m", "pipelines.cli"]


# What a module asks for that takes long, and comes first: a whole run, or runs of a small house.
WHOLE = {"released"}
SMALL = {"small_released"}


def pytest_sessionstart(session: pytest.Session) -> None:
    """Before any process tests: what was kept of earlier calls must be as it was made."""
    if not os.environ.get("PYTEST_XDIST_WORKER"):
        forget_changed()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Puts the modules that take long first, so that two processes end at about the same time: one that waits for the
    whole run, then those that need small houses meanwhile, then the others that need the whole run, then the rest.
    """
    asked: dict[str, set[str]] = {}
    for item in items:
        asked.setdefault(item.nodeid.split("::")[0], set()).update(getattr(item, "fixturenames", ()))
    whole = [module for module, names in asked.items() if names & WHOLE]
    small = [module for module, names in asked.items() if names & SMALL and module not in whole]
    first = dict.fromkeys([*whole[:1], *small, *whole[1:], *asked])  # a module's first place counts
    rank = {module: place for place, module in enumerate(first)}
    items.sort(key=lambda item: rank[item.nodeid.split("::")[0]])


def jamlik(*words: str, data: Path, **environment: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line as a user would, on the data folder `data`."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("JAMLIK_", "DAGSTER_"))}
    return subprocess.run(
        [*JAMLIK, *words],
        cwd=REPOSITORY,
        env={**known, "JAMLIK_DATA": str(data), **environment},
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )


def shared_folder(factory: pytest.TempPathFactory) -> Path:
    """The folder that all processes which test together have in common."""
    own = factory.getbasetemp()
    return own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own


@pytest.fixture(scope="session")
def released() -> Path:
    """The data folder of one whole run on the snapshot, made once for this state of the house. Read only.

    Where somebody has run the house already, the run goes on from a copy of that: it makes anew whatever was not made
    from what stands now, and of what was fetched or ordered there it knows nothing.
    """

    def make(folder: Path) -> None:
        _begun_from(REPOSITORY / "data", folder)
        done = jamlik("run", data=folder)
        assert done.returncode == 0, done.stderr

    return kept("released", make)


def _begun_from(data: Path, folder: Path) -> None:
    """What a run has written below `data`, copied into `folder`; nothing where there is none, or one at work."""
    if not (data / "published" / "latest").exists():
        return
    try:
        with FileLock(str(data / "warehouse" / "writer.lock"), timeout=0):
            for name in ("warehouse", "published", "ledger", "dagster", "cache"):
                shutil.copytree(data / name, folder / name, symlinks=True)
    except (OSError, shutil.Error):  # `Timeout` is one: somebody's run is at work
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def release(released: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """A connection to that release, opened as a strategist would."""
    with duckdb.connect(str(released / "published" / "latest" / "jamlik.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="session")
def country(tmp_path_factory: pytest.TempPathFactory) -> Iterator[duckdb.DuckDBPyConnection]:
    """A small made-up country with every measure made of it, once however many processes test. Read only."""
    from tests.fixtures.measures_house import build

    shared = shared_folder(tmp_path_factory)
    file = shared / "country.duckdb"
    with FileLock(str(shared / "country.lock")):
        if not file.exists():
            build(shared / "country_begun.duckdb")
            (shared / "country_begun.duckdb").rename(file)  # whole, or not there
    with duckdb.connect(str(file), read_only=True) as connection:
        yield connection


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty data folder that this process's settings point at."""
    folder = tmp_path / "data"
    monkeypatch.setenv("JAMLIK_DATA", str(folder))
    return folder


@pytest.fixture
def warehouse_copy(released: Path, tmp_path: Path) -> Path:
    """A data folder with its own copy of the finished warehouse and release, for tests that change it."""
    folder = tmp_path / "data"
    shutil.copytree(released, folder, symlinks=True)
    return folder


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """A temporary copy of the house (code, models, catalogue, reference, snapshot) that a test may edit."""
    copy = tmp_path / "house"
    for name in ("schemas", "pipelines", "assets", "sql", "site"):
        shutil.copytree(REPOSITORY / name, copy / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("catalogue", "reference", "snapshot", "restricted"):
        shutil.copytree(settings.REPOSITORY / "data" / name, copy / "data" / name)
    (copy / "docs").mkdir()
    for name in ("dagster.yaml", "pyproject.toml", "data/sources.lock", "docs/raks-order.md"):
        shutil.copy(REPOSITORY / name, copy / name)
    return copy


def jamlik_in(house: Path, *words: str) -> subprocess.CompletedProcess[str]:
    """Runs the command line of a copied house, on its own data folder."""
    known = {name: value for name, value in os.environ.items() if not name.startswith(("JAMLIK_", "DAGSTER_"))}
    return subprocess.run(
        [
            sys.executable,
            "-P",
            "-c",
            "import sys; sys.path.insert(0, sys.argv.pop(1)); from pipelines.cli import main; main()",
            str(house),
            *words,
        ],
        cwd=house,
        env=known,
        capture_output=True,
        text=True,
        timeout=600,
        check=False,
    )
