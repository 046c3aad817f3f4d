-- Graduates some years after graduation, by home municipality at graduation and programme (SCB, ordered delivery), as
-- delivered, a row a workplace municipality. group_code is the programme's group in social_groups.yaml, matched by its code
-- or Swedish label; null where it is none, total for all programmes together. Graduates whose home municipality is not
-- known, or told of only in all, belong to no area and are left out.
with delivered as (
    select
        *,
        coalesce(
            graduates_status, employed_status, established_status, studying_status, unemployed_status, other_status
        ) as symbol
    from source.raks_graduates
)

select
    known_area(a.area_code, d.home_municipality) as area_code,
    case
        when substr(d.followup_years, 1, 4) = substr(d.followup_years, 6, 4) then substr(d.followup_years, 1, 4)
        else replace(d.followup_years, '-', '/')
    end as period,
    cast(substr(d.followup_years, 6, 4) as integer) as year,
    d.exam_years,
    d.years_since,
    d.programme,
    d.work_municipality,
    case when d.programme = 'total' then 'total' else g.group_code end as group_code,
    d.employed,
    d.established,
    d.studying,
    d.unemployed,
    d.other,
    d.graduates,
    case
        when m.symbol is not null then m.status
        when d.symbol is null then 'observed'
        else concat('unknown symbol ', d.symbol)
    end as status,
    m.status_reason,
    'computed' as provenance,
    'raks_graduates' as source_ids
from delivered as d
left join core.area as a on d.home_municipality = a.area_code
left join core.social_group as g
    on g.dimension = 'programme' and lower(d.programme) in (g.group_code, lower(g.label_sv))
left join source.missing_symbols as m on m.source = 'delivery' and m.symbol = d.symbol
where d.home_municipality not in ('none', 'total')
