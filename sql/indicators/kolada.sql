-- Every indicator that is a catalogue entry only: Kolada figures, set into their frame.
-- The frame: for each group and sex of an indicator, the levels of area with any figure, and every year from the first
-- to the last with any; inside it every cell has a row, also in a year that the source passes over in silence.
-- Between elections Kolada repeats the election's figure; only the election's own year is kept. A figure made of the
-- years T-3…T has the period 2019/2022.
with figure as (
    select
        s.indicator_id,
        case
            when s.only_sex is not null or (s.dimension is null and v.sex <> 'total') then 'sex'
            else coalesce(s.dimension, 'total')
        end as dimension,
        coalesce(s.group_code, s.only_sex, v.sex) as group_code,
        coalesce(s.only_sex, v.sex) as sex,
        v.area_code,
        a.area_level,
        v.year,
        v.value,
        v.status,
        v.status_reason,
        v.other_survey,
        s.provenance,
        s.window_years
    from catalogue.kolada_series as s
    inner join core.kolada_value as v on s.kpi_id = v.kpi_id
    inner join core.area as a on v.area_code = a.area_code
    left join catalogue.election_year as e on s.indicator_id = e.indicator_id and v.year = e.year
    where
        (s.period_basis = 'calendar' or e.year is not null)
        and (s.only_sex is null or v.sex = 'total')
),

series as (
    select distinct
        indicator_id,
        dimension,
        group_code,
        sex,
        area_level,
        provenance,
        window_years
    from figure
    where value is not null or status_reason = 'false_at_source'
),

span as (
    select indicator_id, dimension, min(year) as first_year, max(year) as last_year
    from figure
    where value is not null
    group by indicator_id, dimension
),

expected as (
    select
        s.indicator_id,
        s.dimension,
        y.year
    from span as s
    inner join (select distinct year from core.kolada_value) as y on y.year between s.first_year and s.last_year
    inner join (select distinct indicator_id, period_basis from catalogue.kolada_series) as b
        on s.indicator_id = b.indicator_id
    left join catalogue.election_year as e on s.indicator_id = e.indicator_id and y.year = e.year
    where b.period_basis = 'calendar' or e.year is not null
),

collected as (
    select
        x.indicator_id,
        x.dimension,
        x.year,
        count(f.value) as figures
    from expected as x
    left join figure as f on x.indicator_id = f.indicator_id and x.dimension = f.dimension and x.year = f.year
    group by x.indicator_id, x.dimension, x.year
),

frame as (
    select
        s.indicator_id,
        s.dimension,
        s.group_code,
        s.sex,
        a.area_code,
        c.year,
        c.figures,
        s.provenance,
        s.window_years
    from series as s
    inner join core.area as a on s.area_level = a.area_level
    inner join collected as c on s.indicator_id = c.indicator_id and s.dimension = c.dimension
)

select
    f.indicator_id,
    f.area_code,
    case
        when f.window_years = 1 then cast(f.year as varchar)
        else concat(cast(f.year - f.window_years + 1 as varchar), '/', cast(f.year as varchar))
    end as period,
    f.dimension,
    f.group_code,
    f.sex,
    g.value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    cast(null as double) as se,
    cast(null as double) as ci_lower,
    cast(null as double) as ci_upper,
    cast(null as varchar) as ci_method,
    coalesce(g.status, 'missing') as status,
    case
        when g.value is not null then cast(null as varchar)
        when f.figures = 0 and coalesce(g.status_reason, 'source_gave_none') = 'source_gave_none'
            and coalesce(g.status, 'missing') = 'missing'
            then 'not_collected_this_year'
        when g.status is null then 'absent_at_source'
        else g.status_reason
    end as status_reason,
    f.provenance,
    case when g.other_survey then 'other_survey' end as reliability,
    'kolada_values' as source_ids
from frame as f
left join figure as g
    on
        f.indicator_id = g.indicator_id
        and f.dimension = g.dimension
        and f.group_code = g.group_code
        and f.sex = g.sex
        and f.area_code = g.area_code
        and f.year = g.year
