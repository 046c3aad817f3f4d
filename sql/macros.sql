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
