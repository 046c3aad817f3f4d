"""The export in WHO HEAT's template: columns, groups, flags; and that our own reader takes it back."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from pipelines.errors import Refused, WrongCall
from pipelines.statistics.heat import TEMPLATE, export_heat
from pipelines.statistics.measures import measures_of_file


@pytest.fixture
def release() -> Iterator[duckdb.DuckDBPyConnection]:
    """A release of a few figures, tables as in a released file."""
    with duckdb.connect() as con:
        con.execute(
            "create table indicator (indicator_id varchar, title_en varchar, family varchar, scale double,"
            " polarity varchar, target_value double, may_exceed_scale boolean)"
        )
        con.executemany("insert into indicator values (?, ?, ?, ?, ?, ?, false)", [
            ("good_health", "Good health", "share", 100, "higher_is_better", None),
            ("income", "Income", "mean", 1, "higher_is_better", None),
            ("council", "Women in the council", "share", 100, "target", 50),
            ("tenants", "Tenants", "share", 100, "none", None),
            ("people", "People", "count", 1, "none", None),
        ])  # fmt: skip
        con.execute("create table area (area_code varchar, area_name varchar)")
        con.execute("insert into area values ('0583', 'Motala'), ('05', 'Östergötland')")
        con.execute(
            "create table social_group (dimension varchar, group_code varchar, dimension_en varchar, label_en"
            " varchar, sort_order integer, ordered boolean, subgroup_order integer, is_reference boolean)"
        )
        con.executemany("insert into social_group values (?, ?, ?, ?, ?, ?, ?, ?)", [
            ("education", "primary", "Education", "Primary", 1, True, 1, False),
            ("education", "secondary", "Education", "Secondary", 2, True, 2, False),
            ("education", "tertiary", "Education", "Tertiary", 3, True, 3, True),
            ("sex", "women", "Sex", "Women", 1, False, None, False),
            ("sex", "men", "Sex", "Men", 2, False, None, False),
        ])  # fmt: skip
        con.execute(
            "create table indicator_value (indicator_id varchar, area_code varchar, period varchar, dimension"
            " varchar, group_code varchar,"
            " sex varchar, value double, se double, ci_lower double, ci_upper double, weight double, status varchar,"
            " status_reason varchar, provenance varchar, reliability varchar, source_ids varchar)"
        )

        def add(indicator: str, dimension: str, code: str, sex: str, value: float | None, **other: object) -> None:
            row = {
                "se": 2.0,
                "weight": 1000.0,
                "status": "observed",
                "reason": None,
                "provenance": "published",
                "reliability": None,
                **other,
            }
            con.execute(
                "insert into indicator_value values (?, '0583', '2022', ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'survey')",
                [indicator, dimension, code, sex, value, row["se"], value and value - 4, value and value + 4,
                row["weight"],
                 row["status"], row["reason"], row["provenance"], row["reliability"]],
            )  # fmt: skip

        for indicator in ("good_health", "income", "council", "tenants", "people"):
            add(indicator, "total", "total", "total", 70)
            add(indicator, "sex", "women", "women", 66)
            add(indicator, "sex", "men", "men", 74)
        for place, code in enumerate(("primary", "secondary", "tertiary")):
            add("good_health", "education", code, "total", 60 + 10 * place)
            add("good_health", "education", code, "women", 61 + 10 * place, provenance="synthetic")
        add("income", "education", "primary", "total", 300)
        add("income", "education", "secondary", "total", None, status="suppressed", reason="hidden_here", se=None)
        add("council", "education", "primary", "total", None, status="missing", reason="source_gave_none")
        add("council", "education", "tertiary", "total", None, status="missing", reason="source_gave_none")
        add("good_health", "country_of_birth+education", "foreign+primary", "total", 50)
        yield con


def exported(release: duckdb.DuckDBPyConnection, path: Path) -> list[dict]:
    number = export_heat(release, path)
    found = release.sql(f"select * from '{path}'").to_arrow_table()
    assert found.column_names == list(TEMPLATE)
    assert found.num_rows == number > 0
    return found.to_pylist()


def test_the_template_of_a_release(release: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = exported(release, tmp_path / "heat.parquet")
    first = next(row for row in rows if row["indicator_abbr"] == "good_health" and row["subgroup"] == "Primary")
    assert first == {
        "setting": "Motala", "date": "2022", "source": "survey", "indicator_abbr": "good_health",
        "indicator_name": "Good health",
        "dimension": "Education", "subgroup": "Primary", "estimate": 60, "se": 2, "ci_lb": 56, "ci_ub": 64,
        "population": 1000,
        "flag": None, "setting_average": 70, "favourable_indicator": 1, "indicator_scale": 100, "ordered_dimension": 1,
        "subgroup_order": 1, "reference_subgroup": 0,
    }  # fmt: skip
    women = [row for row in rows if row["indicator_abbr"] == "good_health_women"]
    assert [row["estimate"] for row in women] == [61, 71, 81]
    assert {row["flag"] for row in women} == {"synthetic"}  # marked in every export
    assert {row["setting_average"] for row in women} == {66}


def test_what_is_left_out_and_what_is_kept(release: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    rows = exported(release, tmp_path / "heat.csv")
    kinds = {(row["indicator_abbr"], row["dimension"]) for row in rows}
    # no polarity, counts, splits without a figure and crosses are not HEAT's; a hidden group is kept and says why
    assert kinds == {("good_health", "Education"), ("good_health_women", "Education"), ("good_health", "Sex"),
    ("income", "Sex"),
                     ("income", "Education"), ("council", "Sex")}  # fmt: skip
    hidden = next(row for row in rows if row["indicator_abbr"] == "income" and row["subgroup"] == "Secondary")
    assert hidden["estimate"] is None
    assert hidden["flag"] == "suppressed; hidden_here"
    assert {row["indicator_scale"] for row in rows if row["indicator_abbr"] == "income"} == {None}
    council = [row for row in rows if row["indicator_abbr"] == "council"]
    assert [row["estimate"] for row in council] == [16, 24]  # |66 - 50| and |74 - 50|
    assert {row["favourable_indicator"] for row in council} == {0}


@pytest.mark.parametrize("ending", ["csv", "parquet", "xlsx"])
def test_our_own_reader_takes_it_back(release: duckdb.DuckDBPyConnection, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"heat.{ending}"
    export_heat(release, path)
    found = {
        (row["indicator_abbr"], row["dimension"], row["measure"]): row
        for row in measures_of_file(path, draws=100).to_pylist()
    }
    assert found["good_health", "Education", "d"]["estimate"] == 20
    assert found["good_health", "Sex", "d"]["estimate"] == 8
    assert found["council", "Sex", "d"]["estimate"] == 8
    assert found["income", "Education", "d"]["status"] == "refused"
    assert found["income", "Sex", "d"]["status"] == "ok"  # 66 and 74 are no shares of one: a mean has no bound


def test_another_schema(release: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    release.execute("create schema mart")
    for table in ("indicator", "indicator_value", "area", "social_group"):
        release.execute(f"create table mart.{table} as select * from main.{table}")
    assert export_heat(release, tmp_path / "a.csv", "mart") == export_heat(release, tmp_path / "b.csv")
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "b.csv").read_bytes()


def test_where_it_cannot_be_written(release: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    with pytest.raises(WrongCall, match=r"must end in \.csv, \.parquet or \.xlsx"):
        export_heat(release, tmp_path / "heat.json")
    for ending in ("csv", "parquet", "xlsx"):
        with pytest.raises(Refused, match="cannot be written"):
            export_heat(release, tmp_path / "no" / f"heat.{ending}")
