-- Source tables as released, with the landing that this release was made from. Of a secret table neither hash nor number
-- of rows: who guesses its content could see from them that the guess is right.
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
    case when s.confidentiality <> 'secret' then l.sha256 end as sha256,
    case when s.confidentiality <> 'secret' then l.rows end as rows,
    case when s.confidentiality <> 'secret' then l.rows_older end as rows_older,
    l.oldest_retrieved,
    l.freshness
from catalogue.source_table as s
left join catalogue.landing as l on s.table_id = l.table_id
