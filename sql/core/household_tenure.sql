-- Households by municipality, kind (single parent, other with children 0-24, without children) and tenure.
-- Counts households, never persons. A sum with a missing part is missing.
-- A municipality, or a cell of one, that the table holds for others but not for it is missing: absent_at_source.
with landed as (
    select *
    from source.scb_household_tenure
),

place as (
    select area_code
    from core.area
    where area_level = 'municipality'
),

cell as (
    select distinct year, household_type_label, tenure_label
    from landed
),

translated as (
    select
        known_area(a.area_code, h.municipality) as area_code,
        h.year,
        known_code(k.code, h.household_type_label) as household_type,
        known_code(t.code, h.tenure_label) as tenure,
        h.value,
        landed_status(h.value, h.is_absent, m.status, h.symbol) as status,
        landed_reason(h.value, h.is_absent, m.status_reason) as status_reason
    from every_cell('landed', 'cell', 'place') as h
    left join core.area as a on h.municipality = a.area_code
    left join source.code_map as k
        on k.source = 'scb' and k.variable = 'household_type' and k.label = h.household_type_label
    left join source.code_map as t on t.source = 'scb' and t.variable = 'tenure' and t.label = h.tenure_label
    left join source.missing_symbols as m on m.source = 'scb' and m.symbol = h.symbol
)

select
    area_code,
    year,
    household_type,
    tenure,
    case when count(value) = count(*) then sum(value) end as households,
    case when count(value) = count(*) then 'observed' else max(case when value is null then status end) end as status,
    max(status_reason) as status_reason
from translated
group by area_code, year, household_type, tenure
