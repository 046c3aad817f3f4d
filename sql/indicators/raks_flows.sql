-- Stability and transitions between two years (RAKS, the same persons in both), per cent of those who started there:
-- full-year employed two years running, of those full-year employed the year before; with work this year, of those
-- without work all of the year before; established this year, of those without work or weakly established then.
-- By this year's place, sex, age, education and country of birth, the last three also by sex.
-- Interval: Wilson (1927). se: binomial, none where all or nobody is counted. A cell that nobody is in is a zero; one
-- whose count is not told makes every share that rests on it missing. A county or the nation is missing where a
-- municipality of it is not delivered. Where nothing is delivered at all, or nothing of establishment, no row is made
-- of it here: see not_fetched.
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
        s.indicator_id,
        n.place as area_code,
        cast(n.year as varchar) as period,
        n.dimension,
        n.group_code,
        n.of_sex as sex,
        case s.kind when 1 then n.stayed_full_year when 2 then n.found_work else n.became_established end as events,
        case s.kind when 1 then n.was_full_year when 2 then n.had_no_work else n.was_outside end as population,
        n.is_whole,
        case s.kind when 1 then n.untold_full_year when 2 then n.untold_no_work else n.untold_outside end as untold,
        n.status,
        n.status_reason,
        n.provenance,
        n.source_ids
    from named as n
    cross join (
        values
        (1, 'raks_stable_full_year'), (2, 'raks_from_no_work_to_work'), (3, 'raks_transition_to_establishment')
    ) as s(kind, indicator_id)
    -- flows that are not split by establishment say nothing of it
    where s.kind < 3 or n.unplaced = 0
)

select *
from delivered_share('share')
