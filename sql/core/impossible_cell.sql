-- Figures that cannot be right, found before anything is derived from them; the table must be empty.
-- A share lies between nothing and its scale; enrolment by the school's place may exceed it, which its limits say.
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
        when i.family = 'share' and (e.value < 0 or e.value > i.scale) then 'a share lies between 0 and its scale'
        when i.family in ('rate', 'count', 'ratio') and e.value < 0 then 'a count, rate or ratio is not negative'
        when (e.value is null) = (e.status = 'observed') then 'a value goes with status observed and only with it'
        when e.ci_lower > e.value or e.ci_upper < e.value then 'the interval does not hold its own value'
    end as rule
from indicator.everything as e
left join catalogue.indicator as i on e.indicator_id = i.indicator_id
left join core.area as a on e.area_code = a.area_code
left join core.social_group as g on e.dimension = g.dimension and e.group_code = g.group_code
where
    i.indicator_id is null
    or a.area_code is null
    or g.group_code is null
    or isnan(e.value) or isinf(e.value)
    or (i.family = 'share' and (e.value < 0 or e.value > i.scale))
    or (i.family in ('rate', 'count', 'ratio') and e.value < 0)
    or (e.value is null) = (e.status = 'observed')
    or e.ci_lower > e.value
    or e.ci_upper < e.value
