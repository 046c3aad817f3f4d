"""Every verdict shown for ten places follows from the released figures, their errors and `chance`: row by row.

What is worked out stands in `tests/sql/again/`, which shares nothing with the house.
"""

from typing import Any

import duckdb
import pytest

from tests.sql.again.compared import Compared, verdicts
from tests.sql.again.figures import Figures, Row, Z, rows
from tests.sql.again.trends import Trends

PLACES = {
    "Danderyd": "0162", "Malmö": "1280", "Botkyrka": "0127", "Åsele": "2463", "Motala": "0583", "Ydre": "0512",
    "Gotland": "0980", "Falun": "2080", "Södertälje": "0181", "Kiruna": "2584",
}  # fmt: skip


@pytest.fixture(scope="module")
def figures(release: duckdb.DuckDBPyConnection) -> Figures:
    return Figures(release)


@pytest.fixture(scope="module")
def trends(figures: Figures) -> Any:
    """A place's trends worked out again, once a place."""
    made: dict[str, Trends] = {}

    def of(code: str) -> Trends:
        if code not in made:
            made[code] = Trends(figures, code, rows(figures.release, "from inequality where area_code = ?", code))
        return made[code]

    return of


def near(value: float | None) -> Any:
    return None if value is None else pytest.approx(value, rel=1e-6, abs=1e-9)


def released_trends(figures: Figures, code: str) -> dict[Any, Row]:
    return {
        (
            (row["indicator_id"], row["measure"], row["dimension"], row["group_code"], row["stratum"], row["sex"]),
            row["trend_years"],
        ): row
        for row in rows(figures.release, "from trend where area_code = ?", code)
    }


@pytest.mark.parametrize("place", PLACES)
def test_every_trend_follows_from_the_figures(figures: Figures, trends: Any, place: str) -> None:
    shown = released_trends(figures, PLACES[place])
    again = trends(PLACES[place]).rows()
    assert shown.keys() == again.keys()
    for key, row in shown.items():
        told, relative = again[key], key[0][1] == "r"
        assert (row["n_periods"], row["changed"], row["movement"]) == (
            told["n_periods"], told["changed"], told["movement"]), (key, row, told)  # fmt: skip
        for name in ("changed_direction", "direction", "change_verdict"):
            assert row[name] == told[name], (key, name, row, told)
        assert row["change_q_value"] == (None if told["q"] is None else pytest.approx(told["q"], rel=1e-6, abs=1e-290))
        if not relative and told["se"] is not None and told["change"] is not None:
            assert row["total_change"] == near(told["change"]), key
            assert row["total_change_upper"] == near(told["change"] + Z * told["se"]), key
        if not relative and told["slope"] is not None:
            assert row["change_per_year"] == near(told["slope"]), key
            assert row["change_lower"] == near(told["slope"] - Z * told["slope_se"]), key
    assert sum(row["change_verdict"] != "not_assessable" for row in shown.values()) > 150
    assert sum(row["movement"] != "not_assessable" for row in shown.values()) > 50


COMPARATORS = ("nation", "county", "similar_overall", "skr_group")


@pytest.fixture(scope="module")
def compared(figures: Figures) -> Compared:
    return Compared(figures)


@pytest.mark.parametrize("place", PLACES)
def test_every_comparison_follows_from_the_figures(figures: Figures, compared: Compared, place: str) -> None:
    every = rows(figures.release, "from benchmark where area_code = ?", PLACES[place])
    judged = 0
    for comparator in {row["comparator"] for row in every}:
        shown = [row for row in every if row["comparator"] == comparator]
        usable = [row for row in shown if row["value"] is not None and row["reason"] != "not_compared"]
        told = [compared.judge(row) for row in usable]
        for row, again in verdicts(usable, told, figures.about):
            assert row["difference"] == near(again["difference"]), row
            assert row["verdict"] == again["verdict"], (row, again)
            assert row["comparator_basis"] == again["basis"], row
            if again["p"] is not None:
                judged += 1
                assert row["difference_se"] == near(again["se"]), row
                assert row["q_value"] == pytest.approx(again["q"], rel=1e-6, abs=1e-290), row
        for row in shown:
            assert row in usable or row["verdict"] == "not_assessable"
    assert judged > 800
