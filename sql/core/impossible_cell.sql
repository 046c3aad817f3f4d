-- Figures that cannot be right, found before anything is derived from them; the table must be empty.
-- A share lies between nothing and its scale, but for those whose numerator and denominator are counted apart
-- (may_exceed_scale: enrolment by the school's place). A margin is no cross: where the figures of a cross are the same
-- whatever the group of one of its dimensions, in every place, a split of one dimension has been spread over the other.
with cross_cell as (
    select
        indicator_id,
        area_code,
        period,
        dimension,
        sex,
        value,
        split_part(group_code, '+', 1) as first_group,
        split_part(group_code, '+', 2) as second_group
    from indicator.everything
    where position('+' in dimension) > 0 and value is not null
),

line as (
    select indicator_id, dimension, 1 as held, count(*) as cells, min(value) as low, max(value) as high
    from cross_cell
    group by indicator_id, dimension, area_code, period, sex, first_group
    union all
    select indicator_id, dimension, 2 as held, count(*) as cells, min(value) as low, max(value) as high
    from cross_cell
    group by indicator_id, dimension, area_code, period, sex, second_group
),

margin as (
    select indicator_id, dimension
    from (
        select indicator_id, dimension, held
        from line
        where cells > 1
        group by indicator_id, dimension, held
        having count(*) > 5 and max(high - low) = 0 and max(high) > 0
    ) as flat
    group by indicator_id, dimension
)

select
    e.indicator_id,
    e.area_code,
    e.period,
    e.dimension,
    e.group_code,
    e.sex,
    e.value,
    case
        when i.indicator_id is null then 'the indicator is not in data/catalogue/indicators.yaml'
        when a.area_code is null then 'the area is unknown'
        when g.group_code is null then 'the group is not in data/catalogue/social_groups.yaml'
        when isnan(e.value) or isinf(e.value) then 'the value is not a number'
        when i.family = 'share' and (e.value < 0 or e.value > i.scale and not i.may_exceed_scale)
            then 'a share lies between 0 and its scale'
        when i.family in ('rate', 'count', 'ratio') and e.value < 0 then 'a count, rate or ratio is not negative'
        when i.family in ('share', 'rate') and not i.may_exceed_scale and e.numerator > e.denominator
            then 'more events or persons are counted than there are to count among'
        when (e.value is null) = (e.status = 'observed') then 'a value goes with status observed and only with it'
        when e.value is not null and e.source_ids is null then 'a figure names the source tables it rests on'
        when e.ci_lower > e.value or e.ci_upper < e.value then 'the interval does not hold its own value'
        when m.indicator_id is not null then 'a margin is presented as a cross: its figures vary with one of the two dimensions only'
    end as rule
from indicator.everything as e
left join catalogue.indicator as i on e.indicator_id = i.indicator_id
left join core.area as a on e.area_code = a.area_code
left join core.social_group as g on e.dimension = g.dimension and e.group_code = g.group_code
left join margin as m on e.indicator_id = m.indicator_id and e.dimension = m.dimension
where
    i.indicator_id is null
    or a.area_code is null
    or g.group_code is null
    or isnan(e.value) or isinf(e.value)
    or (i.family = 'share' and (e.value < 0 or e.value > i.scale and not i.may_exceed_scale))
    or (i.family in ('rate', 'count', 'ratio') and e.value < 0)
    or (i.family in ('share', 'rate') and not i.may_exceed_scale and e.numerator > e.denominator)
    or (e.value is null) = (e.status = 'observed')
    or e.value is not null and e.source_ids is null
    or e.ci_lower > e.value
    or e.ci_upper < e.value
    or m.indicator_id is not null
