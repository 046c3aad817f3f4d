-- Every figure, distance and gap of the last eleven years of its indicator that a trend may rest on, one row per series and
-- period, and what stands against using it. x: the middle of the period in years from the indicator's last year.
-- y: the value; the distance to the nation (value - the nation's, or the mean of its municipalities weighted by persons); a
-- gap with its sign, so that one that changes sides is seen to: women - men, or d, sii of ordered groups and of two; the
-- natural logarithm of a relative one (r, rii). An indicator with a target: of the distances from it. se on the same scale, of
-- the sex gap learned from its own movements where they could be.
-- wander: the part of a year's movement that stays, so that a level may drift with no trend; level_step: the variance a year
-- by which the nation's own level wanders, which a distance to it does not feel. Null where nobody knows: no slope is then
-- judged.
-- comparable: no break lies in or after the period. other_survey: from another survey than in the rest of the country.
-- turning_point: where better turns to worse, the target value or no gap (null without polarity); better_sign: 1 more is
-- better, -1 less is.
-- Where a source has a figure a month, each year's of the same month as the last one counts: months have seasons.
-- What the catalogue says that women and men cannot be compared by is not followed as a gap either (not_compared, circular_with).
-- Synthetic figures and figures that rounding alone can move (coarse_rounding) are left out. Gaps between municipalities'
-- extremes, and between the extremes of three or more groups without an order, are not followed: another group may be the
-- highest the next year.
with recent as (
    select
        v.*, l.year as last_year, extract(year from v.period_start) as start_year,
        i.target_value, i.polarity,
        coalesce(v.reliability = 'other_survey', false) as other_survey,
        better_sign(i.polarity) as better_sign,
        coalesce(v.ci_method in ('year_to_year', 'year_to_year_upper', 'survey_pooled'), false) as learned,
        case when v.dimension in ('total', 'sex') and f.assessable then f.wander end as wander,
        case when v.dimension in ('total', 'sex') and f.assessable then f.level_step end as level_step,
        f.spacing_years
    from mart.indicator_value v
    join measure.last_year l on l.indicator_id = v.indicator_id
    join mart.indicator i on i.indicator_id = v.indicator_id
    left join chance.fit f
        on f.indicator_id = v.indicator_id and f.series = case v.sex when 'total' then 'total' else 'sex' end
    where v.status = 'observed' and v.provenance <> 'synthetic' and v.year >= l.year - 10
        and extract(month from v.period_end) = l.month and coalesce(v.reliability, '') <> 'coarse_rounding'
        and i.family <> 'ordinal'
),
nation as (
    select
        indicator_id, period, dimension, group_code, sex,
        coalesce(
            max(case when area_level = 'nation' then value end),
            case when count(case when area_level = 'municipality' then weight end) >= 145
                then sum(case when area_level = 'municipality' then value * weight end)
                    / nullif(sum(case when area_level = 'municipality' and value is not null then weight end), 0) end
        ) as value,
        max(case when area_level = 'nation' then se end) as se
    from recent
    where dimension in ('total', 'sex') and not other_survey
    group by indicator_id, period, dimension, group_code, sex
),
both_sexes as (
    select
        w.indicator_id, w.area_code, w.period, w.last_year, w.start_year, w.year, w.comparable and m.comparable as comparable,
        w.other_survey, w.polarity,
        judged_figure(w.polarity, w.value, w.target_value) as women,
        judged_figure(m.polarity, m.value, m.target_value) as men,
        coalesce(e.se, sqrt(w.se * w.se + m.se * m.se)) as se, w.se as women_se, m.se as men_se, e.se as gap_se,
        case when f.assessable then f.wander end as wander,
        case when f.assessable then f.level_step end as level_step,
        f.spacing_years
    from recent w
    join recent m
        on m.indicator_id = w.indicator_id and m.area_code = w.area_code and m.period = w.period
        and m.dimension = 'sex' and m.sex = 'men'
    left join chance.error e
        on e.indicator_id = w.indicator_id and e.area_code = w.area_code and e.period = w.period and e.sex = 'gap'
    left join chance.fit f on f.indicator_id = w.indicator_id and f.series = 'gap'
    left join catalogue.not_compared x
        on x.indicator_id = w.indicator_id and x.dimension = 'sex' and w.year <= coalesce(x.until_year, 9999)
    left join catalogue.circular_with y on y.indicator_id = w.indicator_id and y.dimension = 'sex'
    where w.dimension = 'sex' and w.sex = 'women' and x.indicator_id is null and y.indicator_id is null
),
period_state as (
    select indicator_id, area_code, period, max(last_year) as last_year, max(year) as year, max(start_year) as start_year,
        bool_and(comparable) as comparable, bool_or(other_survey) as other_survey
    from recent
    group by indicator_id, area_code, period
),
gap_state as (
    select indicator_id, period, max(last_year) as last_year, max(year) as year, max(start_year) as start_year,
        bool_and(comparable) as comparable
    from recent
    where not other_survey
    group by indicator_id, period
),
ordered_dimension as (
    select distinct dimension from mart.social_group where ordered
)
select
    indicator_id, area_code, 'value' as measure, dimension, group_code, 'total' as stratum, sex, period,
    last_year, cast(start_year as integer) as start_year, year, (start_year + year) / 2e0 - last_year as x,
    value as y, value as estimate, se, wander, level_step, spacing_years, comparable, other_survey,
    cast(null as integer) as n_groups,
    target_value as turning_point, better_sign
from recent
union all
select
    v.indicator_id, v.area_code, 'distance', v.dimension, v.group_code, 'total', v.sex, v.period,
    v.last_year, cast(v.start_year as integer), v.year, (v.start_year + v.year) / 2e0 - v.last_year,
    v.value - n.value, v.value - n.value, case when v.learned then v.se else sqrt(v.se * v.se + n.se * n.se) end,
    v.wander, case when v.wander is not null then 0e0 end, v.spacing_years, v.comparable, v.other_survey, null,
    null, v.better_sign
from recent v
join nation n
    on n.indicator_id = v.indicator_id and n.period = v.period and n.dimension = v.dimension and n.group_code = v.group_code
    and n.sex = v.sex
where v.area_level <> 'nation' and not v.other_survey and n.value is not null
union all
select
    indicator_id, area_code, 'd', 'sex', null, 'total', 'total', period,
    last_year, cast(start_year as integer), year, (start_year + year) / 2e0 - last_year,
    women - men, women - men, se, wander, level_step, spacing_years, comparable, other_survey, 2,
    case when has_better_end(polarity) then 0e0 end, null
from both_sexes
union all
select
    indicator_id, area_code, 'r', 'sex', null, 'total', 'total', period,
    last_year, cast(start_year as integer), year, (start_year + year) / 2e0 - last_year,
    ln(women / men), women / men, sqrt(log_ratio_variance(women, men, women_se, men_se, gap_se)), wander,
    4 * level_step / ((women + men) * (women + men)),
    spacing_years, comparable, other_survey, 2, case when has_better_end(polarity) then 0e0 end, null
from both_sexes
where women > 0 and men > 0 and not has_target(polarity)
union all
select
    q.indicator_id, q.area_code, q.measure, q.dimension, null, q.stratum, q.sex, q.period,
    s.last_year, cast(s.start_year as integer), s.year, (s.start_year + s.year) / 2e0 - s.last_year,
    case when q.measure in ('r', 'rii') then ln(q.estimate) else q.estimate end, q.estimate,
    case when q.certain <> 'not_assessable' then q.se end, null, null, null, s.comparable, s.other_survey, q.n_groups,
    case when has_better_end(i.polarity) then 0e0 end, null
from mart.inequality q
join mart.indicator i on i.indicator_id = q.indicator_id
join period_state s on s.indicator_id = q.indicator_id and s.area_code = q.area_code and s.period = q.period
left join ordered_dimension o on o.dimension = q.dimension
where q.measure in ('d', 'r') and q.dimension not in ('sex', 'municipality', 'deprivation_quintile')
    and (o.dimension is not null or q.n_groups = 2)
    and q.estimate is not null and (q.measure = 'd' or q.estimate > 0) and q.provenance <> 'synthetic'
union all
select
    q.indicator_id, q.area_code, q.measure, q.dimension, null, q.stratum, q.sex, q.period,
    s.last_year, cast(s.start_year as integer), s.year, (s.start_year + s.year) / 2e0 - s.last_year,
    case when q.measure = 'rii' then ln(q.estimate) else q.estimate end, q.estimate,
    case when q.certain <> 'not_assessable' then q.se end, null, null, null, s.comparable, false, q.n_groups,
    case when has_better_end(i.polarity) then 0e0 end, null
from mart.inequality q
join mart.indicator i on i.indicator_id = q.indicator_id
join gap_state s on s.indicator_id = q.indicator_id and s.period = q.period
where q.measure in ('sii', 'rii') and q.dimension = 'deprivation_quintile'
    and q.estimate is not null and (q.measure = 'sii' or q.estimate > 0) and q.provenance <> 'synthetic'
