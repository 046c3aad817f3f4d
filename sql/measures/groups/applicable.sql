-- Which measure applies to which comparison: one row each. needs says what a measure is refused for the lack of: an
-- order (o), persons (p), or neither. More than two subgroups: all but the difference and the ratio.
-- WHO (2013), Handbook on health inequality monitoring, and the HEAT technical notes.
with known as (
    select 'd' as measure, 2 as least, '' as needs, 1 as place
    union all select 'r', 2, '', 2
    union all select 'sii', 3, 'op', 3
    union all select 'rii', 3, 'op', 4
    union all select 'sii_linear', 3, 'op', 5
    union all select 'rii_linear', 3, 'op', 6
    union all select 'aci', 3, 'op', 7
    union all select 'rci', 3, 'op', 8
    union all select 'bgv', 3, 'p', 9
    union all select 'bgsd', 3, 'p', 10
    union all select 'cov', 3, 'p', 11
    union all select 'mdmu', 3, 'p', 12
    union all select 'mdmw', 3, 'p', 13
    union all select 'mdbu', 3, 'b', 14
    union all select 'mdbw', 3, 'bp', 15
    union all select 'mdru', 3, 'r', 16
    union all select 'mdrw', 3, 'rp', 17
    union all select 'idisu', 3, 'p', 18
    union all select 'idisw', 3, 'p', 19
    union all select 'theil', 3, 'p', 20
    union all select 'mld', 3, 'p', 21
    union all select 'par', 3, 'bp', 22
    union all select 'paf', 3, 'bp', 23
)
select
    g.group_id, m.measure, m.place, cast(g.n as integer) as n_groups, g.n_missing > 0 as incomplete,
    case
        when g.refused is not null then g.refused
        when g.n < m.least then 'fewer than three subgroups have an estimate'
        when position('o' in m.needs) > 0 and g.order_refused is not null then g.order_refused
        when position('o' in m.needs) > 0 and g.lost_first then 'the most disadvantaged subgroup has no estimate'
        when position('o' in m.needs) > 0 and g.lost_last then 'the most advantaged subgroup has no estimate'
        when position('p' in m.needs) > 0 and g.weight_refused is not null then g.weight_refused
    end as refused
from measure.group_state g
join known m
    on (g.n_all >= m.least or m.least = 2)
    and (g.ordered or position('o' in m.needs) = 0)
    and (g.favourable is not null or position('b' in m.needs) = 0)
    and (g.n_reference > 0 or position('r' in m.needs) = 0)
