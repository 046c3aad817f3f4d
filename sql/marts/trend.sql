-- How each figure (value), each distance to the nation and each gap (d and sii absolute, r and rii relative, signed) has moved
-- over the last five and ten years, one row per series and span, also those that cannot be judged, with the reason.
-- Two statements with two meanings:
-- * changed: the last period differs from the first by more than chance: a change that happened. total_change is the
--   difference, its variance the sum of both periods' and, since their errors leave the nation's own movement out, that of
--   one such movement (level_step; no part of a distance to it); change_p_value two-sided, change_q_value the same with regard to all
--   rows of the area and span (Benjamini & Hochberg 1995). changed is this row's own 95 %; change_verdict is what lists take,
--   changed_direction (changed without a better end) where change_q_value <= 0.05.
-- * movement: it keeps moving the same way: a slope through three periods or more whose interval, with the drift of the
--   level in it, leaves out none (see sql/measures/trend/trend_slope.sql). Only this bears a pace or a year of reaching.
-- total_change and change_per_year are in the indicator's unit; of a relative gap in per cent, 100 (exp(of the logarithm) - 1).
-- direction and changed_direction are their meanings. A value or a distance: improving or worsening by the indicator's
-- polarity; a value with a target towards or away from it. A gap: narrowing or widening, by its size whichever group is
-- worse off. Where a figure crosses its target, or a gap changes sides, within the span, a steady movement is neither, and
-- the direction is not_assessable. Nor has an amount in kronor a direction, or an absolute gap between such: prices are the
-- year's own, and most of its rise is inflation (current_prices); its relative gaps have. An indicator without a better end
-- has no direction (null).
-- change_reason, reason: the first objection that leaves fewer than two periods, or three: too_few_periods, there never were
-- enough; break_in_series; other_survey, the rest are from another survey than the last; groups_changed;
-- overlapping_periods; too_short_span, they span less than half of the years; no_standard_error; drift_unknown, nobody knows
-- how far the level wanders by itself. changed_sides, current_prices: see above.
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
        cast(count(p.x) as integer) as n, count(p.se) as n_se,
        min(p.x) as x_first, max(p.x) as x_last,
        min(case when p.y < s.turning_point then -1 when p.y > s.turning_point then 1 end) as side_low,
        max(case when p.y < s.turning_point then -1 when p.y > s.turning_point then 1 end) as side_high
    from span s
    left join measure.trend_point p on p.series_id = s.series_id and p.year >= s.last_year - s.trend_years
    group by s.series_id, s.trend_years
),
measured as (
    select
        s.indicator_id, s.area_code, s.measure, s.dimension, s.group_code, s.stratum, s.sex, s.trend_years, s.turning_point,
        s.better_sign, e.n as n_periods, a.period as first_period, b.period as last_period,
        a.estimate as first_estimate, b.estimate as last_estimate, k.slope, k.slope_lower, k.slope_upper,
        e.side_low, e.side_high, i.unit like 'sek%' and s.measure not in ('r', 'rii') as in_current_prices,
        case when 2 * (e.x_last - e.x_first) >= s.trend_years then b.y - a.y end as change,
        sqrt(a.se * a.se + b.se * b.se + case
            when s.measure in ('value', 'd', 'r') and s.area_code <> '00'
                then coalesce(b.level_step * b.spacing_years, 0e0)
            else 0e0
        end) as change_se,
        case
            when s.n_seen < 2 then 'too_few_periods'
            when s.n_comparable < 2 then 'break_in_series'
            when s.n_survey < 2 then 'other_survey'
            when s.n_groups_same < 2 then 'groups_changed'
            when e.n < 2 then 'overlapping_periods'
            when 2 * (e.x_last - e.x_first) < s.trend_years then 'too_short_span'
            when a.se is null or b.se is null then 'no_standard_error'
        end as change_objection,
        case
            when s.n_seen < 3 then 'too_few_periods'
            when s.n_comparable < 3 then 'break_in_series'
            when s.n_survey < 3 then 'other_survey'
            when s.n_groups_same < 3 then 'groups_changed'
            when e.n < 3 then 'overlapping_periods'
            when 2 * (e.x_last - e.x_first) < s.trend_years then 'too_short_span'
            when e.n_se < e.n then 'no_standard_error'
            when k.slope is null then 'drift_unknown'
        end as objection
    from span s
    join end_point e on e.series_id = s.series_id and e.trend_years = s.trend_years
    join mart.indicator i on i.indicator_id = s.indicator_id
    left join measure.trend_point a on a.series_id = e.series_id and a.x = e.x_first
    left join measure.trend_point b on b.series_id = e.series_id and b.x = e.x_last
    left join measure.trend_slope k on k.series_id = s.series_id and k.trend_years = s.trend_years
),
tested as (
    select
        m.*, concat(area_code, ' ', trend_years) as family,
        case when change_objection is null and change_se > 0 then normal_tail(change / change_se) end as p_value,
        case
            when change_objection is not null then 'not_assessable'
            when change - z975() * change_se > 0 then 'rising'
            when change + z975() * change_se < 0 then 'falling'
            else 'no_certain_change'
        end as changed,
        case
            when objection is not null then 'not_assessable'
            when slope_lower > 0 then 'rising'
            when slope_upper < 0 then 'falling'
            else 'no_certain_change'
        end as movement
    from measured m
),
corrected as (
    select *
    from with_q_value('tested')
),
told as (
    select
        c.*,
        trend_direction(changed, measure, better_sign, turning_point, side_low, side_high, in_current_prices)
            as changed_direction,
        trend_direction(movement, measure, better_sign, turning_point, side_low, side_high, in_current_prices)
            as direction
    from corrected c
)
select
    indicator_id, area_code, measure, dimension, group_code, stratum, sex, trend_years, n_periods, first_period, last_period,
    first_estimate, last_estimate,
    case when change_objection is not null then null else in_change_unit(measure, change) end as total_change,
    case when change_objection is null then in_change_unit(measure, change - z975() * change_se) end as total_change_lower,
    case when change_objection is null then in_change_unit(measure, change + z975() * change_se) end as total_change_upper,
    p_value as change_p_value, q_value as change_q_value, changed,
    changed_direction,
    case
        when q_value > 0.05 then 'no_certain_change'
        else coalesce(changed_direction, changed)
    end as change_verdict,
    coalesce(
        change_objection,
        trend_objection(changed, better_sign, turning_point, side_low, side_high, in_current_prices)
    ) as change_reason,
    in_change_unit(measure, slope) as change_per_year,
    in_change_unit(measure, slope_lower) as change_lower,
    in_change_unit(measure, slope_upper) as change_upper,
    case when measure in ('r', 'rii') then 'percent' else 'indicator_unit' end as change_unit,
    movement,
    direction,
    coalesce(
        objection,
        trend_objection(movement, better_sign, turning_point, side_low, side_high, in_current_prices)
    ) as reason
from told
