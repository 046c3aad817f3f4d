-- Life expectancy at birth from deaths and person-years by age, with interval: the nation, a year at a time, by sex.
select
    area_code,
    period,
    sex,
    person_years,
    deaths,
    life_expectancy,
    se,
    ci_lower,
    ci_upper,
    status,
    reason
from measure.life_expectancy
