-- Main affiliation to the labour market over the whole year (RAKS) by social group: per cent of the population of the
-- span of ages that the year has (20-64; 20-65 from 2023), and of those with work (affiliation 1-6) and a known degree of
-- establishment those weakly established: earned income below 60 per cent of the median of their age, sex and education.
-- One row a cell: by sex, age, education, country of birth, each also by sex, and crosses of two of the last three.
-- Interval: Wilson (1927). se: binomial, none where all or nobody is counted.
-- A cell that nobody is in is a zero, since the delivery tells of everybody; one whose count is not told makes every
-- share that rests on it missing. A county or the nation is missing where a municipality of it is not delivered.
-- Where the nation's total is published (raks_main_affiliation), that row counts and none is made here. Where nothing is
-- delivered at all, the nation in the first year of the present definition says so: not_fetched.
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

category as (
    select distinct year, sex, age_group, education, country_of_birth
    from told
),

frame as (
    select d.area_code, d.provenance, d.source_ids, c.year, c.sex, c.age_group, c.education, c.country_of_birth
    from delivered as d
    inner join category as c on d.year = c.year
),

counted as (
    select
        w.within_area_code as place,
        f.year,
        f.sex,
        f.age_group,
        f.education,
        f.country_of_birth,
        grouping(f.sex) as all_sexes,
        grouping(f.age_group) as all_ages,
        grouping(f.education) as all_educations,
        grouping(f.country_of_birth) as all_births,
        max(f.provenance) as provenance,
        max(f.source_ids) as source_ids,
        coalesce(sum(t.persons), 0) as persons,
        coalesce(sum(t.full_year), 0) as full_year,
        coalesce(sum(t.newly), 0) as newly,
        coalesce(sum(t.gone), 0) as gone,
        coalesce(sum(t.part_year), 0) as part_year,
        coalesce(sum(t.combined), 0) as combined,
        coalesce(sum(t.self_employed), 0) as self_employed,
        coalesce(sum(t.without_work), 0) as without_work,
        coalesce(sum(t.weak), 0) as weak,
        coalesce(sum(t.placed), 0) as placed,
        coalesce(sum(t.unplaced), 0) as unplaced,
        coalesce(sum(t.untold), 0) as untold,
        coalesce(sum(t.untold_at_work), 0) as untold_at_work,
        max(t.status) as status,
        max(t.status_reason) as status_reason
    from frame as f
    inner join core.area_within as w on f.area_code = w.area_code
    left join told as t
        on
            f.area_code = t.area_code
            and f.year = t.year
            and f.sex = t.sex
            and f.age_group = t.age_group
            and f.education = t.education
            and f.country_of_birth = t.country_of_birth
    group by grouping sets (
        (w.within_area_code, f.year),
        (w.within_area_code, f.year, f.sex),
        (w.within_area_code, f.year, f.age_group),
        (w.within_area_code, f.year, f.age_group, f.sex),
        (w.within_area_code, f.year, f.education),
        (w.within_area_code, f.year, f.education, f.sex),
        (w.within_area_code, f.year, f.country_of_birth),
        (w.within_area_code, f.year, f.country_of_birth, f.sex),
        (w.within_area_code, f.year, f.age_group, f.education),
        (w.within_area_code, f.year, f.age_group, f.country_of_birth),
        (w.within_area_code, f.year, f.country_of_birth, f.education)
    )
),

extent as (
    select w.within_area_code as place, y.year, count(d.area_code) = count(*) as is_whole
    from core.area_within as w
    cross join (select distinct year from delivered) as y
    left join delivered as d on w.area_code = d.area_code and y.year = d.year
    group by w.within_area_code, y.year
),

named as (
    select
        c.*,
        e.is_whole,
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
        case when all_sexes = 0 then sex else 'total' end as of_sex
    from counted as c
    inner join extent as e on c.place = e.place and c.year = e.year
    -- a group that is not told, or a variable that the delivery is not split by, is no group
    where
        (all_sexes = 1 or sex <> 'total')
        and (all_ages = 1 or age_group <> 'total')
        and (all_educations = 1 or education not in ('unknown', 'total'))
        and (all_births = 1 or country_of_birth not in ('unknown', 'total'))
),

sought as (
    select cast(kind as varchar) as kind, indicator_id
    from (
        values
        ('1', 'raks_full_year_employed'), ('2', 'raks_newly_employed'), ('3', 'raks_left_employment'),
        ('4', 'raks_part_year_employed'), ('5', 'raks_combined_employment'), ('6', 'raks_self_employed'),
        ('7', 'raks_without_work'), ('weak', 'raks_weakly_established')
    ) as s(kind, indicator_id)
),

share as (
    select
        s.indicator_id,
        n.place,
        n.year,
        n.dimension,
        n.group_code,
        n.of_sex,
        n.provenance,
        n.source_ids,
        n.is_whole,
        n.status,
        n.status_reason,
        case s.kind
            when '1' then n.full_year
            when '2' then n.newly
            when '3' then n.gone
            when '4' then n.part_year
            when '5' then n.combined
            when '6' then n.self_employed
            when '7' then n.without_work
            else n.weak
        end as events,
        case when s.kind = 'weak' then n.placed else n.persons end as population,
        case when s.kind = 'weak' then n.untold_at_work else n.untold end as untold
    from named as n
    cross join sought as s
    -- a delivery that is not split by establishment says nothing of it
    where s.kind <> 'weak' or n.unplaced = 0
),

known as (
    select *, is_whole and untold = 0 and population > 0 as is_known
    from share
)

select
    k.indicator_id,
    k.place as area_code,
    cast(k.year as varchar) as period,
    k.dimension,
    k.group_code,
    k.of_sex as sex,
    case when k.is_known then 100 * k.events / k.population end as value,
    case when k.is_known then k.events end as numerator,
    case when k.is_known then k.population end as denominator,
    case
        when k.is_known
            then nullif(100 * sqrt(k.events / k.population * (1 - k.events / k.population) / k.population), 0)
    end as se,
    case when k.is_known then 100 * wilson_lower(k.events, k.population) end as ci_lower,
    case when k.is_known then 100 * wilson_upper(k.events, k.population) end as ci_upper,
    case when k.is_known then 'wilson' end as ci_method,
    case
        when k.is_known then 'observed'
        when not k.is_whole then 'missing'
        when k.untold > 0 then coalesce(k.status, 'missing')
        else 'not_applicable'
    end as status,
    case
        when k.is_known then cast(null as varchar)
        when not k.is_whole then 'incomplete_group'
        when k.untold > 0 then coalesce(k.status_reason, 'incomplete_group')
        else 'no_population'
    end as status_reason,
    k.provenance,
    cast(null as varchar) as reliability,
    k.source_ids
from known as k
left join core.raks_main_affiliation as p
    on
        k.place = p.area_code
        and k.year = p.year
        and k.dimension = 'total'
        and k.indicator_id <> 'raks_weakly_established'
        and p.main_affiliation = 'TOT'
where p.area_code is null
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
    cast(null as varchar) as status_reason,
    'computed' as provenance,
    cast(null as varchar) as reliability,
    'raks_cells' as source_ids
from (values ('raks_weakly_established')) as s(indicator_id)
where not exists (select 1 as one from core.raks_cell)
