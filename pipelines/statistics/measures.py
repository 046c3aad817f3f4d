"""`jamlik measures`: a table in the upload template of WHO's HEAT → every inequality measure that applies.

Reads the template, refuses what cannot be read with one sentence, fills `measure.member` in a DuckDB in memory and
runs the very models of `sql/measures/` that make the release. Not here: a formula (see `sql/measures/`), the
template of an export (see `pipelines/statistics/heat.py`), Dagster, pandas.
"""

import tempfile
import textwrap
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import settings
from pipelines.errors import WrongCall
from pipelines.formats.own_table import demand_another_file, write_table
from pipelines.statistics.simulation import DRAWS, MEMBERS_TO_DRAW, SEED, TAIL, simulate
from pipelines.statistics.template import fill_members

# The models that need nothing but measure.member (and measure.gap_error, empty of a file), each after what it reads;
# `simulated` is made in between.
MODELS = (
    "group_state",
    "subgroup",
    "pair",
    "variance",
    "deviation",
    "attributable",
    "linear",
    "newton",
    "newton_far",
    "slope",
    "applicable",
    "simulated",
    "estimate",
)
# The levels that intervals may have: the macro of so many standard errors, the tail at either end, and how many times
# the usual draws it takes to find the tail as well.
LEVELS = {"95": ("z975", TAIL, 1), "99.8": ("z999", 0.001, 4)}
MEASURES = (
    "d", "r", "sii", "rii", "sii_linear", "rii_linear", "aci", "rci", "bgv", "bgsd", "cov", "mdmu", "mdmw",
    "mdbu", "mdbw", "mdru", "mdrw", "idisu", "idisw", "theil", "mld", "par", "paf",
)  # fmt: skip
_SIMULATED = frozenset(("bgsd", "cov", "mdmu", "mdmw", "mdbu", "mdbw", "mdru", "mdrw", "idisu", "idisw"))
# Above this many subgroups 10,000 draws each would take longer than anyone waits; the intervals are left out and
# said to be.
MOST_SIMULATED_ROWS = 1_000_000
_BIG = 50_000_000  # bytes
_RESULT = """
    select
        c.setting, c.date, c.source, c.indicator_abbr, c.dimension, e.measure,
        case when not e.no_model then e.estimate end as estimate,
        case when not e.no_model then e.se end as se,
        case when not e.no_model then e.se_scale end as se_scale,
        case when not e.no_model then e.ci_lower end as ci_lower,
        case when not e.no_model then e.ci_upper end as ci_upper,
        case when e.no_model then 'none' else e.ci_method end as ci_method,
        e.n_groups as n_subgroups,
        case when e.no_model then 'refused' else e.status end as status,
        case
            when e.no_model and e.status <> 'refused'
                then 'indicator_scale is 1 and an estimate lies above 1: means, of which no share can be modelled'
            when ? and e.ci_method = 'none' and list_contains(?, e.measure) and e.status <> 'refused'
                then 'no interval: too many subgroups to simulate'
            else e.reason
        end as reason,
        cast(? as double) as ci_level
    from (
        select m.*, k.taken_as_mean and m.measure in ('sii', 'rii') as no_model
        from measure.estimate m
        join measure.comparison k on k.group_id = m.group_id
    ) e
    join measure.comparison c on c.group_id = e.group_id
    where list_contains(?, e.measure)
    order by e.group_id, e.place
"""
# How many comparisons were refused, whole or in part, and why, the commonest reasons first.
_REFUSALS = """
    with comparison as (
        select setting, date, source, indicator_abbr, dimension,
            bool_and(status = 'refused') as whole, bool_or(status = 'refused') as part
        from measure.result
        group by all
    ),
    why as (
        select c.whole, r.reason, count(distinct (c.setting, c.date, c.source, c.indicator_abbr, c.dimension)) as times
        from comparison c
        join measure.result r using (setting, date, source, indicator_abbr, dimension)
        where r.status = 'refused'
        group by c.whole, r.reason
    )
    select
        count(*), count_if(whole), count_if(part and not whole),
        (select list(reason || ' (' || times || ')' order by times desc, reason) from why where whole),
        (select list(reason || ' (' || times || ')' order by times desc, reason) from why where not whole)
    from comparison
"""
_REASONS = 3  # that are named; the rest stand in the rows


def measures_of_file(
    path: str | Path,
    out: str | Path | None = None,
    chosen: Sequence[str] | None = None,
    draws: int = DRAWS,
    level: str = "95",
    tell: Callable[[str], None] | None = None,
) -> pa.Table | None:
    """Every measure that applies to each comparison in `path` (csv, xlsx or parquet in WHO HEAT's upload template).

    Returns one row per comparison and measure: setting, date, source, indicator_abbr, dimension, measure, estimate, se,
    se_scale, ci_lower, ci_upper, ci_method, n_subgroups, status, reason, ci_level; estimates in the indicator's unit,
    see `sql/measures/`. Where `out` is given it is written there instead (csv or parquet by ending), and None returned.
    `chosen` keeps some measures only; `level`, of `LEVELS`, is that of the intervals; `tell` is given a line that says
    how many comparisons were refused, and why.
    Raises `WrongCall` for an unknown measure or ending, `Refused` for a file that cannot be read as the template.
    """
    wanted = _chosen(chosen)
    if out is not None:
        demand_another_file(Path(out), Path(path))
    # a small table is handled in memory, a big one on disk, where DuckDB can put aside what it is not working on
    big = Path(path).is_file() and Path(path).stat().st_size > _BIG
    with tempfile.TemporaryDirectory() as folder, duckdb.connect(f"{folder}/db" if big else ":memory:") as connection:
        connection.execute(f"set temp_directory = '{folder}/spill'")
        connection.execute("create schema measure")
        rows = fill_members(connection, Path(path))
        too_many = rows > MOST_SIMULATED_ROWS
        make_measures(connection, 0 if too_many or not _SIMULATED & set(wanted) else draws, level=level)
        parameters = [too_many, sorted(_SIMULATED), level, wanted]
        connection.execute(f"create table measure.result as {_RESULT}", parameters)
        if tell is not None:
            tell(_refusals(connection))
        if out is not None:
            write_table(connection, "measure.result", Path(out))
            return None
        return connection.sql("select * from measure.result").to_arrow_table()


def measures_of_members(members: pa.Table, draws: int = DRAWS, seed: int = SEED) -> pa.Table:
    """Every measure of every comparison in `members`, a table of the columns of `measure.member`.

    Returns the columns of `measure.estimate`, by group_id and place. Refuses nothing as a whole: a comparison that
    cannot be measured has status refused and its reason.
    """
    with duckdb.connect() as connection:
        connection.execute("create schema measure")
        connection.register("members", members)
        connection.execute("create table measure.member as select * from members")
        make_measures(connection, draws, seed)
        return connection.sql("select * from measure.estimate order by group_id, place").to_arrow_table()


def make_measures(
    connection: duckdb.DuckDBPyConnection, draws: int = DRAWS, seed: int = SEED, level: str = "95"
) -> None:
    """Runs the models on `measure.member`; `measure.estimate` is the result. No simulated intervals with 0 draws."""
    if level not in LEVELS:
        raise WrongCall(f"'{level}' is not a level of the intervals; choose {' or '.join(LEVELS)}.")
    reach, tail, more = LEVELS[level]
    connection.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
    connection.execute(f"create or replace macro interval_z() as {reach}()")
    connection.execute("create table if not exists measure.gap_error (group_id bigint, se double)")
    for name in MODELS:
        if name == "simulated":
            _simulated(connection, draws * more, seed, tail)
            continue
        (path,) = (settings.SQL / "measures").rglob(f"{name}.sql")
        select = path.read_text(encoding="utf-8")
        connection.execute(f"create or replace table measure.{name} as {select}")


def _simulated(connection: duckdb.DuckDBPyConnection, draws: int, seed: int, tail: float) -> None:
    members = connection.sql(MEMBERS_TO_DRAW + ("" if draws else " and false")).to_arrow_table()
    intervals = simulate(members, draws, seed, tail)
    connection.register("intervals", intervals)
    connection.execute("create or replace table measure.simulated as select * from intervals")
    connection.unregister("intervals")


def _chosen(chosen: Sequence[str] | None) -> list[str]:
    """The measures asked for, in any case and with spaces; all where none is named."""
    if not chosen:
        return list(MEASURES)
    names = [name.strip().lower() for name in chosen if name.strip()]
    for name in names:
        if name not in MEASURES:
            raise WrongCall(f"'{name}' is not a measure; choose among {', '.join(MEASURES)}.")
    return names


def _refusals(connection: duckdb.DuckDBPyConnection) -> str:
    """How many comparisons were refused, and why, in one line."""
    every, whole, part, why_whole, why_part = connection.execute(_REFUSALS).fetchall()[0]
    if not every:
        return "No comparison: none of the chosen measures applies."
    line = f"{every:,} comparison{'s' * (every != 1)}, {f'{whole:,}' if whole else 'none'} refused"
    if whole:
        line += f": {_named(why_whole)}"
    if part:
        line += f"; {part:,} with some measures refused: {_named(why_part)}"
    return f"{line}."


def _named(reasons: list[str]) -> str:
    more = len(reasons) - _REASONS
    return ", ".join(reasons[:_REASONS]) + (f" and {more} reason{'s' * (more != 1)} more" if more > 0 else "")


def as_text(table: pa.Table, width: int | None = None) -> str:
    """The result for a person to read: each comparison under a heading, its measures below, no wider than `width`.
    Plain text; a table drawn by a library takes longer than the measures themselves."""
    if table.num_rows == 0:
        return "None of the chosen measures applies to this table.\n"
    lines: list[str] = []
    last: tuple[Any, ...] = ()
    for row in table.to_pylist():
        key = tuple(row[name] for name in ("setting", "date", "source", "indicator_abbr", "dimension"))
        if key != last:
            setting, date, source, indicator, dimension = last = key
            lines += [
                "",
                f"{setting}, {date}: {indicator} by {dimension}, {row['n_subgroups']} subgroup"
                + "s" * (row["n_subgroups"] != 1),
            ]
            lines[-1] += f" ({source})" if source else ""
            interval = f"{row['ci_level']:g} % interval"
            lines.append(f"  {'measure':<11}{'estimate':>12}  {interval:<26}{'status':<11}why")
        held = row["ci_lower"] is not None
        interval = f"{row['ci_lower']:.6g} to {row['ci_upper']:.6g}" if held else "none"
        number = f"{row['estimate']:.6g}" if row["estimate"] is not None else "none"
        why = row["reason"] or ""
        line = f"  {row['measure']:<11}{number:>12}  {interval:<26}{row['status']:<11}{why}".rstrip()
        long = width is not None and len(line) > width
        lines += textwrap.wrap(line, max(width or 0, 80), subsequent_indent=" " * 6) if long else [line]
    return "\n".join(lines[1:]) + "\n"
