-- Rows and files of the inbox that were not loaded, each with the reason: those that do not hold in themselves, and
-- goals that are worse than the figure they were decided from.
select file, line, form, sentence_sv, sentence_en
from core.intake_refused
union all
select
    g.file,
    g.line,
    'targets' as form,
    concat(
        g.file, ', rad ', cast(g.line as varchar), ': målet ', replace(cast(round(g.target_value, 2) as varchar), '.', ','),
        ' är sämre än värdet var när det beslutades (', replace(cast(round(g.base_value, 2) as varchar), '.', ','), ', ',
        g.base_period, '); rätta målet eller dess riktning.'
    ) as sentence_sv,
    concat(
        g.file, ', line ', cast(g.line as varchar), ': the goal ', cast(round(g.target_value, 2) as varchar),
        ' is worse than the figure was when it was decided (', cast(round(g.base_value, 2) as varchar), ', ',
        g.base_period, '); correct the goal or its direction.'
    ) as sentence_en
from measure.goal as g
where g.wrong_direction and g.origin = 'own'
