-- Social groups of the catalogue, and crosses of two of them: age (the bands of RAKS), country of birth and education; and
-- age (the bands read of Eurostat) with Eurostat's levels of education, income and country of birth.
-- A cross carries its parts in components; it is neither ordered nor has it a reference, its parts are and have.
with crossed as (
    select
        concat(a.dimension, '+', b.dimension) as dimension,
        concat(a.group_code, '+', b.group_code) as group_code,
        concat(a.label_sv, ', ', b.label_sv) as label_sv,
        concat(a.label_en, ', ', b.label_en) as label_en,
        concat(a.dimension_sv, ' och ', lower(b.dimension_sv)) as dimension_sv,
        concat(a.dimension_en, ' and ', lower(b.dimension_en)) as dimension_en,
        1000 * a.sort_order + b.sort_order as sort_order,
        concat(a.dimension, '=', a.group_code, ', ', b.dimension, '=', b.group_code) as components
    from catalogue.social_group as a
    inner join catalogue.social_group as b on a.dimension < b.dimension
    where
        (
            a.dimension in ('age', 'country_of_birth')
            and b.dimension in ('country_of_birth', 'education')
            and (
                a.dimension <> 'age'
                or a.group_code in ('20-24', '25-34', '35-44', '45-54', '55-64', '55-65')
            )
            and a.group_code not like '%eu2%'
            and b.group_code not like '%eu2%'
            and b.group_code not like 'isced%'
        )
        or (
            a.dimension = 'age'
            and a.group_code in ('16-64', '18-44', '25-34', '35-44', '45-64', '65-74', '65_plus')
            and (b.dimension = 'income' or b.group_code like 'isced%' or b.group_code in ('native', 'foreign'))
        )
)

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
union all
select
    dimension,
    group_code,
    label_sv,
    label_en,
    dimension_sv,
    dimension_en,
    sort_order,
    false as ordered,
    cast(null as integer) as subgroup_order,
    false as is_reference,
    components
from crossed
