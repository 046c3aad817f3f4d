-- Main affiliation to the labour market over the whole year (RAKS) by social group: per cent of the population of the
-- span of ages that the year has (20-64; 20-65 from 2023), and of those with work (affiliation 1-6) and a known degree of
-- establishment those weakly established: earned income below 60 per cent of the median of their age, sex and education.
-- One row a cell: by sex, age, education, country of birth, each also by sex, and crosses of two of the last three.
-- Interval: Wilson (1927). se: binomial, none where all or nobody is counted.
-- A cell that nobody is in is a zero, since the delivery tells of everybody; one whose count is not told makes every
-- share that rests on it missing. A county or the nation is missing where a municipality of it is not delivered.
-- Where the nation's total is published (raks_main_affiliation), that row counts and none is made here. Where nothing is
-- delivered of establishment, no row is made of it here: see not_fetched.
with told as (
    select
        area_code,
        year,
        sex,
        age_group,
        education,
        country_of_birth,
        sum(persons) as persons,
        sum(case when main_affiliation = '1' then persons end) as full_year,
        sum(case when main_affiliation = '2' then persons end) as newly,
        sum(case when main_affiliation = '3' then persons end) as gone,
        sum(case when main_affiliation = '4' then persons end) as part_year,
        sum(case when main_affiliation = '5' then persons end) as combined,
        sum(case when main_affiliation = '6' then persons end) as self_employed,
        sum(case when main_affiliation = '7' then persons end) as without_work,
        sum(case when establishment = 'weak' then persons end) as weak,
        sum(case when establishment in ('weak', 'established') then persons end) as placed,
        sum(case when establishment = 'total' and main_affiliation <> '7' then 1 end) as unplaced,
        sum(case when persons is null then 1 end) as untold,
        sum(case when persons is null and main_affiliation <> '7' then 1 end) as untold_at_work,
        max(case when persons is null then status end) as status,
        max(status_reason) as status_reason
    from core.raks_cell
    group by area_code, year, sex, age_group, education, country_of_birth
),

delivered as (
    select year, area_code, max(provenance) as provenance, max(source_ids) as source_ids
    from core.raks_cell
    group by year, area_code
),

-- every place that holds a delivered municipality, and whether it holds all of them
extent as (
    select
        w.within_area_code as place,
        y.year,
        count(d.area_code) = count(*) as is_whole,
        max(d.provenance) as provenance,
        max(d.source_ids) as source_ids
    from core.area_within as w
    cross join (select distinct year from delivered) as y
    left join delivered as d on w.area_code = d.area_code and y.year = d.year
    group by w.within_area_code, y.year
    having count(d.area_code) > 0
),

-- municipalities first: what is larger is summed from their groups, which are fewer than their cells
grouped as (
    select
        area_code,
        year,
        sex,
        age_group,
        education,
        country_of_birth,
        grouping(sex) as all_sexes,
        grouping(age_group) as all_ages,
        grouping(education) as all_educations,
        grouping(country_of_birth) as all_births,
        sum(persons) as persons,
        sum(full_year) as full_year,
        sum(newly) as newly,
        sum(gone) as gone,
        sum(part_year) as part_year,
        sum(combined) as combined,
        sum(self_employed) as self_employed,
        sum(without_work) as without_work,
        sum(weak) as weak,
        sum(placed) as placed,
        sum(unplaced) as unplaced,
        sum(untold) as untold,
        sum(untold_at_work) as untold_at_work,
        max(status) as status,
        max(status_reason) as status_reason
    from told
    group by grouping sets (
        (area_code, year),
        (area_code, year, sex),
        (area_code, year, age_group),
        (area_code, year, age_group, sex),
        (area_code, year, education),
        (area_code, year, education, sex),
        (area_code, year, country_of_birth),
        (area_code, year, country_of_birth, sex),
        (area_code, year, age_group, education),
        (area_code, year, age_group, country_of_birth),
        (area_code, year, country_of_birth, education)
    )
),

named as (
    select
        area_code as place,
        year,
        case
            when all_ages = 0 and all_births = 0 then 'age+country_of_birth'
            when all_ages = 0 and all_educations = 0 then 'age+education'
            when all_educations = 0 and all_births = 0 then 'country_of_birth+education'
            when all_ages = 0 then 'age'
            when all_educations = 0 then 'education'
            when all_births = 0 then 'country_of_birth'
            when all_sexes = 0 then 'sex'
            else 'total'
        end as dimension,
        case
            when all_ages = 0 and all_births = 0 then concat(age_group, '+', country_of_birth)
            when all_ages = 0 and all_educations = 0 then concat(age_group, '+', education)
            when all_educations = 0 and all_births = 0 then concat(country_of_birth, '+', education)
            when all_ages = 0 then age_group
            when all_educations = 0 then education
            when all_births = 0 then country_of_birth
            when all_sexes = 0 then sex
            else 'total'
        end as group_code,
        case when all_sexes = 0 then sex else 'total' end as of_sex,
        persons,
        full_year,
        newly,
        gone,
        part_year,
        combined,
        self_employed,
        without_work,
        weak,
        placed,
        unplaced,
        untold,
        untold_at_work,
        status,
        status_reason
    from grouped
    -- a group that is not told, or a variable that the delivery is not split by, is no group
    where
        (all_sexes = 1 or sex <> 'total')
        and (all_ages = 1 or age_group <> 'total')
        and (all_educations = 1 or education not in ('unknown', 'total'))
        and (all_births = 1 or country_of_birth not in ('unknown', 'total'))
),

-- a municipality's groups stand as they are: only those of counties and the nation have to be summed
counted as (
    select *
    from named
    union all
    select
        w.within_area_code as place,
        n.year,
        n.dimension,
        n.group_code,
        n.of_sex,
        sum(n.persons) as persons,
        sum(n.full_year) as full_year,
        sum(n.newly) as newly,
        sum(n.gone) as gone,
        sum(n.part_year) as part_year,
        sum(n.combined) as combined,
        sum(n.self_employed) as self_employed,
        sum(n.without_work) as without_work,
        sum(n.weak) as weak,
        sum(n.placed) as placed,
        sum(n.unplaced) as unplaced,
        sum(n.untold) as untold,
        sum(n.untold_at_work) as untold_at_work,
        max(n.status) as status,
        max(n.status_reason) as status_reason
    from named as n
    inner join core.area_within as w on n.place = w.area_code
    where w.within_area_code <> w.area_code
    group by w.within_area_code, n.year, n.dimension, n.group_code, n.of_sex
),

-- a group that any place has in a year, every place has: nobody is in it where none is told of
framed as (
    select
        e.place,
        e.year,
        c.dimension,
        c.group_code,
        c.of_sex,
        e.is_whole,
        e.provenance,
        e.source_ids
    from extent as e
    inner join (select distinct year, dimension, group_code, of_sex from named) as c on e.year = c.year
),

filled as (
    select
        f.place,
        cast(f.year as varchar) as period,
        f.dimension,
        f.group_code,
        f.of_sex,
        f.is_whole,
        f.provenance,
        f.source_ids,
        p.area_code is not null as is_published,
        c.status,
        c.status_reason,
        coalesce(c.persons, 0) as persons,
        coalesce(c.full_year, 0) as full_year,
        coalesce(c.newly, 0) as newly,
        coalesce(c.gone, 0) as gone,
        coalesce(c.part_year, 0) as part_year,
        coalesce(c.combined, 0) as combined,
        coalesce(c.self_employed, 0) as self_employed,
        coalesce(c.without_work, 0) as without_work,
        coalesce(c.weak, 0) as weak,
        coalesce(c.placed, 0) as placed,
        coalesce(c.unplaced, 0) as unplaced,
        coalesce(c.untold, 0) as untold,
        coalesce(c.untold_at_work, 0) as untold_at_work
    from framed as f
    left join counted as c
        on
            f.place = c.place
            and f.year = c.year
            and f.dimension = c.dimension
            and f.group_code = c.group_code
            and f.of_sex = c.of_sex
    left join core.raks_main_affiliation as p
        on f.place = p.area_code and f.year = p.year and f.dimension = 'total' and p.main_affiliation = 'TOT'
),

share as (
    select
        s.indicator_id,
        f.place as area_code,
        f.period,
        f.dimension,
        f.group_code,
        f.of_sex as sex,
        case s.kind
            when 1 then f.full_year
            when 2 then f.newly
            when 3 then f.gone
            when 4 then f.part_year
            when 5 then f.combined
            when 6 then f.self_employed
            else f.without_work
        end as events,
        f.persons as population,
        f.is_whole,
        f.untold,
        f.status,
        f.status_reason,
        f.provenance,
        f.source_ids
    from filled as f
    cross join (
        values
        (1, 'raks_full_year_employed'), (2, 'raks_newly_employed'), (3, 'raks_left_employment'),
        (4, 'raks_part_year_employed'), (5, 'raks_combined_employment'), (6, 'raks_self_employed'),
        (7, 'raks_without_work')
    ) as s(kind, indicator_id)
    -- what is published counts before what is made here
    where not f.is_published
    union all
    select
        'raks_weakly_established' as indicator_id,
        place as area_code,
        period,
        dimension,
        group_code,
        of_sex as sex,
        weak as events,
        placed as population,
        is_whole,
        untold_at_work as untold,
        status,
        status_reason,
        provenance,
        source_ids
    from filled
    -- a delivery that is not split by establishment says nothing of it, nor of the groups that nobody is in
    where unplaced = 0 and exists (select 1 as one from counted where coalesce(unplaced, 0) = 0)
)

select *
from delivered_share('share')
