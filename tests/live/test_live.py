"""From `jamlik fetch` to a release, against the local server: what lands, what stays, what is said."""

import json
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.fixtures import live_house
from tests.fixtures.live_house import IDS, KPI, KPI_YEAR, POPULATION
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.server import Answer
from tests.fixtures.small_house import Latest, SmallHouse, the_sentence
from tests.fixtures.warm_process import Done, WarmPython

pytest_plugins = ["tests.fixtures.small_fixtures"]

NOBODY = "http://127.0.0.1:9/nobody"  # the discard port: nothing listens there
EVERY_SERVICE = (
    "SCB",
    "SCB_V1",
    "FOHM",
    "KOLADA",
    "SOCIALSTYRELSEN",
    "FORSAKRINGSKASSAN",
    "SKOLVERKET",
    "JORDBRUKSVERKET",
)
OFFLINE = {f"JAMLIK_{name}_URL": NOBODY for name in EVERY_SERVICE}


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


@pytest.fixture
def here(services: Services, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    return OFFLINE | live_house.serve(services, monkeypatch) | {"JAMLIK_RETRY_PAUSE": "0.2"}


@pytest.fixture
def house(small: SmallHouse) -> SmallHouse:
    """A small house with a release, whose live catalogue fits the local server."""
    live_house.furnish(small)
    return small


@dataclass(frozen=True)
class Lived:
    """A house after one fetch and the run on it, and what was said."""

    path: Path
    fetched: Done
    before: Latest
    ran: Done


@pytest.fixture(scope="module")
def lived(small_released: Path, warm_python: WarmPython, tmp_path_factory: pytest.TempPathFactory) -> Lived:
    """Made once, since the run makes nearly every table anew. Only to be read or copied."""
    path = tmp_path_factory.mktemp("lived") / "house"
    shutil.copytree(small_released, path, symlinks=True)
    house = SmallHouse(path, warm_python, path.parent / "call")
    live_house.furnish(house)
    with Services() as services, pytest.MonkeyPatch.context() as patch:
        fetched = house.jamlik("fetch", **(OFFLINE | live_house.serve(services, patch)))
    before = Latest.of(house.published)
    return Lived(path, fetched, before, house.jamlik("run", **OFFLINE))  # a run never calls anybody


@pytest.fixture
def after(lived: Lived, warm_python: WarmPython, tmp_path: Path) -> SmallHouse:
    """A copy of that house, to go on from."""
    shutil.copytree(lived.path, tmp_path / "after", symlinks=True)
    return SmallHouse(tmp_path / "after", warm_python, tmp_path / "call")


def lines(told: str) -> dict[str, str]:
    """What was said of each table, by its id."""
    return {line.split(":")[0]: line for line in told.splitlines() if line.split(":")[0] in IDS}


def ask(house: SmallHouse, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(house.published / "latest" / "jamlik.duckdb"), read_only=True) as release:
        return release.execute(query).fetchall()


def landed(house: SmallHouse, table: str, query: str) -> list[tuple[Any, ...]]:
    return duckdb.sql(query.replace("landed", f"'{house.data}/landing/{table}/*.parquet'")).fetchall()


def test_the_whole_live_path_from_fetch_to_a_release(
    lived: Lived, after: SmallHouse, services: Services, here: dict[str, str]
) -> None:
    house, done, ran = after, lived.fetched, lived.ran
    assert done.code == 0, done.err
    said = lines(done.err)
    assert set(said) == set(IDS)
    assert all(": landed" in line for line in said.values()), done.err
    assert "in use: the live" in said["scb_population"]
    assert "newer than the snapshot" in said["scb_population"]
    # The service has 2024 (`top(1)`), the snapshot 2019: 14 municipalities x 101 ages x 2 sexes each, nothing is lost.
    assert "2828 cells that only the snapshot of 2024-08-30 has were kept (year 2019)" in said["scb_population"]
    assert landed(house, "scb_population", "select year, count(*) from landed group by year order by 1") == [
        (2019, 2828),
        (2024, 2828),
    ]
    # What was kept says when it was retrieved itself.
    parts = json.loads((house.data / "landing" / "scb_population" / "provenance.json").read_text())["parts"]
    assert [(part["rows"], part.get("landing"), part.get("retrieved")) for part in parts] == [
        (2828, "snapshot", "2024-08-30"),
        (2828, None, None),
    ]
    want = POPULATION.cell(("0583", "40", "2", "BE0101N1", "2024"))[0]
    cell = "select value from landed where municipality = '0583' and age = 40 and sex_label = 'kvinnor' and year = 2024"
    assert landed(house, "scb_population", cell) == [(want,)]
    assert landed(house, "scb_population_month", "select min(month), max(month), count(*) from landed") == [
        ("2026-07", "2026-09", len(live_house.AREAS) * 3 * 3)
    ]
    assert landed(house, "fohm_hlv_mental_health_region", "select count(*), min(survey_years) from landed") == [
        (2 * 1 * 3 * 2, "2017-2020")
    ]

    assert ran.code == 0, ran.err
    assert Latest.of(house.published) != lived.before
    sources = {
        row[0]: row[1:] for row in ask(house, "select table_id, landing, freshness, retrieved from source_table")
    }
    today = json.loads((house.data / "landing" / "scb_population" / "provenance.json").read_text())["retrieved"][:10]
    assert sources["scb_population"] == ("live", "fresh", today)
    assert sources["kolada_values"] == ("live", "fresh", today)
    kept = "select rows, rows_older, oldest_retrieved from source_table where table_id = 'scb_population'"
    assert ask(house, kept) == [(2 * 2828, 2828, "2024-08-30")]
    assert sources["scb_education"] == ("snapshot", "stale", "2024-08-30")
    assert sources["areas"] == ("reference", None, None)
    # What the service gave is in the release, and what only the snapshot had still is.
    seed = sum(map(ord, KPI + "0583" + KPI_YEAR))
    value = (
        f"select value from indicator_value where indicator_id = 'neet_16_24' and area_code = '0583' and sex = 'women' "
        f"and dimension = 'sex' and period = '{KPI_YEAR}'"
    )
    assert ask(house, value) == [(None if seed % 11 == 0 else float(seed % 100 + 1),)]
    years = "select count(distinct year) from indicator_value where indicator_id = 'neet_16_24' and status = 'observed'"
    assert ask(house, years)[0][0] > 2

    calls = len(services.log)
    again = house.jamlik("fetch", **here)
    assert again.code == 0, again.err
    assert all(": unchanged" in line for line in lines(again.err).values()), again.err
    assert not [c for c in services.log[calls:] if c.method == "POST" and c.path.startswith("/scb")]


def test_a_run_with_no_network_ends_soon_on_the_snapshot_and_says_what_was_tried(small: SmallHouse) -> None:
    began = time.monotonic()
    done = small.jamlik("run", "--live", **OFFLINE)
    assert done.code == 0, done.err
    assert time.monotonic() - began < 60
    said = lines(done.err)
    wanted = {"scb_population_election_month", *IDS}
    told = {line.split(":")[0]: line for line in done.err.splitlines() if ": unreachable: " in line}
    assert set(told) == wanted
    assert set(said) < wanted
    for name, line in told.items():
        assert "(tried: " in line
        assert "in use: the snapshot" in line or "nothing of it is landed" in line, name
    assert f"{NOBODY} was silent" in told["kolada_values"]
    # its fallback was not tried either: the host is the same
    twice = "not tried: 127.0.0.1:9 is silent"
    assert f"{NOBODY}/tables/TAB638: its host takes no connections" in told["scb_population"]
    assert f"(tried: {twice}; {twice})" in told["scb_population"]
    assert f"{NOBODY}/tables/TAB6471: its host" in told["scb_population_month"]
    assert ask(small, "select freshness from source_table where table_id = 'kolada_values'") == [("stale",)]
    assert ask(small, "select landing, freshness, rows from source_table where table_id = 'scb_population_month'") == [
        ("none", None, 0)
    ]


def test_what_fails_keeps_its_landing_and_is_stale_in_the_release(
    after: SmallHouse, services: Services, here: dict[str, str]
) -> None:
    house = after
    parts = {p.name: p.read_bytes() for p in (house.data / "landing" / "kolada_values").iterdir()}
    services.faults.append(lambda c: Answer(403, b"") if "/kolada/" in c.path else None)
    done = house.jamlik("run", "--live", **here)
    assert done.code == 0, done.err
    assert "kolada_values: rejected" in done.err
    assert "answered 403" in lines(done.err)["kolada_values"]
    assert "in use: the live" in lines(done.err)["kolada_values"]
    assert {p.name: p.read_bytes() for p in (house.data / "landing" / "kolada_values").iterdir()} == parts
    state = "select table_id, freshness from source_table where landing = 'live' order by 1"
    assert dict(ask(house, state)) == {
        "fohm_hlv_mental_health_region": "fresh",
        "kolada_values": "stale",
        "scb_population": "fresh",
        "scb_population_month": "fresh",
    }
    assert house.jamlik("fetch", "kolada", **here).code == 1
    services.faults.clear()
    assert house.jamlik("run", "--live", **here).code == 0
    assert dict(ask(house, state))["kolada_values"] == "fresh"


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("kvinnor", "flickor", "'flickor' is not translated in data/reference/code_map.csv"),
        ('".."', '"???"', "the symbol '???' is not in data/reference/missing_symbols.csv"),
    ],
)
def test_a_table_that_a_run_would_refuse_is_quarantined_and_the_others_land(
    house: SmallHouse, services: Services, here: dict[str, str], old: str, new: str, said: str
) -> None:
    content = live_house.entries()
    content["tables"]["scb_population"]["expect"].pop("labels")  # so that the landing's own check meets it
    (house.data / "catalogue" / "live_sources.yaml").write_text(json.dumps(content, ensure_ascii=False))
    services.mutations.append(lambda c, b: b.replace(old.encode(), new.encode()) if "TAB638" in c.path else b)
    done = house.jamlik("fetch", "scb", **here)
    assert done.code == 1, done.err
    assert ": quarantined" in lines(done.err)["scb_population"]
    assert said in lines(done.err)["scb_population"]
    assert "in use: the snapshot of 2024-08-30 (stale)" in lines(done.err)["scb_population"]
    assert ": landed" in lines(done.err)["scb_population_month"]
    assert not (house.data / "landing" / "scb_population").exists()
    assert (house.data / "raw" / "quarantine" / "scb_population.json").is_file()
    ran = house.jamlik("run", **OFFLINE)
    assert ran.code == 0, ran.err
    assert ask(house, "select landing, freshness from source_table where table_id = 'scb_population'") == [
        ("snapshot", "stale")
    ]


def test_a_fetch_killed_on_its_way_leaves_nothing_half_landed(
    house: SmallHouse, services: Services, here: dict[str, str]
) -> None:
    services.delay = 0.4
    call = house.python.start(house.path, "fetch", streams=house.streams, **here)
    until = time.monotonic() + 30
    while not any("/data" in p for p in services.paths()) and time.monotonic() < until:
        time.sleep(0.05)
    subprocess.run(["kill", "-9", str(call.pid)], check=True)
    assert call.wait().code == -9
    folders = [p for p in (house.data / "landing").glob("*") if p.is_dir() and not p.name.startswith(".")]
    for folder in folders:
        assert (folder / "provenance.json").is_file()
    ran = house.jamlik("run", **OFFLINE)
    assert ran.code == 0, ran.err
    services.delay = 0.0
    done = house.jamlik("fetch", **here)
    assert done.code == 0, done.err
    assert not list((house.data / "landing").glob(".*.building"))
    assert landed(house, "scb_population", "select count(*) from landed") == [(2 * 2828,)]


def test_a_landing_that_stepped_aside_when_its_process_was_killed_comes_back(
    house: SmallHouse, here: dict[str, str]
) -> None:
    assert house.jamlik("fetch", "scb_population", **here).code == 0
    landing = house.data / "landing"
    (landing / "scb_population").rename(landing / ".scb_population.old")  # between the two renames of a replacement
    (landing / ".scb_population.building").mkdir()
    done = house.jamlik("fetch", "scb_population", **here)
    assert done.code == 0, done.err
    assert "scb_population: unchanged" in done.err
    assert landed(house, "scb_population", "select count(*) from landed") == [(2 * 2828,)]
    assert [p.name for p in landing.glob(".*")] == []


def test_a_fetch_waits_for_no_run_and_says_who_is_writing(house: SmallHouse, here: dict[str, str]) -> None:
    holder = (
        "import sys; sys.path.insert(0, sys.argv[1])\n"
        "from pipelines.warehouse.lock import WriterLock, writer_folder\n"
        "with WriterLock(writer_folder()):\n"
        "    print('held', flush=True); sys.stdin.read()\n"
    )
    words = [sys.executable, "-P", "-c", holder, str(house.path)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=house.path) as process:
        assert process.stdout
        assert process.stdout.readline() == "held\n"
        before = Latest.of(house.published)
        sentence = house.refused(house.jamlik("fetch", **here), "Another run is writing", before=before)
        assert str(process.pid) in sentence
        process.communicate("")


@pytest.mark.parametrize(
    ("words", "code", "naming"),
    [(("fetch", "skolverkt"), 2, "'skolverkt' is neither a live table nor a service"), (("fetch",), 1, "cadence")],
)
def test_a_wrong_word_and_a_wrong_entry_are_one_sentence(
    house: SmallHouse, here: dict[str, str], words: tuple[str, ...], code: int, naming: str
) -> None:
    if words == ("fetch",):
        house.edit_entry("live_sources.yaml", "tables", "scb_population", lambda e: e.update(cadence="now and then"))
    the_sentence(house.jamlik(*words, **here), naming, code=code)
