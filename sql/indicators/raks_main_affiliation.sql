-- Shares of the population 20-64 by main affiliation to the labour market over the whole year (RAKS), per cent:
-- 1 full-year employed, 2 newly employed, 3 left, 4 part-year employed, 5 combined with own business, 6 self-employed,
-- 7 without work. The seven add to the published population; a year where they do not has no figures.
-- Interval: Wilson (1927); the nation is so large that it is narrow. se: binomial, none where all or nobody is counted.
with whole as (
    select
        area_code,
        year,
        max(case when main_affiliation = 'TOT' then persons end) as population,
        sum(case when main_affiliation <> 'TOT' then persons end) as parts
    from core.raks_main_affiliation
    group by area_code, year
),

part as (
    select
        case r.main_affiliation
            when '1' then 'raks_full_year_employed'
            when '2' then 'raks_newly_employed'
            when '3' then 'raks_left_employment'
            when '4' then 'raks_part_year_employed'
            when '5' then 'raks_combined_employment'
            when '6' then 'raks_self_employed'
            when '7' then 'raks_without_work'
        end as indicator_id,
        r.area_code,
        r.year,
        r.persons,
        w.population,
        r.status,
        r.status_reason,
        coalesce(r.persons is not null and w.parts = w.population and w.population > 0, false) as is_known
    from core.raks_main_affiliation as r
    inner join whole as w on r.area_code = w.area_code and r.year = w.year
    where r.main_affiliation <> 'TOT'
)

select
    indicator_id,
    area_code,
    cast(year as varchar) as period,
    'total' as dimension,
    'total' as group_code,
    'total' as sex,
    case when is_known then 100 * persons / population end as value,
    case when is_known then persons end as numerator,
    case when is_known then population end as denominator,
    case when is_known then 100 * binomial_se(persons, population) end as se,
    case when is_known then 100 * wilson_lower(persons, population) end as ci_lower,
    case when is_known then 100 * wilson_upper(persons, population) end as ci_upper,
    case when is_known then 'wilson' end as ci_method,
    case when is_known then 'observed' when persons is null then status else 'missing' end as status,
    case
        when is_known then cast(null as varchar)
        when persons is null then status_reason
        else 'incomplete_group'
    end as status_reason,
    'published' as provenance,
    cast(null as varchar) as reliability,
    'raks_main_affiliation' as source_ids
from part
