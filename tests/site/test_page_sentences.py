"""Every sentence of every place is true: what the page says in Chromium, worked out again from the released rows.

Every indicator in the places that are swept (all 312 in `make soak`, else one in eight, in turn), as the view opens,
and a seventh of them in another split, sex and year. Shares no code with the page; its words stand here once more, so
that a sentence that is changed must be thought through here too.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pytest
from playwright.sync_api import Page

from tests.fixtures.page_change import ends_of_change, judged_change
from tests.fixtures.page_facts import Facts, Figure, State, because, gap_because, number, says, words_of, year_of
from tests.fixtures.page_sweep import everything_said, keep
from tests.fixtures.page_visit import Look

pytest_plugins = ["tests.fixtures.page_fixtures"]

SENTENCES = ("brief.", "reading.")
# How a chart is read, without a claim about its figures.
NO_CLAIM = {"reading.trend", "reading.equiplot", "reading.title", "brief.title"}
# The spine's are said in another view: tests/site/test_page_lists.py.
ELSEWHERE = {"reading.spine", "reading.spine_nation"}
# What no row of a release may give rise to, or none of today's does.
UNSAID = {"brief.gap_one_period", "brief.gap_turned", "brief.no_level", "brief.trend", "reading.map_county"}
VERDICTS = {"improving": "förbättrades", "worsening": "försämrades", "rising": "ökade", "falling": "minskade"}

Check = Callable[[State, str], None]
CHECKS: dict[str, Check] = {}


def claims(*keys: str) -> Callable[[Check], Check]:
    def keep_check(check: Check) -> Check:
        CHECKS.update(dict.fromkeys(keys, check))
        return check

    return keep_check


@claims("brief.level")
def _level(state: State, text: str) -> None:
    row, facts = state.level, state.facts
    assert row
    shown = [facts.figure(row["value"]), " ", facts.unit, *facts.interval(row)]
    says(text, f"I {state.name} var värdet{state.whom} ", *shown, f" {words_of(row['period'])}.")


@claims("brief.old")
def _old(state: State, text: str) -> None:
    assert state.level
    age = state.facts.now - year_of(state.level["period"])
    assert age >= 1
    says(text, f"Uppgiften är {age} år gammal.")


@claims("brief.made_up")
def _made_up(state: State, text: str) -> None:
    assert state.level
    assert state.level["provenance"] == "synthetic"
    says(text, "Siffran är påhittad och bedöms inte.")


@claims("brief.nation")
def _nation(state: State, text: str) -> None:
    row = state.nation()
    assert row
    says(text, f"I riket var värdet{state.whom} ", state.facts.figure(row["value"]), f" {state.facts.unit}.")


@claims(
    *(
        f"brief.compare_{code}"
        for code in ("better", "worse", "above", "below", "no_certain_difference", "not_assessable")
    ),
    *(f"brief.compare_small_{code}" for code in ("better", "worse", "above", "below")),
)
def _compared(state: State, text: str) -> None:
    """Certain where the interval of the difference leaves out zero; better by the indicator's own direction."""
    assert state.level
    assert state.level["provenance"] != "synthetic"
    row = state.facts.compared[state.said.place, *state.key, state.level["period"]]
    low, high, polarity = row["difference_lower"], row["difference_upper"], state.facts.about["polarity"]
    if low is None:
        why = because(state, "compare_reason", row["reason"])
        says(text, "Om skillnaden mot riket är säkerställd kan inte bedömas", why, ".")
    elif polarity == "target":  # nearer to the target: judged in the release, by distances
        assert row["judgement"] in text or row["judgement"] in ("better", "worse", "no_certain_difference")
    elif low <= 0 <= high or row["q_value"] > 0.05:
        says(text, "Skillnaden mot riket är inte säkerställd.")
    else:
        ways = {"higher_is_better": ("bättre", "sämre"), "lower_is_better": ("sämre", "bättre")}
        way = ways.get(polarity, ("högre", "lägre"))[0 if low > 0 else 1]
        spread = row["difference_in_spread"]  # of municipalities; where they have no figure, nothing is called small
        how = " men liten: lite" if spread is not None and abs(spread) < 0.5 else ":"
        says(text, f"Skillnaden mot riket är säkerställd{how} {way} än riket.")


@claims("brief.trend_no_certain_change", "brief.trend_not_assessable", *(f"brief.trend_{way}" for way in VERDICTS))
def _trend(state: State, text: str) -> None:
    assert state.level
    assert state.level["provenance"] != "synthetic"
    row = state.facts.trend(state.said.place, "value", *state.key)
    assert row
    span = f"från {words_of(row['first_period'])} till {words_of(row['last_period'])}" if row["first_period"] else ""
    if row["way"] == "not_assessable":
        reason = because(state, "trend_reason", row["change_reason"])
        says(text, f"Om värdet i {state.name} har ändrats över tid kan inte bedömas{reason}.")
    elif row["way"] == "no_certain_change":
        assert row["total_change_lower"] <= 0 <= row["total_change_upper"] or row["change_q_value"] > 0.05
        says(text, f"F{span[1:]} finns ingen säkerställd förändring i {state.name}.")
    else:
        assert row["total_change_lower"] > 0 or row["total_change_upper"] < 0
        assert row["change_q_value"] <= 0.05
        certain = "mer än slumpen: förändringen är säkerställd."
        says(text, f"F{span[1:]} {VERDICTS[row['way']]} värdet i {state.name} {certain}")


@claims("brief.no_level")
def _no_level(state: State, text: str) -> None:
    assert state.level is None
    assert not any(row["period"] == state.said.period for row in state.levels)
    says(text, f"För {state.name} finns ingen uppgift{state.whom} {words_of(state.said.period)}.")


@claims("brief.missing")
def _missing(state: State, text: str) -> None:
    row, words = state.level, state.facts.words
    assert row
    assert row["value"] is None
    why = words.get(f"reason.{row['status_reason']}") or words[f"status_why.{row['status']}"]
    status = words[f"status.{row['status']}"]
    says(text, f"För {state.name} finns ingen siffra{state.whom} {words_of(row['period'])}: {status}, {why}.")


@claims("brief.last")
def _last(state: State, text: str) -> None:
    row = state.latest(state.levels)
    assert row
    age = state.facts.now - year_of(row["period"])
    old = f", {age} år gammal" if age else ""
    says(
        text,
        "Den senaste siffran är ",
        state.facts.figure(row["value"]),
        f" {state.facts.unit} ({words_of(row['period'])}{old}).",
    )


@claims("brief.gap_between", "brief.gap", "brief.gap_target")
def _gap(state: State, text: str) -> None:
    gap, facts = state.gap, state.facts
    assert gap
    size = [
        facts.figure(abs(gap["estimate"])),
        f" {facts.about['difference_unit']}",
        *facts.interval(gap),
        f" {words_of(gap['period'])}",
    ]
    groups = state.group_rows()
    dimension = state.facts.about["names"][state.said.dimension].lower()
    if "of the distance from the target" in (gap["reason"] or ""):
        says(
            text,
            f"Skillnaden{state.split_whom} efter {dimension} var ",
            *size,
            ", räknad mellan gruppernas avstånd till målvärdet.",
        )
    elif gap["period"] != state.said.period or len(groups) < 2:
        says(text, f"Skillnaden{state.split_whom} efter {dimension} var ", *size, ".")
    else:
        ends = [groups[0], groups[-1]] if state.ordered else groups
        low, *_, high = sorted(ends, key=lambda end: end[1])
        assert abs(high[1] - low[1] - abs(gap["estimate"])) < 1e-6, (text, low, high, gap)
        if low[1] == high[1] and f"och {high[0]} (" in text:  # equal: either may be named first
            low, high = high, low
        between = (high[0], " (", facts.figure(high[1]), ") och ", low[0], " (", facts.figure(low[1]), ")")
        says(text, f"Skillnaden{state.split_whom} mellan ", *between, " var ", *size, ".")


@claims("brief.certain_yes", "brief.certain_no", "brief.certain_not_assessable", "brief.certain_synthetic")
def _certain(state: State, text: str) -> None:
    gap = state.gap
    assert gap
    if gap["provenance"] == "synthetic":
        return says(text, "Siffrorna är påhittade, så skillnaden bedöms inte.")
    if gap["ci_lower"] is None:
        reason = gap_because(state, gap["reason"])
        return says(text, "Om den skillnaden är säkerställd kan inte bedömas", f" ({reason})" if reason else "", ".")
    # Of two groups, or of an order, by the difference's own interval; the highest against the lowest of many by a test.
    stated = state.ordered or gap["n_groups"] == 2
    certain = gap["ci_lower"] > 0 or gap["ci_upper"] < 0 if stated else gap["certain"] == "yes"
    return says(text, "Den skillnaden är säkerställd." if certain else "Den skillnaden är inte säkerställd.")


@claims("brief.no_gap")
def _no_gap(state: State, text: str) -> None:
    gap = state.gap
    assert gap
    assert gap["estimate"] is None
    dimension, why = state.facts.about["names"][state.said.dimension].lower(), gap_because(state, gap["reason"])
    says(
        text,
        f"Skillnaden{state.split_whom} efter {dimension} kan inte räknas ut för ",
        f"{state.name} {words_of(gap['period'])}: {why}.",
    )


@claims("brief.gap_grown", "brief.gap_shrunk", "brief.gap_same", "brief.gap_turned")
def _change(state: State, text: str) -> None:
    ends = ends_of_change(state)
    assert ends
    (first, last), facts = ends, state.facts
    was, now = facts.figure(abs(first["estimate"])), facts.figure(abs(last["estimate"]))
    span, unit = (
        f"Från {words_of(first['period'])} till {words_of(last['period'])}",
        f" {facts.about['difference_unit']}",
    )
    shown = [round(number(f"{abs(row['estimate']):.{facts.decimals}f}".replace(".", ",")), 9) for row in ends]
    if first["estimate"] * last["estimate"] < 0:
        says(
            text,
            f"{span} bytte grupperna plats: skillnaden var först ",
            was,
            " och sedan ",
            now,
            f"{unit} åt andra hållet.",
        )
    elif text.startswith("Avrundad"):
        assert abs(shown[0] - shown[1]) <= 10**-facts.decimals + 1e-9
        says(
            text,
            f"Avrundad var skillnaden lika stor {words_of(first['period'])} och {words_of(last['period'])}: ",
            now,
            f"{unit}.",
        )
    else:
        way = "ökade" if abs(last["estimate"]) > abs(first["estimate"]) else "minskade"
        says(text, f"{span} {way} skillnaden från ", was, " till ", now, f"{unit}.")


@claims("brief.gap_one_period")
def _one_period(state: State, text: str) -> None:
    assert ends_of_change(state) is None
    says(text, "Det finns bara ett år att jämföra, så det går inte att säga om skillnaden har ändrats.")


@claims("brief.change_yes", "brief.change_no", "brief.change_not_assessable", "brief.change_not_judged", "brief.trend")
def _change_judged(state: State, text: str) -> None:
    assert state.gap
    assert state.gap["provenance"] != "synthetic"
    trend = judged_change(state)
    if trend is None:
        return says(text, "Om förändringen är säkerställd är inte bedömt.")
    if trend["way"] == "not_assessable":
        return says(
            text,
            "Om förändringen är säkerställd kan inte bedömas",
            because(state, "trend_reason", trend["change_reason"]),
            ".",
        )
    outside = trend["total_change_lower"] > 0 or trend["total_change_upper"] < 0
    certain = outside and trend["change_q_value"] <= 0.05
    if text.startswith("Förändringen från"):  # the ends lean the other way than the trend
        first, last = ends_of_change(state) or ({}, {})
        word = {"widening": "skillnaden har ökat", "narrowing": "skillnaden har minskat"}[trend["way"]]
        assert certain
        return says(text, f"Förändringen från {words_of(first['period'])} till {words_of(last['period'])}: {word}.")
    return says(text, "Förändringen är säkerställd." if certain else "Förändringen är inte säkerställd.")


@claims("reading.equiplot_ends")
def _ends(state: State, text: str) -> None:
    groups, facts = state.group_rows(), state.facts
    low, high = min(value for _, value in groups), max(value for _, value in groups)
    lowest = [label for label, value in groups if value == low and f"ligger {label} lägst" in text]
    highest = [label for label, value in groups if value == high and f"och {label} högst" in text]
    assert len(groups) > 1
    least, most = f"{lowest[0]} lägst (", f") och {highest[0]} högst ("
    figures = (facts.figure(low), f" {facts.unit}"), (facts.figure(high), f" {facts.unit}")
    says(text, f"I {state.name}{state.split_whom} ligger ", least, *figures[0], most, *figures[1], ").")


@claims("reading.band", "reading.no_band")
def _band(state: State, text: str) -> None:
    drawn = any(row["ci_lower"] is not None and row["value"] is not None for row in state.levels)
    assert text.startswith(
        "Det ljusa bandet är osäkerhetsintervallet." if drawn else "Det finns inget osäkerhetsintervall"
    )


@claims("reading.trend_span", "reading.trend_one")
def _span(state: State, text: str) -> None:
    rows = [row for row in state.levels if row["value"] is not None] if "utveckling" not in text or state.levels else []
    if text.startswith("Det finns bara ett år"):
        differences = [row for row in state.gaps if row["estimate"] is not None]
        assert 1 in (len(rows), len(differences))
        return
    first, last = state.facts.figure(rows[0]["value"]), state.facts.figure(rows[-1]["value"])
    periods = words_of(rows[0]["period"]), words_of(rows[-1]["period"])
    says(
        text,
        f"I {state.name} gick värdet{state.whom} från ",
        first,
        f" ({periods[0]}) till ",
        last,
        f" {state.facts.unit} ({periods[1]}).",
    )


@claims("reading.break")
def _break(state: State, text: str) -> None:
    assert any(row["break_before"] for row in state.levels)
    assert text.startswith("Där linjen är bruten ändrades mätningen")


@claims("reading.missing")
def _places_missing(state: State, text: str) -> None:
    """Of groups, years or gaps: whichever chart says it, the places named have none and the others have."""
    here = state.beside()
    lacking = []
    for has in (state.has_level, state.has_groups, state.has_gap):
        names = [name for code, name in here if not has(code)]
        lacking.append(f"Uppgift saknas för {', '.join(names)}." if names else None)
    assert text in lacking


@claims("reading.gap")
def _gap_reading(state: State, text: str) -> None:
    assert text.startswith(
        f"Till vänster skillnaden mellan grupperna i {state.facts.about['difference_unit']}, till höger kvoten"
    )


@claims("reading.map", "reading.map_county")
def _map(state: State, text: str) -> None:
    rows = [row for row in state.facts.then[*state.map_key, state.said.period] if row["value"] is not None]
    kind = "municipality" if state.said.level == "municipality" else "county"
    figures = sum(row["area_level"] == kind for row in rows)
    assert (
        f"{figures} {'kommuner' if kind == 'municipality' else 'län'} har en uppgift {words_of(state.said.period)}"
        in text
    )


@claims("reading.caterpillar", "reading.caterpillar_plain", "reading.caterpillar_own")
def _caterpillar(state: State, text: str) -> None:
    rows = [
        row for row in state.facts.then[*state.map_key, state.said.period]
        if row["value"] is not None and row["area_level"] == "municipality"
    ]  # fmt: skip
    if text.startswith("Varje punkt"):
        assert f"({len(rows)} kommuner)" in text
        assert ("dess osäkerhetsintervall" in text) == any(row["ci_lower"] is not None for row in rows)
        return
    own = next(row for row in rows if row["area_code"] == state.said.place)
    others = [row for row in rows if row is not own and row["ci_lower"] is not None]
    alike = sum(row["ci_lower"] <= own["ci_upper"] and own["ci_lower"] <= row["ci_upper"] for row in others)
    says(text, f"Streck som överlappar {state.name} har ", Figure(alike, 0), " andra kommuner.")


@pytest.fixture(scope="module")
def words() -> dict[str, Any]:
    strings = json.loads((Path(__file__).parents[2] / "site" / "strings.json").read_text(encoding="utf-8"))
    return {key: text["sv"] for key, text in strings.items()}


@pytest.fixture(scope="module")
def page(site: Path, opened: Look) -> Page:
    visit = opened(site, "place=0583")
    keep(visit.page)
    return visit.page


def test_every_sentence_of_every_place_is_true(
    page: Page, release: duckdb.DuckDBPyConnection, words: dict[str, str]
) -> None:
    wrong, times = defaultdict(list), Counter[str]()
    for turn, about in enumerate(Facts.indicators(release, words)):
        facts = Facts(release, words, about)
        for said in everything_said(page, about["indicator_id"], turn):
            state = State(facts, said)
            assert said.title == about["title_sv"] + state.title_whom
            for key, text in said.said:
                if not key.startswith(SENTENCES) or key in NO_CLAIM:
                    continue
                times[key] += 1
                try:
                    CHECKS[key](state, text)
                except Exception as fault:
                    where = f"{said.place} {said.indicator} {said.dimension} {said.sex} {said.period}"
                    wrong[key].append(f"{where}: {text!r}: {fault!r}")
    assert not wrong, {key: (len(faults), faults[:3]) for key, faults in wrong.items()}
    known = {key for key in words if key.startswith(SENTENCES)} - NO_CLAIM - ELSEWHERE
    assert known - UNSAID <= set(times) <= known, known ^ set(times)
