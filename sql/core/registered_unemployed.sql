-- Registered unemployed persons by municipality and month (Arbetsförmedlingen).
-- A municipality that has no row in a month that others have is missing: absent_at_source.
with place as (
    select area_code as municipality
    from core.area
    where area_level = 'municipality'
    union
    select municipality
    from source.af_unemployed
),

cell as (
    select distinct month
    from source.af_unemployed
),

landed as (
    select
        p.municipality,
        c.month,
        u.value,
        u.status as symbol,
        u.municipality is null as is_absent
    from place as p
    cross join cell as c
    left join source.af_unemployed as u on p.municipality = u.municipality and c.month = u.month
)

select
    coalesce(a.area_code, concat('unknown area ', u.municipality)) as area_code,
    cast(substr(u.month, 1, 4) as integer) as year,
    u.month,
    u.value as persons,
    case
        when u.value is not null then 'observed'
        when u.is_absent then 'missing'
        else coalesce(m.status, concat('unknown symbol ', u.symbol))
    end as status,
    case when u.is_absent then 'absent_at_source' when u.value is null then m.status_reason end as status_reason
from landed as u
left join core.area as a on u.municipality = a.area_code
left join source.missing_symbols as m on m.source = 'arbetsformedlingen' and m.symbol = u.symbol
