-- The subgroups that have an estimate, in groups that are not refused, with what the measures share: the share of the
-- population (w), the population-weighted mean (mean), the place on the population's mid-point rank from most
-- disadvantaged (0) to most advantaged (1; ordered groups only) and the ratio to the mean with WHO's zero rule (r: a
-- zero becomes 1e-6). WHO (2013), Handbook on health inequality monitoring, and the HEAT technical notes.
with ranked as (
    select
        m.group_id, m.subgroup,
        ((sum(m.population) over (partition by m.group_id order by m.subgroup_order
            rows between unbounded preceding and current row)) - m.population / 2) / nullif(g.population, 0) as rank
    from measure.member m
    join measure.group_state g on g.group_id = m.group_id
    where g.ordered and m.estimate is not null
        and g.refused is null and g.order_refused is null and g.weight_refused is null
)
select
    m.group_id, m.subgroup, m.estimate as y, nullif(m.se, 0) as s, m.population, m.is_reference, m.subgroup_order,
    g.n as k, g.mean, g.scale, g.family, g.favourable, g.ordered, g.y_best, g.y_reference,
    case when g.weight_refused is null then m.population / nullif(g.population, 0) end as w,
    x.rank,
    case when m.estimate = 0 then 1e-6 else m.estimate / nullif(g.mean, 0) end as r
from measure.member m
join measure.group_state g on g.group_id = m.group_id
left join ranked x on x.group_id = m.group_id and x.subgroup = m.subgroup
where m.estimate is not null and g.refused is null
