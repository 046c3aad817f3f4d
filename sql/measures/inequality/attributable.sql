-- Population attributable risk (par) and fraction (paf): what the whole population's figure would change by if everyone
-- had the reference subgroup's: par = reference - mean, on the indicator's scale; paf = 100 par / mean, in per cent.
-- Reference: the most advantaged subgroup (ordered), the best (not ordered; several equally good count as one). So paf
-- and par are above zero where more is better and below zero where it is worse; of the other sign they are set to 0 and
-- flagged. Not for fewer than three subgroups. WHO (2013), Handbook, and the HEAT technical notes.
-- se of the fraction F: Walter (1976), Biometrics 32, pp. 829-849, and (1978), Int J Epidemiol 7, pp. 181-182, for a
-- population sampled whole: sqrt(c n (a d (n - c) + b c^2) / ((a + c)^3 (c + d)^3)), with c, d the reference's persons
-- with and without the outcome and a, b the others'. par: se = F's times the mean; paf: times 100. It counts persons,
-- so it is made only where the population is the figure's own denominator.
with summed as (
    select
        s.group_id,
        max(case when is_end then s.y end) as y_reference,
        sum(case when is_end then s.population end) as n_reference
    from (
        select b.group_id, b.w, b.y, b.population,
            case when b.ordered then b.subgroup_order = g.last_place else b.y = b.y_best end as is_end
        from measure.subgroup b
        join measure.group_state g on g.group_id = b.group_id
        where b.k > 2 and b.favourable is not null and b.w is not null
    ) s
    group by s.group_id
),
table2 as (
    select
        s.group_id, s.y_reference, g.mean, g.favourable, g.order_refused, g.lost_last,
        case when g.population_is_denominator then g.scale end as scale,
        g.population as n,
        s.n_reference * s.y_reference / g.scale as c,
        s.n_reference * (1 - s.y_reference / g.scale) as d,
        g.population * g.mean / g.scale - s.n_reference * s.y_reference / g.scale as a,
        g.population - s.n_reference - (g.population * g.mean / g.scale - s.n_reference * s.y_reference / g.scale) as b
    from summed s
    join measure.group_state g on g.group_id = s.group_id
),
fraction as (
    select
        group_id, y_reference - mean as par, mean,
        case
            when scale is not null and c > 0 and mean > 0 then nullif(sqrt(greatest(
                c * n * (a * d * (n - c) + b * c * c)
                    / ((a + c) * (a + c) * (a + c) * (c + d) * (c + d) * (c + d)), 0e0)), 0)
        end as se,
        case
            when order_refused is not null then order_refused
            when lost_last then 'the most advantaged subgroup has no estimate'
        end as refused,
        case when favourable then y_reference < mean else y_reference > mean end and abs(y_reference - mean) > 1e-12 * abs(mean)
            as wrong_sign,
        case
            when scale is null then 'no interval: the population is not the denominator of a share or a rate'
            when not c > 0 then 'no interval: the reference subgroup has no cases'
            when not b > 0 and (not a > 0 or not d > 0) then 'no interval: the counts leave nothing to chance'
        end as without_se
    from table2
)
select
    group_id, 'par' as measure,
    case when refused is null then case when wrong_sign then 0e0 else par end end as estimate,
    case when refused is null and not wrong_sign then mean * se end as se,
    'estimate' as se_scale, 'normal, Walter' as ci_method,
    case when refused is not null then 'refused' when wrong_sign then 'flagged' end as status,
    case
        when refused is not null then refused
        when wrong_sign then 'the reference subgroup is worse off than the mean: set to zero'
        else without_se
    end as reason
from fraction
union all
select
    group_id, 'paf',
    case when refused is null and mean > 0 then case when wrong_sign then 0e0 else 100 * par / mean end end,
    case when refused is null and mean > 0 and not wrong_sign then 100 * se end,
    'estimate', 'normal, Walter',
    case when refused is not null or mean <= 0 then 'refused' when wrong_sign then 'flagged' end,
    case
        when refused is not null then refused
        when mean = 0 then 'the mean is zero'
        when mean < 0 then 'a fraction needs a mean above zero'
        when wrong_sign then 'the reference subgroup is worse off than the mean: set to zero'
        else without_se
    end
from fraction
