"""A run that somebody waits for, in a network that swallows: the part that asks ends in seconds, whatever is silent."""

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from pipelines.http.client import BRIEF
from pipelines.live import services
from tests.fixtures.local_server.hostile import Hostile, unreachable
from tests.fixtures.patience import HANGS, ends_soon

SERVICES = (
    "SCB", "SCB_V1", "FOHM", "KOLADA", "SOCIALSTYRELSEN", "FORSAKRINGSKASSAN", "SKOLVERKET", "JORDBRUKSVERKET",
)  # fmt: skip
WORST = max(BRIEF.connect * BRIEF.connect_tries, float(BRIEF.greeting or BRIEF.read))


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[ExitStack]:
    monkeypatch.setenv("JAMLIK_DATA", str(tmp_path))
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", *(f"JAMLIK_{each}_URL" for each in SERVICES)):
        monkeypatch.delenv(name, raising=False)
    with ExitStack() as stack:
        yield stack


def asked() -> dict[str, str]:
    """What the fetch of a run says of each table of the real catalogue; it may take no longer than one silence does."""
    with ends_soon():
        found = services.fetch(list(services.tables().values()), brief=True)
    told = {outcome.table: line for outcome, line in zip(found.report.outcomes, found.lines, strict=True)}
    assert set(told) == set(services.tables())
    for outcome in found.report.outcomes:
        assert outcome.state == "unreachable", outcome
        assert outcome.tried, outcome
    assert "in use: the snapshot" in told["kolada_values"]
    return told


def test_the_longest_silence_is_seconds() -> None:
    assert WORST <= 5


def test_hosts_that_take_a_call_and_never_answer(network: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SERVICES:
        deaf = network.enter_context(Hostile(lambda _: time.sleep(HANGS)))
        monkeypatch.setenv(f"JAMLIK_{name}_URL", deaf.url)
    told = asked()
    assert "/municipality did not answer in time" in told["kolada_values"]
    assert "was silent" in told["fohm_hlv_mental_health_region"]


def test_hosts_whose_packets_go_nowhere(network: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in SERVICES:
        monkeypatch.setenv(f"JAMLIK_{name}_URL", network.enter_context(unreachable()))
    told = asked()
    assert "/data: its host did not answer in time" in told["kolada_values"]


@pytest.mark.usefixtures("network")
def test_names_that_are_looked_up_for_ever(monkeypatch: pytest.MonkeyPatch) -> None:
    over = threading.Event()

    def slow(
        *_: Any, **__: Any
    ) -> list[Any]:  # a resolver whose servers are silent; nothing else can be made slow here
        over.wait(HANGS)
        return []

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    try:
        assert "its host did not answer in time" in asked()["kolada_values"]
    finally:
        over.set()  # or its threads would end in the middle of another test


@pytest.mark.parametrize("kind", ["deaf", "nowhere", "refusing", "none"])
def test_a_proxy_that_is_silent_or_gone(kind: str, network: ExitStack, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(connection: socket.socket) -> None:
        connection.sendall(b"HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n")

    if kind == "nowhere":
        url = network.enter_context(unreachable())
    elif kind == "none":
        url = "http://127.0.0.1:9"
    else:
        treat = refuse if kind == "refusing" else lambda _: time.sleep(HANGS)
        url = network.enter_context(Hostile(treat)).url
    monkeypatch.setenv("HTTPS_PROXY", url)
    told = asked()["kolada_values"]
    assert "through the proxy" in told or "did not answer in time" in told
