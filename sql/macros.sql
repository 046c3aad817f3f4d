-- Scalar, pure macros: the formulas that several models share. Nothing here reads a table.
-- z is the 97.5 % point of the standard normal distribution, written out so that every model uses one value.

create or replace macro z975() as 1.959963984540054;

-- Wilson (1927) score interval for a proportion: x events among n persons.
create or replace macro wilson_lower(x, n) as
    greatest(0.0, (2 * x + z975() ** 2 - z975() * sqrt(z975() ** 2 + 4 * x * (1 - x / n))) / (2 * (n + z975() ** 2)));
create or replace macro wilson_upper(x, n) as
    least(1.0, (2 * x + z975() ** 2 + z975() * sqrt(z975() ** 2 + 4 * x * (1 - x / n))) / (2 * (n + z975() ** 2)));

-- Byar's approximation to the exact Poisson limits of an event count (Breslow & Day 1987, II, p. 69); use from 10 events.
create or replace macro byar_lower(events) as
    events * (1 - 1.0 / (9 * events) - z975() / (3 * sqrt(events))) ** 3;
create or replace macro byar_upper(events) as
    (events + 1) * (1 - 1.0 / (9 * (events + 1)) + z975() / (3 * sqrt(events + 1))) ** 3;

-- The 95 % point of chi-square on k degrees of freedom, k >= 2, by the Cornish-Fisher expansion (Abramowitz & Stegun 1964,
-- 26.4.16 and 26.2.49): within 0.2 % at two degrees of freedom and closer above.
create or replace macro chi_square_95(k) as
    k + 2.3261743073533476e0 * sqrt(k) + 1.1370289693969418e0 - 0.5549808045071473e0 / sqrt(k)
    - 0.12295654481315313e0 / k + 0.07789783694908979e0 / (k * sqrt(k));

-- One Newton step for a model with two parameters: h the information matrix, g the score. The step's length is the larger
-- of its two parts; a step longer than five is shortened to five, so that a far start cannot throw the fit away.
create or replace macro newton_length(h00, h01, h11, g0, g1) as
    greatest(abs(h11 * g0 - h01 * g1), abs(h00 * g1 - h01 * g0)) / nullif(h00 * h11 - h01 * h01, 0);
create or replace macro newton_a(a, h00, h01, h11, g0, g1) as
    a + (h11 * g0 - h01 * g1) / nullif(h00 * h11 - h01 * h01, 0)
        / greatest(1e0, newton_length(h00, h01, h11, g0, g1) / 5);
create or replace macro newton_b(b, h00, h01, h11, g0, g1) as
    b + (h00 * g1 - h01 * g0) / nullif(h00 * h11 - h01 * h01, 0)
        / greatest(1e0, newton_length(h00, h01, h11, g0, g1) / 5);

-- What a linear predictor means for a share (logistic) or a rate (Poisson, log link), and its derivative, which is also
-- the variance. The predictor is held within what a double can hold.
create or replace macro link_mean(family, eta) as
    case family when 'share' then 1 / (1 + exp(-eta)) else exp(least(eta, 50e0)) end;
create or replace macro link_variance(family, eta) as
    case family when 'share' then 1 / (2 + exp(-eta) + exp(eta)) else exp(least(eta, 50e0)) end;
