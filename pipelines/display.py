"""What `jamlik run` shows: a line of progress in a terminal, plain lines in a log, and a closing account."""

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines import settings
from pipelines.progress import Listener
from pipelines.run import Story, run
from pipelines.tables import TableSpec
from pipelines.warehouse import Built


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


def watched(tables: list[TableSpec], only: str | None) -> int:
    """Runs with a display; returns the exit code."""
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        story = run(tables, only, _Display(progress))
    return _account(story)


def _account(story: Story) -> int:
    seen = story.listener
    for sentence in seen.refused.values():
        print(f"jamlik: {sentence}", file=sys.stderr)  # noqa: T201
    made = [built for built in seen.built if not built.skipped]
    rows = sum(built.rows for built in made)
    share = max(0.0, 1 - story.work_seconds / story.seconds)
    print(  # noqa: T201
        f"{len(made)} tables made ({rows:,} rows), {len(seen.built) - len(made)} unchanged, {len(seen.refused)} refused; "
        f"{story.seconds:.1f} s, of which {share:.0%} was orchestration; {story.peak_megabytes:.0f} MB at most",
        file=sys.stderr,
    )
    landings = _landings()
    if landings:
        print(landings, file=sys.stderr)  # noqa: T201
    if seen.release:
        print(seen.release)  # noqa: T201
    return 1 if seen.refused else 0


def _landings() -> str:
    """Which landing each source table came from, in a line."""
    from pipelines import catalogue, landing

    kinds: dict[str, list[str]] = {}
    for table_id, source in catalogue.sources().items():
        kinds.setdefault(landing.current(source).kind, []).append(table_id)
    live = kinds.get("live", [])
    folder = settings.relative(settings.landing())
    if not live:
        return f"All {len(kinds.get('snapshot', []))} source tables came from the snapshot in git."
    return f"From {folder}: {', '.join(live)}; the other {len(kinds.get('snapshot', []))} from the snapshot in git."
