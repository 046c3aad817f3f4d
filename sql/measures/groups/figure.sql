-- Each released figure as the measures see it, with polarity, scale and weight decided (by the macros of polarity).
-- Polarity: higher_is_better is favourable, lower_is_better is not. target: the figure becomes its distance from the
-- target, |value - target|, where less is better and no upper bound applies. none: favourable is null, so that no
-- measure that needs a better end (reference gaps, attributable fractions) is made and no direction is called worse.
-- Counts and ordinal answers have no distances between groups that mean anything and are left out.
-- Shares and rates keep their scale (100, 1 000 ...), above which no figure can lie. Means and ratios have none (null),
-- nor have rates per person (scale 1: occasions per person), of which there can be more than one, nor shares that may
-- exceed their scale; they are treated as means. A figure that rounding alone can move far (coarse_rounding) is not
-- compared; one from another survey than in the rest of the country (other_survey) is compared within its area and
-- county, not across the nation.
select
    v.indicator_id, v.area_code, v.area_level, v.period, v.year, v.dimension, v.group_code, v.sex,
    coalesce(v.reliability = 'other_survey', false) as other_survey,
    case
        when v.status <> 'observed' or v.reliability = 'coarse_rounding' then null
        else judged_figure(i.polarity, v.value, i.target_value)
    end as estimate,
    cast(case when v.status = 'observed' then v.se end as double) as se,
    cast(v.weight as double) as population,
    coalesce(v.weight = v.denominator, false) as population_is_denominator,
    coalesce(v.provenance = 'synthetic', false) as synthetic,
    judged_favourable(i.polarity) as favourable,
    case when is_bounded(i.polarity, i.family, i.scale, i.may_exceed_scale) then cast(i.scale as double) end as scale,
    case when is_bounded(i.polarity, i.family, i.scale, i.may_exceed_scale) then i.family else 'mean' end as family
from mart.indicator_value v
join mart.indicator i on i.indicator_id = v.indicator_id
where i.family in ('share', 'rate', 'mean', 'ratio')
