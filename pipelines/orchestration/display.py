"""What `jamlik run` shows: a line of progress in a terminal, plain lines in a log, and a closing account."""

import sys
import threading
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines import settings
from pipelines.orchestration.progress import RELEASE, Listener
from pipelines.orchestration.run import Story, run
from pipelines.published.reader import kept_out
from pipelines.warehouse.tables import TableSpec


class _Display(Listener):
    """A progress bar where there is a terminal; where there is none, only refusals and the account are printed."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._task = progress.add_task("reading the models", total=None)
        self._at_work: dict[str, str] = {}  # by workers, each in a thread of its own, and how far each has come
        self._left = ""
        self._made = 0
        self._told = threading.Lock()

    def begun(self, name: str) -> None:
        with self._told:
            self._at_work[name] = ""
            self._show()

    def within(self, name: str, how_far: str) -> None:
        with self._told:
            self._at_work[name] = f" ({how_far})"
            self._show()

    def done(self, name: str, left: int, left_seconds: float | None) -> None:
        with self._told:
            del self._at_work[name]
            self._made += 1
            took = "" if left_seconds is None else f", some {left_seconds:.0f} s by last time"
            self._left = f"{left} left{took}"
            total = self._made + left + len(self._at_work)
            self._progress.update(self._task, completed=self._made, total=total)
            self._show()

    def started(self, name: str) -> None:
        if name == RELEASE:  # made when all tables are, by no worker
            self._progress.update(self._task, description="writing the release")

    def _show(self) -> None:
        words = [", ".join(f"{name}{how_far}" for name, how_far in self._at_work.items()), self._left]
        self._progress.update(self._task, description="; ".join(word for word in words if word))


def fetched(words: Sequence[str], brief: bool = False) -> int:
    """Fetches what `words` name (nothing: everything) and prints a line a table; returns the exit code.

    A `brief` fetch belongs to a run: tables that are only probed are left out, and nothing that fails ends the run.
    """
    from pipelines.live import services as live

    wanted = live.chosen(words)
    probes = [table for table in wanted if table.probe_only]
    console = Console(stderr=True)
    with console.status("asking the live services") if console.is_terminal else nullcontext():
        found = live.fetch([t for t in wanted if t not in probes] if brief else wanted, brief)
    for line in found.lines:
        print(line, file=sys.stderr)  # noqa: T201
    if brief and probes:
        said = f"{len(probes)} tables whose query is not verified were not asked; `jamlik fetch` probes them."
        print(said, file=sys.stderr)  # noqa: T201
    return 1 if found.failed else 0


def watched(tables: list[TableSpec], only: str | None, job: Callable[[], Any]) -> int:
    """Runs with a display (`job` as in `run`); returns the exit code."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        story = run(tables, only, _Display(progress), job)
    return _account(story)


def _account(story: Story) -> int:
    seen = story.listener
    for sentence in seen.refused.values():
        print(f"jamlik: {sentence}", file=sys.stderr)  # noqa: T201
    made = [built for built in seen.built if not built.skipped]
    rows = sum(built.rows for built in made)
    share = max(0.0, 1 - story.work_seconds / story.seconds)
    print(  # noqa: T201
        f"{len(made)} tables made ({rows:,} rows), {len(seen.built) - len(made)} unchanged, "
        f"{len(seen.refused)} refused; "
        f"{story.seconds:.1f} s, of which {share:.0%} was orchestration; {story.peak_megabytes:.0f} MB at most",
        file=sys.stderr,
    )
    landings = _landings()
    if landings:
        print(landings, file=sys.stderr)  # noqa: T201
    if seen.release:
        for sentence in kept_out(Path(seen.release)):
            print(f"jamlik: {sentence}", file=sys.stderr)  # noqa: T201
        print(seen.release)  # noqa: T201
    return 1 if seen.refused else 0


def _landings() -> str:
    """Which landing each source table came from, in a line."""
    from pipelines.catalogue import entries
    from pipelines.landing import zone

    kinds: dict[str, list[str]] = {}
    for table_id, source in entries.sources().items():
        kinds.setdefault(zone.current(source).kind, []).append(table_id)
    live, none = kinds.get("live", []), kinds.get("none", [])
    folder = settings.relative(settings.landing())
    words = (
        f"From {folder}: {', '.join(live)}; the other {len(kinds.get('snapshot', []))} from the snapshot in git"
        if live
        else f"All {len(kinds.get('snapshot', []))} source tables came from the snapshot in git"
    )
    return f"{words}; not fetched yet: {', '.join(none)}." if none else f"{words}."
