-- The error of a gap between women and men, whole population, learned from the gap's own movements (chance.error): women's and
-- men's figures go together, so two errors put together are not the gap's. One row per comparison that has one.
-- Not where the figures are distances from a target that lies between the two: that is another gap. A file given to
-- `jamlik measures` has no movements, and its table is empty.
select k.group_id, e.se
from measure.comparison k
join chance.error e on e.indicator_id = k.indicator_id and e.area_code = k.area_code and e.period = k.period
join (
    select v.indicator_id, v.area_code, v.period
    from mart.indicator_value v
    join mart.indicator i on i.indicator_id = v.indicator_id
    where v.dimension = 'sex' and v.status = 'observed'
    group by v.indicator_id, v.area_code, v.period
    having not has_target(max(i.polarity)) or min(v.value) >= max(i.target_value) or max(v.value) <= max(i.target_value)
) b on b.indicator_id = k.indicator_id and b.area_code = k.area_code and b.period = k.period
where k.dimension = 'sex' and k.stratum = 'total' and k.sex = 'total' and not k.synthetic and e.sex = 'gap' and e.se > 0
