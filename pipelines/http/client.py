"""Talking to a statistics service: politely, within bounds, and only to the hosts that are meant.

Belongs here: time-outs, retries, the sliding window of calls per host, the allow-list, redirects, and the errors a
reply can be. Does not belong here: what any service's words mean (protocols/), the socket beneath (wire.py), keeping
the bytes (live/archive.py).

    JamlikError
    ├── Unavailable
    │   └── Unreachable   no usable answer within the bounded tries: no route, time-out, reset, a certificate nobody
    │                     trusts, a trickle, 429 or 5xx to the end; `answered`: a server was there, and may yet answer
    └── Refused
        ├── Rejected      the service understood and said no (4xx), with its own reason
        └── Changed       it answered with something else than was asked for: a web page, an empty body, half a
                          body, a redirect off the allow-list, another table

Unreachable and Rejected may pass: PxWebApi 2 caches every reply, errors too, for 300 seconds, so the second
tier of tries (live/fetch.py) comes after that. Changed does not pass by itself: somebody must look.
"""

import json
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from urllib.parse import urljoin, urlsplit, urlunsplit

import orjson
import requests
from urllib3.exceptions import HTTPError, InvalidHeader, MaxRetryError, ReadTimeoutError
from urllib3.response import BaseHTTPResponse
from urllib3.util.retry import Retry

from pipelines.errors import Refused, Unavailable
from pipelines.http.wire import Adapter, Session, TimeLimit, why

USER_AGENT = "jamlik/0.1 (health-equity indicators for Swedish municipalities)"
RETRIED = (408, 429, 500, 502, 503, 504)
KEPT_HEADERS = ("content-type", "content-length", "date", "last-modified", "etag", "retry-after")


class Unreachable(Unavailable):
    """No usable answer within the bounded tries; `answered` is whether a server was there, `why` the message without
    its address.
    """

    def __init__(self, message: str, answered: bool, why: str = "") -> None:
        super().__init__(message)
        self.answered = answered
        self.why = why


class Rejected(Refused):
    """The service said no; `status` is its HTTP status and `reason` its own words."""

    def __init__(self, message: str, status: int, reason: str) -> None:
        super().__init__(message)
        self.status = status
        self.reason = reason


class Changed(Refused):
    """The service answered with something else than was asked for."""


@dataclass(frozen=True)
class Manners:
    """How to ask. Seconds throughout; the defaults suit an unattended night run.

    `calls` per `window` holds until the service's own configuration says otherwise. `retry_after_max` bounds
    what a server may make us wait, for some have asked for a day. `read` is the longest silence, `whole` the longest
    time for one answer to come whole: a server may trickle for ever without being silent. `greeting` is how long a
    host that has not said anything yet may be silent, once; None: as long as any other.
    """

    connect: float = 6.0
    read: float = 120.0
    whole: float = 600.0
    greeting: float | None = None
    tries: int = 5
    connect_tries: int = 2
    backoff: float = 1.0
    backoff_max: float = 60.0
    jitter: float = 1.0
    retry_after_max: int = 120
    calls: int = 10
    window: float = 10.0
    largest: int = 500_000_000  # bytes of one unpacked reply
    redirects: int = 4


# For a run that somebody waits for: a host that never says a word is given up after 5 s, a service that falls silent
# later within half a minute (twice 10 s and a pause).
BRIEF = Manners(
    connect=4.0, read=10.0, whole=20.0, greeting=5.0, tries=2, connect_tries=1, backoff_max=5.0, retry_after_max=10
)


@dataclass(frozen=True)
class Reply:
    """A request and the answer to it, as it is archived."""

    method: str
    url: str
    sent: bytes | None
    status: int
    headers: Mapping[str, str]
    body: bytes
    at: str  # UTC, ISO 8601

    def json(self) -> Any:
        """The body as JSON; Changed when it is empty, a web page, or not whole."""
        if not self.body.strip():
            raise Changed(f"{redact(self.url)} answered {self.status} with an empty body; try again later")
        start = self.body[:200].lstrip().lower()
        if start.startswith((b"<!doctype", b"<html", b"<?xml", b"<head")):
            raise Changed(f"{redact(self.url)} answered with a web page in place of JSON; see if it has moved")
        try:
            return orjson.loads(self.body.removeprefix(b"\xef\xbb\xbf"))
        except orjson.JSONDecodeError as error:
            if not is_utf8(self.body):
                raise Changed(
                    f"{redact(self.url)} answered with text that is not UTF-8; see what has changed"
                ) from None
            raise Changed(f"{redact(self.url)} answered with JSON that is not whole ({error}); try again") from None


class Windows:
    """A sliding window of calls per host: never more than `calls` within `seconds`, over any threads."""

    def __init__(
        self,
        calls: int,
        seconds: float,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._default = (calls, seconds)
        self._limits: dict[str, tuple[int, float]] = {}
        self._sent: dict[str, deque[float]] = {}
        self._lock = threading.Lock()
        self._clock = clock
        self._sleep = sleep

    def learn(self, host: str, calls: object, seconds: object) -> None:
        """Take over a service's own announcement; 0 or nothing means "announced elsewhere", so keep ours. So does one
        that would make a call wait for more than a minute: nobody means that.
        """
        if isinstance(calls, int) and isinstance(seconds, int | float) and 0 < seconds <= 60 * calls <= 6_000_000:
            with self._lock:
                self._limits[host] = (calls, float(seconds))

    def wait(self, host: str) -> None:
        """Sleep until one more call to the host is allowed, and count it."""
        while True:
            with self._lock:
                calls, seconds = self._limits.get(host, self._default)
                # What we send evenly may arrive bunched: a window five per cent longer
                # keeps the server's count.
                seconds *= 1.05
                sent = self._sent.setdefault(host, deque())
                now = self._clock()
                while sent and sent[0] <= now - seconds:
                    sent.popleft()
                if len(sent) < calls:
                    sent.append(now)
                    return
                pause = sent[0] + seconds - now
            self._sleep(pause)


def is_utf8(body: bytes) -> bool:
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def redact(url: str) -> str:
    """The address without user, password and query: what may stand in a message or a log."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    return urlunsplit((parts.scheme, f"{host}:{parts.port}" if parts.port else host, parts.path, "", ""))


def host_of(url: str) -> str:
    """Host and port as the address has them, without user and password: what tables share, and what may be told."""
    return urlsplit(url).netloc.rpartition("@")[2]


def without_user(url: str) -> str:
    """The address with its query but without user and password: what may be archived."""
    parts = urlsplit(url)
    return urlunsplit((parts.scheme, host_of(url), parts.path, parts.query, ""))


def origin(url: str) -> str:
    """Scheme, host and port: what the allow-list holds."""
    parts = urlsplit(url)
    port = parts.port or {"https": 443, "http": 80}.get(parts.scheme, 0)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{port}"


@dataclass
class Client:
    """One polite client for all services. `allowed` lists the base addresses that may be called.

    Thread-safe as far as live/fetch.py needs it: one thread a host, one session a thread.
    """

    allowed: Iterable[str]
    manners: Manners = field(default_factory=Manners)
    stop: threading.Event = field(default_factory=threading.Event)

    def __post_init__(self) -> None:
        self._origins = {origin(url) for url in self.allowed}
        self.windows = Windows(self.manners.calls, self.manners.window, sleep=self._pause)
        self._local = threading.local()
        self._greeted: set[str] = set()  # hosts that have answered something

    def _pause(self, seconds: float) -> None:
        if self.stop.wait(seconds):
            raise Unreachable("the fetch was stopped", answered=False)

    def get(self, url: str, params: Mapping[str, str] | None = None) -> Reply:
        """GET with a query; raises Unreachable, Rejected or Changed."""
        return self._ask("GET", url, params, None)

    def post(self, url: str, content: Any, params: Mapping[str, str] | None = None) -> Reply:
        """POST of JSON; raises Unreachable, Rejected or Changed."""
        return self._ask("POST", url, params, json.dumps(content, ensure_ascii=False).encode())

    def _session(self) -> requests.Session:
        session: requests.Session | None = getattr(self._local, "session", None)
        if session is None:
            session = Session()
            session.headers.update({"User-Agent": USER_AGENT, "Accept": "application/json, */*;q=0.5"})
            self._local.limit = TimeLimit(self.manners.whole)
            adapter = Adapter(self._local.limit, self._retry())
            session.mount("https://", adapter)
            session.mount("http://", adapter)
            self._local.session = session
        return session

    def _retry(self) -> Retry:
        client = self

        class Polite(Retry):
            """Retries that pass through the sliding window like any other call."""

            def sleep(self, response: BaseHTTPResponse | None = None) -> None:
                pause = self.get_backoff_time()
                if response is not None and self.respect_retry_after_header:
                    try:
                        pause = max(pause, self.get_retry_after(response) or 0)
                    except (InvalidHeader, ValueError, OverflowError):  # a year or a number that no clock knows
                        pause = max(pause, client.manners.backoff)
                client._pause(pause)
                client.windows.wait(client._local.host)

            def increment(self, method: Any = None, url: Any = None, *rest: Any, **named: Any) -> Self:
                error = named.get("error")
                if isinstance(error, ReadTimeoutError) and client._is_new():
                    raise MaxRetryError(named["_pool"], url, error) from error
                return super().increment(method, url, *rest, **named)

        manners = self.manners
        return Polite(
            total=None,
            connect=manners.connect_tries - 1,
            read=manners.tries - 1,
            status=manners.tries - 1,
            redirect=0,
            other=0,  # a certificate nobody trusts, a proxy that says no: unbounded if it is not said
            allowed_methods=None,  # our POSTs only ask; the default would not retry them
            status_forcelist=RETRIED,
            backoff_factor=manners.backoff,
            backoff_max=manners.backoff_max,
            backoff_jitter=manners.jitter,
            retry_after_max=manners.retry_after_max,
            raise_on_status=False,
        )

    def _is_new(self) -> bool:
        """Whether the host being asked has not said anything yet, and is not to be waited for as the others are."""
        return self.manners.greeting is not None and self._local.host not in self._greeted

    def _ask(self, method: str, url: str, params: Mapping[str, str] | None, sent: bytes | None) -> Reply:
        asked = str(requests.Request(method, url, params=params).prepare().url)
        for _ in range(self.manners.redirects + 1):
            self._check_origin(asked)
            reply = self._whole(method, asked, sent)
            if reply.status not in (301, 302, 303, 307, 308):
                return self._judge(reply)
            try:
                target = urljoin(asked, reply.headers.get("location", ""))
                origin(target)
            except ValueError:
                raise Changed(f"{redact(asked)} redirects to what is no address; see if it has moved") from None
            if urlsplit(asked).scheme == "https" and urlsplit(target).scheme != "https":
                raise Changed(f"{redact(asked)} redirects to an unencrypted address; it was not followed")
            if method == "POST" and reply.status in (301, 302, 303):
                raise Changed(f"{redact(asked)} redirects a query to {redact(target)}, where it would be lost")
            asked = target
        raise Changed(f"{redact(url)} redirects in circles; see if the service has moved")

    def _check_origin(self, url: str) -> None:
        if origin(url) not in self._origins:
            raise Changed(f"{redact(url)} is not among the services in the catalogue; it was not called")

    def _whole(self, method: str, url: str, sent: bytes | None) -> Reply:
        """One answer with its whole body; a body that breaks off is asked for again."""
        host = host_of(url)
        self._local.host = host
        broken: Exception | None = None
        for _ in range(2):
            if self.stop.is_set():
                raise Unreachable("the fetch was stopped", answered=False)
            self.windows.wait(host)
            try:
                return self._once(method, url, sent)
            except _BrokenOff as error:
                broken = error
            except (requests.exceptions.RequestException, HTTPError) as error:
                raise Unreachable(f"{redact(url)} {why(error)}", answered=False, why=why(error)) from None
            finally:
                self._local.limit.stop()
        raise Changed(f"{redact(url)} breaks off before its answer is whole; try again later") from broken

    def _once(self, method: str, url: str, sent: bytes | None) -> Reply:
        headers = {"Content-Type": "application/json"} if sent is not None else {}
        at = datetime.now(UTC).isoformat(timespec="seconds")
        silence = self.manners.greeting if self._is_new() else self.manners.read
        with self._session().request(
            method,
            url,
            data=sent,
            headers=headers,
            timeout=(self.manners.connect, silence),
            allow_redirects=False,
            stream=True,
        ) as response:
            self._greeted.add(self._local.host)
            body = bytearray()
            try:
                for piece in response.iter_content(1 << 20):
                    body += piece
                    if len(body) > self.manners.largest:
                        largest = self.manners.largest
                        raise Changed(f"{redact(url)} answers with more than {largest} bytes; it was cut")
            except (requests.exceptions.RequestException, HTTPError) as error:
                if not self._local.limit.passed:
                    raise _BrokenOff from error
            if self._local.limit.passed:
                slow = f"did not send one answer whole within {self.manners.whole:.0f} s; try again later"
                raise Unreachable(f"{redact(url)} {slow}", answered=False, why=slow)
            kept = {k.lower(): v for k, v in response.headers.items()}
            return Reply(method, url, sent, response.status_code, kept, bytes(body), at)

    def _judge(self, reply: Reply) -> Reply:
        if 200 <= reply.status < 300:
            return reply
        where = redact(reply.url)
        if reply.status in RETRIED:
            reason = {429: "too many calls"}.get(reply.status, reason_given(reply.body) or "no reason given")
            raise Unreachable(
                f"{where} answered {reply.status} ({reason}) on every try; try again in some minutes",
                answered=True,
            )
        reason = reason_given(reply.body) or "no reason given"
        raise Rejected(f"{where} answered {reply.status}: {reason}", reply.status, reason)


class _BrokenOff(Exception):
    """The head of an answer came, its body did not come whole."""


def reason_given(body: bytes) -> str:
    """A service's own words from an error body that may be JSON, plain text, a web page or nothing."""
    text = body.decode("utf-8", "replace").strip()
    if not text:
        return ""
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError:
        if text[:1] == "<":
            start, end = text.lower().find("<title>"), text.lower().find("</title>")
            return text[start + 7 : end].strip()[:200] if 0 <= start < end else "a web page"
        return text[:200]
    if isinstance(document, dict):
        words = [document.get(k) for k in ("title", "detail", "error", "message")]
        found = [w for w in words if isinstance(w, str) and w]
        if isinstance(document.get("errors"), dict):
            found.append(", ".join(sorted(map(str, document["errors"]))))
        return ": ".join(dict.fromkeys(found))[:200]
    return ""
