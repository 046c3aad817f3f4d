-- Each municipality's rank among those with a figure of the same period, 1 = best (without a better end: lowest), ties
-- sharing the best place; by indicator and sex. rank_lower, rank_upper: the rank's 95 % interval, and
-- probability_worst_fifth: the share of 1,000 seeded draws round the figures in which the municipality lies in the
-- ranking's last fifth; Goldstein & Spiegelhalter (1996), J. R. Stat. Soc. A 159, pp. 385-443. Only where every
-- municipality's figure has a standard error: a rank without one is a place in a list, and says nothing of the next year.
-- funnel: outside which limit round all municipalities' share or rate it lies (measure.area_position), where counts are known.
select
    r.indicator_id, r.area_code, r.dimension, r.group_code, r.sex, r.period, r.value,
    cast((rank() over (partition by r.ranking_id order by r.good desc)) as integer) as rank,
    cast((count(*) over (partition by r.ranking_id)) as integer) as rank_of,
    s.rank_lower, s.rank_upper, s.probability_worst_fifth,
    p.outside as funnel,
    s.rank_lower is not null as assessable
from measure.rank_figure r
left join measure.rank_simulated s on s.ranking_id = r.ranking_id and s.area_code = r.area_code
left join measure.area_position p
    on p.indicator_id = r.indicator_id and p.area_code = r.area_code and p.period = r.period and p.sex = r.sex
