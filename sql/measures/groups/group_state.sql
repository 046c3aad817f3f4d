-- What can be said of each comparison before any measure is made: how many subgroups have an estimate, their weighted
-- mean, the ends, and each reason for which all measures (refused), those that need persons (weight_refused) or those
-- that need an order (order_refused) are refused. A group without an estimate is left out, and the rest is incomplete.
-- A standard error of zero would say certain, which no figure is, and counts as missing.
-- mean is the population-weighted mean of the estimates, on the indicator's scale. q is Cochran's (1954) statistic of
-- whether the subgroups differ at all, sum((y - m)^2 / s^2) with m weighted by 1/s^2, chi-square on k - 1.
with counted as (
    select
        group_id,
        max(ordered) as ordered, max(favourable) as favourable, max(scale) as scale, max(family) as family,
        max(population_is_denominator) and min(population_is_denominator) as population_is_denominator,
        count(*) as n_all,
        count(estimate) as n,
        count(case when estimate is not null and se <> 0 then se end) as n_se,
        sum(case when estimate is not null and (estimate < 0 and scale is not null or estimate > scale) then 1 else 0 end)
            as n_outside,
        sum(case when estimate < 0 then 1 else 0 end) as n_negative,
        sum(case when se < 0 then 1 else 0 end) as n_bad_se,
        sum(case when estimate is not null and population is null then 1 else 0 end) as n_unweighted,
        sum(case when population < 0 then 1 else 0 end) as n_bad_weight,
        sum(case when estimate is not null then population end) as population,
        sum(estimate * population) as weighted_sum,
        min(estimate) as y_min, max(estimate) as y_max,
        count(case when ordered and subgroup_order is null then 1 end) as n_unplaced,
        count(distinct subgroup_order) as n_places,
        min(subgroup_order) as first_place, max(subgroup_order) as last_place,
        min(case when estimate is not null then subgroup_order end) as first_kept,
        max(case when estimate is not null then subgroup_order end) as last_kept,
        count(case when is_reference then 1 end) as n_reference,
        max(case when is_reference then estimate end) as y_reference,
        max(case when is_reference then nullif(se, 0) end) as s_reference,
        sum(case when se > 0 then estimate / (se * se) end) as precision_sum,
        sum(case when se > 0 then 1 / (se * se) end) as precision_all,
        sum(case when se > 0 then estimate * estimate / (se * se) end) as precision_square,
        sum(case when estimate is not null and se > 0 then 1 else 0 end) as n_precise
    from measure.member
    group by group_id
)
select
    group_id, ordered, favourable, scale, family, population_is_denominator, n_all, n, n_all - n as n_missing, population,
    n_se = n as has_se,
    case when n_unweighted = 0 and n_bad_weight = 0 then weighted_sum / nullif(population, 0) end as mean,
    y_min, y_max,
    case when favourable then y_max when not favourable then y_min end as y_best,
    n_negative > 0 as any_negative,
    n_reference, y_reference, s_reference, first_place, last_place,
    case
        when n = 0 then 'no subgroup has an estimate'
        when n = 1 then 'only one subgroup has an estimate'
        when n_outside > 0 then 'an estimate lies outside 0 to the indicator''s scale'
        when n_bad_se > 0 then 'a standard error is below zero'
        when n_reference > 1 then 'more than one subgroup is named the reference'
    end as refused,
    case
        when n_unweighted > 0 then 'the population of a subgroup is missing'
        when n_bad_weight > 0 then 'the population of a subgroup is below zero'
        when population = 0 then 'every population is zero'
    end as weight_refused,
    case
        when not ordered then null
        when n_unplaced > 0 then 'a subgroup has no place in the order'
        when n_places < n_all then 'two subgroups share a place in the order'
    end as order_refused,
    ordered and first_kept is distinct from first_place as lost_first,
    ordered and last_kept is distinct from last_place as lost_last,
    case when n_precise = n and n > 1
        then greatest(precision_square - precision_sum * precision_sum / precision_all, 0e0) end as q
from counted
