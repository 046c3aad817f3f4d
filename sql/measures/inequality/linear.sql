-- Straight lines through the subgroups against the population's mid-point rank (x, 0 = most disadvantaged), weighted by
-- persons: the linear slope and relative index of inequality, sii_linear = b and rii_linear = (a + b) / a, with HC1
-- errors over the subgroups (MacKinnon & White 1985, J Econometrics 29, pp. 305-325; factor k / (k - 2)), the ratio's
-- on the log scale by the delta method; and the absolute and relative concentration index by the convenience regression
-- of 2 var(x) y on x, aci, and rci = aci / mean, with its regression standard error on k - 2 degrees of freedom and z.
-- Wagstaff, Paci & van Doorslaer (1991), Soc Sci Med 33, pp. 545-557; Kakwani, Wagstaff & van Doorslaer (1997), J
-- Econometrics 77, pp. 87-103. Ordered groups, more than two subgroups. The weighted mean of x is 1/2 by construction,
-- so t = x - 1/2 makes the two equations separate: b = sum w t y / sum w t^2, level at the middle = mean.
with line as (
    select group_id, max(mean) as mean, max(k) as k,
        sum(w * (rank - 0.5) * (rank - 0.5)) as var_x,
        sum(w * (rank - 0.5) * y) as cov_xy
    from measure.subgroup
    where k > 2 and rank is not null
    group by group_id
),
residual as (
    select s.group_id,
        sum(s.w * (s.y - l.mean - l.cov_xy / nullif(l.var_x, 0) * (s.rank - 0.5))
            * (s.y - l.mean - l.cov_xy / nullif(l.var_x, 0) * (s.rank - 0.5))) as e2,
        sum(s.w * s.w * (s.y - l.mean - l.cov_xy / nullif(l.var_x, 0) * (s.rank - 0.5))
            * (s.y - l.mean - l.cov_xy / nullif(l.var_x, 0) * (s.rank - 0.5))) as m00,
        sum(s.w * s.w * (s.y - l.mean - l.cov_xy / nullif(l.var_x, 0) * (s.rank - 0.5))
            * (s.y - l.mean - l.cov_xy / nullif(l.var_x, 0) * (s.rank - 0.5)) * (s.rank - 0.5)) as m01,
        sum(s.w * s.w * (s.y - l.mean - l.cov_xy / nullif(l.var_x, 0) * (s.rank - 0.5))
            * (s.y - l.mean - l.cov_xy / nullif(l.var_x, 0) * (s.rank - 0.5)) * (s.rank - 0.5) * (s.rank - 0.5)) as m11
    from measure.subgroup s
    join line l on l.group_id = s.group_id
    where s.rank is not null
    group by s.group_id
),
fitted as (
    select
        l.group_id, l.mean, l.k, l.var_x,
        l.cov_xy / l.var_x as slope,
        l.mean - l.cov_xy / l.var_x / 2 as at_bottom,
        l.mean + l.cov_xy / l.var_x / 2 as at_top,
        -- sandwich of (level at the middle, slope); the weights sum to one, so the bread is (1, 1 / var_x)
        r.m00 * l.k / (l.k - 2) as v00,
        r.m01 / l.var_x * l.k / (l.k - 2) as v01,
        r.m11 / (l.var_x * l.var_x) * l.k / (l.k - 2) as v11,
        sqrt(r.e2 / (l.k - 2) / l.var_x) as slope_se
    from line l
    join residual r on r.group_id = l.group_id
    where l.var_x > 0
)
select group_id, 'sii_linear' as measure, slope as estimate, sqrt(v11) as se, 'estimate' as se_scale,
    'normal, HC1' as ci_method, cast(null as varchar) as status, cast(null as varchar) as reason
from fitted
union all
select group_id, 'rii_linear',
    case when mean <> 0 and at_bottom > 0 and at_top > 0 then case when slope = 0 then 1e0 else at_top / at_bottom end end,
    -- ln(top / bottom) with top = m + b/2 and bottom = m - b/2: its derivatives by m and b are taken as g0 and g1
    case when at_bottom > 0 and at_top > 0 then sqrt(greatest(
        (1 / at_top - 1 / at_bottom) * (1 / at_top - 1 / at_bottom) * v00
        + (1 / at_top - 1 / at_bottom) * (1 / at_top + 1 / at_bottom) * v01
        + (1 / at_top + 1 / at_bottom) * (1 / at_top + 1 / at_bottom) / 4 * v11, 0e0)) end,
    'log', 'log normal, HC1',
    case when mean = 0 or at_bottom <= 0 or at_top <= 0 then 'refused' end,
    case
        when mean = 0 then 'the mean is zero'
        when at_bottom = 0 then 'the line is zero at the disadvantaged end'
        when at_bottom < 0 or at_top <= 0 then 'the line falls below zero at one end, so the ratio has no meaning'
    end
from fitted
union all
select group_id, 'aci', 2 * var_x * slope, 2 * var_x * slope_se, 'estimate', 'normal, regression', null, null
from fitted
union all
select group_id, 'rci', case when mean > 0 then 2 * var_x * slope / mean end,
    case when mean > 0 then 2 * var_x * slope_se / mean end, 'estimate', 'normal, regression',
    case when mean <= 0 then 'refused' end,
    case when mean = 0 then 'the mean is zero' when mean < 0 then 'a relative measure needs a mean above zero' end
from fitted
