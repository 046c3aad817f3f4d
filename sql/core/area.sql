-- The 290 municipalities, the 21 counties and the nation, with SCB codes and Swedish names.
-- A county's long name is its own; its short one ("Östergötlands län") keeps "län", since Uppsala, Stockholm,
-- Örebro and others are municipalities too.
select
    municipality_code as area_code,
    municipality_name_short as area_name,
    municipality_name as area_name_long,
    'municipality' as area_level,
    county_code,
    skr_grupp_kod as skr_group_code,
    skr_grupp as skr_group
from source.areas
union all
select distinct
    county_code as area_code,
    county_name as area_name,
    county_name as area_name_long,
    'county' as area_level,
    county_code,
    cast(null as varchar) as skr_group_code,
    cast(null as varchar) as skr_group
from source.areas
union all
select
    '00' as area_code,
    'Riket' as area_name,
    'Riket' as area_name_long,
    'nation' as area_level,
    cast(null as varchar) as county_code,
    cast(null as varchar) as skr_group_code,
    cast(null as varchar) as skr_group
