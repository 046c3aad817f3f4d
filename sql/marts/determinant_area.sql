-- Folkhälsomyndigheten's eight areas as released.
select determinant_area, label_sv, label_en, number
from catalogue.determinant_area
