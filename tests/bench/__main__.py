"""`make bench`: how long the commands a person waits for take, and how that grows. Printed, never asserted.

Give ratios from one run: machines are noisy. `python -m tests.bench main growth` runs only those parts.
"""

import importlib
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

REPOSITORY = Path(__file__).resolve().parents[2]
JAMLIK = [sys.executable, "-m", "pipelines.cli"]


def timed(*words: str, data: str, **more: str) -> tuple[float, float, str]:
    """Wall seconds, peak megabytes of the child, and what it said on stderr. `more`: its environment."""
    environment = {**os.environ, "JAMLIK_DATA": data, **more}
    started = time.perf_counter()
    done = subprocess.run(
        [*JAMLIK, *words], cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - started
    if done.returncode:
        raise SystemExit(done.stderr)
    return seconds, resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024, done.stderr


def say(what: str, seconds: float, asked: str, more: str = "") -> None:
    print(f"{what:<58} {seconds:8.2f} s   asked: {asked:<10} {more}", flush=True)


def bench_main() -> None:
    """The main job and the questions asked of its release."""
    with TemporaryDirectory() as data:
        seconds, megabytes, account = timed("run", data=data)
        own = account.strip().splitlines()[-2]
        say("jamlik run, all of it, from nothing", seconds, "≤ 240 s", f"{megabytes:.0f} MB; {own}")
        seconds, _, _ = timed("run", data=data)
        say("jamlik run, nothing changed", seconds, "≤ 8 s")
        from pipelines.live import services

        nobody = {table.service.override: "http://127.0.0.1:9/x" for table in services.tables().values()}
        seconds, _, _ = timed("run", "--live", data=data, **nobody)
        say("jamlik run --live, nobody answers, the tables stand", seconds, "≤ 60 s")
        for query in ("select 1", "select count(distinct indicator_id) from indicator_value"):
            best = min(timed("sql", query, data=data)[0] for _ in range(3))
            say(f"jamlik sql {query!r}", best, "≤ 0.7 s")
    with TemporaryDirectory() as data:
        seconds, megabytes, account = timed("run", "--only", "+mart.indicator_value", data=data)
        say("jamlik run, to indicator_value (no measures, no release)", seconds, "", f"{megabytes:.0f} MB")


PARTS = {
    "main": bench_main,
    "growth": lambda: importlib.import_module("tests.bench.growth").bench(),
    "chance": lambda: importlib.import_module("tests.bench.chance").bench(),
    "measures": lambda: importlib.import_module("tests.bench.measures").main(),
    "live": lambda: importlib.import_module("tests.bench.live").main(),
    "page": lambda: importlib.import_module("tests.bench.page").main(),
    "profile": lambda: importlib.import_module("tests.bench.profile").main(),
    "raks": lambda: importlib.import_module("tests.bench.raks").main(),
    "disclosure": lambda: importlib.import_module("tests.bench.disclosure").main(),
    "formats": lambda: importlib.import_module("tests.bench.formats").main(),
    "site": lambda: importlib.import_module("tests.bench.site").main(),
}

if __name__ == "__main__":
    for name in sys.argv[1:] or PARTS:
        if name not in PARTS:
            raise SystemExit(f"There is no bench '{name}'; choose among {', '.join(PARTS)}.")
        print(f"\n{name}", flush=True)
        PARTS[name]()
