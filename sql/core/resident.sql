-- Residents on 31 December by sex: Kolada's N01951, from 2023 SCB's own (both sexes only). For three years after the last
-- that is known of an area and sex that figure once more (basis population_earlier_year): places keep their proportions.
with counted as (
    select area_code, year, sex, value
    from core.kolada_value
    where kpi_id = 'N01951' and value is not null
    union all
    select area_code, year, sex, value
    from core.continuation
    where kpi_id = 'N01951' and value is not null
),

last_known as (
    select area_code, sex, max(year) as year
    from counted
    group by area_code, sex
),

ahead as (
    select 1 as years union all select 2 union all select 3
)

select area_code, year, sex, value, 'population_n01951' as basis
from counted
union all
select c.area_code, cast(c.year + a.years as integer) as year, c.sex, c.value, 'population_earlier_year' as basis
from counted as c
inner join last_known as l on c.area_code = l.area_code and c.sex = l.sex and c.year = l.year
cross join ahead as a
