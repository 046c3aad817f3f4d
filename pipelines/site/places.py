"""The figures of one place: one parquet per area, a row for every indicator and for every dimension contrasted there.

Belongs here: what *Min kommun* and *Rekommendationerna* show of a place. Not here: all places of one indicator, see
figures.py.
"""

from pathlib import Path

import duckdb

from pipelines.site.figures import SHOWN, runs, with_dictionaries, write_parquet
from pipelines.site.scripts import write_wrapped

# The weightiest caution first: what makes a figure hard to compare, then what makes it uncertain.
_FLAGS = "['break_in_series', 'other_survey', 'partial_coverage', 'coarse_rounding', 'few_events', 'false_at_source']"

_LEVELS = """
    create temp table level_row as
    with base as (
        select v.* from release.indicator_value v
        join base_series b on b.indicator_id = v.indicator_id and b.dimension = v.dimension
    ),
    latest as (
        select indicator_id, area_level, max_by(period, period_end) as period
        from base
        where value is not null
        group by indicator_id, area_level
    ),
    spread as (
        select
            indicator_id, period, group_code, sex,
            quantile_cont(value, 0.025) as low, quantile_cont(value, 0.25) as p25, quantile_cont(value, 0.5) as p50,
            quantile_cont(value, 0.75) as p75, quantile_cont(value, 0.975) as high
        from base
        where area_level = 'municipality' and value is not null
        group by indicator_id, period, group_code, sex
    ),
    own as (
        select
            indicator_id, area_code, group_code, sex, max_by(period, period_end) as last_period,
            max_by(value, period_end) as last_value
        from base
        where value is not null
        group by indicator_id, area_code, group_code, sex
    ),
    here as (
        select v.*, a.county_code
        from base v
        join latest l on l.indicator_id = v.indicator_id and l.area_level = v.area_level and l.period = v.period
        join release.area a on a.area_code = v.area_code
    ),
    beside as (
        select
            h.*, s.p25, s.p50, s.p75, c.value as county_value, n.value as nation_value,
            case when h.value is null then o.last_period end as last_period,
            case when h.value is null then o.last_value end as last_value,
            least(s.low, h.value, c.value, n.value) as low, greatest(s.high, h.value, c.value, n.value) as high,
            i.polarity = 'lower_is_better' as turned
        from here h
        join release.indicator i on i.indicator_id = h.indicator_id
        left join spread s
            on s.indicator_id = h.indicator_id and s.period = h.period and s.group_code = h.group_code and s.sex = h.sex
        left join own o
            on o.indicator_id = h.indicator_id and o.area_code = h.area_code and o.group_code = h.group_code
            and o.sex = h.sex
        left join base c
            on c.indicator_id = h.indicator_id and c.area_code = h.county_code and c.period = h.period
            and c.group_code = h.group_code and c.sex = h.sex and h.area_level = 'municipality'
        left join base n
            on n.indicator_id = h.indicator_id and n.area_level = 'nation' and n.period = h.period
            and n.group_code = h.group_code and n.sex = h.sex and h.area_level <> 'nation'
    )
    select
        area_code, 'level' as kind, indicator_id, dimension, group_code, sex, period, value, ci_lower, ci_upper, status,
        status_reason as reason, reliability, provenance, null as ratio, null as ratio_lower, null as ratio_upper,
        null as certain, null as worse_when, last_period, last_value, p25, p50, p75, low, high, county_value,
        nation_value, {spine}
    from beside
"""


def _place(column: str) -> str:
    """Where a figure lies between low and high, 0 to 1; the better end is 1 where the lower is the better."""
    share = f"({column} - low) / nullif(high - low, 0)"
    # To a thousandth of the spine's width: finer than a pixel.
    return f"cast(round(case when turned then 1 - {share} else {share} end, 3) as float)"


_SPINE = ", ".join(
    f"{_place(column)} as {name}"
    for column, name in (
        ("value", "x"),
        ("p25", "x_p25"),
        ("p50", "x_p50"),
        ("p75", "x_p75"),
        ("county_value", "x_county"),
        ("nation_value", "x_nation"),
    )
)

_GAPS = f"""
    with shown as (
        select q.*, a.area_level, p.period_end
        from release.inequality q
        join release.area a on a.area_code = q.area_code
        join (
            select period, max(period_end) as period_end from release.indicator_value group by period
        ) p on p.period = q.period
        where q.measure in ('d', 'r') and q.stratum = 'total' and q.sex = 'total' and q.{SHOWN}
    ),
    latest as (
        select indicator_id, area_level, dimension, max_by(period, period_end) as period
        from shown
        where estimate is not null
        group by indicator_id, area_level, dimension
    )
    select
        d.area_code, 'gap' as kind, d.indicator_id, d.dimension, d.period, round(d.estimate, 9) as value,
        round(d.ci_lower, 9) as ci_lower, round(d.ci_upper, 9) as ci_upper, d.status, d.reason, d.provenance,
        round(r.estimate, 9) as ratio, round(r.ci_lower, 9) as ratio_lower, round(r.ci_upper, 9) as ratio_upper,
        d.certain, d.worse_when
    from shown d
    join latest l
        on l.indicator_id = d.indicator_id and l.area_level = d.area_level and l.dimension = d.dimension
        and l.period = d.period
    left join shown r
        on r.indicator_id = d.indicator_id and r.area_code = d.area_code and r.period = d.period
        and r.dimension = d.dimension and r.measure = 'r'
    where d.measure = 'd'
"""

_CAUTIONS = f"""
    select indicator_id, area_code, period, {_FLAGS}[min(list_position({_FLAGS}, flag))] as flag
    from release.quality_flag
    where period is not null
    group by indicator_id, area_code, period
"""


def write_places(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Writes each area's parquet and wrapper into `folder`."""
    connection.execute(_LEVELS.replace("{spine}", _SPINE))
    rows = connection.sql(
        f"""
        with row_of_place as (
            select * from level_row union all by name select * from ({_GAPS})
        ),
        caution as ({_CAUTIONS})
        select
            r.*, coalesce(own.flag, general.flag) as flag
        from row_of_place r
        left join caution own
            on own.indicator_id = r.indicator_id and own.period = r.period and own.area_code = r.area_code
        left join caution general
            on general.indicator_id = r.indicator_id and general.period = r.period and general.area_code is null
        order by r.area_code, r.kind desc, r.indicator_id, r.dimension, r.sex, r.group_code
        """
    ).to_arrow_table()
    rows = with_dictionaries(rows)
    for code, start, length in runs(rows.column("area_code")):
        path = folder / f"{code}.parquet"
        write_parquet(path, [rows.slice(start, length).drop_columns(["area_code"])])
        write_wrapped(path, f"area/{code}")
