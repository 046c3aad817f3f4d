"""Person-year rows → RAKS indicators: 1, 10 and 100 million made-up rows, against a bare scan-and-group of the columns.

JAMLIK_BENCH_ROWS=100000000 adds the largest (4 GB of disk, minutes), in JAMLIK_BENCH_FOLDER where that is set.
Each step runs in a process of its own, so that its peak memory is its own; ratios and exponents are of processor time,
which a busy machine spoils least. Shares are the cells and the indicator model over them; limits that have to be made,
and flows between years, are timed apart.
"""

import importlib
import math
import os
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import settings
from tests.bench.clocks import clock, peak_gigabytes
from tests.bench.report import Report
from tests.bench.size import Size
from tests.fixtures import raks_people

ROWS = {1_000_000: 2, 10_000_000: 4, 100_000_000: 17}  # rows: years of the series, the last about as many as there are
LAST_YEAR = 2022
REPEATS = {1_000_000: 3}  # a step of a fraction of a second is run so often, and the least work counts
STEPS = ("bare", "shares", "flows", "limit", "neither")
ASKED = {"shares": "≤ 2 ×"}  # of the bare scan
GROWTH = {"shares": "≤ 1.1"}
LARGEST = 100_000_000


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


def one(step: str, file: str) -> dict[str, float]:
    """One step, in this process."""
    work = {"bare": _bare, "shares": _shares, "limit": _shares, "neither": _limits, "flows": _flows}[step]
    importlib.import_module("pipelines.inbox.store")  # what is imported once is no part of the work
    with clock() as spent:
        rows = work(Path(file))
    return {"rows": rows, "seconds": spent.wall, "work": spent.processor, "gigabytes": peak_gigabytes()}


def bench(report: Report, size: Size) -> None:
    """Every size, the ratios to the bare scan, and the exponents of growth."""
    from pipelines.inbox import store

    municipalities = sorted(store.places().codes)[: size.pick(None, 9)]
    most = int(os.environ.get("JAMLIK_BENCH_ROWS") or 10_000_000)
    years = size.pick({rows: many for rows, many in ROWS.items() if rows <= most}, {4_000: 2, 8_000: 2})
    found: dict[str, list[float]] = {}
    for rows in years:
        with TemporaryDirectory(dir=os.environ.get("JAMLIK_BENCH_FOLDER")) as folder:
            inbox = Path(folder) / "inbox" / "raks"
            inbox.mkdir(parents=True)
            for step in STEPS:
                file = _delivery(inbox, step, rows, years[rows], municipalities)
                figures = _timed(size, step, file, REPEATS.get(rows, 1))
                found.setdefault(step, []).append(figures["work"])
                what = f"{rows:,} person-years, {step}"
                told = f"{figures['seconds']:.2f} s by the clock, {figures['rows']:,} rows"
                report.figure(f"{what}: processor time", figures["work"], "s", note=told)
                if step != "bare":
                    ratio = figures["work"] / found["bare"][-1]
                    report.figure(f"{what}: of the bare scan's", ratio, "×", ASKED.get(step, ""))
                asked = "≤ 4 GB" if rows == LARGEST else ""
                report.figure(f"{what}: memory", figures["gigabytes"], "GB", asked)
    for step, work in found.items():
        if len(years) > 1:
            exponent = math.log(work[-1] / work[0]) / math.log(max(years) / min(years))
            report.figure(f"growth exponent of {step}", exponent, "power", GROWTH.get(step, ""))


def _delivery(inbox: Path, step: str, rows: int, years: int, municipalities: list[str]) -> Path:
    """The rows that a step reads, written where they are not there yet, in place of the last step's."""
    kind = step if step in raks_people.LACKING else "given"
    file = inbox / f"{kind}.parquet"
    if not file.exists():
        for old in inbox.iterdir():
            old.unlink()
        listed = list(range(LAST_YEAR + 1 - years, LAST_YEAR + 1))
        raks_people.write(file, rows // years, listed, municipalities, kind)
        file.with_name(f"{file.name}.yaml").write_text(raks_people.MAPPING, encoding="utf-8")
    return file


def _timed(size: Size, step: str, file: Path, times: int) -> dict[str, float]:
    """The figures of the run with the least work."""
    return min((size.apart(one, step, str(file)) for _ in range(times)), key=lambda figures: figures["work"])
