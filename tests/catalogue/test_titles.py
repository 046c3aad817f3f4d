"""Titles that say whose figure it is, and words that people search by: every entry of the catalogue."""

import re
from typing import Any

import pytest
import yaml

from pipelines import settings

INDICATORS: dict[str, dict[str, Any]] = yaml.safe_load(
    (settings.CATALOGUE / "indicators.yaml").read_text(encoding="utf-8")
)["indicators"]
# Where the words give the age: an election's voters, a school year, what is said of two-year-olds or graduates.
AGES_IN_WORDS = {
    "sv": r"[Vv]aldeltagande|[Rr]öst|åk \d|Tvååringar|gymnasieexamen|Gymnasieexamen|gymnasiet",
    "en": r"[Tt]urnout|[Vv]oted|[Yy]ear-?\s?\d|Two-year-olds|upper secondary|[Uu]pper secondary",
}
# An index of several ages, and schools told by the municipality they are in.
OF_SEVERAL = {"regso_socioeconomic_index"}


def _ages(entry: dict[str, Any]) -> list[str]:
    """The numbers of the ages: 16 and 84 of 16-84, 25 of 25+; none of everybody."""
    text = str(entry["age_range"] or "")
    return [] if text in ("", "0+") else re.findall(r"\d+", text)


@pytest.mark.parametrize("language", ["sv", "en"])
def test_a_title_of_some_ages_says_which(language: str) -> None:
    some, lacking = 0, []
    for name, entry in INDICATORS.items():
        ages = _ages(entry)
        if not ages or name in OF_SEVERAL:
            continue
        some += 1
        title = entry[f"title_{language}"]
        said = all(re.search(rf"(?<!\d){age}(?!\d)", title) for age in ages)
        if not said and not re.search(AGES_IN_WORDS[language], title):
            lacking.append(f"{name} ({entry['age_range']}): {title}")
    assert some > 120
    assert lacking == []


def test_no_two_titles_are_the_same() -> None:
    for language in ("sv", "en"):
        titles = [entry[f"title_{language}"] for entry in INDICATORS.values()]
        assert len(set(titles)) == len(titles)


def test_every_indicator_has_words_that_its_title_lacks() -> None:
    for name, entry in INDICATORS.items():
        for language in ("sv", "en"):
            words = entry[f"synonyms_{language}"]
            assert words, name
            title = entry[f"title_{language}"].lower()
            assert [word for word in words if word.lower() in title] == [], name
            assert len({word.lower() for word in words}) == len(words), name


def test_an_indicator_is_shown_beside_one_that_places_have() -> None:
    beside = {name: entry["shown_beside"] for name, entry in INDICATORS.items() if "shown_beside" in entry}
    assert len(beside) > 12
    for name, other in beside.items():
        assert INDICATORS[name]["model"] == "eurostat"
        assert INDICATORS[other]["model"] == "kolada"
        assert INDICATORS[other]["recommendation"] == INDICATORS[name]["recommendation"], name
