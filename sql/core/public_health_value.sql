-- Folkhälsomyndigheten's figures by county and for the nation in the project's codes (restricted: empty where left out).
select
    p.measure_label,
    coalesce(a.area_code, concat('unknown area ', p.region)) as area_code,
    replace(p.period_label, '-', '/') as period,
    coalesce(s.code, concat('unknown label ', p.sex_label)) as sex,
    p.value,
    case
        when p.value is not null then 'observed'
        else coalesce(m.status, concat('unknown symbol ', p.status))
    end as status,
    case when p.value is null then m.status_reason end as status_reason
from source.fohm_counties as p
left join core.area as a on p.region = a.area_code
left join source.code_map as s on s.source = 'fohm_counties' and s.variable = 'sex' and s.label = p.sex_label
left join source.missing_symbols as m on m.source = 'fohm' and m.symbol = p.status
