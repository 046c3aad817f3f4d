-- Municipalities' shares and rates that come with their events and persons, whole population and by sex, each with the error
-- that its counts alone give, and drawn in towards the whole where it is small. Per person, but smoothed in the indicator's
-- unit. From what may be shown, before anything is derived of it; not made-up figures, nor those of another survey.
-- overall: of all municipalities together, m. counted_variance: m (1 - m) / n for a share, m / n for a rate, as it would be
-- if the place were like the whole; a standardised figure is not its numerator by its denominator, and has its own error's.
-- smoothed: empirical Bayes after Marshall (1991), Applied Statistics 40, pp. 283-294: m + c (r - m), c = a / (a + the
-- figure's variance), a = the weighted variance between places less the weighted mean of theirs by chance, never below zero.
with figure as (
    select
        c.indicator_id, c.area_code, c.period, c.sex, i.family, cast(i.scale as double) as scale,
        cast(c.denominator as double) as persons, c.value / cast(i.scale as double) as r,
        abs(c.value - i.scale * c.numerator / c.denominator) > 1e-6 * i.scale as standardised,
        c.se / cast(i.scale as double) as se
    from protect.cell c
    join core.area a on a.area_code = c.area_code
    join catalogue.indicator i on i.indicator_id = c.indicator_id
    where a.area_level = 'municipality' and c.dimension in ('total', 'sex') and c.status = 'observed'
        and c.provenance <> 'synthetic' and coalesce(c.reliability, '') not in ('coarse_rounding', 'other_survey')
        and i.family in ('share', 'rate') and c.numerator >= 0 and c.denominator > 0
        and (i.family = 'rate' or c.numerator <= c.denominator)
),
whole as (
    select indicator_id, period, sex, ordered_sum(list(persons * r)) / ordered_sum(list(persons)) as m
    from figure
    group by indicator_id, period, sex
),
erred as (
    select f.*, w.m,
        case
            when f.standardised then f.se * f.se
            when f.family = 'share' then w.m * (1 - w.m) / f.persons
            else w.m / f.persons
        end as v
    from figure f
    join whole w on w.indicator_id = f.indicator_id and w.period = f.period and w.sex = f.sex
),
spread as (
    select indicator_id, period, sex,
        greatest(0e0, (ordered_sum(list(persons * (r - m) * (r - m))) - ordered_sum(list(persons * v)))
            / ordered_sum(list(persons))) as a
    from erred
    where v is not null
    group by indicator_id, period, sex
)
select
    e.indicator_id, e.area_code, e.period, e.sex, e.family, e.scale, e.persons, e.r as figure, e.standardised, e.m as overall,
    e.v as counted_variance,
    e.scale * (e.m + coalesce(s.a / nullif(s.a + e.v, 0), 0e0) * (e.r - e.m)) as smoothed
from erred e
join spread s on s.indicator_id = e.indicator_id and s.period = e.period and s.sex = e.sex
where e.v is not null
