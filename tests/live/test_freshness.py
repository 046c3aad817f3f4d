"""Cadences, what is due, and what a run says that it stands on."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.errors import Refused
from pipelines.landing.freshness import Tried, due, freshness, standings
from pipelines.live.archive import Archive
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import TABLES, Landing, fetch, tables
from tests.fixtures.local_server.server import Answer


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


@pytest.mark.parametrize(
    ("cadence", "checked", "expected"),
    [
        ("yearly", "2026-01-01T00:00:00+00:00", "fresh"),
        ("yearly", "2025-09-01", "due"),  # 446 days: past 366, within 549
        ("yearly", "2025-01-01", "stale"),
        ("monthly", "2026-11-01", "fresh"),
        ("monthly", "2026-10-15", "due"),  # 37 days: past 31, within 46
        ("monthly", "2026-09-01", "stale"),
        ("yearly", "", "stale"),
    ],
)
def test_freshness_by_cadence(cadence: str, checked: str, expected: str) -> None:
    today = datetime(2026, 11, 21, tzinfo=UTC)
    assert freshness(cadence, checked, today).state == expected


def test_what_is_due_is_what_is_past_its_cadence_or_never_landed(services: Services) -> None:
    wanted = tables(services, ["population", "survey", "deaths"])
    now = datetime.now(UTC).isoformat()
    locked = {
        "population": {"retrieved": now},
        "survey": {"retrieved": "2001-01-01", "checked": "2001-01-02"},
    }
    assert [t.id for t in due(wanted, locked)] == ["survey", "deaths"]
    with pytest.raises(Refused, match="cadence 'now and then'"):
        freshness("now and then", "")


def test_a_run_says_what_is_newer_than_the_snapshot_and_what_fell_back_to_it(
    services: Services, tmp_path: Path
) -> None:
    renewing = {
        "population": TABLES["population"] | {"snapshot": "people"},
        "survey": TABLES["survey"] | {"snapshot": "health"},
        "deaths": TABLES["deaths"],
    }
    wanted = tables(services, [*renewing, "unseen"], **renewing)
    services.faults.append(lambda c: Answer(429, b"") if "/fohm/" in c.path or "/sos/" in c.path else None)
    report = fetch(services, tmp_path, Landing(), list(renewing), changed=renewing)
    locked = Archive(tmp_path).locked()
    tried = {each.table: Tried(each.good, each.state, each.reason) for each in report.outcomes}
    found = {s.table: s for s in standings(wanted, locked, {"people": "2019-12-31", "health": ""}, tried)}
    assert set(found) == {"population", "survey", "deaths"}  # the probed one stands on nothing and claims nothing
    assert (found["population"].in_use, found["population"].state) == ("live", "fresh")
    assert found["population"].newer_than_snapshot
    assert (found["survey"].in_use, found["survey"].state) == ("snapshot", "stale")
    assert "unreachable" in found["survey"].said
    assert "429" in found["survey"].said
    assert (found["deaths"].in_use, found["deaths"].state) == ("none", "stale")


def test_a_snapshot_newer_than_the_live_landing_wins() -> None:
    with Services() as services:
        renewing = {"population": TABLES["population"] | {"snapshot": "people"}}
        wanted = tables(services, ["population"], **renewing)
    locked = {"population": {"retrieved": "2026-01-05T00:00:00+00:00", "checked": "2026-11-01T00:00:00+00:00"}}
    today = datetime(2026, 11, 21, tzinfo=UTC)
    (old,) = standings(wanted, locked, {"people": "2026-06-01"}, today=today)
    assert (old.in_use, old.retrieved, old.newer_than_snapshot) == ("snapshot", "2026-06-01", False)
    (new,) = standings(wanted, locked, {"people": "2025-06-01"}, today=today)
    assert (new.in_use, new.state) == ("live", "fresh")  # fetched in January, found unchanged in November
