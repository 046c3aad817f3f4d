-- Registered unemployed per cent of residents 16-64: the mean of the year's twelve months (Arbetsförmedlingen) over the
-- residents 16-64 in the month of the election (SCB). Only election years have that population in the snapshot.
-- The registered may be older than 64, so the share is slightly too high. Interval: Wilson (1927) on the yearly mean.
-- se: binomial, none where all or nobody is registered, where it would claim certainty.
with unemployed as (
    select
        area_code,
        year,
        case when count(persons) = 12 then sum(persons) / 12 end as persons,
        case when count(persons) < 12 then coalesce(max(case when persons is null then status end), 'missing') end as status,
        case when count(persons) < 12 then coalesce(max(status_reason), 'absent_at_source') end as status_reason
    from core.registered_unemployed
    group by area_code, year
),

resident as (
    select
        area_code,
        year,
        case when count(persons) = count(*) then sum(persons) end as persons
    from core.population_by_age
    where basis = 'election_month' and age between 16 and 64
    group by area_code, year
),

municipal as (
    select
        u.area_code,
        u.year,
        u.persons as events,
        r.persons as persons,
        u.status,
        u.status_reason
    from unemployed as u
    inner join resident as r on u.area_code = r.area_code and u.year = r.year
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
        sum(events) as events,
        sum(persons) as population,
        count(*) as areas,
        count(*) = count(events + persons) as is_complete,
        max(status) as status,
        max(status_reason) as status_reason
    from placed
    group by place, year
),

judged as (
    select
        'registered_unemployed_16_64' as indicator_id,
        area_code,
        period,
        'total' as dimension,
        'total' as group_code,
        'total' as sex,
        events,
        population,
        is_complete and population > 0 as is_known,
        case
            when is_complete and population > 0 then 'observed'
            when is_complete then 'not_applicable'
            when areas = 1 then coalesce(status, 'missing')
            else 'missing'
        end as status,
        case
            when is_complete and population > 0 then cast(null as varchar)
            when is_complete then 'no_population'
            when areas = 1 then coalesce(status_reason, 'no_population')
            else 'incomplete_group'
        end as status_reason,
        'computed' as provenance,
        'af_unemployed, scb_population_election_month' as source_ids
    from summed
)

select *
from counted_share('judged')
