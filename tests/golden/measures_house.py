"""A small warehouse with every inequality model built on figures made at random, for several tests of the release.

One county with 13 municipalities, two years, splits by sex, education, birth and age, one cross, and each polarity.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa

from pipelines import settings
from pipelines.statistics.simulation import MEMBERS_TO_DRAW, simulate
from pipelines.warehouse.models import read_models
from schemas.measures import CONTRACTS

COUNTY, TOWNS = "05", [f"05{number:02d}" for number in range(60, 73)]
INDICATORS = {
    # id: family, scale, polarity, target
    "good_health": ("share", 100.0, "higher_is_better", None),
    "deaths": ("rate", 100_000.0, "lower_is_better", None),
    "income": ("mean", 1.0, "higher_is_better", None),
    "age_mean": ("mean", 1.0, "none", None),
    "council": ("share", 100.0, "target", 50.0),
    "population": ("count", 1.0, "none", None),
    "persistent_low_economic_standard": ("share", 100.0, "lower_is_better", None),
    "low_education_25_64": ("share", 100.0, "lower_is_better", None),
    "long_term_unemployed_25_65": ("share", 100.0, "lower_is_better", None),
}
GROUPS = [
    # dimension, code, ordered, order, reference
    ("total", "total", False, None, False),
    ("sex", "women", False, None, False),
    ("sex", "men", False, None, False),
    ("education", "primary", True, 1, False),
    ("education", "secondary", True, 2, False),
    ("education", "tertiary", True, 3, True),
    ("country_of_birth", "native", False, None, True),
    ("country_of_birth", "foreign", False, None, False),
    ("age", "0-64", False, None, False),
    ("age", "65_plus", False, None, False),
    ("region_of_birth", "nordic", False, None, False),
    ("region_of_birth", "europe", False, None, False),
    ("region_of_birth", "world", False, None, False),
]


def _rows(rng: np.random.Generator) -> Iterator[tuple]:
    """Figures for the nation, a county and its 13 municipalities: total, sex, education by sex, and one cross."""
    cells = [("total", "total", "total"), ("sex", "women", "women"), ("sex", "men", "men")]
    cells += [
        ("education", code, sex) for code in ("primary", "secondary", "tertiary") for sex in ("total", "women", "men")
    ]
    cells += [("age", code, "total") for code in ("0-64", "65_plus")]
    cells += [("region_of_birth", code, "total") for code in ("nordic", "europe", "world")]
    cells += [
        ("country_of_birth+education", f"{born}+{school}", "total")
        for born in ("native", "foreign")
        for school in ("primary", "secondary", "tertiary")
    ]
    for indicator, (family, scale, *_) in INDICATORS.items():
        for area in ("00", COUNTY, *TOWNS):
            level = {2: "county", 4: "municipality"}[len(area)] if area != "00" else "nation"
            for year in (2019, 2022):
                alone = [("country_of_birth", "foreign", "total")] if indicator == "income" else []
                for dimension, code, sex in cells + alone:
                    persons = float(rng.integers(500, 20_000))
                    value = {"share": rng.uniform(5, 95), "rate": rng.uniform(200, 2000)}.get(
                        family, rng.uniform(20, 400)
                    )
                    counted = area in ("00", COUNTY) or indicator == "deaths"
                    hidden = rng.random() < 0.03 and level == "municipality"
                    yield (
                        indicator, area, str(year), dimension, code, sex, level, year,
                        None if hidden else value,
                        None if hidden or not counted else value / scale * persons,
                        persons if counted else None,
                        persons, value / 30 if counted else None,
                        "suppressed" if hidden else "observed", "published",
                    )  # fmt: skip


def build(file: Path) -> None:
    """Makes the small warehouse in a new DuckDB file: every measure model, in the order the runner would take."""
    with duckdb.connect(str(file)) as con:
        con.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
        for schema in ("catalogue", "core", "mart", "measure"):
            con.execute(f"create schema {schema}")
        con.execute(
            "create table mart.indicator (indicator_id varchar, family varchar, scale double, polarity varchar,"
            " target_value double, may_exceed_scale boolean)"
        )
        con.executemany(
            "insert into mart.indicator values (?, ?, ?, ?, ?, false)",
            [(name, *rest) for name, rest in INDICATORS.items()],
        )
        con.execute(
            "create table core.social_group (dimension varchar, group_code varchar, ordered boolean,"
            " subgroup_order integer,"
            " is_reference boolean)"
        )
        con.executemany("insert into core.social_group values (?, ?, ?, ?, ?)", GROUPS)
        con.execute("create table catalogue.not_compared (indicator_id varchar, dimension varchar, until_year integer)")
        con.execute("create table core.area (area_code varchar, area_level varchar, county_code varchar)")
        con.executemany(
            "insert into core.area values (?, ?, ?)",
            [("00", "nation", None), (COUNTY, "county", COUNTY), *((town, "municipality", COUNTY) for town in TOWNS)],
        )
        con.execute(
            "create table mart.indicator_value (indicator_id varchar, area_code varchar, period varchar,"
            " dimension varchar,"
            " group_code varchar, sex varchar, area_level varchar, year integer, value double, numerator double,"
            " denominator double, weight double, se double, status varchar, provenance varchar, reliability varchar)"
        )
        columns = zip(*_rows(np.random.default_rng(8)), strict=True)
        con.register("figures", pa.table({f"c{place}": pa.array(column) for place, column in enumerate(columns)}))
        con.execute("insert into mart.indicator_value select *, null from figures")
        con.unregister("figures")
        con.execute("update mart.indicator_value set provenance = 'synthetic' where indicator_id = 'income'")
        for name, model in read_models().items():
            if name == "measure.estimate":
                drawn = simulate(con.sql(MEMBERS_TO_DRAW).to_arrow_table(), 500)
                con.register("drawn", drawn)
                con.execute("create table measure.simulated as select * from drawn")
                con.unregister("drawn")
            if name in CONTRACTS:
                con.execute(f"create table {name} as {model.sql}")


def rows(house: duckdb.DuckDBPyConnection, where: str) -> dict[tuple, dict[str, Any]]:
    found = house.sql(f"select * from mart.inequality where {where}").to_arrow_table().to_pylist()
    assert found, where
    return {(row["indicator_id"], row["area_code"], row["period"], row["sex"], row["measure"]): row for row in found}


def value(house: duckdb.DuckDBPyConnection, indicator: str, area: str, dimension: str, code: str, sex: str) -> float:
    return house.execute(
        "select value from mart.indicator_value where indicator_id = ? and area_code = ? and period = '2022'"
        " and dimension = ?"
        " and group_code = ? and sex = ?",
        [indicator, area, dimension, code, sex],
    ).fetchall()[0][0]
