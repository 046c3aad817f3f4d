"""How old the figures in use are, which tables are due, and which landing a run stands on.

Belongs here: dates against cadences, live against snapshot. Does not belong here: fetching (live/fetch.py), reading a
landing (zone.py).
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from pipelines.errors import Refused
from pipelines.protocols.spec import CADENCES, LiveTable


@dataclass(frozen=True)
class Freshness:
    """How old a landing is against its cadence: fresh, due (fetch it) or stale (say so in the release)."""

    state: str
    age_days: int | None


def freshness(cadence: str, checked: str, today: datetime | None = None) -> Freshness:
    """`checked` is when the landing was last fetched or found unchanged (ISO 8601; empty: never).

    Due after one interval of the cadence, stale after one and a half; unknown cadences are refused.
    """
    if cadence not in CADENCES:
        raise Refused(f"the cadence {cadence!r} is none of {', '.join(CADENCES)}")
    if not checked:
        return Freshness("stale", None)
    then = datetime.fromisoformat(checked)
    then = then if then.tzinfo else then.replace(tzinfo=UTC)
    age = (today or datetime.now(UTC)) - then
    interval = timedelta(days=CADENCES[cadence])
    state = "fresh" if age <= interval else "due" if age <= 1.5 * interval else "stale"
    return Freshness(state, max(0, age.days))


def due(
    tables: Sequence[LiveTable], locked: Mapping[str, Mapping[str, Any]], today: datetime | None = None
) -> list[LiveTable]:
    """The tables a schedule should ask about today: those past their cadence and those never landed."""
    return [t for t in tables if freshness(t.cadence, _checked(locked.get(t.id, {})), today).state != "fresh"]


def _checked(entry: Mapping[str, Any]) -> str:
    return str(entry.get("checked") or entry.get("retrieved") or "")


@dataclass(frozen=True)
class Tried:
    """What became of a table when it was last asked for, and why."""

    good: bool
    state: str
    reason: str


@dataclass(frozen=True)
class Standing:
    """What a run stands on for one table: the live landing or the snapshot, how old, and what was tried."""

    table: str
    in_use: str  # live, snapshot or none
    retrieved: str
    state: str  # fresh, due or stale; a table whose fetch just failed is stale whatever its age
    newer_than_snapshot: bool
    said: str


def standings(
    tables: Sequence[LiveTable],
    locked: Mapping[str, Mapping[str, Any]],
    snapshots: Mapping[str, str],
    tried: Mapping[str, Tried] | None = None,
    today: datetime | None = None,
) -> list[Standing]:
    """One line a table for the run and the release. `snapshots` is table id → the snapshot's date ("" unknown),
    `tried` table id → what a fetch came to just now.

    A table that is only probed and has no snapshot stands on nothing and is left out.
    """
    tried = tried or {}
    found = []
    for table in tables:
        entry = locked.get(table.id, {})
        live, snapshot = str(entry.get("retrieved") or ""), snapshots.get(table.snapshot)
        if not live and snapshot is None:
            if table.probe_only:
                continue
            found.append(_standing(table, "none", "", "stale", False, tried.get(table.id)))
            continue
        newer = bool(live) and live[:10] >= (snapshot or "")[:10]
        in_use = "live" if newer else "snapshot"
        age = freshness(table.cadence, _checked(entry) if newer else snapshot or "", today)
        outcome = tried.get(table.id)
        state = "stale" if outcome is not None and not outcome.good else age.state
        newer_than = newer and snapshot is not None
        found.append(_standing(table, in_use, live if newer else snapshot or "", state, newer_than, outcome))
    return found


def _standing(
    table: LiveTable, in_use: str, retrieved: str, state: str, newer: bool, outcome: Tried | None
) -> Standing:
    words = [f"{table.id} stands on {in_use if in_use != 'none' else 'nothing'}"]
    words += [f"of {retrieved[:10]}"] if retrieved else []
    words += [f"({state})"]
    if outcome is not None and not outcome.good:
        words.append(f"– {outcome.state}: {outcome.reason}")
    return Standing(table.id, in_use, retrieved, state, newer, " ".join(words))
