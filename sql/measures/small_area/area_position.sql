-- Where each municipality's share or rate lies among all municipalities in the same period: its fifth, and whether it lies
-- outside what chance would give. Of the figures of chance.smoothed, one row each; smoothed is theirs.
-- quintile: fifths of the municipalities by value (1 = lowest), ties in the lower fifth. overall, funnel limits and
-- smoothed are in the indicator's unit. Funnel limits at 95 and 99.8 %: Spiegelhalter (2005), Statistics in Medicine 24,
-- pp. 1185-1202: overall -/+ z sqrt(phi V), V the figure's variance by counts (a standardised figure's own); phi, the
-- overdispersion, is the mean of squared z = (figure - overall) / sqrt(V), with the outer tenths at either end drawn in to
-- the tenth's bound (winsorised), at least 1: places differ by more than chance, and only those that do so by more than
-- places do are outside. Where fewer than ten events are expected (of a share: or fewer than ten without), the limits are
-- exact Poisson, a count being outside where one so far out has half the level's chance or less, and lie
-- between whole counts in proportion (Spiegelhalter's appendix); phi widens them likewise. outside says the farthest that
-- holds.
with bounds as (
    select indicator_id, period, sex, count(*) as n,
        quantile_cont((figure - overall) / nullif(sqrt(counted_variance), 0), 0.1) as z_low,
        quantile_cont((figure - overall) / nullif(sqrt(counted_variance), 0), 0.9) as z_high
    from chance.smoothed
    group by indicator_id, period, sex
),
dispersion as (
    select f.indicator_id, f.period, f.sex, max(b.n) as n,
        greatest(1e0, sqrt(coalesce(avg(
            power(greatest(b.z_low, least(b.z_high, (f.figure - f.overall) / nullif(sqrt(f.counted_variance), 0))), 2)
        ), 1e0))) as widened
    from chance.smoothed f
    join bounds b on b.indicator_id = f.indicator_id and b.period = f.period and b.sex = f.sex
    group by f.indicator_id, f.period, f.sex
),
placed as (
    select f.*, d.n, d.widened, d.widened * sqrt(f.counted_variance) as se,
        f.family = 'share' and f.overall > 0.5e0 as turned,
        f.persons * case when f.family = 'share' then least(f.overall, 1 - f.overall) else f.overall end as expected,
        (rank() over (partition by f.indicator_id, f.period, f.sex order by f.figure)) as place
    from chance.smoothed f
    join dispersion d on d.indicator_id = f.indicator_id and d.period = f.period and d.sex = f.sex
),
factorial as (
    select x, f
    from (values
        (0, 1e0), (1, 1e0), (2, 2e0), (3, 6e0), (4, 24e0), (5, 120e0), (6, 720e0), (7, 5040e0), (8, 40320e0), (9, 362880e0),
        (10, 3628800e0), (11, 39916800e0), (12, 479001600e0), (13, 6227020800e0), (14, 87178291200e0), (15, 1307674368000e0),
        (16, 20922789888000e0), (17, 355687428096000e0), (18, 6402373705728000e0), (19, 121645100408832000e0),
        (20, 2432902008176640000e0), (21, 51090942171709440000e0), (22, 1124000727777607680000e0),
        (23, 25852016738884976640000e0), (24, 620448401733239439360000e0), (25, 15511210043330985984000000e0)
    ) as t(x, f)
),
poisson as (
    -- of each small place, the chance of x events (p) and of so many or fewer (under)
    select indicator_id, area_code, period, sex, x, p,
        (sum(p) over (partition by indicator_id, area_code, period, sex order by x
            rows between unbounded preceding and current row)) as under
    from (
        select f.indicator_id, f.area_code, f.period, f.sex, t.x, exp(-f.expected) * power(f.expected, t.x) / t.f as p
        from placed f
        cross join factorial t
        where f.expected > 0 and f.expected < 10 and not f.standardised
    )
),
exact as (
    select indicator_id, area_code, period, sex,
        max(case when under > 0.025e0 and under - p <= 0.025e0 then x - (under - 0.025e0) / p end) as low_95,
        max(case when 1 - under <= 0.025e0 and 1 - under + p > 0.025e0 then x + (1 - under + p - 0.025e0) / p end) as high_95,
        max(case when under > 0.001e0 and under - p <= 0.001e0 then x - (under - 0.001e0) / p end) as low_998,
        max(case when 1 - under <= 0.001e0 and 1 - under + p > 0.001e0 then x + (1 - under + p - 0.001e0) / p end) as high_998
    from poisson
    group by indicator_id, area_code, period, sex
),
reach as (
    -- how far below and above the overall figure the limits lie, per person
    select f.*,
        coalesce(case when f.turned then x.high_95 - f.expected else f.expected - x.low_95 end / f.persons * f.widened,
            z975() * f.se) as down_95,
        coalesce(case when f.turned then f.expected - x.low_95 else x.high_95 - f.expected end / f.persons * f.widened,
            z975() * f.se) as up_95,
        coalesce(case when f.turned then x.high_998 - f.expected else f.expected - x.low_998 end / f.persons * f.widened,
            z999() * f.se) as down_998,
        coalesce(case when f.turned then f.expected - x.low_998 else x.high_998 - f.expected end / f.persons * f.widened,
            z999() * f.se) as up_998
    from placed f
    left join exact x
        on x.indicator_id = f.indicator_id and x.area_code = f.area_code and x.period = f.period and x.sex = f.sex
)
select
    indicator_id, area_code, period, sex, scale * figure as value, scale * overall as overall,
    cast(floor(5e0 * (place - 1) / n) as integer) + 1 as quintile,
    scale * greatest(0e0, overall - down_95) as funnel_95_lower,
    scale * least(case family when 'share' then 1e0 else overall + up_95 end, overall + up_95) as funnel_95_upper,
    scale * greatest(0e0, overall - down_998) as funnel_998_lower,
    scale * least(case family when 'share' then 1e0 else overall + up_998 end, overall + up_998) as funnel_998_upper,
    widened * widened as overdispersion,
    case
        when figure < overall - down_998 then 'below_998'
        when figure > overall + up_998 then 'above_998'
        when figure < overall - down_95 then 'below_95'
        when figure > overall + up_95 then 'above_95'
        else 'inside'
    end as outside,
    smoothed
from reach
