-- Municipalities in fifths of deprivation, within the nation and within each county of at least ten municipalities that
-- have an index: 1 holds the most deprived. Fifths of the population, not of the municipalities: a municipality lies in
-- the fifth in which the middle of its population falls, so a fifth can be empty where one city is large.
-- Within the area compared, not nationally, because the slope index speaks of the rank within that area's population.
with unit as (
    select a.county_code as unit_area, d.area_code, d.index_year, d.population, d.deprivation
    from measure.deprivation_index d
    join core.area a on a.area_code = d.area_code
    where d.deprivation is not null
    union all
    select '00', d.area_code, d.index_year, d.population, d.deprivation
    from measure.deprivation_index d
    where d.deprivation is not null
),
placed as (
    select
        unit_area, area_code, index_year,
        (sum(population) over (partition by unit_area, index_year order by deprivation desc, area_code
            rows between unbounded preceding and current row)) - population / 2 as middle,
        (sum(population) over (partition by unit_area, index_year)) as population,
        (count(*) over (partition by unit_area, index_year)) as n_municipalities
    from unit
)
select
    unit_area, area_code, index_year,
    cast(least(floor(5 * middle / population), 4) as integer) + 1 as quintile
from placed
where n_municipalities >= 10
