-- Households by municipality, kind (single parent, other with children 0-24, without children) and tenure.
-- Counts households, never persons. A sum with a missing part is missing.
with translated as (
    select
        coalesce(a.area_code, concat('unknown area ', h.municipality)) as area_code,
        h.year,
        coalesce(k.code, concat('unknown label ', h.household_type_label)) as household_type,
        coalesce(t.code, concat('unknown label ', h.tenure_label)) as tenure,
        h.value,
        case
            when h.value is not null then 'observed'
            else coalesce(m.status, concat('unknown symbol ', h.status))
        end as status,
        case when h.value is null then m.status_reason end as status_reason
    from source.scb_household_tenure as h
    left join core.area as a on h.municipality = a.area_code
    left join source.code_map as k
        on k.source = 'scb' and k.variable = 'household_type' and k.label = h.household_type_label
    left join source.code_map as t on t.source = 'scb' and t.variable = 'tenure' and t.label = h.tenure_label
    left join source.missing_symbols as m on m.source = 'scb' and m.symbol = h.status
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
