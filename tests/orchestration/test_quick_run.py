"""What makes a run quick changes no figure: workers side by side, rows to hide that are kept, no needless release."""

import json
from pathlib import Path

import duckdb
import pytest

from pipelines.published.reader import manifest_of
from tests.fixtures.small_house import Latest, SmallHouse, the_sentence

pytest_plugins = ["tests.fixtures.small_fixtures"]


@pytest.mark.parametrize("workers", ["1", "16"])
def test_the_number_of_workers_changes_no_figure(workers: str, unmade: SmallHouse, small_released: Path) -> None:
    done = unmade.jamlik("run", JAMLIK_WORKERS=workers)
    assert done.code == 0, done.err
    tables = manifest_of(unmade.published / "latest")["tables"]
    assert tables == manifest_of(small_released / "data" / "published" / "latest")["tables"]
    assert len(tables) > 20


@pytest.mark.parametrize("workers", ["0", "-1", "two", "1.5", "65", "²"])
def test_a_number_of_workers_that_is_none_is_told(workers: str, released_only: SmallHouse) -> None:
    before = Latest.of(released_only.published)
    done = released_only.jamlik("run", JAMLIK_WORKERS=workers)
    the_sentence(done, f"JAMLIK_WORKERS is '{workers}'", "from 1 to 64", code=2)
    assert Latest.of(released_only.published) == before


def _hidden(house: SmallHouse) -> tuple[dict[str, str], int, int]:
    """By table the digest of what rows to hide were chosen from; how many they are; when their proof was written."""
    with duckdb.connect(str(house.data / "warehouse" / "jamlik.duckdb"), read_only=True) as connection:
        kept = dict(connection.execute("select table_name, digest from meta.kept").fetchall())
        (rows,) = connection.execute("select count(*) from protect.hidden_synthetic").fetchall()[0]
    assert rows > 0
    return kept, rows, (house.data / "ledger" / "synthetic" / "movements" / "next.parquet").stat().st_mtime_ns


def test_rows_to_hide_are_chosen_anew_only_where_the_secret_rows_or_their_rules_are_others(small: SmallHouse) -> None:
    before, tables = _hidden(small), manifest_of(small.published / "latest")["tables"]
    model = small.path / "sql" / "indicators" / "raks_cells.sql"
    text = model.read_text(encoding="utf-8")
    model.write_text(text + "\n-- the same rows, made anew\n", encoding="utf-8")
    assert small.jamlik("run").code == 0
    assert _hidden(small) == before
    assert manifest_of(small.published / "latest")["tables"] == tables
    no_crosses = {"wanted_above": []}
    small.edit_entry("sources.yaml", "tables", "raks_synthetic", lambda entry: entry["disclosure"].update(no_crosses))
    done = small.jamlik("run", "--only", "+protect.hidden_synthetic")
    assert done.code == 0, done.err
    kept, rows, _ = _hidden(small)
    assert kept["protect.hidden_synthetic"] != before[0]["protect.hidden_synthetic"]
    assert rows > before[1]


def test_a_day_of_fetching_alone_makes_no_release_and_a_figure_does(small: SmallHouse) -> None:
    before = Latest.of(small.published)
    file = small.data / "snapshot" / "scb_income" / "provenance.json"
    provenance = json.loads(file.read_text(encoding="utf-8"))
    assert "2024-08-30" in json.dumps(provenance)
    file.write_text(json.dumps(provenance).replace("2024-08-30", "2024-08-31"), encoding="utf-8")
    done = small.jamlik("run")
    assert done.code == 0, done.err
    assert "0 tables made" not in done.err
    assert Latest.of(small.published) == before
    assert done.out.strip().endswith(str(before.target).split("/")[-1])
    assert [path.name for path in small.published.iterdir() if path.name.startswith(".")] == []
    again = small.jamlik("run")
    assert again.code == 0
    assert "0 tables made" in again.err
    assert Latest.of(small.published) == before
    small.edit_entry(
        "indicators.yaml", "indicators", "riksdag_turnout", lambda entry: entry.update(title_sv="Valdeltagande")
    )
    assert small.jamlik("run").code == 0
    assert Latest.of(small.published) != before
