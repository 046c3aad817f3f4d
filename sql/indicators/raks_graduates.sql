-- Graduates one, three, five or seven years after graduation, by home municipality at graduation and programme, per cent:
-- in work, studying, and neither (unemployed or other) of all graduates; established of those in work. Established is
-- a part of employed, so it is no part of the graduates beside the others.
-- Interval: Wilson (1927). se: binomial, none where all or nobody is counted.
-- Where the delivery tells of all programmes, or of all workplaces, together, that row counts, else the rows are summed.
-- A programme that any place has in a period, every place has: nobody graduated from it where no row tells of it.
-- A count that is not told makes every share that rests on it missing. A county or the nation is missing where a
-- municipality of it is not delivered for the period. A programme that is no group in social_groups.yaml counts in the
-- whole alone. Where nothing is delivered so long after graduation, no row is made of it here: see not_fetched.
with flagged as (
    select
        *,
        max(case when work_municipality = 'total' then 1 else 0 end)
            over (partition by area_code, period, years_since, programme) as tells_all_work,
        max(case when programme = 'total' then 1 else 0 end)
            over (partition by area_code, period, years_since) as tells_all_programmes
    from core.raks_graduate
),

told as (
    select *
    from flagged
    where tells_all_work = 0 or work_municipality = 'total'
),

grouped as (
    select
        area_code, period, years_since, 'total' as dimension, 'total' as group_code, employed, established, studying,
        unemployed + other as neither, graduates, status, status_reason
    from told
    where tells_all_programmes = 0 or programme = 'total'
    union all
    select
        area_code, period, years_since, 'programme' as dimension, group_code, employed, established, studying,
        unemployed + other as neither, graduates, status, status_reason
    from told
    where group_code is not null and programme <> 'total'
),

delivered as (
    select distinct area_code, period, years_since
    from core.raks_graduate
),

extent as (
    select w.within_area_code as place, y.period, y.years_since, count(d.area_code) = count(*) as is_whole
    from core.area_within as w
    cross join (select distinct period, years_since from delivered) as y
    left join delivered as d
        on w.area_code = d.area_code and y.period = d.period and y.years_since = d.years_since
    group by w.within_area_code, y.period, y.years_since
    having count(d.area_code) > 0
),

counted as (
    select
        w.within_area_code as place,
        g.period,
        g.years_since,
        g.dimension,
        g.group_code,
        sum(g.employed) as employed,
        sum(g.established) as established,
        sum(g.studying) as studying,
        sum(g.neither) as neither,
        sum(g.graduates) as graduates,
        sum(case when g.employed is null then 1 else 0 end) as untold_employed,
        sum(case when g.established is null then 1 else 0 end) as untold_established,
        sum(case when g.studying is null then 1 else 0 end) as untold_studying,
        sum(case when g.neither is null then 1 else 0 end) as untold_neither,
        sum(case when g.graduates is null then 1 else 0 end) as untold_graduates,
        max(case when g.status <> 'observed' then g.status end) as status,
        max(g.status_reason) as status_reason
    from grouped as g
    inner join core.area_within as w on g.area_code = w.area_code
    group by w.within_area_code, g.period, g.years_since, g.dimension, g.group_code
),

framed as (
    select e.place, e.period, e.years_since, e.is_whole, g.dimension, g.group_code
    from extent as e
    inner join (select distinct period, years_since, dimension, group_code from grouped) as g
        on e.period = g.period and e.years_since = g.years_since
),

sought as (
    select k.kind, y.years_since, concat('raks_graduates_', k.kind, '_', cast(y.years_since as varchar)) as indicator_id
    from (values ('employed'), ('established'), ('studying'), ('neither')) as k(kind)
    cross join (values (1), (3), (5), (7)) as y(years_since)
),

share as (
    select
        s.indicator_id,
        f.place as area_code,
        f.period,
        f.dimension,
        f.group_code,
        'total' as sex,
        f.is_whole,
        c.status,
        c.status_reason,
        'computed' as provenance,
        'raks_graduates' as source_ids,
        coalesce(
            case s.kind
                when 'employed' then c.employed
                when 'established' then c.established
                when 'studying' then c.studying
                else c.neither
            end, 0
        ) as events,
        coalesce(case when s.kind = 'established' then c.employed else c.graduates end, 0) as population,
        coalesce(
            case s.kind
                when 'employed' then c.untold_employed + c.untold_graduates
                when 'established' then c.untold_established + c.untold_employed
                when 'studying' then c.untold_studying + c.untold_graduates
                else c.untold_neither + c.untold_graduates
            end, 0
        ) as untold
    from framed as f
    inner join sought as s on f.years_since = s.years_since
    left join counted as c
        on
            f.place = c.place
            and f.period = c.period
            and f.years_since = c.years_since
            and f.dimension = c.dimension
            and f.group_code = c.group_code
)

select *
from delivered_share('share')
