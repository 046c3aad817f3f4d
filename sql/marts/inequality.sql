-- Every inequality measure of the release, one row per indicator, area, period, dimension, stratum, sex and measure.
-- worse_when says in which direction the measure speaks of more inequality: 'above_zero' and 'above_one' the higher the
-- worse, 'below_zero' and 'below_one' the lower the worse; null where the indicator has no better end. For ordered
-- groups the stated side means that the disadvantaged are worse off, the other side that they are better off.
-- certain: yes or no, whether the subgroups differ beyond chance at 5 %; not_assessable where no interval can be had.
-- Measures with a direction are judged by their own interval. Those that are never below zero by construction (the
-- highest against the lowest of more than two, and all measures of spread) would always seem to differ, so they are
-- judged by Cochran's Q against the chi-square on k - 1 degrees of freedom instead.
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
            when e.estimate is null then 'not_assessable'
            when e.measure in ('sii', 'rii', 'sii_linear', 'rii_linear', 'aci', 'rci', 'par', 'paf')
                or (e.measure in ('d', 'r') and (g.ordered or g.n_reference = 1 or g.n = 2)) then case
                    when e.ci_lower is null then 'not_assessable'
                    when e.measure in ('r', 'rii', 'rii_linear') and (e.ci_lower > 1 or e.ci_upper < 1) then 'yes'
                    when e.measure not in ('r', 'rii', 'rii_linear') and (e.ci_lower > 0 or e.ci_upper < 0) then 'yes'
                    else 'no'
                end
            when g.q is null then 'not_assessable'
            when g.q > chi_square_95(g.n - 1) then 'yes'
            else 'no'
        end as certain,
        e.status, e.reason,
        case when c.synthetic then 'synthetic' else 'computed' end as provenance,
        c.index_year
    from measure.estimate e
    join measure.comparison c on c.group_id = e.group_id
    join measure.group_state g on g.group_id = e.group_id
    where c.dimension <> 'deprivation_quintile' or e.measure in ('sii', 'rii', 'paf')
)
select
    indicator_id, area_code, period, dimension, stratum, sex, measure, estimate, se, se_scale, ci_lower, ci_upper, ci_method,
    n_groups, worse_when, certain, status,
    case
        when dimension = 'deprivation_quintile' then 'between areas, not between persons; deprivation in '
            || cast(index_year as varchar) || coalesce('; ' || reason, '')
        else reason
    end as reason,
    provenance
from judged
