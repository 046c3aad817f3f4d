-- Similar municipalities as released.
select family, area_code, similar_area_code, group_year
from core.similar_area
