"""Times the inequality measures, each case in a process of its own so that the peak memory is its own.

analytic    all measures of as many ordered comparisons of 5 subgroups as unordered of 4, no simulation
draws       the same with 1,000 draws (the release draws 10,000)
growth      the analytic case at a tenth, once and ten times the size: cost per group must stay level
slope       the logistic slope index, its ratio and their HC1 errors alone, beside statsmodels' GLM on some of them
template    `jamlik measures` on a template of 200 rows, start of the program included
profile     `from profile(…)` in the place where it takes longest
"""

import sys
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipelines import settings
from pipelines.statistics.measures import as_text, make_measures, measures_of_file
from tests.bench import peers, profile
from tests.bench.clocks import Clock, call, clock, peak_gigabytes
from tests.bench.report import Report
from tests.bench.size import REPOSITORY, Size

THREADS = 2
DRAWS = 1_000
GROUPS = 100_000  # of each kind
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


def made(number: int, draws: int) -> dict[str, float]:
    """All measures of `number` ordered and as many unordered groups."""
    con = warehouse(groups(number, number))
    with clock() as spent:
        make_measures(con, draws=draws)
    rows, held = con.execute("select count(*), count(ci_lower) from measure.estimate").fetchall()[0]
    return {**vars(spent), "rows": rows, "held": held, "gigabytes": peak_gigabytes()}


def slope(number: int) -> dict[str, float]:
    """SII and RII with HC1 in SQL for all groups."""
    con = warehouse(groups(number, 0))
    con.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
    spent = Clock()
    for name in ("group_state", "subgroup", "linear", "newton", "newton_far", "slope"):
        (path,) = (settings.SQL / "measures").rglob(f"{name}.sql")
        with clock() as each:
            con.execute(f"create table measure.{name} as {path.read_text(encoding='utf-8')}")
        if name in ("newton", "newton_far", "slope"):  # what is before serves every measure; so for statsmodels: ranks
            spent = Clock(spent.wall + each.wall, spent.processor + each.processor)
    return vars(spent)


def slope_by_statsmodels(number: int, compared: int) -> dict[str, float]:
    """The same answer for the first `compared` of the same groups: both indices, their errors by the delta method."""
    import statsmodels.api as sm

    members = groups(number, 0)
    figure, persons = (members[name].to_numpy().reshape(-1, 5) for name in ("estimate", "population"))
    share = persons / persons.sum(axis=1, keepdims=True)
    rank = np.cumsum(share, axis=1) - share / 2
    ends, answers = np.array([[1.0, 0.0], [1.0, 1.0]]), []
    some = zip(figure[:compared] / 100, share[:compared], map(sm.add_constant, rank[:compared]), strict=True)
    with clock() as spent:
        for y, w, x in some:
            fit = sm.GLM(y, x, family=sm.families.Binomial(), var_weights=w).fit(cov_type="HC1")
            bottom, top = fit.predict(ends)
            covariance = fit.cov_params()
            difference = top * (1 - top) * ends[1] - bottom * (1 - bottom) * ends[0]
            ratio = (1 - top) * ends[1] - (1 - bottom) * ends[0]
            answers.append((top - bottom, difference @ covariance @ difference))
            answers.append((top / bottom, ratio @ covariance @ ratio))
    assert len(answers) == 2 * compared
    return vars(spent)


def _template(path: Path) -> None:
    heading = (
        "setting,date,source,indicator_abbr,dimension,subgroup,estimate,se,population,favourable_indicator,"
        "indicator_scale,ordered_dimension,subgroup_order,reference_subgroup"
    )
    rows = [
        f"Motala,2022,survey,i{number // 5},education,s{number % 5},{20 + number * 37 % 60},2,1000,1,100,1,"
        f"{number % 5 + 1},0"
        for number in range(200)
    ]
    path.write_text("\n".join([heading, *rows]), encoding="utf-8")


def _template_seconds(size: Size) -> Clock:
    with size.folder() as folder:
        path = folder / "template.csv"
        _template(path)
        if size.tiny:
            with clock() as spent:
                as_text(measures_of_file(str(path)))
            return spent
        program = "import sys; from pipelines.statistics.measures import *; as_text(measures_of_file(sys.argv[1]))"
        done = call([sys.executable, "-c", program, str(path)], REPOSITORY, {})
        return Clock(done.wall, done.processor or 0.0)


def _report_made(report: Report, what: str, found: dict[str, Any], asked: str, memory: str) -> None:
    told = f"{found['processor']:.2f} s of processor; {found['rows']:,} measures, {found['held']:,} intervals"
    report.figure(what, found["wall"], "s", asked, told)
    report.figure(f"{what}: memory", found["gigabytes"], "GB", memory)


def bench(report: Report, size: Size) -> None:
    number = size.pick(GROUPS, 200)
    once, ten = (f"{2 * each:,}" for each in (number, 10 * number))
    work = {}
    for times, asked, memory in ((1, "≤ 3 s", ""), (0.1, "", ""), (10, "", "≤ 4 GB")):
        found = size.apart(made, round(times * number), 0)
        work[times] = found["processor"] / (times * number)
        _report_made(report, f"{round(2 * times * number):,} groups, analytic", found, asked, memory)
    report.figure(f"cost per group at {ten} groups over that at {once}", work[10] / work[1], "×", "about 1")
    draws = size.pick(DRAWS, 20)
    _report_made(report, f"{once} groups, a thousand draws", size.apart(made, number, draws), "≤ 35 s", "")
    _slopes(report, size, number)
    spent = _template_seconds(size)
    report.figure("jamlik measures, a template of 200 rows", spent.wall, "s", note=str(spent))
    profile.slowest(report, size)
    for peer, why in peers.LEFT_OUT.items():
        print(f"left out: {peer}; {why}", flush=True)


def _slopes(report: Report, size: Size, number: int) -> None:
    ours = size.apart(slope, number)
    what = f"SII and RII with HC1, {number:,} groups"
    report.figure(what, ours["wall"], "s", note=f"{ours['processor']:.2f} s of processor")
    against = f"{what}: faster a group than statsmodels' GLM"
    asked = "≥ 300 ×"
    if why := peers.absent("statsmodels"):
        report.figure(against, None, "×", asked, why)
        return
    compared = size.pick(COMPARED, 3)
    theirs = size.apart(slope_by_statsmodels, number, compared)
    wall, processor = (theirs[each] / compared / (ours[each] / number) for each in ("wall", "processor"))
    note = f"by processor time; {wall:,.0f} by the clock, of one thread against {THREADS}"
    report.figure(against, processor, "×", asked, note)
