"""Clocks of the bench: wall and processor time of a block or of a command, and the peak of memory.

On a busy machine only processor time says anything.
"""

import os
import resource
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path


class Failed(Exception):
    """A part cannot be measured here; its text is one sentence."""


@dataclass
class Clock:
    """Seconds of a block, once it has ended."""

    wall: float = 0.0
    processor: float = 0.0

    def __str__(self) -> str:
        return f"{self.processor:.2f} s of processor"


@contextmanager
def clock() -> Iterator[Clock]:
    found, started, worked = Clock(), time.perf_counter(), time.process_time()
    yield found
    found.wall, found.processor = time.perf_counter() - started, time.process_time() - worked


def best_of(times: int, done: Callable[[], object]) -> Clock:
    """The least wall and the least processor time of some calls; the first of them fills the caches."""
    found = []
    for _ in range(times):
        with clock() as spent:
            done()
        found.append(spent)
    return Clock(min(each.wall for each in found), min(each.processor for each in found))


def peak_gigabytes() -> float:
    """This process's own peak. `ru_maxrss` will not do on Linux: a child starts with its parent's peak."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text(encoding="ascii").split("VmHWM:")[1].split()[0]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


@dataclass(frozen=True)
class Called:
    """A command that has ended well. `processor` and `gigabytes` are its own and its children's; None: not known."""

    wall: float
    out: str
    err: str
    processor: float | None = None
    gigabytes: float | None = None

    def __str__(self) -> str:
        parts = []
        if self.processor is not None:
            parts.append(f"{self.processor:.1f} s of processor")
        if self.gigabytes is not None:
            parts.append(f"{self.gigabytes:.2f} GB")
        return ", ".join(parts)


def call(words: Sequence[str], folder: Path, environment: Mapping[str, str]) -> Called:
    """Runs a command in `folder` with `environment` added; `Failed` with its last line where it ends badly."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        started = time.perf_counter()
        process = subprocess.Popen(words, cwd=folder, env={**os.environ, **environment}, stdout=out, stderr=err)
        try:
            _, status, used = os.wait4(process.pid, 0)
        except BaseException:
            process.kill()
            process.wait()
            raise
        wall = time.perf_counter() - started
        process.returncode = os.waitstatus_to_exitcode(status)
        texts = []
        for stream in (out, err):
            stream.seek(0)
            texts.append(stream.read())
    if process.returncode:
        last = ([*texts[0].strip().splitlines(), *texts[1].strip().splitlines()] or ["it said nothing"])[-1]
        raise Failed(f"`{' '.join(words[:6])} …` ended with {process.returncode}: {last}")
    return Called(wall, texts[0], texts[1], used.ru_utime + used.ru_stime, used.ru_maxrss / 1e6)
