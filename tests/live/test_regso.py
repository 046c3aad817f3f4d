"""Parts of municipalities: TAB6766 lands by its own entry once that is verified, and nothing of it before.

The local server gives a table of the shape that its description has: the nation, counties, municipalities and RegSO,
with and without the mark of the division of 2025.
"""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import yaml

from tests.fixtures import live_house
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.tables import Dim, Table
from tests.fixtures.small_house import SmallHouse, dump
from tests.live.test_live import OFFLINE

pytest_plugins = ["tests.fixtures.small_fixtures"]

REPOSITORY = Path(__file__).parents[2]
NAME = "scb_self_support_regso"
PARTS = {
    f"{code}R00{number}{mark}": f"{place} {number}{' (RegSO 2025)' if mark else ''}"
    for code, place in (("0512", "Ydre"), ("0583", "Motala"))
    for number in (1, 2, 3)
    for mark in ("", "_RegSO2025")
}
NEWEST = sorted(code for code in PARTS if code.endswith("_RegSO2025"))
YEARS = [str(year) for year in range(2013, 2025)]
SELF_SUPPORT = Table(
    "TAB6766",
    "Självförsörjning efter region, kön, ålder, födelseregion och år",
    {
        "Region": Dim("region", live_house.AREAS | PARTS),
        "Kon": Dim("kön", {"1": "män", "2": "kvinnor", "1+2": "totalt"}),
        "Alder": Dim("ålder", {"20-64": "20-64 år", "20-65": "20-65 år"}),
        "Fodelseregion": Dim("födelseregion", {"samt": "samtliga", "in": "Sverige", "ut": "utrikes födda"}),
        "ContentsCode": Dim("innehåll", {"000008GM": "Antal", "000008GN": "Andel självförsörjande"}),
        "Tid": Dim("år", {year: year for year in YEARS}),
    },
)


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


def _furnish(house: SmallHouse, verified: bool) -> None:
    """The repository's own entry, and that alone; `verified` is all that is changed of it."""
    content = yaml.safe_load((REPOSITORY / "data" / "catalogue" / "live_sources.yaml").read_text("utf-8"))
    assert content["tables"][NAME]["verified"] is False
    entry = content["tables"][NAME] | {"verified": verified}
    dump(house.data / "catalogue" / "live_sources.yaml", {"services": content["services"], "tables": {NAME: entry}})


def _served(services: Services, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    here = OFFLINE | live_house.serve(services, monkeypatch)
    services.tables = {SELF_SUPPORT.id: SELF_SUPPORT}
    return here


def test_an_entry_that_is_verified_lands_every_part_of_the_newest_division(
    small: SmallHouse, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    _furnish(small, verified=True)
    fetched = small.jamlik("fetch", **_served(services, monkeypatch))
    assert fetched.code == 0, fetched.err
    assert f"{NAME}: landed" in fetched.err
    rows = duckdb.sql(
        f"select regso, year, value, status from '{small.data}/landing/{NAME}/*.parquet' order by 1, 2"
    ).fetchall()
    assert [row[:2] for row in rows] == [(code, int(year)) for code in NEWEST for year in YEARS]
    for code, year, value, symbol in rows:
        assert (value, symbol) == SELF_SUPPORT.cell((code, "1+2", "20-64", "samt", "000008GN", str(year)))
    assert any(value is None for *_, value, _ in rows)


def test_until_it_is_verified_nothing_lands_and_it_is_told_whether_the_query_fits(
    small: SmallHouse, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    _furnish(small, verified=False)
    fetched = small.jamlik("fetch", **_served(services, monkeypatch))
    assert fetched.code == 0, fetched.err
    assert f"{NAME}: " in fetched.err
    assert "landed" not in fetched.err
    assert not (small.data / "landing" / NAME).exists()
    cells = [call for call in services.log if call.method == "POST" or call.path.endswith("/data")]
    assert cells == []


def test_a_part_of_another_division_is_refused(
    small: SmallHouse, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    _furnish(small, verified=True)
    small.edit("data/catalogue/live_sources.yaml", "????R???_RegSO2025", "????R???")
    fetched = small.jamlik("fetch", **_served(services, monkeypatch))
    assert fetched.code == 1
    assert "regso" in fetched.err
    assert not list((small.data / "landing").glob(f"{NAME}/*.parquet"))
