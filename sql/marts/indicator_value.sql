-- Every figure that may be shown. What all indicators share is added here once: the level of the area, the period's
-- first and last day, the weight, the breaks.
-- weight: the denominator; else, for the whole population and its split by sex, Kolada's N01951 (residents on
-- 31 December; from 2023 SCB's own, both sexes only) of that sex and year, or of the last year that it is known of, at most
-- three years before (population_earlier_year: places keep their proportions); else none, since nobody has published how
-- many the group is.
-- period_start: a figure from another survey than in the rest of the country (other_survey) speaks of its last year only.
-- se, limits: the source's or the counts' own, or what chance.error learned from how places move, whichever is larger; limits
-- hold at zero and at the scale's end. chance_kind says by which kind of chance.
-- smoothed: empirical Bayes, of municipalities' shares and rates with events and persons (chance.smoothed); null elsewhere.
-- break_before: the first period of the new definition; comparable: the definition is the latest one's throughout.
with dated as (
    select
        c.*,
        a.area_level,
        last_year_of(c.period) as year,
        first_year_of(c.period) as start_year
    from (select * from protect.cell union all select * from protect.synthetic_cell) as c
    inner join core.area as a on c.area_code = a.area_code
),

step as (
    select
        indicator_id,
        dimension,
        year,
        lag(year) over (partition by indicator_id, dimension order by year) as year_before
    from (select distinct indicator_id, dimension, year from dated) as d
),

break_step as (
    select
        s.indicator_id,
        s.dimension,
        s.year,
        bool_or(coalesce(b.year > s.year_before and b.year <= s.year, false)) as break_before
    from step as s
    left join catalogue.indicator_break as b on s.indicator_id = b.indicator_id
    group by s.indicator_id, s.dimension, s.year
),

learned as (
    -- errors by how places move, with how they came about
    select
        e.indicator_id,
        e.area_code,
        e.period,
        e.sex,
        e.se,
        e.swing,
        f.kind,
        case when i.may_exceed_scale then 'mean' else i.family end as family,
        i.scale
    from chance.error as e
    inner join catalogue.indicator as i on e.indicator_id = i.indicator_id
    inner join chance.fit as f
        on e.indicator_id = f.indicator_id and f.series = case e.sex when 'total' then 'total' else 'sex' end
    where e.sex <> 'gap'
),

latest_break as (
    select indicator_id, max(year) as year
    from catalogue.indicator_break
    group by indicator_id
)

select
    d.indicator_id,
    d.area_code,
    d.period,
    d.dimension,
    d.group_code,
    d.sex,
    d.area_level,
    d.year,
    make_date(case when d.reliability = 'other_survey' then d.year else d.start_year end, 1, 1) as period_start,
    make_date(d.year, 12, 31) as period_end,
    d.value,
    d.numerator,
    d.denominator,
    coalesce(d.denominator, p.value) as weight,
    case
        when d.denominator is not null then 'denominator'
        when p.value is not null then p.basis
    end as weight_basis,
    case when e.se > coalesce(d.se, 0) then e.se else d.se end as se,
    case
        when e.se > coalesce(d.se, 0) then figure_lower(e.family, e.scale, d.value, e.se, e.swing)
        else d.ci_lower
    end as ci_lower,
    case
        when e.se > coalesce(d.se, 0) then figure_upper(e.family, e.scale, d.value, e.se, e.swing)
        else d.ci_upper
    end as ci_upper,
    case when e.se > coalesce(d.se, 0) then e.kind else d.ci_method end as ci_method,
    case
        when e.se > coalesce(d.se, 0) and i.collection like '%survey' then 'sampling'
        when e.se > coalesce(d.se, 0) then 'year_to_year'
        when d.se is not null and d.provenance <> 'synthetic' then 'random_events'
    end as chance_kind,
    d.status,
    d.status_reason,
    d.provenance,
    d.start_year >= coalesce(l.year, d.start_year) as comparable,
    s.break_before,
    coalesce(d.reliability, case when d.numerator < 20 then 'few_events' end) as reliability,
    b.smoothed,
    d.source_ids
from dated as d
inner join break_step as s on d.indicator_id = s.indicator_id and d.dimension = s.dimension and d.year = s.year
inner join catalogue.indicator as i on d.indicator_id = i.indicator_id
left join latest_break as l on d.indicator_id = l.indicator_id
left join learned as e
    on
        d.indicator_id = e.indicator_id
        and d.area_code = e.area_code
        and d.period = e.period
        and d.sex = e.sex
        and d.dimension in ('total', 'sex')
        and d.status = 'observed'
        and d.provenance <> 'synthetic'
left join chance.smoothed as b
    on
        d.indicator_id = b.indicator_id
        and d.area_code = b.area_code
        and d.period = b.period
        and d.sex = b.sex
        and d.dimension in ('total', 'sex')
left join core.resident as p
    on
        d.area_code = p.area_code
        and d.year = p.year
        and d.sex = p.sex
        and d.dimension in ('total', 'sex')
