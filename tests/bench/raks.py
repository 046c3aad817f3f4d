"""Person-year rows → RAKS indicators: 1, 10 and 100 million made-up rows, against a bare scan-and-group of the columns.

`python -m tests.bench raks` does 1 and 10 million; JAMLIK_BENCH_ROWS=100000000 adds that size (4 GB of disk, minutes).
Each step runs in a process of its own, so that its peak memory is its own; ratios and exponents are of processor time,
which a busy machine spoils least. Shares are the cells and the indicator model over them; limits that have to be made,
and flows between years, are timed apart.
"""

import importlib
import json
import math
import os
import resource
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import settings
from tests.fixtures import raks_people

SIZES = {1_000_000: 2, 10_000_000: 4, 100_000_000: 17}  # rows: years of the series, the last about as many as there are
LAST_YEAR = 2022
REPEATS = {1_000_000: 3}  # a step of a fraction of a second is run so often, and the least work counts
STEPS = ("bare", "shares", "flows", "limit", "neither")


def _bare(file: Path) -> int:
    """The same columns, scanned and counted, and nothing else."""
    with duckdb.connect(config={"threads": 2, "memory_limit": "3GB"}) as connection:
        age = "Ar - FodelseAr"
        bands = " ".join(f"when {age} <= {high} then {place}" for place, high in enumerate((24, 34, 44, 54, 64)))
        band = f"case {bands} end"
        return (
            connection.sql(
                f"select Kommun, Ar, Kon, {band} as band, Sun2020Niva, FodelseLandGrupp, "
                f"Raks_Huvudanknytning, Raks_EtablGrad, "
                f"count(*) as n from read_parquet('{file}') where {age} between 20 and 64 group by all"
            )
            .to_arrow_table()
            .num_rows
        )


def _opened(file: Path) -> tuple[Any, Any]:
    from pipelines.inbox import mapping, store

    delivery = store.Delivery(file, mapping.read(mapping.beside(file)))
    return delivery, store


def _shares(file: Path) -> int:
    """The cell table, as the warehouse would get it, and every share by group."""
    cells = _table("raks_cells", file)
    with duckdb.connect(config={"threads": 2, "memory_limit": "2GB"}) as connection:
        connection.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
        for schema in ("core", "source", "indicator"):
            connection.execute(f"create schema {schema}")
        connection.register("landed", cells)
        connection.execute("create table cells as select * from landed")  # as the warehouse does; the model reads that
        connection.execute(
            "create view core.raks_cell as select * exclude (municipality, value, status), municipality as area_code, "
            "value as persons, 'observed' as status, null as status_reason, 'computed' as provenance, "
            "'raks_cells' as source_ids from cells"
        )
        connection.execute(
            "create table core.area_within as select distinct municipality as area_code, unnest([municipality, "
            "municipality[:2], '00']) as within_area_code from (select distinct municipality from cells)"
        )
        connection.execute(
            "create table core.raks_main_affiliation (area_code varchar, year integer, main_affiliation varchar)"
        )
        model = (settings.SQL / "indicators" / "raks_cells.sql").read_text(encoding="utf-8")
        connection.execute(f"create table indicator.raks_cells as {model}")
        return int(connection.execute("select count(*) from indicator.raks_cells").fetchall()[0][0])


def _limits(file: Path) -> int:
    from pipelines.inbox.persons import People

    delivery, store = _opened(file)
    people = People(delivery.files, delivery.mapping, store.places())
    people.prepare()
    return int(people.connection.execute("select count(*) from median_limit").fetchall()[0][0])


def _flows(file: Path) -> int:
    return _table("raks_flows", file).num_rows


def _table(name: str, file: Path) -> pa.Table:
    """What the inbox lands, of the whole delivery, checked and merged."""
    from pipelines.inbox import store

    os.environ["JAMLIK_DATA"] = str(file.parents[2])
    return store.table(name, "raks")


def one(step: str, file: str) -> None:
    """One step in this process; prints its figures as JSON."""
    work = {"bare": _bare, "shares": _shares, "limit": _shares, "neither": _limits, "flows": _flows}[step]
    importlib.import_module("pipelines.inbox.store")  # what is imported once is no part of the work
    started, before = time.perf_counter(), time.process_time()
    rows = work(Path(file))
    figures = {
        "rows": rows,
        "seconds": time.perf_counter() - started,
        "work": time.process_time() - before,
        "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }
    print(json.dumps(figures))


def _timed(step: str, file: Path, times: int) -> dict:
    """The figures of the run with the least work."""
    return min((_once(step, file) for _ in range(times)), key=lambda figures: figures["work"])


def _once(step: str, file: Path) -> dict:
    done = subprocess.run(
        [sys.executable, "-m", "tests.bench.raks", step, str(file)], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SystemExit(done.stderr)
    return json.loads(done.stdout.splitlines()[-1])


def main() -> None:
    """Every size, the ratios to the bare scan, and the exponents of growth."""
    from pipelines.inbox import store

    municipalities = sorted(store.places().codes)
    asked = os.environ.get("JAMLIK_BENCH_ROWS")
    sizes = [size for size in SIZES if size <= int(asked or 10_000_000)]
    found: dict[str, list[float]] = {}
    for size in sizes:
        with TemporaryDirectory(dir=os.environ.get("JAMLIK_BENCH_FOLDER")) as folder:
            inbox = Path(folder) / "inbox" / "raks"
            inbox.mkdir(parents=True)
            for step in STEPS:
                kind = step if step in raks_people.LACKING else "given"
                file = inbox / f"{kind}.parquet"
                if not file.exists():
                    for old in inbox.iterdir():
                        old.unlink()
                    years = list(range(LAST_YEAR + 1 - SIZES[size], LAST_YEAR + 1))
                    raks_people.write(file, size // len(years), years, municipalities, kind)
                    file.with_name(f"{file.name}.yaml").write_text(raks_people.MAPPING, encoding="utf-8")
                figures = _timed(step, file, REPEATS.get(size, 1))
                found.setdefault(step, []).append(figures["work"])
                ratio = figures["work"] / found["bare"][-1]
                print(
                    f"{size:>12,} person-years  {step:<8} {figures['seconds']:8.2f} s  "
                    f"{figures['work']:8.2f} s of work  {ratio:6.2f} x bare  "
                    f"{figures['megabytes']:6.0f} MB  {figures['rows']:>9,} rows",
                    flush=True,
                )
    for step, seconds in found.items():
        if len(sizes) == 1:
            break
        exponent = math.log(seconds[-1] / seconds[0]) / math.log(sizes[-1] / sizes[0])
        print(f"growth exponent of {step:<8} {exponent:5.2f}   asked: shares ≤ 1.1, ≤ 2 x bare; ≤ 4 GB at 100 million")


if __name__ == "__main__":
    one(sys.argv[1], sys.argv[2])
