"""All five protocols at once, from `jamlik fetch` to a release, by the command line in a process of its own.

Three of them are in the catalogue of the small house; for the others it is given what a new source costs: a module of
one line, an entry each in the two catalogues, a contract, the words for their symbols and sexes.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.fixtures import live_house
from tests.fixtures.local_server import Services, others
from tests.fixtures.local_server.catalogue import TABLES
from tests.fixtures.small_house import Latest, SmallHouse, dump
from tests.live.test_live import OFFLINE

pytest_plugins = ["tests.fixtures.small_fixtures"]

CALL = "import sys; sys.path.insert(0, sys.argv.pop(1)); from pipelines.cli import main; main()"
DEATHS, SICK = "sos_deaths", "fk_sick_leave"
CONTRACTS = """
    Table(
        "deaths_by_cause",
        "Deaths by cause",
        (_region, Field("cause", STRING, "Cause"), _sex_label, f.year, *_cell),
        key=("region", "cause", "sex_label", "year"),
    ),
    Table(
        "sick_leave",
        "Sick leave",
        (
            Field("place", STRING, "Municipality_county"),
            Field("sex", STRING, "ALL, K or M"),
            Field("measure", STRING, "What is counted"),
            f.year,
            *_cell,
        ),
        key=("place", "sex", "measure", "year"),
    ),
    Table(
        "survey_share",
"""
SERVICES = {"pxwebapi2", "pxweb1", "kolada3", "socialstyrelsen1", "forsakringskassan1"}
LANDS = {
    "kolada_values": "kolada3",
    "scb_population": "pxwebapi2",
    "scb_population_month": "pxwebapi2",
    "fohm_hlv_mental_health_region": "pxweb1",
    DEATHS: "socialstyrelsen1",
    SICK: "forsakringskassan1",
}


def extend(house: SmallHouse) -> None:
    """Gives the house the two sources that it does not have."""
    live_house.furnish(house)
    house.edit("schemas/sources.py", '\n    Table(\n        "survey_share",\n', CONTRACTS)
    for name in ("socialstyrelsen", "forsakringskassan"):
        call = f'tables = source_tables("{name}")'
        module = f'"""Of the tests."""\n\nfrom pipelines.warehouse.tables import source_tables\n\n{call}\n'
        (house.path / "assets" / f"{name}.py").write_text(module, encoding="utf-8")
    folder = house.data / "catalogue"
    entries = yaml.safe_load((folder / "live_sources.yaml").read_text("utf-8"))
    maps = {
        DEATHS: ("deaths", {"region": "region", "diagnos": "cause", "kon_label": "sex_label", "ar": "year:int"}),
        SICK: ("sick_leave", {"kommun_kod": "place", "kon_kod": "sex", "measure": "measure", "ar": "year:int"}),
    }
    sources = yaml.safe_load((folder / "sources.yaml").read_text("utf-8"))
    for name, (entry, columns) in maps.items():
        entries["tables"][name] = TABLES[entry] | {"maps": columns}
        described = dict(sources["tables"]["fohm_hlv_mental_health_region"])
        contract = "deaths_by_cause" if name == DEATHS else "sick_leave"
        sources["tables"][name] = described | {"origin": TABLES[entry]["service"], "contract": contract}
    dump(folder / "live_sources.yaml", entries)
    dump(folder / "sources.yaml", sources)
    for file, lines in {
        "code_map.csv": "".join(
            f"socialstyrelsen,sex,{label},{code}\n"
            for label, code in (("Män", "men"), ("Kvinnor", "women"), ("Båda könen", "total"))
        ),
        "missing_symbols.csv": "socialstyrelsen,X,suppressed,secrecy_at_source,Dold\n"
        "forsakringskassan,rojd,suppressed,secrecy_at_source,Röjd\n",
    }.items():
        path = house.data / "reference" / file
        path.write_text(path.read_text("utf-8").rstrip("\n") + "\n" + lines, encoding="utf-8")


def jamlik(house: SmallHouse, *words: str, **environment: str) -> subprocess.CompletedProcess[str]:
    known = {name: text for name, text in os.environ.items() if not name.startswith(("JAMLIK_", "DAGSTER_", "PYTHON"))}
    return subprocess.run(
        [sys.executable, "-P", "-c", CALL, str(house.path), *words],
        cwd=house.path, env=known | environment, capture_output=True, text=True, check=False, timeout=600,
    )  # fmt: skip


def test_five_protocols_from_fetch_to_a_release(small: SmallHouse, monkeypatch: pytest.MonkeyPatch) -> None:
    house = small
    extend(house)
    before = Latest.of(house.published)
    with Services() as services:
        here = OFFLINE | live_house.serve(services, monkeypatch)
        here |= {f"JAMLIK_{name.upper()}_URL": services.url(name) for name in ("socialstyrelsen", "forsakringskassan")}
        fetched = jamlik(house, "fetch", **here)
        assert fetched.returncode == 0, fetched.stderr
        told = {line.split(":")[0]: line for line in fetched.stderr.splitlines()}
        assert {name for name in LANDS if ": landed" in told.get(name, "")} == set(LANDS), fetched.stderr
        calls = len(services.log)
        again = jamlik(house, "fetch", **here)
        assert again.returncode == 0, again.stderr
        assert again.stderr.count(": unchanged") == len(LANDS), again.stderr
        assert len(services.log) > calls
        asked = len(services.log)
        ran = jamlik(house, "run", **here)
        assert ran.returncode == 0, ran.stderr
        assert len(services.log) == asked  # a run never asks anybody

    # the archive: a manifest per fetch, whose replies are all there; what is landed is locked by their hashes
    raw = house.data / "raw"
    manifests = [json.loads(path.read_text("utf-8")) for path in sorted((raw / "manifests").glob("*.json"))]
    assert len(manifests) in (1, 2)  # two within one second are one
    locked = json.loads((raw / "sources.lock").read_text("utf-8"))
    assert set(locked) == set(LANDS)
    for entry in locked.values():
        assert entry["sha256"]
        for sha256 in entry["sha256"]:
            assert (raw / "objects" / sha256[:2] / sha256).is_file()

    # the release: every table of the five stands on what came today
    assert Latest.of(house.published) != before
    with duckdb.connect(str(house.published / "latest" / "jamlik.duckdb"), read_only=True) as release:
        rows = release.execute("select table_id, landing, freshness, rows from source_table").fetchall()
    stands = {name: (landing, fresh) for name, landing, fresh, _ in rows}
    assert {name: stands[name] for name in LANDS} == dict.fromkeys(LANDS, ("live", "fresh"))
    counted = {name: count for name, *_, count in rows}
    assert counted[DEATHS] == 2 * 2 * 3 * 2  # causes, regions, sexes, years
    assert counted[SICK] == 2 * 3 * 2 * 2  # years, sexes, places, measures

    # and what landed is what the services have, symbols and all
    deaths = landed(house, DEATHS)
    for cause in others.DEATHS["diagnos"]:
        for region in others.DEATHS["region"]:
            for sex in others.DEATHS["kon"]:
                said = others._death(cause["id"], region["id"], sex["id"], 2022)
                want = (None, "X") if said == "X" else (float(said.replace("\u00a0", "").replace(",", ".")), None)
                label = {1: "Män", 2: "Kvinnor", 3: "Båda könen"}[sex["id"]]
                assert deaths[region["kod"], cause["id"], label, 2022] == want
    assert any(status == "X" for _, status in deaths.values())
    sick = landed(house, SICK)
    assert {key[0] for key, (value, status) in sick.items() if value is None and status == "rojd"} == {"0512_05"}


def landed(house: SmallHouse, table: str) -> dict[tuple[object, ...], tuple[float | None, str | None]]:
    found = duckdb.sql(f"select * from '{Path(house.data)}/landing/{table}/*.parquet'")
    keys = [name for name in found.columns if name not in ("value", "status")]
    rows = found.project(", ".join([*keys, "value", "status"])).fetchall()
    return {row[:-2]: row[-2:] for row in rows}
