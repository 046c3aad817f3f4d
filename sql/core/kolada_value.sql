-- Kolada figures in the project's codes: 0000 and 00LL become SCB's 00 and LL, T/K/M become total/women/men.
-- Figures that are plainly false where they are published (data/reference/known_faults.csv, each with how one can tell)
-- are taken out with the reason false_at_source, for as long as the source holds that very figure: once it has another,
-- that one counts. other_survey: the figure comes from another survey than in the rest of the country
-- (data/reference/other_surveys.csv): a single year, ages 18-84; its figures alone have more than one decimal.
with translated as (
    select
        v.kpi as kpi_id,
        case when v.municipality like '00%' then substr(v.municipality, 3, 2) else v.municipality end as code,
        v.year,
        v.gender,
        v.value,
        v.status as symbol,
        f.kpi is not null as is_false
    from source.kolada_values as v
    left join source.known_faults as f
        on
            v.kpi = f.kpi
            and v.municipality = f.municipality
            and v.year = f.year
            and v.gender = f.gender
            and abs(v.value - f.false_value) < 0.000001
)

select
    t.kpi_id,
    known_area(a.area_code, t.code) as area_code,
    t.year,
    known_code(s.code, t.gender) as sex,
    case when not t.is_false then t.value end as value,
    case when t.is_false then 'missing' else landed_status(t.value, false, m.status, t.symbol) end as status,
    case
        when t.is_false then 'false_at_source'
        when t.value is null then m.status_reason
    end as status_reason,
    coalesce(o.survey is not null and t.value is not null, false) as other_survey
from translated as t
left join core.area as a on t.code = a.area_code
left join source.code_map as s on s.source = 'kolada' and s.variable = 'sex' and s.label = t.gender
left join source.missing_symbols as m on m.source = 'kolada' and m.symbol = t.symbol
left join source.other_surveys as o
    on
        t.kpi_id = o.kpi
        and t.year = o.year
        and a.county_code = o.county_code
        and a.area_level = o.area_level
