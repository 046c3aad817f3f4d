"""Times the page by the browser's own clock.

Looks at the latest release under JAMLIK_DATA (else of a fresh run), from a local server, in the Chromium that is
installed. The page measures itself from the click (or from the opening) until what is in the window is drawn, and until
the last chart is (“whole”).
"""

import functools
import http.server
import shutil
import statistics
import threading
import time
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page, sync_playwright

from tests.bench.clocks import Failed
from tests.bench.report import Report
from tests.bench.size import Size

ROUNDS = 5
INDICATORS = 30
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing."""


def _measures(page: Page, kind: str = "") -> list[float]:
    """The page's own timings of a kind (`first`, `view`, `indicator`, `control`; `whole` follows each), ms."""
    return page.evaluate(
        "kind => performance.getEntriesByType('measure')"
        ".filter(m => m.name.startsWith('jamlik:') && (!kind || m.name.endsWith(kind))).map(m => m.duration)",
        kind,
    )


def _wait(page: Page, more_than: int) -> None:
    end = time.monotonic() + 30
    while len(_measures(page, "whole")) <= more_than:
        if time.monotonic() > end:
            raise Failed(f"The page did not finish at {page.url}.")
        page.wait_for_timeout(20)


def _change(page: Page, kind: str, script: str, *values: Any) -> float:
    before = len(_measures(page, "whole"))
    page.evaluate(script, *values)
    _wait(page, before)
    return _measures(page, kind)[-1]


def _spread(report: Report, what: str, times: list[float], asked: str, note: str = "") -> None:
    told = f"the median of {len(times)}, the slowest {max(times):.0f} ms"
    report.figure(what, statistics.median(times), "ms", asked, f"{told}; {note}" if note else told)


def _first_view(report: Report, size: Size, browser: Browser, address: str, folder: Path) -> None:
    times, sizes = [], []
    for _ in range(size.pick(ROUNDS, 1)):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(address)
        _wait(page, 0)
        times += _measures(page, "first")
        files = {folder / url.removeprefix(address.rsplit("/", 1)[0] + "/") for url in asked if url.startswith("http")}
        sizes.append(sum(path.stat().st_size for path in files if path.is_file()) / 1e6)
        context.close()
    _spread(report, "first view, from opening to drawn", times, "≤ 1000 ms")
    report.figure("first view, bytes", max(sizes), "MB", "≤ 1.6 MB")


def _changes(report: Report, size: Size, browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.goto(f"{address}#view=indicator&place=0583")
    _wait(page, 0)
    report.figure("first view when it is an indicator's", _measures(page, "first")[0], "ms")
    names = page.evaluate("JAMLIK.indicators.filter(one => one.periods.length).map(one => one.id)")
    many = size.pick(INDICATORS, 2)
    step = max(1, len(names) // many)
    go = "changes => { JamlikPage.go(changes) }"
    times = {name: _change(page, "indicator", go, {"indicator": name}) for name in names[1::step][:many]}
    whole = statistics.median(_measures(page, "whole")[1:])
    slowest = max(times, key=lambda name: times[name])
    _spread(report, "changing indicator", list(times.values()), "≤ 250 ms", f"{slowest}; whole {whole:.0f} ms")
    cdp = page.context.new_cdp_session(page)
    cdp.send("HeapProfiler.collectGarbage")
    cdp.send("Performance.enable")
    metrics = {one["name"]: one["value"] for one in cdp.send("Performance.getMetrics")["metrics"]}
    heap = metrics["JSHeapUsedSize"] / 1e6
    report.figure(f"script heap after {len(times)} indicators", heap, "MB", "≤ 80 MB")
    _change(page, "indicator", go, {"indicator": page.evaluate("JamlikPage.manifest.firstIndicator()")})
    controls: dict[str, list[dict[str, str]]] = {
        "year": [{"period": "2018"}, {"period": ""}],
        "groups": [{"dimension": "age"}, {"dimension": "sex"}, {"dimension": ""}],
        "sex": [{"sex": "women"}, {"sex": "men"}, {"sex": ""}],
        "place": [{"place": "2463"}, {"place": "05"}, {"place": "0583"}],
        "map of counties": [{"level": "county"}, {"level": "municipality"}],
        "theme": [{"theme": "dark"}, {"theme": "light"}],
        "language": [{"lang": "en"}, {"lang": "sv"}],
    }
    for what in size.pick(list(controls), ["theme"]):
        changes = controls[what]
        page.evaluate("performance.clearMeasures()")
        if what == "map of counties":  # its control stands beside it, far down
            page.evaluate("document.querySelector('.panel-map').scrollIntoView()")
        found = [_change(page, "control", go, change) for _ in range(size.pick(2, 1)) for change in changes]
        whole = statistics.median(_measures(page, "whole"))
        _spread(report, f"changing {what}", found, "≤ 100 ms", f"whole {whole:.0f} ms")
    page.close()


def bench(report: Report, size: Size) -> None:
    """The page's timings beside what was asked of them."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        raise Failed("This needs Chromium (apt-get install chromium).")
    folder = size.finished().release / "site"
    if not folder.is_dir():
        raise Failed(f"This needs a release with a page; there is none in {folder}.")
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{server.server_port}/index.html"
    whole = sum(each.stat().st_size for each in folder.rglob("*") if each.is_file()) / 1e6
    indicators = len(list((folder / "data" / "indicator").glob("*.parquet")))
    report.figure("site/ as a whole", whole, "MB", "≤ 60 MB for 120", f"{indicators} indicators")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        _first_view(report, size, browser, address, folder)
        _changes(report, size, browser, address)
        browser.close()
    server.shutdown()
    server.server_close()
