"""From the inbox to the release, without the made-up delivery: graduates, filled-in forms, rows good and bad.

One whole run of the small house with all of it. The graduates are made up: programmes large and small, workplaces at
home, elsewhere and nowhere. Not here: the figures themselves (tests/golden/raks_graduates.yaml), what the inbox refuses
(test_inbox.py, test_forms.py), nor a delivery of cells (tests/disclosure/test_delivery.py).
"""

import shutil
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest

from tests.fixtures.graduates_house import put_graduates
from tests.fixtures.small_house import SmallHouse
from tests.fixtures.warm_process import Done, WarmPython

pytest_plugins = ["tests.fixtures.small_fixtures"]

GRADUATES = "indicator_id like 'raks_graduates%'"
TARGETS = """indikator;område;mått;grupp;kön;värde;år;beslutat_av;beslutat_datum
riksdag_turnout;Motala;;;;95;2090;Kommunfullmäktige;2023
riksdag_turnout;Motala;skillnad;education;;8;2090;Kommunfullmäktige;2023
riksdag_turnout;Motala;;education=primary;;20;2090;Kommunfullmäktige;2023
no_such_thing;Motala;;;;20;2090;Kommunfullmäktige;2023
"""
NOTICES = (
    "area,year,notices,reserved,social_clauses,reported_by\n0583,2023,40,2,8,Upphandlingsenheten\n0509,2023,x,0,0,y\n"
)


@dataclass(frozen=True)
class Delivered:
    """The small house after that run, and what the run said."""

    house: SmallHouse
    done: Done

    def rows(self, query: str) -> list[tuple]:
        with duckdb.connect(str(self.house.published / "latest" / "jamlik.duckdb"), read_only=True) as release:
            return release.execute(query).fetchall()


@pytest.fixture(scope="module")
def delivered(small_released: Path, warm_python: WarmPython, tmp_path_factory: pytest.TempPathFactory) -> Delivered:
    path = tmp_path_factory.mktemp("delivered") / "house"
    shutil.copytree(small_released, path, symlinks=True)
    house = SmallHouse(path, warm_python, path.parent / "call")
    put_graduates(house.data, 2014, 1)
    (house.data / "inbox" / "targets.csv").write_text(TARGETS, encoding="utf-8")
    (house.data / "inbox" / "reserved_procurement").mkdir()
    (house.data / "inbox" / "reserved_procurement" / "motala.csv").write_text(NOTICES, encoding="utf-8")
    done = house.jamlik("run", "--no-synthetic")
    assert done.code == 0, done.err
    return Delivered(house, done)


def test_a_delivery_in_the_regional_layout_is_released_and_no_small_count_with_it(delivered: Delivered) -> None:
    rows = delivered.rows(
        f"select indicator_id, area_level, area_code, period, dimension, group_code, status, status_reason, value, "
        f"numerator, denominator from indicator_value where {GRADUATES} and status <> 'not_fetched'"
    )
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


def test_years_after_the_exam_that_were_not_delivered_say_so(delivered: Delivered) -> None:
    silent = delivered.rows(
        f"select count(*), min(status), max(status) from indicator_value where {GRADUATES} "
        f"and (indicator_id like '%5' or indicator_id like '%7')"
    )
    assert silent == [(8, "not_fetched", "not_fetched")]


def test_the_made_up_delivery_can_be_left_out(delivered: Delivered) -> None:
    assert delivered.rows("select count(*) from indicator_value where provenance = 'synthetic'") == [(0,)]
    assert delivered.rows("select contains_synthetic from release") == [(False,)]
    silent = delivered.rows(
        "select indicator_id, period, status from indicator_value where source_ids in ('raks_cells', 'raks_flows') "
        "order by all",
    )
    assert [name for name, *_ in silent] == [
        "raks_from_no_work_to_work",
        "raks_stable_full_year",
        "raks_transition_to_establishment",
        "raks_weakly_established",
    ]
    assert {row[1:] for row in silent} == {("2023", "not_fetched")}


def test_what_lies_in_the_inbox_reaches_the_release_and_what_does_not_hold_is_told(delivered: Delivered) -> None:
    small, done = delivered.house, delivered.done
    told = [line for line in done.err.splitlines() if "inbox/" in line]
    assert [line.split(";")[0].removeprefix("jamlik: ") for line in told] == [
        "inbox/reserved_procurement/motala.csv, line 3: notices is 'x' but must be a number",
        "inbox/targets.csv, line 4: the goal 20.0 is worse than the figure was when it was decided (77.0, 2022)",
        "inbox/targets.csv, line 5: indicator is 'no_such_thing', which is not known",
    ]
    with duckdb.connect(str(small.published / "latest" / "jamlik.duckdb"), read_only=True) as release:
        assert release.execute("select count(*) from intake_refused").fetchall() == [(3,)]
        shares = release.execute(
            "select area_code, value, numerator, denominator, status_reason, provenance from indicator_value "
            "where indicator_id = 'reserved_procurement_share' and area_code in ('0583', '0509') order by area_code"
        ).fetchall()
        assert shares == [
            ("0509", None, None, None, "not_reported", "self_reported"),
            ("0583", 25.0, 10.0, 40.0, None, "self_reported"),
        ]
        goals = release.execute(
            "select measure, dimension, base_value, last_value, distance, status <> 'passed' from target "
            "where origin = 'own' order by measure"
        ).fetchall()
        assert [goal[:2] for goal in goals] == [("d", "education"), ("value", "total")]
        assert goals[0][2:] == (16.0, 16.0, 8.0, True)
        counted = release.execute(
            "select sum(own_targets) from recommendation_status where area_code = '0583'"
        ).fetchall()
        assert counted == [(2,)]
        states = release.execute(
            "select catalogue_row_id, state from catalogue_row "
            "where catalogue_row_id in ('reserved_procurement_share', 'iop_agreements') order by catalogue_row_id"
        ).fetchall()
        assert states == [("iop_agreements", "no_source"), ("reserved_procurement_share", "with_figures")]
        landing = release.execute(
            "select landing, rows from source_table where table_id = 'intake_reserved_procurement'"
        ).fetchall()
        assert landing == [("inbox", 1)]
    profile = " ".join(small.jamlik("profile", "Motala", COLUMNS="120").out.split())  # a number's own spaces too
    assert "Egna mål" in profile
    assert "målet är 95,0 % till 2090" in profile
    again = small.jamlik("run", "--no-synthetic")
    assert again.code == 0
    assert "0 tables made" in again.err, again.err
