-- What municipalities and regions have reported about themselves (the forms of docs/intake.md), one number a row.
select 'social_enterprises' as form, area_code, year, 'enterprises' as item, cast(enterprises as double) as amount
from source.intake_social_enterprises
union all
select 'social_enterprises', area_code, year, 'participants', cast(participants as double)
from source.intake_social_enterprises
union all
select 'reserved_procurement', area_code, year, 'notices', cast(notices as double)
from source.intake_reserved_procurement
union all
select 'reserved_procurement', area_code, year, 'reserved', cast(reserved as double)
from source.intake_reserved_procurement
union all
select 'reserved_procurement', area_code, year, 'social_clauses', cast(social_clauses as double)
from source.intake_reserved_procurement
union all
select 'partnerships', area_code, year, 'agreements', cast(agreements as double)
from source.intake_partnerships
union all
select 'governing_documents', area_code, year, 'goal', cast(goal as double)
from source.intake_governing_documents
union all
select 'governing_documents', area_code, year, 'indicator', cast(indicator as double)
from source.intake_governing_documents
union all
select 'governing_documents', area_code, year, 'responsible', cast(responsible as double)
from source.intake_governing_documents
