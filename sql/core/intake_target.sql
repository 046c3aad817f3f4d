-- Goals that municipalities and regions have entered themselves (the form targets of docs/intake.md), row by row as
-- they were checked on the way in. Whether a goal points the right way is known first beside the figures: measure.goal.
select
    indicator_id, area_code, measure, dimension, group_code, sex,
    target_value, target_year, decided_by, decided_on, note, file, line
from source.intake_targets
