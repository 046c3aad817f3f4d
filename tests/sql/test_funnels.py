"""Funnels and empirical Bayes of municipalities' shares and rates, against scipy, numpy and arithmetic."""

import math
from collections.abc import Iterator, Sequence

import duckdb
import numpy as np
import pytest
from scipy import stats

from pipelines import settings

SCALE = {"ill": 1000.0, "share": 100.0}


@pytest.fixture
def connection() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
        for schema in ("measure", "core", "catalogue", "protect", "chance"):
            con.execute(f"create schema {schema}")
        con.execute("create table catalogue.indicator (indicator_id varchar, family varchar, scale double)")
        con.execute("insert into catalogue.indicator values ('ill', 'rate', 1000), ('share', 'share', 100)")
        con.execute("create table core.area (area_code varchar, area_level varchar)")
        con.execute(
            "create table protect.cell (indicator_id varchar, area_code varchar, period varchar, dimension varchar,"
            " sex varchar, value double, numerator double, denominator double, se double, status varchar,"
            " provenance varchar, reliability varchar)"
        )
        yield con


def places(
    con: duckdb.DuckDBPyConnection,
    indicator: str,
    counts: Sequence[tuple[float, float]],
    values: Sequence[float] | None = None,
    errors: Sequence[float | None] | None = None,
    provenance: str = "computed",
) -> dict[str, dict]:
    """The models' rows by area of places with those (events, persons); `values` where they are not their quotient."""
    for number, (events, persons) in enumerate(counts):
        con.execute("insert into core.area values (?, 'municipality')", [f"{number:04d}"])
        value = SCALE[indicator] * events / persons if values is None else values[number]
        con.execute(
            "insert into protect.cell values (?, ?, '2020', 'total', 'total', ?, ?, ?, ?, 'observed', ?, null)",
            [indicator, f"{number:04d}", value, events, persons, errors[number] if errors else None, provenance],
        )
    for table in ("chance.smoothed", "measure.area_position"):
        (path,) = settings.SQL.rglob(f"{table.split('.')[1]}.sql")
        con.execute(f"create table {table} as {path.read_text(encoding='utf-8')}")
    rows = con.sql("select * from measure.area_position order by area_code").to_arrow_table().to_pylist()
    return {row["area_code"]: row for row in rows}


def dispersion(figure: np.ndarray, overall: float, error: np.ndarray) -> float:
    """Spiegelhalter's phi: the mean square of z, a tenth at either end drawn in to the tenth's bound."""
    z = (figure - overall) / error
    low, high = np.quantile(z, [0.1, 0.9])
    return max(1.0, float(np.mean(np.clip(z, low, high) ** 2)))


def test_empirical_bayes_of_a_rate_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    # rates 0.1, 0.2 and 0.6 among 100, 100 and 200: m = 150 / 400 = 0.375
    found = places(connection, "ill", [(10, 100), (20, 100), (120, 200)])
    # weighted variance (100 0.275^2 + 100 0.175^2 + 200 0.225^2) / 400 = 0.051875; m / mean n = 0.375 / (400 / 3) =
    # 0.0028125
    a = 0.051875 - 0.0028125
    weight = a / (a + 0.375 / 100)
    assert found["0000"]["smoothed"] == pytest.approx(1000 * (0.375 + weight * (0.1 - 0.375)), rel=1e-12)
    assert found["0000"]["overall"] == pytest.approx(375, rel=1e-12)


def test_empirical_bayes_of_a_share_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    # the same places as shares: m (1 - m) = 0.234375, by 400 / 3 persons 0.0017578125 and by 100 0.00234375
    found = places(connection, "share", [(10, 100), (20, 100), (120, 200)])
    a = 0.051875 - 0.0017578125
    weight = a / (a + 0.00234375)
    assert found["0000"]["smoothed"] == pytest.approx(100 * (0.375 + weight * (0.1 - 0.375)), rel=1e-12)


def test_empirical_bayes_is_clamped_where_chance_explains_it_all(connection: duckdb.DuckDBPyConnection) -> None:
    found = places(connection, "ill", [(10, 1000), (11, 1000), (9, 1000)])
    # variance 0.000001 2/3, less than 0.01 / 1000: all are drawn in to the whole
    for row in found.values():
        assert row["smoothed"] == pytest.approx(10, rel=1e-12)


def test_smoothed_shares_come_nearer_to_the_truth_than_raw_ones(connection: duckdb.DuckDBPyConnection) -> None:
    """Known shares round 97 %, drawn binomially: with m / n for a variance they would be drawn in altogether."""
    rng = np.random.default_rng(7)
    persons = np.exp(rng.uniform(5, 9, 290)).round()
    truth = rng.beta(970, 30, 290)
    events = rng.binomial(persons.astype(int), truth)
    found = places(connection, "share", list(zip(events.tolist(), persons.tolist(), strict=True)))
    raw = np.sqrt(np.mean((events / persons - truth) ** 2))
    smoothed = np.array([row["smoothed"] for row in found.values()]) / 100
    whole = np.sqrt(np.mean((events.sum() / persons.sum() - truth) ** 2))
    assert np.sqrt(np.mean((smoothed - truth) ** 2)) < 0.9 * min(raw, whole)


def test_made_up_figures_have_neither(connection: duckdb.DuckDBPyConnection) -> None:
    assert places(connection, "share", [(10, 100), (20, 100)], provenance="synthetic") == {}


def test_funnel_limits_are_widened_by_overdispersion(connection: duckdb.DuckDBPyConnection) -> None:
    rng = np.random.default_rng(3)
    persons = rng.integers(500, 20_000, 100)
    events = rng.binomial(persons, rng.beta(40, 60, 100))
    found = places(connection, "share", list(zip(events.tolist(), persons.tolist(), strict=True)))
    m = events.sum() / persons.sum()
    error = np.sqrt(m * (1 - m) / persons)
    phi = dispersion(events / persons, m, error)
    assert phi > 3
    for place, row in enumerate(found.values()):
        assert row["overdispersion"] == pytest.approx(phi, rel=1e-9)
        for level, point in (("95", 0.975), ("998", 0.999)):
            reach = stats.norm.ppf(point) * math.sqrt(phi) * error[place]
            assert row[f"funnel_{level}_lower"] == pytest.approx(100 * max(0, m - reach), rel=1e-9, abs=1e-9)
            assert row[f"funnel_{level}_upper"] == pytest.approx(100 * min(1, m + reach), rel=1e-9)
    # places that differ as places do: about one of ten is outside 95 % (winsorising leaves out some of their spread),
    # where most would be without phi
    outside = sum(row["outside"] != "inside" for row in found.values())
    assert outside <= 18
    assert np.mean(np.abs(events / persons - m) > stats.norm.ppf(0.975) * error) > 0.5


def test_a_place_far_from_all_others_is_outside(connection: duckdb.DuckDBPyConnection) -> None:
    rng = np.random.default_rng(5)
    events = [*rng.poisson(400, 99).tolist(), 700]
    found = places(connection, "ill", [(count, 10_000) for count in events])
    assert found["0099"]["outside"] == "above_998"
    assert sum(row["outside"].endswith("998") for row in found.values()) <= 2


@pytest.mark.parametrize(("indicator", "turned"), [("ill", False), ("share", False), ("share", True)])
def test_below_ten_expected_the_limits_are_exact(
    connection: duckdb.DuckDBPyConnection, indicator: str, turned: bool
) -> None:
    """One large place sets the whole, small ones have 0 to 13 events round 4 expected; scipy says which are out."""
    few = [count % 14 for count in range(42)]
    counts = [(4_000_000, 1_000_000_000), *((count, 1_000) for count in few)]
    if turned:
        counts = [(persons - events, persons) for events, persons in counts]
    found = list(places(connection, indicator, counts).values())
    m = sum(events for events, _ in counts) / sum(persons for _, persons in counts)
    expected = 1_000 * (1 - m if turned else m)
    figure = np.array([events / persons for events, persons in counts])
    spread = m * (1 - m) if indicator == "share" else m
    phi = dispersion(figure, m, np.sqrt(spread / np.array([persons for _, persons in counts])))
    widened = math.sqrt(phi)
    assert widened > 1
    for count, row in zip(few, found[1:], strict=True):
        ends = sorted(
            (1_000 - row[f"funnel_95_{end}"] * 1_000 / SCALE[indicator])
            if turned
            else row[f"funnel_95_{end}"] * 1_000 / SCALE[indicator]
            for end in ("lower", "upper")
        )
        # without the widening, a count lies beyond the limit where so many or more have at most 2.5 %
        low, high = (expected + (end - expected) / widened for end in ends)
        for events in range(30):
            assert (events > high) == (stats.poisson.sf(events - 1, expected) <= 0.025), (events, high)
            if ends[0] > 0:
                assert (events < low) == (stats.poisson.cdf(events, expected) <= 0.025), (events, low)
        out = count < ends[0] or count > ends[1]
        assert (row["outside"] != "inside") == out


def test_a_standardised_figure_is_judged_by_its_own_error(connection: duckdb.DuckDBPyConnection) -> None:
    rng = np.random.default_rng(9)
    values = rng.normal(20, 2, 60)
    errors = np.full(60, 0.5)
    found = places(connection, "share", [(300, 1_000)] * 60, values.tolist(), errors.tolist())
    m = values.mean()
    phi = dispersion(values, m, errors)
    for row in found.values():
        assert row["overall"] == pytest.approx(m, rel=1e-9)  # not 30, which the numerators would say
        assert row["funnel_95_upper"] == pytest.approx(m + stats.norm.ppf(0.975) * 0.5 * math.sqrt(phi), rel=1e-9)
    a = np.mean((values - m) ** 2) - 0.25
    assert found["0000"]["smoothed"] == pytest.approx(m + a / (a + 0.25) * (values[0] - m), rel=1e-9)


def test_fifths_of_the_municipalities(connection: duckdb.DuckDBPyConnection) -> None:
    found = places(connection, "share", [(number, 100) for number in range(1, 11)])
    assert [row["quintile"] for row in found.values()] == [1, 1, 2, 2, 3, 3, 4, 4, 5, 5]


def test_ties_share_a_fifth(connection: duckdb.DuckDBPyConnection) -> None:
    found = places(connection, "share", [(7, 100)] * 9 + [(9, 100)])
    assert [row["quintile"] for row in found.values()] == [1] * 9 + [5]
