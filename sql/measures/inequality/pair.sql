-- Difference (d) and ratio (r) between two subgroups, y1 - y2 and y1 / y2. Which two: ordered groups, the two ends,
-- most advantaged minus most disadvantaged where more is better and the reverse where it is worse; not ordered with a
-- reference, the reference against the worst other; else the highest against the lowest.
-- d: se = sqrt(s1^2 + s2^2), on the indicator's scale. r: se of ln r = sqrt((s1/y1)^2 + (s2/y2)^2) (delta method), on
-- the log scale. WHO (2013), Handbook, ch. 4, and the HEAT technical notes. Where the gap's own error s is known
-- (measure.gap_error), it is d's; the two figures then go together by v = (s1^2 + s2^2 - s^2) / 2, held below what two such
-- errors can (nine tenths of s1 s2), and ln r's variance is less by 2 v / (y1 y2). Where two subgroups tie for an end the
-- larger standard error counts. Ordered without a polarity: as if more were better, so that the sign still means
-- something.
with chosen as (
    select
        g.group_id, g.ordered, g.favourable, g.first_place, g.last_place, g.y_min, g.y_max, g.n_reference,
        not g.ordered and g.n_reference = 1 and g.favourable is not null as by_reference,
        g.y_reference, g.s_reference,
        case
            when g.ordered and g.order_refused is not null then g.order_refused
            when g.lost_first then 'the most disadvantaged subgroup has no estimate'
            when g.lost_last then 'the most advantaged subgroup has no estimate'
            when not g.ordered and g.n_reference = 1 and g.favourable is not null and g.y_reference is null
                then 'the reference subgroup has no estimate'
        end as refused
    from measure.group_state g
    where g.refused is null
),
ends as (
    select
        c.group_id, c.ordered, c.favourable, c.by_reference, c.refused, c.y_reference, c.s_reference,
        max(case when s.subgroup_order = c.first_place then s.y end) as y_first,
        max(case when s.subgroup_order = c.first_place then s.s end) as s_first,
        max(case when s.subgroup_order = c.last_place then s.y end) as y_last,
        max(case when s.subgroup_order = c.last_place then s.s end) as s_last,
        c.y_min, c.y_max,
        max(case when s.y = c.y_min then s.s end) as s_min,
        max(case when s.y = c.y_max then s.s end) as s_max,
        min(case when not s.is_reference then s.y end) as y_other_min,
        max(case when not s.is_reference then s.y end) as y_other_max
    from chosen c
    join measure.subgroup s on s.group_id = c.group_id
    group by c.group_id, c.ordered, c.favourable, c.by_reference, c.refused, c.y_reference, c.s_reference, c.y_min, c.y_max
),
other as (
    select
        e.group_id,
        max(case when not s.is_reference and s.y = e.y_other_min then s.s end) as s_other_min,
        max(case when not s.is_reference and s.y = e.y_other_max then s.s end) as s_other_max
    from ends e
    join measure.subgroup s on s.group_id = e.group_id
    where e.by_reference
    group by e.group_id
),
pair as (
    select
        e.group_id, e.refused,
        case
            when e.ordered and coalesce(e.favourable, true) then e.y_last
            when e.ordered then e.y_first
            when e.by_reference and e.favourable then e.y_reference
            when e.by_reference then e.y_other_max
            else e.y_max
        end as y1,
        case
            when e.ordered and coalesce(e.favourable, true) then e.s_last
            when e.ordered then e.s_first
            when e.by_reference and e.favourable then e.s_reference
            when e.by_reference then o.s_other_max
            else e.s_max
        end as s1,
        case
            when e.ordered and coalesce(e.favourable, true) then e.y_first
            when e.ordered then e.y_last
            when e.by_reference and e.favourable then e.y_other_min
            when e.by_reference then e.y_reference
            else e.y_min
        end as y2,
        case
            when e.ordered and coalesce(e.favourable, true) then e.s_first
            when e.ordered then e.s_last
            when e.by_reference and e.favourable then o.s_other_min
            when e.by_reference then e.s_reference
            else e.s_min
        end as s2,
        g.se as s
    from ends e
    left join other o on o.group_id = e.group_id
    left join measure.gap_error g on g.group_id = e.group_id
)
select
    group_id, 'd' as measure,
    case when refused is null then y1 - y2 end as estimate,
    case when refused is null then coalesce(s, sqrt(s1 * s1 + s2 * s2)) end as se,
    'estimate' as se_scale, case when s is null then 'normal' else 'normal, gap''s own error' end as ci_method,
    case when refused is not null then 'refused' end as status, refused as reason
from pair
union all
select
    group_id, 'r',
    case when refused is null and y1 >= 0 and y2 > 0 then y1 / y2 end,
    case when refused is null and y1 > 0 and y2 > 0 then sqrt(log_ratio_variance(y1, y2, s1, s2, s)) end,
    'log', case when s is null then 'log normal, delta' else 'log normal, gap''s own error' end,
    case when refused is not null or y1 < 0 or y2 <= 0 then 'refused' end,
    case
        when refused is not null then refused
        when y1 < 0 or y2 < 0 then 'a ratio of figures below zero says nothing'
        when y2 = 0 then 'the figure to divide by is zero'
        when y1 = 0 then 'a ratio of zero has no logarithm and so no interval'
    end
from pair
