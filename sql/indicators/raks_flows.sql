-- Stability and transitions between two years (RAKS, the same persons in both), per cent of those who started there:
-- full-year employed two years running, of those full-year employed the year before; with work this year, of those
-- without work all of the year before; established this year, of those without work or weakly established then.
-- By this year's place, sex, age, education and country of birth, the last three also by sex.
-- Interval: Wilson (1927). se: binomial, none where all or nobody is counted. A cell that nobody is in is a zero; one
-- whose count is not told makes every share that rests on it missing. A county or the nation is missing where a
-- municipality of it is not delivered. Where nothing is delivered at all, or nothing of establishment, the nation in the
-- first year of the present definition says so: not_fetched.
with told as (
    select
        area_code,
        year,
        sex,
        age_group,
        education,
        country_of_birth,
        sum(case when from_affiliation = '1' then persons end) as was_full_year,
        sum(case when from_affiliation = '1' and main_affiliation = '1' then persons end) as stayed_full_year,
        sum(case when from_affiliation = '7' then persons end) as had_no_work,
        sum(case when from_affiliation = '7' and main_affiliation <> '7' then persons end) as found_work,
        sum(case when (from_affiliation = '7' or from_establishment = 'weak') and establishment in ('none', 'weak', 'established')
            then persons end) as was_outside,
        sum(case when (from_affiliation = '7' or from_establishment = 'weak') and establishment = 'established'
            then persons end) as became_established,
        sum(case when from_affiliation = '1' and persons is null then 1 end) as untold_full_year,
        sum(case when from_affiliation = '7' and persons is null then 1 end) as untold_no_work,
        sum(case when (from_affiliation = '7' or from_establishment = 'weak') and persons is null then 1 end)
            as untold_outside,
        sum(case when from_establishment = 'total' and from_affiliation <> '7' then 1 end) as unplaced,
        max(case when persons is null then status end) as status,
        max(status_reason) as status_reason
    from core.raks_flow
    group by area_code, year, sex, age_group, education, country_of_birth
),

delivered as (
    select year, area_code, max(provenance) as provenance, max(source_ids) as source_ids
    from core.raks_flow
    group by year, area_code
),

category as (
    select distinct year, sex, age_group, education, country_of_birth
    from told
),

counted as (
    select
        w.within_area_code as place,
        c.year,
        c.sex,
        c.age_group,
        c.education,
        c.country_of_birth,
        grouping(c.sex) as all_sexes,
        grouping(c.age_group) as all_ages,
        grouping(c.education) as all_educations,
        grouping(c.country_of_birth) as all_births,
        max(d.provenance) as provenance,
        max(d.source_ids) as source_ids,
        coalesce(sum(t.was_full_year), 0) as was_full_year,
        coalesce(sum(t.stayed_full_year), 0) as stayed_full_year,
        coalesce(sum(t.had_no_work), 0) as had_no_work,
        coalesce(sum(t.found_work), 0) as found_work,
        coalesce(sum(t.was_outside), 0) as was_outside,
        coalesce(sum(t.became_established), 0) as became_established,
        coalesce(sum(t.untold_full_year), 0) as untold_full_year,
        coalesce(sum(t.untold_no_work), 0) as untold_no_work,
        coalesce(sum(t.untold_outside), 0) as untold_outside,
        coalesce(sum(t.unplaced), 0) as unplaced,
        max(t.status) as status,
        max(t.status_reason) as status_reason,
        count(distinct d.area_code) as areas
    from delivered as d
    inner join category as c on d.year = c.year
    inner join core.area_within as w on d.area_code = w.area_code
    left join told as t
        on
            d.area_code = t.area_code
            and c.year = t.year
            and c.sex = t.sex
            and c.age_group = t.age_group
            and c.education = t.education
            and c.country_of_birth = t.country_of_birth
    group by grouping sets (
        (w.within_area_code, c.year),
        (w.within_area_code, c.year, c.sex),
        (w.within_area_code, c.year, c.age_group),
        (w.within_area_code, c.year, c.age_group, c.sex),
        (w.within_area_code, c.year, c.education),
        (w.within_area_code, c.year, c.education, c.sex),
        (w.within_area_code, c.year, c.country_of_birth),
        (w.within_area_code, c.year, c.country_of_birth, c.sex)
    )
),

extent as (
    select within_area_code as place, count(*) as areas
    from core.area_within
    group by within_area_code
),

named as (
    select
        c.*,
        c.areas = e.areas as is_whole,
        case
            when all_ages = 0 then 'age'
            when all_educations = 0 then 'education'
            when all_births = 0 then 'country_of_birth'
            when all_sexes = 0 then 'sex'
            else 'total'
        end as dimension,
        case
            when all_ages = 0 then age_group
            when all_educations = 0 then education
            when all_births = 0 then country_of_birth
            when all_sexes = 0 then sex
            else 'total'
        end as group_code,
        case when all_sexes = 0 then sex else 'total' end as of_sex
    from counted as c
    inner join extent as e on c.place = e.place
    where
        (all_sexes = 1 or sex <> 'total')
        and (all_ages = 1 or age_group <> 'total')
        and (all_educations = 1 or education not in ('unknown', 'total'))
        and (all_births = 1 or country_of_birth not in ('unknown', 'total'))
),

share as (
    select
        'raks_stable_full_year' as indicator_id,
        n.*,
        stayed_full_year as events,
        was_full_year as population,
        untold_full_year as untold
    from named as n
    union all
    select
        'raks_from_no_work_to_work' as indicator_id,
        n.*,
        found_work as events,
        had_no_work as population,
        untold_no_work as untold
    from named as n
    union all
    select
        'raks_transition_to_establishment' as indicator_id,
        n.*,
        became_established as events,
        was_outside as population,
        untold_outside as untold
    from named as n
    where n.unplaced = 0  -- flows that are not split by establishment say nothing of it
),

known as (
    select *, is_whole and untold = 0 and population > 0 as is_known
    from share
)

select
    indicator_id,
    place as area_code,
    cast(year as varchar) as period,
    dimension,
    group_code,
    of_sex as sex,
    case when is_known then 100 * events / population end as value,
    case when is_known then events end as numerator,
    case when is_known then population end as denominator,
    case when is_known then 100 * binomial_se(events, population) end as se,
    case when is_known then 100 * wilson_lower(events, population) end as ci_lower,
    case when is_known then 100 * wilson_upper(events, population) end as ci_upper,
    case when is_known then 'wilson' end as ci_method,
    delivered_status(is_known, is_whole, untold, status) as status,
    delivered_reason(is_known, is_whole, untold, status_reason) as status_reason,
    provenance,
    cast(null as varchar) as reliability,
    source_ids
from known
union all
select
    s.indicator_id as indicator_id,
    '00' as area_code,
    '2023' as period,
    'total' as dimension,
    'total' as group_code,
    'total' as sex,
    cast(null as double) as value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    cast(null as double) as se,
    cast(null as double) as ci_lower,
    cast(null as double) as ci_upper,
    cast(null as varchar) as ci_method,
    'not_fetched' as status,
    'must_be_ordered' as status_reason,
    'computed' as provenance,
    cast(null as varchar) as reliability,
    'raks_flows' as source_ids
from (
    values ('raks_stable_full_year'), ('raks_from_no_work_to_work'), ('raks_transition_to_establishment')
) as s(indicator_id)
where
    not exists (select 1 as one from core.raks_flow)
    or (
        s.indicator_id = 'raks_transition_to_establishment'
        and not exists (select 1 as one from counted where unplaced = 0)
    )
