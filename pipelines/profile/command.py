"""What `jamlik profile` does with its words: the screen, or paper for one place or all. Not here: either of them."""

import sys

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from pipelines import settings
from pipelines.errors import WrongCall
from pipelines.published.reader import open_release


def run(place: str | None, full: bool, pdf: str | None, png: str | None, everywhere: bool) -> None:
    """Shows or writes; `WrongCall` for words that do not go together."""
    if everywhere == bool(place):
        raise WrongCall("A profile is of one PLACE, or with --all of every municipality; write one of them.")
    if everywhere and not (pdf or png):
        raise WrongCall("With --all the profiles are written to files; name a folder with --pdf or --png.")
    if pdf or png:
        _write(place, pdf, png)
        return
    from pipelines.profile.facts import profile_of
    from pipelines.profile.screen import show

    show(profile_of(place or settings.home_area()), Console(), full)


def _write(place: str | None, pdf: str | None, png: str | None) -> None:
    from pipelines.profile import paper

    if place is not None:
        with open_release() as connection:
            for path in paper.write(connection, place, pdf, png):
                print(path)  # noqa: T201
        return
    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    wanted = [(folder, form) for folder, form in ((pdf, "pdf"), (png, "png")) if folder]
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as progress:
        task = progress.add_task("opening the release", total=None)

        def told(name: str, number: int, total: int) -> None:
            progress.update(task, description=name, completed=number, total=total)

        with open_release() as connection:
            written = [path for folder, form in wanted for path in paper.write_all(connection, folder, form, told)]
    print(f"{len(written)} profiles written", file=sys.stderr)  # noqa: T201
    for folder, _ in wanted:
        print(folder)  # noqa: T201
