-- Each municipality with every area that holds it: itself, its county and the nation. Sums over areas go through this.
select area_code, area_code as within_area_code
from core.area
where area_level = 'municipality'
union all
select area_code, county_code as within_area_code
from core.area
where area_level = 'municipality'
union all
select area_code, '00' as within_area_code
from core.area
where area_level = 'municipality'
