"""The second page of a profile on paper: for whom it is worse, where it goes, the goals, what cannot be seen."""

from collections.abc import Iterator
from typing import Any

import duckdb

from pipelines.profile import words
from pipelines.profile.facts import Profile, Row
from pipelines.profile.paper_parts import figure, heading, svg, word, years_and_age
from pipelines.profile.sentences import (
    gap_sentences,
    nation_sentence,
    sources_sentences,
    target_sentence,
    telling_gaps,
    unseen_sentences,
)
from pipelines.profile.sheet import HEIGHT, INK, MARGIN, SOFT, WIDTH, Sheet, broken
from pipelines.site.drawing import Drawing, Painter

CHART_WIDTH = (WIDTH - 2 * MARGIN - 24) / 2
PERIOD, DIFFERENCE, INTERVAL, CERTAIN, MOVED, RATIO = (
    258,
    358,
    370,
    450,
    548,
    650,
)  # columns of gaps, from the left edge
TARGETS_SHOWN = 4


def groups_and_years(connection: duckdb.DuckDBPyConnection, profile: Profile) -> Sheet:
    """The page, filled."""
    sheet = Sheet()
    painter = Painter(connection, profile.area["area_code"])
    heading(sheet, profile, "För vem är det sämre, och vart är det på väg?", 2)
    sheet.y += 18
    sheet.text(MARGIN, sheet.y, "Klyftor mellan grupper", 12, bold=True)
    sheet.paragraph(" ".join([*gap_sentences(profile), nation_sentence(profile, full=False)]).strip(), 9.5)
    sheet.y += 8
    _pair(sheet, list(gap_charts(painter, profile))[:2])
    sheet.y += 16
    sheet.text(MARGIN, sheet.y, "Utvecklingen", 12, bold=True)
    sheet.y += 4
    trends = list(trend_charts(painter, profile))
    for start in range(0, len(trends), 2):
        _pair(sheet, trends[start : start + 2])
    _more_gaps(sheet, profile)
    if profile.targets:
        sheet.y += 20
        sheet.text(MARGIN, sheet.y, "Egna mål", 12, bold=True)
        for target in profile.targets[:TARGETS_SHOWN]:
            sheet.paragraph(target_sentence(target), 9)
    sheet.y += 22
    sheet.text(MARGIN, sheet.y, "Det som inte går att se här", 12, bold=True)
    for sentence in unseen_sentences(profile, full=False):
        sheet.paragraph(sentence, 9)
    sheet.y = max(sheet.y + 12, HEIGHT - MARGIN - 26)
    sheet.rule(sheet.y)
    sheet.paragraph(
        f"{' '.join(sources_sentences(profile))} Bearbetat i Jämlik; varje indikators källa, metod och begränsningar "
        "står i utgåvans tabell indicator.",
        8.5,
        SOFT,
    )
    return sheet


def _more_gaps(sheet: Sheet, profile: Profile) -> None:
    """The gaps that the screen would show, as many as there is room for above what must follow."""
    room = sheet.left - (150 + 26 * min(len(profile.targets), TARGETS_SHOWN)) - 30
    rows = []
    for gap in telling_gaps(profile):
        title = broken(f"{gap['title_sv']}: {gap['dimension_sv'].lower()}", 9.5, PERIOD - MARGIN - 16)
        room -= 3 + 11 * len(title)
        if room < 0:
            break
        rows.append((gap, title))
    if not rows:
        return
    sheet.y += 20
    sheet.text(MARGIN, sheet.y, "Klyftor som är säkerställda eller ökar", 12, bold=True)
    sheet.y += 12
    for x, head, end in (
        (PERIOD, "avser, ålder", False),
        (DIFFERENCE, "skillnad", True),
        (INTERVAL, "intervall", False),
        (CERTAIN, "den är", False),
        (MOVED, "skillnaden", False),
        (RATIO, "kvoten", False),
    ):
        sheet.text(x, sheet.y, head, 9, SOFT, end=end)
    for gap, title in rows:
        sheet.y += 14
        sheet.text(PERIOD, sheet.y, years_and_age(gap["period"], profile), 9, SOFT)
        sheet.text(DIFFERENCE, sheet.y, words.number(gap["estimate"], gap["decimals"]), 9.5, bold=True, end=True)
        sheet.text(INTERVAL, sheet.y, words.interval(gap, gap["decimals"]), 9, SOFT)
        sheet.text(CERTAIN, sheet.y, words.CERTAIN[gap["certain"]], 9, INK if gap["certain"] == "yes" else SOFT)
        word(sheet, MOVED, gap["difference_trend"], words.TREND)
        word(sheet, RATIO, gap["ratio_trend"], words.TREND)
        for below, part in enumerate(title):
            sheet.text(MARGIN + 10, sheet.y + 11 * below, part, 9.5)
        sheet.y += 11 * (len(title) - 1)


# A chart on the second page: its heading, the sentence below it, and what is drawn.
_Shown = tuple[str, str, Drawing]


def _pair(sheet: Sheet, shown: list[_Shown]) -> None:
    sheet.y += 8
    titles = [broken(title, 10, 0.9 * CHART_WIDTH) for title, _, _ in shown]
    below = max(map(len, titles), default=1) - 1
    top, lowest = sheet.y, sheet.y
    for place, (_, sentence, drawing) in enumerate(shown):
        x = MARGIN + place * (CHART_WIDTH + 24)
        for line, part in enumerate(titles[place]):
            sheet.text(x, top + 12 * (line + 1), part, 10, bold=True)
        sheet.y = top + 12 * (below + 1) + 4
        sheet.y += sheet.chart(svg(drawing), x, sheet.y, CHART_WIDTH)
        sheet.paragraph(sentence, 8.5, SOFT, x, CHART_WIDTH)
        lowest = max(lowest, sheet.y)
    sheet.y = lowest


def gap_charts(painter: Painter, profile: Profile) -> Iterator[_Shown]:
    """The groups of the most telling gap now, and how the gap has moved; first what is certain and social, then sex."""
    order = sorted(
        profile.real_gaps,
        key=lambda gap: (
            gap["certain"] != "yes",
            gap["worse_when"] is None,
            gap["periods"] < 2,
            gap["dimension"] == "sex",
            gap["headline"] is None,
            gap["title_sv"],
        ),
    )
    if not order:
        return
    gap = order[0]
    between = gap["dimension_sv"].lower()
    title, decimals = gap["title_sv"], gap["decimals"]
    groups = painter.equiplot(gap["indicator_id"], gap["dimension"], gap["period"])
    groups.signals.update(width=430, height=170)
    yield (
        f"{title}: {between}",
        f"Varje märke är en grupp ({gap['period'].replace('/', '–')}); ju längre streck, desto större klyfta.",
        groups,
    )
    moved = painter.gap(gap["indicator_id"], gap["dimension"], "d")
    moved.signals.update(width=430, height=200)
    unit = "procentenheter" if gap["unit_sv"] == "procent" else gap["unit_sv"]
    told = f"Skillnaden {words.period(gap['period'])} är {words.number(gap['estimate'], decimals)} {unit}"
    if reach := words.interval(gap, decimals):
        told += f" ({reach})"
    moving = gap["difference_trend"]
    since = words.span((gap["difference_from"] or gap["period"], gap["period"]))
    told += f" och {words.TREND[moving]} säkerställt {since}." if moving in ("narrowing", "widening") else "."
    yield "Samma skillnad över åren", f"{told} Ihåligt märke: inte säkerställd, eller går inte att bedöma.", moved


def trend_charts(painter: Painter, profile: Profile) -> Iterator[_Shown]:
    """The years of the first headline of each recommendation that has at least four of them; four in all."""
    shown = 0
    for status in sorted(profile.recommendations, key=lambda each: each["number"] == 1):
        for line in profile.of(status["number"]):
            if shown == 4 or line["headline"] is None or line["value"] is None or line["group_code"] != "total":
                continue
            drawing = painter.trend(line["indicator_id"])
            own = [row for row in drawing.data["rows"] if row["role"] == "chosen" and row["value"] is not None]
            if len(own) < 4:
                continue
            drawing.signals.update(width=430, height=160)
            yield words.title(line), _years_told(own, line), drawing
            shown += 1
            break


def _years_told(rows: list[dict[str, Any]], line: Row) -> str:
    first, last = rows[0], rows[-1]
    told = "; ".join(f"{words.period(row['period'])}: {figure(row['value'], line)}" for row in (first, last))
    key = line["trend"]
    years = words.span((line["trend_from"], line["trend_to"])) if line["trend_from"] else ""
    if key in ("improving", "worsening", "rising", "falling"):
        return f"{told}. {words.TREND[key].capitalize()} säkerställt {years}."
    if key == "no_certain_change":
        return f"{told}. Ingen säkerställd förändring {years}."
    return f"{told}. Förändringen kan inte bedömas."
