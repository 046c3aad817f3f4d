"""The canary: unusual counts planted in a secret table must be found nowhere that anybody else can read.

A whole run on the small house, with the national RAKS series marked secret and two of its counts replaced. Looked
through are all bytes of the release, every number in its tables and in the parquet files' statistics, what is exported
from it, what the run said, and Dagster's own records; the second run fails on the canary, so that a refusal is looked
through, too. That the search finds such a count is seen where the series is public, as it lies in the repository.
"""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet

from tests.fixtures.canary_house import hits, numbers_hit
from tests.fixtures.small_house import SmallHouse

pytest_plugins = ["tests.fixtures.small_fixtures"]

TABLE = "raks_main_affiliation"
CANARY = 1_618_033
YEAR = 2005


def _planted_at(rows: list[dict[str, Any]]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The row that the canary is put into, and the one of the whole that it is part of."""
    year = next(name for name in ("year", "time") if name in rows[0])
    part = next(r for r in rows if r[year] == YEAR and "1" in (str(v) for k, v in r.items() if k != year))
    code = next(k for k, v in part.items() if str(v) == "1")
    return part, next(r for r in rows if r[year] == YEAR and r[code] == "TOT")


def plant(count: int) -> Callable[[pa.Table], pa.Table]:
    """A change of the series: one part is the canary, and the whole moves with it, unless the part is negative."""

    def change(table: pa.Table) -> pa.Table:
        rows = table.to_pylist()
        part, whole = _planted_at(rows)
        if count > 0:
            whole["value"] += count - part["value"]
        part["value"] = float(count)
        return pa.Table.from_pylist(rows, schema=table.schema)

    return change


def test_the_scan_finds_what_is_there_to_be_found(small_released: Path) -> None:
    """The count that the canary takes the place of, where the series is public."""
    folder = small_released / "data" / "snapshot" / TABLE
    part, _ = _planted_at(pyarrow.parquet.read_table(sorted(folder.glob("*.parquet"))).to_pylist())
    assert part["value"] > 1_000_000
    latest = small_released / "data" / "published" / "latest"
    found = numbers_hit(latest, part["value"])
    assert "indicator_value.numerator" in found
    assert any(each.startswith("indicator_value.parquet:") for each in found)


def test_the_canary_is_found_nowhere(small: SmallHouse) -> None:
    small.land(TABLE, plant(CANARY))
    shutil.rmtree(small.data / "dagster")  # what the first run wrote; its series was public
    small.edit_entry("sources.yaml", "tables", TABLE, lambda entry: entry.update(confidentiality="secret"))
    done = small.jamlik("run")
    assert done.code == 0, done.err
    (small.path / "export").mkdir()
    exported = [
        small.jamlik("export-heat", "-o", str(small.path / "export" / f"heat.{kind}")) for kind in ("csv", "xlsx")
    ]
    assert [each.code for each in exported] == [0, 0], exported
    latest = (small.published / "latest").resolve()
    with duckdb.connect(str(small.data / "warehouse" / "jamlik.duckdb"), read_only=True) as warehouse:
        planted = warehouse.execute(f"select count(*) from indicator.everything where numerator = {CANARY}").fetchall()
    assert planted[0][0] > 0, "it has come as far as protection"
    with duckdb.connect(str(latest / "jamlik.duckdb"), read_only=True) as connection:
        rows = connection.execute(
            f"select count(*), count(value) from indicator_value where source_ids = '{TABLE}'"
        ).fetchall()
    assert rows[0][0] > 0
    assert rows[0][1] == 0
    places = [latest, small.data / "dagster", small.path / "export"]
    said = [done.out, done.err, *(each.out + each.err for each in exported)]
    assert not numbers_hit(latest, CANARY)
    assert not hits(places, said, CANARY)

    small.land(TABLE, plant(-CANARY))
    failed = small.jamlik("run")
    assert failed.code == 1
    assert "Traceback" not in failed.err
    assert not hits(places, [failed.out, failed.err], CANARY), "neither a log nor a failure table holds it"
