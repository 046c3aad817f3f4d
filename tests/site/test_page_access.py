"""The page for those who do not use a mouse, do not see well, or read on a narrow screen: WCAG 2.1 A and AA."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe

from tests.fixtures.page_house import build, indicator, level, value
from tests.fixtures.page_visit import Look, Visit

pytest_plugins = ["tests.fixtures.page_fixtures"]

INDICATOR = "view=indicator&place=0583&indicator=riksdag_turnout"
VIEWS = ["place=0583", INDICATOR, "view=recommendations&place=0583", "view=about"]
# Row after row is made by the same lines of code; the first few of each table are looked at, since axe takes its time.
CONTEXT = {
    "exclude": [
        ["tbody tr:nth-child(n+3)"],
        [".chart > div"],
        [".recommendation:nth-of-type(n+3) tbody"],
        [".chooser li:nth-child(n+12)"],
        [".lacking-list > div:nth-child(n+4)"],
    ]
}
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa"]}}


@pytest.fixture(scope="session")
def axe() -> Iterator[Axe]:
    return Axe()


def _faults(axe: Axe, visit: Visit) -> list[str]:
    found = axe.run(visit.page, context=CONTEXT, options=RULES).response
    assert len(found["passes"]) > 8  # it did look
    return [
        f"{fault['id']}: {node['target']} {node['failureSummary'][:200]}"
        for fault in found["violations"]
        for node in fault["nodes"][:3]
    ]


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("state", VIEWS)
def test_axe_finds_no_fault(site: Path, shown: Look, axe: Axe, state: str, theme: str) -> None:
    assert _faults(axe, shown(site, f"{state}&theme={theme}")) == []


def test_axe_finds_no_fault_in_english_with_tables_and_lists_open(site: Path, look: Look, axe: Axe) -> None:
    visit = look(site, f"{INDICATOR}&lang=en")
    visit.page.locator(".panel-map, .panel-caterpillar, .panel-trend").evaluate_all(
        "all => all.forEach(one => one.remove())"
    )
    visit.page.locator("summary").evaluate_all("all => all.forEach(one => { one.parentElement.open = true })")
    visit.page.locator("#choose-place").click()
    assert _faults(axe, visit) == []


@pytest.mark.parametrize("width", [390, 1280])
@pytest.mark.parametrize("state", VIEWS)
def test_nothing_needs_scrolling_sideways(site: Path, shown: Look, state: str, width: int) -> None:
    visit = shown(site, state, width=width)
    assert visit.page.evaluate("document.documentElement.scrollWidth") <= width
    cut = visit.page.locator(".chart svg").evaluate_all(
        "all => all.filter(one => one.getBoundingClientRect().right > one.parentElement.getBoundingClientRect().right"
        " + 1.5).map(one => one.closest('.chart').className)"
    )
    assert cut == []


def _tab_to(visit: Visit, target: str, most: int = 60) -> None:
    """Presses Tab until `target` has the focus, which must show."""
    for _ in range(most):
        visit.page.keyboard.press("Tab")
        if visit.page.evaluate("target => document.activeElement?.matches(target)", target):
            style = visit.page.evaluate(
                "(style => [style.outlineStyle, style.outlineWidth])(getComputedStyle(document.activeElement))"
            )
            assert style == ["solid", "3px"]
            return
    raise AssertionError(f"Tab does not come to {target}")


def test_the_question_is_answered_with_the_keyboard_alone(site: Path, look: Look) -> None:
    visit = look(site)
    page = visit.page
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.className") == "skip"
    page.keyboard.press("Enter")
    assert page.evaluate("[document.activeElement.id, location.hash]") == ["innehall", ""]
    _tab_to(visit, "#choose-place")
    page.keyboard.type("motala")
    visit.change(lambda: page.keyboard.press("Enter"))
    _tab_to(visit, "a[href*=riksdag_turnout]", most=90)
    visit.change(lambda: page.keyboard.press("Enter"))
    assert "16,0 procentenheter" in visit.text(".brief")
    _tab_to(visit, "#choose-dimension")
    visit.change(lambda: page.keyboard.press("ArrowDown"))
    _tab_to(visit, ".panel-equiplot summary")
    page.keyboard.press("Enter")
    page.locator(".panel-equiplot table").wait_for()
    assert visit.console == []


def test_the_chooser_is_a_combobox_that_arrows_move_in(site: Path, look: Look) -> None:
    visit = look(site, "place=0583")
    box = visit.page.locator("#choose-place")
    box.focus()
    visit.page.keyboard.press("ArrowDown")
    assert box.get_attribute("aria-expanded") == "true"
    chosen = visit.page.locator(f"#{box.get_attribute('aria-activedescendant')}").text_content()
    assert chosen == "Motala"
    visit.page.keyboard.press("Escape")
    assert box.get_attribute("aria-expanded") == "false"
    assert box.input_value() == "Motala"
    visit.page.keyboard.type("finns inte")
    assert "Inget heter så" in visit.text("#choose-place-list")
    visit.page.keyboard.press("Tab")
    assert box.input_value() == "Motala"


def test_every_chart_has_a_name_a_sentence_and_a_table(site: Path, shown: Look) -> None:
    visit = shown(site, INDICATOR)
    panels = visit.page.locator(".panel").evaluate_all(
        """all => all.map(one => ({
            heading: one.querySelector('h2').textContent, reading: one.querySelector('.reading').textContent,
            names: [...one.querySelectorAll('[role=img]')].map(chart => chart.getAttribute('aria-label')),
            summary: one.querySelector('summary').textContent
        }))"""
    )
    assert [panel["heading"] for panel in panels] == [
        "Grupperna", "Skillnaden över tid", "Utvecklingen", "Kartan", "Alla kommuner",
    ]  # fmt: skip
    for panel in panels:
        assert panel["reading"].startswith("Så läser du diagrammet: ")
        assert panel["summary"] == "Visa som tabell"
        assert all(name.startswith(panel["heading"]) and "Motala" in name for name in panel["names"])


def test_missing_is_said_in_words_with_its_reason(tmp_path: Path, look: Look) -> None:
    hidden = {"status": "suppressed", "reason": "secrecy_at_source"}
    rows = [
        value("0583", None, **hidden),
        value("2463", None, status="missing", reason="nonresponse"),
        value("0580", 40.0, rank=1),
    ]
    folder = build(tmp_path / "site", [indicator("x", rows)], {"0583": [level("x", None, **hidden)]})
    visit = look(folder)
    cell = visit.page.locator(".place-table td.num .explained")
    assert cell.inner_text().startswith("för få för att visas")
    cell.focus()
    assert "källan har dolt värdet för att skydda enskilda" in visit.text(".why:visible")
    visit.go("view=indicator")
    assert "för få för att visas, källan har dolt värdet" in visit.text(".brief")
    panel = visit.page.locator(".panel-caterpillar")
    panel.locator("summary").click()
    cells = panel.locator("tbody tr").evaluate_all("rows => rows.map(row => row.innerText)")
    assert [cell.split("\t")[0] for cell in cells] == [
        "Linköping",
        "Motala",
        "Åsele",
    ]  # the missing last, and never zero
    assert "uppgift saknas" in cells[2]
    assert "0,0" not in cells[1] + cells[2]
    legend = visit.page.locator(".chart-map svg .role-legend-label").all_text_contents()
    assert legend[-2:] == ["uppgift saknas", "för få för att visas"]
