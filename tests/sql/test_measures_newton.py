"""The fixed number of Newton steps is enough: the fits of SII and RII have settled at the maximum of the likelihood."""

import duckdb
import numpy as np
import pyarrow as pa
import pytest

from pipelines.statistics.measures import make_measures

GROUPS = 6_000


@pytest.fixture(scope="module")
def fitted() -> duckdb.DuckDBPyConnection:
    """Shares and rates far wilder than published ones: from a thousandth to all, zeros, any order, uneven weights."""
    random = np.random.default_rng(5)
    columns: dict[str, list] = {name: [] for name in ("group_id", "subgroup_order", "estimate", "population", "family")}
    for number in range(1, GROUPS + 1):
        size = int(random.integers(3, 9))
        logit = random.normal(0, 1.5, size)
        share = 1 / (1 + np.exp(-(np.sort(logit) * 1.5 if number % 3 == 0 else logit)))
        if random.random() < 0.1:
            share[random.integers(size)] = 0
        columns["group_id"] += [number] * size
        columns["subgroup_order"] += range(1, size + 1)
        columns["estimate"] += (100 * share).tolist()
        columns["population"] += (100 * np.exp(random.normal(0, 1.5, size))).tolist()
        columns["family"] += ["rate" if number % 2 else "share"] * size
    rows = len(columns["group_id"])
    members = pa.table(
        {
            **columns,
            "subgroup": [f"s{place}" for place in columns["subgroup_order"]],
            "subgroup_order": pa.array(columns["subgroup_order"], pa.int32()),
            "se": [1.0] * rows,
            "population_is_denominator": [True] * rows,
            "ordered": [True] * rows,
            "is_reference": [False] * rows,
            "favourable": [True] * rows,
            "scale": [100.0] * rows,
        }
    )
    with duckdb.connect() as con:
        con.execute("create schema measure")
        con.register("members", members)
        con.execute("create table measure.member as select * from members")
        make_measures(con, draws=0)
        yield con


def test_nearly_every_fit_has_settled(fitted: duckdb.DuckDBPyConnection) -> None:
    fits, unsettled = fitted.execute(
        "select count(*), count(*) filter (coalesce(last_step, 1) > 1e-6) from measure.newton_far"
    ).fetchall()[0]
    assert fits > 0.99 * GROUPS
    assert unsettled <= fits / 2_000  # those that lie next to separation, for which the line is given and said so
    first = fitted.execute("select count(*) filter (coalesce(last_step, 1) > 1e-6) from measure.newton").fetchall()[0][
        0
    ]
    assert first < fits / 5  # five steps do for most: newton_far has little to do


def test_the_score_is_zero_where_a_fit_has_settled(fitted: duckdb.DuckDBPyConnection) -> None:
    """At the maximum both sums of weighted residuals are nothing, whatever way the maximum was found."""
    worst, fits = fitted.execute(
        """
        select max(greatest(abs(g0), abs(g1))), count(*)
        from (
            select s.group_id, sum(s.w * (s.y / 100 - p)) as g0, sum(s.w * (s.rank - 0.5) * (s.y / 100 - p)) as g1
            from (
                select q.*, case q.family when 'share' then 1 / (1 + exp(-(n.a + n.b * (q.rank - 0.5))))
                    else exp(n.a + n.b * (q.rank - 0.5)) end as p
                from measure.subgroup q
                join measure.newton_far n on n.group_id = q.group_id
                where n.last_step <= 1e-6
            ) s
            group by s.group_id
        )
        """
    ).fetchall()[0]
    assert fits > 0.99 * GROUPS
    assert worst < 1e-11


def test_what_has_not_settled_is_given_as_a_line_and_flagged(fitted: duckdb.DuckDBPyConnection) -> None:
    wrong = fitted.execute(
        "select count(*) from measure.estimate e left join measure.newton_far n on n.group_id = e.group_id"
        " where e.measure = 'sii' and (coalesce(n.last_step, 1) > 1e-6) <> (e.status = 'flagged')"
    ).fetchall()[0][0]
    assert wrong == 0
