-- Cautions that a user of the figures must see: breaks in series, faults at the source that were taken out, sums
-- over areas of which a few had no figure, figures on fewer than twenty events, and figures that are made up; periods
-- that overlap, people whom an indicator leaves out, and comparisons that it cannot bear (the guards that the measures,
-- trends and comparisons keep to).
select
    b.indicator_id,
    cast(null as varchar) as area_code,
    cast(b.year as varchar) as period,
    'break_in_series' as flag,
    count(v.indicator_id) as rows,
    b.reason_sv as text_sv
from catalogue.indicator_break as b
inner join mart.indicator_value as v on b.indicator_id = v.indicator_id and v.year >= b.year
group by b.indicator_id, b.year, b.reason_sv
union all
select
    indicator_id,
    area_code,
    period,
    'false_at_source' as flag,
    count(*) as rows,
    'Källans siffra är uppenbart fel och visas därför inte.' as text_sv
from mart.indicator_value
where status_reason = 'false_at_source'
group by indicator_id, area_code, period
union all
select
    indicator_id,
    area_code,
    period,
    'partial_coverage' as flag,
    count(*) as rows,
    'Några få kommuner saknar uppgift; summan gäller de övriga, minst 99 procent av befolkningen.' as text_sv
from mart.indicator_value
where reliability = 'partial_coverage'
group by indicator_id, area_code, period
union all
select
    indicator_id,
    area_code,
    period,
    'coarse_rounding' as flag,
    count(*) as rows,
    'Källan avrundar så grovt att siffran kan vara mer än fem procent för hög eller för låg.' as text_sv
from mart.indicator_value
where reliability = 'coarse_rounding'
group by indicator_id, area_code, period
union all
select
    indicator_id,
    cast(null as varchar) as area_code,
    period,
    'other_survey' as flag,
    count(*) as rows,
    'I några län kommer siffran ur en annan enkät (ett enda år, 18–84 år) och kan inte jämföras med övriga landets.'
        as text_sv
from mart.indicator_value
where reliability = 'other_survey'
group by indicator_id, period
union all
select
    indicator_id,
    cast(null as varchar) as area_code,
    cast(null as varchar) as period,
    'few_events' as flag,
    count(*) as rows,
    'Vissa siffror bygger på färre än tjugo händelser och är osäkra.' as text_sv
from mart.indicator_value
where reliability = 'few_events'
group by indicator_id
union all
select
    indicator_id,
    cast(null as varchar) as area_code,
    period,
    'synthetic' as flag,
    count(*) as rows,
    'Siffrorna är påhittade (synthetic) och säger inget om platsen; de visar bara hur en beställd leverans skulle se ut.'
        as text_sv
from mart.indicator_value
where provenance = 'synthetic'
group by indicator_id, period
union all
select
    v.indicator_id,
    cast(null as varchar) as area_code,
    cast(null as varchar) as period,
    'overlapping_periods' as flag,
    count(*) as rows,
    'Varje värde gäller flera år, så värden nära varandra i tiden delar år. Utvecklingen räknas bara på värden som inte gör det.'
        as text_sv
from mart.indicator_value as v
inner join mart.indicator as i on v.indicator_id = i.indicator_id
where i.window_years > 1
group by v.indicator_id
union all
select
    v.indicator_id,
    cast(null as varchar) as area_code,
    cast(null as varchar) as period,
    'selected_population' as flag,
    count(*) as rows,
    max(i.selection_sv) as text_sv
from mart.indicator_value as v
inner join mart.indicator as i on v.indicator_id = i.indicator_id
where i.selection_sv is not null
group by v.indicator_id
union all
select
    v.indicator_id,
    cast(null as varchar) as area_code,
    cast(null as varchar) as period,
    'not_compared' as flag,
    count(*) as rows,
    max(x.reason_sv) as text_sv
from mart.indicator_value as v
inner join (
    select indicator_id, string_agg(distinct reason_sv, ' ' order by reason_sv) as reason_sv
    from catalogue.not_compared
    group by indicator_id
) as x on v.indicator_id = x.indicator_id
group by v.indicator_id
union all
select
    v.indicator_id,
    cast(null as varchar) as area_code,
    cast(null as varchar) as period,
    'circular_split' as flag,
    count(*) as rows,
    'Måttet är uppdelat efter det som det självt består av; någon skillnad mellan de grupperna räknas inte.' as text_sv
from mart.indicator_value as v
inner join catalogue.circular_with as c on v.indicator_id = c.indicator_id and v.dimension = c.dimension
group by v.indicator_id
union all
-- a later source that carries on a key figure, replaces it, or is not taken since it differs where both have figures
select
    c.indicator_id,
    cast(null as varchar) as area_code,
    cast(null as varchar) as period,
    c.flag,
    count(v.indicator_id) as rows,
    max(c.text_sv) as text_sv
from (
    select
        s.indicator_id,
        o.source_id,
        case
            when not o.taken then 'later_source_differs'
            when o.rule = 'replaces' then 'revised_series'
            when o.rule = 'transcribed' then 'transcribed'
            else 'later_source'
        end as flag,
        case
            when o.taken then max(o.reason_sv)
            else concat(
                'En senare källa (', o.source_id, ') skiljer sig från de tidigare siffrorna i ',
                cast(max(o.cells - o.same_cells) as varchar), ' av ', cast(max(o.cells) as varchar),
                ' gemensamma celler och visas därför inte.'
            )
        end as text_sv
    from core.series_overlap as o
    inner join catalogue.kolada_series as s on o.kpi_id = s.kpi_id
    where o.rule <> 'alone'
    group by s.indicator_id, o.source_id, o.rule, o.taken
) as c
left join mart.indicator_value as v
    on c.indicator_id = v.indicator_id and position(concat(', ', c.source_id, ',') in concat(', ', v.source_ids, ',')) > 0
group by c.indicator_id, c.flag
union all
select
    indicator_id,
    cast(null as varchar) as area_code,
    period,
    'low_at_source' as flag,
    count(*) as rows,
    'Källan själv anger att någon av siffrorna bygger på få svar och är osäker.' as text_sv
from mart.indicator_value
where reliability = 'low_at_source'
group by indicator_id, period
