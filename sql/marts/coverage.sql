-- What is measured where: for each indicator, level of area and dimension, how many cells of the frame have a figure.
-- areas_with_figures counts areas with at least one figure in the last year that has any at that level.
with last_year as (
    select indicator_id, area_level, dimension, max(case when value is not null then year end) as year
    from mart.indicator_value
    group by indicator_id, area_level, dimension
)

select
    v.indicator_id,
    v.area_level,
    v.dimension,
    min(case when v.value is not null then v.year end) as first_year,
    max(l.year) as last_year,
    cast(count(distinct v.area_code) as integer) as areas,
    cast(count(distinct case when v.value is not null and v.year = l.year then v.area_code end) as integer)
        as areas_with_figures,
    count(*) as cells,
    count(v.value) as cells_with_figures,
    count(case when v.provenance = 'synthetic' then 1 end) as cells_synthetic
from mart.indicator_value as v
inner join last_year as l
    on v.indicator_id = l.indicator_id and v.area_level = l.area_level and v.dimension = l.dimension
group by v.indicator_id, v.area_level, v.dimension
