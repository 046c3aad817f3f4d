-- Every subgroup of every comparison that the released figures allow, with the comparison's key beside it: one row per
-- comparison and subgroup. Subgroups without an estimate are here too, so that nobody is dropped in silence.
with contrast as (
    -- each social split as it stands
    select indicator_id, area_code, period, dimension, 'total' as stratum, sex, group_code as subgroup,
        estimate, se, population, population_is_denominator, synthetic, favourable, scale, family,
        cast(null as integer) as index_year
    from measure.figure
    where dimension not in ('total', 'sex') and position('+' in dimension) = 0
    union all
    -- women against men
    select indicator_id, area_code, period, 'sex', 'total', 'total', group_code,
        estimate, se, population, population_is_denominator, synthetic, favourable, scale, family, null
    from measure.figure
    where dimension = 'sex'
    union all
    -- women against men within each group of another split
    select v.indicator_id, v.area_code, v.period, 'sex',
        case when position('+' in v.dimension) = 0 then v.dimension || '=' || v.group_code
            else split_part(v.dimension, '+', 1) || '=' || split_part(v.group_code, '+', 1) || '+'
                || split_part(v.dimension, '+', 2) || '=' || split_part(v.group_code, '+', 2) end,
        'total', v.sex,
        v.estimate, v.se, v.population, v.population_is_denominator, v.synthetic, v.favourable, v.scale, v.family, null
    from measure.figure v
    where v.dimension not in ('total', 'sex') and v.sex in ('women', 'men')
    union all
    -- a cross, of an indicator that has a better end: its first split within each group of the second; what has none is
    -- described by its figures, and a contrast within a cross would judge nothing
    select v.indicator_id, v.area_code, v.period, split_part(v.dimension, '+', 1),
        split_part(v.dimension, '+', 2) || '=' || split_part(v.group_code, '+', 2), v.sex, split_part(v.group_code, '+', 1),
        v.estimate, v.se, v.population, v.population_is_denominator, v.synthetic, v.favourable, v.scale, v.family, null
    from measure.figure v
    where position('+' in v.dimension) > 0 and v.favourable is not null
    union all
    -- and its second within each group of the first
    select v.indicator_id, v.area_code, v.period, split_part(v.dimension, '+', 2),
        split_part(v.dimension, '+', 1) || '=' || split_part(v.group_code, '+', 1), v.sex, split_part(v.group_code, '+', 2),
        v.estimate, v.se, v.population, v.population_is_denominator, v.synthetic, v.favourable, v.scale, v.family, null
    from measure.figure v
    where position('+' in v.dimension) > 0 and v.favourable is not null
    union all
    -- municipalities as the units of their county
    select v.indicator_id, a.county_code, v.period, 'municipality', 'total', v.sex, v.area_code,
        v.estimate, v.se, v.population, v.population_is_denominator, v.synthetic, v.favourable, v.scale, v.family, null
    from measure.figure v
    join core.area a on a.area_code = v.area_code
    where v.area_level = 'municipality' and v.dimension in ('total', 'sex')
    union all
    -- and of the nation
    select indicator_id, '00', period, 'municipality', 'total', sex, area_code,
        case when not other_survey then estimate end, case when not other_survey then se end, population, population_is_denominator, synthetic, favourable, scale, family, null
    from measure.figure
    where area_level = 'municipality' and dimension in ('total', 'sex')
    union all
    -- municipalities in quintiles of deprivation; between areas, never between persons
    select d.indicator_id, d.area_code, d.period, 'deprivation_quintile', 'total', d.sex,
        'quintile_' || cast(d.quintile as varchar),
        d.estimate, d.se, d.population, false, d.synthetic, d.favourable, d.scale, d.family, d.index_year
    from measure.deprivation_gradient d
)
select
    c.indicator_id, c.area_code, c.period, c.dimension, c.stratum, c.sex, c.subgroup,
    c.estimate, c.se, c.population, c.population_is_denominator, c.synthetic, c.favourable, c.scale, c.family, c.index_year,
    coalesce(g.ordered, c.dimension = 'deprivation_quintile') as ordered,
    cast(case
        when c.dimension = 'deprivation_quintile' then cast(substring(c.subgroup, 10, 1) as integer)
        else g.subgroup_order
    end as integer) as subgroup_order,
    coalesce(g.is_reference, false) as is_reference
from contrast c
left join core.social_group g on g.dimension = c.dimension and g.group_code = c.subgroup
-- what the catalogue says an indicator cannot bear is not made; the year is the period's last
left join catalogue.not_compared x
    on x.indicator_id = c.indicator_id and x.dimension = c.dimension
    and last_year_of(c.period) <= coalesce(x.until_year, 9999)
-- nor is an indicator split by what it is made of
left join catalogue.circular_with y on y.indicator_id = c.indicator_id and y.dimension = c.dimension
where x.indicator_id is null and y.indicator_id is null
