-- Where each municipality's share or rate lies among all municipalities in the same period: its fifth, whether it lies
-- outside what chance would give, and its figure drawn in towards the whole where it is small. Only figures that come
-- with their events and persons. One row per indicator, municipality, period and sex.
-- quintile: fifths of the municipalities by value (1 = lowest), ties in the lower fifth. overall, funnel limits and
-- smoothed are in the indicator's unit. Funnel limits at 95 and 99.8 %: Spiegelhalter (2005), see macros.sql; outside
-- says the farthest that holds. smoothed: empirical Bayes after Marshall (1991), Applied Statistics 40, pp. 283-294:
-- overall + c (value - overall), c = a / (a + overall / n), a = the weighted variance less overall / mean n, never
-- below zero.
with figure as (
    select
        v.indicator_id, v.area_code, v.period, v.sex, i.family, i.scale,
        v.numerator as events, v.denominator as persons, v.numerator / v.denominator as r
    from mart.indicator_value v
    join mart.indicator i on i.indicator_id = v.indicator_id
    where v.area_level = 'municipality' and v.dimension in ('total', 'sex') and v.status = 'observed'
        and i.family in ('share', 'rate') and v.numerator is not null and v.denominator > 0
),
whole as (
    select indicator_id, period, sex, sum(events) / sum(persons) as m, avg(persons) as persons_mean, count(*) as n
    from figure
    group by indicator_id, period, sex
),
variance as (
    select f.indicator_id, f.period, f.sex, max(w.m) as m, max(w.n) as n,
        greatest(0e0, sum(f.persons * (f.r - w.m) * (f.r - w.m)) / sum(f.persons) - max(w.m) / max(w.persons_mean)) as a
    from figure f
    join whole w on w.indicator_id = f.indicator_id and w.period = f.period and w.sex = f.sex
    group by f.indicator_id, f.period, f.sex
),
placed as (
    select f.*, v.m, v.a, v.n,
        (rank() over (partition by f.indicator_id, f.period, f.sex order by f.r)) as place
    from figure f
    join variance v on v.indicator_id = f.indicator_id and v.period = f.period and v.sex = f.sex
)
select
    indicator_id, area_code, period, sex, scale * r as value, scale * m as overall,
    cast(floor(5e0 * (place - 1) / n) as integer) + 1 as quintile,
    scale * funnel_lower(family, m, persons, z975()) as funnel_95_lower,
    scale * funnel_upper(family, m, persons, z975()) as funnel_95_upper,
    scale * funnel_lower(family, m, persons, z999()) as funnel_998_lower,
    scale * funnel_upper(family, m, persons, z999()) as funnel_998_upper,
    case
        when r < funnel_lower(family, m, persons, z999()) then 'below_998'
        when r > funnel_upper(family, m, persons, z999()) then 'above_998'
        when r < funnel_lower(family, m, persons, z975()) then 'below_95'
        when r > funnel_upper(family, m, persons, z975()) then 'above_95'
        else 'inside'
    end as outside,
    scale * (m + coalesce(a / nullif(a + m / persons, 0), 0e0) * (r - m)) as smoothed
from placed
