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
        cast(r.year as varchar) as period,
        'total' as dimension,
        'total' as group_code,
        'total' as sex,
        r.persons as events,
        w.population,
        coalesce(r.persons is not null and w.parts = w.population and w.population > 0, false) as is_known,
        r.status,
        r.status_reason
    from core.raks_main_affiliation as r
    inner join whole as w on r.area_code = w.area_code and r.year = w.year
    where r.main_affiliation <> 'TOT'
),

judged as (
    select
        * exclude (status, status_reason),
        case when is_known then 'observed' when events is null then status else 'missing' end as status,
        case when events is null then status_reason when not is_known then 'incomplete_group' end as status_reason,
        'published' as provenance,
        'raks_main_affiliation' as source_ids
    from part
)

select *
from counted_share('judged')
