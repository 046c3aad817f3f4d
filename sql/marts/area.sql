-- Areas as released.
select area_code, area_name, area_name_long, area_level, county_code, skr_group_code, skr_group
from core.area
