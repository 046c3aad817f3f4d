-- The figures that municipalities are ranked by: of each indicator, split by sex or not, the last of its latest four years
-- in which at least half as many municipalities have a figure as in the best of them; shares, rates, means and ratios.
-- good: what is ranked, the higher the better: the figure, its negative where less is better, minus the distance from a
-- target; where there is no better end the negative too, so that the lowest is first. se on the same scale.
-- A figure from another survey than in the rest of the country is not ranked, nor one that rounding alone can move, nor an
-- indicator whose municipalities cannot be compared (catalogue.not_compared).
with figure as (
    select
        v.indicator_id, v.area_code, v.dimension, v.group_code, v.sex, v.period, v.year, v.value,
        case when v.se > 0 then v.se end as se,
        coalesce(goodness(i.polarity, v.value, i.target_value), -v.value) as good
    from mart.indicator_value v
    join mart.indicator i on i.indicator_id = v.indicator_id
    left join catalogue.not_compared x
        on x.indicator_id = v.indicator_id and x.dimension = 'municipality' and v.year <= coalesce(x.until_year, 9999)
    where v.area_level = 'municipality' and v.dimension in ('total', 'sex') and v.status = 'observed'
        and v.provenance <> 'synthetic' and i.family in ('share', 'rate', 'mean', 'ratio')
        and coalesce(v.reliability, '') not in ('coarse_rounding', 'other_survey') and x.indicator_id is null
),
size as (
    select
        indicator_id, sex, period, max(year) as year, count(*) as n,
        (max(max(year)) over (partition by indicator_id, sex)) as last_year
    from figure
    group by indicator_id, sex, period
),
recent as (
    select indicator_id, sex, period, n, year, (max(n) over (partition by indicator_id, sex)) as n_most
    from size
    where year > last_year - 4
),
chosen as (
    select indicator_id, sex, period
    from (
        select r.*, (row_number() over (partition by indicator_id, sex order by year desc, period desc)) as place
        from recent r
        where 2 * n >= n_most
    )
    where place = 1
)
select
    (dense_rank() over (order by f.indicator_id, f.sex)) as ranking_id,
    f.indicator_id, f.area_code, f.dimension, f.group_code, f.sex, f.period, f.value, f.good,
    case when (count(f.se) over (partition by f.indicator_id, f.sex)) = (count(*) over (partition by f.indicator_id, f.sex))
        then f.se end as se
from figure f
join chosen c on c.indicator_id = f.indicator_id and c.sex = f.sex and c.period = f.period
