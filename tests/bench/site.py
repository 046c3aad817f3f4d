"""Times and sizes of the page's writing: `python -m tests.bench site`.

Writes the page of the latest release under JAMLIK_DATA (of a fresh run where there is none) twice: with nothing kept,
and again with Vega and the compiled charts kept from the first time. Wall and processor seconds: on a busy machine only
the second says anything.
"""

import os
import re
import shutil
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.published.reader import latest_release
from pipelines.site.writer import write_site
from tests.bench.__main__ import say, timed


def main() -> None:
    with TemporaryDirectory() as scratch:
        database = _database(Path(scratch))
        os.environ["JAMLIK_DATA"] = str(Path(scratch) / "kept")
        for what in ("nothing kept", "Vega and charts kept"):
            folder = Path(scratch) / "site"
            shutil.rmtree(folder, ignore_errors=True)
            started, worked = time.perf_counter(), time.process_time()
            steps = write_site(database, folder)
            seconds, processor = time.perf_counter() - started, time.process_time() - worked
            told = ", ".join(f"{step} {each:.1f}" for step, each in steps.items())
            say(f"site/ written, {what}", seconds, "≤ 15 s", f"{processor:.1f} s of processor; {told}")
        _sizes(folder)


def _database(scratch: Path) -> Path:
    release = latest_release()
    if release is None:
        timed("run", data=str(scratch / "data"))
        release = scratch / "data" / "published" / "latest"
    return release / "jamlik.duckdb"


def _sizes(folder: Path) -> None:
    files = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    indicators = len(list((folder / "data" / "indicator").glob("*.parquet")))
    whole = sum(files.values()) / 1e6
    print(
        f"site/ is {whole:.1f} MB with {indicators} indicators, {whole / indicators * 120:.1f} MB for 120; asked ≤ 60"
    )
    named = re.findall(r'(?:src|href)="([^"#]+\.(?:js|css))"', (folder / "index.html").read_text(encoding="utf-8"))
    place = max(size for path, size in files.items() if path.parent.name == "area" and path.suffix == ".parquet")
    first = sum(files[folder / name] for name in ["index.html", *named]) + place
    print(
        f"index.html, what it names and one place's figures are {first / 1e6:.2f} MB; asked of the first view ≤ 1.6 MB"
    )
