-- Share of households with children 0-24 that have a single parent, per cent, by tenure of the dwelling.
-- Counts households, not persons or children. Interval: Wilson (1927). se: binomial, none where all or nobody is
-- counted, where it would claim certainty.
with municipal as (
    select
        h.area_code,
        h.year,
        h.tenure,
        sum(case when h.household_type = 'single_parent' then h.households end) as events,
        sum(h.households) as households,
        count(*) - count(h.households) as holes
    from core.household_tenure as h
    where h.household_type in ('single_parent', 'other_with_children')
    group by h.area_code, h.year, h.tenure
),

placed as (
    select m.*, w.within_area_code as place
    from municipal as m
    inner join core.area_within as w on m.area_code = w.area_code
),

summed as (
    select
        place as area_code,
        year,
        case when grouping(tenure) = 0 then 'tenure' else 'total' end as dimension,
        coalesce(tenure, 'total') as group_code,
        sum(events) as events,
        sum(households) as households,
        sum(holes) as holes
    from placed
    group by grouping sets ((place, year), (place, year, tenure))
)

select
    'single_parent_households' as indicator_id,
    area_code,
    cast(year as varchar) as period,
    dimension,
    group_code,
    'total' as sex,
    case when holes = 0 and households > 0 then 100 * events / households end as value,
    case when holes = 0 and households > 0 then events end as numerator,
    case when holes = 0 and households > 0 then households end as denominator,
    case when holes = 0 and households > 0 then 100 * binomial_se(events, households) end as se,
    case when holes = 0 and households > 0 then 100 * wilson_lower(events, households) end as ci_lower,
    case when holes = 0 and households > 0 then 100 * wilson_upper(events, households) end as ci_upper,
    case when holes = 0 and households > 0 then 'wilson' end as ci_method,
    case when holes > 0 then 'missing' when households > 0 then 'observed' else 'not_applicable' end as status,
    case when holes > 0 then 'incomplete_group' when households > 0 then cast(null as varchar) else 'no_population' end
        as status_reason,
    'computed' as provenance,
    cast(null as varchar) as reliability,
    'scb_household_tenure' as source_ids
from summed
where group_code <> 'unknown'
