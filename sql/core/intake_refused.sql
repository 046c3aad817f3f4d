-- Rows and files of the inbox that were not loaded, each with the reason.
select file, line, form, sentence_sv, sentence_en
from source.intake_refused
