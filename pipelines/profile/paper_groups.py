"""The second page of a profile on paper: for whom it is worse, where it goes, the goals, what cannot be seen."""

from collections.abc import Iterator
from typing import Any

import duckdb

from pipelines.profile import words
from pipelines.profile.facts import Profile, Row
from pipelines.profile.paper_parts import figure, heading, svg, word
from pipelines.profile.screen import gap_account, target_sentence, telling_gaps, unseen_sentences
from pipelines.profile.sheet import HEIGHT, INK, MARGIN, SOFT, WIDTH, Sheet, cut
from pipelines.site.drawing import Drawing, Painter

CHART_WIDTH = (WIDTH - 2 * MARGIN - 24) / 2
DIFFERENCE, INTERVAL, CERTAIN, TREND = 400, 424, 540, 664  # columns of the table of gaps, from the left edge
TARGETS_SHOWN = 4


def groups_and_years(connection: duckdb.DuckDBPyConnection, profile: Profile) -> Sheet:
    """The page, filled."""
    sheet = Sheet()
    painter = Painter(connection, profile.area["area_code"])
    heading(sheet, profile, "För vem är det sämre, och vart är det på väg?", 2)
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
        "Källor: Kolada (RKA), SCB och Arbetsförmedlingen, bearbetade i Jämlik. Varje indikators källa, metod och "
        "begränsningar står i utgåvans tabell indicator och på sidan.",
        8.5,
        SOFT,
    )
    return sheet


def _more_gaps(sheet: Sheet, profile: Profile) -> None:
    """The gaps that the screen would show, as many as there is room for above what must follow."""
    room = sheet.left - (140 + 26 * min(len(profile.targets), TARGETS_SHOWN))
    rows = telling_gaps(profile)[: max(0, int((room - 30) / 14))]
    if not rows:
        return
    sheet.y += 22
    sheet.text(MARGIN, sheet.y, "Klyftor som är säkerställda eller växer", 12, bold=True)
    for x, head, end in (
        (400, "skillnad", True),
        (424, "intervall", False),
        (540, "den är", False),
        (TREND, "den", False),
    ):
        sheet.text(x, sheet.y, head, 9, SOFT, end=end)
    for gap in rows:
        sheet.y += 14
        mark = "*" if gap["provenance"] == "synthetic" else ""
        sheet.text(MARGIN + 10, sheet.y, cut(f"{gap['title_sv']}{mark}: {gap['dimension_sv'].lower()}", 9.5, 290), 9.5)
        sheet.text(DIFFERENCE, sheet.y, words.number(gap["estimate"], gap["decimals"]), 9.5, bold=True, end=True)
        sheet.text(INTERVAL, sheet.y, words.interval(gap, gap["decimals"]), 9, SOFT)
        sheet.text(CERTAIN, sheet.y, words.CERTAIN[gap["certain"]], 9, INK if gap["certain"] == "yes" else SOFT)
        word(sheet, TREND, gap["difference_trend"], words.TREND)


# A chart on the second page: its heading, the sentence below it, and what is drawn.
_Shown = tuple[str, str, Drawing]


def _pair(sheet: Sheet, shown: list[_Shown]) -> None:
    sheet.y += 8
    top, lowest = sheet.y, sheet.y
    for place, (title, sentence, drawing) in enumerate(shown):
        x = MARGIN + place * (CHART_WIDTH + 24)
        sheet.y = top + 12
        sheet.text(x, sheet.y, cut(title, 10, 0.94 * CHART_WIDTH), 10, bold=True)
        sheet.y += 4
        sheet.y += sheet.chart(svg(drawing), x, sheet.y, CHART_WIDTH)
        sheet.paragraph(sentence, 8.5, SOFT, x, CHART_WIDTH)
        lowest = max(lowest, sheet.y)
    sheet.y = lowest


def _gap_charts(painter: Painter, profile: Profile) -> Iterator[_Shown]:
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
    told = f"Skillnaden är {words.number(gap['estimate'], decimals)} {unit}"
    if reach := words.interval(gap, decimals):
        told += f" ({reach})"
    moving = gap["difference_trend"]
    told += f" och {words.TREND[moving]}." if moving in ("narrowing", "widening") else "."
    yield "Samma klyfta över åren", f"{told} Ihåligt märke: inte säkerställd.", moved


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
            drawing.signals.update(width=430, height=160)
            yield words.title(line), _years_told(own, line), drawing
            shown += 1
            break


def _years_told(rows: list[dict[str, Any]], line: Row) -> str:
    first, last = rows[0], rows[-1]
    told = f"{figure(first['value'], line)} år {first['year']} och {figure(last['value'], line)} år {last['year']}"
    key = line["trend"]
    if key in ("improving", "worsening", "rising", "falling"):
        return f"{told}; {words.TREND[key]} säkerställt."
    return (
        f"{told}; {'ingen säkerställd förändring' if key == 'no_certain_change' else 'förändringen kan inte bedömas'}."
    )
