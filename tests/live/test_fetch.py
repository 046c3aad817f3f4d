"""The whole live path against the local server: raw, checked, landed; and what stays when something fails."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.errors import Refused, Unavailable
from pipelines.live.archive import Archive, without_contacts
from pipelines.live.fetch import Fetch
from pipelines.live.watch import Watch
from pipelines.protocols import spec
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import QUICK, SERVICES, TABLES, Landing, fetch
from tests.fixtures.local_server.server import Answer
from tests.fixtures.patience import ends_soon

ALL = [t for t in TABLES if t != "unseen"]


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


def states(report: object) -> dict[str, str]:
    return {o.table: o.state for o in report.outcomes}  # type: ignore[attr-defined]


def test_every_protocol_lands_and_a_second_fetch_finds_nothing_new(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    report = fetch(services, tmp_path, landing)
    assert states(report) == dict.fromkeys(ALL, "landed")
    assert report.failed == ()
    # region x sex x contents x the last six years of eleven
    assert landing.tables["population"].num_rows == 10 * 2 * 1 * 6
    assert landing.tables["counties"].num_rows == 2 * 6
    assert landing.tables["farms"].num_rows == 1
    # regions x sexes x windows; the three interval categories have become columns
    assert landing.tables["survey"].num_rows == 3 * 3 * 4
    assert {"value", "ci_lower", "ci_upper"} <= set(landing.tables["survey"].column_names)
    before = len(services.log)
    again = fetch(services, tmp_path, landing)
    assert states(again) == dict.fromkeys(ALL, "unchanged")
    posts = [c for c in services.log[before:] if c.method == "POST" and c.path.startswith("/scb")]
    assert posts == []  # `updated` was enough: not one cell was asked for again


def test_what_lands_is_what_the_service_has_however_it_was_split(services: Services, tmp_path: Path) -> None:
    whole = Landing()
    services.max_cells = 100_000
    fetch(services, tmp_path / "a", whole, ["population"])
    one_post = sum(p.startswith("POST") for p in services.paths())
    split = Landing()
    services.max_cells = 7
    services.log.clear()
    fetch(services, tmp_path / "b", split, ["population"])
    assert one_post == 1
    assert sum(p.startswith("POST") for p in services.paths()) >= 120 / 7
    key = ["Region", "Kon", "Tid"]
    columns = [*key, "Region_label", "value", "status"]
    a, b = (sorted(t.tables["population"].select(columns).to_pylist(), key=lambda r: [r[k] for k in key])
            for t in (whole, split))  # fmt: skip
    assert a == b
    for row in a:
        codes = (row["Region"], row["Kon"], "PROV1", row["Tid"])
        assert (row["value"], row["status"]) == services.tables["TAB001"].cell(codes)


def test_a_cap_lower_than_announced_halves_the_question(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    services.max_cells = 40
    services.mutations.append(
        lambda c, b: b.replace(b'"maxDataCells": 40', b'"maxDataCells": 90') if c.path.endswith("/config") else b
    )
    assert states(fetch(services, tmp_path, landing, ["population"])) == {"population": "landed"}
    assert landing.tables["population"].num_rows == 120


def test_a_revision_is_fetched_and_only_that(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    fetch(services, tmp_path, landing)
    revised = replace(services.tables["TAB001"], updated="2026-02-15T07:00:00Z", shift=3)
    services.tables["TAB001"] = revised
    services.kolada_changed = [{"kpi": "N00010", "municipality": "0580", "period": 2024, "values": []}]
    found = states(fetch(services, tmp_path, landing))
    assert {t for t, s in found.items() if s == "landed"} == {"population"}
    # a change in Kolada that leaves the bytes as they were is looked at and found to be none
    assert {t for t, s in found.items() if s == "unchanged"} == set(ALL) - {"population"}
    row = landing.tables["population"].slice(0, 1).to_pylist()[0]
    assert row["value"] == revised.cell((row["Region"], row["Kon"], "PROV1", row["Tid"]))[0]


def test_a_landing_that_is_gone_is_fetched_again_though_nothing_moved(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    fetch(services, tmp_path, landing, ["population"])
    del landing.tables["population"]
    assert states(fetch(services, tmp_path, landing, ["population"])) == {"population": "landed"}


def test_another_query_is_another_landing(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    fetch(services, tmp_path, landing, ["population"])
    wider = TABLES["population"] | {"query": TABLES["population"]["query"] | {"Tid": "*"}}
    found = fetch(services, tmp_path, landing, ["population"], changed={"population": wider})
    assert states(found) == {"population": "landed"}
    assert landing.tables["population"].num_rows == 10 * 2 * 11


def test_a_query_that_grew_far_beyond_what_is_expected_is_not_asked(services: Services, tmp_path: Path) -> None:
    small = {i: TABLES[i] | {"expected_cells": 2} for i in ("population", "survey")}
    report = fetch(services, tmp_path, Landing(), list(small), changed=small)
    assert set(states(report).values()) == {"quarantined"}
    assert "selects 120 cells where about 2 are expected" in report.outcomes[0].reason
    assert not any(p.startswith("POST") for p in services.paths())


# --- the archive


def test_replies_are_kept_under_their_hash_without_contacts(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    report = fetch(services, tmp_path, landing)
    objects = [p for p in (tmp_path / "objects").rglob("*") if p.is_file()]
    assert len(objects) > 10
    archive = Archive(tmp_path)
    for path in objects:
        body = archive.bytes_of(path.name)  # checks the hash
        assert b"Namnsson" not in body
        assert b"n@prov.se" not in body
        assert not path.stat().st_mode & 0o222
    manifest = json.loads(Path(report.manifest).read_bytes())
    replies = manifest["tables"]["population"]["replies"]
    assert {"method", "url", "sent", "at", "status", "headers", "sha256", "size"} == set(replies[0])
    assert json.loads(replies[-1]["sent"])["selection"][0]["variableCode"] == "Region"
    locked = archive.locked()
    assert set(locked) == set(ALL)
    assert locked["population"]["sha256"] == landing.notes["population"]["sha256"]
    assert all(archive.path(h).exists() for h in locked["population"]["sha256"])


def test_a_changed_or_missing_object_is_refused(services: Services, tmp_path: Path) -> None:
    fetch(services, tmp_path, Landing(), ["farms"])
    archive = Archive(tmp_path)
    name = archive.locked()["farms"]["sha256"][0]
    path = archive.path(name)
    path.chmod(0o644)
    path.write_bytes(b"other")
    with pytest.raises(Refused, match="was changed"):
        archive.bytes_of(name)
    path.unlink()
    with pytest.raises(Refused, match="is not in"):
        archive.bytes_of(name)


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        (b'{"a":1.50,"contact":[{"name":"N","x":["]"]}],"b":2}', b'{"a":1.50,"contact":null,"b":2}'),
        (b'{"contact" : "N \\" N" , "b":2}', b'{"contact" : null , "b":2}'),
        (b'{"b":{"contacts":{"m":"a@b.se"}},"note":"fr\xc3\xa5ga a.b@c.se nu"}',
         b'{"b":{"contacts":null},"note":"fr\xc3\xa5ga [removed] nu"}'),
        (b'{"note":"a \\"contact\\": b"}', b'{"note":"a \\"contact\\": b"}'),
        (b'CHARSET="ANSI";\nCONTACT("x")="N;N"\n"#Tel";\nDATA=1;', b'CHARSET="ANSI";\nDATA=1;'),
        (b"PK\x03\x04 a@b.se", b"PK\x03\x04 a@b.se"),
    ],
)  # fmt: skip
def test_contact_details_are_cut_and_nothing_else(body: bytes, kept: bytes) -> None:
    assert without_contacts(body) == kept


def test_a_table_id_never_becomes_a_path(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="lower-case letters"):
        Archive(tmp_path).quarantine("../../etc/passwd", "x", [])


def test_an_archive_that_cannot_be_written_ends_the_fetch_with_a_sentence(services: Services, tmp_path: Path) -> None:
    (tmp_path / "objects").write_text("a file where a folder should be", encoding="utf-8")
    landing = Landing()
    with pytest.raises(Unavailable, match="was not written"):
        fetch(services, tmp_path, landing, ["farms"])
    assert landing.tables == {}
    (tmp_path / "raw").write_text("a file where a folder should be", encoding="utf-8")
    with pytest.raises(Unavailable, match="cannot be read"):
        fetch(services, tmp_path / "raw", landing, ["farms"])
    assert landing.tables == {}


# --- failures


def test_429_for_ever_on_one_service_and_the_others_land(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    services.faults.append(lambda c: Answer(429, b"") if c.path.startswith("/scb") else None)
    with ends_soon():
        report = fetch(services, tmp_path, landing)
    assert {o.table for o in report.failed} == {"population", "counties"}
    assert all(o.state == "unreachable" and "429" in o.reason for o in report.failed)
    assert set(landing.tables) == set(ALL) - {"population", "counties"}


def test_no_network_ends_quickly_and_says_what_was_tried(tmp_path: Path) -> None:
    content = {"services": SERVICES, "tables": {k: v for k, v in TABLES.items() if k != "unseen"}}
    wanted = list(spec.parse(content, "live", {}).values())  # port 9 of the loopback: nobody there
    landing = Landing()
    with ends_soon():
        report = Fetch(Archive(tmp_path), landing.land, manners=QUICK).run(wanted)
    assert set(states(report).values()) == {"unreachable"}
    assert all(o.tried for o in report.outcomes)
    first, *others = report.outcomes
    assert first.tried == ("http://127.0.0.1:9/nowhere was silent",)
    assert {o.tried for o in others} == {("not tried: 127.0.0.1:9 is silent",)}
    # each names its own address, not the first one's
    assert first.reason.startswith("http://127.0.0.1:9/nowhere/tables/TAB001: its host takes no connections")
    assert {o.reason.split(": ")[0].removeprefix("http://127.0.0.1:9/nowhere/") for o in others} == {
        "tables/TAB002", "B_HLV/prov.px", "JO/prov.px", "data", "dodsorsaker", "sjp/SJPProv.json",
    }  # fmt: skip
    assert landing.tables == {}


def test_an_error_the_service_repeats_from_its_cache_is_asked_again_later(services: Services, tmp_path: Path) -> None:
    services.cached_errors = 3.0
    there, services.tables = services.tables, {}
    landing = Landing()
    first = fetch(services, tmp_path, landing, ["counties"])
    assert states(first) == {"counties": "rejected"}
    services.tables = there  # the fault is over, but the cache goes on answering with it
    second = fetch(services, tmp_path, landing, ["counties"])
    assert states(second) == {"counties": "rejected"}  # too soon: the cached 404
    third = fetch(services, tmp_path, landing, ["counties"], second_tier=3.2)
    assert states(third) == {"counties": "landed"}
    assert third.outcomes[0].tried


def test_a_fallback_is_used_when_the_first_service_is_gone(services: Services, tmp_path: Path) -> None:
    second = {"service": "fohm", "table": "JO/prov.px", "query": {"Län": "*", "År": "*"}, "expect": {}}
    entry = TABLES["population"] | {"fallback": second}
    services.faults.append(lambda c: Answer(410, b"Gone") if c.path.startswith("/scb") else None)
    landing = Landing()
    report = fetch(services, tmp_path, landing, ["population"], changed={"population": entry})
    assert states(report) == {"population": "landed"}
    assert "answered 410" in report.outcomes[0].tried[0]
    assert landing.notes["population"]["service"] == "fohm"


def test_a_landing_that_refuses_is_quarantined_and_the_last_one_stays(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    fetch(services, tmp_path, landing)
    before = dict(landing.tables)
    landing.refuse = {"survey"}
    survey = services.v1["B_HLV/prov.px"]
    services.v1["B_HLV/prov.px"] = replace(survey, shift=1)
    report = fetch(services, tmp_path, landing)
    assert [o.table for o in report.failed] == ["survey"]
    assert landing.tables["survey"] is before["survey"]
    said = json.loads((tmp_path / "quarantine" / "survey.json").read_bytes())
    assert said["reason"].endswith(": survey does not fit its contract")
    assert said["replies"]
    landing.refuse = set()
    fetch(services, tmp_path, landing)
    assert not (tmp_path / "quarantine" / "survey.json").exists()


PROGRAM = """
import sys, pickle
from pathlib import Path
import pyarrow.parquet as pq
sys.path.insert(0, {root!r})
from pipelines.live.archive import Archive
from pipelines.live.fetch import Fetch
from pipelines.protocols import spec
from tests.fixtures.local_server.catalogue import QUICK, SERVICES, TABLES
addresses = {addresses!r}
content = {{"services": SERVICES, "tables": {{"population": TABLES["population"]}}}}
folder = Path({folder!r})

def land(table, content, notes):
    beside = folder / ".population.parquet"
    pq.write_table(content, beside)
    beside.replace(folder / "population.parquet")

found = Fetch(Archive(folder / "raw"), land, manners=QUICK, second_tier=None,
              is_landed=lambda s: (folder / "population.parquet").exists())
print(found.run(list(spec.parse(content, "live", addresses).values())).lines()[0], flush=True)
"""


def test_a_kill_during_a_fetch_leaves_nothing_half_and_the_next_fetch_needs_no_hand(
    services: Services, tmp_path: Path
) -> None:
    services.max_cells = 6  # twenty calls and more
    services.delay = 0.05
    addresses = {"JAMLIK_SCB_URL": services.url("scb")}
    root = str(Path(__file__).parents[2])
    program = PROGRAM.format(root=root, addresses=addresses, folder=str(tmp_path))
    for calls in (1, 5, 12):
        services.log.clear()
        child = subprocess.Popen([sys.executable, "-c", program], stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 60
        while len(services.log) < calls and time.monotonic() < deadline:
            time.sleep(0.005)
        os.kill(child.pid, signal.SIGKILL)
        child.wait()
        assert len(services.log) >= calls
        assert not (tmp_path / "population.parquet").exists()
        assert Archive(tmp_path / "raw").locked() == {}
    services.delay = 0
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout.startswith("population: landed, 120 rows")
    again = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert again.stdout.startswith("population: unchanged")


def test_an_interrupt_stops_all_hosts_at_their_next_call(services: Services, tmp_path: Path) -> None:
    services.max_cells = 2
    services.delay = 0.2  # the population alone would take 60 calls

    class Interrupted(Landing):
        def land(self, *_: object) -> None:
            raise KeyboardInterrupt

    # two hosts: the same server by name and by number
    content = {"services": SERVICES, "tables": {k: TABLES[k] for k in ("population", "farms")}}
    addresses = {s["override"]: services.url(n) for n, s in SERVICES.items()}
    addresses["JAMLIK_FOHM_URL"] = services.url("fohm").replace("127.0.0.1", "localhost")
    wanted = list(spec.parse(content, "live", addresses).values())
    with ends_soon(), pytest.raises(KeyboardInterrupt):
        Fetch(Archive(tmp_path), Interrupted().land, manners=QUICK).run(wanted)
    assert sum(c.path.endswith("TAB001/data") for c in services.log) < 30


def test_a_secret_in_an_address_reaches_neither_manifest_nor_provenance_nor_message(
    services: Services, tmp_path: Path
) -> None:
    content = {"services": SERVICES, "tables": {k: TABLES[k] for k in ("population", "farms")}}
    addresses = {s["override"]: services.url(n) for n, s in SERVICES.items()}
    addresses["JAMLIK_SCB_URL"] = services.url("scb").replace("http://", "http://user:hemlig@")
    wanted = list(spec.parse(content, "live", addresses).values())
    landing = Landing()
    services.faults.append(lambda c: Answer(400, b"Bad Request") if c.path.startswith("/fohm") else None)
    report = Fetch(Archive(tmp_path), landing.land, manners=QUICK, second_tier=None).run(wanted)
    assert states(report) == {"population": "landed", "farms": "rejected"}
    said = Path(report.manifest).read_text("utf-8") + repr(report) + repr(landing.notes)
    assert "127.0.0.1" in said
    assert "hemlig" not in said


def test_a_secret_in_the_address_of_a_silent_service_is_not_told(tmp_path: Path) -> None:
    content = {"services": SERVICES, "tables": TABLES}
    addresses = {s["override"]: "http://user:hemlig@127.0.0.1:9/" for s in SERVICES.values()}
    wanted = list(spec.parse(content, "live", addresses).values())
    report = Fetch(Archive(tmp_path), Landing().land, manners=QUICK, second_tier=None).run(wanted)
    seen = Watch(wanted, QUICK).look(wanted[0], {})
    assert "is silent" in repr(report)
    assert "127.0.0.1:9 takes no connections" in seen.said
    assert "hemlig" not in repr(report) + repr(seen)


def test_the_real_catalogues_key_figures_land_in_the_shape_of_their_contract(
    services: Services, tmp_path: Path
) -> None:
    import yaml

    path = Path(__file__).parents[2] / "data" / "catalogue" / "live_sources.yaml"
    entry = yaml.safe_load(path.read_text("utf-8"))["tables"]["kolada_values"]
    figures = {"kpi": sorted(services.kpis), "year": entry["query"]["year"]}
    entry = entry | {"query": figures, "expect": entry["expect"] | {"min_cells": 1000}}
    landing = Landing()
    report = fetch(services, tmp_path, landing, ["kolada_values"], changed={"kolada_values": entry})
    assert states(report) == {"kolada_values": "landed"}
    table = landing.tables["kolada_values"]
    assert {f.name: str(f.type) for f in table.schema} == {
        "kpi": "string", "municipality": "string", "year": "int32", "gender": "string",
        "value": "double", "status": "string",
    }  # fmt: skip
    assert set(table["municipality"].to_pylist()) >= {"0000", "0005", "0580"}
    assert not [m for m in set(table["municipality"].to_pylist()) if m.startswith("G")]
