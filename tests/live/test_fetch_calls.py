"""How many calls a fetch makes, and how fast: as few as the service allows, never more than its window holds."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.http.client import Windows
from pipelines.protocols.kolada3 import calls_needed
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import QUICK, TABLES, Landing, _table, fetch
from tests.fixtures.local_server.server import Answer, Call, as_json


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


def test_120_key_figures_and_25_years_in_as_few_calls_as_the_service_allows(services: Services, tmp_path: Path) -> None:
    services.kpis = {f"N{n:05d}": f"Prov {n}" for n in range(120)}
    query = {"kpi": sorted(services.kpis), "year": "2000-2024"}
    entry = {"figures": _table("kolada", "data", query)}
    landing = Landing()
    assert fetch(services, tmp_path, landing, ["figures"], changed=entry).failed == ()
    data = [c for c in services.log if "/data/kpi/" in c.path]
    # the server has eleven places: 4 x ceil(25 x 25 x 11 / 5000) + ceil(20 x 25 x 11 / 5000) = 4 x 2 + 2
    assert len(data) == calls_needed(120, 25, areas=11) == 10
    # and one for the places, five for the titles of 120 figures
    assert len(services.log) == 10 + 1 + 5
    assert all(len(c.path.split("/")[5].split(",")) <= 25 for c in data)
    assert len(set(landing.tables["figures"]["kpi"].to_pylist())) == 120


def test_the_limits_are_read_once_and_kept_over_a_whole_fetch(services: Services, tmp_path: Path) -> None:
    # by the server's own clock, and so with some leeway: what is sent evenly may arrive bunched on a busy machine
    services.calls_per_window, services.window, services.leeway, services.max_cells = 80, 1.0, 0.3, 1
    landing = Landing()
    refused = []
    services.too_many = lambda: refused.append(1) or _too_many()  # type: ignore[assignment, func-returns-value]
    report = fetch(
        services, tmp_path, landing, ["population", "counties"], manners=replace(QUICK, window=1.3, calls=80)
    )
    assert report.failed == ()
    # one cell a call: 120 and 12 pieces, and what it takes to know the tables
    assert len(services.log) > 132
    assert sum(p == "GET /scb/api/v2/config" for p in services.paths()) == 1
    assert refused == []


def test_three_hundred_kolada_calls_never_exceed_the_window(
    services: Services, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As they were counted: on a busy machine sender and server may note them late (bench: by the server's clock)."""
    sent: list[float] = []
    wait = Windows.wait

    def noted(windows: Windows, host: str) -> None:
        wait(windows, host)
        sent.append(windows._sent[host][-1])

    monkeypatch.setattr(Windows, "wait", noted)
    services.kolada_page = 27
    query = {"kpi": sorted(services.kpis), "year": "1999-2023"}
    entry = {"figures": _table("kolada", "data", query, expected_cells=100_000)}
    manners = replace(QUICK, read=30, window=0.3, calls=40)
    assert fetch(services, tmp_path, Landing(), ["figures"], manners=manners, changed=entry).failed == ()
    assert len(services.log) == len(sent) > 300
    # From the first of any 41 calls in a row to the last more than a window has passed.
    assert min(later - at for at, later in zip(sent, sent[40:], strict=False)) > 0.3
    assert sent[-1] - sent[0] >= (len(sent) // 40 - 1) * 0.3


def test_pages_without_an_end_are_given_up_at_the_first_empty_one(services: Services, tmp_path: Path) -> None:
    def endless(call: Call) -> Answer | None:
        if "/kolada/" not in call.path:
            return None
        page = int(call.query.get("page", 1))
        return as_json({"values": [], "count": 0, "next_url": f"?page={page + 1}"})

    services.faults.append(endless)
    report = fetch(services, tmp_path, Landing(), ["figures"])
    assert "page 1 is not the last, though it should be" in report.failed[0].reason
    assert len(services.log) == 1


def _too_many() -> object:
    from tests.fixtures.local_server.server import Answer

    return Answer(429, b"")


def test_nothing_is_asked_twice(services: Services, tmp_path: Path) -> None:
    fetch(services, tmp_path, Landing())
    calls = [(c.method, c.path, tuple(sorted(c.query.items())), c.body) for c in services.log]
    assert len(calls) == len(set(calls))


def test_an_unchanged_table_costs_one_call(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    only = {"population": TABLES["population"]}
    fetch(services, tmp_path, landing, list(only))
    services.log.clear()
    fetch(services, tmp_path, landing, list(only))
    assert services.paths() == ["GET /scb/api/v2/config", "GET /scb/api/v2/tables/TAB001"]


# --- what Kolada has deleted


def _deletion(kpi: str, place: str, year: int, *sexes: str) -> dict[str, object]:
    values = [{"gender": s, "value": None, "count": 0, "status": "", "isdeleted": True} for s in sexes]
    return {"kpi": kpi, "municipality": place, "period": year, "values": values}


def test_a_deleted_figure_is_a_row_that_says_so(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    fetch(services, tmp_path, landing, ["figures"])
    rows = landing.tables["figures"].select(["kpi", "municipality", "period", "gender", "value", "status"]).to_pylist()
    said = {tuple(row.values())[:4]: (row["value"], row["status"]) for row in rows}
    assert len(said) == len(rows)
    deleted = [key for key, cell in said.items() if cell == (None, "isdeleted")]
    # the server marks the first sex of every thirteenth row
    assert {sum(map(ord, key[0] + key[1] + key[2])) % 13 for key in deleted} == {0}
    assert {key[3] for key in deleted} == {"T"}
    assert len(said) == 30 * 10 * 5 * 3


def test_what_was_deleted_since_the_landing_is_asked_for_and_what_was_given_anew_is_not(
    services: Services, tmp_path: Path
) -> None:
    landing = Landing()
    services.kolada_changed = [
        _deletion("N00010", "0580", 1999, "T"),  # a year that is not asked for
        _deletion("N00010", "G123", 2024, "T"),  # a group of places
        _deletion("N00010", "0512", 2024, "T", "K", "M"),  # still in the data: given anew
        _deletion("N00011", "0580", 2023, "K", "M"),
        {"kpi": "N00012", "municipality": "0580", "period": 2023, "values": []},
    ]
    gone = b'"municipality": "0580", "period": 2023'

    def without(call: object, body: bytes) -> bytes:
        return body.replace(gone, b'"municipality": "G123", "period": 2023') if b'"N00011"' in body else body

    services.mutations.append(lambda c, b: without(c, b) if "from_date" not in c.query else b)
    report = fetch(services, tmp_path, landing, ["figures"], stands_since=lambda _: "2024-08-30")
    assert report.failed == ()
    since = [c.query for c in services.log if "from_date" in c.query]
    assert [(q["from_date"], q["page"]) for q in since] == [("2024-08-30", "1"), ("2024-08-30", "1")]
    rows = landing.tables["figures"].to_pylist()
    here = {(r["kpi"], r["period"], r["gender"]): r["status"] for r in rows if r["municipality"] == "0580"}
    assert here["N00011", "2023", "K"] == here["N00011", "2023", "M"] == "isdeleted"
    assert ("N00011", "2023", "T") not in here  # nobody said that it was deleted
    assert ("N00010", "1999", "T") not in here
    again = {(r["gender"], r["status"]) for r in rows if (r["kpi"], r["municipality"], r["period"]) == _ANEW}
    assert not any(status == "isdeleted" for sex, status in again if sex != "T")
    assert not [r for r in rows if r["municipality"] == "G123"]


_ANEW = ("N00010", "0512", "2024")
