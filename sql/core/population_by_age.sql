-- Persons by municipality, year, one-year age (100 = 100 and older) and sex. Two bases that are never mixed:
-- 31 December, and the month of the election.
-- A municipality, or a cell of one, that the table holds for others but not for it is missing: absent_at_source.
with both_bases as (
    select municipality, age, sex_label, year, value, status, 'december' as basis
    from source.scb_population
    union all
    select municipality, age, sex_label, year, value, status, 'election_month' as basis
    from source.scb_population_election_month
),

place as (
    select area_code
    from core.area
    where area_level = 'municipality'
),

cell as (
    select distinct basis, year, sex_label, age
    from both_bases
)

select
    known_area(a.area_code, l.municipality) as area_code,
    l.year,
    l.basis,
    known_code(s.code, l.sex_label) as sex,
    l.age,
    l.value as persons,
    landed_status(l.value, l.is_absent, m.status, l.symbol) as status,
    landed_reason(l.value, l.is_absent, m.status_reason) as status_reason
from every_cell('both_bases', 'cell', 'place') as l
left join core.area as a on l.municipality = a.area_code
left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = l.sex_label
left join source.missing_symbols as m on m.source = 'scb' and m.symbol = l.symbol
