-- Events and persons by age band, from the figures that are split by age and come with both: what standardisation and
-- the life table are made of. age_lower and age_upper are whole years, both included; age_upper is null where the band
-- is open. One row per indicator, area, period, sex and band.
select
    v.indicator_id, v.area_code, v.period, v.sex, i.scale,
    cast(regexp_extract(v.group_code, '^([0-9]+)', 1) as integer) as age_lower,
    case
        when v.group_code like '%_plus' then cast(null as integer)
        when v.group_code like '%-%' then cast(regexp_extract(v.group_code, '-([0-9]+)$', 1) as integer)
        else cast(regexp_extract(v.group_code, '^([0-9]+)', 1) as integer)
    end as age_upper,
    v.numerator as events, v.denominator as persons
from mart.indicator_value v
join mart.indicator i on i.indicator_id = v.indicator_id
where v.dimension = 'age' and v.status = 'observed' and i.family = 'rate'
    and v.numerator is not null and v.denominator is not null
