"""The charts without a browser: definitions that hold, colours to be told apart, and what is drawn of real figures.

Draws places of the small house's release. That the page fills the same definitions is tested in test_page_*.py.
"""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest
import vl_convert

from pipelines.site import runtime
from pipelines.site.charts import CHARTS
from pipelines.site.drawing import Drawing, Painter
from pipelines.site.runtime import runtime_scripts
from pipelines.site.specs import SIGNALS, charts, filled, render, specs
from pipelines.site.theme import LOCALES, THEMES

pytest_plugins = ["tests.fixtures.small_fixtures"]

LIMITS = [70.0, 75.0, 80.0, 85.0]
TURNOUT, GRADES = "municipal_turnout", "neet_16_24"


@pytest.fixture(scope="module")
def release(small_released: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    database = small_released / "data" / "published" / "latest" / "jamlik.duckdb"
    with duckdb.connect(str(database), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def motala(release: duckdb.DuckDBPyConnection) -> Painter:
    return Painter(release, "0583")


def drawn(drawing: Drawing, form: Any = "svg", **more: Any) -> Any:
    return render(drawing.chart, drawing.data, form, {**drawing.signals, **more})


def marks_of(drawing: Drawing, name: str) -> list[dict[str, Any]]:
    """The items of the marks whose name begins so, as Vega lays them out."""
    scene = vl_convert.vega_to_scenegraph(drawn(drawing, "vega"))
    found: list[dict[str, Any]] = []

    def walk(node: dict[str, Any]) -> None:
        if str(node.get("name", "")).startswith(name):
            found.extend(node.get("items", []))
        for item in node.get("items", []):
            if isinstance(item, dict):
                walk(item)

    walk(scene.get("scenegraph", scene))
    return found


@pytest.mark.parametrize("name", CHARTS)
def test_a_definition_is_plain_vega_without_rows_or_addresses(name: str) -> None:
    vega = specs()[name]
    text = json.dumps(vega)
    assert "http" not in text
    assert "@" not in text
    assert "url" not in {key for data in vega["data"] for key in data}
    named = {data["name"] for data in vega["data"] if not {"source", "values"} & set(data)}
    assert named <= {"rows", "missing", "breaks", "shapes", "values", "chosen", "reference"}
    signals = {signal["name"] for signal in vega["signals"]}
    assert signals >= set(SIGNALS) | set(THEMES["light"])


@pytest.mark.parametrize("name", CHARTS)
def test_a_chart_has_the_mark_of_made_up_figures(name: str) -> None:
    text = json.dumps(specs()[name])
    assert text.count('{"signal": "synthetic_mark"}') == 2  # above the chart and across it


@pytest.mark.parametrize("theme", THEMES)
def test_colours_can_be_told_from_the_paper(theme: str) -> None:
    """WCAG 2.1: 4.5:1 for text (1.4.3), 3:1 for what must be seen to understand a chart (1.4.11)."""
    colours = THEMES[theme]
    for name in ("ink", "soft", "warn", "chosen", "nation", "county"):
        assert contrast(colours[name], colours["paper"]) >= 4.5, name
    for name in (*(f"group_{n}" for n in range(1, 9)), "other"):
        assert contrast(colours[name], colours["paper"]) >= 3, name
    assert colours["missing"] not in [colours[f"class_{n}"] for n in range(5)]
    assert THEMES["light"].keys() == colours.keys()


def contrast(one: str, other: str) -> float:
    """The contrast ratio of two colours, by WCAG's definition of relative luminance."""

    def luminance(hue: str) -> float:
        parts = [int(hue[at : at + 2], 16) / 255 for at in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_worked_out_as_wcag_does() -> None:
    assert contrast("#ffffff", "#000000") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)


def test_groups_lie_on_a_line_for_each_place(motala: Painter) -> None:
    drawing = motala.equiplot("riksdag_turnout", "education", "2022")
    assert drawing.signals["places"] == ["Motala", "Östergötlands län", "Riket"]
    assert len(marks_of(drawing, "layer_2_marks")) == 9  # three places, three groups
    svg = drawn(drawing)
    for word in ("Motala", "Östergötlands län", "Riket", "förgymnasial utbildning", "procent"):
        assert word in svg


def test_a_group_without_a_figure_is_named(motala: Painter) -> None:
    drawing = motala.equiplot("riksdag_turnout", "education", "2022")
    lost = drawing.data["rows"].pop()
    drawing.data["missing"].append({"place": lost["place"], "text": f"{lost['group']}: för få för att visas"})
    assert "för få för att visas" in drawn(drawing)


def test_the_gap_is_drawn_as_difference_and_as_ratio(motala: Painter) -> None:
    difference = motala.gap("riksdag_turnout", "education", "d")
    ratio = motala.gap("riksdag_turnout", "education", "r")
    chosen = {row["year"]: row["value"] for row in difference.data["rows"] if row["role"] == "chosen"}
    assert chosen == {2018: pytest.approx(13), 2022: pytest.approx(16)}
    assert "procentenheter" in drawn(difference)
    assert "kvot" in drawn(ratio)


def test_what_is_not_certain_is_hollow(motala: Painter) -> None:
    drawing = motala.gap("riksdag_turnout", "education", "d")
    assert marks_of(drawing, "layer_6_marks") == []
    for row in drawing.data["rows"]:
        row["certain"] = "not_assessable"
    assert len(marks_of(drawing, "layer_6_marks")) == len(drawing.data["rows"])


def test_a_line_is_not_drawn_through_a_break_or_a_missing_year(motala: Painter) -> None:
    drawing = motala.trend(GRADES)
    chosen = [row for row in drawing.data["rows"] if row["role"] == "chosen"]
    assert len(chosen) > 6
    whole = len(marks_of(drawing, "layer_3_pathgroup"))
    for row in chosen[4:]:
        row["segment"] += 1
    assert len(marks_of(drawing, "layer_3_pathgroup")) == whole + 1
    drawing.data["breaks"].append({"year": chosen[4]["year"], "text": "brott i serien"})
    assert "brott i serien" in drawn(drawing)


def test_every_area_has_its_ground_and_every_figure_its_shape(motala: Painter) -> None:
    drawing = motala.map(TURNOUT, "2022", LIMITS)
    with_figures = [row for row in drawing.data["values"] if row["map_class"] is not None]
    assert len(marks_of(drawing, "layer_0_marks")) == 290
    assert len(marks_of(drawing, "layer_1_marks")) == len(with_figures) == 14
    assert len(marks_of(drawing, "layer_3_marks")) == 1
    assert "under 70,0" in drawn(drawing)


def test_a_map_without_a_missing_area_is_drawn(motala: Painter) -> None:
    drawing = motala.map(TURNOUT, "2022", LIMITS)
    assert drawing.signals["states"] == []
    assert drawn(drawing, "png").startswith(b"\x89PNG")


def test_a_suppressed_area_is_drawn_and_named(motala: Painter) -> None:
    drawing = motala.map(TURNOUT, "2022", LIMITS)
    row = drawing.data["values"][0]
    row.update(map_class=None, value=None, state="suppressed")
    drawing.signals["states"] = ["suppressed"]
    (shape,) = marks_of(drawing, "layer_2_marks")
    assert shape["fill"] == THEMES["light"]["suppressed"]
    assert "för få för att visas" in drawn(drawing)


def test_the_municipalities_are_not_numbered(motala: Painter) -> None:
    drawing = motala.caterpillar("crude_mortality", "2022")
    assert len(marks_of(drawing, "layer_2_marks")) == len(drawing.data["rows"]) == 14
    texts = re.findall(r"<text[^>]*>([^<]*)</text>", drawn(drawing))
    assert "Motala" in texts
    assert not {str(row["rank"]) for row in drawing.data["rows"]} & set(texts)


def test_municipalities_are_drawn_where_the_place_shown_is_none_of_them(release: duckdb.DuckDBPyConnection) -> None:
    drawing = Painter(release, "00").caterpillar("crude_mortality", "2022")
    drawing.data["reference"].clear()
    assert "övriga kommuner" in drawn(drawing)
    assert drawn(drawing, "png", roles=[]).startswith(b"\x89PNG")


def test_made_up_figures_are_marked_on_the_chart(motala: Painter) -> None:
    drawing = motala.equiplot("raks_without_work", "education", "2019")
    assert drawing.signals["synthetic_mark"] == "Påhittade siffror (syntetiska)"
    assert drawn(drawing).count(">Påhittade siffror (syntetiska)</text>") == 2
    assert motala.equiplot("riksdag_turnout", "education", "2022").signals["synthetic_mark"] == ""


def test_the_spine_shows_the_place_among_the_others() -> None:
    row = {"y": 20, "x": 0.3, "x_p25": 0.25, "x_p50": 0.5, "x_p75": 0.75, "x_county": 0.4, "x_nation": None, "tip": ""}
    drawing = Drawing("spine", {"rows": [row]}, {"width": 200, "height": 40})
    (chosen,) = marks_of(drawing, "layer_5_marks")
    assert (chosen["x"], chosen["y"]) == (60, 20)
    assert marks_of(drawing, "layer_3_marks") == []  # no figure, no mark: not one at the lowest end


@pytest.mark.parametrize("form", ["png", "pdf", "svg"])
def test_a_chart_is_drawn_in_every_form(motala: Painter, form: str) -> None:
    begins = {"png": b"\x89PNG", "pdf": b"%PDF", "svg": "<svg"}[form]
    assert drawn(motala.trend(GRADES), form)[: len(begins)] == begins


def test_numbers_are_written_in_the_readers_language(release: duckdb.DuckDBPyConnection) -> None:
    swedish, english = Painter(release, "0583"), Painter(release, "0583", "en")
    assert swedish.number(12345.678, 1) == "12\u00a0345,7"
    assert swedish.number(-0.04, 1) == "0,0"
    assert english.number(-1234.5, 1) == "\u22121,234.5"
    drawing = swedish.gap("riksdag_turnout", "education", "r")
    assert "1,05" in drawn(drawing)
    assert "1.05" in render(drawing.chart, drawing.data, "svg", drawing.signals, language="en")
    assert "per cent" in drawn(english.trend(GRADES))


def test_a_place_is_not_compared_with_itself(release: duckdb.DuckDBPyConnection) -> None:
    assert list(Painter(release, "00").places) == ["chosen"]
    assert list(Painter(release, "05").places) == ["chosen", "nation"]
    assert list(Painter(release, "0114").places) == ["chosen", "nation"]  # here its county's only municipality
    assert list(Painter(release, "0583").places) == ["chosen", "county", "nation"]


def test_a_chart_without_a_value_says_so(motala: Painter) -> None:
    drawing = motala.trend(GRADES)
    assert not drawing.empty
    for row in drawing.data["rows"]:
        row["value"] = None
    assert drawing.empty


def test_dark_is_another_set_of_the_same_colours() -> None:
    vega = filled("trend", {}, theme="dark")
    values = {signal["name"]: signal.get("value") for signal in vega["signals"]}
    assert values["paper"] == THEMES["dark"]["paper"]
    assert set(charts()["locales"]) == set(LOCALES) == {"sv", "en"}


def test_vega_is_one_script_with_two_names_and_is_kept(data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = runtime_scripts()
    script = first["vendor/vega.js"]
    assert script.startswith("(function () {\n")
    assert script.endswith("})();\n")
    assert set(re.findall(r"globalThis\.(\w+)\s*=[^=]", script)) == {"vega", "vegaInterpreter"}
    # Names of XML vocabularies are no requests.
    assert set(re.findall(r"https?://[\w./]+", script)) <= {
        "http://www.w3.org/2000/svg",
        "http://www.w3.org/1999/xlink",
        "http://www.w3.org/2000/xmlns/",
    }
    monkeypatch.setattr(runtime, "_vega_script", lambda: "made anew")
    monkeypatch.setattr(runtime, "_charts_script", lambda: "made anew")
    assert runtime_scripts() == first
    (kept,) = (data / "cache").rglob("vega.js")
    kept.write_text(kept.read_text(encoding="utf-8")[:-100], encoding="utf-8")
    assert runtime_scripts()["vendor/vega.js"] == "made anew"
    assert runtime_scripts()["specs.js"] == first["specs.js"]
