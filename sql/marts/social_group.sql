-- Social groups as released.
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
    components
from core.social_group
