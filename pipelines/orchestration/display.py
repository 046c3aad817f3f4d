"""What `jamlik run` shows: a line of progress in a terminal, plain lines in a log, and a closing account."""

import sys
from collections.abc import Callable, Sequence
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines import settings
from pipelines.orchestration.progress import Listener
from pipelines.orchestration.run import Story, run
from pipelines.published.reader import kept_out
from pipelines.warehouse.tables import TableSpec
from pipelines.warehouse.warehouse import Built


class _Display(Listener):
    """A progress bar where there is a terminal; where there is none, only refusals and the account are printed."""

    def __init__(self, progress: Progress) -> None:
        super().__init__()
        self._progress = progress
        self._task = progress.add_task("reading the models", total=None)

    def started(self, name: str) -> None:
        self._progress.update(self._task, description=name)

    def finished(self, built: Built) -> None:
        super().finished(built)
        self._progress.advance(self._task)

    def failed(self, name: str, sentence: str) -> None:
        super().failed(name, sentence)
        self._progress.advance(self._task)


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
