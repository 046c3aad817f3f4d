-- One row per comparison of the release: its number (group_id) and its key. The numbering follows the key's order and
-- so is the same for the same figures.
select
    row_number() over (order by indicator_id, area_code, period, dimension, stratum, sex) as group_id,
    indicator_id, area_code, period, dimension, stratum, sex, synthetic, index_year
from (
    select indicator_id, area_code, period, dimension, stratum, sex, max(synthetic) as synthetic,
        max(index_year) as index_year
    from measure.candidate
    group by indicator_id, area_code, period, dimension, stratum, sex
)
