-- For each later source and key figure: how many cells it has in common with the earlier figures, in how many of them
-- the two are the same, and whether its later years are taken. A source that continues a series is taken only where it
-- has cells in common with it and equals it in every one (within the tolerance, for rounding); one that differs
-- anywhere is another series, and none of its figures stand in a row with the earlier ones.
-- Residents of municipalities have no year in common with Kolada's here; their sum is held against the nation's
-- residents of the same year, from the nation's table by age, which equals Kolada's in every year that both have.
with nation as (
    select year, sum(value) as value
    from source.scb_nation_deaths
    where contents = 'population'
    group by year
),

earlier as (
    select kpi_id, area_code, year, sex, value
    from core.kolada_value
    where value is not null and not other_survey
    union all
    select 'N01951' as kpi_id, '00' as area_code, n.year, 'total' as sex, n.value
    from nation as n
    left join core.kolada_value as k
        on k.kpi_id = 'N01951' and k.area_code = '00' and k.sex = 'total' and n.year = k.year and k.value is not null
    where k.year is null
),

compared as (
    select
        l.source_id,
        l.kpi_id,
        max(l.rule) as rule,
        max(l.tolerance) as tolerance,
        count(e.value) as cells,
        sum(case when abs(l.value - e.value) <= l.tolerance + 0.000001 then 1 else 0 end) as same_cells,
        max(abs(l.value - e.value)) as largest_difference
    from core.later_value as l
    left join earlier as e
        on l.kpi_id = e.kpi_id and l.area_code = e.area_code and l.year = e.year and l.sex = e.sex
    where l.value is not null
    group by l.source_id, l.kpi_id
)

select
    c.source_id,
    c.kpi_id,
    c.rule,
    c.tolerance,
    c.cells,
    cast(c.same_cells as bigint) as same_cells,
    c.largest_difference,
    c.rule <> 'continues' or (c.cells > 0 and c.cells = c.same_cells) as taken,
    s.reason_sv
from compared as c
inner join source.later_sources as s on c.source_id = s.table_id and c.kpi_id = s.kpi_id
