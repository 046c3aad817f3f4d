"""The gate of a release, the ledger, and what can go wrong with either; on a small made-up delivery of a real shape."""

import json
import math
import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from pipelines import settings
from pipelines.catalogue import shapes
from pipelines.catalogue.disclosure_rules import read_rules
from pipelines.disclosure import audit as auditing
from pipelines.disclosure import later, ledger
from pipelines.disclosure.books import DELIVERIES, SYNTHETIC, overlapping, rules_of
from pipelines.disclosure.protect import NUMBERS
from pipelines.disclosure.structure import build
from pipelines.disclosure.tables import acyclic, choose
from pipelines.errors import Refused, WrongCall
from tests.fixtures.disclosure_tables import RULES, Office, narrow, people, rows_of

SMALL = "numerator between 1 and 4"


@pytest.fixture
def office(data: Path) -> Office:
    above, rows = narrow()
    return Office(above, rows)


def count(office: Office, condition: str, table: str = "protect.cell") -> int:
    return int(office.connection.execute(f"select count(*) from {table} where {condition}").fetchall()[0][0])


def a_hidden_row(office: Office) -> str:
    """The condition for one row that is hidden, though not for being small."""
    rows = office.connection.execute(
        "select e.indicator_id, e.area_code, e.group_code, e.sex from indicator.everything as e join protect.cell as c "
        "using (indicator_id, area_code, dimension, group_code, sex) "
        f"where c.status = 'suppressed' and e.{SMALL} and e.dimension = 'education' order by all limit 1"
    ).fetchall()
    i, a, g, s = rows[0]
    return (
        f"indicator_id = '{i}' and area_code = '{a}' and dimension = 'education' and group_code = '{g}' and sex = '{s}'"
    )


def test_hidden_rows_have_one_status_and_no_number_at_all(office: Office) -> None:
    office.protect()
    total = count(office, "true", "indicator.everything")
    assert count(office, "true") == total
    assert count(office, f"{SMALL}") == 0
    assert count(office, "denominator < 10 and status = 'observed'") == 0
    hidden = "status = 'suppressed'"
    assert count(office, hidden) > count(office, SMALL, "indicator.everything") > 0
    assert count(office, f"{hidden} and status_reason = 'hidden_here'") == count(office, hidden)
    for name in NUMBERS:
        assert count(office, f"{hidden} and {name} is not null") == 0
    assert count(office, "status = 'observed' and (value is null or isnan(value))") == 0


def test_a_safe_release_passes_and_is_entered(office: Office) -> None:
    office.publish("2026-01-01T000000Z")
    known = ledger.read(DELIVERIES)
    assert [each["release_id"] for each in known.releases] == ["2026-01-01T000000Z"]
    assert known.hidden.num_rows == count(office, "status = 'suppressed'")
    assert known.shown.num_rows == count(office, "status = 'observed'")
    report = (ledger.folder(DELIVERIES) / "reports" / "2026-01-01T000000Z.json").read_text(encoding="utf-8")
    for word in ("small", "for_others", "information_lost", "hardest_county", "seconds"):
        assert word in report


@pytest.mark.parametrize(
    "column",
    ["value = 3.0", "numerator = 2", "se = 0.1", "ci_lower = 0.5, ci_upper = 4.0", "reliability = 'few_events'"],
)
def test_one_number_of_a_hidden_row_stops_the_release(office: Office, column: str) -> None:
    """A share with a public population, a share's interval, a caution about few events: each gives the count."""
    office.protect()
    with pytest.raises(Refused, match="could be worked out") as told:
        office.publish("2026-01-01T000000Z", f"update indicator_value set {column} where {a_hidden_row(office)}")
    assert "area" in str(told.value) or "by education" in str(told.value)
    assert not (ledger.folder(DELIVERIES) / ledger.FILE).exists(), "what was not published is not in the ledger"


def test_a_figure_that_no_secret_table_has_stops_the_release(office: Office) -> None:
    office.protect()
    with pytest.raises(Refused, match="not in the secret tables"):
        office.publish(
            "2026-01-01T000000Z",
            "insert into indicator_value by name (select * replace ('2031' as period) from indicator_value "
            "where status = 'observed' limit 1)",
        )


def test_a_wrong_figure_stops_the_release(office: Office) -> None:
    with pytest.raises(Refused, match="not the secret tables' present ones"):
        office.publish(
            "2026-01-01T000000Z", "update indicator_value set numerator = numerator + 1 where dimension = 'total'"
        )


def test_hidden_cells_stay_hidden_and_two_releases_withstand_together(office: Office) -> None:
    first = office.publish("2026-01-01T000000Z")
    before = office.connection.execute("select count(*) from protect.cell where status = 'suppressed'").fetchall()
    office.connection.execute("create table first as select * from protect.cell")
    raised = "numerator = 7 where numerator = 6 and dimension = 'education' and area_code = '1080' and sex = 'none'"
    office.connection.execute(f"update indicator.everything set {raised}")
    office.publish("2026-01-02T000000Z")
    assert (
        before == office.connection.execute("select count(*) from protect.cell where status = 'suppressed'").fetchall()
    )
    again = office.connection.execute(
        "select count(*) from first as f "
        "join protect.cell as c using (indicator_id, area_code, dimension, group_code, sex) "
        "where f.status = 'suppressed' and c.status <> 'suppressed'"
    ).fetchall()[0][0]
    assert again == 0
    for release in (first.name, "2026-01-02T000000Z"):
        lines, withstood = auditing.audit_of(office.connection, release)
        assert withstood, lines


def test_a_release_that_shows_what_an_earlier_one_hid_is_stopped(office: Office) -> None:
    """The ledger is lost in between, so nothing is sticky; what was shown before is still known."""
    office.publish("2026-01-01T000000Z")
    known = ledger.read(DELIVERIES)
    keep = known.shown
    office.connection.execute("create table first as select * from protect.cell")
    other = replace(known, hidden=ledger.HIDDEN.empty_table(), shown=ledger.SHOWN.empty_table())
    # another choice of what to hide, safe by itself: what is hidden of one place was shown by an imaginary release
    hidden = office.connection.sql(
        "select e.indicator_id, e.area_code, e.period, e.dimension, e.group_code, e.sex, e.numerator, e.denominator "
        "from indicator.everything as e join first as f using (indicator_id, area_code, dimension, group_code, sex) "
        f"where f.status = 'suppressed' and not (e.{SMALL}) and e.numerator < e.denominator and e.area_code = '1080'"
    ).to_arrow_table()
    other = replace(other, shown=hidden.cast(ledger.SHOWN))
    other.enter("2026-01-01T000000Z", known.releases[0]["uuid"], known.releases[0]["content"], "another", {})
    as_before = office.build(settings.published() / "releases" / "as-before")
    with pytest.raises(Refused, match="could be worked out"):
        auditing.gate(office.connection, auditing.figures_of(as_before))
    assert keep.num_rows


def test_rolling_pools_are_withheld_beside_single_years(office: Office) -> None:
    assert overlapping(["2019", "2016/2019", "2020/2023"]) == {"2016/2019"}
    assert overlapping(["2016/2019", "2017/2020"]) == {"2016/2019", "2017/2020"}
    _, rows = narrow(seed=5)
    office.deliver(rows, period="2016/2019", more=True)
    office.publish("2026-01-01T000000Z")
    assert count(office, "period = '2016/2019' and value is not null") == 0
    assert count(office, "period = '2019' and value is not null") > 0
    change = "update indicator_value set value = 50 where period = '2016/2019' and dimension = 'total'"
    with pytest.raises(Refused, match="years within it"):
        office.publish("2026-01-02T000000Z", change)


@pytest.mark.parametrize("first", ["2016/2019", "2019"])
def test_a_pool_and_a_year_within_it_are_not_both_shown_in_two_releases(data: Path, first: str) -> None:
    """Each release shows one of them, and neither knows of the other but through the ledger."""
    above, rows = narrow()
    office = Office(above, rows, period=first)
    office.publish("2026-01-01T000000Z")
    _, others = narrow(seed=5)
    office.deliver(others, period="2019" if first != "2019" else "2016/2019")
    _withheld_and_else_stopped(office, "is shown for 2016/2019 and for years within it")


def _withheld_and_else_stopped(office: Office, match: str) -> None:
    """Protection withholds what cannot be told, and the release goes on; one that shows it all the same is stopped."""
    office.publish("2026-01-02T000000Z")
    assert count(office, "value is not null") == 0
    office.connection.execute("create or replace table protect.cell as select * from indicator.everything")
    shown = office.build(settings.published() / "releases" / "all-of-it")
    with pytest.raises(Refused, match=match):
        auditing.gate(office.connection, auditing.figures_of(shown))


def test_of_an_area_that_was_split_since_it_was_shown_nothing_is_shown(data: Path) -> None:
    above, rows = narrow()
    sizes = {"education": 3}
    merged = people(above, sizes, 1, 300)
    merged["1080"] = merged["1080"] + merged["1060"]
    office = Office(above, rows_of(above, merged, ["education"], ["education"]))
    office.publish("2026-01-01T000000Z")
    office.deliver(rows)  # 1080 is now without what it held
    _withheld_and_else_stopped(office, "not the one that was shown before")


def test_of_an_area_that_is_no_more_nothing_is_shown(data: Path) -> None:
    above, rows = narrow()
    office = Office(above, rows)
    office.publish("2026-01-01T000000Z")
    persons = people(above, {"education": 3}, 1, 300)
    persons["1080"] = persons["1080"] + persons.pop("1060")
    fewer = {area: up for area, up in above.items() if area != "1060"}
    office.deliver(rows_of(fewer, persons, ["education"], ["education"]))
    _withheld_and_else_stopped(office, r"is no more|not the one that was shown")


def test_a_damaged_ledger_and_one_without_a_release_are_refused(office: Office) -> None:
    office.publish("2026-01-01T000000Z")
    folder = ledger.folder(DELIVERIES)
    file = next(folder.glob("hidden-*.parquet"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-1])
    with pytest.raises(Refused, match="damaged"):
        ledger.read(DELIVERIES)
    file.write_bytes(whole)
    (folder / ledger.FILE).unlink()
    with pytest.raises(Refused, match="is not in the ledger"):
        office.publish("2026-01-02T000000Z")


def test_a_ledger_that_is_gone_can_be_begun_anew(office: Office) -> None:
    """What the refusal says to do can be done."""
    office.publish("2026-01-01T000000Z")
    shutil.rmtree(ledger.folder(DELIVERIES))
    with pytest.raises(Refused, match=r"is not in the ledger .+ --reset deliveries"):
        office.publish("2026-01-02T000000Z")
    later.reset(DELIVERIES, "disken gick sönder")
    office.publish("2026-01-02T000000Z")


@pytest.mark.parametrize("file", ["ledger.json", "hidden-*.parquet", "of"])
def test_the_damaged_ledger_of_made_up_figures_begins_anew(file: str, data: Path) -> None:
    ledger.forget_synthetic("truth")
    ledger.read(SYNTHETIC).enter("2026-01-01T000000Z", "u", "c", "p", {})
    assert ledger.read(SYNTHETIC).releases
    (damaged,) = ledger.folder(SYNTHETIC).glob(file)
    damaged.write_bytes(b"\xff" * damaged.stat().st_size)  # as a power cut may leave it
    ledger.forget_synthetic("truth")
    found = ledger.read(SYNTHETIC)
    assert found.releases == []
    found.enter("2026-01-02T000000Z", "u", "c", "p", {})
    assert [each["release_id"] for each in ledger.read(SYNTHETIC).releases] == ["2026-01-02T000000Z"]


def test_a_release_that_is_not_what_the_ledger_says_is_refused(office: Office) -> None:
    release = office.publish("2026-01-01T000000Z")
    manifest = release / "manifest.json"
    told = json.loads(manifest.read_text(encoding="utf-8"))
    told[ledger.MANIFEST_KEY][DELIVERIES] = told[ledger.MANIFEST_KEY][DELIVERIES][::-1]
    manifest.write_text(json.dumps(told), encoding="utf-8")
    with pytest.raises(Refused, match="is not what stands in the ledger"):
        office.publish("2026-01-02T000000Z")


def test_a_reset_needs_a_written_reason_and_keeps_the_old_ledger(office: Office) -> None:
    office.publish("2026-01-01T000000Z")
    before = ledger.resets()
    for book, reason in ((DELIVERIES, None), (DELIVERIES, " "), ("another", "why"), (None, "why")):
        with pytest.raises(WrongCall):
            later.reset(book, reason)
    with pytest.raises(Refused, match="no ledger"):
        later.reset(SYNTHETIC, "why")
    assert "kept in" in later.reset(DELIVERIES, "SCB har rättat leveransen")
    known = ledger.read(DELIVERIES)
    assert known.hidden.num_rows == 0
    assert known.resets[0]["reason"] == "SCB har rättat leveransen"
    assert list(ledger.folder(DELIVERIES).parent.glob("deliveries-until-*"))
    assert ledger.resets() != before, "what is protected is made again"
    office.publish("2026-01-02T000000Z")


def test_made_up_figures_have_a_ledger_of_their_own_that_goes_with_them(data: Path) -> None:
    above, rows = narrow()
    office = Office(above, rows, "raks_synthetic")
    office.publish("2026-01-01T000000Z")
    assert ledger.read(SYNTHETIC).hidden.num_rows > 0
    assert not ledger.folder(DELIVERIES).exists()
    office.deliver(rows, "raks_cells")
    office.publish("2026-01-02T000000Z")
    assert not ledger.folder(SYNTHETIC).exists()
    assert ledger.read(DELIVERIES).hidden.num_rows > 0


def test_the_same_numbers_are_not_attacked_twice(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    office.publish("2026-01-01T000000Z")
    called: list[object] = []
    monkeypatch.setattr(auditing, "attack", lambda *each: called.append(each))
    office.publish("2026-01-02T000000Z")
    assert not called


def test_a_public_twin_is_known_to_the_intruder(office: Office) -> None:
    """Gotland's whole is published by SCB; the delivery has it not, and protects the rest all the same."""
    office.connection.execute(
        "update indicator.everything set source_ids = 'raks_main_affiliation', provenance = 'published' "
        "where area_code = '00' and dimension = 'total'"
    )
    office.publish("2026-01-01T000000Z")
    assert count(office, "source_ids = 'raks_main_affiliation' and value is null") == 0
    assert count(office, "status = 'suppressed'") > 0


def test_a_public_twin_of_what_protects_is_protected_by_something_else(office: Office) -> None:
    """A public table has the nation's and a county's rows that were hidden for others' sake: now others must be."""
    office.protect()
    key = "indicator_id, area_code, dimension, group_code, sex"
    office.connection.execute(
        f"create table twin as select {key} from indicator.everything as e join protect.cell as c using ({key}) "
        f"where c.status = 'suppressed' and not e.{SMALL} and length(area_code) = 2 and e.dimension = 'education'"
    )
    many = count(office, "true", "twin")
    assert many > 5
    same = " and ".join(f"e.{name} = t.{name}" for name in key.split(", "))
    office.connection.execute(
        f"update indicator.everything as e set source_ids = 'raks_main_affiliation', provenance = 'published' "
        f"from twin as t where {same}"
    )
    office.connection.execute(
        f"update protect.cell as c set source_ids = 'raks_main_affiliation', value = e.value, numerator = e.numerator, "
        f"denominator = e.denominator, status = 'observed' from indicator.everything as e, twin as t "
        f"where {same} and {same.replace('e.', 'c.')}"
    )
    before = office.build(settings.published() / "releases" / "as-before")
    with pytest.raises(Refused, match="could be worked out"):
        auditing.gate(office.connection, auditing.figures_of(before))
    office.publish("2026-01-01T000000Z")
    assert count(office, "source_ids = 'raks_main_affiliation' and value is not null") == many
    assert count(office, "source_ids = 'raks_cells' and status = 'suppressed'") > 0


def test_indicators_of_unknown_structure_and_rows_without_counts_are_withheld(data: Path) -> None:
    above, rows = narrow()
    stray = replace(
        rows, indicator=np.where(rows.indicator == "raks_self_employed", "raks_stable_full_year", rows.indicator)
    )
    office = Office(above, stray)
    office.publish("2026-01-01T000000Z")
    assert count(office, "indicator_id = 'raks_stable_full_year' and value is not null") == 0
    assert count(office, "indicator_id = 'raks_newly_employed' and value is not null") > 0


def test_sums_that_do_not_hold_are_refused_without_a_number(data: Path) -> None:
    above, rows = narrow()
    hole = rows.take(~((rows.area == "1080") & (rows.dimension == "education")))
    off = replace(
        rows, numerator=rows.numerator + 8191.0 * ((rows.area == "10") & (rows.indicator == "raks_left_employment"))
    )
    for bad in (hole, off):
        with pytest.raises(Refused, match=r"area (10|00)") as told:
            build(bad, above, RULES)
        assert "8191" not in str(told.value)


def test_limits_that_protect_nobody_are_refused() -> None:
    for name in ("numerator_min", "complement_min", "denominator_min", "respondents_min"):
        for limit in (0, -3):
            with pytest.raises(Refused, match=name):
                read_rules("sources.yaml, table x", {name: limit})
    for nonsense in (-1, math.inf, math.nan):
        with pytest.raises(Refused, match="tolerance"):
            read_rules("sources.yaml, table x", {"tolerance": nonsense})
    with pytest.raises(Refused, match="two classifications"):
        read_rules("sources.yaml, table x", {"classifications": [{"parts": ["a", "b"]}, {"parts": ["b"]}]})
    with pytest.raises(Refused, match="among"):
        read_rules("sources.yaml, table x", {"classifications": [{"parts": ["a"], "among": ["c"]}]})
    with pytest.raises(Refused, match="numerator_min"):
        shapes.check("sources.yaml", {"numerator_min": "five"}, shapes.DISCLOSURE)


def test_the_strictest_rule_counts() -> None:
    rules = rules_of(["raks_cells", "raks_synthetic"])
    assert (rules.numerator_min, rules.complement_min, rules.denominator_min) == (5, 5, 10)
    assert rules.classifications


def test_tables_that_form_a_ring_are_not_looked_at_together() -> None:
    def edges(*words: str) -> list[frozenset[str]]:
        return [frozenset(word.split()) for word in words]

    assert acyclic(edges("a c", "b c", "a b c"))
    assert acyclic(edges("a b", "b c", "c d"))
    assert not acyclic(edges("a b", "b c", "a c"))
    found = {(d, 0): True for d in ("", "age", "birth", "school", "age+birth", "age+school", "birth+school")}
    kept, left = choose(found, RULES.classifications, ["age+birth", "birth+school", "age+school"])
    assert left == [("age+school", 0)]
    assert ("birth+school", 0) in kept


def test_no_path_leads_past_protection(office: Office, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lineage of every mart, read from the SQL itself."""
    secret = ["raks_cells", "raks_flows", "raks_synthetic"]
    auditing.demand_lineage(secret)
    models = auditing.models.read_models()
    mart = models["mart.coverage"]
    leaking = {**models, "mart.coverage": replace(mart, reads=mart.reads | {"core.raks_cell"})}
    monkeypatch.setattr(auditing.models, "read_models", lambda: leaking)
    with pytest.raises(Refused, match="not been protected"):
        auditing.demand_lineage(secret)
