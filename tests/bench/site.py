"""Times and sizes of the page's writing.

Writes the page of the latest release under JAMLIK_DATA (of a fresh run where there is none) twice: with nothing kept,
and again with Vega and the compiled charts kept from the first time. Wall and processor seconds: on a busy machine only
the second says anything.
"""

import os
import re
from pathlib import Path
from unittest.mock import patch

from pipelines.site.writer import write_site
from tests.bench.clocks import clock
from tests.bench.report import Report
from tests.bench.size import Size


def bench(report: Report, size: Size) -> None:
    database = size.finished().release / "jamlik.duckdb"
    with size.folder() as scratch, patch.dict(os.environ, {"JAMLIK_DATA": str(scratch / "kept")}):
        for number, what in enumerate(("nothing kept", "Vega and charts kept")):
            folder = scratch / f"site{number}"
            with clock() as spent:
                steps = write_site(database, folder)
            told = ", ".join(f"{step} {each:.1f}" for step, each in steps.items())
            report.figure(f"site/ written, {what}", spent.wall, "s", "≤ 15 s", f"{spent}; {told}")
        _sizes(report, folder)


def _sizes(report: Report, folder: Path) -> None:
    files = {path: path.stat().st_size for path in folder.rglob("*") if path.is_file()}
    indicators = len(list((folder / "data" / "indicator").glob("*.parquet")))
    whole = sum(files.values()) / 1e6
    report.figure("site/ as a whole", whole, "MB", note=f"{indicators} indicators")
    report.figure("site/ for 120 indicators", whole / indicators * 120, "MB", "≤ 60 MB")
    named = re.findall(r'(?:src|href)="([^"#]+\.(?:js|css))"', (folder / "index.html").read_text(encoding="utf-8"))
    place = max(size for path, size in files.items() if path.parent.name == "area" and path.suffix == ".parquet")
    first = sum(files[folder / name] for name in ["index.html", *named]) + place
    told = "index.html, what it names and one place's figures"
    report.figure("first view", first / 1e6, "MB", "≤ 1.6 MB", told)
