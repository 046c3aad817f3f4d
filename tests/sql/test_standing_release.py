"""Gaps, goals, ranks and the state of the recommendations of ten places follow from the released figures: row by row.

What is worked out stands in `tests/sql/again/`, which shares nothing with the house. Trends and comparisons themselves:
`test_verdicts_release.py`.
"""

from collections import Counter, defaultdict
from typing import Any

import duckdb
import numpy as np
import pytest

from tests.sql.again.figures import Figures, Row, last, rows
from tests.sql.again.standing import LINES, Groups, Ranks, draws, goal, once, summary
from tests.sql.again.trends import Trends
from tests.sql.test_verdicts_release import PLACES, near

SPREAD = ("bgv", "bgsd", "cov", "mdmu", "mdmw", "mdbu", "mdbw", "mdru", "mdrw", "idisu", "idisw", "theil", "mld")


@pytest.fixture(scope="module")
def figures(release: duckdb.DuckDBPyConnection) -> Figures:
    return Figures(release)


@pytest.fixture(scope="module")
def ranks(figures: Figures) -> Ranks:
    return Ranks(figures)


@pytest.mark.parametrize("place", PLACES)
def test_every_certain_gap_follows_from_the_groups_figures(figures: Figures, place: str) -> None:
    groups = Groups(figures, PLACES[place])
    shown = rows(figures.release, """
        from inequality where area_code = ? and provenance <> 'synthetic' and estimate is not null
            and dimension not like '%+%' and stratum not like '%+%'
    """, PLACES[place])  # fmt: skip
    own = {
        (row["indicator_id"], row["period"]): row["se"] for row in shown
        if row["measure"] == "d" and row["dimension"] == "sex" and "own error" in row["ci_method"]
    }  # fmt: skip
    seen: Counter[str] = Counter()
    equal, errors = 0, 0
    for row in shown:
        if row["measure"] not in ("d", "r", "par", "paf", *SPREAD, *LINES):
            continue
        if row["dimension"] == "sex" and row["stratum"] == "total":
            row["own"] = own.get((row["indicator_id"], row["period"]))
        told = groups.judged(row)
        assert row["certain"] == told["certain"], (row, told)
        if "estimate" in told:
            assert row["estimate"] == near(told["estimate"]), row
            assert row["se"] == near(told["se"]), row
        seen[row["measure"]] += row["certain"] != "not_assessable"
        if row["measure"] == "d" and row.get("own") and (learned := groups.own_error(row)) is not None:
            assert 0.5 < row["own"] / learned < 2, (row, learned)
            equal += row["own"] == near(learned)
            errors += 1
    assert min(seen["d"], seen["r"]) > 300
    assert equal > 0.6 * errors > 100, (equal, errors)


@pytest.mark.parametrize("place", PLACES)
def test_every_national_goal_follows_from_the_gap_and_its_trend(figures: Figures, place: str) -> None:
    code = PLACES[place]
    gaps = rows(figures.release, "from inequality where area_code = ?", code)
    trends = Trends(figures, code, gaps).rows()
    latest: dict[tuple[str, str], Row] = {}
    for row in gaps:
        if (
            row["measure"] == "d" and row["stratum"] == "total" and row["sex"] == "total"
            and row["estimate"] is not None and row["worse_when"] and row["provenance"] != "synthetic"
            and row["dimension"] not in ("age", "municipality", "deprivation_quintile")
        ):  # fmt: skip
            key = (row["indicator_id"], row["dimension"])
            if key not in latest or (last(row["period"]), row["period"]) > (
                last(latest[key]["period"]), latest[key]["period"]
            ):  # fmt: skip
                latest[key] = row
    goals = rows(figures.release, "from target where area_code = ? and origin = 'national'", code)
    assert {(row["indicator_id"], row["dimension"]) for row in goals} == latest.keys()
    told: Counter[str] = Counter()
    for row in goals:
        key = (row["indicator_id"], "d", row["dimension"], None, "total", "total")
        paces = [trends.get((key, span)) for span in (10, 5)]
        pace = next((one for one in paces if one and one["movement"] != "not_assessable"), None)
        gap = latest[row["indicator_id"], row["dimension"]]
        assert row["last_value"] == near(gap["estimate"])
        again = goal(gap, pace, last(gap["period"]))
        assert (row["status"], row["certain"]) == (again["status"], again["certain"]), (row, gap, pace)
        told[row["status"]] += 1
    assert told["not_assessable"] > 40


def test_every_rank_follows_from_the_figures(figures: Figures, ranks: Ranks) -> None:
    shown: dict[tuple[str, str], list[Row]] = defaultdict(list)
    for row in rows(figures.release, "from municipality_rank"):
        shown[row["indicator_id"], row["sex"]].append(row)
    simulated, wide, near_by = 0, 0, 0
    for number, (key, found) in enumerate(sorted(shown.items())):
        period, members = ranks.rankings[key]
        about = figures.about[key[0]]
        assert {row["period"] for row in found} == {period}
        assert {row["area_code"] for row in found} == members.keys()
        codes = sorted(members)
        good = np.array([ranks.good(about, members[code]["value"]) for code in codes])
        place = {code: int((good > one).sum()) + 1 for code, one in zip(codes, good, strict=True)}
        known = all(members[code]["se"] for code in codes)
        for row in found:
            assert (row["rank"], row["rank_of"], row["assessable"]) == (place[row["area_code"]], len(codes), known)
        if not known:
            continue
        low, high, worst = draws(good, np.array([members[code]["se"] for code in codes]), number)
        at = {code: position for position, code in enumerate(codes)}
        for row in found:
            if row["area_code"] in PLACES.values():
                here = at[row["area_code"]]
                away = max(abs(row["rank_lower"] - low[here]), abs(row["rank_upper"] - high[here]))
                assert away <= 6 + 0.3 * (high[here] - low[here]), row  # two samples of draws differ a little
                assert abs(row["probability_worst_fifth"] - worst[here]) < 0.1, row
                near_by += away <= 1 + 0.15 * (high[here] - low[here])
                wide += row["rank_upper"] > row["rank_lower"]
                simulated += 1
    assert simulated > 1_500
    assert near_by > 0.95 * simulated
    assert wide > 0.9 * simulated


GAPS = ("narrowing", "widening", "no_certain_change", "not_assessable")


@pytest.mark.parametrize("place", PLACES)
def test_the_state_of_every_recommendation_follows_from_the_verdicts(figures: Figures, place: str) -> None:
    code, about = PLACES[place], figures.about
    gaps = rows(figures.release, "from inequality where area_code = ?", code)
    followed: dict[Any, dict[int, Row]] = defaultdict(dict)
    for (key, span), row in Trends(figures, code, gaps).rows().items():
        name, measure, dimension, _, stratum, sex = key
        if row["changed_direction"] is None or (stratum, sex) != ("total", "total") or measure == "distance":
            continue
        if dimension != "age" and (measure != "value" or dimension == "total"):
            followed[name, measure, dimension][span] = row
    moves = []
    for (name, measure, dimension), spans in followed.items():
        words = [spans[span]["change_verdict"] for span in (10, 5) if span in spans]
        word = next((word for word in words if word != "not_assessable"), words[-1])
        moves.append({"indicator_id": name, "measure": measure, "dimension": dimension, "word": word})
    moves = once(moves, about, lambda row: (row["measure"], row["dimension"]), "word")
    levels = {
        comparator: once([
            row for row in rows(figures.release, """
                from benchmark where area_code = ? and comparator = ? and dimension = 'total'
            """, code, comparator) if about[row["indicator_id"]]["polarity"] != "none"
        ], about, lambda _: (), "verdict")
        for comparator in ("nation", "similar_overall")
    }  # fmt: skip
    for state in rows(figures.release, "from recommendation_status where area_code = ?", code):
        number = state["recommendation"]
        told: Counter[str] = Counter()
        for comparator, ending in (("nation", "nation"), ("similar_overall", "similar")):
            for row in levels[comparator]:
                told[f"{row['verdict']}_{ending}"] += about[row["indicator_id"]]["recommendation"] == number
        here = [row for row in moves if about[row["indicator_id"]]["recommendation"] == number]
        for row in here:
            kind = {"value": "", "d": "absolute_gaps_", "r": "relative_gaps_"}[row["measure"]]
            word = "change_not_assessable" if (kind, row["word"]) == ("", "not_assessable") else kind + row["word"]
            told[word] += 1
        names = [f"{word}_{ending}" for ending in ("nation", "similar")
                 for word in ("better", "worse", "no_certain_difference", "not_assessable")]  # fmt: skip
        names += ["improving", "worsening", "no_certain_change", "change_not_assessable"]
        names += [f"{kind}_gaps_{word}" for kind in ("absolute", "relative") for word in GAPS]
        for name in names:
            assert state[name] == told[name], (number, name, state[name], told[name])
        signs = [(row["indicator_id"], row["verdict"]) for row in levels["nation"]
                 if about[row["indicator_id"]]["recommendation"] == number]  # fmt: skip
        of_gaps = [
            (f"{row['indicator_id']} {row['dimension']}", row["word"]) for row in here if row["measure"] != "value"
        ]
        moved = [(row["indicator_id"], row["word"]) for row in here if row["measure"] == "value"]
        every = [word for _, word in [*signs, *moved, *of_gaps]]
        assert state["tests"] == sum(word != "not_assessable" for word in every)
        assert state["signs"] == sum(not word.startswith("no") for word in every)
        words = [_summed([*signs, *moved]), _summed(of_gaps)]
        assert [state["level_summary"], state["gap_summary"]] == words
        worst = ("concern", "mixed", "not_assessable", "no_certain_sign", "favourable")
        assert state["summary"] == min(words, key=worst.index)
        for kind, measure in (("absolute", "d"), ("relative", "r")):
            grow = sorted(
                {row["indicator_id"] for row in here if row["measure"] == measure and row["word"] == "widening"}
            )
            assert (state[f"{kind}_widening_in"] or "") == ", ".join(grow)


def _summed(found: list[tuple[str, str]]) -> str:
    by: dict[str, set[str]] = defaultdict(set)
    for what, word in found:
        by[what].add(word)
    good = sum(bool(words & {"better", "improving", "narrowing"}) for words in by.values())
    bad = sum(bool(words & {"worse", "worsening", "widening"}) for words in by.values())
    return summary(good, bad, sum(words != {"not_assessable"} for words in by.values()), len(by))
