-- Indicators whose table is known but has not been fetched, or must be ordered and has not been delivered (RAKS; delivered
-- without what the indicator counts is the same; status_reason must_be_ordered), or is left out (--no-restricted): one row each, for the nation in 2023, that
-- says so.
-- The year is that of the latest definition of what they count; it is no figure's year.
-- A model that makes indicators of an ordered table has that table's name, and makes no row of what is not delivered.
with delivered as (
    select indicator_id
    from indicator.raks_cells
    union
    select indicator_id
    from indicator.raks_flows
    union
    select indicator_id
    from indicator.raks_graduates
    union
    select indicator_id
    from indicator.fohm_counties
)

select
    i.indicator_id,
    '00' as area_code,
    '2023' as period,
    'total' as dimension,
    'total' as group_code,
    'total' as sex,
    cast(null as double) as value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    cast(null as double) as se,
    cast(null as double) as ci_lower,
    cast(null as double) as ci_upper,
    cast(null as varchar) as ci_method,
    'not_fetched' as status,
    case when i.model not in ('not_fetched', 'fohm_counties') then 'must_be_ordered' end as status_reason,
    i.provenance,
    cast(null as varchar) as reliability,
    case when i.model in ('not_fetched', 'fohm_counties') then i.source_ids else i.model end as source_ids
from catalogue.indicator as i
left join delivered as d on i.indicator_id = d.indicator_id
where
    i.model = 'not_fetched'
    or (i.model in ('raks_cells', 'raks_flows', 'raks_graduates', 'fohm_counties') and d.indicator_id is null)
