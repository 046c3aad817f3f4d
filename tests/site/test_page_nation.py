"""What the page says is known by social group of the nation only, and which figures are new, is what the rows hold.

Worked out again from the released tables (tests/fixtures/nation_facts.py), which shares no code with the page; and the
search finds an indicator by the words that people use.
"""

import re
from pathlib import Path

import duckdb
import pytest
from playwright.sync_api import Page

from tests.fixtures.nation_facts import Split, newer, splits
from tests.fixtures.page_visit import Look

pytest_plugins = ["tests.fixtures.page_fixtures"]

PLACES = {"0583": "Motala", "05": "Östergötlands län", "0980": "Gotland"}
CERTAIN = {"yes": "den är säkerställd", "no": "den är inte säkerställd"}
UNSURE = "om den är säkerställd kan inte bedömas"
SHORT = {"yes": "säkerställd skillnad", "no": "ingen säkerställd skillnad", "not_assessable": "kan inte bedömas"}
WHOM = {"women": " för kvinnor", "men": " för män", "total": ""}
UNCERTAIN = {"low_at_source": " (osäker enligt källan)"}


@pytest.fixture(scope="module")
def known(release: duckdb.DuckDBPyConnection) -> list[Split]:
    found = splits(release)
    assert {one.dimension for one in found} == {"education", "income", "country_of_birth", "citizenship"}
    return found


@pytest.fixture(scope="module")
def dimensions(release: duckdb.DuckDBPyConnection) -> dict[str, str]:
    rows = release.execute("select distinct dimension, dimension_sv from social_group").fetchall()
    return {name: label.lower() for name, label in rows}


@pytest.fixture(scope="module")
def now(release: duckdb.DuckDBPyConnection) -> int:
    ((published,),) = release.execute("select published_at from release").fetchall()
    return int(published[:4])


@pytest.fixture(scope="module")
def page(site: Path, opened: Look) -> Page:
    return opened(site, "place=0583").page


def _number(value: float, decimals: int) -> str:
    return f"{value:.{decimals}f}".replace(".", ",")


def _size(one: Split) -> str:
    assert one.difference is not None
    unit = "procentenheter" if one.unit == "procent" else one.unit
    return f"{_number(abs(one.difference), one.decimals)} {unit}"


def _when(one: Split, now: int) -> str:
    age = now - int(one.period[-4:])
    return one.period.replace("/", "–") + (f", {age} år gammal" if age else "")


def _between(one: Split) -> str:
    """Which two of more than two groups the gap is between."""
    if len(one.groups) < 3:
        return ""
    pairs = [(a, b) for place, a in enumerate(one.groups) for b in one.groups[place + 1 :]]
    if one.ordered:
        pairs = [(one.groups[0], one.groups[-1])]
    (a, b) = next((a, b) for a, b in pairs if abs(abs(a[1] - b[1]) - abs(one.difference or 0)) < 1e-6)
    return f" mellan {a[0]} och {b[0]}"


def _sentence(one: Split, dimensions: dict[str, str], now: int) -> str:
    shown = [one.groups[0], one.groups[-1]] if one.ordered and len(one.groups) > 3 else list(one.groups)
    told = []
    for place, (label, value, reliability) in enumerate(shown):
        unit = f" {one.unit}" if place == len(shown) - 1 else ""
        told.append(f"{label} {_number(value, one.decimals)}{unit}{UNCERTAIN.get(reliability or '', '')}")
    head = f"I riket efter {dimensions[one.dimension]}{WHOM[one.sex]} ({_when(one, now)}): {'; '.join(told)}."
    if one.difference is None:
        return f"{head} För de andra grupperna finns ingen siffra, så skillnaden är inte känd."
    return f"{head} Skillnaden{_between(one)} är {_size(one)}; {CERTAIN.get(one.certain or '', UNSURE)}."


def _short(one: Split, dimensions: dict[str, str], now: int) -> str:
    by = f"efter {dimensions[one.dimension]}{WHOM[one.sex]}"
    if one.difference is None:
        values = [f"{label} {_number(value, one.decimals)} {one.unit}" for label, value, _ in one.groups]
        return f"{by} {'; '.join(values)} ({_when(one, now)})"
    return f"skillnad {by} {_size(one)} ({_when(one, now)}), {SHORT[one.certain or '']}"


def _texts(page: Page, where: str, state: str) -> list[str]:
    page.evaluate("hash => { location.hash = hash }", state)
    page.wait_for_selector(where, state="attached")
    page.wait_for_timeout(300)
    return [_plain(text) for text in page.locator(where).all_text_contents()]


def _plain(text: str) -> str:
    return re.sub(r"[\s\u00a0]+", " ", text.replace("−", "-")).strip()


@pytest.mark.parametrize("code", PLACES)
def test_beside_a_places_figure_stands_the_nations_with_its_level(
    page: Page, known: list[Split], dimensions: dict[str, str], now: int, code: str,
    release: duckdb.DuckDBPyConnection,
) -> None:  # fmt: skip
    rows = _texts(page, ".nation-row", f"place={code}")
    shown = {
        name
        for (name,) in release.execute(
            "select distinct indicator_id from indicator_value where area_code = ? and dimension in ('total', 'sex')",
            [code],
        ).fetchall()
    }
    besides = {one.beside for one in known if one.beside in shown}
    assert len(rows) == len(besides) > 8
    assert all(row.startswith(f"Så ser det ut i riket; i {PLACES[code]} är det inte känt.") for row in rows)
    whole = " ".join(rows)
    for one in known:
        if one.beside in besides:
            assert f"{one.title}: " in whole
            assert _plain(_short(one, dimensions, now)) in whole


@pytest.mark.parametrize("code", PLACES)
def test_the_recommendations_name_every_gap_that_only_the_nation_has(
    page: Page, known: list[Split], dimensions: dict[str, str], now: int, code: str
) -> None:
    sections = _texts(page, "section.recommendation", f"view=recommendations&place={code}")
    assert len(sections) == 5
    for number, text in enumerate(sections, 1):
        own = [one for one in known if one.recommendation == number]
        assert (f"Klyftor i riket som inte är kända i {PLACES[code]}" in text) == bool(own)
        for one in own:
            assert one.title in text
            assert _plain(_sentence(one, dimensions, now)) in text
        assert text.count("I riket efter ") == len(own)


def test_an_indicator_tells_what_the_nation_has_and_two_rounds_are_never_judged(
    page: Page, known: list[Split], dimensions: dict[str, str], now: int
) -> None:
    (brief,) = _texts(page, ".brief", "view=indicator&indicator=daily_smoking&place=0583")
    beside = [one for one in known if one.beside == "daily_smoking"]
    assert {one.dimension for one in beside} == {"education", "country_of_birth", "income"}
    for one in beside:
        assert _plain(_sentence(one, dimensions, now)) in brief
        assert UNSURE in _sentence(one, dimensions, now)
    assert "Så ser det ut i riket; i Motala är det inte känt." in brief


def test_the_nation_itself_is_not_told_that_it_is_unknown(page: Page) -> None:
    _texts(page, ".place-table", "place=00")
    assert page.locator(".nation-row").count() == 0
    assert "är det inte känt" not in " ".join(_texts(page, "section.recommendation", "view=recommendations&place=00"))


@pytest.mark.parametrize("code", [*PLACES, "00"])
def test_the_first_sentence_names_what_is_newer_than_2022(
    page: Page, release: duckdb.DuckDBPyConnection, code: str
) -> None:
    (text,) = _texts(page, ".newer", f"place={code}")
    titles = newer(release, code)
    assert titles
    many = f"{len(titles)} indikator{'er' if len(titles) > 1 else ''}"
    place = PLACES.get(code, "riket")
    more = f"; och {len(titles) - 5} till" if len(titles) > 5 else ""
    assert text.startswith(f"För {place} finns siffror från efter 2022 för {many}: ")
    named = text.removeprefix(f"För {place} finns siffror från efter 2022 för {many}: ").removesuffix(f"{more}.")
    assert set(named.split("; ")) <= set(titles)
    assert len(named.split("; ")) == min(5, len(titles))
    assert page.locator("#view p").first.text_content() == page.locator(".newer").first.text_content()


@pytest.mark.parametrize(
    ("word", "title"),
    [
        ("NEET", "Unga 16–24 år som varken arbetar eller studerar"),
        ("barnfattigdom", "Barn och unga 0–19 år i hushåll med låg ekonomisk standard"),
        ("ungdomsarbetsloshet", "Arbetslösa ungdomar 16–24 år"),
        ("sjalvmord", "Självmord, 25 år och äldre"),
        ("rökare", "Röker dagligen, 16–84 år"),
        ("psykisk ohälsa", "Allvarlig psykisk påfrestning, 16–84 år"),
        ("longevity", "Medellivslängd"),
    ],
)
def test_the_search_finds_what_people_type(page: Page, word: str, title: str) -> None:
    _texts(page, ".brief", "view=indicator&indicator=riksdag_turnout&place=0583")
    box = page.locator("#choose-indicator")
    box.fill(word)
    found = [option.strip() for option in page.locator("#choose-indicator-list [role=option]").all_text_contents()]
    box.press("Escape")
    assert any(option.startswith(title) for option in found), found
    assert len(found) < 20
