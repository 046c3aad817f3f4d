"""Changing what the page shows: indicator, place, groups, sex, year, language, theme; the address is the state."""

from pathlib import Path

import pytest

from tests.fixtures.page_visit import Look, Visit

pytest_plugins = ["tests.fixtures.page_fixtures"]

MOTALA = "view=indicator&place=0583&indicator=riksdag_turnout"


def _choose(visit: Visit, box: str, typed: str) -> Visit:
    """Types in a chooser and takes the first that fits, as one does without a mouse."""

    def act() -> None:
        visit.page.locator(box).focus()
        visit.page.keyboard.type(typed)
        visit.page.keyboard.press("Enter")

    return visit.change(act)


@pytest.mark.parametrize("by", ["http", "file"])
def test_indicator_place_year_and_language_are_changed(site: Path, look: Look, by: str) -> None:
    visit = look(site, MOTALA, by=by)
    _choose(visit, "#choose-place", "åsele")
    assert "place=2463" in visit.page.url
    assert "I Åsele var värdet" in visit.text(".brief")
    _choose(visit, "#choose-indicator", "självskattad hälsa")
    assert visit.text("h1") == "Bra självskattad hälsa, 16–84 år"
    assert visit.page.locator("#choose-indicator").input_value() == "Bra självskattad hälsa, 16–84 år"
    earlier = visit.page.locator("#choose-period option").nth(1).get_attribute("value")
    visit.change(lambda: visit.page.select_option("#choose-period", earlier))
    assert f"period={earlier}" in visit.page.url
    visit.change(lambda: visit.page.locator("#switch-language").click())
    assert visit.page.locator("html").get_attribute("lang") == "en"
    assert visit.page.locator("#views").inner_text().split("\n")[0] == "My municipality"
    assert "In Åsele" in visit.text(".brief")
    assert visit.console == []


def test_groups_and_sex_change_the_charts_and_the_answer(site: Path, look: Look) -> None:
    visit = look(site, MOTALA)
    whole = visit.text(".brief")
    visit.change(lambda: visit.page.select_option("#choose-sex", "women"))
    women = visit.text(".brief")
    assert "17,0 procentenheter (15,3–18,7)" in women
    assert women != whole
    visit.change(lambda: visit.page.select_option("#choose-dimension", "age"))
    labels = visit.page.locator(".chart-equiplot svg .role-legend-label").all_text_contents()
    assert labels == ["18-29 år", "30-49 år", "50-64 år", "65+ år"]
    assert "dimension=age" in visit.page.url


def test_the_address_is_the_whole_state(site: Path, look: Look) -> None:
    state = f"{MOTALA}&dimension=age&sex=men&period=2018&level=county&lang=en&theme=dark"
    visit = look(site, state)
    chosen = {
        key: visit.page.locator(f"#choose-{key}").input_value() for key in ("dimension", "sex", "period", "level")
    }
    assert chosen == {"dimension": "age", "sex": "men", "period": "2018", "level": "county"}
    assert visit.page.locator("html").get_attribute("data-theme") == "dark"
    again = look(site, visit.page.url.split("#")[1])
    assert again.text("main") == visit.text("main")


def test_numbers_in_charts_follow_the_language(site: Path, look: Look) -> None:
    visit = look(site, MOTALA)
    labels = visit.page.locator(".chart-gap_ratio svg .role-axis-label")
    assert "1,21,25" in labels.all_text_contents()[1]  # 1,2 and 1,25
    visit.change(lambda: visit.page.locator("#switch-language").click())
    assert "1.21.25" in labels.all_text_contents()[1]
    visit.change(lambda: visit.page.locator("#switch-language").click())
    assert "1,21,25" in labels.all_text_contents()[1]  # 1,2 and 1,25


def test_going_back_shows_what_was_shown_before(site: Path, look: Look) -> None:
    visit = look(site, "place=0583")
    visit.change(lambda: visit.page.get_by_role("link", name="Medellivslängd, kvinnor").click())
    assert visit.text("h1") == "Medellivslängd, kvinnor"
    visit.change(visit.page.go_back)
    assert visit.text("h1") == "Motala"


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_theme_follows_the_machine_until_it_is_chosen(site: Path, look: Look, theme: str) -> None:
    visit = look(site, MOTALA, theme=theme)
    ground = "getComputedStyle(document.body).backgroundColor"
    ink = "document.querySelector('.chart-trend svg .role-axis-label text').getAttribute('fill')"
    first = visit.page.evaluate(ground)
    assert (first == "rgb(255, 255, 255)") == (theme == "light")
    drawn = visit.page.evaluate(ink)
    visit.change(lambda: visit.page.locator("#switch-theme").click())
    assert visit.page.evaluate(ground) != first
    assert visit.page.evaluate(ink) != drawn


def test_focus_stays_on_the_control_and_the_change_is_said(site: Path, look: Look) -> None:
    visit = look(site, MOTALA)
    visit.page.locator("#choose-sex").focus()
    visit.change(lambda: visit.page.select_option("#choose-sex", "men"))
    assert visit.page.evaluate("document.activeElement.id") == "choose-sex"
    assert visit.page.locator("#live").text_content() == visit.page.title()
    assert "Motala" in visit.page.title()
    visit.change(lambda: visit.page.locator("#view-about").click())
    assert visit.page.evaluate("document.activeElement.id") == "innehall"


def test_what_is_no_longer_shown_is_let_go(site: Path, look: Look) -> None:
    visit = look(site, MOTALA)
    names = visit.page.evaluate("JAMLIK.indicators.filter(one => one.periods.length).slice(0, 6).map(one => one.id)")
    for name in names:
        visit.go(f"view=indicator&place=0583&indicator={name}")
    held = visit.page.evaluate("JamlikPage.heldFiles()")
    assert [name for name in held if name.startswith("indicator/")] == [f"indicator/{name}" for name in names[-2:]]
    visit.go("view=about")
    assert visit.page.locator("svg").count() == 0
