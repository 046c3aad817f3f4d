-- The input of every measure: one row per comparison (group_id) and subgroup, with the subgroup's estimate and its
-- standard error (on the indicator's scale), the persons it speaks of, its place in the order (1 = most disadvantaged).
-- `jamlik measures` fills a table of the same shape from a file, and the other models run on it unchanged.
select
    k.group_id, c.subgroup, c.estimate, c.se, c.population, c.population_is_denominator,
    c.ordered, c.subgroup_order, c.is_reference, c.favourable, c.scale, c.family
from measure.candidate c
join measure.comparison k
    on k.indicator_id = c.indicator_id and k.area_code = c.area_code and k.period = c.period
    and k.dimension = c.dimension and k.stratum = c.stratum and k.sex = c.sex
