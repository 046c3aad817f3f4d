-- The figures that places are compared by: of each indicator's last four years, shares, rates, means and ratios, no
-- crosses and no sexes within another split, one row per indicator, area, dimension, group, sex and year. Where the nation or a county has no figure of its
-- own, it has the mean of its municipalities, weighted by the persons each figure speaks of where all of them are known,
-- provided at least half of them have a figure of the same survey as the rest of the country.
-- A weighted mean of shares or rates is the share or rate of all those persons taken together; its variance is sum w^2 s^2 /
-- (sum w)^2, and more where the municipalities move together (rho of chance.fit) or their sums move more than that (county_height);
-- none where such sums were tried and did not hold (county_assessable). learned: the error was learned from how
-- places move about the nation's level. Synthetic figures and those that rounding alone can move (coarse_rounding) are left out.
with figure as (
    select
        v.indicator_id, v.area_code, v.area_level, v.dimension, v.group_code, v.sex, v.year, v.period, v.value,
        case when v.se > 0 then v.se end as se, v.chance_kind,
        coalesce(v.ci_method in ('year_to_year', 'year_to_year_upper', 'survey_pooled'), false) as learned, v.weight,
        coalesce(v.reliability = 'other_survey', false) as other_survey
    from mart.indicator_value v
    join measure.last_year l on l.indicator_id = v.indicator_id
    join mart.indicator i on i.indicator_id = v.indicator_id
    where v.status = 'observed' and v.provenance <> 'synthetic' and v.year > l.year - 4
        and extract(month from v.period_end) = l.month and position('+' in v.dimension) = 0
        and (v.dimension = 'sex' or v.sex = 'total') and i.family in ('share', 'rate', 'mean', 'ratio') and coalesce(v.reliability, '') <> 'coarse_rounding'
),
container as (
    select area_code, county_code as holder, 'county' as holder_level from core.area where area_level = 'municipality'
    union all
    select area_code, '00', 'nation' from core.area where area_level = 'municipality'
),
holder_size as (
    select holder, count(*) as n from container group by holder
),
part as (
    select
        f.indicator_id, c.holder, c.holder_level, f.dimension, f.group_code, f.sex, f.year, max(f.period) as period,
        case when count(f.weight) = count(*) and sum(f.weight) > 0 then sum(f.value * f.weight) / sum(f.weight)
            else avg(f.value) end as value,
        case
            when count(f.se) < count(*) or not coalesce(bool_and(m.county_assessable), true) then null
            when count(f.weight) = count(*) and sum(f.weight) > 0
                then sqrt(coalesce(max(m.county_height), 1e0) * joint_variance(
                    sum(f.se * f.se * f.weight * f.weight), sum(f.se * f.weight) * sum(f.se * f.weight),
                    coalesce(max(m.rho), 0)
                )) / sum(f.weight)
            else sqrt(coalesce(max(m.county_height), 1e0)
                * joint_variance(sum(f.se * f.se), sum(f.se) * sum(f.se), coalesce(max(m.rho), 0))) / count(*)
        end as se,
        max(f.chance_kind) as chance_kind, bool_or(f.learned) as learned,
        case when count(f.weight) = count(*) then sum(f.weight) end as weight,
        count(f.weight) = count(*) and coalesce(sum(f.weight) > 0, false) as weighted,
        count(*) as n
    from figure f
    join container c on c.area_code = f.area_code
    left join chance.fit m
        on m.indicator_id = f.indicator_id and m.series = case f.sex when 'total' then 'total' else 'sex' end
        and f.dimension in ('total', 'sex') and f.learned
    where f.area_level = 'municipality' and not f.other_survey
    group by f.indicator_id, c.holder, c.holder_level, f.dimension, f.group_code, f.sex, f.year
)
select indicator_id, area_code, area_level, dimension, group_code, sex, year, period, value, se, chance_kind, learned, weight, other_survey,
    'figure' as basis, 1 as areas
from figure
union all
select p.indicator_id, p.holder, p.holder_level, p.dimension, p.group_code, p.sex, p.year, p.period, p.value, p.se, p.chance_kind, p.learned, p.weight,
    false, case when p.weighted then 'weighted_mean' else 'unweighted_mean' end, cast(p.n as integer)
from part p
join holder_size h on h.holder = p.holder and 2 * p.n >= h.n
left join figure f
    on f.indicator_id = p.indicator_id and f.area_code = p.holder and f.dimension = p.dimension
    and f.group_code = p.group_code and f.sex = p.sex and f.year = p.year
where f.indicator_id is null
