-- The slope index (sii) and relative index of inequality (rii): the fitted share or rate at the top of the population's
-- mid-point rank against the bottom, sii = (p(1) - p(0)) scale, rii = p(1) / p(0). Shares by logistic regression, rates
-- by Poisson with a log link; errors by the HC1 sandwich over the subgroups (MacKinnon & White 1985; factor k / (k -
-- 2)) and the delta method, rii's on the log scale. Mackenbach & Kunst (1997), Soc Sci Med 44, pp. 757-771; WHO (2013),
-- Handbook. Where no maximum exists (the cases are separated from the others by a cut in the order), or the fit has not
-- settled, the straight line is given instead and the row is flagged; means have no other form than the line. More than
-- two subgroups, ordered.
with sandwich as (
    select
        group_id, max(family) as family, max(a) as a, max(b) as b, max(k) as k,
        sum(w * v) as h00, sum(w * v * t) as h01, sum(w * v * t * t) as h11,
        sum(w * w * e * e) as m00, sum(w * w * e * e * t) as m01, sum(w * w * e * e * t * t) as m11
    from (
        select group_id, family, w, t, k, a, b, y - p as e, link_variance(family, p) as v
        from (
            select q.group_id, q.family, q.w, q.rank - 0.5 as t, q.k, n.a, n.b, q.y / q.scale as y,
                link_mean(q.family, n.a + n.b * (q.rank - 0.5)) as p
            from measure.subgroup q
            join measure.newton_far n on n.group_id = q.group_id
            where n.last_step <= 1e-6
        )
    )
    group by group_id
),
covariance as (
    -- inverse(H) M inverse(H) k / (k - 2), written out for the 2 x 2 case
    select group_id, family, a, b,
        link_mean(family, a - b / 2) as p0, link_mean(family, a + b / 2) as p1,
        (h11 * (h11 * m00 - h01 * m01) - h01 * (h11 * m01 - h01 * m11)) / (d * d) * k / (k - 2) as v00,
        (h00 * (h11 * m01 - h01 * m11) - h01 * (h11 * m00 - h01 * m01)) / (d * d) * k / (k - 2) as v01,
        (h00 * (h00 * m11 - h01 * m01) - h01 * (h00 * m01 - h01 * m00)) / (d * d) * k / (k - 2) as v11
    from (select *, h00 * h11 - h01 * h01 as d from sandwich)
    where d > 0
),
slope as (
    select group_id, p0, p1, v00, v01, v11,
        -- derivatives of p(1) - p(0) and of ln p(1) - ln p(0) by a and b
        link_variance(family, p1) - link_variance(family, p0) as g0,
        (link_variance(family, p1) + link_variance(family, p0)) / 2 as g1,
        link_variance(family, p1) / p1 - link_variance(family, p0) / p0 as l0,
        (link_variance(family, p1) / p1 + link_variance(family, p0) / p0) / 2 as l1
    from covariance
),
straight as (
    -- the line, for those that need it
    select l.group_id,
        max(case measure when 'sii_linear' then estimate end) as sii, max(case measure when 'sii_linear' then se end) as sii_se,
        max(case measure when 'rii_linear' then estimate end) as rii, max(case measure when 'rii_linear' then se end) as rii_se,
        max(case measure when 'rii_linear' then status end) as rii_status,
        max(case measure when 'rii_linear' then reason end) as rii_reason
    from measure.linear l
    left join slope s on s.group_id = l.group_id
    where l.measure in ('sii_linear', 'rii_linear') and s.group_id is null
    group by l.group_id
),
whole as (
    select
        r.group_id, g.family, g.scale, g.mean, s.p0, s.p1, t.sii, t.sii_se, t.rii, t.rii_se, t.rii_status, t.rii_reason,
        s.group_id is not null as settled, g.y_min = g.y_max as flat,
        sqrt(greatest(s.g0 * s.g0 * s.v00 + 2 * s.g0 * s.g1 * s.v01 + s.g1 * s.g1 * s.v11, 0e0)) as slope_se,
        sqrt(greatest(s.l0 * s.l0 * s.v00 + 2 * s.l0 * s.l1 * s.v01 + s.l1 * s.l1 * s.v11, 0e0)) as log_se,
        case g.family when 'mean' then 'linear form: a mean has neither a logistic nor a Poisson model'
            else 'linear form: the cases are separated from the others in the order, or nearly so, and no model fits' end as why_linear
    from (select group_id from measure.linear where measure = 'sii_linear') r
    join measure.group_state g on g.group_id = r.group_id
    left join slope s on s.group_id = r.group_id
    left join straight t on t.group_id = r.group_id
)
select
    group_id, 'sii' as measure,
    case when flat then 0e0 when settled then (p1 - p0) * scale else sii end as estimate,
    case when flat then 0e0 when settled then slope_se * scale else sii_se end as se,
    'estimate' as se_scale,
    case when flat or settled then 'normal, HC1' else 'normal, HC1, linear' end as ci_method,
    case when not flat and not settled and family <> 'mean' then 'flagged' end as status,
    case when not flat and not settled then why_linear end as reason
from whole
union all
select
    group_id, 'rii',
    case when mean = 0 then null when flat then 1e0 when settled then p1 / p0 else rii end,
    case when mean = 0 then null when flat then 0e0 when settled then log_se else rii_se end,
    'log',
    case when flat or settled then 'log normal, HC1' else 'log normal, HC1, linear' end,
    case
        when mean = 0 then 'refused'
        when not flat and not settled then coalesce(rii_status, case when family <> 'mean' then 'flagged' end)
    end,
    case
        when mean = 0 then 'the mean is zero'
        when not flat and not settled then why_linear || coalesce('; ' || rii_reason, '')
    end
from whole
