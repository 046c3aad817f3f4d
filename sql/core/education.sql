-- Persons 16 years and older by municipality, sex, age band and highest education. SCB's eight levels become five:
-- primary (förgymnasial), secondary (gymnasial), tertiary_short (less than three years), tertiary_long (three years
-- or more, and research degrees) and unknown. A level with a missing part is missing.
with translated as (
    select
        coalesce(a.area_code, concat('unknown area ', e.municipality)) as area_code,
        e.year,
        coalesce(s.code, concat('unknown label ', e.sex_label)) as sex,
        coalesce(g.code, concat('unknown label ', e.age_label)) as age_group,
        coalesce(l.code, concat('unknown label ', e.education_label)) as education,
        e.value,
        case
            when e.value is not null then 'observed'
            else coalesce(m.status, concat('unknown symbol ', e.status))
        end as status,
        case when e.value is null then m.status_reason end as status_reason
    from source.scb_education as e
    left join core.area as a on e.municipality = a.area_code
    left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = e.sex_label
    left join source.code_map as g on g.source = 'scb' and g.variable = 'age' and g.label = e.age_label
    left join source.code_map as l on l.source = 'scb' and l.variable = 'education' and l.label = e.education_label
    left join source.missing_symbols as m on m.source = 'scb' and m.symbol = e.status
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
