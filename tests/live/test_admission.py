"""What may land, and what an arriving table does to the landings there are: nothing is lost, nothing stands twice."""

import copy
import re
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.errors import Refused
from pipelines.formats.tidy import PERIOD
from pipelines.landing import zone
from pipelines.live import services as live
from pipelines.live.admission import Admitted, Known, Older, admit
from pipelines.protocols import spec
from pipelines.protocols.shape import _KINDS
from schemas.registry import source_contract

SOURCES = entries.sources()
KNOWN = Known.of(*(zone.read(zone.current(SOURCES[name])) for name in ("areas", "code_map", "missing_symbols")))
POPULATION = ("municipality", "age", "sex_label", "year", "value", "status")
KOLADA = ("kpi", "municipality", "year", "gender", "value", "status")


def table(source: str, columns: tuple[str, ...], *rows: tuple[Any, ...]) -> pa.Table:
    contract = source_contract(source, SOURCES[source].contract)
    return pa.table(
        {name: pa.array([row[n] for row in rows], contract.column(name).type) for n, name in enumerate(columns)}
    )


def enter(source: str, arriving: pa.Table, *older: Older) -> Admitted:
    return admit(SOURCES[source], source_contract(source, SOURCES[source].contract), arriving, older, KNOWN)


def whole(admitted: Admitted) -> pa.Table:
    """All rows that land, ordered by key."""
    tables = [admitted.arrived, *(each.table for each in admitted.older)]
    names = [name for name in admitted.arrived.column_names if name not in ("value", "status")]
    return pa.concat_tables(tables).sort_by([(name, "ascending") for name in names])


def kolada(*rows: tuple[Any, ...]) -> pa.Table:
    return table("kolada_values", KOLADA, *rows)


def test_the_arriving_cell_counts_and_what_only_the_older_has_stays() -> None:
    snapshot = kolada(
        ("N00923", "0583", 2021, "M", 80.0, None),
        ("N00923", "0583", 2022, "M", 81.0, None),
        ("N00925", "0580", 2022, "K", 84.0, None),
        ("N00712", "0583", 2019, "T", 5.0, None),  # a key figure the service has withdrawn
    )
    arriving = kolada(
        ("N00923", "0583", 2023, "M", 82.0, None),  # new
        ("N00923", "0583", 2022, "M", 81.5, None),  # revised
        ("N00925", "0580", 2022, "K", None, "Missing"),  # withdrawn: the older number must not come back
    )
    admitted = enter("kolada_values", arriving, Older("snapshot", "2024-08-30", snapshot))
    assert [tuple(row.values()) for row in whole(admitted).to_pylist()] == [
        ("N00712", "0583", 2019, "T", 5.0, None),
        ("N00923", "0583", 2021, "M", 80.0, None),
        ("N00923", "0583", 2022, "M", 81.5, None),
        ("N00923", "0583", 2023, "M", 82.0, None),
        ("N00925", "0580", 2022, "K", None, "Missing"),
    ]
    assert admitted.said() == "2 cells that only the snapshot of 2024-08-30 has were kept (year 2019 to 2021)"


def test_a_deleted_figure_takes_the_older_number_away_and_stays_away() -> None:
    key = ("N00923", "0583", 2022, "M")
    snapshot = Older("snapshot", "2024-08-30", kolada((*key, 81.0, None)))
    admitted = enter("kolada_values", kolada((*key, None, "isdeleted")), snapshot)
    assert [tuple(row.values()) for row in whole(admitted).to_pylist()] == [(*key, None, "isdeleted")]
    # The next fetch hears nothing of it: the service tells of a deletion only since the day it is asked about.
    live = Older("live", "2026-01-05T04:00:00+00:00", whole(admitted))
    later = enter("kolada_values", kolada(("N00923", "0583", 2023, "M", 82.0, None)), snapshot, live)
    assert [row["status"] for row in whole(later).to_pylist()] == ["isdeleted", None]


def test_of_two_older_landings_the_newer_one_fills_first() -> None:
    snapshot = kolada(("N00923", "0583", 2020, "M", 1.0, None), ("N00923", "0583", 2021, "M", 2.0, None))
    before = kolada(("N00923", "0583", 2021, "M", 3.0, None))
    arriving = kolada(("N00923", "0583", 2022, "M", 4.0, None))
    older = (Older("snapshot", "", snapshot), Older("live", "2026-01-05T04:00:00+00:00", before))
    admitted = enter("kolada_values", arriving, *older)
    assert whole(admitted)["value"].to_pylist() == [1.0, 3.0, 4.0]
    assert [each["rows"] for each in admitted.kept] == [1, 1]
    assert "the live of 2026-01-05" in admitted.said()
    assert "the snapshot of unknown date" in admitted.said()
    # each keeps the day it came, whatever order they are handed over in
    assert [(each.kind, each.retrieved[:10], each.table["year"].to_pylist()) for each in admitted.older] == [
        ("live", "2026-01-05", [2021]),
        ("snapshot", "", [2020]),
    ]
    assert enter("kolada_values", arriving, *reversed(older)).kept == admitted.kept


def test_kept_rows_carry_the_day_they_were_retrieved_through_every_later_fetch(data: Path) -> None:
    source = SOURCES["kolada_values"]
    cells = [(("N00923", "0583", year, "M"), float(year)) for year in (2020, 2021, 2022, 2023)]

    def land(day: str, years: list[int], *older: Older) -> None:
        admitted = enter("kolada_values", kolada(*((*c, v, None) for c, v in cells if c[2] in years)), *older)
        kept = {f"kept-{n}": each for n, each in enumerate(admitted.older)}
        parts = {"live": admitted.arrived} | {name: each.table for name, each in kept.items()}
        origins = {name: (each.kind, each.retrieved) for name, each in kept.items()}
        zone.write(source, parts, day, settings.landing(), {}, origins)

    land(
        "2026-03-01T04:00:00+00:00", [2021, 2022], Older("snapshot", "2024-08-30", kolada((*cells[0][0], 2020.0, None)))
    )
    land("2026-06-01T04:00:00+00:00", [2022, 2023], *(Older(*each) for each in _stages()))
    found = {(kind, day[:10]): rows["year"].to_pylist() for kind, day, rows in _stages()}
    assert found == {
        ("live", "2026-06-01"): [2022, 2023],
        ("live", "2026-03-01"): [2021],
        ("snapshot", "2024-08-30"): [2020],
    }
    (row,) = [r for r in zone.landed({"kolada_values": source}).to_pylist() if r["landing"] == "live"]
    assert (row["retrieved"], row["rows"], row["rows_older"], row["oldest_retrieved"]) == (
        "2026-06-01",
        4,
        2,
        "2024-08-30",
    )


def _stages() -> list[tuple[str, str, pa.Table]]:
    (live_one,) = [each for each in zone.standing(SOURCES["kolada_values"]) if each.kind == "live"]
    return zone.by_origin(live_one)


def test_cells_are_the_same_when_their_codes_are_however_the_publisher_spells_them() -> None:
    """The snapshot of the election month says men, the service män: one cell, not two."""
    name = "scb_population_election_month"
    old = table(name, POPULATION, ("0583", 40, "men", 2018, 250.0, None), ("0583", 40, "men", 2022, 251.0, None))
    new = table(name, POPULATION, ("0583", 40, "män", 2022, 252.0, None))
    admitted = enter(name, new, Older("snapshot", "", old))
    assert [(r["sex_label"], r["year"], r["value"]) for r in whole(admitted).to_pylist()] == [
        ("men", 2018, 250.0),
        ("män", 2022, 252.0),
    ]


def test_a_number_beside_a_symbol_of_secrecy_is_not_taken_in() -> None:
    arriving = kolada(("N00923", "0583", 2022, "M", 3.0, "Private"), ("N00923", "0583", 2022, "K", 9.0, "Missing"))
    found = {row["gender"]: row["value"] for row in whole(enter("kolada_values", arriving)).to_pylist()}
    assert found == {"M": None, "K": 9.0}


GOOD = ("N00923", "0583", 2022, "M", 80.0, None)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"kpi": "X1"}, "row 2"),
        ({"municipality": "9999"}, "'9999' is not an area"),
        ({"municipality": "583"}, "'583' is not an area"),
        ({"year": 20222}, "row 2"),
        ({"gender": "X"}, "'X' is not translated in data/reference/code_map.csv"),
        ({"value": None, "status": "Secret?"}, "'Secret?' is not in data/reference/missing_symbols.csv"),
        ({"value": None, "status": None}, "neither number nor symbol"),
        ({"year": 2022}, "stands 2 times"),
    ],
)
def test_what_a_run_would_refuse_does_not_land(changed: dict[str, Any], said: str) -> None:
    row = dict(zip(KOLADA, GOOD, strict=True)) | {"year": 2021} | changed
    with pytest.raises(Refused, match="kolada_values") as fault:
        enter("kolada_values", kolada(GOOD, tuple(row.values())))
    assert said in str(fault.value)


def test_columns_too_many_too_few_or_of_another_kind_do_not_land() -> None:
    whole = kolada(GOOD)
    with pytest.raises(Refused, match="lacks the column gender"):
        enter("kolada_values", whole.drop_columns(["gender"]))
    with pytest.raises(Refused, match="has the column note"):
        enter("kolada_values", whole.append_column("note", pa.array(["x"])))
    place = whole.column_names.index("year")
    with pytest.raises(Refused, match="column year"):
        enter("kolada_values", whole.set_column(place, "year", pa.array(["twenty"])))


@pytest.mark.parametrize("name", [t.id for t in live.tables().values() if t.query != "probe"])
def test_every_live_table_is_shaped_as_the_contract_it_lands_under(name: str) -> None:
    """What `maps` and `pivot` make of an answer has the columns of the contract, before any service is asked."""
    entry = live.tables()[name]
    source = SOURCES[live.lands_as(entry)]
    contract = source_contract(source.id, source.contract)
    made = {target.partition(":")[0] for target in entry.maps.values()} | {"value", "status"}
    pivoted = entry.options.get("pivot", {}).get("columns", {}).values()
    made |= set(pivoted) | {f"{column}_status" for column in pivoted if column != "value"}
    assert made == {column.name for column in contract.fields}
    assert {target.partition(":")[2] for target in entry.maps.values()} <= {"", *_KINDS}
    for target in entry.maps.values():
        column, _, kind = target.partition(":")
        wanted = {"int": "int32", "year": "int32"}.get(kind, "string")
        assert str(contract.column(column).type) == wanted
    if source.origin in KNOWN.symbols:
        assert "null_status" in entry.options
        assert entry.options["null_status"] in KNOWN.symbols[source.origin]


def test_every_live_table_that_lands_renews_a_described_table_and_the_others_name_none() -> None:
    found = live.tables()
    assert {live.lands_as(t) for t in found.values() if not t.probe_only} == {
        "kolada_values",
        "scb_population",
        "scb_population_month",
        "scb_population_election_month",
        "fohm_hlv_mental_health_region",
    }
    assert all(not t.snapshot for t in found.values() if t.probe_only)
    bare = {name for name, source in SOURCES.items() if not source.snapshot}
    assert bare == {live.lands_as(t) for t in found.values() if t.query != "probe" and not t.snapshot}


WRONG: dict[str, tuple[Any, str]] = {
    "no service of that name": (lambda e: e.update(service="scbb"), "no service 'scbb'"),
    "a key misspelt": (lambda e: e.update(cadance="weekly"), "the key 'cadance' is unknown"),
    "a key missing": (lambda e: e.pop("title_sv"), "the key 'title_sv' is missing"),
    "a cadence nobody knows": (lambda e: e.update(cadence="often"), "cadence 'often'"),
    "confidentiality unknown": (lambda e: e.update(confidentiality="open"), "confidentiality is none of"),
    "public here, secret there": (lambda e: e.update(confidentiality="secret"), "let them say the same"),
    "cells in words": (lambda e: e.update(expected_cells="many"), "expected_cells is 'many' but must be a number"),
    "cells yes": (lambda e: e.update(expected_cells=True), "expected_cells is True"),
    "maps a list": (lambda e: e.update(maps=["Region"]), "maps is ['Region'] but must be a mapping"),
    "maps to a number": (lambda e: e["maps"].update(Region=1), "'maps' must be a text for each text"),
    "expect a text": (lambda e: e.update(expect="all"), "expect is 'all' but must be a mapping"),
    "expect misspelt": (lambda e: e["expect"].update(lables={}), "the key 'lables' is unknown"),
    "query a number": (lambda e: e.update(query=7), "neither a mapping of variables nor 'probe'"),
    "verified without a query": (lambda e: e.update(query="probe"), "a verified table needs its query"),
    "verified in words": (lambda e: e.update(verified="yes"), "'verified' must be true or false"),
    "renews what is not there": (lambda e: e.update(snapshot="scb_folk"), "lands as scb_folk"),
    "renews a reference file": (lambda e: e.update(snapshot="areas"), "lands as areas"),
    "fallback misspelt": (lambda e: e["fallback"].update(tabel="x"), "the key 'tabel' is unknown"),
    "options a text": (lambda e: e.update(options="none"), "options is 'none' but must be a mapping"),
    "table a number": (lambda e: e.update(table=638), "table is 638 but must be a text"),
}


@pytest.mark.parametrize("case", WRONG)
def test_a_wrong_entry_is_one_sentence_that_names_it(case: str, monkeypatch: pytest.MonkeyPatch) -> None:
    change, said = WRONG[case]
    content = copy.deepcopy(dict(entries.load("live_sources.yaml")))
    change(content["tables"]["scb_population"])
    sentence = _refused(content, monkeypatch)
    assert sentence.startswith("data/catalogue/live_sources.yaml, table scb_population")
    assert said in sentence


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda c: c["services"]["scb"].update(protocol="soap"), "protocol 'soap'"),
        (lambda c: c["services"]["scb"].update(url="statistikdatabasen"), "url is 'statistikdatabasen'"),
        (lambda c: c["services"]["scb"].update(override="SCB"), "override 'SCB'"),
        (lambda c: c["services"]["scb"].update(calls="few"), "calls is 'few'"),
        (lambda c: c.update(services=[]), "'services' is not a mapping"),
        (lambda c: c.update(tables=None), "'tables' is not a mapping"),
        (lambda c: c.pop("tables"), "must hold 'services' and 'tables'"),
        (lambda c: c["tables"].update({"../x": c["tables"]["scb_population"]}), "lower-case letters"),
        (lambda c: c["tables"].update(scb_population=["x"]), "is not a mapping of keys"),
    ],
)
def test_a_wrong_service_or_a_wrong_file_is_one_sentence(
    change: Any, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = copy.deepcopy(dict(entries.load("live_sources.yaml")))
    change(content)
    assert said in _refused(content, monkeypatch)


@pytest.mark.parametrize(
    "address",
    [
        "localhost:80", "ftp://127.0.0.1/x", "file:///etc/passwd", "http://", "http://127.0.0.1:99999/x",
        "http://127.0.0.1:many/x", "http://127.0.0.1:-1/x", "http://[::1", "http://two words/x", "http://a/x\nHost: b",
        "http://a/x#part", "http://a:0/x",
    ],
)  # fmt: skip
def test_a_wrong_address_in_the_environment_is_told_by_its_name(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAMLIK_SCB_URL", address)
    with pytest.raises(Refused, match=f"JAMLIK_SCB_URL is {re.escape(repr(address))}, which is no http address"):
        live.tables()


def test_a_wrong_address_is_told_without_its_password_and_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JAMLIK_SCB_URL", "http://me:hemligt@127.0.0.1/x?key=hemligt")
    with pytest.raises(Refused, match=r"JAMLIK_SCB_URL is 'http://127.0.0.1/x', which") as fault:
        live.tables()
    assert "hemligt" not in str(fault.value)


def _refused(content: Any, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(entries, "load", lambda name, real=entries.load: content if "live" in name else real(name))
    with pytest.raises(Refused) as fault:
        live.tables()
    sentence = str(fault.value)
    assert sentence.endswith(".")
    assert "\n" not in sentence
    return sentence


def test_periods_as_the_contract_writes_them() -> None:
    entry = live.tables()["scb_population_month"]
    column = pa.chunked_array([["2018M09", "2022M09"]])
    assert _KINDS["year"](entry, "Tid", column).to_pylist() == [2018, 2022]
    assert _KINDS["month"](entry, "Tid", column).to_pylist() == ["2018-09", "2022-09"]
    for kind in ("year", "month"):
        with pytest.raises(Refused, match="'2018K3'"):
            _KINDS[kind](entry, "Tid", pa.chunked_array([["2018K3"]]))
    assert PERIOD.fullmatch("2018M09")


FIXTURES = settings.REPOSITORY.parent / "shared" / "fixtures" / "scb_v2"


@pytest.mark.skipif(not FIXTURES.is_dir(), reason="the recorded replies are kept apart from the repository")
def test_the_labels_of_a_recorded_reply_are_translated() -> None:
    """SCB's own spelling, in a reply it gave (of more ages than the catalogue asks for)."""
    from pipelines.formats import jsonstat

    ((_, tidy),) = jsonstat.parse((FIXTURES / "TAB6471_data.json").read_bytes())
    labels = tidy.variable("Kon").labels
    assert len(labels) >= 2
    assert set(labels) <= set(KNOWN.labels["scb", "sex"])


def test_a_fetch_is_recorded_and_a_broken_record_is_one_sentence(data: Path) -> None:
    assert zone.fetched() == {}
    zone.note_fetched({"kolada_values": {"at": "2026-11-21T04:00:00+00:00", "state": "landed", "good": True}})
    zone.note_fetched({"scb_population": {"at": "2026-11-21T04:00:00+00:00", "state": "rejected", "good": False}})
    assert set(zone.fetched()) == {"kolada_values", "scb_population"}
    (data / "landing" / "fetched.json").write_text("{")
    with pytest.raises(Refused, match=r"fetched\.json cannot be read"):
        zone.fetched()


def test_the_live_file_parses_as_its_protocols_expect() -> None:
    assert len(spec.load(settings.CATALOGUE / "live_sources.yaml")) == len(live.tables()) > 50
