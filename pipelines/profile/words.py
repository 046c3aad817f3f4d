"""The Swedish of a profile: numbers as Swedes write them, and the words for comparisons, changes and what is missing.

Belongs here: words and numbers. Not here: which of them are shown where (`screen.py`, `paper.py`).
"""

from typing import Any

THIN = "\u00a0"  # between thousands: a space that does not break
MINUS = "\u2212"

# Under a heading that says what differs or changes, so `ingen säkerställd` is said of a difference or a change.
AGAINST = {
    "better": "säkerställt bättre",
    "worse": "säkerställt sämre",
    "above": "säkerställt högre",
    "below": "säkerställt lägre",
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
    "no_certain_difference": "ej säkerställd",
    "not_assessable": "ej bedömbar",
}
TREND = {
    "improving": "förbättras",
    "worsening": "försämras",
    "rising": "ökar",
    "falling": "minskar",
    "narrowing": "minskar",
    "widening": "växer",
    "no_certain_change": "ingen säkerställd",
    "not_assessable": "kan inte bedömas",
}
TREND_SHORT = {**TREND, "no_certain_change": "ej säkerställd", "not_assessable": "ej bedömbar"}
CERTAIN = {"yes": "säkerställd", "no": "inte säkerställd", "not_assessable": "kan inte bedömas"}
# Said after "säkra tecken om läget:".
SUMMARY = {
    "favourable": "bara goda",
    "mixed": "både goda och dåliga",
    "concern": "bara dåliga",
    "no_certain_sign": "inga",
    "not_assessable": "går inte att bedöma",
}
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
    "incomplete_group": "någon del av området saknar uppgift",
    "too_few_events": "för få händelser",
    "no_population": "ingen finns i gruppen",
    "zero_denominator": "inget att räkna andel av",
    "not_reported": "inte inlämnat",
}
TARGET = {
    "passed": "målet är redan nått",
    "on_track": "i den takt som har varit nås det i tid",
    "off_track": "i den takt som har varit nås det inte i tid",
    "not_assessable": "om det nås går inte att bedöma",
}
GROUP = {"women": "kvinnor", "men": "män"}
# Said of one wanted figure, and of several.
STATE = {
    "not_fetched": ("finns hos källan men är inte hämtad", "finns hos källan men är inte hämtade"),
    "no_source": ("har ingen öppen källa", "har ingen öppen källa"),
    "not_yet_published": ("är ännu inte publicerad", "är ännu inte publicerade"),
}
# Units that stand after a number; the others stand in the title or the heading of a table.
_AFTER = {"procent": f"{THIN}%", "kronor": f"{THIN}kr", "år": f"{THIN}år", "kilometer": f"{THIN}km"}


def number(value: float | None, decimals: int) -> str:
    """1234.5 → `1 234,5`; a value that rounds to nought has no minus; nothing where there is none."""
    if value is None:
        return ""
    text = f"{abs(value):,.{decimals}f}".replace(",", THIN).replace(".", ",")
    negative = value < 0 and any(digit not in "0," + THIN for digit in text)
    return (MINUS if negative else "") + text


def signed(value: float | None, decimals: int) -> str:
    """As `number`, with a plus before what is above nought."""
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


def counted(count: int, one: str, many: str) -> str:
    """`1 klyfta`, `3 klyftor`."""
    return f"{count} {one if count == 1 else many}"


def title(line: dict[str, Any]) -> str:
    """An indicator's title, with its group where the line is of one."""
    group = GROUP.get(str(line["group_code"]))
    return f"{line['title_sv']}, {group}" if group else str(line["title_sv"])
