"""Is anybody there: one knock at a host's door, before its tables are asked for one after the other.

Belongs here: a name looked up and a connection opened, both within one deadline. Does not belong here: what is said
through the door (client.py), which tables wait behind it (live/fetch.py).

The libraries bound neither: looking a name up takes as long as the system's resolver pleases (half a minute and more
when its servers are silent), and each of a name's addresses is tried for the whole of the time-out.
"""

import queue
import socket
import threading
import time
from urllib.parse import urlsplit

from requests.utils import get_environ_proxies, select_proxy

_NOT_FOUND = "is not to be found on the network; check the connection"
_REFUSED = "takes no connections; try again later"
_SILENT = "did not answer in time; try again later"


def knock(url: str, seconds: float) -> str:
    """Empty when the host of `url` takes a connection within `seconds`, else what is wrong, to follow its name.

    Where a proxy stands between, nothing is tried: it looks names up itself, and only it can tell.
    """
    if select_proxy(url, get_environ_proxies(url)) is not None:
        return ""
    parts = urlsplit(url)
    host, port = parts.hostname or "", parts.port or {"https": 443}.get(parts.scheme, 80)
    told: queue.SimpleQueue[str] = queue.SimpleQueue()
    # A thread that nobody waits for: the resolver cannot be interrupted.
    threading.Thread(target=lambda: told.put(_open(host, port, seconds)), daemon=True).start()
    try:
        return told.get(timeout=seconds)
    except queue.Empty:
        return _SILENT


def _open(host: str, port: int, seconds: float) -> str:
    """Tries the host's addresses in turn, each for its share of the time that is left."""
    until = time.monotonic() + seconds
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return _NOT_FOUND
    why = _NOT_FOUND
    for tried, (family, kind, protocol, _, address) in enumerate(found):
        try:
            with socket.socket(family, kind, protocol) as door:
                door.settimeout(max(0.05, (until - time.monotonic()) / (len(found) - tried)))
                door.connect(address)
            return ""
        except TimeoutError:
            why = _SILENT
        except ConnectionRefusedError:
            why = _REFUSED
        except OSError:
            pass  # no route: the next address may have one
    return why
