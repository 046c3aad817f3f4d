"""Writes the page of a release: the repository's files, the scripts made here, and the figures.

Reads the released tables and nothing else, so that the page can show no more than the release holds.
"""

import hashlib
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines import settings
from pipelines.errors import Refused
from pipelines.files import sha256_of
from pipelines.published.metadata import literal
from pipelines.site.figures import Written, make_base_series, make_class_limits, write_indicators
from pipelines.site.manifest import ClassLimits, manifest
from pipelines.site.places import write_places, write_recommendations
from pipelines.site.runtime import charts_fingerprint, runtime_scripts
from pipelines.site.scripts import write_global

STRINGS = "strings.json"
MAP = "sweden_kommun_lan_sweref99tm.topo.json"
# The order form as a file that every browser shows and every computer opens; the mark at its head says UTF-8.
ORDER_FORM = "bestallning-raks.txt"
FIGURES_OF = ("area", "indicator", "indicator_value", "inequality", "unit")  # released tables behind the charts


@dataclass(frozen=True)
class Figures:
    """What has been written of the figures behind the charts, for the manifest."""

    class_limits: ClassLimits
    written: dict[str, Written]


def write_site(database: Path, folder: Path, figures: Figures | None = None) -> dict[str, float]:
    """Writes the page of the release in `database` into the folder `folder`; returns seconds by step.

    `figures`: the page's own files and those of the indicators are there already.
    """
    seconds: dict[str, float] = {}
    started = time.perf_counter()

    def lap(step: str) -> None:
        nonlocal started
        seconds[step] = time.perf_counter() - started
        started = time.perf_counter()

    with duckdb.connect() as connection:
        connection.execute((settings.SQL / "macros.sql").read_text(encoding="utf-8"))
        connection.execute(f"attach {literal(str(database))} as release (read_only)")
        if figures is None:
            write_frame(folder)
            lap("scripts")
            figures = write_figures(connection, folder)
            lap("indicators")
        areas = folder / "data" / "area"
        areas.mkdir()
        base = make_base_series(connection)
        write_places(connection, areas)
        write_recommendations(connection, folder / "data")
        lap("areas")
        about = manifest(connection, base, figures.class_limits, figures.written)
        write_global(folder / "manifest.js", "JAMLIK", about)
        lap("manifest")
    return seconds


def write_frame(folder: Path) -> None:
    """Writes what of the page rests on no figure into the new folder `folder`."""
    shutil.copytree(settings.SITE, folder, ignore=shutil.ignore_patterns(STRINGS, "*.md"))
    (folder / "vendor").mkdir(exist_ok=True)
    for name, text in runtime_scripts().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")
    write_global(folder / "strings.js", "JAMLIK_STRINGS", strings())
    write_global(folder / "map.js", "JAMLIK_MAP", json.loads((settings.REFERENCE / MAP).read_text(encoding="utf-8")))
    (folder / ORDER_FORM).write_text(settings.ORDER_FORM.read_text(encoding="utf-8"), encoding="utf-8-sig")


def write_figures(connection: duckdb.DuckDBPyConnection, folder: Path) -> Figures:
    """Writes the indicators' figures; the attached `release` must have the tables named in `FIGURES_OF`."""
    indicators = folder / "data" / "indicator"
    indicators.mkdir(parents=True)
    make_base_series(connection)
    return Figures(make_class_limits(connection), write_indicators(connection, indicators))


def check_site(folder: Path, release: duckdb.DuckDBPyConnection) -> None:
    """Refuses a page that lacks its first file, a script, or the figures of an indicator or area that has any."""
    scripts = ["manifest.js", "specs.js", "strings.js", "map.js", "vendor/vega.js", ORDER_FORM]
    indicators = release.execute("select distinct indicator_id from indicator_value order by 1").fetchall()
    areas = release.execute("select area_code from area order by 1").fetchall()
    figures = [f"data/indicator/{name}.parquet" for (name,) in indicators]
    figures += ["data/recommendation_status.parquet", *(f"data/area/{code}.parquet" for (code,) in areas)]
    for name in ["index.html", *scripts, *figures, *(f"{each}.js" for each in figures)]:
        if not (folder / name).is_file():
            raise Refused(f"The page was written without {name}; run again.")


def site_fingerprint() -> str:
    """A hash of all that the page is made from beside the released tables."""
    digest = hashlib.sha256(charts_fingerprint().encode())
    own = [path for path in settings.SITE.rglob("*") if path.is_file()]
    for path in [*sorted(own), settings.REFERENCE / MAP, settings.ORDER_FORM]:
        digest.update(f"{path.relative_to(settings.REPOSITORY).as_posix()}{sha256_of(path)}".encode())
    return digest.hexdigest()


def strings() -> dict[str, Any]:
    """The page's words, Swedish and English."""
    path = settings.SITE / STRINGS
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise Refused(f"site/{STRINGS} cannot be read ({fault}); correct it.") from fault
    if not isinstance(content, dict):
        raise Refused(f"site/{STRINGS} must be one object of words by key; correct it.")
    for key, words in content.items():
        if not isinstance(words, dict) or set(words) != {"sv", "en"}:
            raise Refused(f'site/{STRINGS}: "{key}" needs the words "sv" and "en" and no others; correct it.')
    return content
