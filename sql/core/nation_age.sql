-- Deaths and person-years in the nation by sex and age in whole years lived (100: 100 and older), from 2001 on. The source
-- gives both by age at the end of the year (the year less the year of birth). Person-years: the mean of those who were
-- of that age on 31 December of the year and of the year before. Deaths: who dies in the year in which he would be a years
-- old at its end dies a - 1 or a years old, about as often, so half of each age's deaths belong to the age below; the
-- newborn's all to age 0, and of 100 and older all stay, so no band may begin there.
with cell as (
    select
        coalesce(a.area_code, concat('unknown area ', n.region)) as area_code,
        coalesce(s.code, concat('unknown label ', n.sex_label)) as sex,
        n.age,
        n.year,
        max(case when n.contents = 'population' then n.value end) as persons,
        max(case when n.contents = 'deaths' then n.value end) as deaths
    from source.scb_nation_deaths as n
    left join core.area as a on n.region = a.area_code
    left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = n.sex_label
    group by 1, 2, 3, 4
)

select
    c.area_code,
    c.year,
    c.sex,
    c.age,
    (b.persons + c.persons) / 2 as person_years,
    case when c.age in (0, 100) then c.deaths else c.deaths / 2 end
        + coalesce(case when o.age = 100 then 0 else o.deaths / 2 end, 0) as deaths
from cell as c
inner join cell as b on c.area_code = b.area_code and c.sex = b.sex and c.age = b.age and b.year = c.year - 1
left join cell as o on c.area_code = o.area_code and c.sex = o.sex and o.age = c.age + 1 and c.year = o.year
