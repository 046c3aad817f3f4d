"""The made-up RAKS delivery: it holds its margins, and never shows without its mark.

Not here: that it can be left out (tests/inbox/), and that it gives way to a real one (tests/disclosure/).
"""

from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pytest
import yaml

from assets import raks_synthetic
from pipelines import settings
from pipelines.catalogue import entries as catalogue
from pipelines.errors import Refused
from pipelines.inbox.shapes import shapes
from pipelines.release.building import released_tables
from pipelines.statistics.fitting import Margin, farthest, fit, whole
from pipelines.statistics.heat import export_heat
from schemas.deliveries import CONTRACTS

pytest_plugins = ["tests.fixtures.small_fixtures"]

MARK = "synthetic"
RAKS = "indicator_id like 'raks%' and period = '2019'"
DESCRIPTIONS = ("indicator", "catalogue_row")  # what is sought and how, without any figure of a place
# What ties a row to figures; a contrast may be of a cross, and between areas.
KEYS = {
    "*": ("indicator_id", "area_code", "period", "dimension", "area_level"),
    "inequality": ("indicator_id", "period"),
}


@pytest.fixture(scope="module")
def house(small_released: Path) -> duckdb.DuckDBPyConnection:
    """The small house's warehouse, read-only."""
    return duckdb.connect(str(small_released / "data" / "warehouse" / "jamlik.duckdb"), read_only=True)


@pytest.fixture(scope="module")
def margins(house: duckdb.DuckDBPyConnection) -> pa.Table:
    return house.table("core.raks_margin").to_arrow_table()


def test_it_is_whole_persons_and_the_population_to_the_last_one(house: duckdb.DuckDBPyConnection) -> None:
    """Persons by municipality, sex and age are those of the registers: 25-64 by education, too."""
    wrong = house.execute(
        "with made as (select municipality, sex, age_group, education, sum(value) as persons "
        "from source.raks_synthetic group by all), known as (select area_code, sex, age_group, "
        "case when education like 'tertiary%' then 'tertiary' else education end as education, "
        "sum(persons) as persons from core.education where age_group in "
        "('25-34', '35-44', '45-54', '55-64') group by all) select count(*), count(*) filter "
        "(coalesce(m.persons, 0) <> k.persons) from known k left join made m on m.municipality = k.area_code "
        "and m.sex = k.sex and m.age_group = k.age_group and m.education = k.education"
    ).fetchall()
    assert wrong == [(14 * 2 * 4 * 4, 0)]
    assert house.execute(
        "select (select sum(value) from source.raks_synthetic) - (select sum(persons) from core.population_by_age "
        "where year = 2019 and basis = 'december' and age between 20 and 64)"
    ).fetchall() == [(0,)]
    assert house.execute(
        "select count(*) from source.raks_synthetic where value <> round(value) or value < 1"
    ).fetchall() == [(0,)]


@pytest.mark.parametrize(
    ("kpi", "whom"),
    [
        ("N00914", "main_affiliation in ('1', '2', '5', '6')"),
        ("N02926", "country_of_birth = 'foreign'"),
    ],
)
def test_it_holds_the_published_shares_of_each_municipality_and_sex(
    house: duckdb.DuckDBPyConnection, kpi: str, whom: str
) -> None:
    found = house.execute(
        f"select max(abs(m.persons - k.value / 100 * m.everybody)), count(*) from (select municipality, sex, "
        f"sum(value) filter ({whom}) as persons, sum(value) as everybody from source.raks_synthetic group by all) m "
        f"join core.kolada_value k on k.area_code = m.municipality and k.sex = m.sex and k.year = 2019 "
        f"and k.kpi_id = '{kpi}'"
    ).fetchall()
    farthest_off, compared = found[0]
    assert compared == 28
    assert farthest_off < 20  # persons: what rounding every cell to a whole number does


def test_it_is_the_same_for_the_same_seed_and_another_for_another(
    margins: pa.Table, monkeypatch: pytest.MonkeyPatch
) -> None:
    schema = CONTRACTS["affiliation_cells"].arrow()
    first = raks_synthetic.deliver(margins, schema)
    assert raks_synthetic.deliver(margins, schema).equals(first)
    monkeypatch.setattr(raks_synthetic, "SEED", 1)
    assert not raks_synthetic.deliver(margins, schema).equals(first)


def test_no_margins_no_delivery_and_a_lacking_one_is_told(margins: pa.Table) -> None:
    schema = CONTRACTS["affiliation_cells"].arrow()
    assert raks_synthetic.deliver(margins.slice(0, 0), schema).num_rows == 0
    for lacking, said in (
        ("main_affiliation", "land raks_main_affiliation again"),
        ("employed", "no figure of employed"),
    ):
        rest = margins.filter(pa.compute.not_equal(margins["margin"], lacking))
        with pytest.raises(Refused, match=said):
            raks_synthetic.deliver(rest, schema)


def test_every_margin_says_its_year_and_its_source(margins: pa.Table) -> None:
    told = {(row["margin"], row["margin_year"], row["source_ids"]) for row in margins.to_pylist()}
    assert told == {
        ("population", 2019, "scb_education"),
        ("population", 2019, "scb_education, scb_population"),
        ("employed", 2019, "kolada_values"),
        ("employed_foreign_born", 2019, "kolada_values"),
        ("foreign_born", 2019, "kolada_values"),
        ("neither_working_nor_studying", 2019, "kolada_values"),
        ("main_affiliation", 2007, "raks_main_affiliation"),
    }


def test_fitting_meets_the_margins_of_deming_and_stephan() -> None:
    """A table by hand: start 1 2 / 3 4, rows to 30 and 70, columns to 40 and 60; odds ratio (1·4)/(2·3) is kept."""
    start = np.array([[1.0, 2.0], [3.0, 4.0]])
    wanted = (Margin("rows", (0,), np.array([30.0, 70.0])), Margin("columns", (1,), np.array([40.0, 60.0])))
    fitted, off = fit(start, wanted, tolerance=1e-9)
    assert off <= 1e-9
    assert farthest(fitted, wanted) == off
    assert fitted[0, 0] * fitted[1, 1] / (fitted[0, 1] * fitted[1, 0]) == pytest.approx(2 / 3)
    rounded = whole(fitted, np.array([30, 70]), np.random.default_rng(1))
    assert rounded.sum(axis=1).tolist() == [30, 70]
    assert np.abs(rounded - fitted).max() < 1
    with pytest.raises(Refused, match="rows has a negative count"):
        fit(start, (Margin("rows", (0,), np.array([-1.0, 2.0])),))


def test_four_dimensions_are_shown_for_every_municipality(house: duckdb.DuckDBPyConnection) -> None:
    found = house.execute(
        f"select dimension, count(distinct area_code), count(distinct indicator_id), min(provenance), max(provenance) "
        f"from mart.indicator_value where {RAKS} and area_level = 'municipality' and value is not null "
        f"and position('+' in dimension) = 0 group by dimension order by dimension"
    ).fetchall()
    # what protection hides of an indicator in every place may be one of the eight
    assert [row[0] for row in found] == ["age", "country_of_birth", "education", "sex", "total"]
    assert all(areas == 14 and indicators >= 7 and marks == [MARK, MARK] for _, areas, indicators, *marks in found)
    crosses = house.execute(
        f"select distinct dimension from mart.indicator_value where {RAKS} and position('+' in dimension) > 0 "
        f"order by dimension"
    ).fetchall()
    assert crosses == [("age+country_of_birth",), ("age+education",), ("country_of_birth+education",)]


def test_no_made_up_number_is_released_without_its_mark(small_released: Path) -> None:
    """In every released table, as DuckDB and as parquet: a row about what is made up says so in a column."""
    latest = small_released / "data" / "published" / "latest"
    with duckdb.connect(str(latest / "jamlik.duckdb"), read_only=True) as release:
        assert release.execute("select contains_synthetic from release").fetchall() == [(True,)]
        for table in released_tables():
            parquet = f"read_parquet('{latest / 'parquet' / table.name}.parquet')"
            for relation in (table.name, parquet):
                _marked(release, table.name, relation)


def _marked(release: duckdb.DuckDBPyConnection, name: str, relation: str) -> None:
    """Holds a table against the rule: a row that speaks of a made-up figure says so, or there is no such row."""
    columns = {row[0]: row[1] for row in release.execute(f"describe select * from {relation}").fetchall()}
    figures = [column for column, kind in columns.items() if kind in ("DOUBLE", "BIGINT", "FLOAT")]
    if "indicator_id" not in columns or not figures or name in DESCRIPTIONS:
        return
    on = [key for key in KEYS.get(name, KEYS["*"]) if key in columns]
    # what only made-up figures tell of; where real ones stand beside them, a summary may be of those
    made_up = (
        f"select {', '.join(on)} from indicator_value where value is not null group by all "
        f"having bool_and(provenance = '{MARK}')"
    )
    told = [f"{column} = '{MARK}'" for column in ("provenance", "flag") if column in columns]
    told += [f"{column} > 0" for column in columns if column == "cells_synthetic"]
    told += ["not measured" for column in columns if column == "measured"]  # a made-up figure is no measurement
    rows = f"select * from {relation} semi join ({made_up}) using ({', '.join(on)})"
    if name == "quality_flag":
        rows = f"select * from {relation} where flag = '{MARK}'"
    found = release.execute(
        f"select count(*), count(*) filter (not ({' or '.join(told) or 'false'})) from ({rows})"
    ).fetchall()[0]
    assert found[1] == 0, f"{relation}: {found[1]} of {found[0]} rows of made-up figures do not say so"
    if name in ("indicator_value", "inequality", "coverage", "quality_flag"):
        assert found[0] > 0, f"{name} says nothing of what is made up"


def test_a_missing_mark_would_be_noticed(tmp_path: Path) -> None:
    with duckdb.connect() as release:
        release.execute(
            "create table indicator_value as select 'raks_x' as indicator_id, 'synthetic' as provenance, 1 as value"
        )
        release.execute(
            "create table trend as select 'raks_x' as indicator_id, 1::double as slope, 'computed' as provenance"
        )
        with pytest.raises(AssertionError, match="1 of 1 rows"):
            _marked(release, "trend", "trend")
        release.execute("create table target as select 'raks_x' as indicator_id, 1::double as distance")
        with pytest.raises(AssertionError, match="1 of 1 rows"):
            _marked(release, "target", "target")


def test_the_export_to_who_marks_it(small_released: Path, tmp_path: Path) -> None:
    out = tmp_path / "heat.csv"
    latest = small_released / "data" / "published" / "latest" / "jamlik.duckdb"
    with duckdb.connect(str(latest), read_only=True) as release:
        export_heat(release, out)
    found = duckdb.execute(
        "select count(*), count(*) filter (coalesce(flag, '') not like 'synthetic%') "
        "from read_csv(?, all_varchar = true) where indicator_abbr like 'raks%' and date = '2019'",
        [str(out)],
    ).fetchall()[0]
    assert found[0] > 500
    assert found[1] == 0


def test_the_order_form_and_its_twin_say_the_same() -> None:
    form = (settings.REPOSITORY / "docs" / "raks-order.md").read_text(encoding="utf-8")
    for shape in shapes().values():
        assert f"(`{shape.id}`)" in form
        for name in shape.columns:
            assert f"`{name}`" in form, f"{shape.id}: {name} is not in the order form"
    example = yaml.safe_load(form.split("```yaml\n")[1].split("```")[0])
    assert set(example["columns"]) == set(shapes()[example["shape"]].columns)
    for table_id in ("raks_cells", "raks_flows", "raks_graduates"):
        assert catalogue.sources()[table_id].confidentiality == "secret"


def test_the_public_counterparts_stand_beside_and_say_what_differs() -> None:
    """Labour market status (AM0210), main source of income, self-sufficiency and full-year equivalents."""
    entries = catalogue.mapped("indicators.yaml", "indicators")
    for name in (
        "employment_rate_20_64",
        "main_income_source_work",
        "self_supporting_20_64",
        "full_year_equivalents_benefits",
    ):
        assert "Skiljer sig från RAKS: " in entries[name]["limits_sv"], name
