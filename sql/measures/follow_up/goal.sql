-- Every goal beside the figure or gap it was decided from (base) and the latest one (last).
-- Own goals: the form targets of docs/intake.md. The national goal, to close avoidable gaps within a generation
-- (Government bill 2017/18:249, decided by the Riksdag in 2018; thirty years, so 2048), is set for every gap as a
-- difference between social groups (d = 0) of an indicator that has a better end; not between ages, which are not a
-- social condition, nor between municipalities' extremes.
-- base: the latest of the decision's year or before; last: the latest of all. better_sign 0: nearer to turning_point is
-- better (a gap: none; an indicator with a target value: that value). Without a polarity the goal itself shows the
-- way. wrong_direction: the base is already better than the goal.
-- Synthetic figures take no part.
with figure as (
    select indicator_id, area_code, 'value' as measure, dimension, group_code, sex, period, year, value, se,
        cast(null as varchar) as certain
    from mart.indicator_value
    where status = 'observed' and provenance <> 'synthetic'
    union all
    select indicator_id, area_code, measure, dimension, 'total', sex, period,
        last_year_of(period), estimate, se, certain
    from mart.inequality
    where measure in ('d', 'r') and stratum = 'total' and estimate is not null and provenance <> 'synthetic'
        and (measure = 'd' or estimate > 0)
),
goal as (
    select 'own' as origin, indicator_id, area_code, measure, dimension, group_code, sex, target_value, target_year,
        decided_by, decided_on, cast(substr(decided_on, 1, 4) as integer) as decided_year, note, file, line
    from core.intake_target
    union all
    select distinct 'national', indicator_id, area_code, 'd', dimension, 'total', 'total', 0e0, 2048,
        'Riksdagen, prop. 2017/18:249', '2018', 2018, cast(null as varchar), cast(null as varchar), cast(null as integer)
    from mart.inequality
    where measure = 'd' and stratum = 'total' and sex = 'total' and estimate is not null and worse_when is not null
        and dimension not in ('age', 'municipality', 'deprivation_quintile') and provenance <> 'synthetic'
),
standing as (
    select
        g.origin, g.indicator_id, g.area_code, g.measure, g.dimension, g.group_code, g.sex, g.target_year,
        f.period, f.year, f.value, f.se, f.certain, f.year <= g.decided_year as is_before,
        row_number() over (
            partition by g.origin, g.indicator_id, g.area_code, g.measure, g.dimension, g.group_code, g.sex, g.target_year
            order by f.year desc, f.period desc
        ) as from_last,
        row_number() over (
            partition by
                g.origin, g.indicator_id, g.area_code, g.measure, g.dimension, g.group_code, g.sex, g.target_year,
                f.year <= g.decided_year
            order by f.year desc, f.period desc
        ) as from_last_before
    from goal g
    join figure f
        on f.indicator_id = g.indicator_id and f.area_code = g.area_code and f.measure = g.measure
        and f.dimension = g.dimension and f.group_code = g.group_code and f.sex = g.sex
),
stood as (
    select
        origin, indicator_id, area_code, measure, dimension, group_code, sex, target_year,
        max(case when is_before and from_last_before = 1 then period end) as base_period,
        max(case when is_before and from_last_before = 1 then year end) as base_year,
        max(case when is_before and from_last_before = 1 then value end) as base_value,
        max(case when from_last = 1 then period end) as last_period,
        max(case when from_last = 1 then year end) as last_year,
        max(case when from_last = 1 then value end) as last_value,
        max(case when from_last = 1 then se end) as last_se,
        max(case when from_last = 1 then certain end) as certain
    from standing
    group by origin, indicator_id, area_code, measure, dimension, group_code, sex, target_year
),
beside as (
    select
        g.*, s.base_period, s.base_year, s.base_value, s.last_period, s.last_year, s.last_value, s.last_se, s.certain,
        case
            when g.measure <> 'value' or has_target(i.polarity) then 0
            when better_sign(i.polarity) is not null then better_sign(i.polarity)
            when g.target_value >= coalesce(s.base_value, s.last_value) then 1
            else -1
        end as better_sign,
        case g.measure when 'd' then 0e0 when 'r' then 1e0 else i.target_value end as turning_point
    from goal g
    join mart.indicator i on i.indicator_id = g.indicator_id
    left join stood s
        on s.origin = g.origin and s.indicator_id = g.indicator_id and s.area_code = g.area_code
        and s.measure = g.measure and s.dimension = g.dimension and s.group_code = g.group_code and s.sex = g.sex
        and s.target_year = g.target_year
)
select
    origin, indicator_id, area_code, measure, dimension, group_code, sex, target_value, target_year,
    decided_by, decided_on, note, file, line,
    base_period, base_value, last_period, last_value, base_year, last_year, last_se, certain, better_sign, turning_point,
    coalesce(
        case
            when better_sign <> 0 then better_sign * (target_value - base_value) < 0
            when measure = 'r' then target_value <= 0
                or abs(ln(greatest(target_value, 1e-9))) > abs(ln(base_value))
            else abs(target_value - turning_point) > abs(base_value - turning_point)
        end,
        false
    ) as wrong_direction
from beside
