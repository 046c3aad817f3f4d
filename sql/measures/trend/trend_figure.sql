-- Every figure and every gap of the last eleven years of its indicator that a trend may rest on, one row per series and
-- period, and what stands against using it. x: the middle of the period in years from the indicator's last year. y: the
-- value, an absolute gap (d, or sii over fifths of deprivation), or the natural logarithm of a relative one (r, rii); se
-- on the same scale, and only where it speaks of chance (a gap's certain is then yes or no).
-- comparable: no break lies in or after the period. other_survey: from another survey than in the rest of the country.
-- turning_point: where better turns to worse, the target value or no gap (null without polarity); better_sign: 1 more is better, -1 less is.
-- Where a source has a figure a month, each year's of the same month as the last one counts: months have seasons.
-- Synthetic figures and figures that rounding alone can move (coarse_rounding) are left out. Gaps between municipalities'
-- extremes are not followed: the highest and the lowest of 290 are so by chance.
with recent as (
    select v.*, l.year as last_year, extract(year from v.period_start) as start_year
    from mart.indicator_value v
    join measure.last_year l on l.indicator_id = v.indicator_id
    where v.status = 'observed' and v.provenance <> 'synthetic' and v.year >= l.year - 10 and extract(month from v.period_end) = l.month
        and coalesce(v.reliability, '') <> 'coarse_rounding'
),
period_state as (
    select indicator_id, area_code, period, max(last_year) as last_year, max(year) as year, max(start_year) as start_year,
        bool_and(comparable) as comparable, bool_or(coalesce(reliability = 'other_survey', false)) as other_survey
    from recent
    group by indicator_id, area_code, period
),
gap_state as (
    select indicator_id, period, max(last_year) as last_year, max(year) as year, max(start_year) as start_year,
        bool_and(comparable) as comparable
    from recent
    where coalesce(reliability, '') <> 'other_survey'
    group by indicator_id, period
)
select
    v.indicator_id, v.area_code, 'value' as measure, v.dimension, v.group_code, 'total' as stratum, v.sex, v.period,
    v.last_year, cast(v.start_year as integer) as start_year, v.year, (v.start_year + v.year) / 2e0 - v.last_year as x,
    v.value as y, v.value as estimate, v.se, v.comparable, coalesce(v.reliability = 'other_survey', false) as other_survey,
    cast(null as integer) as n_groups,
    i.target_value as turning_point,
    better_sign(i.polarity) as better_sign
from recent v
join mart.indicator i on i.indicator_id = v.indicator_id
where i.family <> 'ordinal'
union all
select
    q.indicator_id, q.area_code, q.measure, q.dimension, null, q.stratum, q.sex, q.period,
    s.last_year, cast(s.start_year as integer), s.year, (s.start_year + s.year) / 2e0 - s.last_year,
    case when q.measure in ('r', 'rii') then ln(q.estimate) else q.estimate end, q.estimate,
    case when q.certain <> 'not_assessable' then q.se end, s.comparable, s.other_survey, q.n_groups,
    case when has_better_end(i.polarity) then 0e0 end, null
from mart.inequality q
join mart.indicator i on i.indicator_id = q.indicator_id
join period_state s on s.indicator_id = q.indicator_id and s.area_code = q.area_code and s.period = q.period
where q.measure in ('d', 'r') and q.dimension not in ('municipality', 'deprivation_quintile')
    and q.estimate is not null and (q.measure = 'd' or q.estimate > 0) and q.provenance <> 'synthetic'
union all
select
    q.indicator_id, q.area_code, q.measure, q.dimension, null, q.stratum, q.sex, q.period,
    s.last_year, cast(s.start_year as integer), s.year, (s.start_year + s.year) / 2e0 - s.last_year,
    case when q.measure = 'rii' then ln(q.estimate) else q.estimate end, q.estimate,
    case when q.certain <> 'not_assessable' then q.se end, s.comparable, false, q.n_groups,
    case when has_better_end(i.polarity) then 0e0 end, null
from mart.inequality q
join mart.indicator i on i.indicator_id = q.indicator_id
join gap_state s on s.indicator_id = q.indicator_id and s.period = q.period
where q.measure in ('sii', 'rii') and q.dimension = 'deprivation_quintile'
    and q.estimate is not null and (q.measure = 'sii' or q.estimate > 0) and q.provenance <> 'synthetic'
