"""The size a bench is run on, and the houses it looks at: this one and a whole release, or a small house for a test.

A part asks for what it needs: `pick` a number, `jamlik` a command, `finished` a data folder after a whole run (made
once for all parts that ask), `apart` a call in a process of its own. The tiny size answers the same questions with two
counties' figures and fewer processes: it shows that a part works, not how long anything takes.
"""

import json
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from unittest.mock import patch

from pipelines import settings
from pipelines.published.reader import latest_release, manifest_of
from pipelines.warehouse.warehouse import FILE
from tests.bench.clocks import Called, Failed, call
from tests.fixtures.small_house import build
from tests.fixtures.warm_process import WarmPython

REPOSITORY = Path(__file__).resolve().parents[2]
_CALL = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pipelines.cli import main; main()"

T = TypeVar("T")


@dataclass(frozen=True)
class Finished:
    """A data folder after a whole run."""

    data: Path

    @property
    def release(self) -> Path:
        return (self.data / "published" / "latest").resolve()

    @property
    def warehouse(self) -> Path:
        return self.data / "warehouse" / FILE

    @property
    def release_id(self) -> str | None:
        return manifest_of(self.release).get("release_id")


class Size:
    """Full, or tiny. `small` is a small house after a run, `python` what calls it; made here where not given."""

    def __init__(self, tiny: bool = False, small: Path | None = None, python: WarmPython | None = None) -> None:
        self.tiny = tiny
        self._small = small
        self._python, self._own_python = python, python is None
        self._finished: Finished | None = Finished(small / "data") if small else None
        self._scratch = TemporaryDirectory(prefix="jamlik-bench-")

    def __enter__(self) -> "Size":
        return self

    def __exit__(self, *_: object) -> None:
        if self._python and self._own_python:
            self._python.close()
        self._scratch.cleanup()

    def pick(self, full: T, tiny: T) -> T:
        return tiny if self.tiny else full

    @contextmanager
    def folder(self) -> Iterator[Path]:
        """A new folder, there while the block runs."""
        with TemporaryDirectory(dir=self._scratch.name) as name:
            yield Path(name)

    @property
    def kept(self) -> Path:
        """A folder that is there until all parts have ended."""
        return Path(self._scratch.name)

    @property
    def code(self) -> Path:
        """The house whose commands are called."""
        if not self.tiny:
            return REPOSITORY
        if self._small is None:
            self._small = build(self.kept / "small")
        return self._small

    @property
    def python(self) -> WarmPython:
        if self._python is None:
            self._python = WarmPython()
        return self._python

    def jamlik(self, *words: str, data: Path, **environment: str) -> Called:
        """Calls the command line as a user would, on a data folder."""
        if self.tiny:
            return self._warm(*words, JAMLIK_DATA=str(data), **environment)
        return call([sys.executable, "-P", "-c", _CALL, str(self.code), *words], self.code, {
            "JAMLIK_DATA": str(data), **environment
        })  # fmt: skip

    def _warm(self, *words: str, script: str = "", **environment: str) -> Called:
        streams = self.kept / "call"
        done = self.python.start(self.code, *words, streams=streams, script=script, **environment).wait()
        if done.code:
            raise Failed(
                f"`jamlik {' '.join(words)}` ended with {done.code}: {(done.err.strip() or '–').splitlines()[-1]}"
            )
        return Called(done.seconds, done.out, done.err)

    def finished(self) -> Finished:
        """The data folder to look at: what `main` has left, else JAMLIK_DATA's, else that of a run made now."""
        if self._finished is None and not self.tiny and latest_release() and (settings.warehouse() / FILE).is_file():
            self._finished = Finished(settings.data_folder())
        if self._finished is None:
            self.jamlik("run", data=self.kept / "data")
            self._finished = Finished(self.kept / "data")
        return self._finished

    def now_finished(self, data: Path) -> None:
        """A part has made a whole run in `data`, which stays."""
        self._finished = Finished(data)

    @property
    def release_id(self) -> str | None:
        """Of the release that was looked at, where one was."""
        return self._finished.release_id if self._finished else None

    def apart(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """Calls a module's function in a process of its own, so that its peak memory is its own; tiny: in this one.

        Arguments and answer pass through JSON.
        """
        if self.tiny:
            with patch.dict(os.environ):
                return json.loads(json.dumps(function(*arguments)))
        order = [function.__module__, function.__name__, json.dumps(arguments)]
        done = call([sys.executable, "-m", "tests.bench.apart", *order], REPOSITORY, {})
        return json.loads(done.out.splitlines()[-1])

    def in_house(self, function: Callable[..., Any], *arguments: Any) -> Any:
        """As `apart`, but always in a process of its own, with the code and the figures of the house."""
        order = (function.__module__, function.__name__, json.dumps(arguments))
        if not self.tiny:
            return self.apart(function, *arguments)
        script = (
            f"import sys; sys.path.append({str(REPOSITORY)!r}); from tests.bench.apart import main; main(*{order!r})"
        )
        return json.loads(self._warm(script=script).out.splitlines()[-1])
