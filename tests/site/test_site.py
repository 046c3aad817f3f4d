"""What the page is given: the same figures as the release, in files that load from a double click, and nothing more.

Reads the small house's release. How it looks in a browser is tested in test_page_*.py, the charts in
test_charts.py.
"""

import base64
import json
import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pyarrow.parquet as pq
import pytest

from pipelines.site.figures import _rounded
from pipelines.site.writer import strings
from schemas.fields import PROVENANCES, RELIABILITIES, STATUS_REASONS, STATUSES
from schemas.registry import CONTRACTS

pytest_plugins = ["tests.fixtures.small_fixtures"]


@pytest.fixture(scope="module")
def latest(small_released: Path) -> Path:
    return (small_released / "data" / "published" / "latest").resolve()


@pytest.fixture(scope="module")
def site(latest: Path) -> Path:
    return latest / "site"


@pytest.fixture(scope="module")
def release(latest: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(latest / "jamlik.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def manifest(site: Path) -> dict[str, Any]:
    return read_global(site / "manifest.js", "JAMLIK")


def read_global(path: Path, name: str) -> Any:
    text = path.read_text(encoding="utf-8")
    start, end = f"globalThis.{name} = ", ";\n"
    assert text.startswith(start)
    assert text.endswith(end)
    return json.loads(text[len(start) : -len(end)])


def indicator_rows(site: Path, indicator: str) -> list[dict[str, Any]]:
    return pq.read_table(site / "data" / "indicator" / f"{indicator}.parquet").to_pylist()


def area_rows(site: Path, area: str, kind: str) -> list[dict[str, Any]]:
    rows = pq.read_table(site / "data" / "area" / f"{area}.parquet").to_pylist()
    return [row for row in rows if row["kind"] == kind]


def test_every_figure_shown_is_the_releases(
    site: Path, release: duckdb.DuckDBPyConnection, manifest: dict[str, Any]
) -> None:
    """Every row of indicator_value but crosses, as it stands: value, interval, status, reason, caution, provenance."""
    columns = (
        "area_code, period, year, dimension, group_code, sex, value, ci_lower, ci_upper, status, {}, reliability, "
        "provenance, break_before"
    )
    compared = 0
    for indicator in manifest["indicators"]:
        name = indicator["id"]
        there = set(
            release.execute(
                f"select {columns.format('status_reason')} from indicator_value where indicator_id = ? "
                "and not contains(dimension, '+')",
                [name],
            ).fetchall()
        )
        file = site / "data" / "indicator" / f"{name}.parquet"
        if not there:
            assert not file.exists()
            assert indicator["periods"] == []
            continue
        here = release.execute(f"select {columns.format('reason')} from '{file}' where kind = 'value'").fetchall()
        assert len(here) == len(there)
        assert set(here) == there
        assert indicator["bytes"] == file.stat().st_size
        compared += len(here)
    assert compared > 3000


def test_every_gap_shown_is_the_releases(site: Path, release: duckdb.DuckDBPyConnection) -> None:
    here = release.execute(
        f"""
        select regexp_extract(filename, '(\\w+).parquet', 1), area_code, period, dimension, sex, kind, status, reason,
            certain, worse_when, provenance, value, ci_lower, ci_upper
        from read_parquet('{site}/data/indicator/*.parquet', filename = true) where kind <> 'value' order by all
        """
    ).fetchall()
    there = release.execute(
        """
        select indicator_id, area_code, period, dimension, sex, measure, status, reason, certain, worse_when,
            provenance, estimate, ci_lower, ci_upper
        from inequality
        where measure in ('d', 'r') and stratum = 'total' and dimension <> 'municipality'
            and not contains(dimension, '+')
        order by all
        """
    ).fetchall()
    assert len(here) > 300
    assert [row[:11] for row in here] == [row[:11] for row in there]
    for mine, original in zip(here, there, strict=True):
        for a, b in zip(mine[11:], original[11:], strict=True):
            assert a == b or abs(a - b) <= 1e-9  # a float's noise is left out


def test_missing_is_never_a_number(site: Path) -> None:
    rows = [row for path in (site / "data" / "indicator").glob("*.parquet") for row in pq.read_table(path).to_pylist()]
    values = [row for row in rows if row["kind"] == "value"]
    missing = [row for row in values if row["status"] != "observed"]
    assert missing
    for row in missing:
        assert row["value"] is None
        assert row["map_class"] is None
        assert row["rank"] is None
        assert row["reason"] in STATUS_REASONS or row["status"] in ("not_fetched", "not_yet_published", "no_source")
    assert all(row["value"] is not None for row in values if row["status"] == "observed")


def test_places_are_ordered_and_classed_within_a_period(site: Path, manifest: dict[str, Any]) -> None:
    """Rank and class worked out again, one period at a time, from the values alone."""
    seen = 0
    for indicator in manifest["indicators"]:
        if not indicator["periods"]:
            continue
        rows = [row for row in indicator_rows(site, indicator["id"]) if row["kind"] == "value"]
        base = [row for row in rows if row["dimension"] == indicator["base"] and len(row["area_code"]) == 4]
        for series in {(row["period"], row["group_code"], row["sex"]) for row in base}:
            alike = [row for row in base if (row["period"], row["group_code"], row["sex"]) == series]
            ordered = sorted(
                (row for row in alike if row["value"] is not None), key=lambda row: (row["value"], row["area_code"])
            )
            assert [row["rank"] for row in ordered] == list(range(1, len(ordered) + 1))
        for row in base:
            if row["value"] is not None:
                limits = indicator["class_breaks"][row["group_code"]]
                assert row["map_class"] == sum(row["value"] >= limit for limit in limits)
                seen += 1
    assert seen > 1000


def test_limits_of_classes_are_rounded_but_kept_apart() -> None:
    assert _rounded([70.61, 75.04, 78.66, 83.0], 1) == [70.6, 75.0, 78.7, 83.0]
    assert _rounded([0.501, 0.502, 0.503, 0.504], 2) == [0.501, 0.502, 0.503, 0.504]
    assert _rounded([5.0, 5.0, 5.0, 5.0], 1) == [5.0]
    assert _rounded([0.0, 0.0, 0.0, 2.0], 0) == [0.0, 2.0]


def test_a_line_is_cut_where_a_series_breaks(site: Path, manifest: dict[str, Any]) -> None:
    """`segment` counts the breaks before a period, worked out again row by row."""
    cut = 0
    for indicator in manifest["indicators"]:
        if not indicator["periods"]:
            continue
        series: dict[tuple[str, ...], list[dict[str, Any]]] = {}
        for row in indicator_rows(site, indicator["id"]):
            if row["kind"] == "value":
                key = (row["area_code"], row["dimension"], row["group_code"], row["sex"])
                series.setdefault(key, []).append(row)
        for rows in series.values():
            ordered = sorted(rows, key=lambda row: row["year"])
            breaks = np.cumsum([row["break_before"] for row in ordered])
            assert [row["segment"] for row in ordered] == breaks.tolist()
            cut += int(breaks[-1])
    assert cut > 0


def test_a_place_lies_on_its_spine_where_the_quartiles_say(
    site: Path, release: duckdb.DuckDBPyConnection, manifest: dict[str, Any]
) -> None:
    polarity = {indicator["id"]: indicator["polarity"] for indicator in manifest["indicators"]}
    turned = 0
    for row in area_rows(site, "0580", "level"):
        values = [
            value
            for (value,) in release.execute(
                "select value from indicator_value where indicator_id = ? and period = ? and dimension = ? and sex = ? "
                "and group_code = ? and area_level = 'municipality' and value is not null",
                [row["indicator_id"], row["period"], row["dimension"], row["sex"], row["group_code"]],
            ).fetchall()
        ]
        if not values:
            assert row["p50"] is None
            continue
        assert [row["p25"], row["p50"], row["p75"]] == pytest.approx(np.percentile(values, [25, 50, 75]), rel=1e-6)
        ends = [row["value"], row["county_value"], row["nation_value"], *np.percentile(values, [2.5, 97.5])]
        low, high = min(x for x in ends if x is not None), max(x for x in ends if x is not None)
        assert [row["low"], row["high"]] == pytest.approx([low, high], rel=1e-6)
        if row["value"] is not None and high > low:
            share = (row["value"] - low) / (high - low)
            if polarity[row["indicator_id"]] == "lower_is_better":
                share, turned = 1 - share, turned + 1
            assert row["x"] == pytest.approx(share, abs=0.0011)
            assert -0.001 <= row["x"] <= 1.001
    assert turned > 3


def test_where_only_groups_have_figures_they_tell_the_level(manifest: dict[str, Any], site: Path) -> None:
    base = {indicator["id"]: indicator["base"] for indicator in manifest["indicators"]}
    assert base["life_expectancy"] == "sex"
    assert base["population_age_structure"] == "age"
    assert base["riksdag_turnout"] == "total"
    rows = [row for row in area_rows(site, "0580", "level") if row["indicator_id"] == "life_expectancy"]
    assert sorted(row["group_code"] for row in rows) == ["men", "women"]


def test_a_place_knows_where_it_is_heading(site: Path, release: duckdb.DuckDBPyConnection) -> None:
    """The question of the front page: how large is the education gap in turnout in Motala, and is it closing?"""
    (gap,) = [
        row
        for row in area_rows(site, "0583", "gap")
        if (row["indicator_id"], row["dimension"]) == ("riksdag_turnout", "education")
    ]
    assert (gap["value"], gap["certain"], gap["trend"], gap["trend_ratio"]) == (16.0, "yes", "widening", "widening")
    there = release.execute(
        "select total_change from trend where indicator_id = 'riksdag_turnout' and area_code = '0583' "
        "and measure = 'd' and dimension = 'education' and sex = 'total' and trend_years = ?",
        [gap["trend_years"]],
    ).fetchall()
    assert gap["change"] == pytest.approx(there[0][0])


def test_what_says_nothing_about_a_place_is_listed_with_its_reason(
    site: Path, release: duckdb.DuckDBPyConnection
) -> None:
    measured = {row["indicator_id"] for row in area_rows(site, "0580", "level")}
    absent = area_rows(site, "0580", "absent")
    everything = {name for (name,) in release.execute("select indicator_id from indicator").fetchall()}
    assert measured | {row["indicator_id"] for row in absent} == everything
    assert measured.isdisjoint({row["indicator_id"] for row in absent})
    assert all(f"absent.{row['reason']}" in strings() for row in absent)


def test_a_double_click_gets_the_same_bytes(site: Path) -> None:
    files = sorted((site / "data").rglob("*.parquet"))
    assert len(files) > 20
    for path in random.Random(11).sample(files, 10):
        text = path.with_name(f"{path.name}.js").read_text(encoding="ascii")
        found = re.fullmatch(r'\(globalThis\.JAMLIK_DATA \?\?= \{\}\)\["(.+)"\] = "([A-Za-z0-9+/=]+)";\n', text)
        assert found
        assert f"{found[1]}.parquet" == path.relative_to(site / "data").as_posix()
        assert base64.b64decode(found[2]) == path.read_bytes()


def test_files_are_what_a_small_reader_reads(site: Path) -> None:
    for path in sorted((site / "data").rglob("*.parquet")):
        described = pq.read_metadata(path)
        for group in range(described.num_row_groups):
            for column in range(described.num_columns):
                chunk = described.row_group(group).column(column)
                assert chunk.compression == "SNAPPY"
                assert set(chunk.encodings) <= {"PLAIN", "RLE", "PLAIN_DICTIONARY", "RLE_DICTIONARY"}
        assert described.num_row_groups <= 3


def test_a_part_is_where_the_manifest_says(site: Path, manifest: dict[str, Any]) -> None:
    seen = set()
    for indicator in manifest["indicators"]:
        for part, group in indicator["parts"].items():
            with pq.ParquetFile(site / "data" / "indicator" / f"{indicator['id']}.parquet") as file:
                rows = file.read_row_group(group, columns=["kind", "dimension"]).to_pylist()
            assert {row["kind"] != "value" for row in rows} == {part == "gaps"}
            if part != "gaps":
                assert {row["dimension"] == indicator["base"] for row in rows} == {part == "whole"}
        seen.add(tuple(indicator["parts"]))
    assert ("whole", "gaps") in seen  # life expectancy: by sex only
    assert ("whole", "splits", "gaps") in seen


def test_every_code_has_its_words() -> None:
    words = strings()
    benchmark, trend = CONTRACTS["mart.benchmark"], CONTRACTS["mart.trend"]
    coverage, state = CONTRACTS["mart.area_coverage"], CONTRACTS["mart.recommendation_status"]
    wanted = {
        "status": STATUSES,
        "reason": STATUS_REASONS,
        "provenance": PROVENANCES,
        "reliability": RELIABILITIES,
        "certain": CONTRACTS["mart.inequality"].column("certain").one_of,
        "flag": CONTRACTS["mart.quality_flag"].column("flag").one_of,
        "compare_reason": benchmark.column("reason").one_of,
        "trend_reason": trend.column("change_reason").one_of,
        "trend": trend.column("change_verdict").one_of,
        "absent": coverage.column("reason").one_of,
        "summary": state.column("summary").one_of,
    }
    for first, codes in wanted.items():
        assert codes
        for code in codes:
            assert {"sv", "en"} == set(words[f"{first}.{code}"]), f"{first}.{code}"


def test_every_reason_of_a_gap_has_its_words(release: duckdb.DuckDBPyConnection) -> None:
    reasons = release.execute(
        "select distinct reason from inequality where measure in ('d', 'r') and stratum = 'total' "
        "and reason is not null and dimension <> 'municipality'"
    ).fetchall()
    assert reasons
    for (reason,) in reasons:
        for part in reason.split("; "):
            assert f"gap_reason.{part}" in strings(), part
