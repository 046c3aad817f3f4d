-- One row per comparison of the release: its number (group_id) and its key. The numbering follows the key's order and
-- so is the same for the same figures. A split of which only one group is published (born abroad, the county of a
-- single municipality) compares nothing and is not a comparison; one whose figures are missing is, and says so.
select
    row_number() over (order by indicator_id, area_code, period, dimension, stratum, sex) as group_id,
    indicator_id, area_code, period, dimension, stratum, sex, synthetic, index_year
from (
    select indicator_id, area_code, period, dimension, stratum, sex, max(synthetic) as synthetic,
        max(index_year) as index_year
    from measure.candidate
    group by indicator_id, area_code, period, dimension, stratum, sex
    having count(*) > 1
)
