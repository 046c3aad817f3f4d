-- Total earned income by municipality, sex and age: mean and median, from SEK thousand to SEK. Medians do not add,
-- so nothing is summed over areas.
-- A municipality, or a cell of one, that the table holds for others but not for it is missing: absent_at_source.
with place as (
    select area_code as municipality
    from core.area
    where area_level = 'municipality'
    union
    select municipality
    from source.scb_income
),

cell as (
    select distinct year, sex_label, age_label, statistic_label
    from source.scb_income
),

landed as (
    select
        p.municipality,
        c.year,
        c.sex_label,
        c.age_label,
        c.statistic_label,
        i.value,
        i.status as symbol,
        i.municipality is null as is_absent
    from place as p
    cross join cell as c
    left join source.scb_income as i
        on
            p.municipality = i.municipality
            and c.year = i.year
            and c.sex_label = i.sex_label
            and c.age_label = i.age_label
            and c.statistic_label = i.statistic_label
)

select
    coalesce(a.area_code, concat('unknown area ', i.municipality)) as area_code,
    i.year,
    coalesce(s.code, concat('unknown label ', i.sex_label)) as sex,
    coalesce(g.code, concat('unknown label ', i.age_label)) as age_group,
    coalesce(t.code, concat('unknown label ', i.statistic_label)) as statistic,
    i.value * 1000 as income_sek,
    case
        when i.value is not null then 'observed'
        when i.is_absent then 'missing'
        else coalesce(m.status, concat('unknown symbol ', i.symbol))
    end as status,
    case when i.is_absent then 'absent_at_source' when i.value is null then m.status_reason end as status_reason
from landed as i
left join core.area as a on i.municipality = a.area_code
left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = i.sex_label
left join source.code_map as g on g.source = 'scb' and g.variable = 'age' and g.label = i.age_label
left join source.code_map as t on t.source = 'scb' and t.variable = 'statistic' and t.label = i.statistic_label
left join source.missing_symbols as m on m.source = 'scb' and m.symbol = i.symbol
