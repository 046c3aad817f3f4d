-- One row per series (a figure or a gap of one group in one place) with its number, and how many of its periods remain
-- as one objection after the other is heeded, over five and over ten years: n_seen all that have a figure, n_comparable
-- since the last break, n_survey of the same survey as the last of these, n_groups_same with as many groups as it
-- (a gap between the ends of other groups is another gap). The numbering follows the key's order and so is the same for
-- the same figures.
with counted as (
    select
        indicator_id, area_code, measure, dimension, group_code, stratum, sex,
        max(last_year) as last_year, max(turning_point) as turning_point, max(better_sign) as better_sign,
        max(case when comparable then year end) as last_comparable
    from measure.trend_figure
    group by indicator_id, area_code, measure, dimension, group_code, stratum, sex
),
latest as (
    select
        c.indicator_id, c.area_code, c.measure, c.dimension, c.group_code, c.stratum, c.sex, c.last_year, c.turning_point,
        c.better_sign, f.other_survey, f.n_groups
    from counted c
    left join measure.trend_figure f
        on f.indicator_id = c.indicator_id and f.area_code = c.area_code and f.measure = c.measure
        and f.dimension = c.dimension and f.group_code is not distinct from c.group_code and f.stratum = c.stratum
        and f.sex = c.sex and f.year = c.last_comparable
),
judged as (
    select
        l.*, f.year >= l.last_year - 5 as in_five, f.comparable,
        f.comparable and f.other_survey = l.other_survey as same_survey,
        f.comparable and f.other_survey = l.other_survey and f.n_groups is not distinct from l.n_groups as same_groups
    from latest l
    join measure.trend_figure f
        on f.indicator_id = l.indicator_id and f.area_code = l.area_code and f.measure = l.measure
        and f.dimension = l.dimension and f.group_code is not distinct from l.group_code and f.stratum = l.stratum
        and f.sex = l.sex
)
select
    row_number() over (order by indicator_id, measure, dimension, stratum, group_code, sex, area_code) as series_id,
    indicator_id, area_code, measure, dimension, group_code, stratum, sex,
    max(last_year) as last_year, max(turning_point) as turning_point, max(better_sign) as better_sign,
    bool_or(other_survey) as other_survey, max(n_groups) as n_groups,
    cast(count(*) as integer) as n_seen_10,
    cast(count(case when comparable then 1 end) as integer) as n_comparable_10,
    cast(count(case when same_survey then 1 end) as integer) as n_survey_10,
    cast(count(case when same_groups then 1 end) as integer) as n_groups_same_10,
    cast(count(case when in_five then 1 end) as integer) as n_seen_5,
    cast(count(case when in_five and comparable then 1 end) as integer) as n_comparable_5,
    cast(count(case when in_five and same_survey then 1 end) as integer) as n_survey_5,
    cast(count(case when in_five and same_groups then 1 end) as integer) as n_groups_same_5
from judged
group by indicator_id, area_code, measure, dimension, group_code, stratum, sex
