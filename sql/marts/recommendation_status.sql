-- Where each recommendation stands in each area: how many of its indicators are better, worse, improving, worsening, how
-- many of its gaps narrow or widen, how many cannot be told, and what is not measured. Counts of unlike things side by
-- side, never their mean. year: the last year with figures in the release.
-- A sign counts where it survives the number of tests (verdict, change_verdict: q <= 0.05), and a fact once: of an indicator and
-- its twin (same_fact_as), the one that can be judged, first the former. tests: levels against the nation, changes and gaps
-- that could be judged; signs: of them certain; signs_by_chance: how many of so many tests would be certain by their own 95 %
-- interval if nothing had happened anywhere.
-- better_nation ... : the whole population's latest figure against the nation and against similar municipalities (overall),
-- from mart.benchmark. improving ... and the gaps: from mart.trend, ten years, or five where ten cannot be judged; gaps
-- of both sexes together, between women and men, and over fifths of deprivation, but not between ages, which are not a
-- social condition. own_targets and national_targets: from mart.target. cells: rows of indicator_value, and how many of
-- them are hidden by our own disclosure control.
-- level_summary and gap_summary: concern, something bad and nothing good; mixed, both; not_assessable, nothing bad, but
-- fewer than half could be judged; favourable, something good and nothing bad; no_certain_sign, judged but nothing
-- certain. Bad is worse than the nation or worsening, or a gap that widens by either measure. summary is the worse of the
-- two in the order concern, mixed, not_assessable, no_certain_sign, favourable: a widening gap is never hidden by good
-- levels, nor is what cannot be seen taken for good. See docs/follow-up.md.
with status_year as (
    select max(year) as year
    from mart.indicator_value
    where status = 'observed' and provenance <> 'synthetic'
),
wanted as (
    select
        w.recommendation, a.area_code,
        count(*) as wanted,
        count(case when c.measured or w.indicator_id is null and w.state = 'with_figures' then 1 end)
            as wanted_with_figures,
        count(case when w.state = 'not_fetched' then 1 end) as wanted_not_fetched,
        count(case when w.state = 'must_be_ordered' then 1 end) as wanted_must_be_ordered,
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
level as (
    select *
    from (
        select
            i.recommendation, b.area_code, b.indicator_id, b.comparator, b.verdict,
            row_number() over (
                partition by coalesce(i.same_fact_as, b.indicator_id), b.area_code, b.comparator
                order by case when b.verdict = 'not_assessable' then 1 else 0 end,
                    case when i.same_fact_as is null then 0 else 1 end, b.indicator_id
            ) as choice
        from mart.benchmark b
        join mart.indicator i on i.indicator_id = b.indicator_id
        where b.dimension = 'total' and b.comparator in ('nation', 'similar_overall') and b.judgement is not null
    )
    where choice = 1
),
compared as (
    select
        b.recommendation, b.area_code,
        count(case when b.comparator = 'nation' and b.verdict = 'better' then 1 end) as better_nation,
        count(case when b.comparator = 'nation' and b.verdict = 'worse' then 1 end) as worse_nation,
        count(case when b.comparator = 'nation' and b.verdict = 'no_certain_difference' then 1 end)
            as no_certain_difference_nation,
        count(case when b.comparator = 'nation' and b.verdict = 'not_assessable' then 1 end) as not_assessable_nation,
        count(case when b.comparator = 'similar_overall' and b.verdict = 'better' then 1 end) as better_similar,
        count(case when b.comparator = 'similar_overall' and b.verdict = 'worse' then 1 end) as worse_similar,
        count(case when b.comparator = 'similar_overall' and b.verdict = 'no_certain_difference' then 1 end)
            as no_certain_difference_similar,
        count(case when b.comparator = 'similar_overall' and b.verdict = 'not_assessable' then 1 end)
            as not_assessable_similar
    from level b
    group by b.recommendation, b.area_code
),
followed_series as (
    select
        i.recommendation, t.area_code, t.indicator_id,
        case t.measure when 'value' then 'value' when 'd' then 'absolute' when 'sii' then 'absolute' else 'relative' end
            as kind,
        t.measure, t.dimension, max(i.same_fact_as) as same_fact_as,
        coalesce(
            max(case when t.trend_years = 10 and t.change_verdict <> 'not_assessable' then t.change_verdict end),
            max(case when t.trend_years = 5 then t.change_verdict end)
        ) as direction
    from mart.trend t
    join mart.indicator i on i.indicator_id = t.indicator_id
    where t.changed_direction is not null and t.stratum = 'total' and t.sex = 'total' and t.measure <> 'distance'
        and (t.measure <> 'value' or t.dimension = 'total') and t.dimension <> 'age'
    group by i.recommendation, t.area_code, t.indicator_id, t.measure, t.dimension
),
moved as (
    select *
    from (
        select
            f.*,
            row_number() over (
                partition by coalesce(same_fact_as, indicator_id), area_code, measure, dimension
                order by case when coalesce(direction, 'not_assessable') = 'not_assessable' then 1 else 0 end,
                    case when same_fact_as is null then 0 else 1 end, indicator_id
            ) as choice
        from followed_series f
    )
    where choice = 1
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
aimed as (
    select
        i.recommendation, t.area_code,
        count(case when t.origin = 'own' then 1 end) as own_targets,
        count(case when t.origin = 'own' and t.status = 'passed' then 1 end) as own_targets_passed,
        count(case when t.origin = 'own' and t.status = 'on_track' then 1 end) as own_targets_on_track,
        count(case when t.origin = 'own' and t.status = 'on_track' and t.certain = 'yes' then 1 end)
            as own_targets_on_track_certain,
        count(case when t.origin = 'own' and t.status = 'off_track' then 1 end) as own_targets_off_track,
        count(case when t.origin = 'own' and t.status = 'not_assessable' then 1 end) as own_targets_not_assessable,
        count(case when t.origin = 'national' then 1 end) as national_targets,
        count(case when t.origin = 'national' and t.status = 'passed' then 1 end) as national_targets_passed,
        count(case when t.origin = 'national' and t.status = 'on_track' then 1 end) as national_targets_on_track,
        count(case when t.origin = 'national' and t.status = 'on_track' and t.certain = 'yes' then 1 end)
            as national_targets_on_track_certain,
        count(case when t.origin = 'national' and t.status = 'off_track' then 1 end) as national_targets_off_track,
        count(case when t.origin = 'national' and t.status = 'not_assessable' then 1 end) as national_targets_not_assessable
    from mart.target t
    join mart.indicator i on i.indicator_id = t.indicator_id
    group by i.recommendation, t.area_code
),
shown as (
    select
        i.recommendation, v.area_code,
        count(*) as cells, count(case when v.status_reason in ('hidden_here', 'withheld_here') then 1 end) as cells_hidden
    from mart.indicator_value v
    join mart.indicator i on i.indicator_id = v.indicator_id
    where v.provenance <> 'synthetic'
    group by i.recommendation, v.area_code
),
named as (
    -- one list for each measure, since a gap may grow as a ratio and not as a difference; widening_in is both together
    select
        recommendation, area_code,
        string_agg(indicator_id, ', ' order by indicator_id) as widening_in,
        string_agg(case when absolute then indicator_id end, ', ' order by indicator_id) as absolute_widening_in,
        string_agg(case when relative then indicator_id end, ', ' order by indicator_id) as relative_widening_in
    from (
        select recommendation, area_code, indicator_id, bool_or(kind = 'absolute') as absolute,
            bool_or(kind = 'relative') as relative
        from moved
        where direction = 'widening'
        group by recommendation, area_code, indicator_id
    )
    group by recommendation, area_code
),
counted as (
    select
        r.recommendation, a.area_code, y.year,
        coalesce(w.wanted, 0) as wanted, coalesce(w.wanted_with_figures, 0) as wanted_with_figures,
        coalesce(w.wanted_not_fetched, 0) as wanted_not_fetched,
        coalesce(w.wanted_must_be_ordered, 0) as wanted_must_be_ordered, coalesce(w.wanted_no_source, 0) as wanted_no_source,
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
        coalesce(g.own_targets, 0) as own_targets, coalesce(g.own_targets_passed, 0) as own_targets_passed,
        coalesce(g.own_targets_on_track, 0) as own_targets_on_track,
        coalesce(g.own_targets_on_track_certain, 0) as own_targets_on_track_certain,
        coalesce(g.own_targets_off_track, 0) as own_targets_off_track,
        coalesce(g.own_targets_not_assessable, 0) as own_targets_not_assessable,
        coalesce(g.national_targets, 0) as national_targets, coalesce(g.national_targets_passed, 0) as national_targets_passed,
        coalesce(g.national_targets_on_track, 0) as national_targets_on_track,
        coalesce(g.national_targets_on_track_certain, 0) as national_targets_on_track_certain,
        coalesce(g.national_targets_off_track, 0) as national_targets_off_track,
        coalesce(g.national_targets_not_assessable, 0) as national_targets_not_assessable,
        coalesce(h.cells, 0) as cells, coalesce(h.cells_hidden, 0) as cells_hidden,
        c.timeliness_years, n.widening_in, n.absolute_widening_in, n.relative_widening_in
    from mart.recommendation r
    cross join core.area a
    cross join status_year y
    left join wanted w on w.recommendation = r.recommendation and w.area_code = a.area_code
    left join coverage c on c.recommendation = r.recommendation and c.area_code = a.area_code
    left join compared b on b.recommendation = r.recommendation and b.area_code = a.area_code
    left join followed f on f.recommendation = r.recommendation and f.area_code = a.area_code
    left join aimed g on g.recommendation = r.recommendation and g.area_code = a.area_code
    left join shown h on h.recommendation = r.recommendation and h.area_code = a.area_code
    left join named n on n.recommendation = r.recommendation and n.area_code = a.area_code
    where y.year is not null
),
sign as (
    -- one row an indicator's level and one a gap: whether anything good, bad or at all could be said of it
    select
        recommendation, area_code, is_gap, indicator_id, dimension,
        max(case when word in ('better', 'improving', 'narrowing') then 1 else 0 end) as good,
        max(case when word in ('worse', 'worsening', 'widening') then 1 else 0 end) as bad,
        max(case when word <> 'not_assessable' then 1 else 0 end) as judged
    from (
        select recommendation, area_code, false as is_gap, indicator_id, 'total' as dimension, verdict as word
        from level
        where comparator = 'nation'
        union all
        select recommendation, area_code, kind <> 'value', indicator_id, dimension, direction
        from moved
    )
    group by recommendation, area_code, is_gap, indicator_id, dimension
),
tested as (
    select
        recommendation, area_code,
        count(case when word <> 'not_assessable' then 1 end) as tests,
        count(case when word not in ('not_assessable', 'no_certain_difference', 'no_certain_change') then 1 end) as signs
    from (
        select recommendation, area_code, verdict as word from level where comparator = 'nation'
        union all
        select recommendation, area_code, direction from moved
    )
    group by recommendation, area_code
),
summed as (
    select
        recommendation, area_code,
        sum(case when not is_gap then good else 0 end) as good_levels,
        sum(case when not is_gap then bad else 0 end) as bad_levels,
        sum(case when not is_gap then judged else 0 end) as judged_levels,
        count(case when not is_gap then 1 end) as all_levels,
        sum(case when is_gap then good else 0 end) as good_gaps,
        sum(case when is_gap then bad else 0 end) as bad_gaps,
        sum(case when is_gap then judged else 0 end) as judged_gaps,
        count(case when is_gap then 1 end) as all_gaps
    from sign
    group by recommendation, area_code
),
told as (
    select
        c.*,
        follow_up_summary(coalesce(s.good_levels, 0), coalesce(s.bad_levels, 0), coalesce(s.judged_levels, 0),
            coalesce(s.all_levels, 0)) as level_summary,
        follow_up_summary(coalesce(s.good_gaps, 0), coalesce(s.bad_gaps, 0), coalesce(s.judged_gaps, 0),
            coalesce(s.all_gaps, 0)) as gap_summary,
        coalesce(t.tests, 0) as tests, coalesce(t.signs, 0) as signs
    from counted c
    left join tested t on t.recommendation = c.recommendation and t.area_code = c.area_code
    left join summed s on s.recommendation = c.recommendation and s.area_code = c.area_code
)
select
    recommendation, area_code, year,
    cast(wanted as integer) as wanted, cast(wanted_with_figures as integer) as wanted_with_figures,
    cast(wanted_not_fetched as integer) as wanted_not_fetched,
    cast(wanted_must_be_ordered as integer) as wanted_must_be_ordered, cast(wanted_no_source as integer) as wanted_no_source,
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
    cast(own_targets as integer) as own_targets,
    cast(own_targets_passed as integer) as own_targets_passed,
    cast(own_targets_on_track as integer) as own_targets_on_track,
    cast(own_targets_on_track_certain as integer) as own_targets_on_track_certain,
    cast(own_targets_off_track as integer) as own_targets_off_track,
    cast(own_targets_not_assessable as integer) as own_targets_not_assessable,
    cast(national_targets as integer) as national_targets,
    cast(national_targets_passed as integer) as national_targets_passed,
    cast(national_targets_on_track as integer) as national_targets_on_track,
    cast(national_targets_on_track_certain as integer) as national_targets_on_track_certain,
    cast(national_targets_off_track as integer) as national_targets_off_track,
    cast(national_targets_not_assessable as integer) as national_targets_not_assessable,
    cells, cells_hidden,
    timeliness_years, level_summary, gap_summary,
    case
        when level_summary = 'concern' or gap_summary = 'concern' then 'concern'
        when level_summary = 'mixed' or gap_summary = 'mixed' then 'mixed'
        when level_summary = 'not_assessable' or gap_summary = 'not_assessable' then 'not_assessable'
        when level_summary = 'no_certain_sign' or gap_summary = 'no_certain_sign' then 'no_certain_sign'
        else 'favourable'
    end as summary,
    widening_in, absolute_widening_in, relative_widening_in,
    cast(tests as integer) as tests, cast(signs as integer) as signs, 0.05e0 * tests as signs_by_chance
from told
