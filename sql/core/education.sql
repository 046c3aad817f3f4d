-- Persons 16 years and older by municipality, sex, age band and highest education. SCB's eight levels become five:
-- primary (förgymnasial), secondary (gymnasial), tertiary_short (less than three years), tertiary_long (three years
-- or more, and research degrees) and unknown. A level with a missing part is missing.
-- A municipality, or a cell of one, that the table holds for others but not for it is missing: absent_at_source.
with place as (
    select area_code as municipality
    from core.area
    where area_level = 'municipality'
    union
    select municipality
    from source.scb_education
),

cell as (
    select distinct year, sex_label, age_label, education_label
    from source.scb_education
),

landed as (
    select
        p.municipality,
        c.year,
        c.sex_label,
        c.age_label,
        c.education_label,
        e.value,
        e.status as symbol,
        e.municipality is null as is_absent
    from place as p
    cross join cell as c
    left join source.scb_education as e
        on
            p.municipality = e.municipality
            and c.year = e.year
            and c.sex_label = e.sex_label
            and c.age_label = e.age_label
            and c.education_label = e.education_label
),

translated as (
    select
        coalesce(a.area_code, concat('unknown area ', e.municipality)) as area_code,
        e.year,
        coalesce(s.code, concat('unknown label ', e.sex_label)) as sex,
        coalesce(g.code, concat('unknown label ', e.age_label)) as age_group,
        coalesce(l.code, concat('unknown label ', e.education_label)) as education,
        e.value,
        case
            when e.value is not null then 'observed'
            when e.is_absent then 'missing'
            else coalesce(m.status, concat('unknown symbol ', e.symbol))
        end as status,
        case when e.is_absent then 'absent_at_source' when e.value is null then m.status_reason end as status_reason
    from landed as e
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
