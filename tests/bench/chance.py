"""What the errors learned from movements cost a run: each table of the layer and its SQL around, in processor time.

The whole of it is asked to add at most 8 s to a run from nothing. Reported beside the time of `indicator_value` itself,
and of the tables that rest on those errors first. The finished warehouse is only read: all goes into temporary tables.
"""

from collections.abc import Callable
from functools import partial

import duckdb

from assets.chance import tables
from pipelines.warehouse.models import read_models
from tests.bench.clocks import Failed, clock
from tests.bench.report import Report
from tests.bench.size import Size

MODELS = ("chance.observed", "chance.smoothed", "mart.indicator_value", "measure.benchmark_figure", "mart.benchmark")
TRENDS = ("measure.trend_figure", "measure.trend_series", "measure.trend_point", "measure.trend_slope", "mart.trend")


def bench(report: Report, size: Size) -> None:
    """Makes every table of chance, and those that rest on its errors first, once more beside a finished warehouse."""
    with duckdb.connect(str(size.finished().warehouse), read_only=True, config={"threads": 1}) as connection:
        learned = {name: partial(_make, connection, name) for name in MODELS[:2]}
        learned |= {spec.name: partial(spec.make, connection) for spec in tables}
        spent = sum(_timed(report, name, make, connection) for name, make in learned.items())
        report.figure("chance in all, processor time", spent, "s", "≤ 8 s")
        for name in (*MODELS[2:], *TRENDS):
            _timed(report, name, partial(_make, connection, name), connection)


def _make(connection: duckdb.DuckDBPyConnection, name: str) -> None:
    try:
        connection.execute(f"create temp table t as {read_models()[name].sql}")
    except (duckdb.CatalogException, duckdb.BinderException) as fault:
        raise Failed(f"The warehouse was made by another version and lacks what {name} reads: `jamlik run`.") from fault


def _timed(report: Report, name: str, make: Callable[[], object], connection: duckdb.DuckDBPyConnection) -> float:
    with clock() as spent:
        make()
    connection.execute("drop table if exists t")
    report.figure(name, spent.processor, "s")
    return spent.processor
