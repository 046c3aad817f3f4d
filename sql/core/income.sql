-- Total earned income by municipality, sex and age: mean and median, from SEK thousand to SEK. Medians do not add,
-- so nothing is summed over areas.
-- A municipality, or a cell of one, that the table holds for others but not for it is missing: absent_at_source.
with landed as (
    select *
    from source.scb_income
),

place as (
    select area_code
    from core.area
    where area_level = 'municipality'
),

cell as (
    select distinct year, sex_label, age_label, statistic_label
    from landed
)

select
    known_area(a.area_code, i.municipality) as area_code,
    i.year,
    known_code(s.code, i.sex_label) as sex,
    known_code(g.code, i.age_label) as age_group,
    known_code(t.code, i.statistic_label) as statistic,
    i.value * 1000 as income_sek,
    landed_status(i.value, i.is_absent, m.status, i.symbol) as status,
    landed_reason(i.value, i.is_absent, m.status_reason) as status_reason
from every_cell('landed', 'cell', 'place') as i
left join core.area as a on i.municipality = a.area_code
left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = i.sex_label
left join source.code_map as g on g.source = 'scb' and g.variable = 'age' and g.label = i.age_label
left join source.code_map as t on t.source = 'scb' and t.variable = 'statistic' and t.label = i.statistic_label
left join source.missing_symbols as m on m.source = 'scb' and m.symbol = i.symbol
