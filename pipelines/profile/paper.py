"""The profile of a place on paper: two A4 pages with the page's own charts, as PDF or PNG, drawn without a browser.

The first page says where the place stands, recommendation by recommendation; the second for whom it is worse, where it
goes, and what cannot be seen. Not here: the sheet itself (`sheet.py`), the charts (`pipelines/site/`), the words of the
screen that are used here too (`screen.py`, `words.py`).
"""

from collections.abc import Callable
from pathlib import Path

import duckdb

from pipelines import settings
from pipelines.catalogue.areas import area_code_of
from pipelines.errors import Unavailable
from pipelines.profile.facts import Profile, all_areas, gaps_of_the_nation, read
from pipelines.profile.paper_groups import groups_and_years
from pipelines.profile.paper_standing import standing
from pipelines.profile.sheet import Sheet, to_pdf, to_png


def write(connection: duckdb.DuckDBPyConnection, place: str, pdf: str | None, png: str | None) -> list[Path]:
    """Writes the profile of a place of an open release to the files named, and returns them."""
    profile = read(connection, area_code_of(connection, place))
    return _written(connection, profile, pdf and Path(pdf), png and Path(png))


def write_all(
    connection: duckdb.DuckDBPyConnection, folder: str, form: str, told: Callable[[str, int, int], None]
) -> list[Path]:
    """Writes every municipality's profile into `folder` as `<code> <name>.<form>`; `told` its name, its number, of how
    many, before each.
    """
    target = Path(folder)
    _make(target)
    written: list[Path] = []
    areas, nation_gaps = all_areas(connection), gaps_of_the_nation(connection)
    for number, (code, name) in enumerate(areas):
        told(name, number, len(areas))
        path = target / f"{code} {name}.{form}"
        profile = read(connection, code, nation_gaps)
        written += _written(connection, profile, path if form == "pdf" else None, path if form == "png" else None)
    return written


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise Unavailable(
            f"The folder {settings.relative(folder)} cannot be made ({fault.strerror}); name another."
        ) from fault


def _written(
    connection: duckdb.DuckDBPyConnection, profile: Profile, pdf: Path | str | None, png: Path | str | None
) -> list[Path]:
    sheets = pages(connection, profile)
    files = []
    for path, writer in ((pdf, _as_pdf), (png, _as_png)):
        if not path:
            continue
        try:
            writer(sheets, profile, Path(path))
        except OSError as fault:
            raise Unavailable(
                f"{settings.relative(Path(path))} cannot be written ({fault.strerror}); name another file."
            ) from fault
        files.append(Path(path))
    return files


def _as_pdf(sheets: list[Sheet], profile: Profile, path: Path) -> None:
    to_pdf(sheets, f"{profile.area['area_name']}: jämlik hälsa", path)


def _as_png(sheets: list[Sheet], _: Profile, path: Path) -> None:
    to_png(sheets, path)


def pages(connection: duckdb.DuckDBPyConnection, profile: Profile) -> list[Sheet]:
    """The two sheets of a place."""
    return [standing(connection, profile), groups_and_years(connection, profile)]
