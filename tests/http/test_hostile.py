"""The client against servers that no service should be: trickles, floods, lies, certificates, proxies that say no.

Every one must end within its bound, in one sentence; what an honest service does wrong is in test_http.
"""

import gzip
import shutil
import socket
import ssl
import struct
import subprocess
import time
from collections.abc import Callable
from dataclasses import replace
from email.utils import formatdate
from pathlib import Path

import pytest

from pipelines.http.client import Changed, Client, Manners, Unreachable
from pipelines.http.reach import knock
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import QUICK
from tests.fixtures.local_server.hostile import OK, Hostile, unreachable
from tests.fixtures.local_server.server import Answer
from tests.fixtures.patience import HANGS, ends_soon

SHORT = replace(QUICK, read=2.0, tries=2)
SOON = replace(SHORT, whole=0.6)


def trickle(before: bytes, piece: bytes) -> Callable[[socket.socket], None]:
    """A piece every 50 ms for a minute: never silent, never done."""

    def treat(connection: socket.socket) -> None:
        connection.sendall(before)
        for _ in range(1200):
            connection.sendall(piece)
            time.sleep(0.05)

    return treat


def send(*pieces: bytes) -> Callable[[socket.socket], None]:
    def treat(connection: socket.socket) -> None:
        for piece in pieces:
            connection.sendall(piece)

    return treat


@pytest.mark.parametrize(
    ("before", "piece"),
    [
        (OK + b"Content-Length: 100000\r\n\r\n", b"1"),
        (OK + b"Transfer-Encoding: chunked\r\n\r\n", b"1\r\n1\r\n"),
        (OK + b"\r\n", b"1"),  # whole when the connection closes: what came before the shutting is not the answer
        (OK + b"Content-Encoding: gzip\r\n\r\n", b""),
    ],
    ids=["length", "chunks", "close", "gzip"],
)
def test_an_answer_that_trickles_is_given_up(before: bytes, piece: bytes) -> None:
    with Hostile(trickle(before, piece)) as server:
        with ends_soon(), pytest.raises(Unreachable, match="did not send one answer whole within 1 s") as caught:
            Client([server.url], SOON).get(f"{server.url}/x")
        assert not caught.value.answered  # so that the host's other tables do not wait for it, too


def test_a_head_that_trickles_is_given_up() -> None:
    head = trickle(b"HTTP/1.1 200 OK\r\n", b"X-A: b\r\n")
    with Hostile(head) as server, ends_soon(), pytest.raises(Unreachable, match="did not send one answer whole"):
        Client([server.url], SOON).get(f"{server.url}/x")


def test_an_answer_within_its_limit_is_not_shut_though_the_connection_lives_on() -> None:
    with Services() as services:
        asking = Client([services.url("")], replace(SHORT, whole=1.5))
        assert asking.get(f"{services.url('scb')}/config").status == 200
        time.sleep(1.7)  # longer than the limit, but no answer is under way
        assert asking.get(f"{services.url('scb')}/config").status == 200


def test_a_flood_is_cut() -> None:
    def flood(connection: socket.socket) -> None:
        connection.sendall(OK + b"\r\n")
        while True:
            connection.sendall(b"0" * 65536)

    with Hostile(flood) as server, pytest.raises(Changed, match="more than 5000000 bytes; it was cut"):
        Client([server.url], replace(SHORT, whole=20, largest=5_000_000)).get(f"{server.url}/x")


def test_a_body_that_unpacks_without_end_is_cut_before_it_fills_the_memory() -> None:
    bomb = gzip.compress(b"0" * 200_000_000)
    head = OK + b"Content-Encoding: gzip\r\nContent-Length: %d\r\n\r\n" % len(bomb)
    code = (
        "import resource, sys\n"
        "from pipelines.http.client import Changed, Client, Manners\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try:\n    Client([sys.argv[1]], Manners(largest=10_000_000)).get(sys.argv[1])\n"
        "except Changed as error:\n    print(error)\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    with Hostile(send(head, bomb)) as server:
        words = [shutil.which("python") or "python", "-c", code, f"{server.url}/x"]
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
    said, kilobytes = done.stdout.splitlines()
    assert "more than 10000000 bytes" in said
    assert int(kilobytes) < 60_000


@pytest.mark.parametrize(
    ("head", "body", "refusal", "words"),
    [
        (b"Content-Length: 50", b'{"half":', Changed, "breaks off"),
        (b"Content-Length: 5", b'{"a": [1, 2]}', Changed, "not whole"),
        (b"Content-Length: -5", b'{"a": [1,', Changed, "not whole"),
        (b"Content-Length: many", b'{"a": [1,', Changed, "not whole"),
        (b"Transfer-Encoding: chunked", b"zz\r\n{}", Changed, "breaks off"),
        (b"Content-Encoding: gzip", b"{}", Changed, "breaks off"),
        (b"Content-Type: application/json; charset=utf-8", '{"k": "kön"}'.encode("latin-1"), Changed, "not UTF-8"),
        (b"Content-Type: application/json; charset=utf-16", '{"k": 1}'.encode("utf-16"), Changed, "not UTF-8"),
        (b"Content-Type: text/html", b"<!DOCTYPE html><html>Vi uppdaterar</html>", Changed, "web page"),
    ],
)
def test_a_head_that_lies_about_its_body(head: bytes, body: bytes, refusal: type[Exception], words: str) -> None:
    with (
        Hostile(send(b"HTTP/1.1 200 OK\r\n" + head + b"\r\n\r\n" + body)) as server,
        pytest.raises(refusal, match=words),
    ):
        Client([server.url], SHORT).get(f"{server.url}/x").json()


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH\r\n", b"\x16\x03\x01\x02", b"HTTP/1.1 abc\r\n\r\n"])
def test_what_does_not_speak_http_is_given_up(said: bytes) -> None:
    with Hostile(send(said)) as server:
        with pytest.raises(Unreachable, match="broke the connection"):
            Client([server.url], SHORT).get(f"{server.url}/x")
        assert server.calls == SHORT.tries


def reset(*pieces: bytes) -> Callable[[socket.socket], None]:
    """Sends the pieces and then tears the connection down without a farewell."""

    def treat(connection: socket.socket) -> None:
        send(*pieces)(connection)
        time.sleep(0.05)
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    return treat


@pytest.mark.parametrize(
    ("pieces", "refusal", "words"),
    [
        ((), Unreachable, "broke the connection"),
        ((OK + b"Content-Length: 50\r\n\r\n", b'{"half":'), Changed, "breaks off"),
    ],
)
def test_a_reset_is_tried_again_and_then_told(pieces: tuple[bytes, ...], refusal: type[Exception], words: str) -> None:
    with Hostile(reset(*pieces)) as server:
        with pytest.raises(refusal, match=words):
            Client([server.url], SHORT).get(f"{server.url}/x")
        assert server.calls == 2


@pytest.mark.parametrize(
    "target",
    [b"http://[::1", b"http://127.0.0.1:99999/", b"ftp://127.0.0.1/x", b"file:///etc/passwd", b"//evil.invalid/"],
)
def test_a_redirect_to_nowhere_is_refused(target: bytes) -> None:
    head = b"HTTP/1.1 302 Found\r\nContent-Length: 0\r\nLocation: " + target + b"\r\n\r\n"
    with Hostile(send(head)) as server, pytest.raises(Changed, match=r"redirects to what is no|not among the services"):
        Client([server.url], SHORT).get(f"{server.url}/x")


@pytest.mark.parametrize(
    ("asked", "least"),
    [
        (lambda: formatdate(time.time() + 86400, usegmt=True), 0.9),  # a date a day away, bounded at a second
        (lambda: formatdate(time.time() - 86400, usegmt=True), 0),
        (lambda: "-30", 0),
        (lambda: "9" * 5000, 0),
        (lambda: "1e9", 0),
        (lambda: "Fri, 31 Dec 999999 23:59:59 GMT", 0),
        (lambda: "Fri, 99 Foo 2026 99:99:99 GMT", 0),
        (lambda: "", 0),
    ],
)
def test_a_retry_after_of_any_form_is_followed_within_its_bound(asked: Callable[[], str], least: float) -> None:
    with Services() as services:
        given = iter([Answer(429, b"", {"Retry-After": asked()})])
        services.faults.append(lambda _: next(given, None))
        with ends_soon(least):
            assert Client([services.url("")], QUICK).get(f"{services.url('scb')}/config").status == 200
        assert len(services.log) == 2


def test_https_where_nobody_speaks_it_is_tried_once() -> None:
    with Hostile(send(b"HTTP/1.1 400 Bad Request\r\n\r\n"), deaf=True) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(Unreachable, match="does not speak https"):
            Client([url], SHORT).get(f"{url}/x")
        assert server.calls == 1


@pytest.mark.skipif(not shutil.which("openssl"), reason="openssl, which makes the certificate, is not here")
def test_a_certificate_nobody_trusts_is_told_and_tried_once(tmp_path: Path) -> None:
    subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"]
    files = ["-keyout", str(tmp_path / "key"), "-out", str(tmp_path / "certificate")]
    words = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", *files, *subject]
    subprocess.run(words, check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(tmp_path / "certificate", tmp_path / "key")
    with Hostile(lambda c: context.wrap_socket(c, server_side=True).close(), deaf=True) as server:
        url = server.url.replace("http:", "https:")
        with pytest.raises(Unreachable, match="certificate that is not trusted"):
            Client([url], SHORT).get(f"{url}/x")
        assert server.calls == 1


@pytest.mark.parametrize("answer", [b"HTTP/1.1 407 No\r\n\r\n", b"HTTP/1.1 502 Bad\r\n\r\n", b"junk\r\n\r\n", b""])
def test_a_proxy_that_lets_nothing_through_is_told(answer: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    with Hostile(send(answer)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        url = "https://statistics.invalid"
        assert knock(url, 1.0) == ""  # only the proxy can tell
        with ends_soon(), pytest.raises(Unreachable, match=r"through the proxy|broke the connection"):
            Client([url], SHORT).get(f"{url}/x")
        assert proxy.calls <= SHORT.tries


@pytest.mark.parametrize("proxy", ["nonsense:nonsense", "socks5://127.0.0.1:9", "http://127.0.0.1:9"])
def test_a_proxy_that_is_none_is_told(proxy: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HTTP_PROXY", proxy)
    with pytest.raises(Unreachable, match="proxy"):
        Client(["http://statistics.invalid"], SHORT).get("http://statistics.invalid/x")


def test_a_host_that_never_said_a_word_is_given_up_at_once_when_somebody_waits() -> None:
    brief = Manners(connect=1.0, read=HANGS, greeting=1.0, tries=3)
    with Hostile(lambda c: time.sleep(2 * HANGS)) as server:
        with ends_soon(), pytest.raises(Unreachable, match="did not answer in time"):
            Client([server.url], brief).get(f"{server.url}/x")
        assert server.calls == 1
    with Services() as services:  # one that has answered is waited for, and asked again
        asking = Client([services.url("")], replace(brief, read=1.0, backoff=0.01, jitter=0.0))
        assert asking.get(f"{services.url('scb')}/config").status == 200
        services.delay = HANGS
        with pytest.raises(Unreachable, match="did not answer in time"):
            asking.get(f"{services.url('scb')}/config")
        assert len(services.log) == 1 + 3


def test_a_host_whose_packets_go_nowhere_is_given_up_within_the_time_to_connect() -> None:
    with unreachable() as url:
        with ends_soon():
            assert knock(url, 0.5) == "did not answer in time; try again later"
        with ends_soon(), pytest.raises(Unreachable, match="did not answer in time"):
            Client([url], replace(SHORT, connect=0.3, connect_tries=1)).get(f"{url}/x")
