"""The main job: from nothing, with nothing changed, with one of Kolada's figures changed; and what is asked of it.

The critical path is the longest chain of tables by the seconds that the warehouse noted of each: what a machine with
any number of cores would have to wait for.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet

from assets import all_tables
from pipelines.catalogue import entries
from pipelines.landing import zone
from pipelines.live import services
from pipelines.warehouse.ahead import Task, _ways
from pipelines.warehouse.warehouse import FILE
from tests.bench.report import Report
from tests.bench.size import Size

QUERIES = ("select 1", "select count(distinct indicator_id) from indicator_value")
NOBODY = "http://127.0.0.1:9/x"
CHANGED = "kolada_values"


def bench(report: Report, size: Size) -> None:
    data = size.kept / "main"
    whole, part = ("run",), ("run", "--only", "+core.area")
    run, changed_run = size.pick((whole, whole), (part, ("run", "--only", f"source.{CHANGED}")))
    done = size.jamlik(*run, data=data)
    report.figure("jamlik run, all of it, from nothing", done.wall, "s", "≤ 65 s", _account(done.err))
    report.figure("the same, processor time", done.processor, "s", note="" if done.processor else "not known when tiny")
    report.figure("the same, memory", done.gigabytes, "GB", "≤ 2 GB", "" if done.gigabytes else "not known when tiny")
    with duckdb.connect(str(data / "warehouse" / FILE), read_only=True) as connection:
        took = dict(connection.execute("select table_name, seconds from meta.built").fetchall())
    chain, seconds = longest_chain(took)
    told = f"{len(chain)} of {len(took)} tables, from {chain[0]} to {chain[-1]}; longest {_longest(chain, took)}"
    report.figure("its critical path", seconds, "s", "≤ 45 s", told)
    report.figure("all its tables, one after the other", sum(took.values()), "s")
    done = size.jamlik(*run, data=data)
    report.figure("jamlik run, nothing changed", done.wall, "s", "≤ 2.5 s", str(done))
    nobody = {table.service.override: NOBODY for table in services.tables().values()}
    if not size.tiny:  # the fetch alone is held by the part `live`
        done = size.jamlik("run", "--live", data=data, **nobody)
        report.figure("jamlik run --live, nobody answers", done.wall, "s", "≤ 60 s", str(done))
        size.now_finished(data)
    change_a_figure(size.code, data)
    done = size.jamlik(*changed_run, data=data)
    report.figure("jamlik run, one Kolada figure changed", done.wall, "s", "≤ 25 s", str(done))
    rounds = size.pick(5, 1)
    done = min((size.jamlik("--help", data=data) for _ in range(rounds)), key=lambda each: each.wall)
    report.figure("jamlik --help", done.wall, "s", "≤ 0.15 s", str(done))
    for query in QUERIES:
        asked = (size.jamlik("sql", query, data=size.finished().data) for _ in range(rounds))
        done = min(asked, key=lambda each: each.wall)
        report.figure(f"jamlik sql {query!r}", done.wall, "s", "≤ 0.7 s", str(done))


def _account(said: str) -> str:
    """The line in which a run says what it did."""
    return next((line for line in said.splitlines() if " tables made" in line), "")


def _longest(chain: Sequence[str], took: Mapping[str, float]) -> str:
    first = sorted(chain, key=lambda name: took[name], reverse=True)[:4]
    return ", ".join(f"{name} {took[name]:.1f}" for name in first)


def longest_chain(took: Mapping[str, float]) -> tuple[list[str], float]:
    """The tables that the whole takes at least, each read by the next, and the seconds they take together."""
    tasks = {
        table.name: Task(lambda _: None, [need for need in table.needs if need in took], took[table.name])
        for table in all_tables()
        if table.name in took
    }
    way = _ways(tasks)
    chain: list[str] = []
    ready = [name for name, task in tasks.items() if not task.needs]
    while ready:
        chain.append(max(ready, key=lambda name: way[name]))
        ready = [name for name, task in tasks.items() if chain[-1] in task.needs]
    return chain, way[chain[0]]


def change_a_figure(house: Path, data: Path) -> None:
    """Lands Kolada's figures once more in `data`, one of them a tenth larger."""
    source = entries.sources()[CHANGED]
    files = sorted((house / "data" / "snapshot" / CHANGED).glob("part-*.parquet"))
    parts = {path.stem.removeprefix("part-"): pyarrow.parquet.read_table(path) for path in files}
    name, table = next(iter(parts.items()))
    row = pc.index(pc.greater(table["value"], 1.0), pa.scalar(True)).as_py()
    values = table["value"].to_pylist()
    values[row] *= 1.1
    column = pa.array(values, table.schema.field("value").type)
    parts[name] = table.set_column(table.schema.get_field_index("value"), "value", column)
    zone.write(source, parts, "2099-01-01", data / "landing")
