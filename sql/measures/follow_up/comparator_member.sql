-- With which areas each area is compared: one row per area, comparator and member of it. nation and county are the area
-- itself that holds it (county not where it has a single municipality and so is the same); the others are sets of other
-- municipalities: Kolada's similar ones, three families, and the rest of the SKR group. The area is never a member of its
-- own set, so that a place is not compared with itself.
with single as (
    select county_code
    from core.area
    where area_level = 'municipality'
    group by county_code
    having count(*) = 1
)
select area_code, 'nation' as comparator, '00' as member_area_code
from core.area
where area_code <> '00'
union all
select a.area_code, 'county', a.county_code
from core.area a
left join single s on s.county_code = a.county_code
where a.area_level = 'municipality' and s.county_code is null
union all
select area_code, 'similar_' || family, similar_area_code
from core.similar_area
where area_code <> similar_area_code
union all
select a.area_code, 'skr_group', b.area_code
from core.area a
join core.area b on b.skr_group_code = a.skr_group_code and b.area_code <> a.area_code
where a.area_level = 'municipality' and b.area_level = 'municipality'
