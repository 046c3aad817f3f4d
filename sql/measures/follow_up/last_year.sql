-- The last year in which each indicator has a figure, and the month that its last period ends with. Where a source has a
-- figure a month, each year's of that month is compared with the others': months have seasons. Synthetic figures take no
-- part.
select indicator_id, max(year) as year, cast(extract(month from max(period_end)) as integer) as month
from mart.indicator_value
where status = 'observed' and provenance <> 'synthetic'
group by indicator_id
