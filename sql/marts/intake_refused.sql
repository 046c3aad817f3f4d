-- Rows and files of the inbox that were not loaded, each with the reason: those that do not hold in themselves, and
-- goals that lie on the wrong side of the figure they were set for.
select file, line, form, sentence_sv, sentence_en
from core.intake_refused
