"""What an entry of each catalogue file looks like: its keys, and what kind of value each of them takes.

People write these files by hand, so a fault is told by file, entry and key before anything else looks at it. Belongs
here: shape. Not here: vocabularies and what goes with what (`tables.py`), columns (`schemas/catalogue.py`).
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from pipelines.errors import Refused

SHOWN = 60  # characters of a wrong value that a message repeats


@dataclass(frozen=True)
class Kind:
    """A kind of value: `what` it is called in a message, and whether a value `holds`."""

    what: str
    holds: Callable[[Any], bool]


# A key that ends in ? may be left out. A mapping is a mapping with these keys; a list, a list of such (or null).
Shape = Mapping[str, "Kind | Shape | list[Shape]"]


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _or_null(kind: Kind) -> Kind:
    return Kind(f"{kind.what} or null", lambda value: value is None or kind.holds(value))


TEXT = Kind("a text", _is_text)
NUMBER = Kind("a number", _is_number)
WHOLE = Kind("a whole number", _is_whole)
YES_NO = Kind("true or false", lambda value: isinstance(value, bool))
NAME = Kind("a name of a-z, 0-9 and _", lambda value: _is_text(value) and bool(re.fullmatch("[a-z][a-z0-9_]*", value)))
TEXTS = Kind("a list of texts", lambda value: isinstance(value, list) and all(map(_is_text, value)))
SOME_TEXTS = Kind("a list of at least one text", lambda value: TEXTS.holds(value) and bool(value))
YEARS = Kind("a list of years", lambda value: isinstance(value, list) and all(map(_is_whole, value)))
TEXT_OR_NULL, NUMBER_OR_NULL, WHOLE_OR_NULL = map(_or_null, (TEXT, NUMBER, WHOLE))
AGES = Kind(
    "an age or a range such as 16-64, or null", lambda value: value is None or _is_text(value) or _is_whole(value)
)

BY_AGE = Kind(
    "a mapping of the source's ages to groups of the dimension age",
    lambda value: isinstance(value, dict) and all(_is_text(key) and _is_text(group) for key, group in value.items()),
)

DISCLOSURE: Shape = {
    "numerator_min?": WHOLE,
    "complement_min?": WHOLE,
    "denominator_min?": WHOLE,
    "respondents_min?": WHOLE,
    "respondents?": YES_NO,
    "sensitive?": YES_NO,
    "tolerance?": NUMBER,
    "denominators_public?": YES_NO,
    "classifications?": [{"parts": TEXTS, "among?": TEXTS, "unknown?": YES_NO}],
    "wanted?": TEXTS,
    "wanted_above?": TEXTS,
    "everybody?": TEXTS,
    "nobody?": TEXTS,
}
SOURCE: Shape = {
    "origin": NAME,
    "contract": NAME,
    "publisher": TEXT,
    "published_as": TEXT,
    "title_sv": TEXT,
    "licence": TEXT,
    "citation": TEXT,
    "url": TEXT_OR_NULL,
    "confidentiality": TEXT,
    "disclosure?": DISCLOSURE,
    "withhold?": [{"reason": TEXT, "periods?": SOME_TEXTS, "tables?": SOME_TEXTS}],
    "cadence": TEXT,
    "reference?": TEXT,
    "intake?": NAME,
    "snapshot?": YES_NO,
    "inbox?": NAME,
    "order_form?": TEXT,
    "order_dimensions?": TEXTS,
    "made?": YES_NO,
    "restricted?": YES_NO,
}
INDICATOR: Shape = {
    "title_sv": TEXT,
    "title_en": TEXT,
    "synonyms_sv": SOME_TEXTS,
    "synonyms_en": SOME_TEXTS,
    "shown_beside?": NAME,
    "description_sv": TEXT,
    "recommendation": WHOLE,
    "determinant_area": TEXT_OR_NULL,
    "role": TEXT,
    "core_indicator": YES_NO,
    "age_range": AGES,
    "numerator_sv": TEXT_OR_NULL,
    "denominator_sv": TEXT_OR_NULL,
    "unit": TEXT,
    "polarity": TEXT,
    "target_value": NUMBER_OR_NULL,
    "circular_with": TEXTS,
    "provenance": TEXT,
    "collection?": TEXT,
    "error_refused?": TEXT,
    "same_fact_as?": NAME,
    "sources": TEXTS,
    "model": NAME,
    "period": {"window_years": WHOLE, "basis?": TEXT, "elections?": YEARS},
    "limits_sv": TEXT_OR_NULL,
    "catalogue_rows": TEXTS,
    "kolada?": [
        {
            "kpi": TEXT,
            "dimension?": TEXT,
            "group?": TEXT,
            "sex?": TEXT,
            "counted?": TEXT,
            "among?": TEXT,
            "counted_from?": WHOLE,
        }
    ],
    "eurostat?": [
        {"table": TEXT, "categories": TEXTS, "age": TEXT, "by_age?": BY_AGE, "left_out?": TEXTS},
    ],
    "series_from?": WHOLE_OR_NULL,
    "breaks?": [{"year": WHOLE, "reason_sv": TEXT}],
    "not_compared?": [{"dimension": NAME, "until?": WHOLE, "reason_sv": TEXT}],
    "method_sv?": TEXT_OR_NULL,
    "selection_sv?": TEXT,
    "may_exceed_scale?": YES_NO,
    "kolada_kpi_left_metadata?": YES_NO,
}
UNIT: Shape = {"label_sv": TEXT, "label_en": TEXT, "scale": NUMBER, "family": TEXT, "decimals": WHOLE}
DIMENSION: Shape = {
    "label_sv": TEXT,
    "label_en": TEXT,
    "ordered": YES_NO,
    "reference": TEXT_OR_NULL,
    "groups": [
        {
            "code": TEXT,
            "label_sv": TEXT,
            "label_en": TEXT,
            "order?": WHOLE,
            "description_sv?": TEXT,
            "reference?": YES_NO,
        }
    ],
}
CATALOGUE_ROW: Shape = {
    "title_sv": TEXT,
    "title_en": TEXT,
    "recommendation": WHOLE,
    "determinant_area": TEXT_OR_NULL,
    "role": TEXT,
    "core_indicator": YES_NO,
    "polarity": TEXT,
    "target_value": NUMBER_OR_NULL,
    "definition_sv?": TEXT,
    "indicator": TEXT_OR_NULL,
    "split": TEXT_OR_NULL,
    "state": TEXT,
    "reason_sv": TEXT,
    "missing_sv": TEXT_OR_NULL,
}
NOT_USED: Shape = {"reason_sv": TEXT, "role?": TEXT}
RECOMMENDATION: Shape = {"number": WHOLE, "short_sv": TEXT, "title_sv": TEXT, "title_en": TEXT}
DETERMINANT_AREA: Shape = {"code": NAME, "number": WHOLE, "label_sv": TEXT, "label_en": TEXT}

# By the word that a file's entries stand under.
OF: Mapping[str, Shape] = {
    "tables": SOURCE,
    "indicators": INDICATOR,
    "units": UNIT,
    "dimensions": DIMENSION,
    "catalogue_rows": CATALOGUE_ROW,
    "recommendations": RECOMMENDATION,
    "determinant_areas": DETERMINANT_AREA,
    "kolada_not_used": NOT_USED,
    "headlines": {"indicator": TEXT},
}


def check(where: str, entry: Any, shape: Shape) -> None:
    """Refuses an entry that lacks a key, has one that nobody reads (usually misspelt), or a value of another kind."""
    if not isinstance(entry, Mapping):
        raise Refused(
            f"{where}: there is {_shown(entry)} where a mapping of keys must be; compare it with its neighbours."
        )
    known = {key.removesuffix("?"): kind for key, kind in shape.items()}
    lacking = [key for key in shape if key not in entry and not key.endswith("?")]
    if lacking:
        raise Refused(f"{where}: the key '{lacking[0]}' is missing; add it.")
    unknown = [key for key in entry if key not in known]
    if unknown:
        raise Refused(f"{where}: the key '{unknown[0]}' is unknown; correct its spelling or take it out.")
    for key, value in entry.items():
        _check_value(where, key, value, known[key])


def _check_value(where: str, key: str, value: Any, kind: Kind | Shape | list[Shape]) -> None:
    if isinstance(kind, Kind):
        if not kind.holds(value):
            raise Refused(f"{where}: {key} is {_shown(value)} but must be {kind.what}; correct it.")
    elif isinstance(kind, Mapping):
        check(f"{where}, {key}", value, kind)
    elif value is not None:
        if not isinstance(value, list):
            raise Refused(f"{where}: {key} is {_shown(value)} but must be a list; correct it.")
        for number, each in enumerate(value, start=1):
            check(f"{where}, {key} number {number}", each, kind[0])


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= SHOWN else text[:SHOWN] + "…"
