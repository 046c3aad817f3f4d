"""Makes a run's tables one after another in a thread of its own, so that Dagster's bookkeeping costs no waiting.

For every table Dagster writes some twenty events to its history; meanwhile the next table can be made. It is still one
table at a time on one connection, in an order in which each comes after what it needs, so a figure cannot depend on
it. Belongs here: that thread. Not here: how a table is made (`warehouse.py`), or what Dagster tells of it
(`orchestration/factory.py`).
"""

import threading
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Generic, TypeVar

Made = TypeVar("Made")


class Ahead(Generic[Made]):
    """The tables that are being made ahead of whoever asks for them: by name, in order, what makes each."""

    def __init__(self, work: Mapping[str, Callable[[], Made]]) -> None:
        self._work_of = work
        self._results: dict[str, Future[Made]] = {name: Future() for name in work}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._work, name="tables ahead")

    def __contains__(self, name: str) -> bool:
        return name in self._results

    def result(self, name: str) -> Made:
        """Waits until `name` has been made, or raises what stopped it."""
        return self._results[name].result()

    def settle(self) -> None:
        """Waits until nothing is being made any more."""
        self._thread.join()

    @contextmanager
    def working(self, interrupt: Callable[[], None]) -> Iterator[None]:
        """Works while the block runs; then stops after the table in hand, which `interrupt` may cut short."""
        self._thread.start()
        try:
            yield
        finally:
            self._stop.set()
            while self._thread.is_alive():  # said again, since between two queries it is not heard
                interrupt()
                self._thread.join(0.2)

    def _work(self) -> None:
        for name, make in self._work_of.items():
            result = self._results[name]
            if self._stop.is_set():
                result.cancel()
                continue
            try:
                result.set_result(make())
            except BaseException as fault:  # whoever asks for the table hears it
                result.set_exception(fault)
