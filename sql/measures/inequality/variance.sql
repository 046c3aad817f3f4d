-- Between-group variance (bgv), its root (bgsd) and the coefficient of variation (cov); Theil's index and the mean log
-- deviation (mld). Not for fewer than three subgroups. w is a subgroup's share of the population, y its estimate, m the
-- weighted mean, r = y / m with zeros as 1e-6. bgv is in squared units of the indicator, bgsd in its units, cov in per
-- cent of m, theil and mld in thousandths (1 000 times the index).
-- bgv = sum w (y - m)^2; se: Ahn et al. (2018), Public Health Reports 133, pp. 1-9.
-- theil = 1000 sum w r ln r; se by the delta method, 1000 sqrt(sum (1 + ln r - c)^2 w^2 s^2 / m^2), c = sum w r (1 + ln
-- r). mld = -1000 sum w ln r; se 1000 sqrt(sum w^2 s^2 / m^2 (1 - 1/r)^2). WHO (2013), Handbook, and HEAT technical
-- notes. The intervals of bgsd and cov are simulated elsewhere.
-- A subgroup at zero: mld would be set by the 1e-6 and is refused; theil hardly moves by it, but its error would, so it has
-- none and is flagged. Where all are equal the delta method sees no error in theil and mld, and they have no interval.
with summed as (
    select
        group_id,
        sum(w * (y - mean) * (y - mean)) as bgv,
        sum(w * w * s * s * (y - mean) * (y - mean)) as w2s2d2,
        sum(w * w * s * s) as w2s2,
        sum(w * w * w * w * s * s * s * s) as w4s4,
        sum(w * w * (1 - w) * (1 - w) * s * s * s * s) as w2v2s4,
        sum(w * r * ln(r)) as theil,
        sum(w * r * (1 + ln(r))) as c,
        -sum(w * ln(r)) as mld,
        sum(w * w * s * s / (mean * mean) * (1 - 1 / r) * (1 - 1 / r)) as mld_variance
    from measure.subgroup
    where k > 2 and w is not null
    group by group_id
),
theil_variance as (
    select s.group_id,
        sum((1 + ln(s.r) - t.c) * (1 + ln(s.r) - t.c) * s.w * s.w * s.s * s.s / (s.mean * s.mean)) as variance
    from measure.subgroup s
    join summed t on t.group_id = s.group_id
    where s.mean <> 0
    group by s.group_id
),
whole as (
    select s.group_id, s.bgv, s.theil, s.mld, g.mean, g.has_se, g.y_min = 0 and g.y_max > 0 as any_zero, g.y_min = g.y_max as flat,
        4 * s.w2s2d2 + 2 * (s.w2s2 * s.w2s2 - s.w4s4 + s.w2v2s4) as bgv_variance,
        s.mld_variance, t.variance as theil_variance,
        case
            when g.mean = 0 then 'the mean is zero'
            when g.mean < 0 or g.any_negative then 'a relative measure needs figures that are not below zero'
        end as relative_refused
    from summed s
    join measure.group_state g on g.group_id = s.group_id
    left join theil_variance t on t.group_id = s.group_id
)
select group_id, 'bgv' as measure, bgv as estimate,
    case when has_se then sqrt(greatest(bgv_variance, 0e0)) end as se, 'estimate' as se_scale, 'normal, Ahn' as ci_method,
    cast(null as varchar) as status, cast(null as varchar) as reason
from whole
union all
select group_id, 'bgsd', sqrt(bgv), null, 'estimate', 'simulation', null, null
from whole
union all
select group_id, 'cov', case when relative_refused is null then 100 * sqrt(bgv) / mean end, null, 'estimate', 'simulation',
    case when relative_refused is not null then 'refused' end, relative_refused
from whole
union all
select group_id, 'theil', case when relative_refused is null then 1000 * theil end,
    case when relative_refused is null and has_se and not flat and not any_zero then 1000 * sqrt(theil_variance) end,
    'estimate', 'normal, delta',
    case when relative_refused is not null then 'refused' when any_zero then 'flagged' end,
    case
        when relative_refused is not null then relative_refused
        when any_zero then 'no interval: a subgroup''s figure is zero, taken as a millionth of the mean'
        when has_se and flat then 'no interval: the delta method sees no error where all are equal'
    end
from whole
union all
select group_id, 'mld', case when relative_refused is null and not any_zero then 1000 * mld end,
    case when relative_refused is null and has_se and not flat and not any_zero then 1000 * sqrt(mld_variance) end,
    'estimate', 'normal, delta',
    case when relative_refused is not null or any_zero then 'refused' end,
    case
        when relative_refused is not null then relative_refused
        when any_zero then 'a subgroup''s figure is zero, which has no logarithm'
        when has_se and flat then 'no interval: the delta method sees no error where all are equal'
    end
from whole
