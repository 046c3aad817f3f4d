"""What a release offers beside its tables: macros and views for those who write SQL but not this SQL.

They name the release's own tables, so they are made inside it (`publish.py`), after the tables. Belongs here: questions
that strategists ask again and again, in one place for the database, the profile and the page. Not here: figures; no
number is made that is not in a table already.
"""

from collections.abc import Iterable, Sequence

import duckdb

from pipelines.errors import Refused
from pipelines.published.metadata import literal
from pipelines.release.views import ABOUT, NAMED, VIEWS
from schemas.fields import Table

# A place by code, by name, or, where no municipality has that name, a county by its name without `län`.
_AREA_CODE = """
    create macro area_code(place) as (
        select coalesce(
            min(
                case
                    when lower(trim(place)) in (area_code, lower(area_name), lower(area_name_long)) then area_code
                end
            ),
            min(
                case
                    when
                        area_level = 'county'
                        and lower(trim(place)) in (
                            lower(regexp_replace(area_name, ' län$', '')),
                            lower(regexp_replace(area_name, 's? län$', ''))
                        )
                        then area_code
                end
            )
        )
        from area
    )
"""

# One row for each indicator of a place (for each sex where the source has no total): the latest figure, or why there is
# none, beside the county's and the nation's of the same period (nation_basis: its own figure, or its municipalities'
# mean where it has none), and how it compares and moves. A made-up figure is
# neither compared nor followed: a change of the published figures before it says nothing of it. absence: why the whole
# population has no real figure here.
_PROFILE = """
    create macro profile(place) as table
    with place_of as (
        select area_code(place) as own_code
    ),
    here as materialized (
        select
            v.indicator_id, v.period, v.dimension, v.group_code, v.sex, v.year, v.value, v.ci_lower, v.ci_upper,
            v.status, v.status_reason, v.reliability, v.provenance, v.source_ids, v.area_code
        from indicator_value as v
        inner join place_of as p on v.area_code = p.own_code
    ),
    nation as (
        select v.indicator_id, v.period, v.dimension, v.group_code, v.sex, v.value
        from indicator_value as v
        where v.area_code = '00' and v.dimension in ('total', 'sex')
    ),
    mine as (
        select
            v.indicator_id, v.period, v.dimension, v.group_code, v.sex, v.year, v.value, v.ci_lower, v.ci_upper,
            v.status, v.status_reason, v.reliability, v.provenance, v.source_ids,
            row_number() over (
                partition by v.indicator_id, v.dimension, v.group_code
                order by case when v.value is null then 1 else 0 end, v.year desc, v.period desc
            ) as nth,
            max(case when v.dimension = 'total' and v.value is not null then 1 else 0 end)
                over (partition by v.indicator_id) as has_total,
            max(case when v.dimension = 'sex' and v.value is not null then 1 else 0 end)
                over (partition by v.indicator_id) as has_sexes
        from here as v
        where v.dimension in ('total', 'sex')
    ),
    latest as (
        select * from mine
        where nth = 1 and (dimension = 'total') = (has_total = 1 or has_sexes = 0)
    ),
    otherwise as (
        select v.indicator_id, string_agg(distinct v.dimension, ', ') as other_dimensions
        from here as v
        where v.value is not null and v.dimension not in ('total', 'sex')
        group by v.indicator_id
    ),
    beside as materialized (
        select
            b.comparator, b.indicator_id, b.period, b.dimension, b.group_code, b.sex, b.comparator_value, b.difference,
            b.difference_lower, b.difference_upper, b.difference_in_spread, b.small, b.verdict, b.chance_kind,
            b.comparator_basis, b.reason
        from benchmark as b
        inner join place_of as p on b.area_code = p.own_code
        where b.comparator in ('nation', 'county', 'similar_overall') and b.dimension in ('total', 'sex')
    ),
    moving as materialized (
        select
            t.indicator_id, t.measure, t.dimension, t.group_code, t.sex, t.changed, t.change_verdict, t.total_change,
            t.total_change_lower, t.total_change_upper, t.direction, t.movement, t.first_period, t.last_period,
            t.change_reason,
            row_number() over (
                partition by t.indicator_id, t.measure, t.dimension, t.group_code, t.sex
                order by case when t.changed = 'not_assessable' then 1 else 0 end, t.trend_years desc
            ) as nth
        from trend as t
        inner join place_of as p on t.area_code = p.own_code
        where t.stratum = 'total' and (t.measure in ('d', 'r') or t.dimension in ('total', 'sex'))
    ),
    unmeasured as (
        select c.indicator_id, c.reason
        from area_coverage as c
        inner join place_of as p on c.area_code = p.own_code
        where c.dimension = 'total' and not c.measured and c.indicator_id is not null
    ),
    gaps as (
        select
            indicator_id,
            cast(count(distinct case when changed <> 'not_assessable' then dimension end) as integer) as gaps_followed,
            string_agg(
                case when measure = 'd' and change_verdict = 'widening' then dimension end, ', ' order by dimension
            ) as absolute_widening_in,
            string_agg(
                case when measure = 'r' and change_verdict = 'widening' then dimension end, ', ' order by dimension
            ) as relative_widening_in,
            string_agg(
                case when measure = 'd' and change_verdict = 'narrowing' then dimension end, ', ' order by dimension
            ) as absolute_narrowing_in,
            string_agg(
                case when measure = 'r' and change_verdict = 'narrowing' then dimension end, ', ' order by dimension
            ) as relative_narrowing_in
        from moving
        where measure in ('d', 'r') and nth = 1 and sex = 'total'
        group by indicator_id
    )
    select
        i.recommendation,
        h.sort_order as headline,
        i.indicator_id,
        i.title_sv,
        i.title_en,
        l.dimension,
        coalesce(l.group_code, 'total') as group_code,
        i.unit,
        u.label_sv as unit_sv,
        u.decimals,
        i.polarity,
        i.core_indicator,
        l.period,
        l.year,
        l.value,
        l.ci_lower,
        l.ci_upper,
        coalesce(l.status, 'no_source') as status,
        l.status_reason,
        l.reliability,
        l.provenance,
        l.source_ids,
        c.comparator_value as county_value,
        coalesce(n.value, b.comparator_value) as nation_value,
        case when n.value is null then b.comparator_basis else 'figure' end as nation_basis,
        b.difference as nation_difference,
        b.difference_lower as nation_difference_lower,
        b.difference_upper as nation_difference_upper,
        b.difference_in_spread as nation_difference_in_spread,
        b.small as nation_difference_small,
        b.verdict as against_nation,
        b.chance_kind,
        b.reason as against_nation_reason,
        s.comparator_value as similar_value,
        s.verdict as against_similar,
        t.total_change,
        t.total_change_lower,
        t.total_change_upper,
        t.first_period as trend_from,
        t.last_period as trend_to,
        t.change_verdict as trend,
        coalesce(t.direction, t.movement) as lasting_trend,
        t.change_reason as trend_reason,
        g.gaps_followed,
        g.absolute_widening_in,
        g.relative_widening_in,
        g.absolute_narrowing_in,
        g.relative_narrowing_in,
        o.other_dimensions,
        a.reason as absence
    from indicator as i
    inner join unit as u on i.unit = u.unit
    left join headline as h on i.indicator_id = h.indicator_id
    left join latest as l on i.indicator_id = l.indicator_id
    left join nation as n
        on l.indicator_id = n.indicator_id and l.period = n.period
        and l.dimension = n.dimension and l.group_code = n.group_code and l.sex = n.sex
    left join beside as c
        on c.comparator = 'county' and l.indicator_id = c.indicator_id and l.period = c.period
        and l.dimension = c.dimension and l.group_code = c.group_code and l.sex = c.sex
    left join beside as b
        on b.comparator = 'nation' and l.indicator_id = b.indicator_id
        and l.period = b.period and l.dimension = b.dimension and l.group_code = b.group_code and l.sex = b.sex
    left join beside as s
        on s.comparator = 'similar_overall' and l.indicator_id = s.indicator_id
        and l.period = s.period and l.dimension = s.dimension and l.group_code = s.group_code and l.sex = s.sex
    left join moving as t
        on t.measure = 'value' and t.nth = 1 and l.indicator_id = t.indicator_id
        and l.dimension = t.dimension and l.group_code = t.group_code and l.sex = t.sex
        and l.provenance <> 'synthetic'
    left join otherwise as o on i.indicator_id = o.indicator_id
    left join gaps as g on i.indicator_id = g.indicator_id
    left join unmeasured as a on i.indicator_id = a.indicator_id
    order by i.recommendation, h.sort_order nulls last, i.title_sv, l.group_code desc
"""

# One row for each gap of an indicator in a place and each period: the difference and the ratio between social groups,
# and how each moves over ten years, or five where ten cannot be judged.
_GAP = """
    create macro gap(indicator, place) as table
    select
        q.dimension,
        q.stratum,
        q.sex,
        q.period,
        max(case when q.measure = 'd' then q.estimate end) as difference,
        max(case when q.measure = 'd' then q.ci_lower end) as difference_lower,
        max(case when q.measure = 'd' then q.ci_upper end) as difference_upper,
        max(case when q.measure = 'r' then q.estimate end) as ratio,
        max(case when q.measure = 'r' then q.ci_lower end) as ratio_lower,
        max(case when q.measure = 'r' then q.ci_upper end) as ratio_upper,
        max(case when q.measure = 'd' then q.certain end) as certain,
        max(case when q.measure = 'd' then q.reason end) as reason,
        max(case when t.measure = 'd' then t.change_verdict end) as difference_trend,
        max(case when t.measure = 'r' then t.change_verdict end) as ratio_trend,
        max(q.provenance) as provenance
    from inequality as q
    left join (
        select
            *,
            row_number() over (
                partition by indicator_id, area_code, measure, dimension, stratum, sex
                order by case when changed = 'not_assessable' then 1 else 0 end, trend_years desc
            ) as choice
        from trend
        where indicator_id = indicator and area_code = area_code(place) and measure in ('d', 'r')
    ) as t
        on t.choice = 1
        and q.indicator_id = t.indicator_id and q.area_code = t.area_code and q.measure = t.measure
        and q.dimension = t.dimension and q.stratum = t.stratum and q.sex = t.sex
    where
        q.indicator_id = indicator and q.area_code = area_code(place) and q.measure in ('d', 'r')
        and q.dimension <> 'municipality'
    group by q.dimension, q.stratum, q.sex, q.period
    order by q.dimension, q.stratum, q.sex, q.period
"""

# Where a recommendation stands in a place.
_STATUS = """
    create macro status(number, place) as table
    select s.*, a.area_name, r.short_sv
    from recommendation_status as s
    inner join area as a on s.area_code = a.area_code
    inner join recommendation as r on s.recommendation = r.recommendation
    where s.recommendation = number and s.area_code = area_code(place)
"""

# The indicators that hold every word in their id, titles or synonyms, case and accents aside; first those whose title
# begins with the words, or that have them as a whole synonym.
_FIND = """
    create macro find_indicator(words) as table
    with sought as (
        select lower(strip_accents(trim(words))) as phrase
    ),
    named as (
        select
            i.recommendation, i.indicator_id, i.title_sv, i.title_en, i.synonyms_sv, i.synonyms_en,
            lower(strip_accents(concat_ws(
                ', ', i.title_sv, i.title_en, i.synonyms_sv, i.synonyms_en, i.indicator_id
            ))) as names
        from indicator as i
    )
    select n.recommendation, n.indicator_id, n.title_sv, n.title_en, n.synonyms_sv, n.synonyms_en
    from named as n
    cross join sought as s
    where s.phrase <> '' and len(list_filter(
        regexp_split_to_array(s.phrase, '\\s+'), lambda word : not contains(n.names, word)
    )) = 0
    order by
        case
            when starts_with(n.names, s.phrase) or list_contains(string_split(n.names, ', '), s.phrase) then 0 else 1
        end,
        n.recommendation, n.title_sv
"""

MACROS = (_AREA_CODE, _PROFILE, _GAP, _STATUS, _FIND)


_HERE = "pipelines/release/views.py"
if _half := sorted(set(VIEWS) ^ set(ABOUT)):
    raise Refused(
        f"{_HERE}: the view {_half[0]} stands in only one of VIEWS and ABOUT; write there what it selects and which "
        f"table it is about, or take it out."
    )


def column_comments(view: str, columns: Iterable[str], tables: Iterable[Table]) -> list[str]:
    """What gives a view's columns their comments: those of the columns of the same name in the released `tables`."""
    about = {table.name: table for table in tables}
    if ABOUT[view] not in about:
        raise Refused(f"{_HERE}: the view {view} is about {ABOUT[view]}, which is no released table; correct ABOUT.")
    ordered = sorted(about.values(), key=lambda table: table.name == ABOUT[view])
    named = {column.name: column.comment for table in ordered for column in table.fields} | NAMED
    for name in columns:
        if name not in named:
            raise Refused(
                f"{_HERE}: nothing says what the column {name} of the view {view} is, since no released table has one "
                f"of that name; add it to NAMED with its meaning."
            )
    return [f"comment on column {view}.{name} is {literal(named[name])}" for name in columns]


def check_views(tables: Sequence[Table]) -> None:
    """Refuses a view that cannot be made, or whose columns nobody has described, before a run makes anything.

    Made on the released `tables` without rows: a release would find out only after all of them.
    """
    with duckdb.connect() as connection:
        for table in tables:
            connection.register("none", table.arrow().empty_table())
            connection.execute(f"create table {table.name} as from none")
        for statement in statements():
            try:
                connection.execute(statement)
            except duckdb.Error as fault:
                made = " ".join(statement.split()[:3]).split("(")[0]
                raise Refused(f"{_HERE}: '{made}' does not run ({str(fault).splitlines()[0]}); correct it.") from fault
        for view in VIEWS:
            described = connection.execute(f"select * from {view} limit 0").description or []
            column_comments(view, [each[0] for each in described], tables)


def statements() -> list[str]:
    """What makes them, in order."""
    made = [macro.strip() for macro in MACROS]
    for name, (comment, select) in VIEWS.items():
        made.append(f"create view {name} as {select.strip()}")
        made.append(f"comment on view {name} is {literal(comment)}")
    return made
