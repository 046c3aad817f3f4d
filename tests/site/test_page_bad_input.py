"""What the page does with what is wrong, missing or odd: a sentence, and the rest works."""

import shutil
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.site.scripts import write_wrapped
from tests.fixtures.page_house import build, gap, indicator, level, value
from tests.fixtures.page_visit import Look

pytest_plugins = ["tests.fixtures.page_fixtures"]


def _two_indicators(folder: Path, **others: str) -> Path:
    """A page with the indicators `one` and `two`, and `others` by their titles, all with the same figures."""
    rows = [
        value(area, figure, period=period, dimension=dimension, group_code=group, rank=1)
        for area in ("0583", "05", "00")
        for period in ("2018", "2022")
        for dimension, group, figure in (
            ("total", "total", 50.0),
            ("education", "primary", 40.0),
            ("education", "tertiary", 60.0),
        )
    ]
    gaps = [gap("0583", 20.0, period=period, kind=kind) for period in ("2018", "2022") for kind in ("d", "r")]
    titles = {"one": "Det första", "two": "Det andra", **others}
    entries = [indicator(name, rows + gaps, title_sv=title) for name, title in titles.items()]
    return build(folder, entries, {"0583": [level(name, 50.0) for name in titles]})


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """That page, for all that do not spoil it."""
    return _two_indicators(tmp_path_factory.mktemp("whole") / "site")


@pytest.fixture
def small(whole: Path, tmp_path: Path) -> Path:
    """A copy of it to spoil."""
    return Path(shutil.copytree(whole, tmp_path / "site"))


@pytest.mark.parametrize(
    ("state", "sentence", "heading"),
    [
        ("place=9999", "Området ”9999” finns inte i utgåvan", "Motala"),
        ("view=indicator&indicator=nope", "Indikatorn ”nope” finns inte i utgåvan", "Det första"),
        ("view=nowhere", "Vyn ”nowhere” finns inte", "Motala"),
        ("view=indicator&indicator=two&dimension=x", "Indikatorn är inte uppdelad efter ”x”", "Det andra"),
        ("view=indicator&indicator=two&period=1850", "Indikatorn har inga siffror för ”1850”", "Det andra"),
        ("view=indicator&indicator=two&sex=x", "Indikatorn finns inte för ”x”", "Det andra"),
        ("lang=xx", "Sidan finns inte på ”xx”", "Motala"),
        ("place=%E0%A4%A", "Området ”%E0%A4%A” finns inte", "Motala"),
        ("place=<script>alert(1)</script>", "Området ”<script>alert(1)</script>” finns inte", "Motala"),
        ("place=constructor", "Området ”constructor” finns inte", "Motala"),
    ],
)
def test_an_address_that_names_something_unknown(
    whole: Path, look: Look, state: str, sentence: str, heading: str
) -> None:
    visit = look(whole, state)
    assert sentence in visit.notices()[0]
    assert visit.text("h1") == heading
    assert visit.console == []


@pytest.mark.parametrize("by", ["http", "file"])
def test_a_missing_file_of_figures(small: Path, look: Look, by: str) -> None:
    for path in (small / "data" / "indicator").glob("one.*"):
        path.unlink()
    visit = look(small, "view=indicator&indicator=one", by=by)
    assert "Filen data/indicator/one.parquet" in visit.notices()[0]
    assert "saknas" in visit.notices()[0]
    assert visit.text("h1") == "Det första"
    visit.go("view=indicator&indicator=two")
    assert visit.notices() == []
    assert visit.page.locator(".chart svg").count() == 6


def _renamed(path: Path) -> None:
    table = pq.read_table(path)
    pq.write_table(table.rename_columns(["wert" if name == "value" else name for name in table.column_names]), path)


SPOILT = {
    "text": lambda path: path.write_text("kommun;värde\n0583;1\n"),
    "empty": lambda path: path.write_bytes(b""),
    "cut": lambda path: path.write_bytes(path.read_bytes()[:-900]),
    "overwritten": lambda path: path.write_bytes(path.read_bytes()[:8] + b"\xff" * 400 + path.read_bytes()[408:]),
    "renamed": _renamed,
}


@pytest.fixture(scope="module")
def spoilt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A page with an indicator spoilt in each way, named by it."""
    folder = _two_indicators(tmp_path_factory.mktemp("spoilt") / "site", **dict.fromkeys(SPOILT, "Det skadade"))
    for how, spoil in SPOILT.items():
        path = folder / "data" / "indicator" / f"{how}.parquet"
        spoil(path)
        write_wrapped(path, f"indicator/{how}")
    return folder


@pytest.mark.parametrize("by", ["http", "file"])
@pytest.mark.parametrize("how", SPOILT)
def test_a_hand_edited_file_of_figures(spoilt: Path, shown: Look, how: str, by: str) -> None:
    visit = shown(spoilt, f"view=indicator&indicator={how}", by=by)
    assert how in visit.notices()[0]
    assert "Packa upp hela mappen" in visit.notices()[0]
    assert visit.go("view=indicator&indicator=two").notices() == []
    assert visit.console == []


def test_a_wrapper_that_is_no_base64(small: Path, look: Look) -> None:
    wrapper = small / "data" / "area" / "0583.parquet.js"
    wrapper.write_text('(globalThis.JAMLIK_DATA ??= {})["area/0583"] = "###";')
    visit = look(small, by="file")
    assert "Filen data/area/0583.parquet.js är skadad" in visit.notices()[0]
    assert visit.text("h1") == "Min kommun"
    assert visit.go("view=indicator").page.locator(".chart svg").count() == 6


@pytest.mark.parametrize("name", ["manifest.js", "strings.js"])
def test_without_a_script_that_everything_needs(small: Path, look: Look, name: str) -> None:
    (small / name).unlink()
    visit = look(small, by="file")
    assert name in visit.notices()[0]


@pytest.mark.parametrize("name", ["specs.js", "vendor/vega.js", "map.js"])
def test_without_the_charts_there_are_still_the_tables(small: Path, look: Look, name: str) -> None:
    (small / name).unlink()
    visit = look(small, "view=indicator", by="file")
    panel = visit.page.locator(".panel-map")
    assert "bara tabellerna visas" in panel.inner_text()
    panel.locator("summary").click()
    panel.locator("table").wait_for()
    assert "50,0" in panel.inner_text()
    assert "I Motala var värdet 50,0 procent" in visit.text(".brief")


def test_a_manifest_of_another_make(tmp_path: Path, look: Look) -> None:
    folder = build(tmp_path / "site", [indicator("x", [value("0583", 1.0)])], format=7)
    assert "formatet 7" in look(folder).notices()[0]


@pytest.mark.parametrize("by", ["http", "file"])
def test_a_browser_without_fetch(whole: Path, look: Look, by: str) -> None:
    visit = look(whole, "view=about", by=by)
    visit.page.evaluate("() => { delete window.fetch; Object.defineProperty(window, 'fetch', {value: undefined}) }")
    assert visit.go("view=indicator&indicator=two").page.locator(".chart svg").count() == 6
    assert visit.console == []


def _odd(name: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """Rows of an indicator that is odd in one way, and the rest of its entry."""
    whole = [value(area, 50.0, rank=1, map_class=2) for area in ("0583", "0580", "05", "00")]
    if name == "one year":
        return whole + [
            value("0583", 40.0, dimension="education", group_code=group) for group in ("primary", "tertiary")
        ], {}
    if name == "one group":
        return [*whole, value("0583", 40.0, dimension="education", group_code="primary")], {}
    if name == "all missing":
        return [value(area, None, status="missing", reason="source_gave_none") for area in ("0583", "05", "00")], {}
    if name == "no class":
        return whole, {"class_breaks": {}}
    if name == "no rows":
        return [], {}
    groups = [
        value("0583", float(number % 100), dimension="education", group_code=f"g{number:04}") for number in range(2000)
    ]
    return whole + groups, {}


@pytest.mark.parametrize(
    ("name", "sentences"),
    [
        ("one year", ["Det finns bara ett år med siffror, så det går inte att se någon utveckling."]),
        ("one group", ["Skillnaden kan inte visas"]),
        ("all missing", ["uppgift saknas, källan anger inget värde", "Det finns ingen uppgift för något år här."]),
        ("no class", ["alla värden"]),
        ("no rows", ["Indikatorn har ännu inga siffror."]),
        ("two thousand groups", ["Diagrammet visar de första 30 av 2 000 grupper"]),
    ],
)
def test_odd_indicators_give_a_sentence_and_no_fault(
    tmp_path: Path, look: Look, name: str, sentences: list[str]
) -> None:
    rows, other = _odd(name)
    folder = build(tmp_path / "site", [indicator("odd", rows, **other)], {"0583": [level("odd", 50.0)]})
    visit = look(folder, "view=indicator")
    said = (visit.page.locator("main").text_content() or "").replace("\u00a0", " ")
    for sentence in sentences:
        assert sentence in said
    assert visit.console == []
    assert visit.go("view=place").text("h1") == "Motala"


def test_markup_in_texts_stays_text(tmp_path: Path, look: Look) -> None:
    evil = "</script><script>globalThis.evil = 1</script><img src=x onerror='globalThis.evil = 1'>"
    rows = [value("0583", 50.0, rank=1), value("0583", 40.0, dimension="education", group_code="primary")]
    entry = indicator("x", rows, title_sv=evil, description_sv=evil, limits_sv=evil)
    rowless = {
        "id": "y",
        "title_sv": evil,
        "title_en": evil,
        "indicator": None,
        "state": "no_source",
        "reason_sv": evil,
        "missing_sv": evil,
    }
    folder = build(tmp_path / "site", [entry], {"0583": [level("x", 50.0)]}, catalogue_rows=[rowless])
    visit = look(folder, "view=indicator")
    assert visit.text("h1") == evil
    for view in ("place", "recommendations", "about"):
        visit.go(f"view={view}")
    assert visit.page.evaluate("globalThis.evil") is None
    assert visit.page.locator("main img").count() == 0
    assert visit.console == []


def test_an_area_without_its_file_leaves_the_others(small: Path, look: Look) -> None:
    shutil.rmtree(small / "data" / "area")
    visit = look(small)
    assert "data/area/0583.parquet saknas" in visit.notices()[0]
    assert visit.page.locator("#choose-place").is_visible()
    assert visit.go("view=about").notices() == []
