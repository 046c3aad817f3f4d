"""Every view of the page, over http and by double click: shown, quiet, and asking for nothing outside its folder."""

import re
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.page_visit import Look, Visit

pytest_plugins = ["tests.fixtures.page_fixtures"]

VIEWS = {
    "place=0583": "Motala",
    "view=indicator&place=0583&indicator=riksdag_turnout": "Valdeltagande i riksdagsvalet efter utbildning och ålder",
    "view=recommendations&place=0583": "Rekommendationerna",
    "view=about": "Om data",
}


@pytest.mark.parametrize("by", ["http", "file"])
@pytest.mark.parametrize("state", VIEWS)
def test_every_view_opens_quietly_and_asks_for_nothing_outside_its_folder(
    site: Path, look: Look, state: str, by: str
) -> None:
    visit = look(site, state, by=by)
    assert visit.text("h1") == VIEWS[state]
    assert visit.page.locator("h1").count() == 1
    assert visit.console == []
    assert visit.notices() == []
    assert visit.outside() == []
    assert len(visit.requests) > 15


def test_the_place_shown_first_is_the_release_s_home(site: Path, look: Look) -> None:
    visit = look(site)
    assert visit.text("h1") == "Östergötlands län"
    assert visit.page.locator(".recommendation").count() == 5
    assert visit.page.locator("#views a[aria-current=page]").inner_text() == "Min kommun"


def test_the_question_is_answered_in_three_clicks(site: Path, look: Look) -> None:
    """How large is the education gap in Riksdag turnout in Motala, and is it closing?"""
    visit = look(site, by="file")
    page = visit.page
    page.locator("#choose-place").click()
    page.keyboard.type("mot")
    visit.change(lambda: page.get_by_role("option", name="Motala").click())
    visit.change(lambda: page.get_by_role("link", name="Valdeltagande i riksdagsvalet efter utbildning").click())
    answer = visit.text(".brief")
    between = "mellan eftergymnasial utbildning (93,0) och förgymnasial utbildning (77,0)"
    assert f"Skillnaden {between} var 16,0 procentenheter (14,6–17,4) 2022." in answer
    assert "Den skillnaden är säkerställd." in answer
    assert "Från 2018 till 2022 ökade skillnaden från 13,0 till 16,0 procentenheter." in answer
    assert "Förändringen är säkerställd" in answer


def _shapes(visit: Visit) -> list[int]:
    """How many shapes each layer of the map has: all areas, those with a figure, those without, the chosen one."""
    return visit.page.locator(".chart-map svg .mark-shape").evaluate_all(
        "layers => layers.map(layer => layer.querySelectorAll('path').length)"
    )


@pytest.mark.parametrize(("level", "areas"), [("municipality", 290), ("county", 21)])
@pytest.mark.parametrize("period", ["2018", "2022"])
def test_the_map_has_a_shape_for_each_area_and_a_coloured_one_for_each_figure(
    site: Path, shown: Look, release: duckdb.DuckDBPyConnection, level: str, areas: int, period: str
) -> None:
    figures = release.execute(
        "select count(value) from indicator_value where indicator_id = 'riksdag_turnout' and area_level = ? "
        "and period = ? and dimension = 'total'",
        [level, period],
    ).fetchall()[0][0]
    visit = shown(site, f"view=indicator&place=0583&indicator=riksdag_turnout&period={period}&level={level}")
    assert _shapes(visit)[:2] == [areas, figures]
    assert _shapes(visit)[2] == areas - figures  # without a figure: named, not left white


def test_the_map_s_classes_are_the_same_in_all_years(site: Path, shown: Look) -> None:
    visit = shown(site, "view=indicator&place=0583&indicator=riksdag_turnout")
    now = visit.page.locator(".chart-map svg .role-legend-label").all_text_contents()
    visit.change(lambda: visit.page.select_option("#choose-period", "2018"))
    before = visit.page.locator(".chart-map svg .role-legend-label").all_text_contents()
    classes = ["under 85,0", "85,0 till 86,0", "86,0 till 88,0", "88,0 till 89,0", "89,0 eller mer"]
    assert now == before == [*classes, "uppgift saknas"]
    assert visit.console == []


def test_the_table_behind_a_chart_holds_what_the_release_holds(site: Path, shown: Look) -> None:
    visit = shown(site, "view=indicator&place=0583&indicator=riksdag_turnout")
    panel = visit.page.locator(".panel-equiplot")
    panel.locator("summary").click()
    panel.locator("tbody tr").first.wait_for()  # a browser says afterwards that something was opened
    cells = panel.locator("tbody tr").evaluate_all(
        "rows => rows.map(row => [...row.cells].map(cell => cell.textContent))"
    )
    assert cells[:3] == [
        ["Motala", "förgymnasial utbildning", "77,0", "75,5", "78,5"],
        ["Motala", "gymnasial utbildning", "87,0", "86,0", "88,0"],
        ["Motala", "eftergymnasial utbildning", "93,0", "91,9", "94,0"],
    ]
    assert len(cells) == 9  # the municipality, its county and the nation
    assert panel.locator("svg .layer_2_marks path").count() == 9


def test_an_indicator_of_groups_alone_shows_them_and_their_gap(site: Path, shown: Look) -> None:
    """Life expectancy is published for women and for men, never for all."""
    visit = shown(site, "view=indicator&place=2463&indicator=life_expectancy")
    assert visit.page.locator("#choose-sex option").all_inner_texts() == ["kvinnor", "män"]
    assert visit.page.locator(".panel-gap svg").count() == 2
    assert visit.text("h1") == "Medellivslängd, kvinnor"
    assert re.search(r"I Åsele var värdet för kvinnor \d\d,\d år", visit.text(".brief"))
    assert re.search(r"Skillnaden mellan kvinnor \(\d\d,\d\) och män \(\d\d,\d\) var 3,7 år", visit.text(".brief"))
    assert [heading.split(", ")[-1] for heading in visit.page.locator(".panel h2").all_inner_texts()] == [
        "Grupperna", "Skillnaden över tid", "kvinnor", "kvinnor", "kvinnor"
    ]  # fmt: skip
    assert "år, kvinnor" in visit.page.locator(".chart-trend svg").first.text_content()
    assert _shapes(visit)[:2] == [290, 290]
    assert visit.console == []
