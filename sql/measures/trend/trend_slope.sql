-- The slope of each series over five and over ten years, with its 95 % interval, in units of y a year: whether a number keeps
-- moving the same way. Least squares of y on x, through three points or more that each have a standard error.
-- A level that drifts has no trend and yet ends elsewhere, so the slope's variance holds both kinds of chance. With weights
-- c = (x - mean x) / sum (x - mean x)^2, the slope is sum c y and its variance
--     sum c^2 s^2 (1 - wander)                                 noise: what is gone the next period
--     + sum over steps of (sum of the later c)^2 * years * q   drift: what stays; q = 2 wander s^2 / spacing + level_step
-- wander is learned from how much farther places move in three and five periods than in one (chance.fit); level_step from
-- the nation's own level. Without the second term a drifting level is called a lasting trend in 30 to 45 % of the places.
-- Normal quantile: the variance is known from all places, not guessed from one series' scatter.
with spanned as (
    select p.series_id, t.trend_years, p.x, p.y, p.se, p.wander, p.level_step, p.spacing_years
    from measure.trend_point p
    join measure.trend_series s on s.series_id = p.series_id
    join (select 5 as trend_years union all select 10) t on p.year >= s.last_year - t.trend_years
),
number as (
    select
        series_id, trend_years, count(*) as n, ordered_sum(list(x)) / count(*) as x_mean,
        ordered_sum(list(x * x)) - ordered_sum(list(x)) * ordered_sum(list(x)) / count(*) as sxx
    from spanned
    group by series_id, trend_years
    having count(*) >= 3 and count(se) = count(*) and count(wander) = count(*) and count(level_step) = count(*)
        and 2 * (max(x) - min(x)) >= trend_years
),
part as (
    select
        p.series_id, p.trend_years, n.n, p.y, p.se, p.wander, (p.x - n.x_mean) / n.sxx as c,
        p.x - lag(p.x) over later as years,
        (p.se * p.se + coalesce(lag(p.se) over later * lag(p.se) over later, p.se * p.se)) * p.wander / p.spacing_years
            + p.level_step as q,
        sum((p.x - n.x_mean) / n.sxx) over (
            partition by p.series_id, p.trend_years order by p.x desc rows unbounded preceding
        ) as later_c
    from spanned p
    join number n on n.series_id = p.series_id and n.trend_years = p.trend_years
    window later as (partition by p.series_id, p.trend_years order by p.x)
),
slope as (
    select
        series_id, trend_years, max(n) as n, ordered_sum(list(c * y)) as slope,
        sqrt(ordered_sum(list(c * c * se * se * (1 - wander) + coalesce(later_c * later_c * years * q, 0)))) as se
    from part
    group by series_id, trend_years
)
select
    series_id, trend_years, cast(n as integer) as n, slope,
    slope - z975() * se as slope_lower,
    slope + z975() * se as slope_upper
from slope
