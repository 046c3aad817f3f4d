"""The small house as fixtures: one run made once for all, and copies of it that a test may spoil.

A test module asks for them with `pytest_plugins = ["tests.small_fixtures"]`.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.conftest import shared_folder
from tests.small_house import SmallHouse, build
from tests.warm_process import WarmPython

WRITTEN = shutil.ignore_patterns("warehouse", "published", "dagster")


@pytest.fixture(scope="session")
def warm_python() -> Iterator[WarmPython]:
    python = WarmPython()
    yield python
    python.close()


@pytest.fixture(scope="session")
def small_released(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small house after a run, made once however many processes test. Only to be read or copied."""
    shared = shared_folder(tmp_path_factory)
    house = shared / "small_released"
    with FileLock(str(shared / "small_released.lock")):
        if not (shared / "small_released.done").exists():
            shutil.rmtree(house, ignore_errors=True)  # what a failed attempt left
            build(house)
            _first_run(house)
            (shared / "small_released.done").touch()
    return house


def _first_run(house: Path) -> None:
    """In a Python of its own, in the zone farthest east, in ASCII: the runs of the tests have the machine's."""
    known = {name: text for name, text in os.environ.items() if not name.startswith(("JAMLIK_", "DAGSTER_", "PYTHON"))}
    elsewhere = {"TZ": "Pacific/Kiritimati", "LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
    call = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pipelines.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-P", "-c", call, str(house), "run"],
        cwd=house,
        env={**known, **elsewhere, "PYTHONHASHSEED": "4711"},
        capture_output=True,
        check=False,
        timeout=600,
    )
    assert done.returncode == 0, done.stderr.decode()


@pytest.fixture
def small(small_released: Path, warm_python: WarmPython, tmp_path: Path) -> SmallHouse:
    """A copy of the small house with its release, to edit and run."""
    path = tmp_path / "house"
    shutil.copytree(small_released, path, symlinks=True)
    return SmallHouse(path, warm_python, tmp_path / "call")


@pytest.fixture
def released_only(small_released: Path, warm_python: WarmPython, tmp_path: Path) -> SmallHouse:
    """A copy with a release but no warehouse, quickly made: for what must be refused before any table is made."""
    path = tmp_path / "house"
    shutil.copytree(small_released, path, symlinks=True, ignore=WRITTEN)
    published = Path("data") / "published"
    shutil.copytree(small_released / published, path / published, symlinks=True, copy_function=os.link)
    return SmallHouse(path, warm_python, tmp_path / "call")


@pytest.fixture
def unmade(small_released: Path, warm_python: WarmPython, tmp_path: Path) -> SmallHouse:
    """A copy of the small house as it was before any run."""
    path = tmp_path / "house"
    shutil.copytree(small_released, path, symlinks=True, ignore=WRITTEN)
    return SmallHouse(path, warm_python, tmp_path / "call")
