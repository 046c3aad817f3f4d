-- The slope index (sii) and relative index of inequality (rii): the fitted share or rate at the top of the population's
-- mid-point rank against the bottom, sii = (p(1) - p(0)) scale, rii = p(1) / p(0). Shares by logistic regression, rates
-- by Poisson with a log link. Mackenbach & Kunst (1997), Soc Sci Med 44, pp. 757-771; WHO (2013), Handbook.
-- Errors: the fit is where sum w x (y - p) = 0, so a subgroup's standard error s moves it by inverse(H) w x s, and where
-- every subgroup has one the covariance is inverse(H) sum(w^2 s^2 x x') inverse(H); the scatter about the line is the same
-- with the residuals squared for s^2 (HC1; MacKinnon & White 1985; factor k / (k - 2)). Both by the delta method, rii's on
-- the log scale; the larger counts and names the method, the scatter alone where errors are missing. See linear.sql.
-- Where no maximum exists (the cases are separated from the others by a cut in the order), or the fit has not
-- settled, the straight line is given instead and the row is flagged; means have no other form than the line. More than
-- two subgroups, ordered. Where all figures are equal the line is flat, and the straight one's error is the model's.
with sandwich as (
    select
        group_id, max(family) as family, max(a) as a, max(b) as b, max(k) as k, count(s) = count(*) as has_se,
        sum(w * v) as h00, sum(w * v * t) as h01, sum(w * v * t * t) as h11,
        sum(w * w * e * e) as m00, sum(w * w * e * e * t) as m01, sum(w * w * e * e * t * t) as m11,
        sum(w * w * s * s) as s00, sum(w * w * s * s * t) as s01, sum(w * w * s * s * t * t) as s11
    from (
        select group_id, family, w, s, t, k, a, b, y - p as e, link_variance(family, p) as v
        from (
            select q.group_id, q.family, q.w, q.s / q.scale as s, q.rank - 0.5 as t, q.k, n.a, n.b, q.y / q.scale as y,
                link_mean(q.family, n.a + n.b * (q.rank - 0.5)) as p
            from measure.subgroup q
            join measure.newton_far n on n.group_id = q.group_id
            where n.last_step <= 1e-6
        )
    )
    group by group_id
),
bent as (
    select group_id, k, p0, p1, h00 / d as h00, h01 / d as h01, h11 / d as h11, k / (k - 2e0) as factor,
        m00, m01, m11, has_se, s00, s01, s11,
        -- derivatives of p(1) - p(0) and of ln p(1) - ln p(0) by a and b
        v1 - v0 as g0, (v1 + v0) / 2 as g1, v1 / p1 - v0 / p0 as l0, (v1 / p1 + v0 / p0) / 2 as l1
    from (
        select *, link_mean(family, a - b / 2) as p0, link_mean(family, a + b / 2) as p1,
            link_variance(family, link_mean(family, a - b / 2)) as v0, link_variance(family, link_mean(family, a + b / 2)) as v1,
            h00 * h11 - h01 * h01 as d
        from sandwich
    )
    where d > 0
),
slope as (
    -- a gradient g through inverse(H) is (h11 g0 - h01 g1, h00 g1 - h01 g0) / d: what a subgroup's w e and w e t are taken by
    select group_id, k, p0, p1,
        sqrt(greatest(factor * line_variance(h11 * g0 - h01 * g1, h00 * g1 - h01 * g0, m00, m01, m11), 0e0)) as sii_scatter,
        sqrt(greatest(factor * line_variance(h11 * l0 - h01 * l1, h00 * l1 - h01 * l0, m00, m01, m11), 0e0)) as rii_scatter,
        case when has_se
            then sqrt(greatest(line_variance(h11 * g0 - h01 * g1, h00 * g1 - h01 * g0, s00, s01, s11), 0e0)) end as sii_groups,
        case when has_se
            then sqrt(greatest(line_variance(h11 * l0 - h01 * l1, h00 * l1 - h01 * l0, s00, s01, s11), 0e0)) end as rii_groups
    from bent
),
straight as (
    -- the line, for those that need it
    select l.group_id,
        max(case measure when 'sii_linear' then estimate end) as sii, max(case measure when 'sii_linear' then se end) as sii_se,
        max(case measure when 'sii_linear' then ci_method end) as sii_method,
        max(case measure when 'sii_linear' then reason end) as sii_reason,
        max(case measure when 'rii_linear' then estimate end) as rii, max(case measure when 'rii_linear' then se end) as rii_se,
        max(case measure when 'rii_linear' then ci_method end) as rii_method,
        max(case measure when 'rii_linear' then status end) as rii_status,
        max(case measure when 'rii_linear' then reason end) as rii_reason
    from measure.linear l
    left join slope s on s.group_id = l.group_id
    where l.measure in ('sii_linear', 'rii_linear') and s.group_id is null
    group by l.group_id
),
whole as (
    select
        r.group_id, g.family, g.scale, g.mean, s.k, s.p0, s.p1, t.sii, t.sii_se, t.sii_method, t.sii_reason, t.rii, t.rii_se, t.rii_method,
        t.rii_status, t.rii_reason, s.sii_scatter, s.sii_groups, s.rii_scatter, s.rii_groups,
        s.group_id is not null as settled, g.y_min = g.y_max as flat,
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
    case when settled then scale * larger_error(sii_scatter, sii_groups, 1e-9 * greatest(p0, p1)) else sii_se end as se,
    'estimate' as se_scale,
    case
        when settled and sii_groups > 0 and sii_groups >= sii_scatter then groups_method('estimate')
        when settled then 'normal, HC1'
        when flat then sii_method
        else sii_method || ', linear'
    end as ci_method,
    case when not flat and not settled and family <> 'mean' then 'flagged' end as status,
    case
        when settled then scatter_only(sii_groups, k)
        when flat then sii_reason
        else why_linear || coalesce('; ' || sii_reason, '')
    end as reason
from whole
union all
select
    group_id, 'rii',
    case when mean = 0 then null when flat then 1e0 when settled then p1 / p0 else rii end,
    case when mean = 0 then null when settled then larger_error(rii_scatter, rii_groups, 1e-9) else rii_se end,
    'log',
    case
        when settled and rii_groups > 0 and rii_groups >= rii_scatter then groups_method('log')
        when settled then 'log normal, HC1'
        when flat then rii_method
        else rii_method || ', linear'
    end,
    case
        when mean = 0 then 'refused'
        when not flat and not settled then coalesce(rii_status, case when family <> 'mean' then 'flagged' end)
    end,
    case
        when mean = 0 then 'the mean is zero'
        when settled then scatter_only(rii_groups, k)
        when flat then rii_reason
        else why_linear || coalesce('; ' || rii_reason, '')
    end
from whole
