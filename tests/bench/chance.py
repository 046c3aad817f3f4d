"""What the errors learned from movements cost a run: each table of the layer and its SQL around, in processor time.

The whole of it is asked to add at most 8 s to a run from nothing. Printed beside the time of `indicator_value` itself.
"""

import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from assets.chance import tables
from pipelines.warehouse.lock import WriterLock
from pipelines.warehouse.models import read_models
from pipelines.warehouse.warehouse import FILE, Warehouse
from tests.bench.__main__ import timed

MODELS = ("chance.observed", "chance.smoothed", "mart.indicator_value", "measure.benchmark_figure", "mart.benchmark")
TRENDS = ("measure.trend_figure", "measure.trend_series", "measure.trend_point", "measure.trend_slope", "mart.trend")


def bench() -> None:
    """Makes every table of chance, and those that rest on its errors first, once more in a finished warehouse."""
    with TemporaryDirectory() as data:
        timed("run", "--only", "+mart.recommendation_status", data=data)
        folder = Path(data, "warehouse")
        with WriterLock(folder) as lock, duckdb.connect(folder / FILE, config={"threads": 1}) as connection:
            spent = 0.0
            for name in MODELS[:2]:
                spent += _say(name, partial(_make, connection, name), connection)
            for spec in tables:
                spent += _say(spec.name, partial(spec.make, Warehouse(connection, lock, {})), connection)
            print(f"{'chance in all, processor time':<58} {spent:8.2f} s   asked: ≤ 8 s")
            for name in (*MODELS[2:], *TRENDS):
                _say(name, partial(_make, connection, name), connection)


def _make(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    connection.execute(f"create temp table t as {read_models()[name].sql}")


def _say(name: str, make: Callable[[], object], connection: duckdb.DuckDBPyConnection) -> float:
    started = time.process_time()
    make()
    seconds = time.process_time() - started
    connection.execute("drop table if exists t")
    print(f"{name:<58} {seconds:8.2f} s", flush=True)
    return seconds
