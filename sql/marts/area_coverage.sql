-- For each place, what is measured of each indicator and dimension, and if not, why; one row per indicator, area and
-- dimension, and one per area and wanted measurement that no indicator answers (catalogue_row_id, dimension total); a few
-- of these are counted in mart.recommendation_status itself and so are measured everywhere.
-- measured: the area has a figure, in any year. reason where it has none: suppressed_here (our own disclosure control),
-- suppressed_at_source, not_reported (the place did not answer), false_at_source, withdrawn_at_source,
-- not_yet_published, must_be_ordered (the publisher has it and delivers it on order; source_table.order_form), not_fetched
-- (also of all areas and splits where nothing of the indicator's table has been fetched), not_applicable, unexplained_at_source (the source has the cell but no number, and does not say why),
-- only_synthetic (made-up figures stand in for a delivery that must be ordered),
-- not_published_at_this_level (other levels of area have it), only_by_group (there are figures of groups, none of all),
-- not_collected (no source here splits it so), unknown_table
-- (no source is known). Where it has figures: too_few_years, fewer than two comparable periods, so that no change can be
-- seen. timeliness_years: from the end of the last period with a figure to the day the source was read.
with cell_period as (
    select
        indicator_id, area_code, dimension, period_end,
        max(case when status = 'observed' and provenance <> 'synthetic' then 1 else 0 end) as seen,
        max(case when status = 'observed' and provenance <> 'synthetic' and comparable then 1 else 0 end) as seen_comparable,
        max(year) as year,
        max(case
            when provenance = 'synthetic' then 1
            when status = 'observed' then 0
            when status_reason in ('hidden_here', 'withheld_here') then 10
            when status = 'suppressed' or status_reason = 'secrecy_at_source' then 9
            when status_reason = 'nonresponse' then 8
            when status_reason = 'false_at_source' then 7
            when status_reason = 'withdrawn_at_source' then 6
            when status = 'not_yet_published' then 5
            when status = 'not_fetched' then 4
            when status = 'not_applicable' then 2
            else 3
        end) as worst
    from mart.indicator_value
    group by indicator_id, area_code, dimension, period_end
),
cell as (
    select
        indicator_id, area_code, dimension,
        sum(seen) as periods, sum(seen_comparable) as comparable_periods,
        min(case when seen = 1 then year end) as first_year,
        max(case when seen = 1 then year end) as last_year,
        max(case when seen = 1 then period_end end) as last_day,
        max(worst) as worst
    from cell_period
    group by indicator_id, area_code, dimension
),
level as (
    select
        c.indicator_id, c.dimension,
        max(case when a.area_level = 'nation' and c.periods > 0 then 'nation' end) as nation,
        max(case when a.area_level = 'county' and c.periods > 0 then 'county' end) as county,
        max(case when a.area_level = 'municipality' and c.periods > 0 then 'municipality' end) as municipality
    from cell c
    join core.area a on a.area_code = c.area_code
    group by c.indicator_id, c.dimension
),
source_read as (
    select i.indicator_id, max(cast(l.retrieved as date)) as retrieved
    from mart.indicator i
    join catalogue.landing l on position(', ' || l.table_id || ',' in ', ' || i.source_ids || ',') > 0
    where l.retrieved is not null
    group by i.indicator_id
),
unfetched as (
    select distinct indicator_id
    from mart.indicator_value
    where status = 'not_fetched' and status_reason is null
),
grouped as (
    select indicator_id
    from level
    where coalesce(nation, county, municipality) is not null
    group by indicator_id
),
split as (
    select distinct dimension
    from mart.social_group
    where position('+' in dimension) = 0 and dimension <> 'deprivation_quintile'
),
orderable as (
    -- what can be ordered, by the splits that the order may ask for, and has not been delivered
    select distinct i.indicator_id, d.dimension
    from mart.indicator i
    join catalogue.source_table s on position(', ' || s.table_id || ',' in ', ' || i.source_ids || ',') > 0
    join catalogue.landing l on l.table_id = s.table_id
    join split d on position(', ' || d.dimension || ',' in ', ' || s.order_dimensions || ',') > 0
    where s.order_form is not null and l.landing = 'none'
)
select
    i.indicator_id, cast(null as varchar) as catalogue_row_id, a.area_code, d.dimension,
    coalesce(c.periods > 0, false) as measured, c.first_year, c.last_year,
    cast(coalesce(c.periods, 0) as integer) as periods,
    nullif(concat_ws(', ', l.nation, l.county, l.municipality), '') as measured_at,
    case
        when c.periods > 0 and c.comparable_periods < 2 then 'too_few_years'
        when c.periods > 0 then null
        when c.worst = 10 then 'suppressed_here'
        when c.worst = 9 then 'suppressed_at_source'
        when c.worst = 8 then 'not_reported'
        when c.worst = 7 then 'false_at_source'
        when c.worst = 6 then 'withdrawn_at_source'
        when c.worst = 5 then 'not_yet_published'
        when coalesce(c.worst, 4) = 4 and o.indicator_id is not null then 'must_be_ordered'
        when c.worst = 4 then 'not_fetched'
        when c.worst = 3 then 'unexplained_at_source'
        when c.worst = 2 then 'not_applicable'
        when c.worst = 1 then 'only_synthetic'
        when coalesce(l.nation, l.county, l.municipality) is not null then 'not_published_at_this_level'
        when u.indicator_id is not null then 'not_fetched'
        when d.dimension = 'total' and g.indicator_id is not null then 'only_by_group'
        else 'not_collected'
    end as reason,
    date_diff('day', c.last_day, r.retrieved) / 365.25e0 as timeliness_years
from mart.indicator i
cross join core.area a
cross join split d
left join cell c on c.indicator_id = i.indicator_id and c.area_code = a.area_code and c.dimension = d.dimension
left join level l on l.indicator_id = i.indicator_id and l.dimension = d.dimension
left join source_read r on r.indicator_id = i.indicator_id
left join orderable o on o.indicator_id = i.indicator_id and o.dimension = d.dimension
left join unfetched u on u.indicator_id = i.indicator_id
left join grouped g on g.indicator_id = i.indicator_id
union all
select
    null, w.catalogue_row_id, a.area_code, 'total', w.state = 'with_figures', null, null, 0, null,
    case w.state
        when 'no_source' then 'unknown_table'
        when 'not_yet_published' then 'not_yet_published'
        when 'not_fetched' then 'not_fetched'
        when 'must_be_ordered' then 'must_be_ordered'
    end,
    null
from mart.catalogue_row w
cross join core.area a
where w.indicator_id is null
