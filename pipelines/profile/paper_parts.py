"""What both pages of a profile on paper share: the heading, a word with its colour, a figure, a chart as SVG."""

from pipelines.profile import words
from pipelines.profile.facts import Profile, Row
from pipelines.profile.sheet import BETTER, INK, MARGIN, SOFT, WIDTH, WORSE, Sheet
from pipelines.site.drawing import Drawing
from pipelines.site.specs import render

_COLOURS = {
    "better": BETTER,
    "worse": WORSE,
    "small_better": BETTER,
    "small_worse": WORSE,
    "improving": BETTER,
    "worsening": WORSE,
    "narrowing": BETTER,
    "widening": WORSE,
}


def heading(sheet: Sheet, profile: Profile, question: str, page: int) -> None:
    """Sets the place's name, the page's question and the release."""
    area = profile.area
    sheet.y += 22
    sheet.text(MARGIN, sheet.y, area["area_name"], 24, bold=True)
    edge = WIDTH - MARGIN
    sheet.text(edge, sheet.y - 10, f"Jämlik, utgåva {profile.release['release_id'][:10]}", 9, SOFT, end=True)
    sheet.text(edge, sheet.y + 2, f"sida {page} av 2", 9, SOFT, end=True)
    kind = {"municipality": f"Kommun i {area['county_name']}", "county": "Län", "nation": "Hela landet"}
    told = ", ".join(part for part in (kind[area["area_level"]], area["skr_group"] or "") if part)
    sheet.y += 16
    sheet.text(MARGIN, sheet.y, f"{question}  {told}", 11, SOFT)
    sheet.y += 8
    sheet.rule(sheet.y, INK, 1.5)


def word(sheet: Sheet, x: float, key: str | None, known: dict[str, str]) -> None:
    """Sets what `key` is called in `known`, in its colour, on the line of `sheet.y`."""
    sheet.text(x, sheet.y, known[key] if key else "–", 9, _COLOURS.get(key or "", SOFT), bold=key in _COLOURS)


def figure(value: float, line: Row) -> str:
    """A figure with what stands after it."""
    return words.number(value, line["decimals"]) + words.unit(line["unit_sv"])


def years_and_age(period: str | None, profile: Profile) -> str:
    """`2018–2022, 4 år`."""
    return ", ".join(filter(None, (words.period(period), words.age(period, profile.year))))


def svg(drawing: Drawing) -> str:
    """The chart as the text of an SVG."""
    return str(render(drawing.chart, drawing.data, "svg", signals=drawing.signals))
