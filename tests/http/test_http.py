"""The client against the local server: limits, retries, redirects, broken answers; every wait bounded."""

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import pytest

from pipelines.http.client import (
    BRIEF,
    Changed,
    Client,
    Manners,
    Rejected,
    Reply,
    Unreachable,
    Windows,
    origin,
    redact,
    without_user,
)
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import QUICK
from tests.fixtures.local_server.server import Answer, Call
from tests.fixtures.patience import HANGS, ends_soon


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


def client(services: Services, manners: Manners = QUICK) -> Client:
    return Client([services.url("")], manners)


def first(count: int, answer: Answer) -> object:
    """A fault for the first `count` calls."""
    left = [count]

    def fault(_: Call) -> Answer | None:
        left[0] -= 1
        return answer if left[0] >= 0 else None

    return fault


def config(services: Services) -> str:
    return f"{services.url('scb')}/config"


def test_an_answer_carries_its_bytes_time_and_headers_and_we_say_who_we_are(services: Services) -> None:
    reply = client(services).get(config(services), {"lang": "sv"})
    assert reply.json()["apiVersion"] == "2.3.2"
    assert reply.status == 200
    assert reply.at.endswith("+00:00")
    assert reply.headers["content-type"].startswith("application/json")
    assert services.log[0].agent.startswith("jamlik/")


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_a_passing_fault_is_tried_again(services: Services, status: int, method: str) -> None:
    services.faults.append(first(2, Answer(status, b"")))  # type: ignore[arg-type]
    asking = client(services)
    reply = asking.get(config(services)) if method == "GET" else asking.post(config(services), {})
    assert reply.status == 200
    assert len(services.log) == 3


def test_retry_after_is_obeyed_up_to_its_bound(services: Services) -> None:
    services.faults.append(first(1, Answer(429, b"", {"Retry-After": "86400"})))  # type: ignore[arg-type]
    with ends_soon(least=1.0):  # a day was asked for, the bound is a second
        assert client(services).get(config(services)).status == 200


def test_a_retry_after_that_is_no_number_does_not_stop_us(services: Services) -> None:
    services.faults.append(first(1, Answer(429, b"", {"Retry-After": "soon"})))  # type: ignore[arg-type]
    assert client(services).get(config(services)).status == 200


@pytest.mark.parametrize("headers", [{}, {"Retry-After": "0"}])
def test_429_for_ever_ends_with_a_sentence(services: Services, headers: dict[str, str]) -> None:
    services.faults.append(lambda _: Answer(429, b"", headers))
    with pytest.raises(Unreachable, match=r"answered 429 \(too many calls\) on every try") as caught:
        client(services).get(config(services))
    assert caught.value.answered
    assert len(services.log) == QUICK.tries


def test_500_for_ever_with_an_empty_body(services: Services) -> None:
    services.faults.append(lambda _: Answer(500, b""))
    with pytest.raises(Unreachable, match="answered 500") as caught:
        client(services).get(config(services))
    assert caught.value.answered


@pytest.mark.parametrize(
    ("status", "body", "words"),
    [
        (400, b'{"type":"Parameter error","title":"Too many cells selected"}', "Too many cells selected"),
        (400, b'{"title":"One or more errors.","errors":{"outputFormat":["x"]}}', "outputFormat"),
        (403, b'{"error":"Too many values selected"}', "Too many values selected"),
        (400, b"Bad Request", "Bad Request"),
        (404, b"<!DOCTYPE html><html><head><title>404 - File not found.</title></head></html>", "File not found"),
        (404, b"", "no reason given"),
        (410, b"\xff\xfe", "410"),
    ],
)  # fmt: skip
def test_a_refusal_carries_its_own_words(services: Services, status: int, body: bytes, words: str) -> None:
    services.faults.append(lambda _: Answer(status, body))
    with pytest.raises(Rejected, match=words) as caught:
        client(services).get(config(services))
    assert caught.value.status == status
    assert len(services.log) == 1  # asking again would not change the answer


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", "empty body"),
        (b"  \n", "empty body"),
        (b"<html><body>Underhall</body></html>", "web page in place of JSON"),
        (b'{"a": [1, 2', "not whole"),
    ],
)
def test_200_with_something_else_than_json(services: Services, body: bytes, words: str) -> None:
    services.faults.append(lambda _: Answer(200, body))
    reply = client(services).get(config(services))
    with pytest.raises(Changed, match=words):
        reply.json()


def test_a_body_that_breaks_off_is_asked_for_again_and_then_refused(services: Services) -> None:
    services.faults.append(first(1, Answer(200, b'{"half":', cut=50)))  # type: ignore[arg-type]
    assert client(services).get(config(services)).json()["apiVersion"]
    services.faults.append(lambda _: Answer(200, b'{"half":', cut=50))
    with pytest.raises(Changed, match="breaks off"):
        client(services).get(config(services))


def test_an_answer_larger_than_allowed_is_cut(services: Services) -> None:
    services.faults.append(lambda _: Answer(200, b"x" * 3_000_000))
    with pytest.raises(Changed, match="more than 1000000 bytes"):
        client(services, replace(QUICK, largest=1_000_000)).get(config(services))


def test_a_time_out_is_bounded(services: Services) -> None:
    services.faults.append(lambda _: Answer(200, b"{}", delay=HANGS))
    with ends_soon(), pytest.raises(Unreachable) as caught:
        client(services, replace(QUICK, read=0.1, tries=2)).get(config(services))
    assert not caught.value.answered


def test_a_service_that_hangs_is_given_up_within_a_minute_when_somebody_waits() -> None:
    # twice the time to read, one connection, one pause with its jitter
    pause = min(BRIEF.backoff * 2 + BRIEF.jitter, BRIEF.backoff_max)
    assert BRIEF.connect + BRIEF.read * BRIEF.tries + pause < 50
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection and never answers
        url = f"http://127.0.0.1:{silent.getsockname()[1]}/x"
        with ends_soon(), pytest.raises(Unreachable, match="did not answer in time"):
            Client([url], replace(BRIEF, greeting=None, read=0.2, backoff=0.01, jitter=0)).get(url)


def test_nobody_there_is_told_in_a_sentence() -> None:
    asking = Client(["http://127.0.0.1:9"], QUICK)
    with pytest.raises(Unreachable, match=r"http://127.0.0.1:9/x is not to be found on the network"):
        asking.get("http://127.0.0.1:9/x?key=hemlig")


def test_only_hosts_in_the_catalogue_are_called(services: Services) -> None:
    with pytest.raises(Changed, match="not among the services"):
        client(services).get("http://127.0.0.2:80/")
    with pytest.raises(Changed, match="not among the services"):
        client(services).get(services.url("").replace("http", "https") + "/x")
    assert services.log == []


def test_redirects_are_followed_within_the_list_and_refused_off_it(services: Services) -> None:
    target = [f"{services.url('scb')}/config"]
    services.faults.append(lambda c: Answer(302, b"", {"Location": target[0]}) if c.path in ("/old", "/loop") else None)
    asking = client(services)
    assert asking.get(services.url("") + "/old").json()["apiVersion"]
    target[0] = "http://127.0.0.2/elsewhere"
    with pytest.raises(Changed, match="not among the services"):
        asking.get(services.url("") + "/old")
    target[0] = services.url("") + "/loop"
    with pytest.raises(Changed, match="redirects in circles"):
        asking.get(services.url("") + "/old")
    with pytest.raises(Changed, match="would be lost"):
        asking.post(services.url("") + "/old", {})


def test_many_calls_keep_within_the_window_on_the_servers_own_clock(services: Services) -> None:
    """Three hundred calls as the sender counted them: test_fetch_calls."""
    services.calls_per_window, services.window = 80, 1.0
    asking = client(services, replace(QUICK, read=30))
    asking.windows.learn(origin_of(services), 80, 1.3)  # what is sent evenly may arrive bunched on a busy machine
    url = config(services)
    for _ in range(200):
        asking.get(url)
    times = [c.at for c in services.log]
    assert len(times) == 200  # not one was refused and asked again
    busiest = max(sum(1 for t in times if s <= t < s + 1.0) for s in times)
    assert busiest <= 80


def origin_of(services: Services) -> str:
    return services.url("").removeprefix("http://")


def test_retries_count_in_the_window_too(services: Services) -> None:
    services.faults.append(first(4, Answer(503, b"")))  # type: ignore[arg-type]
    asking = client(services, replace(QUICK, tries=6))
    asking.windows.learn(origin_of(services), 2, 0.4)
    times: list[float] = []
    wait = asking.windows.wait

    def noted(host: str) -> None:  # as it was counted: what is sent evenly may arrive bunched on a busy machine
        wait(host)
        times.append(asking.windows._sent[host][-1])

    asking.windows.wait = noted  # type: ignore[method-assign]
    asking.get(config(services))
    assert len(times) == len(services.log) == 5
    assert max(sum(1 for t in times if s <= t < s + 0.4) for s in times) <= 2


def test_windows_sleep_exactly_as_long_as_they_must() -> None:
    now = [0.0]
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        now[0] += seconds

    windows = Windows(3, 10, clock=lambda: now[0], sleep=sleep)
    for _ in range(7):
        windows.wait("a")
    windows.wait("b")  # another host has its own window
    # three at once, then a whole window (10 s and the 5 % margin) for every three more
    assert slept == [10.5, 10.5]


def test_a_service_that_announces_zero_leaves_our_own_window() -> None:
    windows = Windows(1, 10, clock=lambda: 0.0, sleep=lambda s: (_ for _ in ()).throw(TimeoutError(s)))
    windows.learn("a", 0, 0)
    windows.learn("a", None, 10)
    windows.learn("a", 1, 1e9)  # nor one that asks for silence until the next generation
    windows.learn("a", 10**9, 1)
    windows.wait("a")
    with pytest.raises(TimeoutError, match=r"10\.5"):
        windows.wait("a")


def test_a_stopped_client_wakes_from_its_waiting() -> None:
    asking = Client(["http://127.0.0.1:9"], replace(QUICK, calls=1, window=60))
    asking.windows.wait("h")
    threading.Timer(0.05, asking.stop.set).start()
    with ends_soon(), pytest.raises(Unreachable, match="stopped"):
        asking.windows.wait("h")


def test_messages_hold_neither_password_nor_query() -> None:
    assert redact("https://user:hemlig@host.se:8443/a/b?key=hemlig#x") == "https://host.se:8443/a/b"
    assert without_user("https://user:hemlig@host.se/a?x=1") == "https://host.se/a?x=1"
    assert origin("https://HOST.se/a") == "https://host.se:443"


def test_json_with_a_byte_order_mark_is_json() -> None:
    assert Reply("GET", "http://x/", None, 200, {}, b"\xef\xbb\xbf[1]", "").json() == [1]
