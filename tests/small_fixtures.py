"""The small house as fixtures: one run made once for all, and copies of it that a test may spoil.

A test module asks for them with `pytest_plugins = ["tests.small_fixtures"]`.
"""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from tests.small_house import SmallHouse, build
from tests.warm_process import WarmPython


@pytest.fixture(scope="session")
def warm_python() -> Iterator[WarmPython]:
    python = WarmPython()
    yield python
    python.close()


@pytest.fixture(scope="session")
def small_released(tmp_path_factory: pytest.TempPathFactory, warm_python: WarmPython) -> Path:
    """A small house after a run, made once however many processes test. Only to be read or copied."""
    own = tmp_path_factory.getbasetemp()
    shared = own.parent if os.environ.get("PYTEST_XDIST_WORKER") else own
    house = shared / "small_released"
    with FileLock(str(shared / "small_released.lock")):
        if not (shared / "small_released.done").exists():
            shutil.rmtree(house, ignore_errors=True)  # what a failed attempt left
            build(house)
            # The run that test_reliability repeats has another zone and another language.
            done = SmallHouse(house, warm_python, shared / "small_released.call").jamlik(
                "run", TZ="UTC", LC_ALL="C.UTF-8"
            )
            assert done.code == 0, done.err
            (shared / "small_released.done").write_text(done.err)
    return house


@pytest.fixture
def small(small_released: Path, warm_python: WarmPython, tmp_path: Path) -> SmallHouse:
    """A copy of the small house with its release, to edit and run."""
    path = tmp_path / "house"
    shutil.copytree(small_released, path, symlinks=True)
    return SmallHouse(path, warm_python, tmp_path / "call")


@pytest.fixture
def unmade(small_released: Path, warm_python: WarmPython, tmp_path: Path) -> SmallHouse:
    """A copy of the small house as it was before any run."""
    path = tmp_path / "house"
    written = shutil.ignore_patterns("warehouse", "published", "dagster")
    shutil.copytree(small_released, path, symlinks=True, ignore=written)
    return SmallHouse(path, warm_python, tmp_path / "call")
