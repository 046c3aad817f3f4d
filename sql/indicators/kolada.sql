-- Every indicator that is a catalogue entry only: Kolada figures, set into their frame.
-- The frame: for each group and sex of an indicator, the levels of area with any figure, and every year from the first
-- to the last with any; inside it every cell has a row, also in a year that the source passes over in silence.
-- Between elections Kolada repeats the election's figure; only the election's own year is kept. A figure made of the
-- years T-3…T has the period 2019/2022. Years that only a later source has (core.continuation) have rows for the groups
-- and levels of area that it speaks of, no others.
-- A share whose two counts are published too carries them, with Wilson's interval (1927) and the binomial standard error,
-- in the years from which they give the published share again (within a hundredth of a per cent; the catalogue's
-- counts); where a place's counts do not, it has none. A share is of everybody: the interval is for chance in a small
-- population.
with continued as (
    select
        k.kpi_id,
        k.area_code,
        k.year,
        k.sex,
        k.value,
        k.status,
        k.status_reason,
        k.other_survey,
        cast(null as varchar) as reliability,
        'kolada_values' as source_id
    from core.kolada_value as k
    left join (select distinct kpi_id from core.continuation where replaces) as r on k.kpi_id = r.kpi_id
    left join core.continuation as c
        on k.kpi_id = c.kpi_id and k.area_code = c.area_code and k.year = c.year and k.sex = c.sex
    where r.kpi_id is null and c.kpi_id is null
    union all
    select
        kpi_id,
        area_code,
        year,
        sex,
        value,
        status,
        status_reason,
        false as other_survey,
        reliability,
        source_id
    from core.continuation
),

figure as (
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
        v.reliability,
        v.source_id,
        s.provenance,
        s.window_years,
        n.value as counted,
        p.value as counted_among
    from catalogue.kolada_series as s
    inner join continued as v on s.kpi_id = v.kpi_id
    inner join core.area as a on v.area_code = a.area_code
    left join catalogue.election_year as e on s.indicator_id = e.indicator_id and v.year = e.year
    left join continued as n
        on
            s.counted_kpi = n.kpi_id and v.area_code = n.area_code and v.year = n.year and v.sex = n.sex
            and v.year >= s.counted_from
    left join continued as p
        on s.among_kpi = p.kpi_id and v.area_code = p.area_code and v.year = p.year and v.sex = p.sex
    where
        (s.period_basis = 'calendar' or e.year is not null)
        and (s.only_sex is null or v.sex = 'total')
),

series as (
    select
        indicator_id,
        dimension,
        group_code,
        sex,
        area_level,
        provenance,
        window_years,
        bool_or(source_id = 'kolada_values') as is_own
    from figure
    where value is not null or status_reason = 'false_at_source'
    group by indicator_id, dimension, group_code, sex, area_level, provenance, window_years
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
    inner join (select distinct year from continued) as y on y.year between s.first_year and s.last_year
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

own_last as (
    select indicator_id, dimension, max(case when source_id = 'kolada_values' then year end) as year
    from figure
    where value is not null
    group by indicator_id, dimension
),

later_cell as (
    select distinct indicator_id, dimension, group_code, sex, area_level, year
    from figure
    where source_id <> 'kolada_values' and value is not null
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
    inner join own_last as o on s.indicator_id = o.indicator_id and s.dimension = o.dimension
    left join later_cell as l
        on
            s.indicator_id = l.indicator_id
            and s.dimension = l.dimension
            and s.group_code = l.group_code
            and s.sex = l.sex
            and s.area_level = l.area_level
            and c.year = l.year
    where (s.is_own and c.year <= o.year) or l.year is not null
),

placed as (
    select
        f.*,
        g.value,
        g.status,
        g.status_reason,
        g.other_survey,
        g.reliability,
        g.source_id,
        case when abs(100 * g.counted / nullif(g.counted_among, 0) - g.value) <= 0.01 then g.counted end as counted,
        case when abs(100 * g.counted / nullif(g.counted_among, 0) - g.value) <= 0.01 then g.counted_among end
            as counted_among
    from frame as f
    left join figure as g
        on
            f.indicator_id = g.indicator_id
            and f.dimension = g.dimension
            and f.group_code = g.group_code
            and f.sex = g.sex
            and f.area_code = g.area_code
            and f.year = g.year
)

select
    indicator_id,
    area_code,
    case
        when window_years = 1 then cast(year as varchar)
        else concat(cast(year - window_years + 1 as varchar), '/', cast(year as varchar))
    end as period,
    dimension,
    group_code,
    sex,
    value,
    counted as numerator,
    counted_among as denominator,
    case when counted is not null then 100 * binomial_se(counted, counted_among) end as se,
    case when counted is not null then 100 * wilson_lower(counted, counted_among) end as ci_lower,
    case when counted is not null then 100 * wilson_upper(counted, counted_among) end as ci_upper,
    case when counted is not null then 'wilson' end as ci_method,
    coalesce(status, 'missing') as status,
    case
        when value is not null then cast(null as varchar)
        when figures = 0 and coalesce(status_reason, 'source_gave_none') = 'source_gave_none'
            and coalesce(status, 'missing') = 'missing'
            then 'not_collected_this_year'
        when status is null then 'absent_at_source'
        else status_reason
    end as status_reason,
    provenance,
    case when other_survey then 'other_survey' else reliability end as reliability,
    case when counted is not null then concat(source_id, ', kolada_counts') else coalesce(source_id, 'kolada_values') end
        as source_ids
from placed
