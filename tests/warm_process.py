"""A Python with the libraries imported already, which forks at every call: a process each, without its three seconds.

Only other people's libraries are imported beforehand. The house's own modules are loaded anew, from the house that is
called, in a child with its own environment, standard streams and limits, and its exit code is the real one. How
the command is started from a shell is tested elsewhere, with a plain subprocess.
"""

import json
import os
import resource
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIBRARIES = (
    "alembic.runtime.migration", "click", "dagster", "dagster._core.storage.sqlite_storage", "duckdb", "filelock",
    "numpy", "openpyxl", "orjson", "pandas", "pandera.pandas", "pyarrow.compute", "pyarrow.csv", "pyarrow.parquet",
    "requests", "rich.console", "rich.progress", "rich.table", "sqlalchemy.orm", "sqlglot.dialects.duckdb",
    "sqlglot.optimizer.scope", "yaml",
)  # fmt: skip


@dataclass(frozen=True)
class Done:
    """A finished call: `code` is the exit code, negative the signal that ended it."""

    code: int
    out: str
    err: str
    seconds: float


class WarmPython:
    """The forking process. One call at a time; ends when it is closed or its parent dies."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-W", "ignore::DeprecationWarning", "-m", "tests.warm_process"],
            cwd=Path(__file__).resolve().parents[1],
            env={**_own_environment(), "OPENBLAS_NUM_THREADS": "1"},  # no threads before a fork
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def close(self) -> None:
        assert self._process.stdin
        self._process.stdin.close()
        self._process.wait(timeout=30)
        assert self._process.stdout
        self._process.stdout.close()

    def start(
        self, house: Path, *words: str, streams: Path, file_limit: int = 0, script: str = "", **environment: str
    ) -> "Call":
        """Begins `jamlik WORDS` in `house`, or a `script`. `file_limit` (bytes): the largest file it may write."""
        order = {
            "house": str(house),
            "words": words,
            "out": str(streams.with_suffix(".out")),
            "err": str(streams.with_suffix(".err")),
            "file_limit": file_limit,
            "script": script,
            "environment": {**_own_environment(), **environment},
        }
        return Call(self, order, int(self.ask(order)))

    def ask(self, what: dict[str, Any] | str) -> str:
        assert self._process.stdin
        assert self._process.stdout
        self._process.stdin.write(json.dumps(what) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline().strip()
        assert line, "the warm Python has died"
        return line


class Call:
    """A call that has begun: `pid` may be killed, `wait` returns what became of it."""

    def __init__(self, python: WarmPython, order: dict[str, Any], pid: int) -> None:
        self.pid = pid
        self._python = python
        self._order = order
        self._started = time.monotonic()

    def kill(self, sign: signal.Signals = signal.SIGKILL) -> None:
        """Ends the call. Its number is not given to another process before `wait`, so that this hits no other."""
        os.kill(self.pid, sign)

    def has_ended(self) -> bool:
        return self._python.ask("has it ended") == "True"

    def wait(self) -> Done:
        code = int(self._python.ask("wait"))
        out, err = (Path(self._order[name]).read_text(encoding="utf-8") for name in ("out", "err"))
        return Done(code, out, err, time.monotonic() - self._started)


def _own_environment() -> dict[str, str]:
    return {name: text for name, text in os.environ.items() if not name.startswith(("JAMLIK_", "DAGSTER_", "PYTEST_"))}


def _serve() -> None:
    for name in LIBRARIES:
        __import__(name)
    answers = os.fdopen(os.dup(1), "w")
    pid = 0
    for line in sys.stdin:
        order = json.loads(line)
        if order == "wait":
            _, status = os.waitpid(pid, 0)
            answer = os.waitstatus_to_exitcode(status)
        elif order == "has it ended":
            answer = os.waitid(os.P_PID, pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None
        else:
            pid = answer = os.fork()
            if pid == 0:
                _child(order)
        print(answer, file=answers, flush=True)


def _child(order: dict[str, Any]) -> None:
    sys.dont_write_bytecode = False  # the next call of the same house need not compile it again
    signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever tests may have been started deaf to it
    os.environ.clear()
    os.environ.update(order["environment"])
    time.tzset()
    os.chdir(order["house"])
    for number, name in ((1, "out"), (2, "err")):
        os.dup2(os.open(order[name], os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    if order["file_limit"]:
        resource.setrlimit(resource.RLIMIT_FSIZE, (order["file_limit"], order["file_limit"]))
    # The house that is called comes before the one that tests it.
    here = Path(__file__).resolve().parents[1]
    sys.path[:] = [order["house"], *(entry for entry in sys.path if Path(entry or ".").resolve() != here)]
    sys.argv = ["jamlik", *order["words"]]
    code = 1
    try:
        if order["script"]:
            exec(compile(order["script"], "script", "exec"), {"__name__": "__main__"})
            code = 0
        else:
            from pipelines.cli import main

            main()
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(bool(end.code))
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


if __name__ == "__main__":
    _serve()
