-- Each indicator in each fifth of deprivation: the population-weighted mean of its municipalities' figures, so that
-- every indicator has a gradient, also those with no social split. Between areas, never between persons.
-- se where every municipality has one: the root of the joint variance of w s over sum w, with the correlation rho of
-- neighbours' movements (chance.fit), none where the errors are not learned. The index is that of the nearest year, at most two
-- away, the earlier of two equally near. At least ten municipalities of the area must have a figure and a weight.
-- Not for what the index is made of, or near variants of it, which would only show the index itself
-- (catalogue.circular_with). The schooling of newly arrived refugees, why assistance is paid, employment and median
-- incomes are related but other things.
with figure as (
    select f.indicator_id, f.area_code, f.period, f.year, f.sex,
        case when not f.other_survey then f.estimate end as estimate, case when not f.other_survey then f.se end as se,
        f.population, f.synthetic, f.favourable,
        f.scale, f.family
    from measure.figure f
    left join catalogue.circular_with c on c.indicator_id = f.indicator_id and c.dimension = 'deprivation_quintile'
    where c.indicator_id is null and f.area_level = 'municipality' and f.dimension in ('total', 'sex')
),
nearest as (
    select year, index_year
    from (
        select y.year, i.index_year,
            row_number() over (partition by y.year order by abs(i.index_year - y.year), i.index_year) as place
        from (select distinct year from figure) y
        join (select distinct index_year from measure.deprivation_quintile) i on abs(i.index_year - y.year) <= 2
    )
    where place = 1
)
select
    f.indicator_id, q.unit_area as area_code, f.period, f.sex, q.quintile, max(q.index_year) as index_year,
    sum(f.estimate * f.population) / nullif(sum(case when f.estimate is not null then f.population end), 0) as estimate,
    case when count(case when f.estimate is not null then f.se end) = count(f.estimate)
        then sqrt(joint_variance(sum(f.population * f.population * f.se * f.se), power(sum(f.population * f.se), 2),
                coalesce(max(r.rho), 0e0)))
            / nullif(sum(case when f.estimate is not null then f.population end), 0) end as se,
    sum(case when f.estimate is not null then f.population end) as population,
    max(f.synthetic) as synthetic, max(f.favourable) as favourable, max(f.scale) as scale, max(f.family) as family
from figure f
join nearest n on n.year = f.year
join measure.deprivation_quintile q on q.area_code = f.area_code and q.index_year = n.index_year
join (
    select f.indicator_id, f.period, f.sex, q.unit_area
    from figure f
    join nearest n on n.year = f.year
    join measure.deprivation_quintile q on q.area_code = f.area_code and q.index_year = n.index_year
    where f.estimate is not null and f.population > 0
    group by f.indicator_id, f.period, f.sex, q.unit_area
    having count(*) >= 10
) enough
    on enough.indicator_id = f.indicator_id and enough.period = f.period and enough.sex = f.sex
    and enough.unit_area = q.unit_area
left join chance.fit r
    on r.indicator_id = f.indicator_id and r.assessable and r.series = case f.sex when 'total' then 'total' else 'sex' end
where f.population > 0
group by f.indicator_id, q.unit_area, f.period, f.sex, q.quintile
