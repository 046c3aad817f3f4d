"""What a profile says in sentences, on the screen and on paper alike: each from the rows it speaks of, with years.

Belongs here: sentences, and which rows they count or name. Not here: the words for single values (`words.py`), where a
sentence stands (`screen.py`, `paper.py`). tests/profile/test_sentences.py computes every one of them anew, over all
places, from the released tables: a sentence that is new here has to be there as well.
"""

from collections.abc import Iterable

from pipelines import settings
from pipelines.profile import words
from pipelines.profile.facts import Profile, Row

NAMES_SHOWN = 2
NEWER_SHOWN = 5


def newer_sentence(profile: Profile) -> str:
    """For how many of its indicators, and which, a place has figures newer than most."""
    place, year = _within(profile), settings.NEWER_THAN
    if not profile.newer:
        return f"För {place} finns inga siffror från efter {year}."
    many = words.counted(len(profile.newer), "indikator", "indikatorer")
    return f"För {place} finns siffror från efter {year} för {many}: {_some(profile.newer, NEWER_SHOWN)}."


def _within(profile: Profile) -> str:
    """The place as it stands after `för` or `i`."""
    return "riket" if profile.area["area_level"] == "nation" else str(profile.area["area_name"])


def years_sentence(profile: Profile) -> str:
    """Which years the figures are of: never only the newest."""
    periods = [line["period"] for line in profile.lines if line["value"] is not None and _real(line)]
    if not periods:
        return "Det finns inga siffror."
    return f"Siffrorna gäller {words.span(periods)}; vid var och en står vilket år och hur gammal den är."


def sources_sentences(profile: Profile) -> list[str]:
    """Whose figures they are, when they were fetched, and which of them are old."""
    if not profile.sources:
        return []
    named = "; ".join(f"{row['publisher']}{_fetched(row)}" for row in profile.sources)
    sentences = [f"Källor: {named}."]
    old = [row["publisher"] for row in profile.sources if row["stale"]]
    if old:
        sentences.append(f"Gamla uppgifter, så att nyare siffror kan finnas: {words.listed(old)}.")
    return sentences


def _fetched(row: Row) -> str:
    if not row["renewed"]:  # filled in on a form
        return ""
    if row["retrieved"] is None:
        return ", okänt när hämtat"
    return f", {'delvis ' if row['undated'] else ''}hämtat {row['retrieved']}"


def standing_sentences(profile: Profile, status: Row, full: bool) -> list[str]:
    """Of one recommendation what the lines do not show: counts, all signs, gaps that grow, and what else is worse."""
    lines = profile.of(status["number"])
    known = [line for line in lines if line["value"] is not None and _real(line)]
    sentences = [_counts(lines, known)]
    certain = _certain(profile, known)
    if certain:
        sentences.append(f"Säkerställt: {', '.join(certain)}.")
    if status["level_summary"] is not None:
        sentences.append(
            f"Läget i hela befolkningen: {_summary(status, 'level_summary', _LEVEL_COUNTS)}. "
            f"Hur klyftorna ändras: {_summary(status, 'gap_summary', _GAP_COUNTS)}."
        )
    titles = {line["indicator_id"]: line["title_sv"] for line in lines}
    # above municipalities also gaps between fifths of municipalities by deprivation, which are not groups of people
    between = "mellan grupper"
    if profile.area["area_level"] != "municipality":
        between += ", eller mellan mer och mindre utsatta kommuner,"
    for what, column in (("Skillnaden", "absolute_widening_in"), ("Kvoten", "relative_widening_in")):
        widening = [titles[name] for name in (status[column] or "").split(", ") if name]
        if widening:
            sentences.append(f"{what} {between} har ökat säkerställt i: {named(widening, full)}.")
    hidden = [line for line in known if not full and line["headline"] is None]
    worse = [
        f"{words.title(line)} ({words.period(line['period'])}{', lite' if line['nation_difference_small'] else ''})"
        for line in hidden
        if _is(line, "worse")
    ]
    worsening = [
        f"{words.title(line)} ({words.span((line['trend_from'], line['trend_to']))})"
        for line in hidden
        if line["trend"] == "worsening"
    ]
    if worse:
        sentences.append(f"Också säkerställt sämre än riket: {named(worse)}.")
    if worsening:
        sentences.append(f"Har också försämrats säkerställt: {named(worsening)}.")
    return sentences


def _counts(lines: list[Row], known: list[Row]) -> str:
    every, some = _indicators(lines), _indicators(known)
    if not some:
        return f"Ingen av {every} indikatorer har en siffra."
    return f"{some} av {every} indikatorer har en siffra ({words.span(line['period'] for line in known)})."


def _certain(profile: Profile, known: list[Row]) -> list[str]:
    """How many indicators are certainly better or worse than the nation, and how many improve or worsen; one that the
    source has by sex only counts if either sex does.
    """
    parts = []
    if profile.area["area_level"] != "nation":
        beside = _tally(known, "against_nation", {"better": "bättre", "worse": "sämre"})
        parts += [f"{' och '.join(beside)} än riket{_small(known)}"] if beside else []
    return parts + _tally(known, "trend", {"improving": "har förbättrats", "worsening": "har försämrats"})


def _small(known: list[Row]) -> str:
    """How many of those that differ for certain do so by little only: one that the source has by sex counts if all that
    differ are small.
    """
    certain = [line for line in known if line["against_nation"] in ("better", "worse")]
    large = {line["indicator_id"] for line in certain if not line["nation_difference_small"]}
    small = {line["indicator_id"] for line in certain} - large
    return f" ({len(small)} av dem med liten skillnad)" if small else ""


def _tally(lines: list[Row], key: str, labels: dict[str, str]) -> list[str]:
    counts = {word: _indicators(line for line in lines if line[key] == word) for word in labels}
    return [f"{count} {labels[word]}" for word, count in counts.items() if count]


_LEVEL_COUNTS = (
    "better_nation", "worse_nation", "no_certain_difference_nation", "not_assessable_nation", "improving", "worsening",
    "no_certain_change", "change_not_assessable",
)  # fmt: skip
_GAP_COUNTS = tuple(
    f"{kind}_gaps_{word}"
    for kind in ("absolute", "relative")
    for word in ("narrowing", "widening", "no_certain_change", "not_assessable")
)


def _summary(status: Row, column: str, counts: tuple[str, ...]) -> str:
    return words.SUMMARY[status[column]] if any(status[each] for each in counts) else words.NOTHING_TO_JUDGE


def telling_gaps(profile: Profile) -> list[Row]:
    """Gaps that are certain, or that widen by either measure: first those that widen as a difference, then as a ratio,
    and among them the headlines'.
    """
    telling = [
        gap for gap in profile.real_gaps
        if gap["certain"] == "yes" or "widening" in (gap["difference_trend"], gap["ratio_trend"])
    ]  # fmt: skip
    return sorted(
        telling,
        key=lambda gap: (
            gap["difference_trend"] != "widening",
            gap["ratio_trend"] != "widening",
            gap["headline"] is None,
        ),
    )


def gap_sentences(profile: Profile) -> list[str]:
    """How many gaps there are, how many are certain, which way they go by each measure, and the national goal."""
    gaps = profile.real_gaps
    if not gaps:
        return ["Ingen klyfta mellan grupper går att räkna här."]
    certain = sum(gap["certain"] == "yes" for gap in gaps)
    how_many = words.counted(len(gaps), "klyfta mellan grupper går att räkna", "klyftor mellan grupper går att räkna")
    of_them = f"{certain or 'ingen'} av dem är {'säkerställda' if certain > 1 else 'säkerställd'}"
    sentences = [f"{how_many} ({words.span(gap['period'] for gap in gaps)}), {of_them}."]
    for what, key in (("Skillnaden", "difference_trend"), ("Kvoten", "ratio_trend")):
        widening, narrowing = (sum(gap[key] == word for gap in gaps) for word in ("widening", "narrowing"))
        sentences.append(f"{what} har ökat säkerställt i {widening} av dem och minskat i {narrowing}.")
    missed, unsure, sure, passed = (
        profile.national.get(key, 0) for key in ("off_track", "on_track", "certain", "passed")
    )
    reached = sure + unsure
    if missed or reached:
        sentences.append(
            "Riksdagens mål är att de påverkbara klyftorna ska vara slutna 2048: i nuvarande takt nås det för "
            f"{reached} av de {reached + missed} som går att bedöma."
        )
    if unsure:
        of_them = "den" if reached == 1 else f"alla {reached}" if unsure == reached else f"{unsure} av de {reached}"
        sentences.append(f"För {of_them} är det osäkert om takten räcker.")
    if passed:
        sentences.append(f"{passed} {'är redan sluten' if passed == 1 else 'är redan slutna'}.")
    return sentences


def nation_sentence(profile: Profile, full: bool) -> str:
    """The gaps between social groups that only the nation is known to have: there, and not known here."""
    if not profile.nation_gaps:
        return ""
    told = [
        f"{gap['title_sv']}: {gap['dimension_sv'].lower()}{_of_sex(gap)} "
        f"{words.number(gap['difference'], gap['decimals'])}{words.difference_unit(gap['unit_sv'])} "
        f"({words.period_and_age(gap['period'], profile.year)}), {words.CERTAIN[gap['certain']]}"
        for gap in profile.nation_gaps
    ]
    return f"Så ser det ut i riket; i {_within(profile)} är det inte känt: {named(told, full)}."


def _of_sex(gap: Row) -> str:
    return f", {words.GROUP[gap['sex']]}" if gap["sex"] in words.GROUP else ""


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
    now = f"{words.number(target['last_value'], decimals)}{unit} ({words.period(target['last_period'])})"
    told = f"{what}: målet är {goal}, senast {now}; {words.TARGET[target['status']]}"
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
    """What cannot be seen of a place, and why, a sentence each; nothing is named in two of them."""
    own = {line["indicator_id"] for line in profile.lines if line["status_reason"] == "not_reported"}
    nation = profile.area["area_level"] == "nation"
    if nation:  # nobody reports for the nation
        own = {row["indicator_id"] for row in profile.unseen if row["state"] == "no_source"} - {None}
    answered = {line["indicator_id"] for line in profile.lines if line["provenance"] == "self_reported"} - own
    made_up = {line["indicator_id"]: line["title_sv"] for line in profile.lines if not _real(line)}
    lacking = {
        line["indicator_id"]: line
        for line in profile.lines
        if line["value"] is None and line["other_dimensions"] is None and line["indicator_id"] not in own
    }
    by_state: dict[str, dict[str, str]] = {state: {} for state in ("not_fetched", "must_be_ordered", *words.STATE)}
    for row in profile.unseen:
        if row["indicator_id"] not in own | answered | made_up.keys():
            by_state[row["state"]][row["indicator_id"] or row["catalogue_row_id"]] = row["title_sv"]
    for name, line in lacking.items():
        if line["absence"] in ("not_fetched", "must_be_ordered"):
            by_state[line["absence"]].setdefault(name, line["title_sv"])
    seen = {name for titles in by_state.values() for name in titles}
    sentences = []
    ordered = by_state.pop("must_be_ordered")
    if ordered:
        sentences.append(f"Måste beställas {_ordered_from(profile)}: {named(ordered.values(), full)}.")
    if made_up:
        sentences.append(
            f"Har bara påhittade siffror tills en beställd leverans finns: {named(made_up.values(), full)}."
        )
    for state, titles in by_state.items():
        if titles:
            one, many = words.STATE[state]
            count = words.counted(len(titles), f"mått {one}", f"mått {many}")
            sentences.append(f"{count}: {named(titles.values(), full)}.")
    forms = list(
        {line["indicator_id"]: line["title_sv"] for line in profile.lines if line["indicator_id"] in own}.values()
    )
    if forms and not nation:
        sentences.append(f"Kan lämnas på egna formulär (docs/intake.md): {named(forms, full)}.")
    rest = [words.title(line) for name, line in lacking.items() if name not in seen]
    if rest:
        sentences.append(f"Utan siffra just här: {named(rest, full)}.")
    return sentences


def _ordered_from(profile: Profile) -> str:
    publishers = sorted({row["publisher"] for row in profile.orders})
    forms = sorted({row["order_form"] for row in profile.orders})
    return f"från {words.listed(publishers)} (underlag: {words.listed(forms)})"


_JUDGED = (
    "Säkerställt: skillnaden, eller förändringen från den första till den sista perioden, är större än talet "
    "brukar svänga från ett år till nästa i kommuner av den storleken, också med hänsyn till hur många "
    "jämförelser som görs. Osäkerheten är uppskattad av Jämlik ur kommunernas egna tidsserier där källan inte "
    "anger någon; den täcker tillfälligheter, inte fel i mätning, bortfall eller definition. Säkert är inte "
    "detsamma som stort: lite bättre eller sämre är säkerställt men mindre än en halv standardavvikelse mellan "
    "kommunerna. Inte säkerställt: det kan vara slump. Klyftorna bedöms var för sig efter skillnadens "
    "eget 95-procentsintervall."
)


def certainty_sentences(lines: Iterable[Row], gaps: Iterable[Row]) -> list[str]:
    """How it is judged what is certain, and why some of what is shown (`lines`, `gaps`) cannot be judged."""
    sentences = [_JUDGED, "Förändringen gäller tio år, eller fem där tio inte går att bedöma."]
    reasons = []
    for line in lines:
        if _real(line) and line["value"] is not None:
            reasons += [line["against_nation_reason"]] if _is(line, "not_assessable") else []
            reasons += [line["trend_reason"]] if line["trend"] == "not_assessable" else []
    for gap in gaps:
        if gap["provenance"] != "synthetic":
            reasons += ["no_standard_error"] if gap["certain"] == "not_assessable" else []
            for kind in ("difference", "ratio"):
                reasons += [gap[f"{kind}_reason"]] if gap[f"{kind}_trend"] == "not_assessable" else []
    why = [text for key, text in words.UNJUDGED.items() if key in reasons]
    if why:
        sentences.append(f"Kan inte bedömas: {'; '.join(why)}.")
    return sentences


def marks_sentences(rows: Iterable[Row]) -> list[str]:
    """What the marks at the rows shown stand for."""
    marks = {row["provenance"] for row in rows}
    sentences = []
    if "self_reported" in marks:
        sentences.append("° Kommunens eller regionens egen uppgift.")
    if "synthetic" in marks:
        sentences.append("* Påhittad siffra: visar formen, inte verkligheten, och bedöms aldrig.")
    return sentences


def mean_sentences(lines: Iterable[Row]) -> list[str]:
    """What stands for the nation where it has no figure of its own."""
    if not any(words.nation_mark(line) for line in lines if line["value"] is not None):
        return []
    return ["¹ Riket har ingen egen siffra: kommunernas medel, vägt med antalet personer."]


def named(titles: Iterable[str], full: bool = False) -> str:
    """The first of them by name and how many more there are, or all."""
    every = list(titles)
    return _some(every, len(every) if full else NAMES_SHOWN)


def _some(every: list[str], shown_at_most: int) -> str:
    shown = every[:shown_at_most]
    more = len(every) - len(shown)
    return "; ".join(shown) + (f"; och {more} till" if more else "")


def _indicators(lines: Iterable[Row]) -> int:
    return len({line["indicator_id"] for line in lines})


def _real(line: Row) -> bool:
    return bool(line["provenance"] != "synthetic")


def _is(line: Row, word: str) -> bool:
    return bool(line["against_nation"] == word)
