-- Every figure that may be shown. What all indicators share is added here once: the level of the area, the period's
-- first and last day, the weight, the breaks.
-- weight: the denominator; else, for the whole population and its split by sex, Kolada's N01951 (residents on
-- 31 December; from 2023 SCB's own, both sexes only) of that sex and year, or of the last year that it is known of, at most
-- three years before (population_earlier_year: places keep their proportions); else none, since nobody has published how
-- many the group is.
-- period_start: a figure from another survey than in the rest of the country (other_survey) speaks of its last year only.
-- break_before: the first period of the new definition; comparable: the definition is the latest one's throughout.
with dated as (
    select
        c.*,
        a.area_level,
        cast(regexp_extract(c.period, '([0-9]{4})[^/]*$', 1) as integer) as year,
        cast(substr(c.period, 1, 4) as integer) as start_year
    from protect.cell as c
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

counted as (
    select area_code, year, sex, value
    from core.kolada_value
    where kpi_id = 'N01951' and value is not null
    union all
    select area_code, year, sex, value
    from core.continuation
    where kpi_id = 'N01951' and value is not null
),

resident as (
    select area_code, year, sex, value, 'population_n01951' as basis
    from counted
    union all
    select c.area_code, c.year + o.ahead, c.sex, c.value, 'population_earlier_year'
    from counted as c
    inner join (select area_code, sex, max(year) as year from counted group by area_code, sex) as l
        on c.area_code = l.area_code and c.sex = l.sex and c.year = l.year
    cross join (select 1 as ahead union all select 2 union all select 3) as o
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
    d.se,
    d.ci_lower,
    d.ci_upper,
    d.ci_method,
    d.status,
    d.status_reason,
    d.provenance,
    d.start_year >= coalesce(l.year, d.start_year) as comparable,
    s.break_before,
    coalesce(d.reliability, case when d.numerator < 20 then 'few_events' end) as reliability,
    d.source_ids
from dated as d
inner join break_step as s on d.indicator_id = s.indicator_id and d.dimension = s.dimension and d.year = s.year
left join latest_break as l on d.indicator_id = l.indicator_id
left join resident as p
    on
        d.area_code = p.area_code
        and d.year = p.year
        and d.sex = p.sex
        and d.dimension in ('total', 'sex')
