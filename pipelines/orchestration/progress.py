"""What a run tells whoever is watching: which table is being made, what became of it, what was refused.

The command line listens here; in Dagster's own interface nobody does, since it has its event log.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

from pipelines.warehouse.ahead import Watcher
from pipelines.warehouse.warehouse import Built

RELEASE = "release.latest"  # the last asset of a run
# Dagster's words for a run that has begun, or was about to, and has not ended.
UNFINISHED = ("NOT_STARTED", "STARTING", "STARTED", "CANCELING")


@dataclass
class Listener(Watcher):
    """Collects a run's story; the command line's progress display overrides the methods.

    `begun` and `done` come from the workers that make tables, the others from whoever keeps the books of the run.
    """

    built: list[Built] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)
    release: str | None = None

    def started(self, name: str) -> None:
        """A table is about to be made."""

    def finished(self, built: Built) -> None:
        self.built.append(built)

    def failed(self, name: str, sentence: str) -> None:
        self.refused[name] = sentence


_listener: ContextVar[Listener | None] = ContextVar("listener", default=None)
_nobody = Listener()


def listener() -> Listener:
    """Who listens now; a run that nobody watches tells a listener that forgets."""
    return _listener.get() or _nobody


@contextmanager
def listening(watcher: Listener) -> Iterator[Listener]:
    token = _listener.set(watcher)
    try:
        yield watcher
    finally:
        _listener.reset(token)
