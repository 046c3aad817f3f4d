-- Women's median earned income over men's, ages 16-19 and 20-24, municipalities only: medians do not add, so no county
-- or nation can be made from them. No interval: the medians are published without one, rounded to SEK 100. That alone
-- moves the ratio of the youngest by about one per cent, in one municipality of ten by more than two, and by up to 18
-- where men's median is a few hundred kronor (three municipalities in 2018), so that the ratio there says little.
-- Where rounding alone may move the ratio by more than five per cent, reliability says coarse_rounding.
-- Where men's median is nothing there is nothing to divide by: not applicable.
with paired as (
    select
        area_code,
        year,
        age_group,
        max(case when sex = 'women' then income_sek end) as women,
        max(case when sex = 'men' then income_sek end) as men,
        max(case when income_sek is null then status end) as gap_status,
        max(status_reason) as gap_reason
    from core.income
    where statistic = 'median' and age_group in ('16-19', '20-24') and sex in ('women', 'men')
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
    case
        when women is null or men is null then coalesce(gap_status, 'missing')
        when men = 0 then 'not_applicable'
        else 'observed'
    end as status,
    case
        when gap_status = 'not_applicable' then gap_reason
        when women is not null and men = 0 then 'zero_denominator'
        when women is null or men is null then coalesce(gap_reason, 'absent_at_source')
    end as status_reason,
    'computed' as provenance,
    case when 50 / nullif(women, 0) + 50 / nullif(men, 0) > 0.05 then 'coarse_rounding' end as reliability,
    'scb_income' as source_ids
from paired
