-- European Standard Population 2013 (Eurostat, "Revision of the European Standard Population", 2013), 100,000 in all.
select
    cast(regexp_extract(age_group, '^([0-9]+)', 1) as integer) as age_lower,
    case
        when age_group like '%+' then cast(null as integer)
        else cast(regexp_extract(age_group, '-([0-9]+)$', 1) as integer)
    end as age_upper,
    cast(esp2013 as double) as standard_persons
from source.standard_population
