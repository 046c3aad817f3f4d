-- The points that each series' trend rests on: comparable, of one survey and the same groups, and independent of each
-- other. Figures made of several years overlap when they are published every year; of those the last counts, then the
-- latest that ends before it begins, and so on back, so that no year's persons are counted twice. (Taking from the end
-- the latest that does not overlap keeps as many as can be kept.) Figures of single years are all kept.
with fit as (
    select
        s.series_id, f.period, f.start_year, f.year, f.x, f.y, f.estimate, case when f.se > 0 then f.se end as se,
        f.wander, f.level_step, f.spacing_years
    from measure.trend_series s
    join measure.trend_figure f
        on f.indicator_id = s.indicator_id and f.area_code = s.area_code and f.measure = s.measure
        and f.dimension = s.dimension and f.group_code is not distinct from s.group_code and f.stratum = s.stratum
        and f.sex = s.sex
    where f.comparable and f.other_survey = s.other_survey and f.n_groups is not distinct from s.n_groups
),
pooled as (
    select series_id
    from fit
    group by series_id
    having max(year - start_year) > 0
),
part as (
    select f.series_id, f.start_year, f.year
    from fit f
    join pooled p on p.series_id = f.series_id
),
step_0 as (
    select series_id, start_year, year
    from (select p.*, max(year) over (partition by series_id) as last from part p)
    where year = last
),
step_1 as (select * from figure_before('part', 'step_0')),
step_2 as (select * from figure_before('part', 'step_1')),
step_3 as (select * from figure_before('part', 'step_2')),
step_4 as (select * from figure_before('part', 'step_3')),
step_5 as (select * from figure_before('part', 'step_4')),
kept as (
    select series_id, year from step_0
    union all select series_id, year from step_1
    union all select series_id, year from step_2
    union all select series_id, year from step_3
    union all select series_id, year from step_4
    union all select series_id, year from step_5
)
select f.series_id, f.period, f.year, f.x, f.y, f.estimate, f.se, f.wander, f.level_step, f.spacing_years
from fit f
left join pooled p on p.series_id = f.series_id
left join kept k on k.series_id = f.series_id and k.year = f.year
where p.series_id is null or k.series_id is not null
