-- Persons 20-64 by main affiliation to the labour market over the whole year (SCB, RAKS), as published for the nation.
select
    coalesce(a.area_code, concat('unknown area ', r.region)) as area_code,
    r.year,
    r.main_affiliation,
    r.value as persons,
    case
        when r.value is not null then 'observed'
        else coalesce(m.status, concat('unknown symbol ', r.status))
    end as status,
    case when r.value is null then m.status_reason end as status_reason
from source.raks_main_affiliation as r
left join core.area as a on r.region = a.area_code
left join source.missing_symbols as m on m.source = 'scb' and m.symbol = r.status
where r.age_label = '20-64'
