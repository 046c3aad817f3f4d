-- Turnout in the election to the Riksdag, per cent of those eligible, by education or age and by sex.
-- SCB publishes eligible voters and turnout in whole per cent, so voters = eligible * per cent / 100 is an estimate.
-- Interval: Wilson (1927) on the estimated voters, widened by half a percentage point on each side for the rounding.
-- Standard error: binomial, plus the variance 1/12 of a figure rounded to a whole percentage point.
-- Counties and the nation are sums over municipalities. Where a municipality has no figure the sum is missing, unless
-- those with figures hold at least 99 per cent of the residents 18 and older (then reliability says partial_coverage);
-- the sum is then over those with both figures, never eligible voters of one whose turnout is not known.
with adult as (
    select
        area_code,
        year,
        case when count(persons) = count(*) then sum(persons) end as persons
    from core.population_by_age
    where basis = 'election_month' and age >= 18
    group by area_code, year
),

municipal as (
    select
        t.area_code,
        t.year,
        t.dimension,
        t.group_code,
        t.sex,
        case when t.turnout_percent is not null then t.eligible end as eligible,
        t.eligible * t.turnout_percent / 100 as voters,
        t.status,
        t.status_reason,
        p.persons
    from core.riksdag_turnout as t
    left join adult as p on t.area_code = p.area_code and t.year = p.year
),

placed as (
    select m.*, w.within_area_code as place
    from municipal as m
    inner join core.area_within as w on m.area_code = w.area_code
),

summed as (
    select
        place as area_code,
        year,
        case when dimension = 'total' and sex <> 'total' then 'sex' else dimension end as dimension,
        case when dimension = 'total' then sex else group_code end as group_code,
        sex,
        sum(eligible) as eligible,
        sum(voters) as voters,
        count(*) as areas,
        count(voters) as areas_with_figures,
        case
            when count(persons) = count(*)
                then sum(case when voters is not null then persons end) / nullif(sum(persons), 0)
        end as covered,
        max(case when voters is null then status end) as status,
        max(status_reason) as status_reason
    from placed
    group by place, year, dimension, group_code, sex
),

judged as (
    select
        *,
        coalesce(areas_with_figures = areas or (areas_with_figures > 0 and areas > 1 and covered >= 0.99), false)
            as is_covered
    from summed
),

known as (
    select *, is_covered and eligible > 0 as is_known
    from judged
)

select
    'riksdag_turnout' as indicator_id,
    area_code,
    cast(year as varchar) as period,
    dimension,
    group_code,
    sex,
    case when is_known then 100 * voters / eligible end as value,
    case when is_known then voters end as numerator,
    case when is_known then eligible end as denominator,
    case when is_known then sqrt(10000 * (voters / eligible) * (1 - voters / eligible) / eligible + 1.0 / 12) end as se,
    case when is_known then greatest(0, 100 * wilson_lower(voters, eligible) - 0.5) end as ci_lower,
    case when is_known then least(100, 100 * wilson_upper(voters, eligible) + 0.5) end as ci_upper,
    case when is_known then 'wilson_widened_for_rounding' end as ci_method,
    case
        when is_known then 'observed'
        when is_covered then 'not_applicable'
        when areas = 1 then status
        else 'missing'
    end as status,
    case
        when is_known then cast(null as varchar)
        when is_covered then 'no_population'
        when areas = 1 then status_reason
        else 'incomplete_group'
    end as status_reason,
    'estimated' as provenance,
    case when is_known and areas_with_figures < areas then 'partial_coverage' end as reliability,
    case when dimension = 'age' then 'scb_turnout_by_age' else 'scb_turnout_by_education' end as source_ids
from known
