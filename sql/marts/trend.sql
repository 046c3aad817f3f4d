-- How each figure (measure value) and each gap (d and sii absolute, r and rii relative) has moved over the last five and
-- ten years, one row per series and span, also those that cannot be judged, with the reason.
-- change_per_year and its interval are in the indicator's unit a year; of a relative gap in per cent a year, which is
-- 100 (exp(slope of the logarithm) - 1). Methods: see sql/measures/trend_slope.sql.
-- movement: rising or falling where the interval leaves out no change. direction is its meaning. A value: improving or
-- worsening by the indicator's polarity; towards or away from a target. A gap: narrowing or widening, by its size whichever
-- group is worse off. Where a figure crosses its target, or a gap changes sides, within the span, a steady movement is
-- neither, and direction is not_assessable. Nor has an amount in kronor a direction, or an absolute gap between such: prices
-- are the year's own, and most of its rise is inflation (current_prices); its relative gaps have. An indicator without a
-- better end has no direction (null).
-- reason, the first objection that leaves too few points (two where each has a standard error, else five):
-- too_few_periods, there never were enough; break_in_series; other_survey, the rest are from another survey than the last;
-- groups_changed; overlapping_periods; too_short_span, the points span less than half of the years. changed_sides: see above.
with span as (
    select
        s.*, t.trend_years,
        case t.trend_years when 5 then s.n_seen_5 else s.n_seen_10 end as n_seen,
        case t.trend_years when 5 then s.n_comparable_5 else s.n_comparable_10 end as n_comparable,
        case t.trend_years when 5 then s.n_survey_5 else s.n_survey_10 end as n_survey,
        case t.trend_years when 5 then s.n_groups_same_5 else s.n_groups_same_10 end as n_groups_same
    from measure.trend_series s
    cross join (select 5 as trend_years union all select 10) t
),
end_point as (
    select
        s.series_id, s.trend_years,
        cast(count(p.x) as integer) as n,
        case when count(p.se) = count(p.x) and count(p.x) > 0 then 2 else 5 end as needed,
        min(p.x) as x_first, max(p.x) as x_last,
        min(case when p.y < s.turning_point then -1 when p.y > s.turning_point then 1 end) as side_low,
        max(case when p.y < s.turning_point then -1 when p.y > s.turning_point then 1 end) as side_high
    from span s
    left join measure.trend_point p on p.series_id = s.series_id and p.year >= s.last_year - s.trend_years
    group by s.series_id, s.trend_years
),
judged as (
    select
        s.indicator_id, s.area_code, s.measure, s.dimension, s.group_code, s.stratum, s.sex, s.trend_years, s.turning_point,
        s.better_sign, e.n as n_periods, a.period as first_period, b.period as last_period,
        a.estimate as first_estimate, b.estimate as last_estimate, k.slope, k.slope_lower, k.slope_upper, k.p_value,
        k.method, e.side_low, e.side_high, i.unit like 'sek%' and s.measure not in ('r', 'rii') as in_current_prices,
        case
            when k.method is null then 'not_assessable'
            when certain_side(k.slope_lower, k.slope_upper, 0) = 1 then 'rising'
            when certain_side(k.slope_lower, k.slope_upper, 0) = -1 then 'falling'
            else 'no_certain_change'
        end as movement,
        case
            when k.method is not null then null
            when e.n >= e.needed then 'too_short_span'
            when s.n_seen < e.needed then 'too_few_periods'
            when s.n_comparable < e.needed then 'break_in_series'
            when s.n_survey < e.needed then 'other_survey'
            when s.n_groups_same < e.needed then 'groups_changed'
            else 'overlapping_periods'
        end as reason
    from span s
    join end_point e on e.series_id = s.series_id and e.trend_years = s.trend_years
    join mart.indicator i on i.indicator_id = s.indicator_id
    left join measure.trend_point a on a.series_id = e.series_id and a.x = e.x_first
    left join measure.trend_point b on b.series_id = e.series_id and b.x = e.x_last
    left join measure.trend_slope k on k.series_id = s.series_id and k.trend_years = s.trend_years
)
select
    indicator_id, area_code, measure, dimension, group_code, stratum, sex, trend_years, n_periods, first_period, last_period,
    first_estimate, last_estimate,
    case when measure in ('r', 'rii') then 100 * (exp(slope) - 1) else slope end as change_per_year,
    case when measure in ('r', 'rii') then 100 * (exp(slope_lower) - 1) else slope_lower end as change_lower,
    case when measure in ('r', 'rii') then 100 * (exp(slope_upper) - 1) else slope_upper end as change_upper,
    case when measure in ('r', 'rii') then 'percent' else 'indicator_unit' end as change_unit,
    p_value, coalesce(method, 'none') as method, movement,
    case
        when better_sign is null and turning_point is null then null
        when movement = 'not_assessable' or in_current_prices then 'not_assessable'
        when movement = 'no_certain_change' then movement
        when better_sign is not null
            then case when (movement = 'rising') = (better_sign > 0) then 'improving' else 'worsening' end
        when side_low is null or side_low < side_high then 'not_assessable'
        when measure = 'value'
            then case when (movement = 'rising') = (side_low < 0) then 'improving' else 'worsening' end
        when (movement = 'rising') = (side_low < 0) then 'narrowing'
        else 'widening'
    end as direction,
    case
        when reason is not null then reason
        when in_current_prices and (better_sign is not null or turning_point is not null) then 'current_prices'
        when turning_point is not null and movement in ('rising', 'falling') and (side_low is null or side_low < side_high)
            then 'changed_sides'
    end as reason
from judged
