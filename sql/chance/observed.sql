-- The public figures that an error can be learned from: the whole population's and women's and men's, of municipalities,
-- counties and the nation, with the persons that each speaks of. Published or computed from open figures only: nothing
-- synthetic, nothing hidden, nothing from another survey than in the rest of the country, nothing coarsely rounded.
-- counted_variance: what chance alone does to a figure whose events and persons are known, binomial for shares and
-- Poisson for rates; the movement from year to year may be larger and is never taken for smaller.
-- Where a source has a figure a month, each year's of the same month as the last one: months have seasons.
-- definition_start, definition_end: how many of the indicator's
-- breaks lie in or before the period's first and last year.
with dated as (
    select
        c.*,
        a.area_level,
        last_year_of(c.period) as year,
        cast(substr(c.period, 1, 4) as integer) as start_year,
        regexp_extract(c.period, '^[0-9]{4}(-[0-9]{2})?$', 1) as month
    from protect.cell as c
    inner join core.area as a on c.area_code = a.area_code
    where c.status = 'observed' and c.value is not null and c.provenance <> 'synthetic' and c.dimension in ('total', 'sex')
        and coalesce(c.reliability, '') not in ('other_survey', 'coarse_rounding')
),

last_month as (
    select indicator_id, arg_max(month, period) as month
    from dated
    group by indicator_id
),

defined as (
    -- the few periods of each indicator, so that its breaks are counted once a period and not once a figure
    select
        d.indicator_id, d.period,
        count(case when b.year <= d.start_year then 1 end) as definition_start,
        count(case when b.year <= d.year then 1 end) as definition_end
    from (select distinct indicator_id, period, start_year, year from dated) as d
    left join catalogue.indicator_break as b on d.indicator_id = b.indicator_id
    group by d.indicator_id, d.period
)

select
    d.indicator_id,
    d.area_code,
    d.area_level,
    d.period,
    d.sex,
    d.year,
    d.value,
    coalesce(d.denominator, p.value) as persons,
    case
        when d.numerator is null or coalesce(d.denominator, 0) <= 0 then null
        when i.family = 'share' then counted_variance('share', d.numerator, d.denominator) * i.scale * i.scale
        when i.family = 'rate' then counted_variance('rate', d.numerator, d.denominator) * i.scale * i.scale
    end as counted_variance,
    i.family,
    i.scale,
    i.window_years,
    i.collection,
    i.error_refused,
    n.definition_start,
    n.definition_end
from dated as d
inner join catalogue.indicator as i on d.indicator_id = i.indicator_id
inner join last_month as m on d.indicator_id = m.indicator_id and d.month = m.month
inner join defined as n on d.indicator_id = n.indicator_id and d.period = n.period
left join core.resident as p
    on
        d.area_code = p.area_code
        and d.year = p.year
        and d.sex = p.sex
where i.family in ('share', 'rate', 'mean', 'ratio')
