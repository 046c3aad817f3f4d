-- Kolada figures in the project's codes: 0000 and 00LL become SCB's 00 and LL, T/K/M become total/women/men.
-- One known fault is taken out: N02797 says that exactly 0 per cent of the nation's young were neither in work nor
-- in studies in 2007, for both sexes, while every year after shows 5-9 per cent; a zero there is no figure.
with translated as (
    select
        v.kpi as kpi_id,
        case
            when v.municipality = '0000' then '00'
            when v.municipality like '00%' then substr(v.municipality, 3, 2)
            else v.municipality
        end as code,
        v.year,
        v.gender,
        v.value,
        v.status as symbol,
        v.kpi = 'N02797' and v.municipality = '0000' and v.year = 2007 and v.value = 0 as is_false_zero
    from source.kolada_values as v
)

select
    t.kpi_id,
    coalesce(a.area_code, concat('unknown area ', t.code)) as area_code,
    t.year,
    s.code as sex,
    case when not t.is_false_zero then t.value end as value,
    case
        when t.is_false_zero then 'missing'
        when t.value is not null then 'observed'
        else coalesce(m.status, concat('unknown symbol ', t.symbol))
    end as status,
    case
        when t.is_false_zero then 'false_at_source'
        when t.value is null then m.status_reason
    end as status_reason
from translated as t
left join core.area as a on t.code = a.area_code
left join source.code_map as s on s.source = 'kolada' and s.variable = 'sex' and s.label = t.gender
left join source.missing_symbols as m on m.source = 'kolada' and m.symbol = t.symbol
