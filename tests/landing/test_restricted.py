"""Tables on restricted terms lie in a folder of their own and are left out by one option, or by deleting the folder.

What then stands in the release is said, and no figure of theirs is left in a series that goes on without them.
"""

import shutil
from pathlib import Path

import duckdb
import pytest

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.landing import zone
from tests.fixtures.small_house import SmallHouse

pytest_plugins = ["tests.fixtures.small_fixtures"]

RESTRICTED = [source for source in entries.sources().values() if source.restricted]


def test_what_lies_in_the_restricted_folder_is_what_the_catalogue_calls_restricted() -> None:
    assert {source.id for source in RESTRICTED} == {path.name for path in settings.RESTRICTED.iterdir()}
    assert not {source.id for source in RESTRICTED} & {path.name for path in settings.SNAPSHOT.iterdir()}
    assert all("kommersiell användning ej tillåten" in source.licence for source in RESTRICTED)


@pytest.mark.parametrize("source", RESTRICTED, ids=lambda source: source.id)
def test_a_restricted_table_is_left_out_by_the_option_or_by_deleting_it(
    source: entries.Source, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert zone.current(source).kind == "snapshot"
    monkeypatch.setenv("JAMLIK_NO_RESTRICTED", "1")
    assert zone.current(source).kind == "none"
    monkeypatch.delenv("JAMLIK_NO_RESTRICTED")
    monkeypatch.setattr(settings, "RESTRICTED", data / "nowhere")
    assert zone.current(source).kind == "none"


def test_a_release_without_them_says_so(small: SmallHouse) -> None:
    shutil.rmtree(small.data / "landing", ignore_errors=True)
    done = small.jamlik("run", "--no-restricted")
    assert done.code == 0, done.err
    with duckdb.connect(str(small.published / "latest" / "jamlik.duckdb"), read_only=True) as release:
        assert release.execute(
            "select table_id, landing, restricted from source_table where restricted"
        ).fetchall() == [("fohm_counties", "none", True)]
        left = release.execute(
            "select distinct status from indicator_value where source_ids like '%fohm_counties%'"
        ).fetchall()
        assert left == [("not_fetched",)]
