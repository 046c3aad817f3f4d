-- Maximum likelihood of the slope index: shares by binomial logistic regression, rates by Poisson with a log link, of
-- the subgroup's share or rate (y / scale) on the population's mid-point rank, weighted by persons. Four Newton steps,
-- each a sum over the subgroups, in which nearly every group settles (newton_far.sql takes on the rest); McCullagh &
-- Nelder (1989), Generalized Linear Models, ch. 2. The start is a straight line through the logits (rates: logarithms)
-- of the figures, drawn in a little so that 0 and 1 have one. t = rank - 1/2, so that the two parameters (a, at the
-- middle; b, over the whole rank) hardly disturb each other. A step longer than five on the link scale is shortened to
-- five; last_step is the length of the last one, from which the reader sees whether the fit has settled. The weights
-- sum to one: Newton's steps do not depend on their unit. Left out: groups where all are equal (the flat line is the
-- answer) and groups where a straight cut separates the cases from the others, for which no maximum exists.
with point as (
    select group_id, family, w, rank - 0.5 as t, y / scale as y, mean / scale as mean, rank,
        y > 0 as has_case, case when family = 'rate' then y = 0 else y < scale end as has_other
    from measure.subgroup
    where k > 2 and rank is not null and family in ('share', 'rate') and w > 0
),
overlap as (
    -- shares: cases and others must overlap along the rank. Rates: more than one subgroup has cases, or one in the
    -- middle
    select group_id
    from point
    group by group_id
    having count(*) > 2 and max(y) > min(y)
        and case max(family)
            when 'share' then max(case when has_other then rank end) > min(case when has_case then rank end)
                and max(case when has_case then rank end) > min(case when has_other then rank end)
            else count(case when has_case then 1 end) > 1
                or (min(case when has_case then rank end) > min(rank) and max(case when has_case then rank end) < max(rank))
        end
),
step_0 as (
    -- weighted by w times the link's variance, as the first step of iteratively reweighted least squares would be
    select group_id, l - b * t as a, b, cast(null as double) as last_step
    from (
        select group_id, sum(u * t) / sum(u) as t, sum(u * l) / sum(u) as l,
            (sum(u) * sum(u * t * l) - sum(u * t) * sum(u * l))
                / (sum(u) * sum(u * t * t) - sum(u * t) * sum(u * t)) as b
        from (
            select group_id, t, case family when 'share' then ln(y / (1 - y)) else ln(y) end as l,
                w * case family when 'share' then y * (1 - y) else y end as u
            from (
                select q.group_id, q.t, q.w, q.family,
                    case q.family when 'share' then 0.01 + 0.98 * q.y else 0.01 * q.mean + 0.99 * q.y end as y
                from point q
                join overlap o on o.group_id = q.group_id
            )
        )
        group by group_id
    )
),
step_1 as (select * from newton_step('point', 'step_0')),
step_2 as (select * from newton_step('point', 'step_1')),
step_3 as (select * from newton_step('point', 'step_2')),
step_4 as (select * from newton_step('point', 'step_3'))
select group_id, a, b, last_step
from step_4
