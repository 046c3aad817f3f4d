"""The profile of a place in a terminal: one screen of headlines, or everything (`--full`).

Belongs here: what stands where, and how it fits into 80 columns and more. Not here: what the release says (`facts.py`),
sentences (`sentences.py`). Titles are broken, never cut: two indicators may differ in their last word. A colour never
carries a meaning alone: the words do, the colour helps the eye.
"""

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipelines.profile import words
from pipelines.profile.facts import Profile, Row
from pipelines.profile.sentences import (
    certainty_sentences,
    gap_sentences,
    marks_sentences,
    mean_sentences,
    nation_sentence,
    newer_sentence,
    sources_sentences,
    standing_sentences,
    target_sentence,
    telling_gaps,
    unseen_sentences,
    years_sentence,
)

WIDE = 110  # from this many columns the whole words have room, and the years a column of their own
GAPS_SHOWN = 5
FIGURE, WORDS, SHORT = 10, 18, 14  # widths of columns; a figure as long as `455 107 kr` must not be cut
_STYLE = {
    "small_better": "blue", "small_worse": "dark_orange",
    "better": "blue", "worse": "dark_orange", "improving": "blue", "worsening": "dark_orange", "narrowing": "blue",
    "widening": "dark_orange", "favourable": "blue", "concern": "dark_orange",
}  # fmt: skip


def show(profile: Profile, console: Console, full: bool = False) -> None:
    """Prints the profile, as wide as the console is."""
    wide = console.width >= WIDE
    _heading(profile, console)
    for status in profile.recommendations:
        number = status["number"]
        lines = _shown(profile.of(number), full)
        console.print(Text(f"{number}  {status['short_sv']}", style="bold underline"))
        if lines:
            console.print(Padding(_lines(lines, profile, wide, headed=number == 1), (0, 0, 0, 1)))
        _say(console, [" ".join(standing_sentences(profile, status, full))])
    gaps = _gaps(profile, console, wide, full)
    if profile.targets:
        _section(console, "Egna mål")
        _say(console, [target_sentence(target) for target in profile.targets])
    _section(console, "Det som inte går att se här")
    _say(console, unseen_sentences(profile, full))
    _legend(profile, console, full, gaps)


def _shown(lines: list[Row], full: bool) -> list[Row]:
    return [line for line in lines if full or line["headline"] is not None]


def _say(console: Console, sentences: list[str]) -> None:
    for sentence in sentences:
        console.print(Padding(Text(sentence), (0, 0, 0, 2)), soft_wrap=False)


def _section(console: Console, title: str) -> None:
    console.print()
    console.print(Text(title, style="bold underline"))


def _heading(profile: Profile, console: Console) -> None:
    area, release = profile.area, profile.release
    kind = {"municipality": f"kommun i {area['county_name']}", "county": "län", "nation": "hela landet"}
    parts = [kind[area["area_level"]], area["skr_group"] or ""]
    told = ", ".join(part for part in parts if part and part != "län")
    name = Text(area["area_name"], style="bold")
    if told:
        name.append(f"  {told}", style="not bold")
    console.print(name)
    console.print(Text(newer_sentence(profile)))
    console.print(Text(f"{years_sentence(profile)} Utgåva {release['release_id'][:10]}.", style="dim"))
    console.print(Text(" ".join(sources_sentences(profile)), style="dim"))
    console.print()


def _lines(lines: list[Row], profile: Profile, wide: bool, headed: bool) -> Table:
    nation = profile.area["area_level"] == "nation"
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", expand=True, show_header=headed)
    table.add_column("", ratio=1)
    if wide:
        table.add_column("avser", no_wrap=True, width=9)
        table.add_column("ålder", no_wrap=True, justify="right", width=5)
    kind = {"municipality": "kommunen", "county": "länet", "nation": "riket"}[profile.area["area_level"]]
    table.add_column(kind, justify="right", no_wrap=True, width=FIGURE)
    if not nation:
        table.add_column("riket", justify="right", no_wrap=True, width=FIGURE)
        table.add_column("skillnad mot riket" if wide else "mot riket", width=WORDS if wide else SHORT)
    table.add_column("förändring", width=WORDS if wide else SHORT)
    for line in lines:
        table.add_row(*_cells(line, profile, wide))
    return table


def _cells(line: Row, profile: Profile, wide: bool) -> list[Text]:
    nation = profile.area["area_level"] == "nation"
    against, trend = (words.AGAINST, words.TREND) if wide else (words.AGAINST_SHORT, words.TREND_SHORT)
    cells = _title(words.title(line) + words.mark(line), line["period"], profile.year, wide)
    if line["value"] is None:
        cells.append(Text(words.STATUS[line["status"]], style="italic"))
        return [*cells, *([] if nation else [Text("")]), Text(words.why_not(line), style="dim"), *_blank(nation)]
    cells.append(Text(_figure(line["value"], line), style="bold"))
    if not nation:
        theirs = _figure(line["nation_value"], line) if line["nation_value"] is not None else "–"
        cells.append(Text(theirs + words.nation_mark(line)))
        cells.append(_word(words.against(line), against))
    cells.append(_word(line["trend"], trend))
    return cells


def _blank(nation: bool) -> list[Text]:
    return [] if nation else [Text("")]


def _title(title: str, period: str | None, year: int, wide: bool) -> list[Text]:
    """What a row is of, of which years, and how old that is: in three columns, or in one where there is no room."""
    if wide:
        return [Text(title), Text(words.period(period), style="dim"), Text(words.age(period, year), style="dim")]
    told = Text(title)
    if period:
        told.append(f" {words.period_and_age(period, year)}", style="dim")
    return [told]


def _word(key: str | None, known: dict[str, str]) -> Text:
    if key is None:
        return Text("–", style="dim")
    unsure = key in ("not_assessable", "no_certain_difference", "no_certain_change")
    return Text(known[key], style="dim" if unsure else _STYLE.get(key, ""))


def _figure(value: float, line: Row) -> str:
    return words.number(value, line["decimals"]) + words.unit(line["unit_sv"])


def _gaps(profile: Profile, console: Console, wide: bool, full: bool) -> list[Row]:
    """Shows how gaps stand, and those shown one by one are returned."""
    shown = profile.gaps if full else telling_gaps(profile)[:GAPS_SHOWN]
    _section(console, "Klyftor mellan grupper")
    _say(console, [" ".join(gap_sentences(profile)), *filter(None, [nation_sentence(profile, full)])])
    if not shown:
        return shown
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", expand=True)
    table.add_column("", ratio=1)
    if wide:
        table.add_column("avser", no_wrap=True, width=9)
        table.add_column("ålder", no_wrap=True, justify="right", width=5)
    table.add_column("skillnad", justify="right", no_wrap=True, min_width=8)
    if wide:
        table.add_column("intervall", no_wrap=True, min_width=14)
    for head in ("den är", "skillnaden", "kvoten"):
        table.add_column(head, no_wrap=True, width=WORDS if wide else SHORT)
    for gap in shown:
        table.add_row(*_gap_cells(gap, profile.year, wide))
    console.print(Padding(table, (0, 0, 0, 1)))
    return shown


def _gap_cells(gap: Row, year: int, wide: bool) -> list[Text]:
    decimals = gap["decimals"]
    certain = words.CERTAIN if wide else words.CERTAIN_SHORT
    moved = words.TREND if wide else words.TREND_SHORT
    return [
        *_title(f"{gap['title_sv']}: {gap['dimension_sv'].lower()}{words.mark(gap)}", gap["period"], year, wide),
        Text(words.number(gap["estimate"], decimals), style="bold"),
        *([Text(words.interval(gap, decimals), style="dim")] if wide else []),
        Text(certain[gap["certain"]], style="" if gap["certain"] == "yes" else "dim"),
        _word(gap["difference_trend"], moved),
        _word(gap["ratio_trend"], moved),
    ]


def _legend(profile: Profile, console: Console, full: bool, gaps: list[Row]) -> None:
    lines = _shown(profile.lines, full)
    told = [*certainty_sentences(lines, gaps), *marks_sentences([*lines, *gaps]), *mean_sentences(lines)]
    if not full:
        told.append(f"Allt: jamlik profile {profile.area['area_code']} --full")
    console.print()
    console.print(Text(" ".join(told), style="dim"))
