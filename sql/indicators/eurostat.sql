-- Every indicator that is a catalogue entry for Eurostat's figures of Sweden: the nation by education, income, country of
-- birth or citizenship, by sex, and where the entry says so by age too (a cross of age with the group). A figure of several
-- answers (weekly, monthly) is their sum, and is missing where one of them is.
-- The frame: for each split, age and sex the years in which any of its groups has a figure, and every group that ever has one.
-- Nothing is standardised for age. No interval: Eurostat publishes none, and no number of answers to make one from.
-- reliability low_at_source: Eurostat flags the figure, or one that it is the sum of, as of few answers or not significant.
with chosen as (
    select
        s.indicator_id,
        s.provenance,
        v.area_code,
        v.dimension,
        v.group_code,
        s.age_group,
        v.sex,
        v.year,
        case when count(v.value) = max(s.categories) then sum(v.value) end as value,
        max(v.status_reason) as status_reason,
        bool_or(coalesce(v.flag like '%u%' or v.flag like '%n%', false)) as is_low,
        max(v.source_id) as source_id
    from catalogue.eurostat_series as s
    inner join core.eurostat_value as v
        on
            s.source_table = v.source_table
            and s.category = v.category
            and s.age_label = v.age_label
            and position(concat(', ', v.group_code, ',') in concat(', ', coalesce(s.left_out, ''), ',')) = 0
    group by s.indicator_id, s.provenance, v.area_code, v.dimension, v.group_code, s.age_group, v.sex, v.year
),

placed as (
    select
        indicator_id,
        provenance,
        area_code,
        case
            when group_code <> 'total' and age_group is not null then concat('age+', dimension)
            when group_code <> 'total' then dimension
            when age_group is not null then 'age'
            when sex <> 'total' then 'sex'
            else 'total'
        end as dimension,
        case
            when group_code <> 'total' and age_group is not null then concat(age_group, '+', group_code)
            when group_code <> 'total' then group_code
            when age_group is not null then age_group
            else sex
        end as group_code,
        coalesce(age_group, 'all') as age_group,
        sex,
        year,
        value,
        status_reason,
        is_low,
        source_id
    from chosen
),

place as (
    select distinct indicator_id, provenance, area_code, dimension, group_code, age_group, sex
    from placed
    where value is not null
),

span as (
    select distinct indicator_id, area_code, dimension, age_group, sex, year
    from placed
    where value is not null
)

select
    p.indicator_id,
    p.area_code,
    cast(s.year as varchar) as period,
    p.dimension,
    p.group_code,
    p.sex,
    v.value,
    cast(null as double) as numerator,
    cast(null as double) as denominator,
    cast(null as double) as se,
    cast(null as double) as ci_lower,
    cast(null as double) as ci_upper,
    cast(null as varchar) as ci_method,
    case when v.value is not null then 'observed' else 'missing' end as status,
    case when v.value is null then coalesce(v.status_reason, 'absent_at_source') end as status_reason,
    p.provenance,
    case when v.value is not null and v.is_low then 'low_at_source' end as reliability,
    coalesce(v.source_id, o.source_id) as source_ids
from place as p
inner join span as s
    on
        p.indicator_id = s.indicator_id
        and p.area_code = s.area_code
        and p.dimension = s.dimension
        and p.age_group = s.age_group
        and p.sex = s.sex
inner join (select indicator_id, max(source_id) as source_id from placed group by indicator_id) as o
    on p.indicator_id = o.indicator_id
left join placed as v
    on
        p.indicator_id = v.indicator_id
        and p.area_code = v.area_code
        and p.dimension = v.dimension
        and p.group_code = v.group_code
        and p.sex = v.sex
        and s.year = v.year
