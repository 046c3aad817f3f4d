-- The indicators that the deprivation index is made of, and the near variants of its parts: a gradient of these over
-- the index would show the index itself. Low economic standard and low income in any form, children's too (the first
-- part), low education and its opposite, high education (the second), and unemployment in any form (the third). Told by
-- the indicator's name, so that a new variant is caught by itself; two that bear such a name speak of something else,
-- the schooling of newly arrived refugees and why assistance is paid, and are not held back. Nor are employment,
-- assistance and median incomes, which are related but other things.
select
    indicator_id,
    case
        when indicator_id like '%education%' then 'education is part of the deprivation index'
        when indicator_id like '%unemploy%' then 'unemployment is part of the deprivation index'
        else 'low economic standard is part of the deprivation index'
    end as reason
from mart.indicator
where indicator_id not in ('refugees_low_education', 'refugees_high_education', 'social_assistance_reason_unemployed')
    and (
        indicator_id like '%low_economic_standard%' or indicator_id like '%low_income%' or indicator_id like '%child_poverty%'
        or indicator_id like '%low_education%' or indicator_id like '%high_education%'
        or indicator_id like '%post_secondary_education%' or indicator_id like '%unemploy%'
    )
