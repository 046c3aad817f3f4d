"""One cell of an intake form: from what a person wrote to what the form's table holds, or a sentence that says why not.

Belongs here: spellings, numbers as Swedes and spreadsheets write them, and names against the catalogue. Not here: files
and rows (`forms.py`), what a form consists of (`schemas/intake.py`).
"""

import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from schemas.intake import Column

SHOWN = 40  # characters of a cell that a sentence repeats

_MEASURES = dict.fromkeys(("value", "värde"), "value")
_MEASURES |= dict.fromkeys(("d", "difference", "skillnad"), "d") | dict.fromkeys(("r", "ratio", "kvot"), "r")
_SEXES = dict.fromkeys(("total", "totalt", "alla"), "total")
_SEXES |= dict.fromkeys(("women", "kvinnor"), "women") | dict.fromkeys(("men", "män"), "men")
_YES_NO = {"yes": 1, "ja": 1, "1": 1, "no": 0, "nej": 0, "0": 0}
_SPACES = " \u00a0\u202f"
_NUMBER = re.compile(rf"[-−]?(\d+|\d{{1,3}}([{_SPACES}]\d{{3}})+)([.,]\d+)?")


@dataclass(frozen=True)
class Fault(Exception):
    """Why a cell, a row or a file is not loaded: one sentence in each language, without its place."""

    en: str
    sv: str


@dataclass(frozen=True)
class Known:
    """What a cell may name. `areas`: spelling → code; `levels`: code → level; `groups`: (dimension, code) → label;
    `gaps`: dimension → label, of those between which a gap is made. Spellings are case-folded.
    """

    areas: Mapping[str, str]
    levels: Mapping[str, str]
    indicators: frozenset[str]
    groups: Mapping[tuple[str, str], str]
    gaps: Mapping[str, str]
    this_year: int


def cell(column: Column, text: str, known: Known) -> Any:
    """What `text` means in `column`; null where it is empty and may be. Raises `Fault`."""
    text = text.strip(_SPACES + "\t")
    if not text:
        if column.required:
            raise Fault(
                f"{column.heading} is empty; fill it in (a nought is written 0)",
                f"{column.heading_sv} är tomt; fyll i det (noll skrivs 0)",
            )
        return None
    return _READERS[column.kind](column, text, known)


def group_of(text: str | None, measure: str, sex: str, known: Known) -> tuple[str, str]:
    """The dimension and group that a goal is about. A goal about a gap names a dimension, and its group is `total`."""
    if measure != "value":
        return _dimension(text, known), "total"
    if text is None or text.casefold() in ("total", "totalt", "alla"):
        return ("total", "total") if sex == "total" else ("sex", sex)
    dimension, _, code = text.replace(" ", "").partition("=")
    if not code and text.casefold() in _SEXES:
        return "sex", _SEXES[text.casefold()]
    wanted = text.casefold()
    found = [
        (dim, group)
        for (dim, group), label in known.groups.items()
        if (dim, group) == (dimension, code) or (not code and wanted in (group, label.casefold()))
    ]
    if len(found) != 1:
        several = ", ".join(f"{dim}={group}" for dim, group in found)
        raise Fault(
            f"the group '{_shown(text)}' is not known; write it as dimension=group, such as education=primary"
            if not found
            else f"the group '{_shown(text)}' is more than one ({several}); write which",
            f"gruppen ”{_shown(text)}” finns inte; skriv den som dimension=grupp, till exempel education=primary"
            if not found
            else f"gruppen ”{_shown(text)}” är mer än en ({several}); skriv vilken",
        )
    return found[0]


def _dimension(text: str | None, known: Known) -> str:
    wanted = (text or "").casefold()
    for dimension, label in known.gaps.items():
        if wanted in (dimension, label.casefold()):
            return dimension
    listed = ", ".join(known.gaps)
    raise Fault(
        f"a goal about a gap needs in group what the gap is between, but there is '{_shown(text or '')}'; "
        f"write one of {listed}",
        f"ett mål för en klyfta behöver i grupp vad klyftan är mellan, men där står ”{_shown(text or '')}”; "
        f"skriv något av {listed}",
    )


def _number(column: Column, text: str, _: Known) -> float:
    if not _NUMBER.fullmatch(text):
        raise Fault(
            f"{column.heading} is '{_shown(text)}' but must be a number; write digits only, without a unit",
            f"{column.heading_sv} är ”{_shown(text)}” men ska vara ett tal; skriv bara siffror, utan enhet",
        )
    plain = re.sub(f"[{_SPACES}]", "", text).replace("−", "-").replace(",", ".")
    number = float(plain)
    if column.at_least is not None and number < column.at_least:
        raise Fault(
            f"{column.heading} is {text}, which is below {column.at_least:g}; correct it",
            f"{column.heading_sv} är {text}, alltså under {column.at_least:g}; rätta det",
        )
    if abs(number) >= 1e12:
        raise Fault(
            f"{column.heading} is {_shown(text)}, more than any figure here can be; correct it",
            f"{column.heading_sv} är {_shown(text)}, mer än någon uppgift här kan vara; rätta det",
        )
    return number


def _whole(column: Column, text: str, known: Known) -> int:
    number = _number(column, text, known)
    if number != int(number) or number > 2**31 - 1:
        raise Fault(
            f"{column.heading} is '{_shown(text)}' but must be a whole number; correct it",
            f"{column.heading_sv} är ”{_shown(text)}” men ska vara ett heltal; rätta det",
        )
    return int(number)


def _year(column: Column, text: str, _: Known) -> int:
    if not re.fullmatch(r"(19|20)\d\d", text):
        raise Fault(
            f"{column.heading} is '{_shown(text)}' but must be a year with four digits; correct it",
            f"{column.heading_sv} är ”{_shown(text)}” men ska vara ett årtal med fyra siffror; rätta det",
        )
    return int(text)


def _day(column: Column, text: str, known: Known) -> str:
    """A year, a month or a day; not one to come."""
    whole = text + "-01-01"[len(text) - 4 :] if re.fullmatch(r"(19|20)\d\d(-\d\d){0,2}", text) else ""
    try:
        decided = date.fromisoformat(whole)
    except ValueError:
        raise Fault(
            f"{column.heading} is '{_shown(text)}' but must be a date; write 2024, 2024-06 or 2024-06-17",
            f"{column.heading_sv} är ”{_shown(text)}” men ska vara ett datum; skriv 2024, 2024-06 eller 2024-06-17",
        ) from None
    if decided.year > known.this_year:
        raise Fault(
            f"{column.heading} is {text}, which has not been yet; correct it",
            f"{column.heading_sv} är {text}, som ännu inte har varit; rätta det",
        )
    return text


def _area(column: Column, text: str, known: Known) -> str:
    return _named(column, text, known.areas, "SCB code or name", "SCB:s kod eller namn")


def _indicator(column: Column, text: str, known: Known) -> str:
    names = {name: name for name in known.indicators}
    return _named(column, text, names, "name of an indicator", "namn på en indikator")


def _named(column: Column, text: str, names: Mapping[str, str], what_en: str, what_sv: str) -> str:
    wanted = " ".join(text.split()).casefold()
    if wanted in names:
        return names[wanted]
    near = difflib.get_close_matches(wanted, names, n=2, cutoff=0.7)
    hint_en = f", perhaps {' or '.join(near)}" if near else ""
    hint_sv = f", kanske {' eller '.join(near)}" if near else ""
    raise Fault(
        f"{column.heading} is '{_shown(text)}', which is not known; write the {what_en}{hint_en}",
        f"{column.heading_sv} är ”{_shown(text)}”, som inte finns; skriv {what_sv}{hint_sv}",
    )


def _word(column: Column, text: str, words: Mapping[str, Any], listed: Iterable[str]) -> Any:
    if (found := words.get(text.casefold())) is None:
        allowed = ", ".join(listed)
        raise Fault(
            f"{column.heading} is '{_shown(text)}' but must be one of {allowed}; correct it",
            f"{column.heading_sv} är ”{_shown(text)}” men ska vara något av {allowed}; rätta det",
        )
    return found


def _text(_: Column, text: str, __: Known) -> str:
    return " ".join(text.split())


def _shown(text: str) -> str:
    plain = "".join(letter if letter.isprintable() else "?" for letter in text)
    return plain if len(plain) <= SHOWN else plain[:SHOWN] + "…"


_READERS = {
    "area": _area,
    "indicator": _indicator,
    "measure": lambda column, text, _: _word(column, text, _MEASURES, ("värde", "skillnad", "kvot")),
    "group": _text,
    "sex": lambda column, text, _: _word(column, text, _SEXES, ("totalt", "kvinnor", "män")),
    "number": _number,
    "whole": _whole,
    "year": _year,
    "day": _day,
    "yes_no": lambda column, text, _: _word(column, text, _YES_NO, ("ja", "nej")),
    "text": _text,
}
