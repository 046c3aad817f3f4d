-- Units as released.
select unit, label_sv, label_en, scale, family, decimals
from catalogue.unit
