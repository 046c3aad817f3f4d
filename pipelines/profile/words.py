"""The Swedish of a profile: numbers as Swedes write them, and the words for comparisons, changes and what is missing.

Belongs here: words and numbers. Not here: which of them are shown where (`screen.py`, `paper.py`).
"""

from collections.abc import Iterable, Sequence
from typing import Any

THIN = "\u00a0"  # between thousands: a space that does not break
MINUS = "\u2212"

# Under a heading that says what differs or changes, so `ingen säkerställd` is said of a difference or a change.
AGAINST = {
    "better": "säkerställt bättre",
    "worse": "säkerställt sämre",
    "above": "säkerställt högre",
    "below": "säkerställt lägre",
    "small_better": "säkert lite bättre",
    "small_worse": "säkert lite sämre",
    "small_above": "säkert lite högre",
    "small_below": "säkert lite lägre",
    "no_certain_difference": "ingen säkerställd",
    "not_assessable": "kan inte bedömas",
}
# Where there is no room for the whole words; the legend below the table says what they stand for.
AGAINST_SHORT = {
    **AGAINST,
    "better": "bättre",
    "worse": "sämre",
    "above": "högre",
    "below": "lägre",
    "small_better": "lite bättre",
    "small_worse": "lite sämre",
    "small_above": "lite högre",
    "small_below": "lite lägre",
    "no_certain_difference": "ej säkerställd",
    "not_assessable": "ej bedömbar",
}
TREND = {
    "improving": "har förbättrats",
    "worsening": "har försämrats",
    "rising": "har ökat",
    "falling": "har minskat",
    "narrowing": "har minskat",
    "widening": "har ökat",
    "no_certain_change": "ingen säkerställd",
    "not_assessable": "kan inte bedömas",
}
TREND_SHORT = {**TREND, "no_certain_change": "ej säkerställd", "not_assessable": "ej bedömbar"}
CERTAIN = {"yes": "säkerställd", "no": "inte säkerställd", "not_assessable": "kan inte bedömas"}
CERTAIN_SHORT = {**CERTAIN, "no": "ej säkerställd", "not_assessable": "ej bedömbar"}
# Said after "Läget i hela befolkningen:" and "Hur klyftorna ändras:".
SUMMARY = {
    "favourable": "bara goda säkra tecken",
    "mixed": "både goda och dåliga säkra tecken",
    "concern": "bara dåliga säkra tecken",
    "no_certain_sign": "inga säkra tecken",
    "not_assessable": "det mesta går inte att bedöma",
}
NOTHING_TO_JUDGE = "det finns inget att bedöma"
STATUS = {
    "missing": "saknas",
    "not_applicable": "ej aktuellt",
    "suppressed": "dolt",
    "not_yet_published": "kommer",
    "not_fetched": "ej hämtat",
    "no_source": "saknas",
}
REASON = {
    "source_gave_none": "källan anger inget värde",
    "withdrawn_at_source": "källan har tagit bort uppgiften",
    "absent_at_source": "området finns inte i källans tabell",
    "not_collected_this_year": "samlades inte in det året",
    "nonresponse": "inget svar lämnades till källan",
    "not_available_at_source": "källan har inte uppgiften",
    "false_at_source": "källans siffra är uppenbart fel",
    "secrecy_at_source": "källan döljer små tal",
    "hidden_here": "dolt för att skydda enskilda",
    "withheld_here": "hålls inne för att skydda enskilda",
    "incomplete_group": "någon del av området saknar uppgift",
    "too_few_events": "för få händelser",
    "no_population": "ingen finns i gruppen",
    "zero_denominator": "inget att räkna andel av",
    "not_reported": "inte inlämnat",
    "must_be_ordered": "måste beställas",
}
# Why a place has no figure at all of an indicator (area_coverage.reason).
ABSENCE = {
    "not_collected": "samlas inte in",
    "not_published_at_this_level": "publiceras inte för den här nivån",
    "only_by_group": "finns bara uppdelat på grupper",
    "must_be_ordered": "måste beställas",
    "only_synthetic": "bara påhittade siffror; riktiga måste beställas",
    "not_fetched": "finns hos källan men är inte hämtat",
    "not_yet_published": "ännu inte publicerat",
    "suppressed_at_source": "källan döljer små tal",
    "suppressed_here": "dolt för att skydda enskilda",
    "not_reported": "inte inlämnat",
    "not_applicable": "ej aktuellt",
    "false_at_source": "källans siffra är uppenbart fel",
    "withdrawn_at_source": "källan har tagit bort uppgiften",
    "unexplained_at_source": "källan anger inget värde",
    "unknown_table": "ingen källa är känd",
    "too_few_years": "för få år för att följas",
}
# Why a comparison or a change cannot be judged (benchmark.reason, trend.reason).
UNJUDGED = {
    "no_standard_error": "osäkerheten är inte känd",
    "no_recent_figure": "siffran är för gammal",
    "no_comparator_figure": "det finns ingen siffra att jämföra med",
    "other_survey": "siffrorna kommer ur olika enkäter",
    "not_compared": "platserna går inte att jämföra",
    "coarse_rounding": "källan avrundar för grovt",
    "too_few_periods": "för få år",
    "too_short_span": "åren ligger för tätt",
    "break_in_series": "serien är bruten",
    "overlapping_periods": "mätperioderna delar år",
    "groups_changed": "grupperna är inte desamma",
    "changed_sides": "värdet har passerat målet, eller grupperna har bytt plats",
    "current_prices": "beloppen är i löpande priser",
    "drift_unknown": "hur mycket nivån vandrar av sig själv är inte känt",
    "persons_unknown": "antalet personer är inte känt",
    "no_movement": "siffrorna rör sig inte",
    "error_not_proven": "siffrornas svängningar går inte att förutse tillräckligt väl",
    "not_tried": "osäkerheten har inte kunnat prövas på några andra år",
    "few_seats": "platserna är få",
    "extreme_of_many": "det lägsta av många är lågt av en slump",
    "counted_whole": "befolkningens sammansättning svänger inte av en slump",
    "question_changed": "frågan har ändrats",
}
TARGET = {
    "passed": "målet är säkert nått",
    "on_track": "i den takt som har varit nås det i tid",
    "off_track": "i den takt som har varit nås det inte i tid",
    "not_assessable": "om det nås går inte att bedöma",
}
GROUP = {"women": "kvinnor", "men": "män"}
# Said of one wanted measure, and of several.
STATE = {
    "not_fetched": ("finns hos källan men är inte hämtat", "finns hos källan men är inte hämtade"),
    "no_source": ("har ingen öppen källa", "har ingen öppen källa"),
    "not_yet_published": ("är ännu inte publicerat", "är ännu inte publicerade"),
}
# Units that stand after a number; the others stand in the title or the heading of a table.
_AFTER = {"procent": f"{THIN}%", "kronor": f"{THIN}kr", "år": f"{THIN}år", "kilometer": f"{THIN}km"}


def number(value: float | None, decimals: int) -> str:
    """1234.5 → `1 234,5`; a value that rounds to zero has no minus; nothing where there is none."""
    if value is None:
        return ""
    text = f"{abs(value):,.{decimals}f}".replace(",", THIN).replace(".", ",")
    negative = value < 0 and any(digit not in "0," + THIN for digit in text)
    return (MINUS if negative else "") + text


def signed(value: float | None, decimals: int) -> str:
    """As `number`, with a plus before what is above zero."""
    text = number(value, decimals)
    return f"+{text}" if value is not None and value > 0 and text.strip("0," + THIN) else text


def unit(label: str) -> str:
    """What stands after a number of this unit: ` %` for procent, nothing for what the title says already."""
    return _AFTER.get(label, "")


def interval(row: dict[str, Any], decimals: int) -> str:
    """`1,0 till 2,0`; nothing where there is none."""
    if row["ci_lower"] is None or row["ci_upper"] is None:
        return ""
    return f"{number(row['ci_lower'], decimals)} till {number(row['ci_upper'], decimals)}"


def period(text: str | None) -> str:
    """2019/2022 → `2019–2022`."""
    return (text or "").replace("/", "–")


def age(text: str | None, year: int) -> str:
    """How old a period's last year is in `year`: `4 år`; nothing of a figure of that very year."""
    years = year - int(text.split("/")[-1][:4]) if text else 0
    return f"{years}{THIN}år" if years > 0 else ""


def period_and_age(text: str | None, year: int) -> str:
    """`2018–2022, 4 år gammal`."""
    old = age(text, year)
    return f"{period(text)}, {old}{THIN}gammal" if old else period(text)


def span(periods: Iterable[str]) -> str:
    """The years from the first to the last that any of the periods speaks of: `2014–2022`, or `2022`."""
    known = list(periods)
    first, last = min(text[:4] for text in known), max(text.split("/")[-1][:4] for text in known)
    return first if first == last else f"{first}–{last}"


def listed(parts: Sequence[str]) -> str:
    """`a`, `a och b`, `a, b och c`."""
    return " och ".join(([", ".join(parts[:-1])] if len(parts) > 1 else []) + list(parts[-1:]))


def difference_unit(label: str) -> str:
    """What a difference is counted in: ` procentenheter` for procent, else as `unit`."""
    return f"{THIN}procentenheter" if label == "procent" else unit(label)


def counted(count: int, one: str, many: str) -> str:
    """`1 klyfta`, `3 klyftor`."""
    return f"{count} {one if count == 1 else many}"


def title(line: dict[str, Any]) -> str:
    """An indicator's title, with its group where the line is of one."""
    group = GROUP.get(str(line["group_code"]))
    return f"{line['title_sv']}, {group}" if group else str(line["title_sv"])


def mark(row: dict[str, Any]) -> str:
    """The mark of a figure that is made up, or that the place itself has reported."""
    return {"synthetic": "*", "self_reported": "°"}.get(row["provenance"], "")


def against(line: dict[str, Any]) -> str | None:
    """The key of AGAINST that says how a line differs from the nation: what is certain and small has its own words."""
    verdict = line["against_nation"]
    certain = verdict in ("better", "worse", "above", "below")
    return f"small_{verdict}" if certain and line["nation_difference_small"] else verdict


def nation_mark(line: dict[str, Any]) -> str:
    """The mark of a nation's figure that is its municipalities' mean."""
    return "" if line["nation_value"] is None or line["nation_basis"] == "figure" else "¹"


def why_not(line: dict[str, Any]) -> str:
    """Why a line has no figure: what its source says of the last one, else why the place has none at all."""
    return REASON.get(line["status_reason"] or "") or ABSENCE.get(line["absence"] or "", "")
