-- Households by municipality, kind (single parent, other with children 0-24, without children) and tenure.
-- Counts households, never persons. A sum with a missing part is missing.
-- A municipality, or a cell of one, that the table holds for others but not for it is missing: absent_at_source.
with place as (
    select area_code as municipality
    from core.area
    where area_level = 'municipality'
    union
    select municipality
    from source.scb_household_tenure
),

cell as (
    select distinct year, household_type_label, tenure_label
    from source.scb_household_tenure
),

landed as (
    select
        p.municipality,
        c.year,
        c.household_type_label,
        c.tenure_label,
        h.value,
        h.status as symbol,
        h.municipality is null as is_absent
    from place as p
    cross join cell as c
    left join source.scb_household_tenure as h
        on
            p.municipality = h.municipality
            and c.year = h.year
            and c.household_type_label = h.household_type_label
            and c.tenure_label = h.tenure_label
),

translated as (
    select
        coalesce(a.area_code, concat('unknown area ', h.municipality)) as area_code,
        h.year,
        coalesce(k.code, concat('unknown label ', h.household_type_label)) as household_type,
        coalesce(t.code, concat('unknown label ', h.tenure_label)) as tenure,
        h.value,
        case
            when h.value is not null then 'observed'
            when h.is_absent then 'missing'
            else coalesce(m.status, concat('unknown symbol ', h.symbol))
        end as status,
        case when h.is_absent then 'absent_at_source' when h.value is null then m.status_reason end as status_reason
    from landed as h
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
