"""Small-area statistics against scipy, statsmodels and arithmetic: the macros, and the models on hand-made figures."""

import csv
import math
from pathlib import Path

import duckdb
import numpy as np
import pytest
from scipy import stats
from statsmodels.stats.proportion import proportion_confint

from pipelines import settings

SCHEMAS = ("mart", "measure", "core")


@pytest.fixture
def connection() -> duckdb.DuckDBPyConnection:
    with duckdb.connect() as con:
        con.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
        for schema in SCHEMAS:
            con.execute(f"create schema {schema}")
        con.execute("create table mart.indicator (indicator_id varchar, family varchar, scale double)")
        con.execute(
            "insert into mart.indicator values ('mortality_by_age', 'rate', 100000), ('ill', 'rate', 1000),"
            " ('share', 'share', 100)"
        )
        con.execute(
            "create table mart.indicator_value (indicator_id varchar, area_code varchar, area_level varchar,"
            " period varchar,"
            " dimension varchar, group_code varchar, sex varchar, numerator double, denominator double, status varchar)"
        )
        yield con


def model(con: duckdb.DuckDBPyConnection, name: str) -> list[dict]:
    text = next((settings.SQL / "measures").rglob(f"{name}.sql")).read_text(encoding="utf-8")
    con.execute(f"create table measure.{name} as {text}")
    return con.sql(f"select * from measure.{name} order by all").to_arrow_table().to_pylist()


def ages(con: duckdb.DuckDBPyConnection, indicator: str, area: str, bands: list[tuple[str, float, float]]) -> None:
    for code, events, persons in bands:
        con.execute(
            "insert into mart.indicator_value values (?, ?, 'municipality', '2020', 'age', ?, 'total', ?, ?,"
            " 'observed')",
            [indicator, area, code, events, persons],
        )


def one(con: duckdb.DuckDBPyConnection, expression: str) -> float:
    return con.execute(f"select {expression}").fetchall()[0][0]


@pytest.mark.parametrize(("events", "persons"), [(0, 10), (1, 7), (5, 50), (37, 120), (50, 50), (3, 200_000)])
def test_wilson(connection: duckdb.DuckDBPyConnection, events: int, persons: int) -> None:
    lower, upper = proportion_confint(events, persons, method="wilson")
    assert one(connection, f"wilson_lower({events}, {persons})") == pytest.approx(lower, rel=1e-9, abs=1e-12)
    assert one(connection, f"wilson_upper({events}, {persons})") == pytest.approx(upper, rel=1e-9)


def test_wilson_is_exact_where_nobody_or_everybody_is_counted(connection: duckdb.DuckDBPyConnection) -> None:
    for number in ("n", "cast(n as double)"):
        missed = f"count(case when wilson_upper({number}, {number}) <> 1 or wilson_lower(0, {number}) <> 0 then 1 end)"
        assert one(connection, f"{missed} from range(1, 100_000) t(n)") == 0
    # and only there: the ends of all but one lie within, and one step further than the last but one
    inside = "bool_and(wilson_lower(1, n) > 0 and wilson_upper(n - 1, n) < 1) from range(2, 100_000) t(n)"
    assert one(connection, inside) is True


def test_wilson_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    # Newcombe (1998), Statistics in Medicine 17, table I: 81 of 263 has the score limits 0.2553 and 0.3662
    assert one(connection, "wilson_lower(81, 263)") == pytest.approx(0.2553, abs=5e-5)
    assert one(connection, "wilson_upper(81, 263)") == pytest.approx(0.3662, abs=5e-5)


def test_binomial_standard_error_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    assert one(connection, "binomial_se(20, 100)") == pytest.approx(0.04, rel=1e-12)  # sqrt(0.2 x 0.8 / 100)
    assert connection.execute("select binomial_se(0, 9), binomial_se(9, 9)").fetchall() == [(None, None)]


def test_event_limits_are_exact_below_ten_and_byars_from_ten(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("select x, events_lower(x), events_upper(x) from range(200) t(x)").fetchall()
    assert len(rows) == 200
    for x, lower, upper in rows:
        if x < 10:
            assert lower == pytest.approx(stats.chi2.ppf(0.025, 2 * x) / 2 if x else 0, rel=1e-12)
            assert upper == pytest.approx(stats.chi2.ppf(0.975, 2 * x + 2) / 2, rel=1e-12)
        else:
            z = stats.norm.ppf(0.975)
            assert lower == pytest.approx(x * (1 - 1 / (9 * x) - z / (3 * math.sqrt(x))) ** 3, rel=1e-12)
            assert upper == pytest.approx(
                (x + 1) * (1 - 1 / (9 * (x + 1)) + z / (3 * math.sqrt(x + 1))) ** 3, rel=1e-12
            )
    assert one(connection, "events_lower(2.5)") is None


def test_students_t(connection: duckdb.DuckDBPyConnection) -> None:
    rows = connection.execute("select df, t975(df) from range(1, 5000) t(df)").fetchall()
    assert max(abs(found / stats.t.ppf(0.975, df) - 1) for df, found in rows) < 1e-12
    # the mean of 4, 6, 8: s = 2, n = 3: 6 -/+ t975(2) 2 / sqrt(3)
    lower, upper = stats.t.interval(0.95, 2, 6, 2 / math.sqrt(3))
    assert one(connection, "mean_lower(6, 2, 3)") == pytest.approx(lower, rel=1e-12)
    assert one(connection, "mean_upper(6, 2, 3)") == pytest.approx(upper, rel=1e-12)


def test_the_standard_population_is_eurostats(connection: duckdb.DuckDBPyConnection) -> None:
    bands = [
        5000,
        5500,
        5500,
        5500,
        6000,
        6000,
        6500,
        7000,
        7000,
        7000,
        7000,
        6500,
        6000,
        5500,
        5000,
        4000,
        2500,
        1500,
        1000,
    ]
    assert sum(bands) == 100_000
    for place, persons in enumerate(bands):
        assert one(connection, f"esp2013_below({5 * place + 5}) - esp2013_below({5 * place})") == persons
    assert one(connection, "esp2013_below(120)") == 100_000
    published = Path(settings.REPOSITORY).parent / "shared" / "figures" / "european_standard_population_2013.csv"
    if published.exists():
        with published.open(encoding="utf-8") as file:
            assert [int(row["esp2013"]) for row in csv.DictReader(file)] == bands


def test_a_directly_standardised_rate_by_hand(connection: duckdb.DuckDBPyConnection) -> None:
    # two bands, 0-39 and 40+: the standard has 47 000 younger than 40 (5000 + 3 5500 + 2 6000 + 6500 + 7000)
    ages(connection, "ill", "0580", [("0-39", 20, 10_000), ("40_plus", 90, 5_000)])
    ages(connection, "ill", "00", [("0-39", 1_000, 1_000_000), ("40_plus", 18_000, 900_000)])
    ages(connection, "ill", "0581", [("0-39", 2, 10_000), ("40_plus", 7, 5_000)])
    model(connection, "age_count")
    found = {row["area_code"]: row for row in model(connection, "standardised")}
    area = found["0580"]
    # 0.47 0.002 + 0.53 0.018 = 0.01048 per person, 10.48 per thousand
    assert area["direct"] == pytest.approx(10.48, rel=1e-12)
    # variance 0.47^2 20 / 10^8 + 0.53^2 90 / 25 10^6
    variance = 0.47**2 * 20 / 1e8 + 0.53**2 * 90 / 25e6
    lower = 0.01048 + math.sqrt(variance / 110) * (one(connection, "byar_lower(110)") - 110)
    assert area["direct_lower"] == pytest.approx(1000 * lower, rel=1e-12)
    assert area["direct_reason"] is None
    # expected: 10 000 0.001 + 5 000 0.02 = 110: exactly as the nation
    assert area["expected"] == pytest.approx(110, rel=1e-12)
    assert area["ratio"] == pytest.approx(1, rel=1e-12)
    assert area["ratio_upper"] == pytest.approx(one(connection, "byar_upper(110)") / 110, rel=1e-12)
    # the nation's crude rate is 19 000 / 1 900 000 = 10 per thousand
    assert area["indirect"] == pytest.approx(10, rel=1e-12)
    few = found["0581"]
    assert few["direct"] is None
    assert few["direct_reason"] == "fewer than ten events"
    assert few["ratio"] == pytest.approx(9 / 110, rel=1e-12)
    assert few["ratio_lower"] == pytest.approx(stats.chi2.ppf(0.025, 18) / 2 / 110, rel=1e-12)


BANDS = [("0", 1), ("1-4", 4), *((f"{age}-{age + 4}", 5) for age in range(5, 85, 5)), ("85_plus", None)]


def _life(deaths: list[float], persons: list[float]) -> tuple[float, float]:
    """Chiang's table row by row, as in his book, and Silcocks' variance."""
    alive, at_start, years, shares = 1.0, [], [], []
    for place, (d, p) in enumerate(zip(deaths, persons, strict=True)):
        width, a, m = BANDS[place][1], 0.1 if place == 0 else 0.5, d / p
        q = 1.0 if width is None else width * m / (1 + width * (1 - a) * m)
        at_start.append(alive)
        shares.append(q)
        dying = alive * q
        years.append(alive / m if width is None else width * (alive - dying) + a * width * dying)
        alive -= dying
    variance = 0.0
    for place, (d, p) in enumerate(zip(deaths, persons, strict=True)):
        width, a, q, m = BANDS[place][1], 0.1 if place == 0 else 0.5, shares[place], d / p
        if width is None:
            variance += at_start[place] ** 2 / (d * m * m)
        elif d:
            ahead = sum(years[place + 1 :]) / at_start[place + 1]
            variance += at_start[place] ** 2 * ((1 - a) * width + ahead) ** 2 * q * q * (1 - q) / d
    return sum(years), math.sqrt(variance)


def test_life_expectancy_is_chiangs_table_with_silcocks_variance(connection: duckdb.DuckDBPyConnection) -> None:
    rng = np.random.default_rng(2)
    wanted = {}
    for area in ("0580", "0581", "0582"):
        persons = rng.integers(300, 9_000, len(BANDS)).astype(float)
        rate = np.r_[0.003, 0.0002, 0.0001 * np.exp(0.085 * np.arange(5, 85, 5)), 0.15]
        deaths = rng.poisson(rate * persons).astype(float)
        deaths[-1] = max(deaths[-1], 1)
        deaths[3] = 0  # a band in which nobody died has no part in the variance
        ages(
            connection,
            "mortality_by_age",
            area,
            [(code, d, p) for (code, _), d, p in zip(BANDS, deaths, persons, strict=True)],
        )
        wanted[area] = _life(deaths.tolist(), persons.tolist())
    model(connection, "age_count")
    found = {row["area_code"]: row for row in model(connection, "life_expectancy")}
    assert found.keys() == wanted.keys()
    for area, (years, se) in wanted.items():
        assert found[area]["life_expectancy"] == pytest.approx(years, rel=1e-10)
        assert 60 < years < 95
        assert found[area]["se"] == pytest.approx(se, rel=1e-10)
        assert found[area]["ci_upper"] == pytest.approx(years + stats.norm.ppf(0.975) * se, rel=1e-10)


def test_life_expectancy_where_the_same_die_at_every_age(connection: duckdb.DuckDBPyConnection) -> None:
    # one open band from birth: m = 0.0125, so e0 = 1 / m = 80 and the variance 1 / (d m^2) = 6400 / d
    ages(connection, "mortality_by_age", "0580", [("0_plus", 125, 10_000)])
    model(connection, "age_count")
    (found,) = model(connection, "life_expectancy")
    assert found["life_expectancy"] == pytest.approx(80, rel=1e-12)
    assert found["se"] == pytest.approx(math.sqrt(6400 / 125), rel=1e-12)


@pytest.mark.parametrize(
    ("bands", "word"),
    [
        ([("0-64", 5, 4_000), ("65_plus", 9, 1_000)], "5,000 person-years"),
        ([("0-64", 5, 4_000), ("65_plus", 0, 9_000)], "no deaths in the open age band"),
        ([("0-64", 0, 0), ("65_plus", 5, 9_000)], "nobody in it"),
        ([("0-64", 5, 9_000), ("65_plus", 9_001, 9_000)], "more deaths than persons"),
        ([("0-64", -1, 9_000), ("65_plus", 5, 9_000)], "deaths below zero"),
        ([("0-59", 1, 9_000), ("65_plus", 5, 9_000)], "without a gap"),
        ([("1-64", 1, 9_000), ("65_plus", 5, 9_000)], "without a gap"),
        ([("0-64", 1, 9_000), ("65-79", 5, 9_000)], "without a gap"),
    ],
)
def test_life_tables_that_are_refused(connection: duckdb.DuckDBPyConnection, bands: list, word: str) -> None:
    ages(connection, "mortality_by_age", "0580", bands)
    model(connection, "age_count")
    (found,) = model(connection, "life_expectancy")
    assert found["status"] == "refused"
    assert word in found["reason"]
    assert found["life_expectancy"] is None
    assert found["ci_lower"] is None
