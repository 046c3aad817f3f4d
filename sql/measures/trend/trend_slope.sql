-- The slope of each series over five and over ten years, with its 95 % interval, in units of y a year.
-- weighted_regression, where every point has a standard error and there are three or more: y on x weighted by 1 / se^2, so
--   that the slope's own standard error is 1 / sqrt(sum w (x - mean)^2), known and not guessed from the scatter. Where the
--   points scatter round the line more than their standard errors explain, it is widened by Birge's ratio
--   sqrt(Q / (n - 2)), Q = sum w (y - line)^2, never narrowed (Birge 1932, Physical Review 40, pp. 207-227): chance is
--   then not all that moves the figure from year to year. Normal quantile.
-- difference_of_two, two points with standard errors: their difference over the years between, se sqrt(s1^2 + s2^2); it
--   says that the two differ, and nothing of what lies between.
-- mann_kendall_sen, five to eleven points of which one or more lacks a standard error: Mann (1945) and Kendall's test of a
--   steady direction by the exact null distribution, ties counted against, and Sen's (1968, JASA 63, pp. 1379-1389) median
--   of all pairs' slopes with the interval that belongs to the test (Hollander & Wolfe 1973, ch. 9.3): the pairs' slopes
--   in order, number (N - k) / 2 + 1 from either end, N pairs, k the least S with p <= 0.05. Not below five points, where
--   no order at all would be certain.
with spanned as (
    select p.series_id, t.trend_years, p.year, p.x, p.y, p.se
    from measure.trend_point p
    join measure.trend_series s on s.series_id = p.series_id
    join (select 5 as trend_years union all select 10) t on p.year >= s.last_year - t.trend_years
),
number as (
    select
        series_id, trend_years, count(*) as n, count(se) as n_se, max(x) - min(x) as span,
        ordered_sum(list(x / (se * se))) / ordered_sum(list(1 / (se * se))) as x_mean,
        ordered_sum(list(y / (se * se))) / ordered_sum(list(1 / (se * se))) as y_mean
    from spanned
    group by series_id, trend_years
),
line as (
    select
        p.series_id, p.trend_years, max(n.n) as n, max(n.x_mean) as x_mean, max(n.y_mean) as y_mean,
        ordered_sum(list((p.x - n.x_mean) * (p.x - n.x_mean) / (p.se * p.se))) as sxx,
        ordered_sum(list((p.x - n.x_mean) * (p.y - n.y_mean) / (p.se * p.se))) as sxy
    from spanned p
    join number n on n.series_id = p.series_id and n.trend_years = p.trend_years
    where n.n >= 2 and n.n_se = n.n and 2 * n.span >= p.trend_years
    group by p.series_id, p.trend_years
),
regression as (
    select
        p.series_id, p.trend_years, max(l.n) as n, max(l.sxy / l.sxx) as slope,
        max(sqrt(1 / l.sxx)) as se,
        ordered_sum(list(
            (p.y - l.y_mean - l.sxy / l.sxx * (p.x - l.x_mean)) * (p.y - l.y_mean - l.sxy / l.sxx * (p.x - l.x_mean))
            / (p.se * p.se)
        )) as q
    from spanned p
    join line l on l.series_id = p.series_id and l.trend_years = p.trend_years
    group by p.series_id, p.trend_years
),
step as (
    select
        a.series_id, a.trend_years, n.n,
        case when abs(b.y - a.y) > 1e-9 * greatest(1e0, abs(a.y)) then (b.y - a.y) / (b.x - a.x) else 0e0 end as slope
    from spanned a
    join spanned b on b.series_id = a.series_id and b.trend_years = a.trend_years and b.x > a.x
    join number n on n.series_id = a.series_id and n.trend_years = a.trend_years
    where n.n between 5 and 11 and n.n_se < n.n and 2 * n.span >= a.trend_years
),
pair as (
    select
        series_id, trend_years, max(n) as n,
        count(*) as n_pairs,
        count(case when slope > 0 then 1 end) as n_up,
        count(case when slope < 0 then 1 end) as n_down,
        list_sort(list(slope)) as slopes
    from step
    group by series_id, trend_years
),
critical as (
    select n, min(s) as k
    from measure.kendall_null
    where p_value <= 0.05
    group by n
),
kendall as (
    select
        p.series_id, p.trend_years, p.n, coalesce(z.p_value, 1e0) as p_value,
        (p.slopes[cast(floor((p.n_pairs + 1) / 2) as integer)] + p.slopes[cast(floor((p.n_pairs + 2) / 2) as integer)]) / 2 as slope,
        p.slopes[cast((p.n_pairs - c.k) / 2 + 1 as integer)] as slope_lower,
        p.slopes[cast(p.n_pairs - (p.n_pairs - c.k) / 2 as integer)] as slope_upper
    from pair p
    join critical c on c.n = p.n
    left join measure.kendall_null z
        on z.n = p.n and z.s = abs(p.n_up - p.n_down) - (p.n_pairs - p.n_up - p.n_down)
)
select
    series_id, trend_years, cast(n as integer) as n,
    case when n = 2 then 'difference_of_two' else 'weighted_regression' end as method,
    slope,
    slope - z975() * se * case when n > 2 then greatest(1e0, sqrt(q / (n - 2))) else 1e0 end as slope_lower,
    slope + z975() * se * case when n > 2 then greatest(1e0, sqrt(q / (n - 2))) else 1e0 end as slope_upper,
    cast(null as double) as p_value
from regression
union all
select series_id, trend_years, cast(n as integer), 'mann_kendall_sen', slope, slope_lower, slope_upper, p_value
from kendall
