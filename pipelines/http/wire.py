"""The wire beneath a call: one answer within one time limit, and what a failed connection means in words.

Belongs here: sockets, as far as the libraries leave them unbounded. Does not belong here: what is asked and how often
(client.py), whether anybody is there (reach.py).

The libraries bound the silence between two bytes, never the answer: a server that sends one byte a minute is read for
ever.
"""

import socket
import threading
from contextlib import suppress
from typing import Any

import requests
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.util.retry import Retry


class TimeLimit:
    """Shuts the socket of an answer that is not whole after `seconds`; its reader then meets the end.

    One a thread, and one answer at a time: `start` begins anew. `passed` tells whether the last one was shut.
    """

    def __init__(self, seconds: float) -> None:
        self.passed = False
        self._seconds = seconds
        self._timer: threading.Timer | None = None

    def start(self, wire: Any) -> None:
        """From now on; `wire` is the connected socket."""
        self.stop()
        self.passed = False
        self._timer = threading.Timer(self._seconds, self._shut, (wire,))
        self._timer.daemon = True
        self._timer.start()

    def stop(self) -> None:
        """The answer is whole, or given up."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _shut(self, wire: Any) -> None:
        self.passed = True
        with suppress(OSError):  # closed already
            # Not the encrypted layer's own shutdown, which would take the socket from under its reader.
            socket.socket.shutdown(getattr(wire, "socket", wire), socket.SHUT_RDWR)


class Session(requests.Session):
    """A session that leaves redirects alone. The library's own reads a redirect's body to its end, whatever its size,
    and takes its address apart, before anybody asked it to follow.
    """

    def get_redirect_target(self, _: requests.Response) -> None:
        return None


class Adapter(HTTPAdapter):
    """The transport of one thread: every answer is under `limit`, from its first byte on."""

    def __init__(self, limit: TimeLimit, retry: Retry) -> None:
        self._limit = limit
        super().__init__(max_retries=retry, pool_maxsize=2)

    def init_poolmanager(self, *arguments: Any, **options: Any) -> None:
        super().init_poolmanager(*arguments, **options)
        self.poolmanager.pool_classes_by_scheme = _limited(self._limit)

    def proxy_manager_for(self, *arguments: Any, **options: Any) -> Any:
        manager = super().proxy_manager_for(*arguments, **options)
        manager.pool_classes_by_scheme = _limited(self._limit)
        return manager


def _limited(limit: TimeLimit) -> dict[str, Any]:
    """Connection pools by scheme, whose connections start `limit` when they begin to read an answer."""

    class Plain(HTTPConnection):
        def getresponse(self) -> Any:
            limit.start(self.sock)
            return super().getresponse()

    class Encrypted(HTTPSConnection):
        def getresponse(self) -> Any:
            limit.start(self.sock)
            return super().getresponse()

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class EncryptedPool(HTTPSConnectionPool):
        ConnectionCls = Encrypted

    return {"http": PlainPool, "https": EncryptedPool}


def why(error: Exception) -> str:
    """What the failure of a connection means, to follow its address."""
    text = str(error)
    if isinstance(error, requests.exceptions.ProxyError | requests.exceptions.InvalidProxyURL) or "SOCKS" in text:
        return "is not to be had through the proxy that HTTP_PROXY or HTTPS_PROXY names; check it"
    if isinstance(error, requests.exceptions.SSLError):
        if "CERTIFICATE" not in text.upper():
            return "does not speak https as this machine does; check the address and the network"
        return "has a certificate that is not trusted here; check the address, the clock and the network"
    if "timed out" in text:
        return "did not answer in time; try again later"
    if any(w in text for w in ("NameResolution", "Failed to resolve", "unreachable", "refused", "No route")):
        return "is not to be found on the network; check the connection"
    return f"broke the connection ({type(error).__name__}); try again later"
