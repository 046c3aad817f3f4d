-- The population's age structure on 31 December: the share in each age group, per cent, by sex, and three dependency
-- ratios per 100 residents 20-64: young (0-19), old (65 and older), total (both).
-- No interval: these describe the population itself and estimate nothing.
with municipal as (
    select
        p.area_code,
        p.year,
        p.sex,
        case
            when p.age < 20 then '0-19'
            when p.age < 65 then '20-64'
            when p.age < 80 then '65-79'
            else '80_plus'
        end as age_group,
        sum(p.persons) as persons,
        count(*) - count(p.persons) as holes
    from core.population_by_age as p
    where p.basis = 'december'
    group by 1, 2, 3, 4
),

placed as (
    select m.*, w.within_area_code as place
    from municipal as m
    inner join core.area_within as w on m.area_code = w.area_code
),

banded as (
    select
        place as area_code,
        year,
        age_group,
        coalesce(sex, 'total') as sex,
        sum(persons) as persons,
        sum(holes) as holes
    from placed
    group by grouping sets ((place, year, age_group), (place, year, age_group, sex))
),

whole as (
    select
        area_code,
        year,
        sex,
        sum(persons) as persons,
        sum(case when age_group = '0-19' then persons end) as young,
        sum(case when age_group = '20-64' then persons end) as of_working_age,
        sum(case when age_group in ('65-79', '80_plus') then persons end) as old,
        sum(holes) as holes
    from banded
    group by area_code, year, sex
),

quotient as (
    select
        'population_age_structure' as indicator_id,
        b.area_code,
        b.year,
        'age' as dimension,
        b.age_group as group_code,
        b.sex,
        b.persons as part,
        w.persons as whole,
        w.holes
    from banded as b
    inner join whole as w on b.area_code = w.area_code and b.year = w.year and b.sex = w.sex
    union all
    select
        'young_age_dependency_ratio' as indicator_id,
        area_code,
        year,
        'total' as dimension,
        'total' as group_code,
        sex,
        young as part,
        of_working_age as whole,
        holes
    from whole
    where sex = 'total'
    union all
    select
        'old_age_dependency_ratio' as indicator_id,
        area_code,
        year,
        'total' as dimension,
        'total' as group_code,
        sex,
        old as part,
        of_working_age as whole,
        holes
    from whole
    where sex = 'total'
    union all
    select
        'total_dependency_ratio' as indicator_id,
        area_code,
        year,
        'total' as dimension,
        'total' as group_code,
        sex,
        young + old as part,
        of_working_age as whole,
        holes
    from whole
    where sex = 'total'
)

select
    indicator_id,
    area_code,
    cast(year as varchar) as period,
    dimension,
    group_code,
    sex,
    case when holes = 0 and whole > 0 then 100 * part / whole end as value,
    case when holes = 0 and whole > 0 then part end as numerator,
    case when holes = 0 and whole > 0 then whole end as denominator,
    cast(null as double) as se,
    cast(null as double) as ci_lower,
    cast(null as double) as ci_upper,
    cast(null as varchar) as ci_method,
    summed_status(holes, whole > 0) as status,
    summed_reason(holes, whole > 0) as status_reason,
    'computed' as provenance,
    cast(null as varchar) as reliability,
    'scb_population' as source_ids
from quotient
