"""One knock at a host's door: bounded whatever the resolver and the network do, and heeded by all its tables."""

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.http.reach import knock
from pipelines.live.archive import Archive
from pipelines.live.fetch import Fetch
from pipelines.protocols import spec
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import QUICK, SERVICES, TABLES, Landing
from tests.fixtures.local_server.server import Answer
from tests.fixtures.patience import HANGS, ends_soon


@pytest.fixture
def hole() -> Iterator[str]:
    """A host that takes no more connections and says nothing: its queue is full, so the system drops what comes."""
    with ExitStack() as open_doors:
        door = open_doors.enter_context(socket.socket())
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        for _ in range(4):
            caller = open_doors.enter_context(socket.socket())
            caller.setblocking(False)
            caller.connect_ex(door.getsockname())
        yield f"http://127.0.0.1:{door.getsockname()[1]}/x"


def test_a_host_that_is_there_is_found_at_once() -> None:
    with Services() as services:
        assert knock(services.url("scb"), HANGS) == ""
        assert services.log == []  # a connection is enough, nothing is asked


def test_a_closed_door_is_told_at_once() -> None:
    with ends_soon():
        assert knock("http://127.0.0.1:9/x", HANGS) == "takes no connections; try again later"


def test_a_host_that_drops_what_comes_is_given_up_after_the_deadline(hole: str) -> None:
    with ends_soon(least=0.3):
        assert knock(hole, 0.4) == "did not answer in time; try again later"


def test_several_silent_addresses_share_the_deadline(hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    port = int(hole.split(":")[2].split("/")[0])
    one = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: [one] * 300)
    with ends_soon():
        assert knock(hole, 0.5).startswith("did not answer")


def test_an_address_that_answers_is_found_behind_one_that_does_not(hole: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with Services() as services:
        ports = [int(url.split(":")[2].split("/")[0]) for url in (hole, services.url("scb"))]
        found = [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port)) for port in ports]
        monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
        assert knock("http://two.example/x", 3.0) == ""


def test_a_resolver_that_hangs_does_not_hold_us(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: time.sleep(HANGS) or [])
    with ends_soon():
        assert knock("https://hangs.example/x", 0.3) == "did not answer in time; try again later"


def test_a_name_that_cannot_be_looked_up_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: Any, **__: Any) -> Any:
        raise socket.gaierror(-2, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    assert knock("https://nobody.example/x", 1.0) == "is not to be found on the network; check the connection"


def test_behind_a_proxy_nobody_is_knocked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    assert knock("https://nobody.example/x", 0.1) == ""


def test_a_silent_host_costs_its_deadline_once_however_many_tables_it_has(hole: str, tmp_path: Path) -> None:
    many = {f"table{n}": TABLES["population"] | {"table": f"TAB{n:03d}"} for n in range(60)}
    content = {"services": SERVICES, "tables": many}
    wanted = list(spec.parse(content, "live", {"JAMLIK_SCB_URL": hole}).values())
    manners = replace(QUICK, connect=1.0, connect_tries=1)
    with ends_soon():  # a minute if each table waited
        report = Fetch(Archive(tmp_path), Landing().land, manners=manners, second_tier=None).run(wanted)
    assert [o.state for o in report.outcomes] == ["unreachable"] * 60
    assert all(f"/tables/TAB{n:03d}: its host did not answer" in o.reason for n, o in enumerate(report.outcomes))


def test_a_host_that_fails_on_and_on_is_left_when_time_is_up(tmp_path: Path) -> None:
    content = {"services": SERVICES, "tables": {f"table{n}": TABLES["population"] for n in range(6)}}
    with Services() as services:
        services.faults.append(lambda _: Answer(429, b""))
        wanted = list(spec.parse(content, "live", {"JAMLIK_SCB_URL": services.url("scb")}).values())
        job = Fetch(Archive(tmp_path), Landing().land, manners=QUICK, second_tier=None, patience=0.0)
        report = job.run(wanted)
        assert len(services.log) == QUICK.tries
    assert "answered 429" in report.outcomes[0].reason
    assert all("failed before, and time was up" in o.reason for o in report.outcomes[1:])
