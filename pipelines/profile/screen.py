"""The profile of a place in a terminal: one screen of headlines, or everything (`--full`).

Belongs here: what stands where, and how it fits into 80 columns and more. Not here: what the release says (`facts.py`).
A colour never carries a meaning alone: the words do, the colour helps the eye.
"""

from typing import Any

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from pipelines.profile import words
from pipelines.profile.facts import Profile, Row

WIDE = 110  # from this many columns the whole words have room
GAPS_SHOWN, NAMES_SHOWN = 5, 2
FIGURE, WORDS, SHORT = 10, 18, 14  # widths of columns; a figure as long as `455 107 kr` must not be cut
_STYLE = {
    "better": "blue", "worse": "dark_orange", "improving": "blue", "worsening": "dark_orange", "narrowing": "blue",
    "widening": "dark_orange", "favourable": "blue", "concern": "dark_orange",
}  # fmt: skip


def show(profile: Profile, console: Console, full: bool = False) -> None:
    """Prints the profile, as wide as the console is."""
    wide = console.width >= WIDE
    _heading(profile, console)
    for status in profile.recommendations:
        number = status["number"]
        lines = [line for line in profile.of(number) if full or line["headline"] is not None]
        console.print(Text(f"{number}  {status['short_sv']}", style="bold underline"))
        if lines:
            console.print(Padding(_lines(lines, profile, wide, headed=number == 1), (0, 0, 0, 1)))
        for sentence in sentences_beside(profile, status, full):
            console.print(Padding(Text(sentence), (0, 0, 0, 2)), soft_wrap=False)
    _gaps(profile, console, wide, full)
    _targets(profile, console)
    _unseen(profile, console, full)
    _legend(profile, console, wide, full)


def _heading(profile: Profile, console: Console) -> None:
    area, release = profile.area, profile.release
    kind = {"municipality": f"kommun i {area['county_name']}", "county": "län", "nation": "hela landet"}
    parts = [kind[area["area_level"]], area["skr_group"] or ""]
    told = ", ".join(part for part in parts if part and part != "län")
    years = [line["year"] for line in profile.lines if line["value"] is not None]
    name = Text(area["area_name"], style="bold")
    if told:
        name.append(f"  {told}", style="not bold")
    console.print(name)
    latest = f"de senaste siffrorna är från {max(years)}, " if years else ""
    console.print(Text(f"{latest[:1].upper()}{latest[1:]}utgåva {release['release_id'][:10]}", style="dim"))
    console.print()


def _lines(lines: list[Row], profile: Profile, wide: bool, headed: bool) -> Table:
    nation = profile.area["area_level"] == "nation"
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", expand=True, show_header=headed)
    table.add_column("", ratio=1, no_wrap=True, overflow="ellipsis")
    if wide:
        table.add_column("avser", no_wrap=True, width=9)
    kind = {"municipality": "kommunen", "county": "länet", "nation": "riket"}[profile.area["area_level"]]
    table.add_column(kind, justify="right", no_wrap=True, width=FIGURE)
    if not nation:
        table.add_column("riket", justify="right", no_wrap=True, width=FIGURE)
        table.add_column("skillnad mot riket" if wide else "mot riket", no_wrap=True, width=WORDS if wide else SHORT)
    table.add_column("förändring", no_wrap=True, width=WORDS if wide else SHORT)
    for line in lines:
        table.add_row(*_cells(line, nation, wide))
    return table


def _cells(line: Row, nation: bool, wide: bool) -> list[Text]:
    against, trend = (words.AGAINST, words.TREND) if wide else (words.AGAINST_SHORT, words.TREND_SHORT)
    mark = "*" if line["provenance"] == "synthetic" else "°" if line["provenance"] == "self_reported" else ""
    cells = [Text(words.title(line) + mark)]
    if wide:
        cells.append(Text((line["period"] or "").replace("/", "–"), style="dim"))
    if line["value"] is None:
        cells.append(Text(words.STATUS[line["status"]], style="italic"))
        why = words.REASON.get(line["status_reason"] or "", "") if wide else ""
        return cells + ([] if nation else [Text(""), Text(why, style="dim")]) + [Text("")]
    cells.append(Text(_figure(line["value"], line), style="bold"))
    if not nation:
        cells.append(Text(_figure(line["nation_value"], line) if line["nation_value"] is not None else "–"))
        cells.append(_word(line["against_nation"], against))
    cells.append(_word(line["trend"], trend))
    return cells


def _word(key: str | None, known: dict[str, str]) -> Text:
    if key is None:
        return Text("–", style="dim")
    unsure = key in ("not_assessable", "no_certain_difference", "no_certain_change")
    return Text(known[key], style="dim" if unsure else _STYLE.get(key, ""))


def _figure(value: float, line: Row) -> str:
    return words.number(value, line["decimals"]) + words.unit(line["unit_sv"])


def sentences_beside(profile: Profile, status: Row, full: bool) -> list[str]:
    """What the lines above do not show: how many indicators there are, and those that are certainly worse."""
    lines = profile.of(status["number"])
    known = [line for line in lines if line["value"] is not None and line["provenance"] != "synthetic"]
    indicators = len({line["indicator_id"] for line in known})
    told = [words.counted(indicators, "indikator har en siffra", "indikatorer har en siffra")]
    if profile.area["area_level"] != "nation":
        told += _tally(known, "against_nation", {"better": "säkerställt bättre än riket", "worse": "säkerställt sämre"})
    told += _tally(known, "trend", {"improving": "förbättras", "worsening": "försämras"})
    signs = [
        f"{label} {words.SUMMARY[status[key]]}"
        for label, key in (("om läget:", "level_summary"), ("om klyftorna:", "gap_summary"))
        if status[key] is not None
    ]
    hidden = [line for line in known if not full and line["headline"] is None]
    sentences = [f"{', '.join(told)}." + (f" Säkra tecken {', '.join(signs)}." if signs else "")]
    worse = [words.title(line) for line in hidden if line["against_nation"] == "worse"]
    worsening = [words.title(line) for line in hidden if line["trend"] == "worsening"]
    if worse:
        sentences.append(f"Också säkerställt sämre: {_named(worse)}.")
    if worsening:
        sentences.append(f"Försämras också: {_named(worsening)}.")
    return sentences


def _tally(lines: list[Row], key: str, labels: dict[str, str]) -> list[str]:
    counts = {word: sum(line[key] == word for line in lines) for word in labels}
    return [f"{count} {labels[word]}" for word, count in counts.items() if count]


def _named(titles: list[str], full: bool = False) -> str:
    shown = titles if full else titles[:NAMES_SHOWN]
    more = len(titles) - len(shown)
    return "; ".join(shown) + (f"; och {more} till" if more else "")


def telling_gaps(profile: Profile) -> list[Row]:
    """Gaps that are certain or that widen: those that widen first, and among them the headlines'."""
    telling = [gap for gap in profile.real_gaps if gap["certain"] == "yes" or gap["difference_trend"] == "widening"]
    return sorted(telling, key=lambda gap: (gap["difference_trend"] != "widening", gap["headline"] is None))


def _gaps(profile: Profile, console: Console, wide: bool, full: bool) -> None:
    shown = profile.gaps if full else telling_gaps(profile)[:GAPS_SHOWN]
    console.print()
    console.print(Text("Klyftor mellan grupper", style="bold underline"))
    console.print(Padding(Text(gap_account(profile)), (0, 0, 0, 2)))
    if not shown:
        return
    table = Table(box=None, padding=(0, 1, 0, 0), pad_edge=False, header_style="dim", expand=True)
    table.add_column("", ratio=1, no_wrap=True, overflow="ellipsis")
    table.add_column("mellan", no_wrap=True, width=16 if wide else 12, overflow="ellipsis")
    table.add_column("skillnad", justify="right", no_wrap=True, min_width=8)
    if wide:
        table.add_column("intervall", no_wrap=True, min_width=14)
    table.add_column("skillnaden är", no_wrap=True, width=WORDS if wide else SHORT)
    table.add_column("den", no_wrap=True, width=WORDS if wide else SHORT)
    for gap in shown:
        table.add_row(*_gap_cells(gap, wide))
    console.print(Padding(table, (0, 0, 0, 1)))


def _gap_cells(gap: Row, wide: bool) -> list[Text]:
    decimals = gap["decimals"]
    certain = {**words.CERTAIN, **({} if wide else {"not_assessable": "ej bedömbar", "no": "ej säkerställd"})}
    return [
        Text(gap["title_sv"] + ("*" if gap["provenance"] == "synthetic" else "")),
        Text(gap["dimension_sv"].lower()),
        Text(words.number(gap["estimate"], decimals), style="bold"),
        *([Text(words.interval(gap, decimals), style="dim")] if wide else []),
        Text(certain[gap["certain"]], style="" if gap["certain"] == "yes" else "dim"),
        _word(gap["difference_trend"], words.TREND if wide else words.TREND_SHORT),
    ]


def gap_account(profile: Profile) -> str:
    gaps = profile.real_gaps
    if not gaps:
        return "Ingen indikator är uppdelad på grupper här."
    widening = sum(gap["difference_trend"] == "widening" for gap in gaps)
    narrowing = sum(gap["difference_trend"] == "narrowing" for gap in gaps)
    parts = [words.counted(len(gaps), "skillnad går att räkna", "skillnader går att räkna")]
    certain = sum(gap["certain"] == "yes" for gap in gaps)
    parts.append(f"{certain} är säkerställda" if certain else "ingen av dem har något intervall att bedömas efter")
    parts.append(f"{widening} växer och {narrowing} minskar säkerställt")
    missed = profile.national.get("off_track", 0)
    reached = profile.national.get("on_track", 0)
    told = ", ".join(parts[:-1]) + f"; {parts[-1]}."
    if missed or reached:
        told += (
            f" Det nationella målet, att sluta de påverkbara klyftorna till 2048, nås i nuvarande takt för {reached} "
            f"av de {reached + missed} som går att bedöma."
        )
    return told


def _targets(profile: Profile, console: Console) -> None:
    if not profile.targets:
        return
    console.print()
    console.print(Text("Egna mål", style="bold underline"))
    for target in profile.targets:
        console.print(Padding(Text(target_sentence(target)), (0, 0, 0, 2)))


def target_sentence(target: Row) -> str:
    """A goal in words: what, by when, where it stands and whether the pace reaches it."""
    decimals, unit = target["decimals"], words.unit(target["unit_sv"])
    what = target["title_sv"]
    if target["measure"] != "value":
        kind = "skillnad" if target["measure"] == "d" else "kvot"
        what += f", {kind} mellan grupper ({target['dimension_sv'].lower()})"
        points = f"{words.THIN}procentenheter" if target["unit_sv"] == "procent" else unit
        decimals, unit = (decimals, points) if kind == "skillnad" else (2, "")
    elif target["group_sv"]:
        what += f", {target['group_sv']}"
    goal = f"{words.number(target['target_value'], decimals)}{unit} till {target['target_year']}"
    if target["last_value"] is None:
        return f"{what}: målet är {goal}; det finns ingen siffra att följa det med."
    now = f"{words.number(target['last_value'], decimals)}{unit} ({target['last_period'].replace('/', '–')})"
    told = f"{what}: målet är {goal}, nu {now}; {words.TARGET[target['status']]}"
    if target["reached_year"]:
        latest = target["reached_year_upper"]
        ends = f"tidigast {target['reached_year_lower']}, " + (f"senast {latest}" if latest else "kanske aldrig")
        told += (
            f" (omkring {target['reached_year']}, {ends})"
            if target["reached_year_lower"]
            else (f" (omkring {target['reached_year']})")
        )
    if target["certain"] == "no":
        told += ", men det är osäkert"
    return f"{told}."


def unseen_sentences(profile: Profile, full: bool) -> list[str]:
    """What cannot be seen of a place, and why, a sentence each."""
    own = {line["indicator_id"] for line in profile.lines if line["status_reason"] == "not_reported"}
    if profile.area["area_level"] == "nation":  # nobody reports for the nation
        own = {row["indicator_id"] for row in profile.unseen if row["state"] == "no_source"} - {None}
    answered = {line["indicator_id"] for line in profile.lines if line["provenance"] == "self_reported"} - own
    rest = [row for row in profile.unseen if row["indicator_id"] not in own | answered]
    told = []
    for state, (one, many) in words.STATE.items():
        titles = [row["title_sv"] for row in rest if row["state"] == state]
        if titles:
            count = words.counted(len(titles), "önskad uppgift", "önskade uppgifter")
            told.append(f"{count} {one if len(titles) == 1 else many}: {_named(titles, full)}.")
    forms = [line["title_sv"] for line in profile.lines if line["indicator_id"] in own]
    if forms and profile.area["area_level"] != "nation":
        told.append(f"Kan lämnas på egna formulär (docs/intake.md): {_named(forms, full)}.")
    lacking = [
        words.title(line)
        for line in profile.lines
        if line["value"] is None and line["indicator_id"] not in own and line["other_dimensions"] is None
    ]
    made_up = [line["title_sv"] for line in profile.lines if line["provenance"] == "synthetic"]
    if made_up:
        told.append(f"Har bara påhittade siffror (syntetiska), tills en leverans finns: {_named(made_up, full)}.")
    if lacking:
        told.append(f"Utan siffra just här: {_named(lacking, full)}.")
    return told


def _unseen(profile: Profile, console: Console, full: bool) -> None:
    console.print()
    console.print(Text("Det som inte går att se här", style="bold underline"))
    for sentence in unseen_sentences(profile, full):
        console.print(Padding(Text(sentence), (0, 0, 0, 2)))


def _legend(profile: Profile, console: Console, wide: bool, full: bool) -> None:
    if wide:
        explained = (
            "Säkerställt: skillnaden eller förändringen är större än slumpen förklarar (95 procents säkerhet). "
            "Kan inte bedömas: källan anger ingen osäkerhet, eller serien är för kort."
        )
    else:
        explained = (
            "Bättre och sämre är säkerställt, alltså mer än slumpen. Ej säkerställd: kan vara slump. "
            "Ej bedömbar: källan anger ingen osäkerhet, eller serien är för kort."
        )
    told = [explained]
    marks: list[Any] = [line["provenance"] for line in [*profile.lines, *profile.gaps]]
    if "self_reported" in marks and any(
        line["provenance"] == "self_reported" and (full or line["headline"]) for line in profile.lines
    ):
        told.append("° Kommunens eller regionens egen uppgift.")
    if "synthetic" in marks:
        told.append("* Påhittad siffra (syntetisk): visar formen, inte verkligheten.")
    if not full:
        told.append(f"Allt: jamlik profile {profile.area['area_code']} --full")
    console.print()
    console.print(Text(" ".join(told), style="dim"))
