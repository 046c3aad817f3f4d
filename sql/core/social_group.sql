-- Social groups of the catalogue. A cross of two dimensions would carry its parts in components; none exists yet.
select
    dimension,
    group_code,
    label_sv,
    label_en,
    dimension_sv,
    dimension_en,
    sort_order,
    ordered,
    subgroup_order,
    is_reference,
    cast(null as varchar) as components
from catalogue.social_group
