"""What is saved from the page: CSV for Swedish Excel, xlsx, parquet, PNG and SVG of what is shown."""

import io
import re
import warnings
from pathlib import Path

import openpyxl
import pyarrow.parquet as pq
import pytest

from tests.fixtures.page_house import build, gap, indicator, level, value
from tests.fixtures.page_visit import Look, Visit

pytest_plugins = ["tests.fixtures.page_fixtures"]

MOTALA = "view=indicator&place=0583&indicator=riksdag_turnout"


def _save(visit: Visit, panel: str, form: str) -> tuple[str, bytes]:
    """Presses a download button of a panel; returns the file's name and bytes."""
    with visit.page.expect_download() as saved:
        visit.page.locator(f"{panel} .downloads button", has_text=form).first.click()
    return saved.value.suggested_filename, Path(saved.value.path()).read_bytes()


@pytest.mark.parametrize("by", ["http", "file"])
def test_csv_opens_in_swedish_excel(site: Path, shown: Look, by: str) -> None:
    name, content = _save(shown(site, MOTALA, by=by), ".panel-trend", "CSV")
    assert name == "jamlik_Motala_riksdag_turnout_trend_2022.csv"
    assert content.startswith(b"\xef\xbb\xbf")
    lines = content.decode("utf-8-sig").split("\r\n")
    assert lines[0] == "Plats;Period;Värde (procent);Nedre gräns;Övre gräns;Uppgift;Skäl;Ursprung"
    cells = lines[2].split(";")
    assert cells[:3] == ["Motala", "2022", "86"]
    assert 82 < float(cells[3].replace(",", ".")) < 85.12  # another election moves it more than who happens to vote
    assert cells[5] == "uppgift finns"


@pytest.mark.parametrize("by", ["http", "file"])
def test_xlsx_and_parquet_hold_the_same_numbers(site: Path, shown: Look, by: str) -> None:
    visit = shown(site, MOTALA, by=by)
    name, content = _save(visit, ".panel-gap", "Excel")
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Workbook contains no default style")  # it has no need of one
        sheet = openpyxl.load_workbook(io.BytesIO(content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert name.endswith("gap_difference_2022.xlsx")
    assert rows[2][:3] == ("Motala", "2022", 16)
    _, content = _save(visit, ".panel-gap", "Parquet")
    table = pq.read_table(io.BytesIO(content)).to_pylist()
    assert [row["value"] for row in table] == [row[2] for row in rows[1:]]
    assert table[1]["certain_text"] == "säkerställd skillnad"
    assert visit.console == []
    assert visit.outside() == []


@pytest.mark.parametrize("by", ["http", "file"])
def test_images_are_images(site: Path, shown: Look, by: str) -> None:
    visit = shown(site, MOTALA, by=by)
    name, content = _save(visit, ".panel-equiplot", "PNG")
    assert content.startswith(b"\x89PNG")
    assert len(content) > 10_000
    assert name.endswith(".png")
    name, content = _save(visit, ".panel-map", "SVG")
    assert content.startswith(b"<svg")
    assert content.count(b"<path") > 500
    assert b"Valdeltagande i riksdagsvalet" in content
    assert name.endswith("_map_2022.svg")


def test_a_place_is_saved_with_every_indicator(site: Path, look: Look) -> None:
    visit = look(site, "place=0583")
    name, content = _save(visit, "#view", "CSV")
    lines = content.decode("utf-8-sig").strip().split("\r\n")
    made_up = "påhittad siffra (syntetisk)" in content.decode("utf-8-sig")
    assert name == ("jamlik_Motala_SYNTETISK.csv" if made_up else "jamlik_Motala.csv")
    assert len(lines) - 1 >= visit.page.locator(".place-table tbody tr:not(.nation-row)").count() > 100


def test_made_up_figures_are_marked_wherever_they_go(tmp_path: Path, look: Look) -> None:
    made_up = {"provenance": "synthetic"}
    groups = [
        value(area, figure, dimension="education", group_code=group, **made_up)
        for area in ("0583", "05", "00")
        for group, figure in (("primary", 40.0), ("tertiary", 60.0))
    ]
    rows = [
        *(value(area, 50.0, rank=1, map_class=2, **made_up) for area in ("0583", "05", "00")),
        *groups,
        gap("0583", 20.0, **made_up),
        gap("0583", 1.5, kind="r", **made_up),
    ]
    # As a table might still have it: verdicts on made-up figures, of which the page must show none.
    judged = {"vs_nation": "better", "trend": "improving", "trend_ratio": "widening"}
    whose = {"dimension": "education", "group_code": None, "sex": None, "kind": "gap", "certain": "yes"}
    places = {
        "0583": [
            level("made_up", 50.0, **made_up, **judged),
            level("made_up", 20.0, **made_up, **whose, trend="widening"),
        ]
    }
    folder = build(tmp_path / "site", [indicator("made_up", rows, has_synthetic=True)], places)
    visit = look(folder, "view=indicator")
    mark = "Påhittade siffror (syntetiska)"
    assert mark in visit.text(".brief")
    assert "Siffran är påhittad och bedöms inte." in visit.text(".brief")
    assert "Siffrorna är påhittade, så skillnaden bedöms inte." in visit.text(".brief")
    for panel in ("equiplot", "gap", "trend", "map", "caterpillar"):
        assert mark in (visit.page.locator(f".panel-{panel} svg").first.text_content() or ""), panel
        visit.page.locator(f".panel-{panel} summary").click()
        assert mark in visit.text(f".panel-{panel} caption")
        assert "påhittad siffra (syntetisk)" in visit.text(f".panel-{panel} tbody")
        name, content = _save(visit, f".panel-{panel}", "CSV")
        assert "SYNTETISK" in name
        assert all("påhittad" in line for line in content.decode("utf-8-sig").strip().split("\r\n")[1:])
        assert "säkerställd" not in content.decode("utf-8-sig")
    assert not re.search("säkerställd|kan inte bedömas|förbättr|bättre än", visit.text(".brief"))
    assert "säkerställd" not in (visit.page.locator(".panel tbody").all_inner_texts() or [""])[0]
    for view in ("place", "recommendations"):
        visit.go(f"view={view}")
        visit.page.locator("summary").evaluate_all("all => all.forEach(one => { one.parentElement.open = true })")
        assert visit.page.locator(".recommendation table .verdict").count() == 0, view
        assert "påhittad, bedöms inte" in (visit.page.locator(".recommendation table").first.text_content() or ""), view
    visit.go("view=indicator")
    name, content = _save(visit, ".panel-trend", "SVG")
    assert "SYNTETISK" in name
    assert mark in content.decode()
    assert mark in visit.go("view=place").text(".place-table tbody")
    name, _ = _save(visit, "#view", "CSV")
    assert name == "jamlik_Motala_SYNTETISK.csv"


def test_no_text_becomes_a_formula_in_a_spreadsheet(tmp_path: Path, look: Look) -> None:
    title = '=HYPERLINK("http://x";"y")'
    folder = build(
        tmp_path / "site", [indicator("x", [value("0583", -5.0)], title_sv=title)], {"0583": [level("x", -5.0)]}
    )
    _, content = _save(look(folder), "#view", "CSV")
    line = content.decode("utf-8-sig").split("\r\n")[1]
    assert '"\'=HYPERLINK(""http://x"";""y"")"' in line
    assert ";-5;" in line
