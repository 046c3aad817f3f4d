-- The indicators that the deprivation index is made of, and the near variants of its parts: a gradient of these over the
-- index would show the index itself. Low economic standard and low income in any form (the first part), low education and
-- its opposite, high education (the second), and unemployment in any form (the third). Told by the indicator's name, so
-- that a new variant is caught by itself. Employment, assistance and tenure are other things and are not held back.
select
    indicator_id,
    case
        when indicator_id like '%education%' then 'low education is part of the deprivation index'
        when indicator_id like '%unemploy%' then 'unemployment is part of the deprivation index'
        else 'low economic standard is part of the deprivation index'
    end as reason
from mart.indicator
where indicator_id like '%low_economic_standard%' or indicator_id like '%low_income_standard%'
    or indicator_id like '%low_income%' or indicator_id like 'low_education%' or indicator_id like 'high_education%'
    or indicator_id like '%unemploy%'
