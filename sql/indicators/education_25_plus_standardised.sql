-- Low and high education among residents 25 and older, directly standardised for age to the European Standard
-- Population 2013, by sex: sum of w * x / n over age bands, w the standard's share of the band among those 25 and older.
-- SCB's bands are 25-34 … 75-84, 85-94, 95+; the standard ends with 85-89 and 90+, so the last two bands are merged
-- into 85 and older. Definitions as in education_25_plus.
-- Interval: the rate's variance is the sum of w^2 * p * (1 - p) / n (binomial strata), normal limits; refused below 10
-- events. A band without residents leaves the standard's share with nobody to stand for it: then there is no figure.
-- se: none where all or nobody is counted, where it would claim certainty.
with standard as (
    select
        case
            when age_lower >= 85 then '85_plus'
            when age_lower >= 75 then '75-84'
            when age_lower >= 65 then '65-74'
            when age_lower >= 55 then '55-64'
            when age_lower >= 45 then '45-54'
            when age_lower >= 35 then '35-44'
            else '25-34'
        end as band,
        sum(standard_persons) / (select sum(standard_persons) from core.standard_population where age_lower >= 25) as w
    from core.standard_population
    where age_lower >= 25
    group by 1
),

municipal as (
    select
        e.area_code,
        e.year,
        case when e.age_group in ('85-94', '95_plus') then '85_plus' else e.age_group end as band,
        e.sex,
        sum(case when e.education = 'primary' then e.persons end) as low,
        sum(case when e.education = 'tertiary_long' then e.persons end) as high,
        sum(e.persons) as persons,
        count(*) - count(e.persons) as holes
    from core.education as e
    where e.age_group <> '16-24' and e.education <> 'unknown'
    group by 1, 2, 3, 4
),

placed as (
    select m.*, w.within_area_code as place
    from municipal as m
    inner join core.area_within as w on m.area_code = w.area_code
),

banded as (
    select
        place as area_code,
        year,
        band,
        coalesce(sex, 'total') as sex,
        sum(low) as low,
        sum(high) as high,
        sum(persons) as persons,
        sum(holes) as holes
    from placed
    group by grouping sets ((place, year, band), (place, year, band, sex))
),

shared as (
    select 'low_education_25_plus_standardised' as indicator_id, low as events, * from banded
    union all
    select 'high_education_25_plus_standardised' as indicator_id, high as events, * from banded
),

standardised as (
    select
        s.indicator_id,
        s.area_code,
        s.year,
        s.sex,
        100 * sum(t.w * s.events / nullif(s.persons, 0)) as value,
        nullif(
            100 * sqrt(sum(t.w * t.w * (s.events / nullif(s.persons, 0)) * (1 - s.events / nullif(s.persons, 0))
                / nullif(s.persons, 0))),
            0
        ) as se,
        sum(s.events) as events,
        sum(s.persons) as persons,
        min(s.persons) as smallest_band,
        count(*) as bands,
        sum(s.holes) as holes
    from shared as s
    inner join standard as t on s.band = t.band
    group by s.indicator_id, s.area_code, s.year, s.sex
),

known as (
    select *, holes = 0 and smallest_band > 0 and bands = (select count(*) from standard) as is_known
    from standardised
)

select
    indicator_id,
    area_code,
    cast(year as varchar) as period,
    case when sex = 'total' then 'total' else 'sex' end as dimension,
    sex as group_code,
    sex,
    case when is_known then value end as value,
    case when is_known then events end as numerator,
    case when is_known then persons end as denominator,
    case when is_known then se end as se,
    case when is_known and events >= 10 and se is not null then greatest(0, value - z975() * se) end as ci_lower,
    case when is_known and events >= 10 and se is not null then least(100, value + z975() * se) end as ci_upper,
    case when is_known and events >= 10 and se is not null then 'standardised_binomial' end as ci_method,
    summed_status(holes, is_known) as status,
    summed_reason(holes, is_known) as status_reason,
    'computed' as provenance,
    cast(null as varchar) as reliability,
    'scb_education, standard_population' as source_ids
from known
