-- Goals, own and national (measure.goal), each with what remains, the pace of the last years (mart.trend) and where it
-- leads. y is the figure, the gap as a difference, or the natural logarithm of the gap as a ratio; left is what remains
-- of it, ahead the pace towards the goal (above zero: nearer). A gap, and a figure with a target value, is counted as its
-- distance from the turning point, so that a gap that has turned is still a gap.
-- The pace is that of the last ten years, or five where ten cannot be judged, and counts only where the number keeps moving the same way beyond the
-- drift of its level (movement of mart.trend): only then is a year of reaching given. It is taken to go on in a straight line from the latest figure
-- (a ratio: by the same per cent a year); reached_year = last year + left / ahead, its interval from the pace's own.
-- Certainty comes first. passed: the latest figure lies beyond the goal by more than 1.96 of its standard errors; a gap that
-- is zero in one year is not. on_track: a lasting pace of at least left / (goal's year - last year). off_track: even the
-- upper end of the pace is too slow, a lasting pace is, or the goal's year is past and the figure certainly short of it. Else
-- nothing can be told. A gap that is not beyond chance is not assessed: there is no certain gap to close.
with pace as (
    select t.*,
        row_number() over (
            partition by t.indicator_id, t.area_code, t.measure, t.dimension, t.group_code, t.sex
            order by case when t.movement = 'not_assessable' then 1 else 0 end, t.trend_years desc
        ) as choice
    from mart.trend t
    where t.stratum = 'total' and t.measure in ('value', 'd', 'r')
),
signed as (
    -- a gap of the goal has no sign where the trend's has one: the pace is turned to the gap's size
    select
        g.*, p.trend_years as pace_years, p.reason as trend_reason,
        p.movement in ('rising', 'falling') and p.reason is null as lasts,
        case
            when g.measure = 'd' and p.last_estimate * g.last_value < 0 then -1
            when g.measure = 'r' and (p.last_estimate - 1) * (g.last_value - 1) < 0 then -1
            else 1
        end as turn,
        case when g.measure = 'r' then 100 * ln(1 + p.change_per_year / 100) else p.change_per_year end as slope,
        case when g.measure = 'r' then 100 * ln(1 + p.change_lower / 100) else p.change_lower end as slope_lower,
        case when g.measure = 'r' then 100 * ln(1 + p.change_upper / 100) else p.change_upper end as slope_upper
    from measure.goal g
    left join pace p
        on p.indicator_id = g.indicator_id and p.area_code = g.area_code and p.measure = g.measure
        and p.dimension = g.dimension and p.sex = g.sex and p.choice = 1
        and (g.measure <> 'value' or p.group_code = g.group_code)
    where not g.wrong_direction
),
paced as (
    select
        s.*,
        case when measure = 'r' then ln(last_value) else last_value - coalesce(turning_point, 0) end as y,
        case when measure = 'r' then ln(base_value) else base_value - coalesce(turning_point, 0) end as y_base,
        case when measure = 'r' then ln(greatest(target_value, 1e-9)) else target_value - coalesce(turning_point, 0) end
            as y_goal,
        turn * slope / (case when measure = 'r' then 100 else 1 end) as b,
        (case when turn > 0 then slope_lower else -slope_upper end) / (case when measure = 'r' then 100 else 1 end) as b_lower,
        (case when turn > 0 then slope_upper else -slope_lower end) / (case when measure = 'r' then 100 else 1 end) as b_upper
    from signed s
),
towards as (
    select *,
        case when better_sign = 0 then abs(y) - abs(y_goal) else better_sign * (y_goal - y) end as left_over,
        case when better_sign = 0 then -sign(y) else better_sign end as way,
        case when better_sign = 0 then sign(y) * abs(y_goal) else y_goal end as y_aim,
        target_year - last_year as years_left
    from paced
),
moved as (
    select *,
        way * b as ahead,
        case when way > 0 then b_lower else -b_upper end as ahead_lower,
        case when way > 0 then b_upper else -b_lower end as ahead_upper,
        case when years_left > 0 then left_over / years_left end as needed
    from towards
),
judged as (
    select *,
        case
            when last_value is null then 'not_assessable'
            when left_over <= 0 then case when left_over + z975() * last_se < 0 then 'passed' else 'not_assessable' end
            when measure <> 'value' and certain = 'no' then 'not_assessable'
            when years_left <= 0
                then case when left_over - z975() * last_se > 0 then 'off_track' else 'not_assessable' end
            when ahead_upper < needed or lasts and ahead < needed then 'off_track'
            when lasts then 'on_track'
            else 'not_assessable'
        end as status,
        case when lasts and ahead > 0 then last_year + left_over / ahead end as reached,
        case when lasts and ahead_upper > 0 then last_year + left_over / ahead_upper end as reached_lower,
        case when lasts and ahead_lower > 0 then last_year + left_over / ahead_lower end as reached_upper
    from moved
)
select
    origin, indicator_id, area_code, measure, dimension, group_code, sex, target_value, target_year,
    decided_by, decided_on, note, base_period, base_value, last_period, last_value,
    case
        when measure = 'r' then greatest(last_value, 1 / last_value) - greatest(target_value, 1 / target_value)
        else left_over
    end as distance,
    case when last_year > base_year then case
        when measure = 'r' then exp(y_base + (sign(y_base) * abs(y_goal) - y_base)
            * (last_year - base_year) / (target_year - base_year))
        else coalesce(turning_point, 0) + y_base
            + (case when better_sign = 0 then sign(y_base) * abs(y_goal) else y_goal end - y_base)
            * (last_year - base_year) / (target_year - base_year)
    end end as path_value,
    case when b is not null then pace_years end as pace_years,
    in_change_unit(measure, b) as pace, in_change_unit(measure, b_lower) as pace_lower,
    in_change_unit(measure, b_upper) as pace_upper, coalesce(lasts, false) as lasts,
    case
        when left_over <= 0 or needed is null then null
        when measure = 'r' then 100 * (exp(way * needed) - 1)
        else way * needed
    end as pace_needed,
    case
        when not lasts or b is null or years_left <= 0 then null
        when measure = 'r' then exp(y + b * years_left)
        else coalesce(turning_point, 0) + y + b * years_left
    end as projected_value,
    case when left_over > 0 and reached <= 2100 then cast(ceil(reached) as integer) end as reached_year,
    case when left_over > 0 and reached_lower <= 2100 then cast(ceil(reached_lower) as integer) end as reached_year_lower,
    case when left_over > 0 and reached_upper <= 2100 then cast(ceil(reached_upper) as integer) end as reached_year_upper,
    status,
    case
        when status not in ('on_track', 'off_track', 'passed') then 'not_assessable'
        when years_left <= 0 or status = 'passed' then 'yes'
        when ahead_lower is null or ahead_upper is null then 'not_assessable'
        when ahead_lower >= needed or ahead_upper < needed then 'yes'
        else 'no'
    end as certain,
    case when status = 'not_assessable' then case
        when last_value is null then 'no_figure'
        when measure <> 'value' and (certain = 'no' or left_over <= 0) then 'no_certain_gap'
        when left_over <= 0 or years_left <= 0 then case when last_se is null then 'no_standard_error' else 'within_chance' end
        when ahead is null then coalesce(trend_reason, 'no_trend')
        else coalesce(trend_reason, 'no_certain_trend')
    end end as reason
from judged
