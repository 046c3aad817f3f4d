-- Kolada's similar municipalities: seven for each municipality in each of three families.
select
    family,
    municipality_code as area_code,
    similar_municipality_code as similar_area_code,
    group_year
from source.similar_municipalities
