-- The fits of measure.newton taken on: the few groups that four Newton steps did not settle get ten more, the others
-- pass as they are. Settled is a last step shorter than 1e-6: Newton's error is squared by each step, so what is left is of
-- the order of 1e-12. See newton.sql for the model, the steps and their source. What has not settled here either lies so
-- near to separation that its slope has no end in sight; measure.slope gives the straight line instead.
with point as (
    select s.group_id, s.family, s.w, s.rank - 0.5 as t, s.y / s.scale as y
    from measure.subgroup s
    join measure.newton n on n.group_id = s.group_id
    where coalesce(n.last_step, 1) > 1e-6 and s.w > 0
),
step_0 as (
    select group_id, a, b, last_step
    from measure.newton
    where coalesce(last_step, 1) > 1e-6
),
step_1 as (select * from newton_step('point', 'step_0')),
step_2 as (select * from newton_step('point', 'step_1')),
step_3 as (select * from newton_step('point', 'step_2')),
step_4 as (select * from newton_step('point', 'step_3')),
step_5 as (select * from newton_step('point', 'step_4')),
step_6 as (select * from newton_step('point', 'step_5')),
step_7 as (select * from newton_step('point', 'step_6')),
step_8 as (select * from newton_step('point', 'step_7')),
step_9 as (select * from newton_step('point', 'step_8')),
step_10 as (select * from newton_step('point', 'step_9'))
select group_id, a, b, last_step
from step_10
union all
select group_id, a, b, last_step
from measure.newton
where coalesce(last_step, 1) <= 1e-6
