-- Every measure of every comparison it applies to: estimate, standard error, 95 % interval (another level: interval_z), what it was made of and how
-- it stands. estimate and interval are on the measure's own scale, se on that of se_scale ('log': of the natural
-- logarithm). status: ok; incomplete, a subgroup had no estimate and was left out; flagged, to be read with its reason;
-- refused, no estimate, and the reason why. An interval that cannot be had is null and its method 'none'. No standard error
-- is zero: where a formula gives that, there is none. Drawing round the figures spreads them by chance once more, so where
-- that is most of the spread a simulated interval can lie wholly above its estimate: it then begins at zero, and is flagged.
with measured as (
    select group_id, measure, estimate, se, se_scale, ci_method, status, reason from measure.pair
    union all
    select group_id, measure, estimate, se, se_scale, ci_method, status, reason from measure.slope
    union all
    select group_id, measure, estimate, se, se_scale, ci_method, status, reason from measure.linear
    union all
    select group_id, measure, estimate, se, se_scale, ci_method, status, reason from measure.variance
    union all
    select group_id, measure, estimate, se, se_scale, ci_method, status, reason from measure.deviation
    union all
    select group_id, measure, estimate, se, se_scale, ci_method, status, reason from measure.attributable
),
joined as (
    select
        a.group_id, a.measure, a.place, a.n_groups, a.incomplete,
        case when a.refused is null then m.estimate end as estimate,
        case when a.refused is null then nullif(m.se, 0) end as se,
        m.se_scale, m.ci_method, s.group_id is not null as is_simulated,
        s.ci_lower as simulated_lower, s.ci_upper as simulated_upper,
        case when a.refused is not null or m.estimate is null then 'refused' else m.status end as status,
        coalesce(a.refused, m.reason, case when m.group_id is null then 'the subgroups cannot be placed on a rank' end) as reason
    from measure.applicable a
    left join measured m on m.group_id = a.group_id and m.measure = a.measure
    left join measure.simulated s on s.group_id = a.group_id and s.measure = a.measure
),
bounded as (
    select
        group_id, measure, place, n_groups, incomplete, estimate, se, se_scale, ci_method, is_simulated, status, reason,
        case
            when estimate is null then null
            when ci_method = 'simulation' then case when simulated_lower <= estimate then simulated_lower else 0 * simulated_lower end
            when se_scale = 'log' then exp(ln(nullif(greatest(estimate, 0e0), 0)) - interval_z() * se)
            else estimate - interval_z() * se
        end as ci_lower,
        case
            when estimate is null then null
            when ci_method = 'simulation' then case when simulated_upper < estimate then estimate else simulated_upper end
            when se_scale = 'log' then exp(ln(nullif(greatest(estimate, 0e0), 0)) + interval_z() * se)
            else estimate + interval_z() * se
        end as ci_upper,
        case
            when estimate < simulated_lower
                then 'chance is most of the spread: the simulated interval lay above the estimate, and begins at zero'
            when estimate > simulated_upper then 'the simulated interval lay below the estimate, and ends at it'
        end as moved
    from joined
)
select
    group_id, measure, place, estimate,
    case when ci_lower is not null then se end as se,
    case when ci_lower is not null and se is not null then se_scale end as se_scale,
    ci_lower, ci_upper,
    case when ci_lower is null then 'none' else ci_method end as ci_method,
    n_groups,
    coalesce(status, case when moved is not null then 'flagged' when incomplete then 'incomplete' else 'ok' end) as status,
    case
        when status = 'refused' then reason
        when reason is null and ci_lower is null and ci_method = 'simulation' and is_simulated
            then 'no interval: not every draw of it is a number'
        when reason is null and ci_lower is null and not incomplete then 'no interval: a standard error is missing'
        when not incomplete then coalesce(reason, moved)
        else coalesce(reason || '; ', moved || '; ', '') || 'a subgroup without an estimate is left out'
    end as reason
from bounded
