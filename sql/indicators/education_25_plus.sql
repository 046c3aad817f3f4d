-- Shares of residents 25 and older with low and with high education, per cent of those whose education is known, by
-- age and by sex. Low: primary (förgymnasial). High: three years of higher education or more, or a research degree.
-- Crude; the standardised twins are in education_25_plus_standardised. Interval: Wilson (1927): a total count carries
-- no sampling error, the interval is for chance in a small population. se: binomial, none where all or nobody is
-- counted, where it would claim certainty.
with municipal as (
    select
        e.area_code,
        e.year,
        e.age_group,
        e.sex,
        sum(case when e.education = 'primary' then e.persons end) as low,
        sum(case when e.education = 'tertiary_long' then e.persons end) as high,
        sum(e.persons) as persons,
        count(*) - count(e.persons) as holes
    from core.education as e
    where e.age_group <> '16-24' and e.education <> 'unknown'
    group by e.area_code, e.year, e.age_group, e.sex
),

placed as (
    select m.*, w.within_area_code as place
    from municipal as m
    inner join core.area_within as w on m.area_code = w.area_code
),

summed as (
    select
        place as area_code,
        cast(year as varchar) as period,
        case when grouping(age_group) = 0 then 'age' when grouping(sex) = 0 then 'sex' else 'total' end as dimension,
        coalesce(age_group, sex, 'total') as group_code,
        coalesce(sex, 'total') as sex,
        sum(low) as low,
        sum(high) as high,
        sum(persons) as population,
        sum(holes) as holes
    from placed
    group by grouping sets ((place, year), (place, year, sex), (place, year, age_group), (place, year, age_group, sex))
),

shared as (
    select 'low_education_25_plus' as indicator_id, low as events, * from summed
    union all
    select 'high_education_25_plus' as indicator_id, high as events, * from summed
),

judged as (
    select
        *,
        holes = 0 and population > 0 as is_known,
        summed_status(holes, population > 0) as status,
        summed_reason(holes, population > 0) as status_reason,
        'computed' as provenance,
        'scb_education' as source_ids
    from shared
)

select *
from counted_share('judged')
