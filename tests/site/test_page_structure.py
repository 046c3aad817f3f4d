"""Five views as they look, compared in structure and not in pixels; and the two sheets that a municipality fills."""

import itertools
import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.page_visit import Look, Visit

pytest_plugins = ["tests.fixtures.page_fixtures"]

INDICATOR = "view=indicator&place=0583&indicator=riksdag_turnout"
# What is seen, from the top: kind, and which column of the window it begins in (left or right half).
TOP = ["nav left", "button right", "button right", "button right", "h1 left"]
FIVE = {
    ("place=0583", 1280): [*TOP, "input left", "p left", *(["h2 left", "table left"] * 5)],
    ("place=0583&theme=dark", 390): [
        "nav left", "button left", "button left", "button left", "h1 left", "input left", "p left",
        *(["h2 left", "table left"] * 5),
    ],
    (INDICATOR, 1280): [
        *TOP, "input left", "input left", "select right", "select right", "select right", "h2 left",
        "h2 left", "svg left", "h2 right", "svg right", "svg right", "h2 left", "svg left",
        "h2 right", "select right", "svg right", "h2 left", "svg left", "h2 left",
    ],
    ("view=recommendations&place=0583", 1280): [*TOP, "input left", "p left", *(["h2 left"] * 5)],
    ("view=about", 1280): [*TOP, *(["h2 left"] * 7), "table left", "h2 left", "h2 left"],
}  # fmt: skip
SEEN = """() => {
    const wanted = 'nav, .settings button, h1, h2, input, select, main svg.marks, main table, main > p, .howto'
    return [...document.querySelectorAll(wanted)].filter(one => one.checkVisibility()).map(one => {
        const box = one.getBoundingClientRect()
        const kind = one.matches('.howto') ? 'p' : one.localName
        return {kind, left: box.left, right: box.right, top: box.top + scrollY, bottom: box.bottom + scrollY}
    })
}"""


def _seen(visit: Visit) -> list[dict[str, Any]]:
    return visit.page.evaluate(SEEN)


@pytest.mark.parametrize(("state", "width"), FIVE)
def test_five_views_have_their_structure(site: Path, shown: Look, state: str, width: int) -> None:
    visit = shown(site, state, width=width)
    found = _seen(visit)
    assert [f"{one['kind']} {'left' if one['left'] < width / 2 else 'right'}" for one in found] == FIVE[state, width]
    assert all(one["left"] >= 0 and one["right"] <= width + 1 for one in found if one["kind"] != "table")
    pictures = [one for one in found if one["kind"] == "svg"]
    assert all(one["right"] - one["left"] > 150 and one["bottom"] - one["top"] > 150 for one in pictures)
    for index, one in enumerate(pictures):
        for other in pictures[index + 1 :]:
            apart = one["right"] <= other["left"] or other["right"] <= one["left"]
            assert apart or one["bottom"] <= other["top"] or other["bottom"] <= one["top"]
    seen = visit.page.screenshot()
    assert seen.startswith(b"\x89PNG")
    assert len(seen) > 25_000  # something is drawn; a blank window is a tenth of this


def test_charts_stand_side_by_side_on_a_wide_screen_and_one_under_another_on_a_narrow(site: Path, shown: Look) -> None:
    wide = [one for one in _seen(shown(site, INDICATOR)) if one["kind"] == "svg"]
    narrow = [one for one in _seen(shown(site, INDICATOR, width=390)) if one["kind"] == "svg"]
    assert len(wide) == len(narrow) == 6
    assert wide[1]["top"] == wide[2]["top"]
    assert wide[0]["right"] < wide[1]["left"]
    assert all(one["bottom"] <= other["top"] for one, other in itertools.pairwise(narrow))


@pytest.mark.parametrize("place", ["0583", "05", "2463"])
def test_a_place_fills_two_sheets_of_paper(site: Path, shown: Look, place: str) -> None:
    visit = shown(site, f"place={place}&theme=dark")
    paper = visit.page.pdf(prefer_css_page_size=True, print_background=True)
    assert len(re.findall(rb"/Type\s*/Page[^s]", paper)) == 2
    sizes = {
        tuple(round(float(side)) for side in box.split()[2:]) for box in re.findall(rb"/MediaBox\s*\[([^\]]+)\]", paper)
    }
    assert sizes <= {(595, 842), (594, 841), (594, 842), (595, 841)}  # A4 in points
    assert sizes


def test_paper_has_what_a_reader_needs_and_no_buttons(site: Path, look: Look) -> None:
    visit = look(site, "place=0583")
    visit.page.emulate_media(media="print")
    shown = visit.page.locator("#view").inner_text()
    assert "Motala" in shown
    assert "Så läser du diagrammet" in shown
    assert "Valdeltagande i riksdagsvalet efter utbildning och ålder" in shown
    assert not visit.page.locator("button").first.is_visible()
    assert not visit.page.locator("#choose-place").is_visible()
    assert visit.page.locator("svg.spine").count() > 100


def test_the_scripts_are_whole_and_small(site: Path) -> None:
    """Classic scripts that run alone: no module, no eval, no address on the net, no file over 400 lines."""
    scripts = sorted((site / "app").glob("*.js"))
    assert len(scripts) > 10
    for path in [*scripts, site / "style.css", site / "print.css", site / "index.html"]:
        text = path.read_text(encoding="utf-8")
        assert len(text.splitlines()) <= 400, path.name
        assert not re.search(r"^\s*(import|export) |\beval\(|new Function|innerHTML", text, re.M), path.name
        assert not re.search(r"https?://(?!www\.w3\.org/2000/svg)", text), path.name
    page = (site / "index.html").read_text(encoding="utf-8")
    for name in re.findall(r'(?:src|href)="([^"#:]+)"', page):
        assert (site / name).is_file(), name
    assert {f"app/{path.name}" for path in scripts} <= set(re.findall(r'src="([^"]+)"', page))


def test_every_vendored_script_has_its_licence_beside_it(site: Path) -> None:
    scripts = sorted((site / "vendor").glob("*.js"))
    assert {path.stem for path in scripts} == {"vega", "hyparquet", "hyparquet-writer", "write-excel-file"}
    for path in scripts:
        assert "copyright" in path.with_suffix(".LICENSE.txt").read_text(encoding="utf-8").lower(), path.name


def test_every_script_says_what_belongs_in_it_and_parses(site: Path) -> None:
    for path in sorted((site / "app").glob("*.js")):
        text = path.read_text(encoding="utf-8")
        assert text.startswith("/* "), path.name
        assert "What does not belong here" in text.split("*/")[0], path.name


def test_every_text_of_the_page_is_there_in_both_languages(site: Path) -> None:
    """Each key that a script asks for is there, each in both languages, with the same names to fill in."""
    strings = json.loads((site / "strings.js").read_text(encoding="utf-8").split("=", 1)[1].strip().rstrip(";"))
    asked = set()
    for path in (site / "app").glob("*.js"):
        asked |= set(re.findall(r"\bt\('([a-z_]+(?:\.[a-z_0-9]+)*)'", path.read_text(encoding="utf-8")))
    assert len(asked) > 100
    assert asked - set(strings) == set()
    for key, text in strings.items():
        assert text["sv"], key
        assert text["en"], key
        assert set(re.findall(r"\{(\w+)\}", text["sv"])) == set(re.findall(r"\{(\w+)\}", text["en"])), key
