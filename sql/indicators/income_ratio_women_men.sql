-- Women's median earned income over men's, ages 16-19 and 20-24, municipalities only: medians do not add, so no county
-- or nation can be made from them. SCB rounds to SEK 100, which moves the ratio of the youngest by up to two per cent.
-- No interval: the medians are published without one.
with paired as (
    select
        area_code,
        year,
        age_group,
        max(case when sex = 'women' then income_sek end) as women,
        max(case when sex = 'men' then income_sek end) as men,
        max(status_reason) as status_reason
    from core.income
    where statistic = 'median' and age_group in ('16-19', '20-24')
    group by area_code, year, age_group
)

select
    concat('income_ratio_women_men_', replace(age_group, '-', '_')) as indicator_id,
    area_code,
    cast(year as varchar) as period,
    'total' as dimension,
    'total' as group_code,
    'total' as sex,
    women / nullif(men, 0) as value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    cast(null as double) as se,
    cast(null as double) as ci_lower,
    cast(null as double) as ci_upper,
    cast(null as varchar) as ci_method,
    case when women / nullif(men, 0) is null then 'missing' else 'observed' end as status,
    case when women / nullif(men, 0) is null then coalesce(status_reason, 'absent_at_source') end as status_reason,
    'computed' as provenance,
    cast(null as varchar) as reliability,
    'scb_income' as source_ids
from paired
