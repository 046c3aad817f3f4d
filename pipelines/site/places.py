"""The figures of one place: one parquet per area, a row for every indicator and for every dimension contrasted there.

Belongs here: what *Min kommun* and *Rekommendationerna* show of a place. Not here: all places of one indicator, see
figures.py.
"""

from pathlib import Path

import duckdb

from pipelines.site.figures import SHOWN, runs, with_dictionaries, write_parquet
from pipelines.site.scripts import write_wrapped

# The weightiest caution first: what makes a figure hard to compare, then what makes it uncertain.
_FLAGS = str(
    [
        "synthetic",
        "break_in_series",
        "other_survey",
        "partial_coverage",
        "coarse_rounding",
        "low_at_source",
        "transcribed",
        "few_events",
        "false_at_source",
    ]
)

_LEVELS = """
    create temp table level_row as
    with base as (
        select v.* from release.indicator_value v
        join base_series b on b.indicator_id = v.indicator_id and b.dimension = v.dimension
    ),
    lone as (  -- a county of one municipality is no company for it
        select county_code from release.area where area_level = 'municipality' group by county_code having count(*) = 1
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
            cast(quantile_cont(value, 0.025) as float) as low, cast(quantile_cont(value, 0.25) as float) as p25,
            cast(quantile_cont(value, 0.5) as float) as p50, cast(quantile_cont(value, 0.75) as float) as p75,
            cast(quantile_cont(value, 0.975) as float) as high
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
            cast(least(s.low, h.value, c.value, n.value) as float) as low,
            cast(greatest(s.high, h.value, c.value, n.value) as float) as high,
            better_sign(i.polarity) < 0 as turned
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
            and h.county_code not in (select county_code from lone)
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


# Whether last differs from first by more than chance, with regard to the number of tests (change_verdict); of the two
# spans the longer one that can be judged; where neither can, the longer one with its reason.
_MOVES = """
    create temp table move as
    select
        indicator_id, area_code, measure, dimension, coalesce(group_code, '') as group_code, sex, changed as movement,
        change_verdict as trend, trend_years, cast(total_change as float) as change,
        cast(total_change_lower as float) as change_lower, cast(total_change_upper as float) as change_upper,
        first_period as trend_first, last_period as trend_last, change_reason as trend_reason
    from release.trend
    where measure in ('value', 'd', 'r') and coalesce(stratum, 'total') = 'total'
    qualify row_number() over (
        partition by indicator_id, area_code, measure, dimension, group_code, sex
        order by change_verdict = 'not_assessable', trend_years desc
    ) = 1
"""

_COMPARED = """
    create temp table compared as
    select
        indicator_id, area_code, dimension, group_code, sex, period,
        min(case when comparator = 'nation' then verdict end) as vs_nation,
        min(case when comparator = 'county' then verdict end) as vs_county,
        min(case when comparator = 'similar_overall' then verdict end) as vs_similar,
        min(case when comparator = 'nation' then reason end) as vs_reason,
        bool_or(comparator = 'nation' and verdict in ('better', 'worse', 'above', 'below') and small) as vs_small,
        bool_or(comparator = 'nation' and comparator_basis <> 'figure') as vs_mean
    from release.benchmark
    group by indicator_id, area_code, dimension, group_code, sex, period
"""

# An indicator that says nothing about the place, and why; the words are those of area_coverage. Where it says that
# nobody collects or has fetched the figures, two cases are told apart: those delivered on order only, and those of a
# known table that has not been fetched, which has one row that says so.
_ABSENT = """
    select
        c.area_code, 'absent' as kind, c.indicator_id, 'total' as dimension,
        case
            when c.reason not in ('not_collected', 'not_fetched') then c.reason
            when i.ordered then 'must_be_ordered'
            when i.not_fetched then 'not_fetched'
            else c.reason
        end as reason
    from release.area_coverage c
    join (
        select
            i.indicator_id,
            coalesce(bool_and(s.confidentiality = 'secret'), false) as ordered,
            i.indicator_id in (
                select indicator_id from release.indicator_value group by indicator_id
                having bool_and(status = 'not_fetched')
            ) as not_fetched
        from release.indicator i
        left join release.source_table s on list_contains(string_split(i.source_ids, ', '), s.table_id)
        group by i.indicator_id
    ) i on i.indicator_id = c.indicator_id
    where c.dimension = 'total' and not c.measured
"""

_PLACES = f"""
    with row_of_place as (
        select * from level_row
        union all by name select * from ({_GAPS})
        union all by name (
            select x.* from ({_ABSENT}) x
            anti join level_row l on l.indicator_id = x.indicator_id and l.area_code = x.area_code
        )
    ),
    caution as ({_CAUTIONS})
    select
        r.*, b.vs_nation, b.vs_county, b.vs_similar, b.vs_reason, b.vs_small, b.vs_mean, m.trend, m.movement,
        m.trend_years, m.change, m.change_lower, m.change_upper, m.trend_first, m.trend_last, m.trend_reason,
        q.trend as trend_ratio, q.movement as movement_ratio, coalesce(own.flag, general.flag) as flag
    from row_of_place r
    left join caution own
        on own.indicator_id = r.indicator_id and own.period = r.period and own.area_code = r.area_code
    left join caution general
        on general.indicator_id = r.indicator_id and general.period = r.period and general.area_code is null
    left join compared b
        on b.indicator_id = r.indicator_id and b.area_code = r.area_code and b.dimension = r.dimension
        and b.group_code = r.group_code and b.sex = r.sex and b.period = r.period and r.kind = 'level'
    left join move m
        on m.indicator_id = r.indicator_id and m.area_code = r.area_code and m.dimension = r.dimension
        and m.group_code = coalesce(r.group_code, '') and m.sex = coalesce(r.sex, 'total')
        and m.measure = case r.kind when 'level' then 'value' when 'gap' then 'd' end
    left join move q
        on q.indicator_id = r.indicator_id and q.area_code = r.area_code and q.dimension = r.dimension
        and q.sex = 'total' and q.measure = 'r' and r.kind = 'gap'
    order by r.area_code, r.kind desc, r.indicator_id, r.dimension, r.sex, r.group_code
"""

# What widens is named from the trends themselves, the difference apart from the ratio: `absolute` by the difference or
# the slope index, `relative` by the ratio or the relative index. Ten years where they can be judged, else five; ages
# are no social condition. The same gaps are counted in recommendation_status.
_RECOMMENDATIONS = """
    with followed as (
        select
            t.area_code, i.recommendation, t.indicator_id, t.dimension, t.measure,
            t.measure in ('d', 'sii') as is_absolute, max(i.same_fact_as) as same_fact_as,
            coalesce(
                max(case when t.trend_years = 10 and t.change_verdict <> 'not_assessable' then t.change_verdict end),
                max(case when t.trend_years = 5 then t.change_verdict end)
            ) as direction
        from release.trend t
        join release.indicator i on i.indicator_id = t.indicator_id
        where t.measure not in ('value', 'distance') and t.changed_direction is not null
            and t.stratum = 'total' and t.sex = 'total' and t.dimension <> 'age'
        group by t.area_code, i.recommendation, t.indicator_id, t.dimension, t.measure
    ),
    judged as (  -- a fact once, as recommendation_status counts it
        select * from followed
        qualify row_number() over (
            partition by area_code, coalesce(same_fact_as, indicator_id), measure, dimension
            order by coalesce(direction, 'not_assessable') = 'not_assessable', same_fact_as is not null, indicator_id
        ) = 1
    ),
    widening as (
        select
            area_code, recommendation,
            string_agg(distinct gap, ', ' order by gap) filter (where is_absolute) as widening_absolute,
            string_agg(distinct gap, ', ' order by gap) filter (where not is_absolute) as widening_relative
        from (select *, indicator_id || ':' || dimension as gap from judged where direction = 'widening')
        group by area_code, recommendation
    )
    select s.*, w.widening_absolute, w.widening_relative
    from release.recommendation_status s
    left join widening w on w.area_code = s.area_code and w.recommendation = s.recommendation
    where s.year = (select max(year) from release.recommendation_status)
    order by s.area_code, s.recommendation
"""


def write_places(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Writes each area's parquet and wrapper into `folder`."""
    for statement in (_LEVELS.replace("{spine}", _SPINE), _MOVES, _COMPARED):
        connection.execute(statement)
    rows = with_dictionaries(connection.sql(_PLACES).to_arrow_table())
    for code, start, length in runs(rows.column("area_code")):
        path = folder / f"{code}.parquet"
        write_parquet(path, [rows.slice(start, length).drop_columns(["area_code"])])
        write_wrapped(path, f"area/{code}")


def write_recommendations(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Writes the state of the five recommendations in every area, latest year, as one parquet and wrapper."""
    rows = with_dictionaries(connection.sql(_RECOMMENDATIONS).to_arrow_table())
    path = folder / "recommendation_status.parquet"
    write_parquet(path, [rows])
    write_wrapped(path, "recommendation_status")
