-- Persons 16 years and older by municipality, sex, age band and highest education. SCB's eight levels become five:
-- primary (förgymnasial), secondary (gymnasial), tertiary_short (less than three years), tertiary_long (three years
-- or more, and research degrees) and unknown. A level with a missing part is missing.
-- A municipality, or a cell of one, that the table holds for others but not for it is missing: absent_at_source.
with landed as (
    select *
    from source.scb_education
),

place as (
    select area_code
    from core.area
    where area_level = 'municipality'
),

cell as (
    select distinct year, sex_label, age_label, education_label
    from landed
),

translated as (
    select
        known_area(a.area_code, e.municipality) as area_code,
        e.year,
        known_code(s.code, e.sex_label) as sex,
        known_code(g.code, e.age_label) as age_group,
        known_code(l.code, e.education_label) as education,
        e.value,
        landed_status(e.value, e.is_absent, m.status, e.symbol) as status,
        landed_reason(e.value, e.is_absent, m.status_reason) as status_reason
    from every_cell('landed', 'cell', 'place') as e
    left join core.area as a on e.municipality = a.area_code
    left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = e.sex_label
    left join source.code_map as g on g.source = 'scb' and g.variable = 'age' and g.label = e.age_label
    left join source.code_map as l on l.source = 'scb' and l.variable = 'education' and l.label = e.education_label
    left join source.missing_symbols as m on m.source = 'scb' and m.symbol = e.symbol
)

select
    area_code,
    year,
    sex,
    age_group,
    education,
    case when count(value) = count(*) then sum(value) end as persons,
    case when count(value) = count(*) then 'observed' else max(case when value is null then status end) end as status,
    max(status_reason) as status_reason
from translated
group by area_code, year, sex, age_group, education
