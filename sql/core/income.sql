-- Total earned income by municipality, sex and age: mean and median, from SEK thousand to SEK. Medians do not add,
-- so nothing is summed over areas.
select
    coalesce(a.area_code, concat('unknown area ', i.municipality)) as area_code,
    i.year,
    coalesce(s.code, concat('unknown label ', i.sex_label)) as sex,
    coalesce(g.code, concat('unknown label ', i.age_label)) as age_group,
    coalesce(t.code, concat('unknown label ', i.statistic_label)) as statistic,
    i.value * 1000 as income_sek,
    case
        when i.value is not null then 'observed'
        else coalesce(m.status, concat('unknown symbol ', i.status))
    end as status,
    case when i.value is null then m.status_reason end as status_reason
from source.scb_income as i
left join core.area as a on i.municipality = a.area_code
left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = i.sex_label
left join source.code_map as g on g.source = 'scb' and g.variable = 'age' and g.label = i.age_label
left join source.code_map as t on t.source = 'scb' and t.variable = 'statistic' and t.label = i.statistic_label
left join source.missing_symbols as m on m.source = 'scb' and m.symbol = i.status
