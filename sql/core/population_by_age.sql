-- Persons by municipality, year, one-year age (100 = 100 and older) and sex. Two bases that are never mixed:
-- 31 December, and the month of the election.
with landed as (
    select municipality, age, sex_label, year, value, status, 'december' as basis
    from source.scb_population
    union all
    select municipality, age, sex_label, year, value, status, 'election_month' as basis
    from source.scb_population_election_month
)

select
    coalesce(a.area_code, concat('unknown area ', l.municipality)) as area_code,
    l.year,
    l.basis,
    coalesce(s.code, concat('unknown label ', l.sex_label)) as sex,
    l.age,
    l.value as persons,
    case
        when l.value is not null then 'observed'
        else coalesce(m.status, concat('unknown symbol ', l.status))
    end as status,
    case when l.value is null then m.status_reason end as status_reason
from landed as l
left join core.area as a on l.municipality = a.area_code
left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = l.sex_label
left join source.missing_symbols as m on m.source = 'scb' and m.symbol = l.status
