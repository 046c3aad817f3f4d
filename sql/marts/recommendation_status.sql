-- Where each recommendation stands in each area: how many of its indicators are better, worse, improving, worsening, how
-- many of its gaps narrow or widen, how many cannot be told, and what is not measured. Counts of unlike things side by
-- side, never their mean. year: the last year with figures in the release.
-- better_nation ... : the whole population's latest figure against the nation and against similar municipalities (overall),
-- from mart.benchmark. improving ... and the gaps: from mart.trend, ten years, or five where ten cannot be judged; gaps
-- of both sexes together, and between women and men.
-- level_summary and gap_summary: favourable, something certain and nothing of it bad; concern, something bad and nothing
-- good; mixed, both; no_certain_sign, judged but nothing certain; not_assessable, nothing could be judged. Bad is worse than
-- the nation or worsening, or a gap that widens by either measure. summary is the worse of the two in the order concern,
-- mixed, not_assessable, no_certain_sign, favourable: a widening gap is never hidden by good levels, nor is what cannot be
-- seen taken for good. See docs/follow-up.md.
with status_year as (
    select max(year) as year
    from mart.indicator_value
    where status = 'observed' and provenance <> 'synthetic'
),
wanted as (
    select
        w.recommendation, a.area_code,
        count(*) as wanted,
        count(case when c.measured then 1 end) as wanted_with_figures,
        count(case when w.state = 'not_fetched' then 1 end) as wanted_not_fetched,
        count(case when w.state = 'no_source' then 1 end) as wanted_no_source
    from mart.catalogue_row w
    cross join core.area a
    left join mart.area_coverage c
        on c.indicator_id = w.indicator_id and c.area_code = a.area_code and c.dimension = 'total'
    group by w.recommendation, a.area_code
),
measured as (
    select
        c.area_code, i.recommendation, c.indicator_id,
        bool_or(c.measured) as measured,
        bool_or(c.measured and c.dimension <> 'total') as has_split,
        min(c.timeliness_years) as timeliness_years
    from mart.area_coverage c
    join mart.indicator i on i.indicator_id = c.indicator_id
    group by c.area_code, i.recommendation, c.indicator_id
),
coverage as (
    select
        recommendation, area_code,
        count(*) as indicators,
        count(case when measured then 1 end) as indicators_measured,
        count(case when has_split then 1 end) as indicators_with_split,
        median(timeliness_years) as timeliness_years
    from measured
    group by recommendation, area_code
),
compared as (
    select
        i.recommendation, b.area_code,
        count(case when b.comparator = 'nation' and b.judgement = 'better' then 1 end) as better_nation,
        count(case when b.comparator = 'nation' and b.judgement = 'worse' then 1 end) as worse_nation,
        count(case when b.comparator = 'nation' and b.judgement = 'no_certain_difference' then 1 end)
            as no_certain_difference_nation,
        count(case when b.comparator = 'nation' and b.judgement = 'not_assessable' then 1 end) as not_assessable_nation,
        count(case when b.comparator = 'similar_overall' and b.judgement = 'better' then 1 end) as better_similar,
        count(case when b.comparator = 'similar_overall' and b.judgement = 'worse' then 1 end) as worse_similar,
        count(case when b.comparator = 'similar_overall' and b.judgement = 'no_certain_difference' then 1 end)
            as no_certain_difference_similar,
        count(case when b.comparator = 'similar_overall' and b.judgement = 'not_assessable' then 1 end)
            as not_assessable_similar
    from mart.benchmark b
    join mart.indicator i on i.indicator_id = b.indicator_id
    where b.dimension = 'total'
    group by i.recommendation, b.area_code
),
moved as (
    select
        i.recommendation, t.area_code, t.indicator_id,
        case t.measure when 'value' then 'value' when 'd' then 'absolute' when 'sii' then 'absolute' else 'relative' end
            as kind,
        t.measure, t.dimension,
        coalesce(
            max(case when t.trend_years = 10 and t.direction <> 'not_assessable' then t.direction end),
            max(case when t.trend_years = 5 then t.direction end)
        ) as direction
    from mart.trend t
    join mart.indicator i on i.indicator_id = t.indicator_id
    where t.direction is not null and t.stratum = 'total' and t.sex = 'total'
        and (t.measure <> 'value' or t.dimension = 'total')
    group by i.recommendation, t.area_code, t.indicator_id, t.measure, t.dimension
),
followed as (
    select
        recommendation, area_code,
        count(case when direction = 'improving' then 1 end) as improving,
        count(case when direction = 'worsening' then 1 end) as worsening,
        count(case when kind = 'value' and direction = 'no_certain_change' then 1 end) as no_certain_change,
        count(case when kind = 'value' and direction = 'not_assessable' then 1 end) as change_not_assessable,
        count(case when kind = 'absolute' and direction = 'narrowing' then 1 end) as absolute_gaps_narrowing,
        count(case when kind = 'absolute' and direction = 'widening' then 1 end) as absolute_gaps_widening,
        count(case when kind = 'absolute' and direction = 'no_certain_change' then 1 end)
            as absolute_gaps_no_certain_change,
        count(case when kind = 'absolute' and direction = 'not_assessable' then 1 end) as absolute_gaps_not_assessable,
        count(case when kind = 'relative' and direction = 'narrowing' then 1 end) as relative_gaps_narrowing,
        count(case when kind = 'relative' and direction = 'widening' then 1 end) as relative_gaps_widening,
        count(case when kind = 'relative' and direction = 'no_certain_change' then 1 end)
            as relative_gaps_no_certain_change,
        count(case when kind = 'relative' and direction = 'not_assessable' then 1 end) as relative_gaps_not_assessable
    from moved
    group by recommendation, area_code
),
named as (
    select recommendation, area_code, string_agg(indicator_id, ', ' order by indicator_id) as widening_in
    from (
        select distinct recommendation, area_code, indicator_id
        from moved
        where direction = 'widening'
    )
    group by recommendation, area_code
),
aimed as (
    select
        i.recommendation, t.area_code, count(*) as targets,
        count(case when t.status = 'passed' then 1 end) as targets_met,
        count(case when t.status = 'on_track' then 1 end) as targets_on_course,
        count(case when t.status = 'off_track' then 1 end) as targets_off_course,
        count(case when t.status = 'not_assessable' then 1 end) as targets_not_assessable
    from mart.target t
    join mart.indicator i on i.indicator_id = t.indicator_id
    group by i.recommendation, t.area_code
),
counted as (
    select
        r.recommendation, a.area_code, y.year,
        coalesce(w.wanted, 0) as wanted, coalesce(w.wanted_with_figures, 0) as wanted_with_figures,
        coalesce(w.wanted_not_fetched, 0) as wanted_not_fetched, coalesce(w.wanted_no_source, 0) as wanted_no_source,
        coalesce(c.indicators, 0) as indicators, coalesce(c.indicators_measured, 0) as indicators_measured,
        coalesce(c.indicators_with_split, 0) as indicators_with_split,
        coalesce(b.better_nation, 0) as better_nation, coalesce(b.worse_nation, 0) as worse_nation,
        coalesce(b.no_certain_difference_nation, 0) as no_certain_difference_nation,
        coalesce(b.not_assessable_nation, 0) as not_assessable_nation,
        coalesce(b.better_similar, 0) as better_similar, coalesce(b.worse_similar, 0) as worse_similar,
        coalesce(b.no_certain_difference_similar, 0) as no_certain_difference_similar,
        coalesce(b.not_assessable_similar, 0) as not_assessable_similar,
        coalesce(f.improving, 0) as improving, coalesce(f.worsening, 0) as worsening,
        coalesce(f.no_certain_change, 0) as no_certain_change,
        coalesce(f.change_not_assessable, 0) as change_not_assessable,
        coalesce(f.absolute_gaps_narrowing, 0) as absolute_gaps_narrowing,
        coalesce(f.absolute_gaps_widening, 0) as absolute_gaps_widening,
        coalesce(f.absolute_gaps_no_certain_change, 0) as absolute_gaps_no_certain_change,
        coalesce(f.absolute_gaps_not_assessable, 0) as absolute_gaps_not_assessable,
        coalesce(f.relative_gaps_narrowing, 0) as relative_gaps_narrowing,
        coalesce(f.relative_gaps_widening, 0) as relative_gaps_widening,
        coalesce(f.relative_gaps_no_certain_change, 0) as relative_gaps_no_certain_change,
        coalesce(f.relative_gaps_not_assessable, 0) as relative_gaps_not_assessable,
        coalesce(g.targets, 0) as targets, coalesce(g.targets_met, 0) as targets_met,
        coalesce(g.targets_on_course, 0) as targets_on_course, coalesce(g.targets_off_course, 0) as targets_off_course,
        coalesce(g.targets_not_assessable, 0) as targets_not_assessable,
        c.timeliness_years, n.widening_in
    from mart.recommendation r
    cross join core.area a
    cross join status_year y
    left join wanted w on w.recommendation = r.recommendation and w.area_code = a.area_code
    left join coverage c on c.recommendation = r.recommendation and c.area_code = a.area_code
    left join compared b on b.recommendation = r.recommendation and b.area_code = a.area_code
    left join followed f on f.recommendation = r.recommendation and f.area_code = a.area_code
    left join aimed g on g.recommendation = r.recommendation and g.area_code = a.area_code
    left join named n on n.recommendation = r.recommendation and n.area_code = a.area_code
    where y.year is not null
),
summed as (
    select
        c.*,
        better_nation + improving as good_levels,
        worse_nation + worsening as bad_levels,
        better_nation + worse_nation + no_certain_difference_nation + improving + worsening + no_certain_change
            as judged_levels,
        absolute_gaps_narrowing + relative_gaps_narrowing as good_gaps,
        absolute_gaps_widening + relative_gaps_widening as bad_gaps,
        absolute_gaps_narrowing + relative_gaps_narrowing + absolute_gaps_widening + relative_gaps_widening
            + absolute_gaps_no_certain_change + relative_gaps_no_certain_change as judged_gaps
    from counted c
),
told as (
    select
        s.*,
        follow_up_summary(good_levels, bad_levels, judged_levels) as level_summary,
        follow_up_summary(good_gaps, bad_gaps, judged_gaps) as gap_summary
    from summed s
)
select
    recommendation, area_code, year,
    cast(wanted as integer) as wanted, cast(wanted_with_figures as integer) as wanted_with_figures,
    cast(wanted_not_fetched as integer) as wanted_not_fetched, cast(wanted_no_source as integer) as wanted_no_source,
    cast(indicators as integer) as indicators, cast(indicators_measured as integer) as indicators_measured,
    cast(indicators_with_split as integer) as indicators_with_split,
    cast(better_nation as integer) as better_nation, cast(worse_nation as integer) as worse_nation,
    cast(no_certain_difference_nation as integer) as no_certain_difference_nation,
    cast(not_assessable_nation as integer) as not_assessable_nation,
    cast(better_similar as integer) as better_similar, cast(worse_similar as integer) as worse_similar,
    cast(no_certain_difference_similar as integer) as no_certain_difference_similar,
    cast(not_assessable_similar as integer) as not_assessable_similar,
    cast(improving as integer) as improving, cast(worsening as integer) as worsening,
    cast(no_certain_change as integer) as no_certain_change, cast(change_not_assessable as integer) as change_not_assessable,
    cast(absolute_gaps_narrowing as integer) as absolute_gaps_narrowing,
    cast(absolute_gaps_widening as integer) as absolute_gaps_widening,
    cast(absolute_gaps_no_certain_change as integer) as absolute_gaps_no_certain_change,
    cast(absolute_gaps_not_assessable as integer) as absolute_gaps_not_assessable,
    cast(relative_gaps_narrowing as integer) as relative_gaps_narrowing,
    cast(relative_gaps_widening as integer) as relative_gaps_widening,
    cast(relative_gaps_no_certain_change as integer) as relative_gaps_no_certain_change,
    cast(relative_gaps_not_assessable as integer) as relative_gaps_not_assessable,
    cast(targets as integer) as targets, cast(targets_met as integer) as targets_met,
    cast(targets_on_course as integer) as targets_on_course, cast(targets_off_course as integer) as targets_off_course,
    cast(targets_not_assessable as integer) as targets_not_assessable,
    timeliness_years, level_summary, gap_summary,
    case
        when level_summary = 'concern' or gap_summary = 'concern' then 'concern'
        when level_summary = 'mixed' or gap_summary = 'mixed' then 'mixed'
        when level_summary = 'not_assessable' or gap_summary = 'not_assessable' then 'not_assessable'
        when level_summary = 'no_certain_sign' or gap_summary = 'no_certain_sign' then 'no_certain_sign'
        else 'favourable'
    end as summary,
    widening_in
from told
