-- What later sources add to Kolada's figures, where they are taken (core.series_overlap): at each level of area the years
-- after Kolada's last, and of a revised series every year, since it replaces Kolada's figures of that key figure.
-- reliability transcribed: read off by hand, until the source is fetched.
with last_year as (
    select k.kpi_id, a.area_level, max(k.year) as year
    from core.kolada_value as k
    inner join core.area as a on k.area_code = a.area_code
    where k.value is not null
    group by k.kpi_id, a.area_level
)

select
    l.kpi_id,
    l.area_code,
    l.year,
    l.sex,
    l.value,
    l.status,
    l.status_reason,
    case when l.rule = 'transcribed' and l.value is not null then 'transcribed' end as reliability,
    l.rule = 'replaces' as replaces,
    l.source_id
from core.later_value as l
inner join core.series_overlap as o on l.source_id = o.source_id and l.kpi_id = o.kpi_id and o.taken
left join last_year as y on l.kpi_id = y.kpi_id and l.area_level = y.area_level
where l.rule = 'replaces' or l.year > coalesce(y.year, 0)
