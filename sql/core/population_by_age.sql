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
    select area_code as municipality
    from core.area
    where area_level = 'municipality'
    union
    select municipality
    from both_bases
),

cell as (
    select distinct basis, year, sex_label, age
    from both_bases
),

landed as (
    select
        p.municipality,
        c.year,
        c.basis,
        c.sex_label,
        c.age,
        b.value,
        b.status as symbol,
        b.municipality is null as is_absent
    from place as p
    cross join cell as c
    left join both_bases as b
        on
            p.municipality = b.municipality
            and c.basis = b.basis
            and c.year = b.year
            and c.sex_label = b.sex_label
            and c.age = b.age
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
        when l.is_absent then 'missing'
        else coalesce(m.status, concat('unknown symbol ', l.symbol))
    end as status,
    case when l.is_absent then 'absent_at_source' when l.value is null then m.status_reason end as status_reason
from landed as l
left join core.area as a on l.municipality = a.area_code
left join source.code_map as s on s.source = 'scb' and s.variable = 'sex' and s.label = l.sex_label
left join source.missing_symbols as m on m.source = 'scb' and m.symbol = l.symbol
