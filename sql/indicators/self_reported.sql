-- What municipalities and regions report about themselves, on the forms of docs/intake.md: work-integrating social
-- enterprises and those who work or train there, reserved procurement, idea-driven public partnerships (IOP), and
-- equity in health in governing documents (a goal, a measure of it, somebody responsible: one point each, 0-3).
-- The share of procurements is 100 * (reserved + with social conditions) / advertised, per cent; interval: Wilson
-- (1927), se: binomial, none where all or nothing is counted, where it would claim certainty. Counts and points
-- are complete counts and have no interval.
-- The frame: every municipality and county (a county stands for its region) in every year from the first to the last
-- that anybody has reported; where nobody has, the last year with a figure at Kolada. Who has not reported is missing,
-- never zero. No sum over areas is made: who reports is nobody's sample.
with answer as (
    select
        form,
        area_code,
        year,
        case form
            when 'social_enterprises' then 'work_integrating_social_enterprises'
            when 'reserved_procurement' then 'reserved_procurement_share'
            when 'partnerships' then 'iop_agreements'
            when 'governing_documents' then 'health_equity_in_governing_documents'
        end as indicator_id,
        sum(case when item <> 'notices' and item <> 'participants' then amount end) as counted,
        sum(case when item = 'notices' then amount end) as notices
    from core.self_reported
    group by form, area_code, year
    union all
    select form, area_code, year, 'asf_participants', amount, cast(null as double)
    from core.self_reported
    where item = 'participants'
),

form as (
    select 'work_integrating_social_enterprises' as indicator_id, 'intake_social_enterprises' as source_ids
    union all
    select 'asf_participants', 'intake_social_enterprises'
    union all
    select 'reserved_procurement_share', 'intake_reserved_procurement'
    union all
    select 'iop_agreements', 'intake_partnerships'
    union all
    select 'health_equity_in_governing_documents', 'intake_governing_documents'
),

known_year as (
    select distinct year from core.kolada_value where value is not null
    union
    select distinct year from answer
),

span as (
    select
        f.indicator_id,
        f.source_ids,
        coalesce(min(a.year), (select max(k.year) from core.kolada_value as k where k.value is not null)) as first_year,
        coalesce(max(a.year), (select max(k.year) from core.kolada_value as k where k.value is not null)) as last_year
    from form as f
    left join answer as a on f.indicator_id = a.indicator_id
    group by f.indicator_id, f.source_ids
),

frame as (
    select
        s.indicator_id,
        s.source_ids,
        p.area_code,
        y.year
    from span as s
    inner join known_year as y on y.year between s.first_year and s.last_year
    inner join core.area as p on p.area_level in ('municipality', 'county')
),

placed as (
    select
        f.*,
        a.counted,
        a.notices,
        a.indicator_id is not null as is_reported,
        f.indicator_id = 'reserved_procurement_share' as is_share,
        a.indicator_id is not null and (f.indicator_id <> 'reserved_procurement_share' or a.notices > 0) as is_known
    from frame as f
    left join answer as a on f.indicator_id = a.indicator_id and f.area_code = a.area_code and f.year = a.year
)

select
    indicator_id,
    area_code,
    cast(year as varchar) as period,
    'total' as dimension,
    'total' as group_code,
    'total' as sex,
    case when is_known and is_share then 100 * counted / notices when is_known then counted end as value,
    case when is_known and is_share then counted end as numerator,
    case when is_known and is_share then notices end as denominator,
    case when is_known and is_share then 100 * binomial_se(counted, notices) end as se,
    case when is_known and is_share then 100 * wilson_lower(counted, notices) end as ci_lower,
    case when is_known and is_share then 100 * wilson_upper(counted, notices) end as ci_upper,
    case when is_known and is_share then 'wilson' end as ci_method,
    case when is_known then 'observed' when is_reported then 'not_applicable' else 'missing' end as status,
    case
        when is_known then cast(null as varchar)
        when is_reported then 'zero_denominator'
        else 'not_reported'
    end as status_reason,
    'self_reported' as provenance,
    cast(null as varchar) as reliability,
    source_ids
from placed
