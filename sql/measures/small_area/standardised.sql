-- Rates standardised for age, one row per indicator, area, period and sex, in the indicator's unit.
-- Direct, to the European Standard Population 2013: sum w r / sum w, r = events / persons of a band, w the standard's
-- persons of that band; variance sum w^2 events / persons^2 / (sum w)^2; Dobson's interval (1991). Refused below ten
-- events. Indirect, with the nation's rates of the same period and sex as standard: ratio = events / expected (1 = as
-- the nation), expected = sum of the nation's rate times the area's persons; its interval is that of the events (exact
-- Poisson below ten, Byar from ten) over expected; rate = ratio times the nation's crude rate. Breslow & Day (1987),
-- II, ch. 2. A band without persons leaves the standard's share with nobody to stand for it: then there is no direct
-- rate.
with national as (
    select indicator_id, period, sex, age_lower, events / nullif(persons, 0) as r
    from measure.age_count
    where area_code = '00'
),
crude as (
    select indicator_id, period, sex, sum(events) / nullif(sum(persons), 0) as r
    from measure.age_count
    where area_code = '00'
    group by indicator_id, period, sex
),
summed as (
    select
        a.indicator_id, a.area_code, a.period, a.sex, max(a.scale) as scale, sum(a.events) as events, sum(a.persons) as persons,
        min(a.persons) as smallest,
        sum(a.w * a.events / nullif(a.persons, 0)) / sum(a.w) as direct,
        sum(a.w * a.w * a.events / nullif(a.persons * a.persons, 0)) / (sum(a.w) * sum(a.w)) as variance,
        case when count(n.r) = count(*) then sum(n.r * a.persons) end as expected
    from (
        select *, esp2013_below(coalesce(age_upper + 1, 120)) - esp2013_below(age_lower) as w
        from measure.age_count
    ) a
    left join national n
        on n.indicator_id = a.indicator_id and n.period = a.period and n.sex = a.sex and n.age_lower = a.age_lower
    group by a.indicator_id, a.area_code, a.period, a.sex
)
select
    s.indicator_id, s.area_code, s.period, s.sex, cast(s.events as double) as events, cast(s.persons as double) as persons,
    case when s.events >= 10 and s.smallest > 0 then s.scale * s.direct end as direct,
    case when s.smallest > 0 then s.scale * dobson_lower(s.direct, s.variance, s.events) end as direct_lower,
    case when s.smallest > 0 then s.scale * dobson_upper(s.direct, s.variance, s.events) end as direct_upper,
    case
        when s.smallest <= 0 then 'an age band has nobody in it'
        when s.events < 10 then 'fewer than ten events'
    end as direct_reason,
    s.expected, s.events / nullif(s.expected, 0) as ratio,
    events_lower(s.events) / nullif(s.expected, 0) as ratio_lower, events_upper(s.events) / nullif(s.expected, 0) as ratio_upper,
    s.scale * c.r * s.events / nullif(s.expected, 0) as indirect,
    s.scale * c.r * events_lower(s.events) / nullif(s.expected, 0) as indirect_lower,
    s.scale * c.r * events_upper(s.events) / nullif(s.expected, 0) as indirect_upper
from summed s
left join crude c on c.indicator_id = s.indicator_id and c.period = s.period and c.sex = s.sex
