-- Indicators whose public table is known but has not been fetched: one row each, for the nation in 2023, that says so.
-- The year is that of the latest definition of what they count; it is no figure's year.
select
    indicator_id,
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
    cast(null as varchar) as status_reason,
    provenance,
    cast(null as varchar) as reliability,
    source_ids
from catalogue.indicator
where model = 'not_fetched'
