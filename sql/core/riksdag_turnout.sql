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
    select area_code as municipality
    from core.area
    where area_level = 'municipality'
    union
    select municipality
    from both_tables
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

landed as (
    select
        p.municipality,
        c.year,
        c.sex_label,
        c.dimension,
        c.label,
        c.contents,
        b.value,
        b.status as symbol,
        b.municipality is null as is_absent
    from place as p
    cross join cell as c
    left join both_tables as b
        on
            p.municipality = b.municipality
            and c.year = b.year
            and c.sex_label = b.sex_label
            and c.dimension = b.dimension
            and c.label = b.label
            and c.contents = b.contents
),

translated as (
    select
        coalesce(a.area_code, concat('unknown area ', l.municipality)) as area_code,
        l.year,
        coalesce(s.code, concat('unknown label ', l.sex_label)) as sex,
        l.dimension,
        coalesce(g.code, concat('unknown label ', l.label)) as group_code,
        l.contents,
        l.value,
        case
            when l.value is not null then 'observed'
            when l.is_absent then 'missing'
            else coalesce(m.status, concat('unknown symbol ', l.symbol))
        end as status,
        case when l.is_absent then 'absent_at_source' when l.value is null then m.status_reason end as status_reason
    from landed as l
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
