-- Straight lines through the subgroups against the population's mid-point rank (x, 0 = most disadvantaged), weighted by
-- persons: the linear slope and relative index of inequality, sii_linear = b and rii_linear = (a + b) / a, and the absolute
-- and relative concentration index by the convenience regression of 2 var(x) y on x, aci, and rci = aci / mean. Wagstaff,
-- Paci & van Doorslaer (1991), Soc Sci Med 33, pp. 545-557; Kakwani, Wagstaff & van Doorslaer (1997), J Econometrics 77,
-- pp. 87-103. Ordered groups, more than two subgroups. The weighted mean of x is 1/2 by construction, so t = x - 1/2 makes
-- the two equations separate: b = sum w t y / sum w t^2, level at the middle = mean.
-- Errors: the level and the slope are weighted sums of the subgroups' figures, so where every subgroup has a standard error
-- s these go through the sums, ratios by the delta method (m: sum of w^2 s^2 times 1, t, t^2). The scatter about the line is
-- the other measure of the same: HC1 over the subgroups (MacKinnon & White 1985, J Econometrics 29, pp. 305-325; factor k /
-- (k - 2)), for aci and rci the regression standard error on k - 2 degrees of freedom. The larger of the two counts and
-- names the method; the scatter alone where errors are missing, since three points often nearly lie on a line.
-- An error below a billionth of the figures is what rounding leaves of none, and null.
with line as (
    select group_id, max(mean) as mean, max(k) as k,
        sum(w * (rank - 0.5) * (rank - 0.5)) as var_x,
        sum(w * (rank - 0.5) * y) as cov_xy,
        max(abs(y)) as size
    from measure.subgroup
    where k > 2 and rank is not null
    group by group_id
),
residual as (
    select group_id, count(s) = count(*) as has_se,
        sum(w * e * e) as e2,
        sum(w * w * e * e) as h00, sum(w * w * e * e * t) as h01, sum(w * w * e * e * t * t) as h11,
        sum(w * w * s * s) as m00, sum(w * w * s * s * t) as m01, sum(w * w * s * s * t * t) as m11
    from (
        select s.group_id, s.w, s.s, s.rank - 0.5 as t,
            s.y - l.mean - l.cov_xy / nullif(l.var_x, 0) * (s.rank - 0.5) as e
        from measure.subgroup s
        join line l on l.group_id = s.group_id
        where s.rank is not null
    )
    group by group_id
),
fitted as (
    select
        l.group_id, l.mean, l.k, l.var_x, r.has_se, 1e-9 * l.size as nothing,
        l.cov_xy / l.var_x as slope,
        l.mean - l.cov_xy / l.var_x / 2 as at_bottom,
        l.mean + l.cov_xy / l.var_x / 2 as at_top,
        -- covariance of (level at the middle, slope); the weights sum to one, so the bread is (1, 1 / var_x)
        r.h00 * l.k / (l.k - 2) as h00,
        r.h01 / l.var_x * l.k / (l.k - 2) as h01,
        r.h11 / (l.var_x * l.var_x) * l.k / (l.k - 2) as h11,
        case when r.has_se then r.m00 end as m00,
        case when r.has_se then r.m01 / l.var_x end as m01,
        case when r.has_se then r.m11 / (l.var_x * l.var_x) end as m11,
        sqrt(r.e2 / (l.k - 2) / l.var_x) as slope_se
    from line l
    join residual r on r.group_id = l.group_id
    where l.var_x > 0
),
erred as (
    select group_id, mean, k, var_x, slope, at_bottom, at_top, nothing,
        sqrt(h11) as sii_scatter, sqrt(m11) as sii_groups,
        -- ln(top / bottom) with top = m + b/2 and bottom = m - b/2: half its derivatives' difference and sum
        case when at_bottom > 0 and at_top > 0
            then sqrt(greatest(line_variance(1 / at_top - 1 / at_bottom, (1 / at_top + 1 / at_bottom) / 2, h00, h01, h11), 0e0))
        end as rii_scatter,
        case when at_bottom > 0 and at_top > 0
            then sqrt(greatest(line_variance(1 / at_top - 1 / at_bottom, (1 / at_top + 1 / at_bottom) / 2, m00, m01, m11), 0e0))
        end as rii_groups,
        2 * var_x * slope_se as aci_scatter, 2 * var_x * sqrt(m11) as aci_groups,
        case when mean > 0 then 2 * var_x * slope_se / mean end as rci_scatter,
        case when mean > 0
            then 2 * var_x / mean * sqrt(greatest(line_variance(-slope / mean, 1e0, m00, m01, m11), 0e0)) end as rci_groups
    from fitted
),
measured as (
    select group_id, k, 'sii_linear' as measure, slope as estimate, sii_scatter as scatter, sii_groups as groups, nothing,
        'estimate' as se_scale, 'normal, HC1' as by_scatter, cast(null as varchar) as status, cast(null as varchar) as reason
    from erred
    union all
    select group_id, k, 'rii_linear',
        case when mean <> 0 and at_bottom > 0 and at_top > 0 then case when slope = 0 then 1e0 else at_top / at_bottom end end,
        rii_scatter, rii_groups, 1e-9, 'log', 'log normal, HC1',
        case when mean = 0 or at_bottom <= 0 or at_top <= 0 then 'refused' end,
        case
            when mean = 0 then 'the mean is zero'
            when at_bottom = 0 then 'the line is zero at the disadvantaged end'
            when at_bottom < 0 or at_top <= 0 then 'the line falls below zero at one end, so the ratio has no meaning'
        end
    from erred
    union all
    select group_id, k, 'aci', 2 * var_x * slope, aci_scatter, aci_groups, nothing, 'estimate', 'normal, regression', null, null
    from erred
    union all
    select group_id, k, 'rci', case when mean > 0 then 2 * var_x * slope / mean end, rci_scatter, rci_groups, 1e-9,
        'estimate', 'normal, regression',
        case when mean <= 0 then 'refused' end,
        case when mean = 0 then 'the mean is zero' when mean < 0 then 'a relative measure needs a mean above zero' end
    from erred
)
select group_id, measure, estimate, larger_error(scatter, groups, nothing) as se, se_scale,
    case when groups > 0 and groups >= scatter then groups_method(se_scale) else by_scatter end as ci_method,
    status, coalesce(reason, case when scatter > nothing then scatter_only(groups, k) end) as reason
from measured
