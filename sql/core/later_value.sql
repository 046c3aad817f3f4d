-- Figures of later sources in the terms of the Kolada key figure that they carry on or replace
-- (data/reference/later_sources.csv), as each source has them, also in the years that Kolada has. A county's and the
-- nation's residents are sums of their municipalities; where one is missing there is no sum. A window of years stands
-- under its last year, as with Kolada.
with municipal as (
    select 'scb_employment' as source_id, 'N02267' as kpi_id, municipality as code, year, 'total' as sex, value, status as symbol
    from source.scb_employment
    union all
    select 'scb_population_total', 'N01951', municipality, year, 'total', value, status
    from source.scb_population_total
    union all
    select
        'scb_population_total',
        'N01951',
        w.within_area_code,
        p.year,
        'total',
        sum(p.value),
        cast(null as varchar)
    from source.scb_population_total as p
    inner join core.area_within as w on p.municipality = w.area_code and w.within_area_code <> p.municipality
    inner join (
        select within_area_code, count(*) as municipalities
        from core.area_within
        group by within_area_code
    ) as n on w.within_area_code = n.within_area_code
    group by w.within_area_code, p.year
    having count(p.value) = max(n.municipalities)
    union all
    select
        'scb_life_expectancy',
        case s.code when 'women' then 'N00925' when 'men' then 'N00923' else concat('unknown label ', l.sex_label) end,
        l.municipality,
        cast(right(l.period_label, 4) as integer),
        'total',
        l.value,
        l.status
    from source.scb_life_expectancy as l
    left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = l.sex_label
),

regional as (
    select
        'fk_sickness' as source_id,
        case measure_label when 'ohalsotal' then 'N00957' when 'sjukpenningtal' then 'N00938' end as kpi_id,
        region as code,
        year,
        'total' as sex,
        value,
        status as symbol
    from source.fk_sickness
    union all
    select 'fohm_counties', 'N01464', f.region, cast(right(f.period_label, 4) as integer), s.code, f.value, f.status
    from source.fohm_counties as f
    left join source.code_map as s on s.source = 'fohm_counties' and s.variable = 'sex' and s.label = f.sex_label
    where f.measure_label = 'forgone_dental_care_economic'
),

kolada as (
    select 'kolada_regions' as source_id, kpi, municipality, year, gender, value, status
    from source.kolada_regions
    union all
    select 'kolada_counts', kpi, municipality, year, gender, value, status
    from source.kolada_counts
),

every as (
    select * from municipal
    union all
    select * from regional
    union all
    select
        k.source_id,
        k.kpi,
        case when k.municipality like '00%' then substr(k.municipality, 3, 2) else k.municipality end,
        k.year,
        coalesce(s.code, concat('unknown label ', k.gender)),
        k.value,
        k.status
    from kolada as k
    left join source.code_map as s on s.source = 'kolada' and s.variable = 'sex' and s.label = k.gender
)

select
    e.source_id,
    e.kpi_id,
    coalesce(a.area_code, concat('unknown area ', e.code)) as area_code,
    a.area_level,
    e.year,
    e.sex,
    l.rule,
    l.tolerance,
    e.value,
    case
        when e.value is not null then 'observed'
        else coalesce(m.status, concat('unknown symbol ', e.symbol))
    end as status,
    case when e.value is null then m.status_reason end as status_reason
from every as e
inner join source.later_sources as l on e.source_id = l.table_id and e.kpi_id = l.kpi_id
left join core.area as a on e.code = a.area_code
left join source.missing_symbols as m
    on
        m.source = case
            when e.source_id like 'kolada%' then 'kolada'
            when e.source_id like 'scb%' then 'scb'
            else e.source_id
        end
        and m.symbol = e.symbol
