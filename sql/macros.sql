-- The formulas that several models share: scalar, pure macros, and at the end the frames that several models have in
-- common. Nothing here reads a table: a frame works on the `with` clauses that its caller names.
-- z is the 97.5 % point of the standard normal distribution, written out so that every model uses one value.

create or replace macro z975() as 1.959963984540054;

-- How many standard errors an inequality measure's interval reaches to either side; `jamlik measures --level` sets another.
create or replace macro interval_z() as z975();

-- ---- polarity: what each of its words means, decided here and nowhere else ----

create or replace macro has_better_end(polarity) as polarity <> 'none';
create or replace macro has_target(polarity) as polarity = 'target';
-- 1 where more is better, -1 where less is; null where neither is: with a target, or without a better end.
create or replace macro better_sign(polarity) as case polarity when 'higher_is_better' then 1 when 'lower_is_better' then -1 end;
-- The figure that groups and places are judged by: with a target its distance from it, |value - target|.
create or replace macro judged_figure(polarity, value, target_value) as
    case when has_target(polarity) then abs(value - target_value) else value end;
-- Whether more of the judged figure is better: of a distance, less is; null where there is no better end.
create or replace macro judged_favourable(polarity) as
    case when has_better_end(polarity) then coalesce(better_sign(polarity) > 0, false) end;
-- The judged figure with its sign, the higher the better; null where there is no better end.
create or replace macro goodness(polarity, value, target_value) as
    case when has_target(polarity) then -judged_figure(polarity, value, target_value) else better_sign(polarity) * value end;
-- Whether the judged figure has an upper bound, its scale: shares and rates among more than one person, but a share that
-- may exceed its scale, a rate per person (there can be more than one) and a distance have none.
create or replace macro is_bounded(polarity, family, scale, may_exceed_scale) as
    not has_target(polarity) and (family = 'share' and not may_exceed_scale or family = 'rate' and scale > 1);

-- On which side of a limit an interval lies whole: 1 above it, -1 below it, 0 where it holds the limit; null without one.
create or replace macro certain_side(lower, upper, of_limit) as
    case when lower > of_limit then 1 when upper < of_limit then -1 when lower is not null and upper is not null then 0 end;

-- Wilson (1927) score interval for a proportion: x events among n persons. Where nobody or everybody is counted the
-- formula's end is 0 or 1 exactly, which its rounding misses by some 1e-16 (from 511 persons mostly), so it is written.
create or replace macro wilson_lower(x, n) as
    case when x = 0 and n > 0 then 0e0 else
        greatest(0.0, (2 * x + z975() ** 2 - z975() * sqrt(z975() ** 2 + 4 * x * (1 - x / n))) / (2 * (n + z975() ** 2))) end;
create or replace macro wilson_upper(x, n) as
    case when x = n and n > 0 then 1e0 else
        least(1.0, (2 * x + z975() ** 2 + z975() * sqrt(z975() ** 2 + 4 * x * (1 - x / n))) / (2 * (n + z975() ** 2))) end;

-- Binomial standard error of that proportion; none where nobody or everybody is counted, since nought would say certain.
create or replace macro binomial_se(x, n) as nullif(sqrt(x / n * (1 - x / n) / n), 0);

-- Byar's approximation to the exact Poisson limits of an event count (Breslow & Day 1987, II, p. 69); use from 10
-- events.
create or replace macro byar_lower(events) as
    events * (1 - 1.0 / (9 * events) - z975() / (3 * sqrt(events))) ** 3;
create or replace macro byar_upper(events) as
    (events + 1) * (1 - 1.0 / (9 * (events + 1)) + z975() / (3 * sqrt(events + 1))) ** 3;

-- The variance that chance alone gives a share (binomial) or a rate (Poisson) of x events among n persons, per person
-- squared: of a level drawn to a half event at either end, so that none of nobody and all of everybody are not certain.
create or replace macro counted_variance(family, x, n) as
    case family
        when 'share' then (x + 0.5e0) / (n + 1) * (n - least(x, n) + 0.5e0) / (n + 1) / n
        when 'rate' then (x + 0.5e0) / n / n
    end;

-- The two-sided p of a standard normal z: 2 phi(z) times Mills' ratio, a polynomial in x = 3 / (3 + z) fitted at Chebyshev's
-- nodes, within 1e-8 of its size for every z up to 37; beyond, 37's.
create or replace macro mills_polynomial(x) as
    x * ((((((((((0.03956750408288749e0
        * x - 0.2498132674950724e0) * x + 0.6288876132841987e0)
        * x - 0.7517134752739378e0) * x + 0.3870560837044362e0)
        * x - 0.1473846773457932e0) * x + 0.16831463533970809e0)
        * x + 0.21471098973635666e0) * x + 0.29706400701801616e0)
        * x + 0.33329039456507037e0) * x + 0.3333343264771317e0);
create or replace macro normal_tail(z) as
    0.7978845608028654e0 * exp(-0.5e0 * least(abs(z), 37e0) ** 2) * mills_polynomial(3e0 / (3e0 + least(abs(z), 37e0)));

-- The variance of the logarithm of y1 / y2 (delta method), whose figures have the errors s1 and s2 and whose difference has its
-- own error s: they go together by v = (s1^2 + s2^2 - s^2) / 2, held below what two such errors can, nine tenths of s1 s2;
-- independent where s is null.
create or replace macro log_ratio_variance(y1, y2, s1, s2, s) as
    (s1 / y1) * (s1 / y1) + (s2 / y2) * (s2 / y2)
    - case when s is null then 0e0 else 2 * least(0.9e0 * s1 * s2, (s1 * s1 + s2 * s2 - s * s) / 2) / (y1 * y2) end;

-- The variance of a sum of things that move together a little: alone, the sum of their variances; at_once, the square of
-- the summed standard errors; rho their correlation.
create or replace macro joint_variance(alone, at_once, rho) as (1 - rho) * alone + rho * at_once;

-- Limits of a figure from its standard error that hold at zero and at the scale's end: Wilson's of as many persons as would
-- give a share that error, Byar's of as many events as would give a rate it; swing is the variance of one person's chance
-- at that level, and swing / se^2 the number of persons. Means and ratios: the normal distribution's.
create or replace macro figure_lower(family, scale, value, se, swing) as
    case family
        when 'share' then scale * wilson_lower(value / scale * swing / (se * se), swing / (se * se))
        when 'rate' then case
            when value <= 0 then 0e0
            else greatest(0e0, scale * se * se / swing * byar_lower(value / scale * swing / (se * se)))
        end
        else value - z975() * se
    end;
create or replace macro figure_upper(family, scale, value, se, swing) as
    case family
        when 'share' then scale * wilson_upper(value / scale * swing / (se * se), swing / (se * se))
        when 'rate' then scale * se * se / swing * byar_upper(greatest(0e0, value / scale * swing / (se * se)))
        else value + z975() * se
    end;

-- The 95 % point of chi-square on k degrees of freedom, k >= 2, by the Cornish-Fisher expansion (Abramowitz & Stegun
-- 1964, 26.4.16 and 26.2.49): within 0.2 % at two degrees of freedom and closer above.
create or replace macro chi_square_95(k) as
    k + 2.3261743073533476e0 * sqrt(k) + 1.1370289693969418e0 - 0.5549808045071473e0 / sqrt(k)
    - 0.12295654481315313e0 / k + 0.07789783694908979e0 / (k * sqrt(k));

-- What a Newton step of a model with two parameters is divided by: da and db are the inverse information matrix times the
-- score but for its determinant det, so the step is da / det and db / det; where the longer of the two would be more than
-- five, it is shortened to five, so that a far start cannot throw the fit away.
create or replace macro newton_divisor(da, db, det) as greatest(nullif(det, 0), greatest(abs(da), abs(db)) / 5);

-- What a linear predictor means for a share (logistic) or a rate (Poisson, log link), and the variance that goes with
-- such a mean, which is also the mean's derivative. The predictor of a rate is held within what a double can hold.
create or replace macro link_mean(family, eta) as
    case family when 'share' then 1 / (1 + exp(-eta)) else exp(least(eta, 50e0)) end;
create or replace macro link_variance(family, p) as case family when 'share' then p * (1 - p) else p end;

-- The variance of a function of a line's level and slope, from its derivatives by them (g0, g1) and their covariance (v00,
-- v01, v11): the delta method.
create or replace macro line_variance(g0, g1, v00, v01, v11) as g0 * g0 * v00 + 2 * g0 * g1 * v01 + g1 * g1 * v11;

-- A line's error: the larger of the scatter about it and what its groups' own errors make of it (null where one is
-- missing). Below `nothing` it is what rounding leaves of zero, which would say certain: null. And the method that names
-- the groups' errors.
create or replace macro larger_error(scatter, groups, nothing) as
    case when greatest(scatter, coalesce(groups, 0e0)) > nothing then greatest(scatter, coalesce(groups, 0e0)) end;
create or replace macro groups_method(se_scale) as
    case se_scale when 'log' then 'log normal, groups'' errors' else 'normal, groups'' errors' end;

-- What is said of a line through few groups without errors.
create or replace macro scatter_only(groups, k) as
    case when groups is null and k < 8
        then 'the interval shows how straight the line is, not chance: fewer than eight subgroups, and not all have a standard error'
    end;

-- ---- small areas ----

-- Limits of an event count: exact Poisson (Garwood 1936, Biometrika 28, pp. 437-442: half the chi-square quantile on 2
-- x and 2 x + 2 degrees of freedom) below ten events, Byar's from ten. The ten exact pairs are written out; a count
-- below ten that is not whole has none.
create or replace macro poisson_exact_lower(events) as
    case events
        when 0 then 0e0 when 1 then 0.025317807984289876e0 when 2 then 0.24220927854396496e0 when 3 then 0.6186721228956014e0
        when 4 then 1.0898653736263249e0 when 5 then 1.6234863901184207e0 when 6 then 2.2018942534908508e0 when 7 then 2.8143630515198654e0
        when 8 then 3.4538321767485014e0 when 9 then 4.115373097378334e0
    end;
create or replace macro poisson_exact_upper(events) as
    case events
        when 0 then 3.6888794541139354e0 when 1 then 5.571643390938898e0 when 2 then 7.22468766772396e0 when 3 then 8.767273069742323e0
        when 4 then 10.241588675403694e0 when 5 then 11.66833207932267e0 when 6 then 13.059474022518685e0 when 7 then 14.422675361702376e0
        when 8 then 15.763189220193313e0 when 9 then 17.084803451419166e0
    end;
create or replace macro events_lower(events) as
    case when events >= 10 then byar_lower(cast(events as double)) else poisson_exact_lower(events) end;
create or replace macro events_upper(events) as
    case when events >= 10 then byar_upper(cast(events as double)) else poisson_exact_upper(events) end;

-- The 97.5 % point of Student's t on df whole degrees of freedom: written out below ten, from ten a polynomial in 10 /
-- df fitted at Chebyshev's nodes, right to 15 digits. For the mean of n: mean -/+ t975(n - 1) * s / sqrt(n).
create or replace macro t975(df) as
    case
        when df < 10 then case df
        when 1 then 12.706204736174694e0 when 2 then 4.302652729749462e0 when 3 then 3.1824463052837078e0
        when 4 then 2.7764451051977934e0 when 5 then 2.5705818356363146e0 when 6 then 2.4469118511449786e0
        when 7 then 2.364624251592784e0 when 8 then 2.306004135204166e0 when 9 then 2.262157162798205e0
        end
        else (((((((((-5.86889443888475e-10 * (10e0 / df) + 6.267780091334152e-09) * (10e0 / df) - 2.246303030084496e-08)
        * (10e0 / df) + 1.7051016231783863e-08) * (10e0 / df) + 6.253427349545957e-07)
        * (10e0 / df) + 7.3296938820183585e-06) * (10e0 / df) + 0.00015895325715644575e0)
        * (10e0 / df) + 0.0025558496973740377e0) * (10e0 / df) + 0.028224986156315173e0)
        * (10e0 / df) + 0.23722712302988092e0) * (10e0 / df) + 1.9599639845400532e0
    end;
create or replace macro mean_lower(mean, sd, n) as mean - t975(n - 1) * sd / sqrt(n);
create or replace macro mean_upper(mean, sd, n) as mean + t975(n - 1) * sd / sqrt(n);

-- Dobson, Kuulasmaa, Eberle & Scherer (1991), Statistics in Medicine 10, pp. 457-462: limits of a weighted sum of
-- Poisson counts, such as a directly standardised rate, from its variance and the events in all. Null below ten events.
create or replace macro dobson_lower(rate, variance, events) as
    case when events >= 10 then rate + sqrt(variance / events) * (events_lower(events) - events) end;
create or replace macro dobson_upper(rate, variance, events) as
    case when events >= 10 then rate + sqrt(variance / events) * (events_upper(events) - events) end;

-- Persons of the European Standard Population 2013 (Eurostat 2013; 100,000 in all) younger than age, so that a band's
-- share is the difference between its ends, whatever the bands. 95 and older is all of it: the last band is 90 and
-- older.
create or replace macro esp2013_below(age) as
    1000e0 * greatest(0e0, least(age, 5)) + 1100e0 * greatest(0e0, least(age - 5, 15)) + 1200e0 * greatest(0e0, least(age - 20, 10))
    + 1300e0 * greatest(0e0, least(age - 30, 5)) + 1400e0 * greatest(0e0, least(age - 35, 20)) + 1300e0 * greatest(0e0, least(age - 55, 5))
    + 1200e0 * greatest(0e0, least(age - 60, 5)) + 1100e0 * greatest(0e0, least(age - 65, 5)) + 1000e0 * greatest(0e0, least(age - 70, 5))
    + 800e0 * greatest(0e0, least(age - 75, 5)) + 500e0 * greatest(0e0, least(age - 80, 5)) + 300e0 * greatest(0e0, least(age - 85, 5))
    + 200e0 * greatest(0e0, least(age - 90, 5));

-- What a share counted from an ordered delivery is, and why it may be missing: a place of which a part is not delivered, a
-- count that is not told (with the delivery's own status and reason), nobody to count among. `untold` counts cells.
create or replace macro delivered_status(is_known, is_whole, untold, status) as
    case
        when is_known then 'observed'
        when not is_whole then 'missing'
        when untold > 0 then coalesce(status, 'missing')
        else 'not_applicable'
    end;
create or replace macro delivered_reason(is_known, is_whole, untold, status_reason) as
    case
        when is_known then cast(null as varchar)
        when not is_whole then 'incomplete_group'
        when untold > 0 then coalesce(status_reason, 'incomplete_group')
        else 'no_population'
    end;

-- The sum of a list of numbers, smallest first: the same to the last bit in whatever order the rows come, which they do not
-- come in twice. For sums whose figures are released as they are; `ordered_sum(list(x))` costs more than sum(x).
create or replace macro ordered_sum(numbers) as list_sum(list_sort(cast(numbers as double[])));

-- The 99.9 % point of the standard normal distribution: limits at 99.8 %.
create or replace macro z999() as 3.090232306167813;

-- What so many good, bad and judged signs among all amount to: the bad is never outweighed, and what cannot be seen is never
-- taken for good. See docs/follow-up.md.
create or replace macro follow_up_summary(good, bad, judged, every) as
    case
        when bad > 0 and good > 0 then 'mixed'
        when bad > 0 then 'concern'
        when judged = 0 or 2 * judged < every then 'not_assessable'
        when good > 0 then 'favourable'
        else 'no_certain_sign'
    end;

-- The first and the last year of a period: 2021 and 2022 of 2021/2022, 2022 of 2022, of 2022-09 and of 2022-09/2022-10.
create or replace macro first_year_of(period) as cast(substr(period, 1, 4) as integer);
create or replace macro last_year_of(period) as cast(substr(period, position('/' in period) + 1, 4) as integer);

-- What a figure made of parts is: holes counts the parts that are missing.
create or replace macro summed_status(holes, is_known) as
    case when holes > 0 then 'missing' when is_known then 'observed' else 'not_applicable' end;
create or replace macro summed_reason(holes, is_known) as
    case when holes > 0 then 'incomplete_group' when not coalesce(is_known, false) then 'no_population' end;

-- ---- landed rows ----

-- Our code for what a source names. What we have no code for is named, so that the contract refuses it with that name.
create or replace macro known_area(area_code, written) as coalesce(area_code, concat('unknown area ', written));
create or replace macro known_code(code, label) as coalesce(code, concat('unknown label ', label));

-- What a landed row is: a figure; a cell that the table holds for others but not here (is_absent); else what the symbol
-- in the figure's place means (source.missing_symbols).
create or replace macro landed_status(value, is_absent, status_of_symbol, symbol) as
    case
        when value is not null then 'observed'
        when is_absent then 'missing'
        else coalesce(status_of_symbol, concat('unknown symbol ', symbol))
    end;
create or replace macro landed_reason(value, is_absent, reason_of_symbol) as
    case when is_absent then 'absent_at_source' when value is null then reason_of_symbol end;

-- ---- frames: macros of `with` clauses ----
-- Each takes the names of the caller's own `with` clauses, as text: what a model reads stands in the model, where the runner
-- looks for it, and on another engine the macro can be written into the query. tests/sql/test_frames.py holds both.

-- Every cell of `cells` (a row a combination of the columns that are the key beside the municipality) for every area_code
-- of `places` and every municipality that is landed, with the landed row's columns; its status is called symbol.
-- is_absent: nothing is landed there.
create or replace macro every_cell(landed, cells, places) as table
    with told as (
        select *, true as is_told
        from query_table(landed)
    ),
    place as (
        select area_code as municipality
        from query_table(places)
        union
        select municipality
        from told
    )
    select * exclude (is_told, status), status as symbol, is_told is null as is_absent
    from (select * from place cross join query_table(cells)) as frame
    natural left join told;

-- Counted shares, per cent, as an indicator's rows: events among population, where is_known. Interval: Wilson (1927). se:
-- binomial, none where all or nobody is counted.
create or replace macro counted_share(counted) as table
    select
        indicator_id,
        area_code,
        period,
        dimension,
        group_code,
        sex,
        case when is_known then 100 * events / population end as value,
        case when is_known then events end as numerator,
        case when is_known then population end as denominator,
        case when is_known then 100 * binomial_se(events, population) end as se,
        case when is_known then 100 * wilson_lower(events, population) end as ci_lower,
        case when is_known then 100 * wilson_upper(events, population) end as ci_upper,
        case when is_known then 'wilson' end as ci_method,
        status,
        status_reason,
        provenance,
        cast(null as varchar) as reliability,
        source_ids
    from query_table(counted);

-- Counted shares of an ordered delivery: is_whole and untold say what the delivery has of the place, status and
-- status_reason what it says of the counts that are not told.
create or replace macro delivered_share(delivered) as table
    with known as (
        select *, is_whole and untold = 0 and population > 0 as is_known
        from query_table(delivered)
    ),
    judged as (
        select
            * exclude (status, status_reason),
            delivered_status(is_known, is_whole, untold, status) as status,
            delivered_reason(is_known, is_whole, untold, status_reason) as status_reason
        from known
    )
    select *
    from counted_share('judged');

-- One Newton step of a logistic (share) or Poisson (rate) regression of y on t, weighted by w, for all groups at once:
-- from the parameters a and b of `fits` to the next; last_step is how far. See measures/inequality/newton.sql.
create or replace macro newton_step(points, fits) as table
    select group_id, a + da / newton_divisor(da, db, det) as a, b + db / newton_divisor(da, db, det) as b,
        greatest(abs(da), abs(db)) / nullif(det, 0) as last_step
    from (
        select group_id, max(a) as a, max(b) as b, sum(u * t * t) * sum(e) - sum(u * t) * sum(e * t) as da,
            sum(u) * sum(e * t) - sum(u * t) * sum(e) as db, sum(u) * sum(u * t * t) - sum(u * t) * sum(u * t) as det
        from (
            select group_id, t, a, b, w * link_variance(family, p) as u, w * (y - p) as e
            from (
                select q.group_id, q.family, q.w, q.t, q.y, s.a, s.b, link_mean(q.family, s.a + s.b * q.t) as p
                from query_table(points) as q
                join query_table(fits) as s on s.group_id = q.group_id
            )
        )
        group by group_id
    );

-- Of each series in `parts` the last figure that ends before the one in `chosen` begins. See measures/trend/trend_point.sql.
create or replace macro figure_before(parts, chosen) as table
    select series_id, start_year, year
    from (
        select p.*, max(p.year) over (partition by p.series_id) as last
        from query_table(parts) as p
        join query_table(chosen) as s on s.series_id = p.series_id and p.year < s.start_year
    )
    where year = last;

-- Benjamini & Hochberg (1995), JRSS B 57, pp. 289-300: of each p_value of `tested` the q_value, the least share of false ones
-- among those called different at which it is still called so, over the tests of its family (the columns family, p_value).
create or replace macro with_q_value(tested) as table
    select
        * exclude (raised),
        case when p_value is not null then least(1e0, min(raised) over (
            partition by family order by p_value desc nulls last
            range between unbounded preceding and current row
        )) end as q_value
    from (
        select
            *,
            p_value * (count(p_value) over (partition by family))
                / (count(p_value) over (
                    partition by family order by p_value nulls last
                    range between unbounded preceding and current row
                )) as raised
        from query_table(tested)
    );

-- ---- trends ----

-- A change of y in what is shown: per cent for a relative gap, whose y is a logarithm.
create or replace macro in_change_unit(measure, y) as case when measure in ('r', 'rii') then 100 * (exp(y) - 1) else y end;

-- What a rise or fall means: see sql/marts/trend.sql. side_low and side_high: on which sides of the turning point (-1, 1) the
-- series lies at its lowest and highest.
create or replace macro trend_direction(
    movement, measure, better_sign, turning_point, side_low, side_high, in_current_prices
) as
    case
        when better_sign is null and turning_point is null then null
        when movement = 'not_assessable' or in_current_prices then 'not_assessable'
        when movement = 'no_certain_change' then movement
        when better_sign is not null
            then case when (movement = 'rising') = (better_sign > 0) then 'improving' else 'worsening' end
        when side_low is null or side_low < side_high then 'not_assessable'
        when measure = 'value'
            then case when (movement = 'rising') = (side_low < 0) then 'improving' else 'worsening' end
        when (movement = 'rising') = (side_low < 0) then 'narrowing'
        else 'widening'
    end;
create or replace macro trend_objection(
    movement, better_sign, turning_point, side_low, side_high, in_current_prices
) as
    case
        when movement = 'not_assessable' then null
        when in_current_prices and (better_sign is not null or turning_point is not null) then 'current_prices'
        when turning_point is not null and movement in ('rising', 'falling')
            and (side_low is null or side_low < side_high) then 'changed_sides'
    end;
