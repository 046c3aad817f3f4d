"""From the inbox to the release: filled-in forms, good rows and bad, through a whole run of the small house."""

import duckdb

from tests.small_house import SmallHouse

pytest_plugins = ["tests.small_fixtures"]

TARGETS = """indikator;område;mått;grupp;kön;värde;år;beslutat_av;beslutat_datum
riksdag_turnout;Motala;;;;95;2090;Kommunfullmäktige;2023
riksdag_turnout;Motala;skillnad;education;;8;2090;Kommunfullmäktige;2023
riksdag_turnout;Motala;;education=primary;;20;2090;Kommunfullmäktige;2023
no_such_thing;Motala;;;;20;2090;Kommunfullmäktige;2023
"""
NOTICES = (
    "area,year,notices,reserved,social_clauses,reported_by\n0583,2023,40,2,8,Upphandlingsenheten\n0509,2023,x,0,0,y\n"
)


def test_what_lies_in_the_inbox_reaches_the_release_and_what_does_not_hold_is_told(small: SmallHouse) -> None:
    inbox = small.data / "inbox"
    (inbox / "reserved_procurement").mkdir(parents=True)
    (inbox / "targets.csv").write_text(TARGETS, encoding="utf-8")
    (inbox / "reserved_procurement" / "motala.csv").write_text(NOTICES, encoding="utf-8")
    done = small.jamlik("run")
    assert done.code == 0, done.err
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
    again = small.jamlik("run")
    assert again.code == 0
    assert "0 tables made" in again.err, again.err
