-- The public figures that the made-up RAKS delivery is fitted to, per municipality unless area_code says 00, each with
-- the year it speaks of. Persons 20-64 by sex, age and education 2019: SCB's table has 16-24 in one band, so those of
-- 20-24 are its persons less all of 16-19 (who are taken to have compulsory schooling at most), brought to the number
-- of residents 20-24. Kolada: foreign-born of all ages (N02926, per cent), employed in November of all 20-64 (N00914)
-- and of the foreign-born 20-64 (N00713), 16-24 neither working nor studying (N02797). RAKS, the nation 2007: persons
-- 20-64 by main affiliation, the latest year that is published.
with resident as (
    select
        area_code,
        sex,
        sum(case when age between 16 and 19 then persons end) as aged_16_19,
        sum(case when age between 20 and 24 then persons end) as aged_20_24
    from core.population_by_age
    where year = 2019 and basis = 'december' and sex in ('women', 'men')
    group by area_code, sex
),

grouped as (
    select
        area_code,
        sex,
        age_group,
        case when education in ('tertiary_short', 'tertiary_long') then 'tertiary' else education end as education,
        sum(persons) as persons
    from core.education
    where
        year = 2019 and sex in ('women', 'men') and age_group in ('16-24', '25-34', '35-44', '45-54', '55-64')
        and education in ('primary', 'secondary', 'tertiary_short', 'tertiary_long', 'unknown')
    group by
        area_code,
        sex,
        age_group,
        case when education in ('tertiary_short', 'tertiary_long') then 'tertiary' else education end
),

young as (
    select
        g.area_code,
        g.sex,
        g.education,
        r.aged_20_24,
        case
            when g.education = 'primary' then greatest(g.persons - r.aged_16_19, 0.05 * g.persons) else g.persons
        end as persons
    from grouped as g
    inner join resident as r on g.area_code = r.area_code and g.sex = r.sex
    where g.age_group = '16-24'
),

young_total as (
    select area_code, sex, sum(persons) as persons
    from young
    group by area_code, sex
)

select
    'population' as margin,
    area_code,
    sex,
    age_group,
    education,
    'total' as main_affiliation,
    cast(persons as double) as value,
    'persons' as unit,
    2019 as margin_year,
    'scb_education' as source_ids
from grouped
where age_group <> '16-24'
union all
select
    'population' as margin,
    y.area_code,
    y.sex,
    '20-24' as age_group,
    y.education,
    'total' as main_affiliation,
    cast(y.persons * y.aged_20_24 / nullif(t.persons, 0) as double) as value,
    'persons' as unit,
    2019 as margin_year,
    'scb_education, scb_population' as source_ids
from young as y
inner join young_total as t on y.area_code = t.area_code and y.sex = t.sex
union all
select
    case kpi_id
        when 'N02926' then 'foreign_born'
        when 'N00914' then 'employed'
        when 'N00713' then 'employed_foreign_born'
        when 'N02797' then 'neither_working_nor_studying'
    end as margin,
    area_code,
    sex,
    case kpi_id when 'N02926' then 'total' when 'N02797' then '16-24' else '20-64' end as age_group,
    'total' as education,
    'total' as main_affiliation,
    value,
    'percent' as unit,
    year as margin_year,
    'kolada_values' as source_ids
from core.kolada_value
where kpi_id in ('N02926', 'N00914', 'N00713', 'N02797') and year = 2019
union all
select
    'main_affiliation' as margin,
    area_code,
    'total' as sex,
    '20-64' as age_group,
    'total' as education,
    main_affiliation,
    cast(persons as double) as value,
    'persons' as unit,
    year as margin_year,
    'raks_main_affiliation' as source_ids
from core.raks_main_affiliation
where area_code = '00' and year = 2007 and main_affiliation <> 'TOT'
