"""Writes the page of a release: the repository's files, the scripts made here, and the figures.

Reads the released tables and nothing else, so that the page can show no more than the release holds.
"""

import json
import shutil
import time
from pathlib import Path
from typing import Any

import duckdb

from pipelines import settings
from pipelines.errors import Refused
from pipelines.files import write_text
from pipelines.metadata import literal
from pipelines.site import runtime
from pipelines.site.figures import make_class_limits, write_indicators
from pipelines.site.manifest import manifest
from pipelines.site.places import write_places
from pipelines.site.scripts import write_global

STRINGS = "strings.json"
MAP = "sweden_kommun_lan_sweref99tm.topo.json"


def write_site(database: Path, folder: Path) -> dict[str, float]:
    """Writes the page of the release in `database` into the new folder `folder`; returns seconds by step."""
    seconds: dict[str, float] = {}
    started = time.perf_counter()

    def lap(step: str) -> None:
        nonlocal started
        seconds[step] = time.perf_counter() - started
        started = time.perf_counter()

    own = settings.SITE
    shutil.copytree(own, folder, ignore=shutil.ignore_patterns(STRINGS, "*.md"))
    (folder / "vendor").mkdir(exist_ok=True)
    write_text(folder / "vendor" / "vega.js", runtime.vega_script())
    write_global(folder / "strings.js", "JAMLIK_STRINGS", strings())
    write_global(folder / "map.js", "JAMLIK_MAP", json.loads((settings.REFERENCE / MAP).read_text(encoding="utf-8")))
    lap("scripts")
    indicators, areas = folder / "data" / "indicator", folder / "data" / "area"
    indicators.mkdir(parents=True)
    areas.mkdir()
    with duckdb.connect() as connection:
        connection.execute(f"attach {literal(str(database))} as release (read_only)")
        class_limits = make_class_limits(connection)
        sizes = write_indicators(connection, indicators)
        lap("indicators")
        write_places(connection, areas)
        lap("areas")
        write_global(folder / "manifest.js", "JAMLIK", manifest(connection, class_limits, sizes))
        lap("manifest")
    return seconds


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
