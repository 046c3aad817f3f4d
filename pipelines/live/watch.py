"""What the services say of their tables now, asked cheaply: whether there is anything to fetch.

Belongs here: one look at a table, and which tables it makes worth fetching. Does not belong here: the
fetch itself (fetch.py), what a service's mark of a table's state is (protocols/), when a schedule looks
(orchestration/live_assets.py).
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from pipelines.errors import JamlikError
from pipelines.http.client import Manners, Reply, Unreachable, host_of, redact
from pipelines.http.reach import knock
from pipelines.landing.freshness import due
from pipelines.live.archive import without_contacts
from pipelines.live.fetch import KINDS, ODD_SHAPES, client_for
from pipelines.protocols.answers import Kind, Recorder
from pipelines.protocols.spec import LiveTable


@dataclass(frozen=True)
class Seen:
    """One look at a table. `version` is the service's mark of its state, to be held against the landed one; empty where
    the service has none, or did not tell.
    """

    table: str
    version: str
    said: str


class Watch:
    """Looks at tables one after the other, as one caller: within each service's limits, a silent host knocked at once.
    Not for several threads.
    """

    def __init__(self, tables: Sequence[LiveTable], manners: Manners | None = None) -> None:
        self._manners = manners or Manners()
        self._recorder = Recorder(client_for(tables, self._manners), _hash)
        self._kinds: dict[str, Kind] = {}
        self._silent: dict[str, str] = {}

    def look(self, table: LiveTable, locked: Mapping[str, Any]) -> Seen:
        """What the service says of `table` now; `locked` is what is known of its landing. Never raises for a service's
        sake.
        """
        host = host_of(table.service.url)
        if host not in self._silent:
            self._silent[host] = knock(table.service.url, self._manners.connect * self._manners.connect_tries)
        if why := self._silent[host]:
            return Seen(table.id, "", f"{host} {why}")
        service = table.service
        kind = self._kinds.setdefault(service.id, KINDS[service.protocol](service, self._recorder))
        try:
            version = kind.seen(table, locked)
        except Unreachable as error:
            self._silent[host] = "" if error.answered else error.why or "was silent before"
            return Seen(table.id, "", str(error))
        except JamlikError as error:
            return Seen(table.id, "", str(error))
        except ODD_SHAPES as error:
            said = f"{redact(service.url)}: an answer has a shape this protocol does not know ({error!r})"
            return Seen(table.id, "", said)
        return Seen(table.id, version, version or "the service has no mark of the table's state")


def _hash(reply: Reply) -> str:
    """As the archive would name the reply; a look is not kept."""
    return hashlib.sha256(without_contacts(reply.body)).hexdigest()


def worth_fetching(
    tables: Sequence[LiveTable],
    locked: Mapping[str, Mapping[str, Any]],
    seen: Mapping[str, tuple[str, str]],
    today: datetime | None = None,
) -> dict[str, str]:
    """Table id → why it should be fetched now: it was seen to have moved, or it is past its cadence.

    `seen` is table id → (version, when that was seen, ISO 8601 UTC). A look from before the table was last fetched or
    found unchanged says nothing any more.
    """
    why = {
        table.id: "past its cadence" if locked.get(table.id) else "never landed" for table in due(tables, locked, today)
    }
    for table in tables:
        entry = locked.get(table.id, {})
        version, when = seen.get(table.id, ("", ""))
        checked = str(entry.get("checked") or entry.get("retrieved") or "")
        if entry and version and version != entry.get("version") and _later(when, checked):
            why[table.id] = f"moved: {version}"
    return {table.id: why[table.id] for table in tables if table.id in why}


def _later(when: str, checked: str) -> bool:
    return not checked or datetime.fromisoformat(when) >= datetime.fromisoformat(checked)
