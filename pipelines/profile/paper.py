"""The profile of a place on paper: two A4 pages with the page's own charts, as PDF or PNG, drawn without a browser.

The first page says where the place stands, recommendation by recommendation; the second for whom it is worse, where it
goes, and what cannot be seen. Not here: the sheet itself (`sheet.py`), the charts (`pipelines/site/`), the words of the
screen that are used here too (`screen.py`, `words.py`).
"""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import duckdb

from pipelines import settings
from pipelines.areas import area_code_of
from pipelines.errors import Unavailable
from pipelines.profile import words
from pipelines.profile.facts import Profile, Row, read
from pipelines.profile.screen import gap_account, sentences_beside, target_sentence, unseen_sentences
from pipelines.profile.sheet import BETTER, HEIGHT, INK, MARGIN, SOFT, WARN, WIDTH, WORSE, Sheet, cut, to_pdf, to_png
from pipelines.reader import open_release
from pipelines.site.drawing import Drawing, Painter
from pipelines.site.specs import render

# Columns of the first page, from the left edge.
PERIOD, FIGURE, NATION, SPINE, AGAINST, TREND = 272, 372, 428, 448, 572, 664
SPINE_WIDTH, ROW = 108, 17.5
CHART_WIDTH = (WIDTH - 2 * MARGIN - 24) / 2
_COLOURS = {
    "better": BETTER,
    "worse": WORSE,
    "improving": BETTER,
    "worsening": WORSE,
    "widening": WORSE,
    "narrowing": BETTER,
}


def write(place: str, pdf: str | None, png: str | None, release: Path | None = None) -> list[Path]:
    """Writes one place's profile to the files named, and returns them."""
    with open_release(release) as connection:
        code = area_code_of(connection, place)
        return _written(connection, code, pdf and Path(pdf), png and Path(png))


def write_all(folder: str, form: str, told: Callable[[str, int, int], None], release: Path | None = None) -> list[Path]:
    """Writes every municipality's profile into `folder` as `<code> <name>.<form>`; `told` its name, its number, of how
    many, before each.
    """
    target = Path(folder)
    _make(target)
    written: list[Path] = []
    with open_release(release) as connection:
        areas = connection.execute(
            "select area_code, area_name from area where area_level = 'municipality' order by area_code"
        ).fetchall()
        for number, (code, name) in enumerate(areas):
            told(name, number, len(areas))
            path = target / f"{code} {name}.{form}"
            written += _written(connection, code, path if form == "pdf" else None, path if form == "png" else None)
    return written


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Unavailable(
            f"The folder {settings.relative(folder)} cannot be made ({fault.strerror}); name another."
        ) from fault


def _written(
    connection: duckdb.DuckDBPyConnection, code: str, pdf: Path | str | None, png: Path | str | None
) -> list[Path]:
    profile = read(connection, code)
    sheets = pages(connection, profile)
    files = []
    for path, writer in ((pdf, _as_pdf), (png, _as_png)):
        if not path:
            continue
        try:
            writer(sheets, profile, Path(path))
        except OSError as fault:
            raise Unavailable(
                f"{settings.relative(Path(path))} cannot be written ({fault.strerror}); name another file."
            ) from fault
        files.append(Path(path))
    return files


def _as_pdf(sheets: list[Sheet], profile: Profile, path: Path) -> None:
    to_pdf(sheets, f"{profile.area['area_name']}: jämlik hälsa", path)


def _as_png(sheets: list[Sheet], _: Profile, path: Path) -> None:
    to_png(sheets, path)


def pages(connection: duckdb.DuckDBPyConnection, profile: Profile) -> list[Sheet]:
    """The two sheets of a place."""
    return [_standing(connection, profile), _groups_and_years(connection, profile)]


# ---- the first page ----


def _standing(connection: duckdb.DuckDBPyConnection, profile: Profile) -> Sheet:
    sheet = Sheet()
    _heading(sheet, profile, "Var står vi?", 1)
    sheet.y += 16
    _column_heads(sheet, profile)
    spine: list[Row] = []
    places = {(row["indicator_id"], row["group_code"]): row for row in _spines(connection, profile)}
    top = sheet.y
    for status in profile.recommendations:
        sheet.y += 19
        sheet.text(MARGIN, sheet.y, f"{status['number']}  {status['short_sv']}", 12, bold=True)
        sheet.y += 5
        for line in profile.of(status["number"]):
            if line["headline"] is None:
                continue
            sheet.y += ROW
            _row(sheet, line, profile)
            found = places.get((line["indicator_id"], line["group_code"]))
            if found and line["value"] is not None:
                spine.append({**found, "y": sheet.y - 3.5 - top})
        for sentence in sentences_beside(profile, status, full=False):
            sheet.paragraph(sentence, 8.5, SOFT, MARGIN + 10, WIDTH - 2 * MARGIN - 10)
        sheet.y += 2
    if spine:
        drawing = _spine(spine, sheet.y - top)
        sheet.chart(_svg(drawing), SPINE, top, SPINE_WIDTH)
    _legend(sheet, profile)
    return sheet


def _heading(sheet: Sheet, profile: Profile, question: str, page: int) -> None:
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


def _column_heads(sheet: Sheet, profile: Profile) -> None:
    kind = {"municipality": "kommunen", "county": "länet", "nation": "riket"}[profile.area["area_level"]]
    sheet.text(PERIOD, sheet.y, "avser", 9, SOFT)
    sheet.text(FIGURE, sheet.y, kind, 9, SOFT, end=True)
    if profile.area["area_level"] != "nation":
        sheet.text(NATION, sheet.y, "riket", 9, SOFT, end=True)
        sheet.text(AGAINST, sheet.y, "skillnad mot riket", 9, SOFT)
    sheet.text(SPINE, sheet.y, "bland kommunerna", 9, SOFT)
    sheet.text(TREND, sheet.y, "förändring", 9, SOFT)


def _row(sheet: Sheet, line: Row, profile: Profile) -> None:
    mark = "*" if line["provenance"] == "synthetic" else "°" if line["provenance"] == "self_reported" else ""
    sheet.text(MARGIN + 10, sheet.y, cut(words.title(line) + mark, 10, PERIOD - MARGIN - 16), 10)
    sheet.text(PERIOD, sheet.y, (line["period"] or "").replace("/", "–"), 9, SOFT)
    if line["value"] is None:
        sheet.text(FIGURE, sheet.y, words.STATUS[line["status"]], 10, SOFT, end=True)
        why = words.REASON.get(line["status_reason"] or "", "")
        sheet.text(SPINE, sheet.y, why, 9, SOFT)
        return
    sheet.text(FIGURE, sheet.y, _figure(line["value"], line), 10, bold=True, end=True)
    if profile.area["area_level"] != "nation":
        nation = _figure(line["nation_value"], line) if line["nation_value"] is not None else "–"
        sheet.text(NATION, sheet.y, nation, 10, end=True)
        _word(sheet, AGAINST, line["against_nation"], words.AGAINST)
    _word(sheet, TREND, line["trend"], words.TREND)


def _word(sheet: Sheet, x: float, key: str | None, known: dict[str, str]) -> None:
    sheet.text(x, sheet.y, known[key] if key else "–", 9, _COLOURS.get(key or "", SOFT), bold=key in _COLOURS)


def _figure(value: float, line: Row) -> str:
    return words.number(value, line["decimals"]) + words.unit(line["unit_sv"])


_SPINES = """
    with line as (
        select indicator_id, dimension, group_code, period, polarity, value, county_value, nation_value
        from profile($1)
        where headline is not null and value is not null
    ),
    spread as (
        select v.indicator_id, v.group_code, quantile_cont(v.value, [0.025, 0.25, 0.5, 0.75, 0.975]) as at
        from indicator_value as v
        inner join line as l
            on v.indicator_id = l.indicator_id and v.period = l.period and v.dimension = l.dimension
            and v.group_code = l.group_code
        where v.area_level = 'municipality' and v.value is not null
        group by v.indicator_id, v.group_code
    )
    select l.*, s.at
    from line as l
    inner join spread as s on l.indicator_id = s.indicator_id and l.group_code = s.group_code
"""


def _spines(connection: duckdb.DuckDBPyConnection, profile: Profile) -> Iterator[Row]:
    """Where each headline lies among the municipalities, from 0 to 1, with the better end to the right."""
    cursor = connection.execute(_SPINES, [profile.area["area_code"]])
    names = [each[0] for each in cursor.description or []]
    own = profile.area["area_level"] != "nation"
    for values in cursor.fetchall():
        row = dict(zip(names, values, strict=True))
        known = [row[name] for name in ("value", "county_value", "nation_value") if row[name] is not None]
        low, high = min(row["at"][0], *known), max(row["at"][4], *known)
        turned = row["polarity"] == "lower_is_better"

        def share(value: float | None, low: float = low, high: float = high, turned: bool = turned) -> float | None:
            if value is None or high == low:
                return None
            place = (value - low) / (high - low)
            return 1 - place if turned else place

        yield {
            "indicator_id": row["indicator_id"],
            "group_code": row["group_code"],
            "x": share(row["value"]) if own else None,
            "x_p25": share(row["at"][1]),
            "x_p50": share(row["at"][2]),
            "x_p75": share(row["at"][3]),
            "x_county": share(row["county_value"]),
            "x_nation": share(row["nation_value"] if own else row["value"]),
            "tip": "",
        }


def _spine(rows: list[Row], height: float) -> Drawing:
    scale = 220 / SPINE_WIDTH  # the chart is drawn for the page's wider column, and its marks shrink with it
    placed = [{**row, "y": row["y"] * scale} for row in rows]
    return Drawing("spine", {"rows": placed}, {"width": 220, "height": height * scale, "synthetic_mark": ""})


def _legend(sheet: Sheet, profile: Profile) -> None:
    sheet.y += 12
    sheet.rule(sheet.y)
    sheet.y += 3
    told = (
        "Bland kommunerna: punkten är området självt, romben länet, det svarta strecket riket och den grå stapeln "
        "den halva av kommunerna som ligger i mitten. Det som är bättre ligger åt höger. Säkerställt: mer än slumpen "
        "förklarar (95 procents säkerhet). Kan inte bedömas: källan anger ingen osäkerhet, eller serien är för kort."
    )
    if any(line["provenance"] == "self_reported" for line in profile.headlines):
        told += " ° Kommunens eller regionens egen uppgift."
    sheet.paragraph(told, 8.5, SOFT)
    if profile.release["contains_synthetic"] and any(line["provenance"] == "synthetic" for line in profile.headlines):
        sheet.paragraph("* Påhittad siffra (syntetisk): visar formen, inte verkligheten.", 9, WARN)


# ---- the second page ----


def _groups_and_years(connection: duckdb.DuckDBPyConnection, profile: Profile) -> Sheet:
    sheet = Sheet()
    painter = Painter(connection, profile.area["area_code"])
    _heading(sheet, profile, "För vem är det sämre, och vart är det på väg?", 2)
    sheet.y += 18
    sheet.text(MARGIN, sheet.y, "Klyftor mellan grupper", 12, bold=True)
    sheet.paragraph(gap_account(profile), 9.5)
    sheet.y += 8
    _pair(sheet, list(_gap_charts(painter, profile))[:2])
    sheet.y += 16
    sheet.text(MARGIN, sheet.y, "Utvecklingen", 12, bold=True)
    sheet.y += 4
    trends = list(_trend_charts(painter, profile))
    for start in range(0, len(trends), 2):
        _pair(sheet, trends[start : start + 2])
    if profile.targets:
        sheet.y += 16
        sheet.text(MARGIN, sheet.y, "Egna mål", 12, bold=True)
        for target in profile.targets[:4]:
            sheet.paragraph(target_sentence(target), 9)
    sheet.y += 18
    sheet.text(MARGIN, sheet.y, "Det som inte går att se här", 12, bold=True)
    for sentence in unseen_sentences(profile, full=False):
        sheet.paragraph(sentence, 9)
    sheet.y = max(sheet.y + 12, HEIGHT - MARGIN - 26)
    sheet.rule(sheet.y)
    sheet.paragraph(
        "Källor: Kolada (RKA), SCB och Arbetsförmedlingen, bearbetade i Jämlik. Varje indikators källa, metod och "
        "begränsningar står i utgåvans tabell indicator och på sidan.",
        8.5,
        SOFT,
    )
    return sheet


# A chart on the second page: its heading, the sentence below it, and what is drawn.
_Shown = tuple[str, str, Drawing]


def _pair(sheet: Sheet, shown: list[_Shown]) -> None:
    top, lowest = sheet.y, sheet.y
    for place, (title, sentence, drawing) in enumerate(shown):
        x = MARGIN + place * (CHART_WIDTH + 24)
        sheet.y = top + 12
        sheet.text(x, sheet.y, cut(title, 10, CHART_WIDTH), 10, bold=True)
        sheet.y += 4
        sheet.y += sheet.chart(_svg(drawing), x, sheet.y, CHART_WIDTH)
        sheet.paragraph(sentence, 8.5, SOFT, x, CHART_WIDTH)
        lowest = max(lowest, sheet.y)
    sheet.y = lowest


def _gap_charts(painter: Painter, profile: Profile) -> Iterator[_Shown]:
    """The groups of the most telling gap now, and how the gap has moved; first what is certain and social, then sex."""
    order = sorted(
        profile.gaps,
        key=lambda gap: (gap["certain"] != "yes", gap["dimension"] == "sex", gap["headline"] is None, gap["title_sv"]),
    )
    if not order:
        return
    gap = order[0]
    between = gap["dimension_sv"].lower()
    title, decimals = gap["title_sv"], gap["decimals"]
    groups = painter.equiplot(gap["indicator_id"], gap["dimension"], gap["period"])
    groups.signals.update(width=430, height=150)
    yield (
        f"{title}, efter {between}",
        f"Varje märke är en grupp ({gap['period'].replace('/', '–')}); ju längre streck, desto större klyfta.",
        groups,
    )
    moved = painter.gap(gap["indicator_id"], gap["dimension"], "d")
    moved.signals.update(width=430, height=180)
    unit = "procentenheter" if gap["unit_sv"] == "procent" else gap["unit_sv"]
    told = f"Skillnaden är {words.number(gap['estimate'], decimals)} {unit}"
    if gap["ci_lower"] is not None:
        told += f" ({words.number(gap['ci_lower'], decimals)} till {words.number(gap['ci_upper'], decimals)})"
    moving = gap["difference_trend"]
    told += f" och {words.TREND[moving]}." if moving in ("narrowing", "widening") else "."
    yield f"Klyftan över åren, efter {between}", f"{told} Ihåligt märke: inte säkerställd.", moved


def _trend_charts(painter: Painter, profile: Profile) -> Iterator[_Shown]:
    """The years of the first headline of each recommendation that has at least four of them; four in all."""
    shown = 0
    for status in sorted(profile.recommendations, key=lambda each: each["number"] == 1):
        for line in profile.of(status["number"]):
            if shown == 4 or line["headline"] is None or line["value"] is None or line["group_code"] != "total":
                continue
            drawing = painter.trend(line["indicator_id"])
            own = [row for row in drawing.data["rows"] if row["role"] == "chosen"]
            if len(own) < 4:
                continue
            drawing.signals.update(width=430, height=130)
            yield words.title(line), _years_told(own, line), drawing
            shown += 1
            break


def _years_told(rows: list[dict[str, Any]], line: Row) -> str:
    first, last = rows[0], rows[-1]
    told = f"{_figure(first['value'], line)} år {first['year']} och {_figure(last['value'], line)} år {last['year']}"
    key = line["trend"]
    if key in ("improving", "worsening", "rising", "falling"):
        return f"{told}; {words.TREND[key]} säkerställt."
    return (
        f"{told}; {'ingen säkerställd förändring' if key == 'no_certain_change' else 'förändringen kan inte bedömas'}."
    )


def _svg(drawing: Drawing) -> str:
    return str(render(drawing.chart, drawing.data, "svg", signals=drawing.signals))
