-- Persons 20-64 by main affiliation to the labour market over the whole year (SCB, RAKS), as published for the nation.
select
    known_area(a.area_code, r.region) as area_code,
    r.year,
    r.main_affiliation,
    r.value as persons,
    landed_status(r.value, false, m.status, r.status) as status,
    landed_reason(r.value, false, m.status_reason) as status_reason
from source.raks_main_affiliation as r
left join core.area as a on r.region = a.area_code
left join source.missing_symbols as m on m.source = 'scb' and m.symbol = r.status
where r.age_label = '20-64'
