-- The list of wanted measurements, each with the indicator that answers it or the reason why none does. One that has no
-- source but what municipalities and regions report themselves has figures as soon as somebody has reported.
with reported as (
    select distinct indicator_id
    from mart.indicator_value
    where provenance = 'self_reported' and value is not null
)

select
    c.catalogue_row_id,
    c.title_sv,
    c.title_en,
    c.recommendation,
    c.determinant_area,
    c.role,
    c.core_indicator,
    c.polarity,
    c.target_value,
    c.definition_sv,
    c.limits_sv,
    c.indicator_id,
    c.split,
    case when r.indicator_id is not null then 'with_figures' else c.state end as state,
    case
        when r.indicator_id is not null then 'Lämnas av kommuner och regioner själva, på ett formulär.'
        else c.reason_sv
    end as reason_sv,
    case when r.indicator_id is null then c.missing_sv end as missing_sv
from catalogue.catalogue_row as c
left join reported as r on c.indicator_id = r.indicator_id
