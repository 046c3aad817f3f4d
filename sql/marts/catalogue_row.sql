-- The list of wanted measurements, each with the indicator that answers it or the reason why none does.
select
    catalogue_row_id,
    title_sv,
    title_en,
    recommendation,
    determinant_area,
    role,
    core_indicator,
    polarity,
    target_value,
    definition_sv,
    limits_sv,
    indicator_id,
    split,
    state,
    reason_sv,
    missing_sv
from catalogue.catalogue_row
