-- Deaths per 100,000 residents, by sex: Kolada N01805 (deaths in the year) over N01951 (residents on 31 December).
-- Crude: an old population dies more, so compare ages before places. The population at the year's end stands for the
-- mean population, as Kolada's own rates do. Interval: Byar (Breslow & Day 1987); exact Poisson limits differ by less
-- than one per cent from 10 deaths on, and below 10 no interval is given. se: the square root of the deaths, none for
-- no deaths, where it would claim certainty.
with counted as (
    select
        d.area_code,
        d.year,
        d.sex,
        d.value as deaths,
        p.value as persons,
        d.status,
        d.status_reason
    from core.kolada_value as d
    left join core.kolada_value as p
        on p.kpi_id = 'N01951' and d.area_code = p.area_code and d.year = p.year and d.sex = p.sex
    inner join (
        select min(year) as first_year, max(year) as last_year
        from core.kolada_value
        where kpi_id = 'N01805' and value is not null
    ) as s on d.year between s.first_year and s.last_year
    where d.kpi_id = 'N01805'
),

known as (
    -- fewer than nobody is no reason to say nothing: the contract refuses it
    select *, coalesce(deaths is not null and persons <> 0, false) as is_known
    from counted
)

select
    'crude_mortality' as indicator_id,
    area_code,
    cast(year as varchar) as period,
    case when sex = 'total' then 'total' else 'sex' end as dimension,
    sex as group_code,
    sex,
    case when is_known then 100000 * deaths / persons end as value,
    case when is_known then deaths end as numerator,
    case when is_known then persons end as denominator,
    case when is_known and deaths > 0 then 100000 * sqrt(deaths) / persons end as se,
    case when is_known and deaths >= 10 then 100000 * byar_lower(deaths) / persons end as ci_lower,
    case when is_known and deaths >= 10 then 100000 * byar_upper(deaths) / persons end as ci_upper,
    case when is_known and deaths >= 10 then 'byar' end as ci_method,
    case
        when is_known then 'observed'
        when deaths is null then status
        when persons = 0 then 'not_applicable'
        else 'missing'
    end as status,
    case
        when is_known then cast(null as varchar)
        when deaths is null then status_reason
        else 'no_population'
    end as status_reason,
    'computed' as provenance,
    cast(null as varchar) as reliability,
    'kolada_values' as source_ids
from known
