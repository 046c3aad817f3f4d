"""The figures behind the charts: one parquet per indicator, sliced from one query on a release.

Belongs here: which rows a view shows, in which order, and how a file is written. Not here: the rows of one place
(places.py), what a figure means (sql/), how it is drawn (charts).
"""

import math
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.site.scripts import write_wrapped
from pipelines.site.theme import CLASSES

# Gaps between municipalities are many, and no view shows them; crosses of two dimensions neither, nor what is
# contrasted within a group of another dimension.
SHOWN = "dimension not similar to 'municipality|.*[+].*'"
# A float's noise (13.000000000000007) costs bytes and says nothing. Figures themselves are left as they are.
_KEPT_DECIMALS = 9
# The page reads three areas out of hundreds, and steps over the pages that hold none of them.
_PAGE_ROWS = 1000


def class_of(value: str, limits: str) -> str:
    """In SQL, the class of a map's colour: how many of the inner limits a value reaches; null without a value.

    The only place that decides it: the page and paper draw the class that they are given.
    """
    reached = f"list_transform({limits}, lambda least : cast({value} >= least as integer))"
    return f"case when {value} is not null then cast(list_sum([0] || {reached}) as integer) end"


_ROWS = f"""
    with figure as (
        select
            v.*,
            case when v.dimension = b.dimension then 1 else 2 end as part,
            cast(sum(cast(v.break_before as integer)) over (
                partition by v.indicator_id, v.area_code, v.dimension, v.group_code, v.sex order by v.period_end
            ) as integer) as segment,
            case when v.dimension = b.dimension and v.area_level = 'municipality' and v.value is not null then
                cast(row_number() over (
                    partition by
                        v.indicator_id, v.period, v.dimension, v.group_code, v.sex, v.area_level, v.value is null
                    order by v.value, v.area_code
                ) as integer)
            end as rank
        from figure_row v
        join base_series b on b.indicator_id = v.indicator_id
    )
    select
        f.indicator_id, f.part, f.kind, f.area_code, f.period, f.year, f.dimension, f.group_code, f.sex,
        null as stratum, f.value, f.ci_lower, f.ci_upper, f.status, f.reason, f.reliability,
        f.provenance, f.break_before, f.segment, null as certain, null as worse_when, f.rank,
        {class_of("f.value", "coalesce(own.limits, whole.limits)")} as map_class
    from figure f
    left join class_limit own on own.indicator_id = f.indicator_id and own.group_code = f.group_code
    left join class_limit whole on whole.indicator_id = f.indicator_id and whole.group_code = 'total'
    union all
    select
        g.indicator_id, 3 as part, g.kind, g.area_code, g.period, p.year, g.dimension, null, g.sex,
        g.stratum, round(g.estimate, {_KEPT_DECIMALS}), round(g.ci_lower, {_KEPT_DECIMALS}),
        round(g.ci_upper, {_KEPT_DECIMALS}), g.status, g.reason, null, g.provenance, null, null, g.certain,
        g.worse_when, null, null
    from gap_row g
    join (select period, min(year) as year from figure_row group by period) p on p.period = g.period
"""
_ORDER = "indicator_id, part, area_code, dimension, stratum, sex, group_code, kind, period"
# Few words, told millions of times: as enumerations they are compared as numbers and come out dictionary-encoded.
_WORDS = {
    "indicator_id": "select indicator_id from release.indicator",
    "kind": "select unnest(['value', 'd', 'r'])",
    "area_code": "select area_code from release.area",
    "period": "select period from release.indicator_value",
    "dimension": "select dimension from release.indicator_value union select dimension from release.inequality",
    "group_code": "select group_code from release.indicator_value",
    "sex": "select sex from release.indicator_value union select sex from release.inequality",
    "stratum": "select stratum from release.inequality",
    "status": "select status from release.indicator_value union select status from release.inequality",
    "reason": "select status_reason from release.indicator_value union select reason from release.inequality",
    "reliability": "select reliability from release.indicator_value",
    "provenance": "select provenance from release.indicator_value union select provenance from release.inequality",
    "certain": "select certain from release.inequality",
    "worse_when": "select worse_when from release.inequality",
}
_SOURCES = {
    "figure_row": f"select *, 'value' as kind, status_reason as reason from release.indicator_value where {SHOWN}",
    "gap_row": f"""
        select *, measure as kind from release.inequality
        where measure in ('d', 'r') and stratum = 'total' and {SHOWN}
    """,
}

# The parts of an indicator's file, each a row group of its own.
_PARTS = {"1": "whole", "2": "splits", "3": "gaps"}


def make_base_series(connection: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The dimension that each indicator's level is told by, kept as the temporary table `base_series` too.

    `total` where the whole population has a figure; where only groups have (life expectancy of women and of men), they.
    """
    connection.execute(
        f"""
        create or replace temp table base_series as
        select indicator_id, coalesce(
            min(case when dimension = 'total' then dimension end),
            min(case when dimension = 'sex' then dimension end),
            min(dimension),
            'total'
        ) as dimension
        from (
            select indicator_id, case when value is not null and {SHOWN} then dimension end as dimension
            from release.indicator_value
        )
        group by indicator_id
        """
    )
    return dict(connection.execute("select indicator_id, dimension from base_series").fetchall())


def make_class_limits(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, list[float]]]:
    """The inner limits of map classes by indicator and group of its base series; the temporary table `class_limit` too.

    Fifths of all municipalities in all periods, so that a place changes class only when its figure does. Rounded to the
    decimals that the unit is shown with, and to more only where classes would otherwise fall together.
    """
    shares = [share / CLASSES for share in range(1, CLASSES)]
    quantiles = connection.execute(
        f"""
        select v.indicator_id, v.group_code, quantile_cont(v.value, {shares}), any_value(u.decimals)
        from release.indicator_value v
        join base_series b on b.indicator_id = v.indicator_id and b.dimension = v.dimension
        join release.indicator i on i.indicator_id = v.indicator_id
        join release.unit u on u.unit = i.unit
        where v.area_level = 'municipality' and v.value is not null
        group by v.indicator_id, v.group_code
        order by v.indicator_id, v.group_code
        """
    ).fetchall()
    limits: dict[str, dict[str, list[float]]] = defaultdict(dict)
    connection.execute("create temp table class_limit (indicator_id varchar, group_code varchar, limits double[])")
    for name, group, found, decimals in quantiles:
        limits[name][group] = _rounded(found, decimals)
        connection.execute("insert into class_limit values (?, ?, ?)", [name, group, limits[name][group]])
    return dict(limits)


def _rounded(quantiles: list[float], decimals: int) -> list[float]:
    distinct = len(set(quantiles))
    for more in range(4):
        limits = sorted({round(each, decimals + more) for each in quantiles})
        if len(limits) == distinct:
            return limits
    return sorted(set(quantiles))


@dataclass(frozen=True)
class Written:
    """An indicator's file: its bytes, and which row group holds which part; a part without a row has none."""

    bytes: int
    parts: dict[str, int]


def write_indicators(connection: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, Written]:
    """Writes each indicator's parquet and wrapper into `folder`; returns what was written by indicator."""
    _make_rows_of_words(connection)
    empty = ", ".join(
        f"cast({column} as words_{column}) as {column}" for column in ("stratum", "certain", "worse_when")
    )
    ordered = f"select * replace ({empty}) from ({_ROWS}) order by {_ORDER}"
    rows = connection.sql(ordered).to_arrow_table().combine_chunks()
    written = {}
    for name, start, length in runs(rows.column("indicator_id")):
        table = rows.slice(start, length)
        shown = table.drop_columns(["indicator_id", "part"])
        path = folder / f"{name}.parquet"
        parts = list(runs(table.column("part")))
        size = write_parquet(path, [shown.slice(at, rows_of_part) for _, at, rows_of_part in parts])
        written[name] = Written(size, {_PARTS[part]: group for group, (part, _, _) in enumerate(parts)})
        write_wrapped(path, f"indicator/{name}")
    return written


def _make_rows_of_words(connection: duckdb.DuckDBPyConnection) -> None:
    """The views `figure_row` and `gap_row`: what is shown of the released tables, its texts as enumerations."""
    for column, words in _WORDS.items():
        known = f"select distinct word from ({words}) as known (word) where word is not null order by word"
        connection.execute(f"create temp type words_{column} as enum ({known})")
    for view, source in _SOURCES.items():
        columns = {name for name, *_ in connection.execute(f"describe {source}").fetchall()}
        encoded = ", ".join(f"cast({name} as words_{name}) as {name}" for name in _WORDS if name in columns)
        connection.execute(f"create temp view {view} as select * replace ({encoded}) from ({source})")


def with_dictionaries(rows: pa.Table) -> pa.Table:
    """The same table with text columns dictionary-encoded once for all slices."""
    for at, column in enumerate(rows.schema):
        if pa.types.is_string(column.type) or pa.types.is_null(column.type):
            rows = rows.set_column(
                at, column.name, rows.column(at).cast(pa.string()).combine_chunks().dictionary_encode()
            )
    return rows.combine_chunks()


def runs(column: pa.ChunkedArray) -> Iterator[tuple[str, int, int]]:
    """Each value of a sorted column with where it starts and how many rows it has."""
    encoded = pc.run_end_encode(column.combine_chunks().cast(pa.string()))
    start = 0
    for name, end in zip(encoded.values.to_pylist(), encoded.run_ends.to_pylist(), strict=True):
        yield name, start, end - start
        start = end


def write_parquet(path: Path, groups: list[pa.Table]) -> int:
    """Writes tables of one shape as row groups of one snappy parquet that a small reader can read; returns its bytes.

    Without statistics and without Arrow's own schema: the page reads neither.
    """
    with pq.ParquetWriter(
        path,
        groups[0].schema,
        compression="snappy",
        version="1.0",
        data_page_version="1.0",
        write_statistics=False,
        store_schema=False,
        max_rows_per_page=_PAGE_ROWS,
    ) as writer:
        for group in groups:
            if group.num_rows:
                writer.write_table(group.unify_dictionaries(), row_group_size=max(1, group.num_rows))
    return path.stat().st_size


def finite(number: float | None) -> float | None:
    """The number, or none where JSON has no word for it."""
    return number if number is not None and math.isfinite(number) else None
