-- Tables that are known to exist for parts of municipalities (SCB's RegSO and DeSO) and of which nothing is fetched.
-- areas: how many there were in the division of 2018.
select area_level, areas, indicator_id, published_as, first_year, last_year
from source.below_municipality
