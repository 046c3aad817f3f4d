-- Election to the Riksdag: eligible voters and turnout (whole per cent) side by side, by municipality, sex and group.
-- The whole electorate stands in both landed tables with the same figures; it is taken from the one by education.
-- A municipality, or a cell of one, that the tables hold for others but not for it is missing: absent_at_source.
with both_tables as (
    select
        municipality,
        year,
        sex_label,
        'education' as dimension,
        education_label as label,
        contents,
        value,
        status
    from source.scb_turnout_by_education
    union all
    select
        municipality,
        year,
        sex_label,
        'age' as dimension,
        age_label as label,
        contents,
        value,
        status
    from source.scb_turnout_by_age
),

place as (
    select area_code
    from core.area
    where area_level = 'municipality'
),

content as (
    select 'eligible' as contents
    union all
    select 'turnout_percent' as contents
),

cell as (
    select distinct b.year, b.sex_label, b.dimension, b.label, c.contents
    from both_tables as b
    cross join content as c
),

translated as (
    select
        known_area(a.area_code, l.municipality) as area_code,
        l.year,
        known_code(s.code, l.sex_label) as sex,
        l.dimension,
        known_code(g.code, l.label) as group_code,
        l.contents,
        l.value,
        landed_status(l.value, l.is_absent, m.status, l.symbol) as status,
        landed_reason(l.value, l.is_absent, m.status_reason) as status_reason
    from every_cell('both_tables', 'cell', 'place') as l
    left join core.area as a on l.municipality = a.area_code
    left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = l.sex_label
    left join source.code_map as g on g.source = 'scb' and g.variable = l.dimension and g.label = l.label
    left join source.missing_symbols as m on m.source = 'scb' and m.symbol = l.symbol
)

select
    area_code,
    year,
    sex,
    case when group_code = 'total' then 'total' else dimension end as dimension,
    group_code,
    max(case when contents = 'eligible' then value end) as eligible,
    max(case when contents = 'turnout_percent' then value end) as turnout_percent,
    case when count(value) = 2 then 'observed' else max(case when value is null then status end) end as status,
    max(status_reason) as status_reason
from translated
where group_code <> 'total' or dimension = 'education'
group by area_code, year, sex, dimension, group_code
