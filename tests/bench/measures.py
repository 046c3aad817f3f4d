"""Times the inequality measures: `python -m tests.bench.measures [groups of each kind, default 100000]`.

Prints one line per case, each run in a fresh process: seconds, seconds per thousand groups and the peak memory.

    analytic    all measures of `groups` ordered comparisons of 5 and `groups` unordered of 4, no simulation
    simulated   the same with 1,000 draws (the release draws 10,000)
    slope       the logistic slope index, its ratio and their HC1 errors alone, beside statsmodels' GLM on some of them
    growth      the analytic case at a tenth, once and ten times the size: cost per group must stay level
    template    `jamlik measures` on a template of 200 rows, start of the program included
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines import settings
from pipelines.statistics.measures import make_measures

THREADS = 2
DRAWS = 1_000
COMPARED = 300  # groups that statsmodels is given: it takes a thousandth of a second or more for each


def groups(ordered: int, unordered: int, seed: int = 1) -> pa.Table:
    """`ordered` comparisons of five subgroups and `unordered` of four, shares in per cent with errors and persons."""
    random = np.random.default_rng(seed)
    size = np.r_[np.full(ordered, 5), np.full(unordered, 4)]
    number = np.repeat(np.arange(1, ordered + unordered + 1), size)
    place = np.concatenate([np.tile(np.arange(5), ordered), np.tile(np.arange(4), unordered)])
    rows = len(number)
    in_order = number <= ordered
    return pa.table(
        {
            "group_id": number.astype(np.int64),
            "subgroup": pa.array(np.array([f"s{i}" for i in range(5)])[place]),
            "estimate": random.uniform(5, 95, rows),
            "se": random.uniform(0.5, 4, rows),
            "population": random.integers(100, 50_000, rows).astype(float),
            "population_is_denominator": np.ones(rows, dtype=bool),
            "ordered": in_order,
            "subgroup_order": pa.array((place + 1).astype(np.int32), mask=~in_order),
            "is_reference": (place == 0) & (number % 2 == 0) & ~in_order,
            "favourable": number % 3 > 0,
            "scale": np.full(rows, 100.0),
            "family": pa.array(["share"] * rows),
        }
    )


def warehouse(members: pa.Table) -> duckdb.DuckDBPyConnection:
    con = duckdb.connect(config={"threads": THREADS})
    con.execute("create schema measure")
    con.register("members", members)
    con.execute("create table measure.member as select * from members")
    return con


def analytic(number: int) -> str:
    con = warehouse(groups(number, number))
    start = _clocks()
    make_measures(con, draws=0)
    return _told(2 * number, _since(start), con)


def simulated(number: int) -> str:
    con = warehouse(groups(number, number))
    start = _clocks()
    make_measures(con, draws=DRAWS)
    return _told(2 * number, _since(start), con)


def _clocks() -> tuple[float, float]:
    """Wall and processor seconds; the second tells what the first would be on a machine with nothing else to do."""
    return time.perf_counter(), time.process_time()


def _since(start: tuple[float, float]) -> tuple[float, float]:
    wall, processor = _clocks()
    return wall - start[0], processor - start[1]


def _told(number: int, seconds: tuple[float, float], con: duckdb.DuckDBPyConnection) -> str:
    wall, processor = seconds
    rows, held = con.execute("select count(*), count(ci_lower) from measure.estimate").fetchall()[0]
    return (
        f"{number:>9,} groups {wall:7.2f} s ({processor:.2f} s of processor) {1000 * wall / number:8.4f} s per 1,000,"
        f" {rows:,} measures, {held:,} intervals"
    )


def slope(number: int) -> str:
    """SII and RII with HC1 in SQL for all groups, and by statsmodels for some of the same."""
    import statsmodels.api as sm

    members = groups(number, 0)
    con = warehouse(members)
    con.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
    for name in ("group_state", "subgroup", "linear", "newton", "newton_far", "slope"):
        if (
            name == "newton"
        ):  # what is before it serves every measure: statsmodels is not timed for its ranks' like either
            start = _clocks()
        (path,) = (settings.SQL / "measures").rglob(f"{name}.sql")
        con.execute(f"create table measure.{name} as {path.read_text(encoding='utf-8')}")
    ours = [each / number for each in _since(start)]
    figure, persons = (members[name].to_numpy().reshape(-1, 5) for name in ("estimate", "population"))
    share = persons / persons.sum(axis=1, keepdims=True)
    rank = np.cumsum(share, axis=1) - share / 2
    ends, answers = np.array([[1.0, 0.0], [1.0, 1.0]]), []
    start = _clocks()
    for y, w, x in zip(figure[:COMPARED] / 100, share[:COMPARED], map(sm.add_constant, rank[:COMPARED]), strict=True):
        fit = sm.GLM(y, x, family=sm.families.Binomial(), var_weights=w).fit(cov_type="HC1")
        # the same answer as ours: both indices with their errors by the delta method
        bottom, top = fit.predict(ends)
        covariance = fit.cov_params()
        difference = top * (1 - top) * ends[1] - bottom * (1 - bottom) * ends[0]
        ratio = (1 - top) * ends[1] - (1 - bottom) * ends[0]
        answers.append((top - bottom, difference @ covariance @ difference, top / bottom, ratio @ covariance @ ratio))
    theirs = [each / COMPARED for each in _since(start)]
    wall, processor = (their / our for their, our in zip(theirs, ours, strict=True))
    return (
        f"{number:>9,} groups {ours[0] * number:7.2f} s, per group {wall:,.0f} times faster than statsmodels' GLM"
        f" ({processor:,.0f} times in processor time, of one thread against {THREADS})"
    )


def template() -> str:
    heading = (
        "setting,date,source,indicator_abbr,dimension,subgroup,estimate,se,population,favourable_indicator,"
        "indicator_scale,ordered_dimension,subgroup_order,reference_subgroup"
    )
    rows = [
        f"Motala,2022,survey,i{number // 5},education,s{number % 5},{20 + number * 37 % 60},2,1000,1,100,1,"
        f"{number % 5 + 1},0"
        for number in range(200)
    ]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "template.csv"
        path.write_text("\n".join([heading, *rows]), encoding="utf-8")
        start = time.perf_counter()
        program = "import sys; from pipelines.statistics.measures import *; as_text(measures_of_file(sys.argv[1]))"
        subprocess.run([sys.executable, "-c", program, str(path)], check=True)
        return f"      200 rows   {time.perf_counter() - start:7.2f} s"


CASES = {"analytic": analytic, "simulated": simulated, "slope": slope}


def bench_measures(number: int = 100_000) -> None:
    """Prints every case, each in a fresh process so that the peak memory is its own."""
    runs = [("analytic", number), ("simulated", number), ("slope", number)]
    runs += [("analytic", number // 10), ("analytic", number * 10)]
    for case, size in runs:
        done = subprocess.run(
            [sys.executable, "-m", __spec__.name, case, str(size)], capture_output=True, text=True, check=True
        )
        print(f"{case:<10}{done.stdout.rstrip()}", flush=True)
    print(f"{'template':<10}{template()}")


if __name__ == "__main__":
    if len(sys.argv) == 3:
        told = CASES[sys.argv[1]](int(sys.argv[2]))
        print(f"{told}, {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6:.2f} GB at most")
    else:
        bench_measures(*map(int, sys.argv[1:2]))
