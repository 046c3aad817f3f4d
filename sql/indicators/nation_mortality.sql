-- Mortality in the nation, a year at a time, per 100,000 person-years, by sex: by age, and directly standardised for age to
-- the European Standard Population 2013, of all ages and of ages 25-64 (sum of w d / p over bands, w the standard's share of
-- the band among those ages; missing where one of the bands is, 20 or 8 of them). What the nation's life table (measure.life_expectancy) is made of.
-- Interval: Byar (Breslow & Day 1987) for one age and for all; Dobson (1991) for what is standardised; none below ten deaths.
-- se: the square root of the deaths over the person-years, and of the sum of w^2 d / p^2; none for no deaths.
with band as (
    select
        area_code,
        year,
        sex,
        case
            when age = 0 then 0
            when age < 5 then 1
            when age >= 90 then 90
            else 5 * (age // 5)
        end as age_lower,
        deaths,
        person_years
    from core.nation_age
),

summed as (
    select
        area_code,
        year,
        coalesce(sex, 'total') as sex,
        age_lower,
        sum(deaths) as deaths,
        sum(person_years) as person_years,
        count(*) - count(deaths + person_years) as holes
    from band
    group by grouping sets ((area_code, year, age_lower), (area_code, year, age_lower, sex))
),

whole as (
    select area_code, year, sex, sum(deaths) as deaths, sum(person_years) as person_years, sum(holes) as holes
    from summed
    group by area_code, year, sex
),

weighed as (
    select
        *,
        esp2013_below(case age_lower when 0 then 1 when 1 then 5 when 90 then 120 else age_lower + 5 end)
        - esp2013_below(age_lower) as w
    from summed
),

standardised as (
    select
        'standardised_mortality' as indicator_id,
        area_code,
        year,
        sex,
        sum(deaths) as deaths,
        sum(person_years) as person_years,
        sum(w * deaths / nullif(person_years, 0)) / sum(w) as rate,
        sum(w * w * deaths / nullif(person_years * person_years, 0)) / (sum(w) * sum(w)) as variance,
        sum(holes) + 20 - count(*) as holes,
        min(person_years) as smallest
    from weighed
    group by area_code, year, sex
    union all
    select
        'premature_mortality_25_64_yearly' as indicator_id,
        area_code,
        year,
        sex,
        sum(deaths) as deaths,
        sum(person_years) as person_years,
        sum(w * deaths / nullif(person_years, 0)) / sum(w) as rate,
        sum(w * w * deaths / nullif(person_years * person_years, 0)) / (sum(w) * sum(w)) as variance,
        sum(holes) + 8 - count(*) as holes,
        min(person_years) as smallest
    from weighed
    where age_lower between 25 and 60
    group by area_code, year, sex
),

told as (
    -- age_group: null for all ages together. variance: null where the rate is counted and not standardised.
    select
        'mortality_by_age' as indicator_id,
        area_code,
        year,
        sex,
        case
            when age_lower = 0 then '0'
            when age_lower = 1 then '1-4'
            when age_lower = 90 then '90_plus'
            else concat(cast(age_lower as varchar), '-', cast(age_lower + 4 as varchar))
        end as age_group,
        deaths,
        person_years,
        deaths / nullif(person_years, 0) as rate,
        cast(null as double) as variance,
        holes = 0 and person_years > 0 as is_known
    from summed
    union all
    select
        'mortality_by_age', area_code, year, sex, null, deaths, person_years, deaths / nullif(person_years, 0), null,
        holes = 0 and person_years > 0
    from whole
    union all
    select indicator_id, area_code, year, sex, null, deaths, person_years, rate, variance, holes = 0 and smallest > 0
    from standardised
),

figure as (
    select
        indicator_id,
        area_code,
        year,
        case when age_group is not null then 'age' when sex = 'total' then 'total' else 'sex' end as dimension,
        coalesce(age_group, sex) as group_code,
        sex,
        deaths,
        person_years,
        rate,
        case when variance is null then sqrt(deaths) / nullif(person_years, 0) else sqrt(variance) end as se,
        case
            when deaths < 10 then null
            when variance is null then byar_lower(deaths) / nullif(person_years, 0)
            else dobson_lower(rate, variance, deaths)
        end as ci_lower,
        case
            when deaths < 10 then null
            when variance is null then byar_upper(deaths) / nullif(person_years, 0)
            else dobson_upper(rate, variance, deaths)
        end as ci_upper,
        case when variance is null then 'byar' else 'dobson' end as ci_method,
        is_known
    from told
)

select
    indicator_id,
    area_code,
    cast(year as varchar) as period,
    dimension,
    group_code,
    sex,
    case when is_known then 100000 * rate end as value,
    case when is_known then deaths end as numerator,
    case when is_known then person_years end as denominator,
    case when is_known and deaths > 0 then 100000 * se end as se,
    case when is_known then 100000 * ci_lower end as ci_lower,
    case when is_known then 100000 * ci_upper end as ci_upper,
    case when is_known and deaths >= 10 then ci_method end as ci_method,
    case when is_known then 'observed' else 'missing' end as status,
    case when not is_known then 'incomplete_group' end as status_reason,
    'computed' as provenance,
    cast(null as varchar) as reliability,
    case indicator_id when 'mortality_by_age' then 'scb_nation_deaths' else 'scb_nation_deaths, standard_population' end
        as source_ids
from figure
