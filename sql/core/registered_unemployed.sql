-- Registered unemployed persons by municipality and month (Arbetsförmedlingen).
-- A municipality that has no row in a month that others have is missing: absent_at_source.
with landed as (
    select *
    from source.af_unemployed
),

place as (
    select area_code
    from core.area
    where area_level = 'municipality'
),

cell as (
    select distinct month
    from landed
)

select
    known_area(a.area_code, u.municipality) as area_code,
    first_year_of(u.month) as year,
    u.month,
    u.value as persons,
    landed_status(u.value, u.is_absent, m.status, u.symbol) as status,
    landed_reason(u.value, u.is_absent, m.status_reason) as status_reason
from every_cell('landed', 'cell', 'place') as u
left join core.area as a on u.municipality = a.area_code
left join source.missing_symbols as m on m.source = 'arbetsformedlingen' and m.symbol = u.symbol
