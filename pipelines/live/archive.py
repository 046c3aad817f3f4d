"""The raw archive: every reply's bytes under their sha256, never changed, and a manifest for every fetch.

    <root>/objects/<first two>/<sha256>      the bytes, read-only
    <root>/manifests/<UTC time>.json         per table: requests, times, statuses, headers, hashes, outcome
    <root>/quarantine/<table>.json           why a table's newest replies were not landed
    <root>/sources.lock                      per table the hashes of the replies behind its landing

Belongs here: keeping bytes and saying where they came from. Not here: asking for them (http/client.py),
what they mean (formats/, protocols/).

Contact persons' names, telephone numbers and e-mail addresses stand in many replies. They are cut out before
anything is stored, so an object is the reply without them, and its sha256 is of what is stored. Nothing
else is changed: numbers keep the digits they were sent with.
"""

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from pipelines.errors import Refused, Unavailable
from pipelines.files import make_folder, write_bytes
from pipelines.http.client import KEPT_HEADERS, Reply, without_user

_JSON_CONTACT = re.compile(rb'"(?:contact|contacts|contactPerson)"\s*:\s*', re.IGNORECASE)
_PX_CONTACT = re.compile(rb"^[ \t]*+CONTACT[^=\n]*+=", re.MULTILINE)
_PX_BODY = re.compile(rb'(?:[^";]++|"[^"]*+")*+;[ \t]*+\r?\n?')
_DOMAIN = re.compile(rb"@(?:[A-Za-z0-9\-]{1,63}\.){1,9}[A-Za-z]{2,24}")
_BEFORE_AT = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._%+-"
_LONGEST_NAME = 256  # bytes before the @; the standard's own limit is 64
_REMOVED = b"[removed]"


def without_contacts(body: bytes) -> bytes:
    """The same bytes without contact details: JSON's `contact` members are null, .px CONTACT statements gone,
    e-mail addresses replaced. Binary bodies (xlsx) are returned as they are.
    """
    start = body[:64].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start[:4] == b"PK\x03\x04":
        return body
    if start[:1] in (b"{", b"["):
        body = _null_members(body)
    elif b"CONTACT" in body:
        body = _without_statements(body)
    return _without_addresses(body) if b"@" in body else body


def _without_statements(body: bytes) -> bytes:
    """A .px file without its CONTACT statements; one that never ends takes the rest of the file with it."""
    pieces: list[bytes] = []
    done = 0
    for match in _PX_CONTACT.finditer(body):
        if match.start() < done:
            continue  # the word inside a statement that is cut already
        ended = _PX_BODY.match(body, match.end())
        pieces.append(body[done : match.start()])
        done = ended.end() if ended else len(body)
    return b"".join([*pieces, body[done:]])


def _without_addresses(body: bytes) -> bytes:
    """E-mail addresses replaced. Found by their @, never by the name before it: looking for names would read a body of
    long words once from every letter.
    """
    pieces: list[bytes] = []
    done = 0
    for match in _DOMAIN.finditer(body):
        at = match.start()
        before = body[max(done, at - _LONGEST_NAME) : at]
        name = len(before) - len(before.rstrip(_BEFORE_AT))
        if name:
            pieces += [body[done : at - name], _REMOVED]
            done = match.end()
    return b"".join([*pieces, body[done:]])


def _null_members(body: bytes) -> bytes:
    pieces: list[bytes] = []
    done = 0
    for match in _JSON_CONTACT.finditer(body):
        if match.start() < done:
            continue  # inside a value that is cut already
        end = _value_end(body, match.end())
        pieces += [body[done : match.end()], b"null"]
        done = end
    return b"".join([*pieces, body[done:]]) if pieces else body


def _value_end(body: bytes, place: int) -> int:
    """Where the JSON value that begins at `place` ends; the end of the body when it never does."""
    depth = 0
    while place < len(body):
        byte = body[place : place + 1]
        if byte == b'"':
            place += 1
            while place < len(body) and body[place : place + 1] != b'"':
                place += 2 if body[place : place + 1] == b"\\" else 1
            if not depth:
                return place + 1
        elif byte in (b"{", b"["):
            depth += 1
        elif byte in (b"}", b"]", b","):
            if not depth:
                return place
            if byte != b",":
                depth -= 1
                if not depth:
                    return place + 1
        place += 1
    return place


@dataclass(frozen=True)
class Kept:
    """A reply in the archive: what was asked, when, and the sha256 of what is stored."""

    method: str
    url: str
    sent: str
    at: str
    status: int
    headers: Mapping[str, str]
    sha256: str
    size: int

    def record(self) -> dict[str, Any]:
        return dict(self.__dict__) | {"headers": dict(self.headers)}


class Archive:
    """The archive under one folder. Safe for several threads and for a kill at any moment."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def keep(self, reply: Reply) -> Kept:
        """Store a reply without its contact details; the same bytes are stored once."""
        body = without_contacts(reply.body)
        sha256 = hashlib.sha256(body).hexdigest()
        path = self.path(sha256)
        if not path.exists():
            _write(path, body, 0o444)
        headers = {k: v for k, v in reply.headers.items() if k in KEPT_HEADERS}
        sent = (reply.sent or b"").decode()
        return Kept(reply.method, without_user(reply.url), sent, reply.at, reply.status, headers, sha256, len(body))

    def path(self, sha256: str) -> Path:
        return self.root / "objects" / sha256[:2] / sha256

    def bytes_of(self, sha256: str) -> bytes:
        """The stored bytes; Refused when they are gone or no longer what they were."""
        try:
            body = self.path(sha256).read_bytes()
        except FileNotFoundError:
            raise Refused(f"the raw reply {sha256[:12]} is not in {self.root}; fetch its table again") from None
        if hashlib.sha256(body).hexdigest() != sha256:
            raise Refused(f"the raw reply {sha256[:12]} in {self.root} was changed; delete it and fetch again")
        return body

    def manifest(self, started: str, tables: Mapping[str, Mapping[str, Any]]) -> Path:
        """Write the manifest of the fetch begun at `started` (UTC, ISO 8601), over its own earlier state."""
        name = re.sub(r"[^0-9TZ]", "", started.replace("+00:00", "Z"))
        path = self.root / "manifests" / f"{name}.json"
        content = {"started": started, "tables": {k: dict(v) for k, v in sorted(tables.items())}}
        _write(path, orjson.dumps(content, option=orjson.OPT_INDENT_2))
        return path

    def quarantine(self, table: str, reason: str, kept: Sequence[Kept]) -> Path:
        """Say why a table's replies were not landed; the replies themselves are in the archive."""
        path = self.root / "quarantine" / f"{_safe(table)}.json"
        content = {"table": table, "reason": reason, "replies": [k.record() for k in kept]}
        _write(path, orjson.dumps(content, option=orjson.OPT_INDENT_2))
        return path

    def release_from_quarantine(self, table: str) -> None:
        (self.root / "quarantine" / f"{_safe(table)}.json").unlink(missing_ok=True)

    def locked(self) -> dict[str, dict[str, Any]]:
        """Per table what the landing was built of: {table: {version, retrieved, sha256: [...], …}}."""
        path = self.root / "sources.lock"
        try:
            return dict(orjson.loads(path.read_bytes()))
        except FileNotFoundError:
            return {}
        except OSError as error:
            raise Unavailable(f"{path} cannot be read ({error.strerror}); mend the folder") from None
        except orjson.JSONDecodeError:
            raise Refused(f"{path} is not whole JSON; delete it, and the next fetch fetches everything") from None

    def lock(self, locked: Mapping[str, Mapping[str, Any]]) -> None:
        option = orjson.OPT_INDENT_2 | orjson.OPT_SORT_KEYS
        _write(self.root / "sources.lock", orjson.dumps(dict(locked), option=option))


def _safe(table: str) -> str:
    """A table's id as a file name: ids are ours, but a path is never made of anything else."""
    if not re.fullmatch(r"[a-z0-9_]{1,80}", table):
        raise Refused(f"the table id {table!r} is not lower-case letters, digits and underscores; rename it")
    return table


def _write(path: Path, body: bytes, mode: int = 0o644) -> None:
    """Writes whole or not at all: a kill or a full disk never leaves half a file under the real name."""
    try:
        make_folder(path.parent)
        write_bytes(path, body, mode)
    except OSError as error:
        raise Unavailable(f"{path} was not written ({error.strerror}); make room or mend the permission") from None
