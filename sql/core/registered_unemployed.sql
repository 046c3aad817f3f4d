-- Registered unemployed persons by municipality and month (Arbetsförmedlingen).
select
    coalesce(a.area_code, concat('unknown area ', u.municipality)) as area_code,
    cast(substr(u.month, 1, 4) as integer) as year,
    u.month,
    u.value as persons,
    case
        when u.value is not null then 'observed'
        else coalesce(m.status, concat('unknown symbol ', u.status))
    end as status,
    case when u.value is null then m.status_reason end as status_reason
from source.af_unemployed as u
left join core.area as a on u.municipality = a.area_code
left join source.missing_symbols as m on m.source = 'arbetsformedlingen' and m.symbol = u.status
