-- Splits of an indicator by what it is made of, of which no comparison is made: the gap would show the split itself. Told
-- by the indicator's name, so that a new variant is caught by itself, for every dimension that could come:
-- education (also its refugees' and parents'), income and income_quintile (income, economic standard, poverty and their spread),
-- country_of_birth (the shares of those born abroad or here, and what is said of one of the two), sex (the balance
-- between women and men), and area_type, SCB's areas by socioeconomic index, which is made of low economic standard,
-- economic assistance or long-term unemployment, and short schooling. Fifths of deprivation: deprivation_circular.
select i.indicator_id, s.dimension, min(s.reason) as reason
from mart.indicator i
join (
    select 'education' as dimension, 'education' as word, 'education is what the indicator counts' as reason
    union all select 'income_quintile', 'income', 'income is what the indicator counts'
    union all select 'income', 'income', 'income is what the indicator counts'
    union all select 'income', 'income', 'income is what the indicator counts'
    union all select 'income_quintile', 'economic_standard', 'income is what the indicator counts'
    union all select 'income', 'economic_standard', 'income is what the indicator counts'
    union all select 'income', 'economic_standard', 'income is what the indicator counts'
    union all select 'income_quintile', 'poverty', 'income is what the indicator counts'
    union all select 'income', 'poverty', 'income is what the indicator counts'
    union all select 'income', 'poverty', 'income is what the indicator counts'
    union all select 'income_quintile', 'gini', 'income is what the indicator counts'
    union all select 'income', 'gini', 'income is what the indicator counts'
    union all select 'income', 'gini', 'income is what the indicator counts'
    union all select 'country_of_birth', 'foreign_born', 'country of birth is what the indicator counts'
    union all select 'country_of_birth', 'refugee', 'the indicator speaks of people born abroad only'
    union all select 'country_of_birth', 'native', 'the indicator speaks of people born in Sweden only'
    union all select 'sex', 'sex_balance', 'the balance between women and men is what the indicator counts'
    union all select 'sex', 'sex_ratio', 'the balance between women and men is what the indicator counts'
    union all select 'sex', 'ratio_women_men', 'the balance between women and men is what the indicator counts'
    union all select 'sex', 'parental_leave_men', 'the balance between women and men is what the indicator counts'
    union all select 'area_type', 'economic_standard', 'low economic standard is part of the area index'
    union all select 'area_type', 'low_income', 'low economic standard is part of the area index'
    union all select 'area_type', 'poverty', 'low economic standard is part of the area index'
    union all select 'area_type', 'social_assistance', 'economic assistance is part of the area index'
    union all select 'area_type', 'unemploy', 'long-term unemployment is part of the area index'
    union all select 'area_type', 'education', 'short schooling is part of the area index'
) s on position(s.word in i.indicator_id) > 0
group by i.indicator_id, s.dimension
