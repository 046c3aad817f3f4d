-- How often Kendall's S reaches each size by chance: the exact null distribution for 2 to 11 points without ties, one row
-- per number of points n and size s >= 0 that S can take, with p_value = P(|S| >= s), two-sided.
-- S = pairs that rise less pairs that fall. Among the n! orders of n points, those with k falling pairs are counted by
-- m(n, k) = m(n - 1, k) + m(n - 1, k - 1) + ... + m(n - 1, k - n + 1), and S = n (n - 1) / 2 - 2 k. Kendall (1938),
-- Biometrika 30, pp. 81-93; Mann (1945), Econometrica 13, pp. 245-259.
with digit as (
    select 0 as j union all select 1 union all select 2 union all select 3 union all select 4 union all select 5
    union all select 6 union all select 7 union all select 8 union all select 9 union all select 10
),
m2 as (select j as k, 1e0 as m from digit where j < 2),
m3 as (select a.k + d.j as k, sum(a.m) as m from m2 as a cross join digit as d where d.j < 3 group by a.k + d.j),
m4 as (select a.k + d.j as k, sum(a.m) as m from m3 as a cross join digit as d where d.j < 4 group by a.k + d.j),
m5 as (select a.k + d.j as k, sum(a.m) as m from m4 as a cross join digit as d where d.j < 5 group by a.k + d.j),
m6 as (select a.k + d.j as k, sum(a.m) as m from m5 as a cross join digit as d where d.j < 6 group by a.k + d.j),
m7 as (select a.k + d.j as k, sum(a.m) as m from m6 as a cross join digit as d where d.j < 7 group by a.k + d.j),
m8 as (select a.k + d.j as k, sum(a.m) as m from m7 as a cross join digit as d where d.j < 8 group by a.k + d.j),
m9 as (select a.k + d.j as k, sum(a.m) as m from m8 as a cross join digit as d where d.j < 9 group by a.k + d.j),
m10 as (select a.k + d.j as k, sum(a.m) as m from m9 as a cross join digit as d where d.j < 10 group by a.k + d.j),
m11 as (select a.k + d.j as k, sum(a.m) as m from m10 as a cross join digit as d where d.j < 11 group by a.k + d.j),
orders as (
    select 2 as n, k, m from m2 union all select 3, k, m from m3 union all select 4, k, m from m4
    union all select 5, k, m from m5 union all select 6, k, m from m6 union all select 7, k, m from m7
    union all select 8, k, m from m8 union all select 9, k, m from m9 union all select 10, k, m from m10
    union all select 11, k, m from m11
),
size as (
    select n, abs(n * (n - 1) / 2 - 2 * k) as s, m, (sum(m) over (partition by n)) as all_orders
    from orders
)
select
    cast(w.n as integer) as n,
    cast(w.s as integer) as s,
    sum(case when z.s >= w.s then z.m else 0 end) / max(z.all_orders) as p_value
from (select distinct n, s from size) as w
inner join size as z on w.n = z.n
group by w.n, w.s
