-- What is measured where: for each indicator, level of area and dimension, how many cells of the frame have a figure.
-- areas_with_figures counts areas with at least one figure in the last year that has any at that level.
-- reason: the commonest one (mart.area_coverage) among the level's areas that have never had a figure; null where all have.
-- Below the municipality, at SCB's RegSO and DeSO, nothing is covered: one row an indicator and level says so, and which table
-- is known to exist there (exists_as).
-- timeliness_years: from the end of the level's last period with a figure to the day the source was read.
with last_year as (
    select indicator_id, area_level, dimension, max(case when value is not null then year end) as year
    from mart.indicator_value
    group by indicator_id, area_level, dimension
),

unmeasured as (
    select
        c.indicator_id,
        a.area_level,
        c.dimension,
        c.reason,
        row_number() over (
            partition by c.indicator_id, a.area_level, c.dimension order by count(*) desc, c.reason
        ) as place
    from mart.area_coverage as c
    inner join core.area as a on c.area_code = a.area_code
    where not c.measured and c.indicator_id is not null
    group by c.indicator_id, a.area_level, c.dimension, c.reason
),

fresh as (
    select c.indicator_id, a.area_level, c.dimension, min(c.timeliness_years) as timeliness_years
    from mart.area_coverage as c
    inner join core.area as a on c.area_code = a.area_code
    where c.indicator_id is not null
    group by c.indicator_id, a.area_level, c.dimension
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
    count(case when v.provenance = 'synthetic' then 1 end) as cells_synthetic,
    max(u.reason) as reason,
    max(f.timeliness_years) as timeliness_years,
    cast(null as varchar) as exists_as
from mart.indicator_value as v
inner join last_year as l
    on v.indicator_id = l.indicator_id and v.area_level = l.area_level and v.dimension = l.dimension
left join unmeasured as u
    on v.indicator_id = u.indicator_id and v.area_level = u.area_level and v.dimension = u.dimension and u.place = 1
left join fresh as f
    on v.indicator_id = f.indicator_id and v.area_level = f.area_level and v.dimension = f.dimension
group by v.indicator_id, v.area_level, v.dimension
union all
select
    i.indicator_id,
    l.area_level,
    'total' as dimension,
    cast(null as integer) as first_year,
    cast(null as integer) as last_year,
    l.areas,
    0 as areas_with_figures,
    0 as cells,
    0 as cells_with_figures,
    0 as cells_synthetic,
    case when b.indicator_id is not null then 'not_fetched' else 'not_collected' end as reason,
    cast(null as double) as timeliness_years,
    case
        when b.first_year is not null
            then concat(b.published_as, ', ', cast(b.first_year as varchar), '–', cast(b.last_year as varchar))
        else b.published_as
    end as exists_as
from mart.indicator as i
cross join (select area_level, max(areas) as areas from core.below_municipality group by area_level) as l
left join core.below_municipality as b on i.indicator_id = b.indicator_id and l.area_level = b.area_level
