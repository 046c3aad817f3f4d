-- The five recommendations as released.
select recommendation, short_sv, title_sv, title_en
from catalogue.recommendation
