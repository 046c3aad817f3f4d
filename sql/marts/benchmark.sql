-- Each area's latest figure against the nation, its county, similar municipalities (three families) and the rest of its SKR
-- group in the same period; one row per indicator, area, comparator, dimension, group and sex that the area has any row
-- of in the indicator's last four years, also where nothing can be said, with the reason.
-- The whole population against all six; women, men and each social group (of both sexes) against the nation, the county
-- and similar_overall, the same group there. No crosses.
-- difference = value - comparator_value, in the indicator's unit. The value of a set of municipalities is their mean
-- weighted by persons, the figure of all those people taken together, as the nation's and the county's are; at least half
-- of the set must have a figure of the same survey. se of the difference: sqrt(s^2 (1 - 2 w) + c^2) against an area that
-- holds the place, w the place's share of its persons, since the place is part of what it is compared with:
-- var(a - n) = var(a) - 2 cov(a, n) + var(n), and cov(a, n) = w var(a); sqrt(s^2 + c^2) against a set of others, and
-- where the persons are not known (w = 0, which makes the interval too wide, never too narrow).
-- Against the nation an error that was learned from movements about the nation's level (learned) is that of the difference,
-- and takes no other.
-- position: above or below where the 95 % interval leaves out no difference; not_assessable where either lacks a standard
-- error. judgement is its meaning by the indicator's polarity; with a target, who lies nearer to it, the difference of
-- the two distances having the same se (but 1 + 2 w where they lie on opposite sides of it).
-- p_value: two-sided, of no difference. q_value: the least share of false ones at which this difference is still counted, by
-- Benjamini & Hochberg (1995, JRSS B 57, pp. 289-300) over all rows of an area and comparator: position and judgement are
-- this row's own and do not turn because another indicator was added; verdict is what lists, counts and headlines take: the
-- same, but only where q_value <= 0.05 (position where the indicator has no better end).
-- difference_in_spread: the difference in standard deviations of the municipalities' figures: certain is not large. small:
-- below half of one; the words for what is certain and small are their own on screen, page and paper.
-- chance_kind: by which chance the place's figure may differ.
-- reason: no_recent_figure; not_compared (the catalogue says that places cannot be compared); other_survey (the place's
-- figure comes from another survey than the comparator's); no_comparator_figure; no_standard_error, or why none could be learned
-- (too_few_periods, error_not_proven, few_seats ... of mart.chance).
with framed as (
    select
        v.indicator_id, v.area_code, v.area_level, v.dimension, v.group_code, v.sex,
        max(case when v.status = 'observed' and coalesce(v.reliability, '') <> 'coarse_rounding'
            and extract(month from v.period_end) = l.month then v.year end) as year,
        bool_or(coalesce(v.reliability = 'coarse_rounding', false)) as coarse
    from mart.indicator_value v
    join measure.last_year l on l.indicator_id = v.indicator_id
    join mart.indicator i on i.indicator_id = v.indicator_id
    where v.year > l.year - 4 and v.provenance <> 'synthetic' and position('+' in v.dimension) = 0
        and (v.dimension = 'sex' or v.sex = 'total') and i.family in ('share', 'rate', 'mean', 'ratio')
        and v.area_code <> '00'
    group by v.indicator_id, v.area_code, v.area_level, v.dimension, v.group_code, v.sex
),
place as (
    select
        r.indicator_id, r.area_code, r.area_level, r.dimension, r.group_code, r.sex, r.year, r.coarse, f.period, f.value,
        f.se, f.chance_kind, coalesce(f.learned, false) as learned, f.weight, coalesce(f.other_survey, false) as other_survey,
        x.indicator_id is not null as not_compared
    from framed r
    left join measure.benchmark_figure f
        on f.indicator_id = r.indicator_id and f.area_code = r.area_code and f.dimension = r.dimension
        and f.group_code = r.group_code and f.sex = r.sex and f.year = r.year and f.basis = 'figure'
    left join catalogue.not_compared x
        on x.indicator_id = r.indicator_id and x.dimension = 'municipality' and r.year <= coalesce(x.until_year, 9999)
),
other as (
    select
        p.indicator_id, p.area_code, p.dimension, p.group_code, p.sex, m.comparator,
        count(m.member_area_code) as n_members,
        count(f.value) as n,
        sum(f.areas) as areas,
        count(case when f.basis <> 'figure' then 1 end) as n_means,
        case when count(f.weight) = count(f.value) and sum(f.weight) > 0 then sum(f.value * f.weight) / sum(f.weight)
            else avg(f.value) end as value,
        case
            when count(f.se) < count(f.value) then null
            when count(f.weight) = count(f.value) and sum(f.weight) > 0
                then sqrt(sum(f.se * f.se * f.weight * f.weight)) / sum(f.weight)
            else sqrt(sum(f.se * f.se)) / count(f.value)
        end as se,
        case when count(f.weight) = count(f.value) and sum(f.weight) > 0 then sum(f.weight) end as weight,
        max(f.basis) as basis
    from place p
    join measure.comparator_member m on m.area_code = p.area_code
    left join measure.benchmark_figure f
        on f.indicator_id = p.indicator_id and f.area_code = m.member_area_code and f.dimension = p.dimension
        and f.group_code = p.group_code and f.sex = p.sex and f.year = p.year and f.other_survey = p.other_survey
    where p.dimension = 'total' or m.comparator in ('nation', 'county', 'similar_overall')
    group by p.indicator_id, p.area_code, p.dimension, p.group_code, p.sex, m.comparator
),
compared as (
    select
        p.*, o.comparator, i.polarity, i.target_value,
        o.comparator in ('nation', 'county') as holds,
        case when o.n > 0 and 2 * o.n >= o.n_members and not p.not_compared then o.value end as comparator_value,
        o.se as comparator_se, o.weight as comparator_weight, o.basis, cast(coalesce(o.areas, 0) as integer) as areas,
        o.weight is not null as weighted,
        case when p.se is null and p.area_level = 'municipality' or o.comparator not in ('nation', 'county')
            then n.reason else n.county_reason end as no_error_reason
    from place p
    join other o
        on o.indicator_id = p.indicator_id and o.area_code = p.area_code and o.dimension = p.dimension
        and o.group_code = p.group_code and o.sex = p.sex
    join mart.indicator i on i.indicator_id = p.indicator_id
    left join chance.fit n
        on n.indicator_id = p.indicator_id and n.series = case p.sex when 'total' then 'total' else 'sex' end
        and p.dimension in ('total', 'sex')
),
spread as (
    select indicator_id, dimension, group_code, sex, year, stddev_pop(value) as sd
    from measure.benchmark_figure
    where area_level = 'municipality' and not other_survey
    group by indicator_id, dimension, group_code, sex, year
),
differed as (
    select
        c.*, value - comparator_value as difference,
        case
            when not holds or weight is null or coalesce(comparator_weight, 0) <= 0 then 0e0
            when weight > comparator_weight then 1e0
            else weight / comparator_weight
        end as part,
        goodness(polarity, value, target_value) - goodness(polarity, comparator_value, target_value) as advantage,
        has_target(polarity) and (value - target_value) * (comparator_value - target_value) < 0 as opposite
    from compared c
),
measured as (
    select
        d.*,
        case
            when learned and comparator = 'nation' then se
            when se is not null and comparator_se is not null
            then sqrt(greatest(se * se * (1 - 2 * part) + comparator_se * comparator_se, 0e0)) end as difference_se,
        case
            when learned and comparator = 'nation' then se
            when se is not null and comparator_se is not null
            then sqrt(greatest(se * se * (case when opposite then 1 + 2 * part else 1 - 2 * part end)
                + comparator_se * comparator_se, 0e0)) end as advantage_se
    from differed d
),
tested as (
    select
        m.*, concat(area_code, ' ', comparator) as family,
        case when difference is not null and difference_se > 0 then normal_tail(difference / difference_se) end as p_value
    from measured m
),
corrected as (
    select *
    from with_q_value('tested')
)
select
    c.indicator_id, c.area_code, c.comparator, c.dimension, c.group_code, c.sex, c.period, c.value, comparator_value,
    case
        when comparator_value is null then null
        when holds then basis
        when weighted then 'weighted_mean'
        else 'unweighted_mean'
    end as comparator_basis,
    case when comparator_value is null then 0 else areas end as comparator_areas,
    difference,
    case when difference is not null then difference_se end as difference_se,
    difference - z975() * difference_se as difference_lower,
    difference + z975() * difference_se as difference_upper,
    p_value,
    q_value,
    difference / nullif(s.sd, 0) as difference_in_spread,
    abs(difference / nullif(s.sd, 0)) < 0.5e0 as small,
    case when value is not null then chance_kind end as chance_kind,
    case certain_side(difference - z975() * difference_se, difference + z975() * difference_se, 0)
        when 1 then 'above'
        when -1 then 'below'
        when 0 then 'no_certain_difference'
        else 'not_assessable'
    end as position,
    case when has_better_end(polarity) then
        case certain_side(advantage - z975() * advantage_se, advantage + z975() * advantage_se, 0)
            when 1 then 'better'
            when -1 then 'worse'
            when 0 then 'no_certain_difference'
            else 'not_assessable'
        end
    end as judgement,
    case
        when not_compared then 'not_compared'
        when value is null and coarse then 'coarse_rounding'
        when value is null then 'no_recent_figure'
        when comparator_value is null and other_survey then 'other_survey'
        when comparator_value is null then 'no_comparator_figure'
        when difference_se is null then coalesce(no_error_reason, 'no_standard_error')
    end as reason,
    case
        when difference is null or difference_se is null then 'not_assessable'
        when q_value > 0.05 then 'no_certain_difference'
        when not has_better_end(polarity) then case when difference > 0 then 'above' else 'below' end
        else case certain_side(advantage - z975() * advantage_se, advantage + z975() * advantage_se, 0)
            when 1 then 'better'
            when -1 then 'worse'
            else 'no_certain_difference'
        end
    end as verdict
from corrected c
left join spread s
    on s.indicator_id = c.indicator_id and s.dimension = c.dimension and s.group_code = c.group_code and s.sex = c.sex
    and s.year = c.year
