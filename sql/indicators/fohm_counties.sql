-- Folkhälsomyndigheten's figures by county and for the nation, each an indicator of its own: those of Kolada under a like
-- name follow another survey year, another statistic or another population, and the two are never one series.
-- The frame: every county and the nation, in every year or window that any of them has. No interval: the publisher's stand in
-- the same tables but are not in the copy. Where the table is left out (--no-restricted) there is no row; indicator.not_fetched says so.
with named as (
    select
        case p.measure_label
            when 'life_expectancy_at_birth_both_sexes' then 'life_expectancy_both_sexes_fohm'
            else concat(p.measure_label, '_fohm')
        end as indicator_id,
        p.area_code,
        p.period,
        case when p.sex = 'total' then 'total' else 'sex' end as dimension,
        p.sex,
        p.value,
        p.status,
        p.status_reason
    from core.public_health_value as p
),

kept as (
    select n.*, i.provenance, i.source_ids
    from named as n
    inner join catalogue.indicator as i on n.indicator_id = i.indicator_id and i.model = 'fohm_counties'
),

frame as (
    select s.indicator_id, s.provenance, s.source_ids, s.period, s.dimension, s.sex, a.area_code
    from (select distinct indicator_id, provenance, source_ids, period, dimension, sex from kept) as s
    inner join core.area as a on a.area_level in ('county', 'nation')
)

select
    f.indicator_id,
    f.area_code,
    f.period,
    f.dimension,
    f.sex as group_code,
    f.sex,
    k.value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    cast(null as double) as se,
    cast(null as double) as ci_lower,
    cast(null as double) as ci_upper,
    cast(null as varchar) as ci_method,
    coalesce(k.status, 'missing') as status,
    case when k.value is null then coalesce(k.status_reason, 'absent_at_source') end as status_reason,
    f.provenance,
    cast(null as varchar) as reliability,
    f.source_ids
from frame as f
left join kept as k
    on f.indicator_id = k.indicator_id and f.area_code = k.area_code and f.period = k.period and f.sex = k.sex
