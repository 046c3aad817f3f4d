-- One row per series (a figure or a gap of one group in one place) with its number, and how many of its periods remain
-- as one objection after the other is heeded, over five and over ten years: n_seen all that have a figure, n_comparable
-- since the last break, n_survey of the same survey as the last of these, n_groups_same with as many groups as it
-- (a gap between the ends of other groups is another gap). The numbering follows the key's order and so is the same for
-- the same figures.
with kind as (
    -- the few kinds of figure in a series: of which survey, and of how many groups
    select
        indicator_id, area_code, measure, dimension, group_code, stratum, sex, other_survey, n_groups,
        max(last_year) as last_year, max(turning_point) as turning_point, max(better_sign) as better_sign,
        coalesce(max(case when comparable then year end), 0) as last_comparable,
        count(*) as n_10,
        count(case when comparable then 1 end) as comparable_10,
        count(case when year >= last_year - 5 then 1 end) as n_5,
        count(case when year >= last_year - 5 and comparable then 1 end) as comparable_5
    from measure.trend_figure
    group by indicator_id, area_code, measure, dimension, group_code, stratum, sex, other_survey, n_groups
),
placed as (
    select
        k.*,
        (row_number() over (
            partition by indicator_id, area_code, measure, dimension, group_code, stratum, sex
            order by last_comparable desc, other_survey, n_groups
        )) as place
    from kind k
),
latest as (
    select
        p.*,
        (max(case when place = 1 then other_survey end) over (
            partition by indicator_id, area_code, measure, dimension, group_code, stratum, sex
        )) as its_survey,
        (max(case when place = 1 then n_groups end) over (
            partition by indicator_id, area_code, measure, dimension, group_code, stratum, sex
        )) as its_groups
    from placed p
)
select
    row_number() over (order by indicator_id, measure, dimension, stratum, group_code, sex, area_code) as series_id,
    indicator_id, area_code, measure, dimension, group_code, stratum, sex,
    max(last_year) as last_year, max(turning_point) as turning_point, max(better_sign) as better_sign,
    bool_or(its_survey) as other_survey, max(its_groups) as n_groups,
    cast(sum(n_10) as integer) as n_seen_10,
    cast(sum(comparable_10) as integer) as n_comparable_10,
    cast(sum(case when other_survey = its_survey then comparable_10 else 0 end) as integer) as n_survey_10,
    cast(sum(case when other_survey = its_survey and n_groups is not distinct from its_groups then comparable_10 else 0 end)
        as integer) as n_groups_same_10,
    cast(sum(n_5) as integer) as n_seen_5,
    cast(sum(comparable_5) as integer) as n_comparable_5,
    cast(sum(case when other_survey = its_survey then comparable_5 else 0 end) as integer) as n_survey_5,
    cast(sum(case when other_survey = its_survey and n_groups is not distinct from its_groups then comparable_5 else 0 end)
        as integer) as n_groups_same_5
from latest
group by indicator_id, area_code, measure, dimension, group_code, stratum, sex
