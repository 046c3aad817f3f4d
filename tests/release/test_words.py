"""A view of the release that nobody has described is refused before a run makes anything, not after it has."""

import pytest

from pipelines.errors import Refused
from pipelines.release import views, words
from pipelines.release.building import released_tables
from tests.fixtures.small_house import Latest, SmallHouse

pytest_plugins = ["tests.fixtures.small_fixtures"]

VIEWS = "pipelines/release/views.py"
COUNTED = (
    "How many figures a place has",
    "select area_code, count(*) as figures_in_all from indicator_value group by all",
)


def _with_view(monkeypatch: pytest.MonkeyPatch, select: str, about: str = "indicator_value") -> None:
    monkeypatch.setitem(views.VIEWS, "counted", ("How many figures a place has", select))
    monkeypatch.setitem(views.ABOUT, "counted", about)


def test_the_views_there_are_can_be_made_and_are_described() -> None:
    words.check_views(released_tables())


@pytest.mark.parametrize(
    ("select", "about", "naming"),
    [
        (COUNTED[1], "indicator_value", ("figures_in_all", "the view counted", "NAMED")),
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
    for word in (VIEWS, *naming):
        assert word in str(fault.value)


def test_a_view_that_is_about_no_table_is_refused_at_import(released_only: SmallHouse) -> None:
    before = Latest.of(released_only.published)
    released_only.edit(VIEWS, "VIEWS = {", 'VIEWS = {"counted": ("x", "select 1"),')
    done = released_only.jamlik("run")
    assert done.code != 0
    assert f"{VIEWS}: the view counted stands in only one of VIEWS and ABOUT" in done.out + done.err
    assert Latest.of(released_only.published) == before


def test_a_run_says_so_before_it_makes_anything(released_only: SmallHouse) -> None:
    before = Latest.of(released_only.published)
    released_only.edit(VIEWS, "VIEWS = {", f'VIEWS = {{"counted": {COUNTED!r},')
    released_only.edit(VIEWS, "ABOUT = {", 'ABOUT = {"counted": "indicator_value",')
    released_only.edit_entry("indicators.yaml", "indicators", "neet_16_24", lambda entry: entry.update(title_sv="x"))
    done = released_only.jamlik("run")
    released_only.refused(done, VIEWS, "figures_in_all", "NAMED", before=before)
    assert "catalogue.indicator" not in done.out + done.err
