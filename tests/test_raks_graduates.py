"""A delivery of graduates in the regional layout, with a mapping of a few lines, through a whole run to the release.

The graduates are made up: programmes large and small, workplaces at home, elsewhere and nowhere. Not here: the figures
themselves (tests/golden/raks_graduates.yaml), nor what the inbox refuses (test_inbox.py).
"""

from pathlib import Path

import duckdb

from tests import inbox_house
from tests.inbox_house import text
from tests.small_house import SmallHouse

pytest_plugins = ["tests.small_fixtures"]

MAPPING = inbox_house.GRADUATES.replace("uppf_ar", "uppf").replace(
    "programme: program", "programme: {column: program, codes: {Vård: vo, Teknik: te}}"
)
GRADUATES = "indicator_id like 'raks_graduates%'"
HEADINGS = ("ex_fran", "ex_till", "uppf", "ar_efter", "program", "hemkommun", "arbetskommun", "syss", "etabl", "stud",
            "arblos", "ovriga", "antal")  # fmt: skip
PLACES = (
    "0114",
    "0509",
    "0512",
    "0513",
    "0560",
    "0561",
    "0562",
    "0563",
    "0580",
    "0581",
    "0582",
    "0583",
    "0584",
    "0586",
)


def _delivery(exams: int, years: int) -> str:
    """Of every municipality health care (of many), technology (of few), a course that is no group."""
    rows = []
    for number, place in enumerate(PLACES):
        for since in (1, 3):
            who = (exams, exams + years, f"{exams + since}-{exams + years + since}", since)
            rows += [
                (*who, "Vård", place, place, 40 + number, 30 + number, 0, 0, 0, 40 + number),
                (*who, "Vård", place, "0580" if place != "0580" else "0581", 20, 12, 0, 0, 0, 20),
                (*who, "Vård", place, "", 0, 0, 25, 12 + number, 8, 45 + number),
                (*who, "Cirkus", place, place, 30, 20, 0, 0, 0, 30),
            ]
            if place == "0512":  # nobody there graduated in technology, so that no row tells of it
                continue
            rows += [
                (*who, "Teknik", place, place, 6 + number % 3, 2, 0, 0, 0, 6 + number % 3),
                (*who, "Teknik", place, "", 0, 0, 3, 1, number % 2, 4 + number % 2),
            ]
    return text(rows, HEADINGS)


def _rows(house: SmallHouse, query: str) -> list[tuple]:
    release = next(Path(house.data / "published").glob("latest/jamlik.duckdb"))
    with duckdb.connect(str(release), read_only=True) as connection:
        return connection.execute(query).fetchall()


def _released(house: SmallHouse, exams: int, years: int) -> list[tuple]:
    """The rows of a run with that delivery in the inbox, of the years one and three after the exam."""
    inbox = house.data / "inbox" / "raks"
    inbox.mkdir(parents=True)
    (inbox / "examinerade.csv").write_text(_delivery(exams, years), encoding="utf-8")
    assert len(MAPPING.splitlines()) < 25
    (inbox / "examinerade.csv.yaml").write_text(MAPPING, encoding="utf-8")
    done = house.jamlik("run", "--no-synthetic")
    assert done.code == 0, done.err
    silent = _rows(house, f"select count(*), min(status), max(status) from indicator_value where {GRADUATES} "
                          f"and (indicator_id like '%5' or indicator_id like '%7')")  # fmt: skip
    assert silent == [(8, "not_fetched", "not_fetched")]
    return _rows(
        house,
        f"select indicator_id, area_level, area_code, period, dimension, group_code, status, status_reason, value, "
        f"numerator, denominator from indicator_value where {GRADUATES} and status <> 'not_fetched'",
    )


def test_a_delivery_in_the_regional_layout_is_released_and_no_small_count_with_it(small: SmallHouse) -> None:
    rows = _released(small, 2014, 1)
    assert {row[3] for row in rows} == {"2015/2016", "2017/2018"}
    assert {row[4:6] for row in rows} == {("total", "total"), ("programme", "vo"), ("programme", "te")}
    assert len(rows) == 17 * 3 * 8
    shown = [row for row in rows if row[6] == "observed"]
    assert {row[7] for row in rows if row[6] != "observed"} <= {"hidden_here", "no_population"}
    nobody = [row[6:8] for row in rows if row[2] == "0512" and row[5] == "te"]
    assert set(nobody) <= {("not_applicable", "no_population"), ("suppressed", "hidden_here")}
    assert len(nobody) == 8
    assert all(min(count for count in (part, whole - part) if count) >= 5 and whole >= 10 for *_, part, whole in shown)
    assert {row[1] for row in shown} >= {"municipality", "nation"}


def test_follow_up_years_that_overlap_are_withheld(small: SmallHouse) -> None:
    """Two intervals that share a year would give single years away."""
    rows = _released(small, 2015, 2)
    assert {row[6:8] for row in rows} == {("suppressed", "hidden_here")}
