"""A view of the release that nobody has described is refused before a run makes anything, not after it has."""

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.errors import Refused
from pipelines.release import words
from pipelines.release.publish import released_tables
from tests.fixtures.small_house import Latest, SmallHouse

pytest_plugins = ["tests.fixtures.small_fixtures"]

WORDS = "pipelines/release/words.py"
COUNTED = (
    "How many figures a place has",
    "select area_code, count(*) as figures_in_all from indicator_value group by all",
)


def _with_view(monkeypatch: pytest.MonkeyPatch, select: str, about: str = "indicator_value") -> None:
    monkeypatch.setitem(words.VIEWS, "counted", ("How many figures a place has", select))
    monkeypatch.setitem(words.ABOUT, "counted", about)


def test_the_views_there_are_can_be_made_and_are_described() -> None:
    words.check_views(released_tables())


@pytest.mark.parametrize(
    ("select", "about", "naming"),
    [
        (COUNTED[1], "indicator_value", ("figures_in_all", "the view counted", "_NAMED")),
        ("select area_code from area", "places", ("the view counted is about places", "ABOUT")),
        ("select nosuch from area", "area", ("create view counted", "nosuch")),
    ],
)
def test_a_view_without_words_is_refused(
    select: str, about: str, naming: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    _with_view(monkeypatch, select, about)
    with pytest.raises(Refused) as fault:
        words.check_views(released_tables())
    for word in (WORDS, *naming):
        assert word in str(fault.value)


def test_a_view_that_is_about_no_table_is_refused_at_import(tmp_path: Path) -> None:
    text = Path(words.__file__).read_text(encoding="utf-8")
    assert text.count("VIEWS = {") == 1
    (tmp_path / "words.py").write_text(text.replace("VIEWS = {", 'VIEWS = {"counted": ("x", "select 1"),'), "utf-8")
    done = subprocess.run([sys.executable, "words.py"], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 1
    assert f"{WORDS}: the view counted stands in only one of VIEWS and ABOUT" in done.stderr


def test_a_run_says_so_before_it_makes_anything(released_only: SmallHouse) -> None:
    before = Latest.of(released_only.published)
    released_only.edit(WORDS, "VIEWS = {", f'VIEWS = {{"counted": {COUNTED!r},')
    released_only.edit(WORDS, "ABOUT = {", 'ABOUT = {"counted": "indicator_value",')
    released_only.edit_entry("indicators.yaml", "indicators", "neet_16_24", lambda entry: entry.update(title_sv="x"))
    done = released_only.jamlik("run")
    released_only.refused(done, WORDS, "figures_in_all", "_NAMED", before=before)
    assert "catalogue.indicator" not in done.out + done.err
