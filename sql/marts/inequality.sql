-- Every inequality measure of the release, one row per indicator, area, period, dimension, stratum, sex and measure.
-- worse_when says in which direction the measure speaks of more inequality: 'above_zero' and 'above_one' the higher the
-- worse, 'below_zero' and 'below_one' the lower the worse; null where the indicator has no better end. For ordered
-- groups the stated side means that the disadvantaged are worse off, the other side that they are better off.
-- certain: yes or no, whether the subgroups differ beyond chance at 5 %; not_assessable where no interval can be had.
-- A difference or ratio of two stated groups is judged by its own interval. What is never below zero by construction (the
-- highest against the lowest of more than two, all measures of spread, a gap to the best group) would always seem to
-- differ, so it is judged by Cochran's Q against the chi-square on k - 1 degrees of freedom. A slope through a handful of
-- points has an interval even where no figure has one, but that shows how straight the line is, not chance: slopes are
-- judged only where every figure has a standard error, and then by their own interval, which these errors went through.
-- Of a distance from a target only differences mean anything: its ratios and relative spreads are refused.
-- A measure of made-up figures (provenance synthetic) keeps its estimate and is never judged: it says nothing of a place.
-- Between municipalities no measure refers to the best one (par, paf, mdbu, mdbw): among many small places the best is so
-- by chance, and nobody could attain it.
with judged as (
    select
        c.indicator_id, c.area_code, c.period, c.dimension, c.stratum, c.sex, e.measure,
        e.estimate, e.se, e.se_scale, e.ci_lower, e.ci_upper, e.ci_method, e.n_groups,
        case
            when g.favourable is null then null
            when e.measure = 'd' then 'above_zero'
            when e.measure = 'r' then 'above_one'
            when e.measure in ('rii', 'rii_linear') and g.favourable then 'above_one'
            when e.measure in ('rii', 'rii_linear') then 'below_one'
            when e.measure in ('sii', 'sii_linear', 'aci', 'rci', 'par', 'paf') and not g.favourable then 'below_zero'
            else 'above_zero'
        end as worse_when,
        case
            when e.estimate is null or c.synthetic then 'not_assessable'
            when e.measure in ('d', 'r') and (g.ordered or g.n = 2) then case
                when e.ci_lower is null then 'not_assessable'
                when certain_side(e.ci_lower, e.ci_upper, case e.measure when 'r' then 1 else 0 end) <> 0 then 'yes'
                else 'no'
            end
            when g.q is null then 'not_assessable'
            when e.measure in ('rii', 'rii_linear') then case
                when e.ci_lower is null then 'not_assessable'
                when certain_side(e.ci_lower, e.ci_upper, 1) <> 0 then 'yes'
                else 'no'
            end
            when e.measure in ('sii', 'sii_linear', 'aci', 'rci') then case
                when e.ci_lower is null then 'not_assessable'
                when certain_side(e.ci_lower, e.ci_upper, 0) <> 0 then 'yes'
                else 'no'
            end
            when g.q <= chi_square_95(g.n - 1) then 'no'
            when e.measure in ('par', 'paf') and g.ordered then case
                when e.ci_lower is null then 'not_assessable'
                when certain_side(e.ci_lower, e.ci_upper, 0) <> 0 then 'yes'
                else 'no'
            end
            else 'yes'
        end as certain,
        e.status,
        case
            when c.synthetic and e.estimate is not null and e.ci_lower is null and g.has_se then coalesce(
                replace(e.reason, 'a standard error is missing', 'none is simulated for made-up figures') || '; ', '')
                || 'made-up figures are not judged'
            when c.synthetic and e.estimate is not null then coalesce(e.reason || '; ', '') || 'made-up figures are not judged'
            when c.dimension = 'municipality' and e.ci_lower is null and g.has_se
                then replace(e.reason, 'a standard error is missing', 'none is simulated round figures that hold the noise already')
            else e.reason
        end as reason,
        case when c.synthetic then 'synthetic' else 'computed' end as provenance,
        c.index_year
    from measure.estimate e
    join measure.comparison c on c.group_id = e.group_id
    join measure.group_state g on g.group_id = e.group_id
    where (c.dimension <> 'deprivation_quintile' or e.measure in ('sii', 'rii', 'paf'))
        and (c.dimension <> 'municipality' or e.measure not in ('par', 'paf', 'mdbu', 'mdbw'))
),
explained as (
    select
        j.*,
        has_target(i.polarity)
            and j.measure in ('r', 'rii', 'rii_linear', 'rci', 'cov', 'idisu', 'idisw', 'theil', 'mld', 'paf') as meaningless,
        case when has_target(i.polarity) then 'of the distance from the target' || coalesce('; ' || j.reason, '')
            else j.reason end as told
    from judged j
    join mart.indicator i on i.indicator_id = j.indicator_id
),
kept as (
    select
        indicator_id, area_code, period, dimension, stratum, sex, measure,
        case when not meaningless then estimate end as estimate,
        case when not meaningless then se end as se,
        case when not meaningless then se_scale end as se_scale,
        case when not meaningless then ci_lower end as ci_lower,
        case when not meaningless then ci_upper end as ci_upper,
        case when meaningless then 'none' else ci_method end as ci_method,
        n_groups, worse_when,
        case when meaningless then 'not_assessable' else certain end as certain,
        case when meaningless then 'refused' else status end as status,
        case when meaningless and status <> 'refused' then 'of a distance from a target only differences mean anything'
            else told end as told,
        provenance, index_year
    from explained
)
select
    indicator_id, area_code, period, dimension, stratum, sex, measure, estimate, se, se_scale, ci_lower, ci_upper, ci_method,
    n_groups, worse_when, certain, status,
    case
        when dimension = 'deprivation_quintile' then 'between areas, not between persons; deprivation in '
            || cast(index_year as varchar) || coalesce('; ' || told, '')
        else told
    end as reason,
    provenance
from kept
