"""Makes a run's tables side by side, each worker on a connection of its own, while Dagster keeps its books.

A table is begun when those it needs are done with, whatever became of them, and never before; each is computed by one
worker on one connection of one thread. So a figure cannot depend on how many workers there are, nor on which is done
first. Of those that can be begun, the one with the longest way still to go comes first. Belongs here: the workers. Not
here: how a table is made (`warehouse.py`), or what Dagster tells of it (`orchestration/factory.py`).
"""

import ctypes
import threading
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from graphlib import TopologicalSorter
from typing import Generic, TypeVar

import duckdb

Made = TypeVar("Made")
Connection = duckdb.DuckDBPyConnection
_PATIENCE_SECONDS = 0.5  # between one word to stop and the next, for a worker that is between two queries


@dataclass(frozen=True)
class Task(Generic[Made]):
    """One thing to make: how, on a worker's connection; what must be done with before; how long it took last time."""

    make: Callable[[Connection], Made]
    needs: Collection[str] = ()
    seconds: float | None = None


class Watcher:
    """Hears what the workers do, each call from a worker's thread."""

    def begun(self, name: str) -> None:
        """`name` is being made."""

    def within(self, name: str, how_far: str) -> None:
        """`name` is not made yet, but has come so far."""

    def done(self, name: str, left: int, left_seconds: float | None) -> None:
        """`name` has been made, or refused; `left` are neither made nor being made.

        `left_seconds`: the longest chain of those, by what each took last time; None where one was never made.
        """


_hears: ContextVar[Callable[[str], None] | None] = ContextVar("hears", default=None)


def tell(how_far: str) -> None:
    """Says how far what this thread is making has come; to nobody where nobody listens. Never a count of anybody's."""
    if (hears := _hears.get()) is not None:
        hears(how_far)


@contextmanager
def heard_by(hears: Callable[[str], None]) -> Iterator[None]:
    """Whoever is told how far things have come while the block runs, in this thread."""
    token = _hears.set(hears)
    try:
        yield
    finally:
        _hears.reset(token)


class Ahead(Generic[Made]):
    """What is being made ahead of whoever asks for it, by name; a need that is not among the tasks is there already."""

    def __init__(
        self, tasks: Mapping[str, Task[Made]], connections: Sequence[Connection], watcher: Watcher | None = None
    ) -> None:
        self._tasks = tasks
        self._results: dict[str, Future[Made]] = {name: Future() for name in tasks}
        self._watcher = watcher or Watcher()
        self._waiting = {name: {need for need in task.needs if need in tasks} for name, task in tasks.items()}
        self._way = _ways(tasks)
        self._stopped = False
        self._changed = threading.Condition()
        self._connections = connections
        self._workers = [
            threading.Thread(target=self._work, args=(each,), name=f"tables ahead {number}", daemon=True)
            for number, each in enumerate(connections, 1)
        ]

    def __contains__(self, name: str) -> bool:
        return name in self._results

    def result(self, name: str) -> Made:
        """Waits until `name` has been made, or raises what stopped it."""
        return self._results[name].result()

    def settle(self) -> None:
        """Waits until nothing is being made any more."""
        for worker in self._workers:
            worker.join()

    @contextmanager
    def working(self) -> Iterator[None]:
        """Works while the block runs; then stops: what is in hand is cut short, and nothing more is begun."""
        for worker in self._workers:
            worker.start()
        try:
            yield
        finally:
            with self._changed:
                self._stopped = True
                self._changed.notify_all()
            for worker, connection in zip(self._workers, self._connections, strict=True):
                cut_short(worker, connection)

    def _work(self, connection: Connection) -> None:
        while (name := self._next()) is not None:
            result = self._results[name]
            self._watcher.begun(name)
            try:
                with heard_by(partial(self._watcher.within, name)):
                    result.set_result(self._tasks[name].make(connection))
            except BaseException as fault:  # whoever asks for the table hears it
                result.set_exception(fault)
            with self._changed:
                for waits_for in self._waiting.values():
                    waits_for.discard(name)
                left = list(self._waiting)
                self._changed.notify_all()
            known = all(self._tasks[each].seconds is not None for each in left)
            seconds = max((self._way[each] for each in left), default=0.0) if known else None
            self._watcher.done(name, len(left), seconds)

    def _next(self) -> str | None:
        """What to make next, waited for if need be; None where nothing more is to be made."""
        with self._changed:
            while self._waiting and not self._stopped:
                ready = [name for name, waits_for in self._waiting.items() if not waits_for]
                if ready:
                    first = max(ready, key=lambda name: self._way[name])
                    del self._waiting[first]
                    return first
                self._changed.wait()
            for name in self._waiting:
                self._results[name].cancel()
            self._waiting.clear()
            return None


def _ways(tasks: Mapping[str, Task[Made]]) -> dict[str, float]:
    """For each task the seconds of the longest chain that begins with it, by what each took last time.

    Raises `graphlib.CycleError` where some need each other.
    """
    needs = {name: [need for need in task.needs if need in tasks] for name, task in tasks.items()}
    ways = dict.fromkeys(tasks, 0.0)  # of what comes after
    for name in reversed(list(TopologicalSorter(needs).static_order())):
        seconds = tasks[name].seconds
        ways[name] += 1.0 if seconds is None else seconds
        for need in needs[name]:
            ways[need] = max(ways[need], ways[name])
    return ways


def cut_short(worker: threading.Thread, connection: Connection | None = None) -> None:
    """Ends a thread's work soon, in a query or in Python's own steps, and waits until it has ended."""
    worker.join(0.05)
    while worker.is_alive():  # said again, since between two queries, or in a long step, it is not heard
        if connection is not None:
            connection.interrupt()
        worker.join(0.1)
        if worker.is_alive() and worker.ident is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(
                ctypes.c_ulong(worker.ident), ctypes.py_object(KeyboardInterrupt)
            )
            worker.join(_PATIENCE_SECONDS)


@contextmanager
def working_beside(work: Callable[[], Made]) -> Iterator[Future[Made]]:
    """Does one thing in a thread of its own while the block runs; cut short where that ends before it is done."""
    result: Future[Made] = Future()

    def do() -> None:
        try:
            result.set_result(work())
        except BaseException as fault:  # whoever asks for it hears it
            result.set_exception(fault)

    worker = threading.Thread(target=do, name="beside", daemon=True)
    worker.start()
    try:
        yield result
    finally:
        if not result.done():
            cut_short(worker)
        worker.join()
