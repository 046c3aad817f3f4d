-- Persons by municipality, year, sex, age, education, country of birth, main affiliation and degree of establishment
-- (SCB, RAKS): as delivered, else the made-up delivery, which is empty as soon as there is a delivered one.
with delivered as (
    select *, 'computed' as provenance, 'raks_cells' as source_ids
    from source.raks_cells
    union all
    select *, 'synthetic' as provenance, 'raks_synthetic' as source_ids
    from source.raks_synthetic
)

select
    known_area(a.area_code, d.municipality) as area_code,
    d.year,
    d.sex,
    d.age_group,
    d.education,
    d.country_of_birth,
    d.main_affiliation,
    d.establishment,
    d.value as persons,
    landed_status(d.value, false, m.status, d.status) as status,
    landed_reason(d.value, false, m.status_reason) as status_reason,
    d.provenance,
    d.source_ids
from delivered as d
left join core.area as a on d.municipality = a.area_code
left join source.missing_symbols as m on m.source = 'delivery' and m.symbol = d.status
