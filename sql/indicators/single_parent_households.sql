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
        cast(year as varchar) as period,
        case when grouping(tenure) = 0 then 'tenure' else 'total' end as dimension,
        coalesce(tenure, 'total') as group_code,
        sum(events) as events,
        sum(households) as population,
        sum(holes) as holes
    from placed
    group by grouping sets ((place, year), (place, year, tenure))
),

judged as (
    select
        'single_parent_households' as indicator_id,
        *,
        'total' as sex,
        holes = 0 and population > 0 as is_known,
        summed_status(holes, population > 0) as status,
        summed_reason(holes, population > 0) as status_reason,
        'computed' as provenance,
        'scb_household_tenure' as source_ids
    from summed
    where group_code <> 'unknown'
)

select *
from counted_share('judged')
