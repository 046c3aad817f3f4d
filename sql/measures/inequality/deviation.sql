-- Mean absolute differences: from the mean (mdmu, mdmw), from the best subgroup (mdbu, mdbw), from the reference (mdru,
-- mdrw), unweighted (u) or weighted by persons (w), on the indicator's scale; and the index of disparity (idisu,
-- idisw), the differences from the mean in per cent of it. The mean is weighted in both. Not for fewer than three
-- subgroups. WHO (2013), Handbook on health inequality monitoring, and the HEAT technical notes; Pearcy & Keppel
-- (2002), Public Health Reports 117, pp. 273-280. Their intervals are simulated elsewhere.
with summed as (
    select
        group_id, max(mean) as mean, max(y_best) as y_best, max(y_reference) as y_reference,
        sum(abs(y - mean)) / max(k) as mdmu, sum(w * abs(y - mean)) as mdmw,
        sum(abs(y - y_best)) / max(k) as mdbu, sum(w * abs(y - y_best)) as mdbw,
        sum(abs(y - y_reference)) / max(k) as mdru, sum(w * abs(y - y_reference)) as mdrw
    from measure.subgroup
    where k > 2
    group by group_id
),
whole as (
    select s.group_id, s.mean, s.y_best, s.y_reference, s.mdmu, s.mdmw, s.mdbu, s.mdbw, s.mdru, s.mdrw,
        g.favourable is not null as has_best, g.n_reference = 1 as has_reference, g.weight_refused,
        case when g.n_reference = 1 and g.y_reference is null then 'the reference subgroup has no estimate' end
            as reference_refused,
        case
            when g.weight_refused is not null then g.weight_refused
            when g.mean = 0 then 'the mean is zero'
            when g.mean < 0 then 'a relative measure needs a mean above zero'
        end as relative_refused
    from summed s
    join measure.group_state g on g.group_id = s.group_id
),
measured as (
    select group_id, 'mdmu' as measure, mdmu as estimate, weight_refused as reason from whole
    union all
    select group_id, 'mdmw', mdmw, weight_refused from whole
    union all
    select group_id, 'mdbu', mdbu, null from whole where has_best
    union all
    select group_id, 'mdbw', mdbw, weight_refused from whole where has_best
    union all
    select group_id, 'mdru', mdru, reference_refused from whole where has_reference
    union all
    select group_id, 'mdrw', mdrw, coalesce(reference_refused, weight_refused) from whole where has_reference
    union all
    select group_id, 'idisu', 100 * mdmu / nullif(mean, 0), relative_refused from whole
    union all
    select group_id, 'idisw', 100 * mdmw / nullif(mean, 0), relative_refused from whole
)
select
    group_id, measure, case when reason is null then estimate end as estimate, cast(null as double) as se,
    'estimate' as se_scale, 'simulation' as ci_method,
    case when reason is not null then 'refused' end as status, reason
from measured
