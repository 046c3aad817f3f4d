-- Eurostat's figures for Sweden in the project's codes: the social group, the sex, and Eurostat's own codes of table,
-- answer and ages. flag as Eurostat writes it: b break in series, u few answers, n next to nothing.
with every as (
    select *, 'eurostat_ehis' as source_id from source.eurostat_ehis
    union all
    select *, 'eurostat_ehis_more' as source_id from source.eurostat_ehis_more
    union all
    select *, 'eurostat_health' as source_id from source.eurostat_health
    union all
    select *, 'eurostat_work' as source_id from source.eurostat_work
)

select
    coalesce(a.area_code, concat('unknown area ', e.region)) as area_code,
    e.source_table,
    e.category,
    coalesce(d.code, concat('unknown label ', e.dimension_label)) as dimension,
    coalesce(g.code, concat('unknown label ', e.group_label)) as group_code,
    coalesce(s.code, concat('unknown label ', e.sex_label)) as sex,
    e.age_label,
    e.year,
    e.value,
    case
        when e.value is not null then 'observed'
        else coalesce(m.status, concat('unknown symbol ', e.status))
    end as status,
    case when e.value is null then m.status_reason end as status_reason,
    e.flag,
    e.flags_kept,
    e.source_id
from every as e
left join core.area as a on e.region = a.area_code
left join source.code_map as d on d.source = 'eurostat' and d.variable = 'dimension' and d.label = e.dimension_label
left join source.code_map as g on g.source = 'eurostat' and g.variable = e.dimension_label and g.label = e.group_label
left join source.code_map as s on s.source = 'eurostat' and s.variable = 'sex' and s.label = e.sex_label
left join source.missing_symbols as m on m.source = 'eurostat' and m.symbol = e.status
