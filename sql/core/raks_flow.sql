-- Persons by municipality, year and social cell, and by main affiliation and establishment the year before and this year
-- (SCB, RAKS, the same persons in both years), as delivered. Place, age and education are this year's.
select
    known_area(a.area_code, d.municipality) as area_code,
    d.year,
    d.sex,
    d.age_group,
    d.education,
    d.country_of_birth,
    d.from_affiliation,
    d.from_establishment,
    d.main_affiliation,
    d.establishment,
    d.value as persons,
    landed_status(d.value, false, m.status, d.status) as status,
    landed_reason(d.value, false, m.status_reason) as status_reason,
    'computed' as provenance,
    'raks_flows' as source_ids
from source.raks_flows as d
left join core.area as a on d.municipality = a.area_code
left join source.missing_symbols as m on m.source = 'delivery' and m.symbol = d.status
