-- A deprivation index of the municipalities, one row per municipality and index year: the mean of three standardised
-- shares, persistent low economic standard, low education at 25-64 and long-term unemployment at 25-65.
-- index = (z1 + z2 + z3) / 3, z = (share - m) / s with m and s the population-weighted mean and standard deviation over
-- the municipalities of that year; higher is more deprived; no unit. Standardised and averaged with equal weights after
-- Carstairs & Morris (1989), BMJ 299, p. 886. A municipality that lacks one of the three has no index that year.
-- population is the weight of the first component, persons.
with component as (
    select
        v.area_code, v.year as index_year,
        max(case when v.indicator_id = 'persistent_low_economic_standard' then v.value end) as poor,
        max(case when v.indicator_id = 'low_education_25_64' then v.value end) as low_education,
        max(case when v.indicator_id = 'long_term_unemployed_25_65' then v.value end) as unemployed,
        max(case when v.indicator_id = 'persistent_low_economic_standard' then cast(v.weight as double) end) as population
    from mart.indicator_value v
    where v.indicator_id in ('persistent_low_economic_standard', 'low_education_25_64', 'long_term_unemployed_25_65')
        and v.area_level = 'municipality' and v.dimension = 'total' and v.sex = 'total' and v.status = 'observed'
    group by v.area_code, v.year
),
complete as (
    select area_code, index_year, poor, low_education, unemployed, population
    from component
    where poor is not null and low_education is not null and unemployed is not null and population > 0
),
moment as (
    select
        index_year,
        sum(population * poor) / sum(population) as poor_mean,
        sum(population * low_education) / sum(population) as low_education_mean,
        sum(population * unemployed) / sum(population) as unemployed_mean
    from complete
    group by index_year
),
spread as (
    select
        c.index_year,
        sqrt(sum(c.population * (c.poor - m.poor_mean) * (c.poor - m.poor_mean)) / sum(c.population)) as poor_sd,
        sqrt(sum(c.population * (c.low_education - m.low_education_mean) * (c.low_education - m.low_education_mean))
            / sum(c.population)) as low_education_sd,
        sqrt(sum(c.population * (c.unemployed - m.unemployed_mean) * (c.unemployed - m.unemployed_mean))
            / sum(c.population)) as unemployed_sd
    from complete c
    join moment m on m.index_year = c.index_year
    group by c.index_year
)
select
    c.area_code, c.index_year, c.population,
    ((c.poor - m.poor_mean) / nullif(s.poor_sd, 0)
        + (c.low_education - m.low_education_mean) / nullif(s.low_education_sd, 0)
        + (c.unemployed - m.unemployed_mean) / nullif(s.unemployed_sd, 0)) / 3 as deprivation
from complete c
join moment m on m.index_year = c.index_year
join spread s on s.index_year = c.index_year
