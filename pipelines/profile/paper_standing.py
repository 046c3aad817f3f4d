"""The first page of a profile on paper: where a place stands among the municipalities, by recommendation."""

from collections.abc import Iterator

import duckdb

from pipelines.profile import words
from pipelines.profile.facts import Profile, Row
from pipelines.profile.paper_parts import figure, heading, svg, word, years_and_age
from pipelines.profile.sentences import (
    certainty_sentences,
    marks_sentences,
    mean_sentences,
    newer_sentence,
    standing_sentences,
    years_sentence,
)
from pipelines.profile.sheet import MARGIN, SOFT, WIDTH, Sheet, broken
from pipelines.site.drawing import Drawing

# Columns, from the left edge.
PERIOD, FIGURE, NATION, SPINE, AGAINST, TREND = 276, 396, 446, 460, 572, 664
SPINE_WIDTH, SPINE_DRAWN, ROW, LINE, TITLE = 100, 139, 18, 11, 9.5


def standing(connection: duckdb.DuckDBPyConnection, profile: Profile) -> Sheet:
    """The page, filled."""
    sheet = Sheet()
    heading(sheet, profile, "Var står vi?", 1)
    sheet.y += 4
    sheet.paragraph(newer_sentence(profile), 9)
    sheet.y += 12
    _column_heads(sheet, profile)
    spine: list[Row] = []
    places = {(row["indicator_id"], row["group_code"]): row for row in _spines(connection, profile)}
    top = sheet.y
    for status in profile.recommendations:
        sheet.y += 21
        sheet.text(MARGIN, sheet.y, f"{status['number']}  {status['short_sv']}", 12, bold=True)
        for line in profile.of(status["number"]):
            if line["headline"] is None:
                continue
            sheet.y += ROW
            found = places.get((line["indicator_id"], line["group_code"]))
            if found and line["value"] is not None:
                spine.append({**found, "y": sheet.y - 3.5 - top})
            _row(sheet, line, profile)
        sheet.y += 4
        told = " ".join(standing_sentences(profile, status, full=False))
        sheet.paragraph(told, 8.5, SOFT, MARGIN + 10, WIDTH - 2 * MARGIN - 10)
    if spine:
        drawing = _spine(spine, sheet.y - top)
        sheet.chart(svg(drawing), SPINE, top, SPINE_WIDTH, plot=SPINE_DRAWN)
    _legend(sheet, profile)
    return sheet


def _column_heads(sheet: Sheet, profile: Profile) -> None:
    kind = {"municipality": "kommunen", "county": "länet", "nation": "riket"}[profile.area["area_level"]]
    sheet.text(PERIOD, sheet.y, "avser, ålder", 9, SOFT)
    sheet.text(FIGURE, sheet.y, kind, 9, SOFT, end=True)
    if profile.area["area_level"] != "nation":
        sheet.text(NATION, sheet.y, "riket", 9, SOFT, end=True)
        sheet.text(AGAINST, sheet.y, "skillnad mot riket", 9, SOFT)
    sheet.text(SPINE, sheet.y, "bland kommunerna", 9, SOFT)
    sheet.text(TREND, sheet.y, "förändring", 9, SOFT)


def _row(sheet: Sheet, line: Row, profile: Profile) -> None:
    title = broken(words.title(line) + words.mark(line), TITLE, PERIOD - MARGIN - 14)
    for below, part in enumerate(title):
        sheet.text(MARGIN + 10, sheet.y + LINE * below, part, TITLE)
    sheet.text(PERIOD, sheet.y, years_and_age(line["period"], profile), 8.5, SOFT)
    _beside(sheet, line, profile)
    sheet.y += LINE * (len(title) - 1)


def _beside(sheet: Sheet, line: Row, profile: Profile) -> None:
    if line["value"] is None:
        sheet.text(FIGURE, sheet.y, words.STATUS[line["status"]], 10, SOFT, end=True)
        sheet.text(SPINE, sheet.y, words.why_not(line), 9, SOFT)
        return
    sheet.text(FIGURE, sheet.y, figure(line["value"], line), 10, bold=True, end=True)
    if profile.area["area_level"] != "nation":
        nation = figure(line["nation_value"], line) if line["nation_value"] is not None else "–"
        sheet.text(NATION, sheet.y, nation + words.nation_mark(line), 10, end=True)
        word(sheet, AGAINST, words.against(line), words.AGAINST)
    word(sheet, TREND, line["trend"], words.TREND)


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
    scale = SPINE_DRAWN / SPINE_WIDTH  # the chart is drawn for the page's wider column, and its marks shrink with it
    placed = [{**row, "y": row["y"] * scale} for row in rows]
    # Its own ground would cover the rows of text that it lies upon.
    signals = {"width": SPINE_DRAWN, "height": height * scale, "synthetic_mark": "", "paper": "transparent"}
    return Drawing("spine", {"rows": placed}, signals)


_MARKS = (
    "Bland kommunerna: punkten är området självt, romben länet, det svarta strecket riket och den grå stapeln den "
    "halva av kommunerna som ligger i mitten. Det bättre ligger åt höger; där ett visst värde är målet, eller inget är "
    "bättre, det högre."
)


def _legend(sheet: Sheet, profile: Profile) -> None:
    sheet.y += 9
    sheet.rule(sheet.y)
    sheet.y += 3
    told = [
        years_sentence(profile),
        _MARKS,
        *certainty_sentences(profile.headlines, []),
        *marks_sentences(profile.headlines),
        *mean_sentences(profile.headlines),
    ]
    sheet.paragraph(" ".join(told), 8, SOFT)
