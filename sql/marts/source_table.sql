-- Source tables as released, with the landing that this release was made from.
select
    s.table_id,
    s.publisher,
    s.published_as,
    s.title_sv,
    s.licence,
    s.citation,
    s.url,
    s.confidentiality,
    s.restricted,
    s.cadence,
    s.order_form,
    s.order_dimensions,
    l.landing,
    l.retrieved,
    l.sha256,
    l.rows,
    l.rows_older,
    l.oldest_retrieved,
    l.freshness
from catalogue.source_table as s
left join catalogue.landing as l on s.table_id = l.table_id
