-- Life expectancy at birth from deaths and person-years by age, an abridged life table: Chiang (1984), The Life Table
-- and its Applications, with a = 0.1 of the first year lived by those who die in it and 0.5 of every other band;
-- variance after Silcocks, Jenner & Reza (2001), J Epidemiol Community Health 55, pp. 38-43, which counts the open last
-- band too. Years. q = n m / (1 + n (1 - a) m), m = deaths / person-years, n the band's length; l falls by q from 1; L
-- = n (l - a' q l) with a' = 1 - a, open band l / m; e0 = sum L. Variance: sum over bands of l^2 ((1 - a) n + e of the
-- next band)^2 q^2 (1 - q) / d, open band l^2 / (d m^2). Made of the indicator mortality_by_age, from age 0 without a
-- gap to an open band. Refused at 5,000 person-years or fewer, without deaths in the open band, or where a band has
-- nobody in it.
with band as (
    select area_code, period, sex, age_lower, age_upper, cast(events as double) as d, cast(persons as double) as p,
        case when age_upper is not null then age_upper + 1e0 - age_lower end as n,
        case when age_lower = 0 and age_upper = 0 then 0.1e0 else 0.5e0 end as a,
        events / nullif(cast(persons as double), 0) as m,
        (lead(age_lower) over (partition by area_code, period, sex order by age_lower)) as next_lower
    from measure.age_count
    where indicator_id = 'mortality_by_age'
),
dying as (
    select *, case when n is null then 1e0 else least(1e0, n * m / (1 + n * (1 - a) * m)) end as q
    from band
),
alive as (
    -- l is the product of the survival of all younger bands; a band in which all die ends the table
    select *,
        coalesce(exp(sum(case when q < 1 then ln(1 - q) else -1e3 end) over (partition by area_code, period, sex
            order by age_lower rows between unbounded preceding and 1 preceding)), 1e0) as l
    from dying
),
lived as (
    select *, case when n is null then l / nullif(m, 0) else n * l * (1 - (1 - a) * q) end as years
    from alive
),
ahead as (
    select *,
        coalesce((sum(years) over (partition by area_code, period, sex
            order by age_lower rows between 1 following and unbounded following)), 0e0) as years_after
    from lived
),
summed as (
    select area_code, period, sex, sum(p) as person_years, sum(d) as deaths, sum(years) as e0,
        sum(case
            when n is null then l * l / nullif(d * m * m, 0)
            when d > 0 and q < 1 then (l * (1 - a) * n + years_after / (1 - q)) * (l * (1 - a) * n + years_after / (1 - q))
                * q * q * (1 - q) / d
            else 0e0
        end) as variance,
        case
            when sum(p) <= 5000 then 'fewer than 5,000 person-years'
            when min(d) < 0 or max(d - p) > 0 then 'an age band has deaths below zero or more deaths than persons'
            when min(p) <= 0 then 'an age band has nobody in it'
            when min(age_lower) > 0 or count(case when n is null then 1 end) <> 1
                or count(case when n is not null and age_upper + 1 <> coalesce(next_lower, -1) then 1 end) > 0
                then 'the age bands do not run from 0 to an open band without a gap'
            when min(case when n is null then d end) = 0 then 'no deaths in the open age band'
        end as reason
    from ahead
    group by area_code, period, sex
)
select
    area_code, period, sex, person_years, deaths,
    case when reason is null then e0 end as life_expectancy,
    case when reason is null then sqrt(variance) end as se,
    case when reason is null then e0 - z975() * sqrt(variance) end as ci_lower,
    case when reason is null then e0 + z975() * sqrt(variance) end as ci_upper,
    case when reason is null then 'ok' else 'refused' end as status, reason
from summed
