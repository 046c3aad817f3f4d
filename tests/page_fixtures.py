"""A browser that looks at the page: Debian's Chromium through playwright, over http and from a file.

A test module asks for it with `pytest_plugins = ["tests.page_fixtures"]`. What does not belong here: what is looked at.
"""

import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, BrowserContext, sync_playwright

from tests.page_visit import Look, Visit
from tests.patience import HANGS

BROWSERS = ("chromium", "chromium-browser", "google-chrome")
# Every window of Chromium also loads and draws the list under its address bar, hidden: a third of what a page costs.
# Named with the features that playwright switches off itself, since Chromium heeds the last list only.
SWITCHED_OFF = (
    "WebUIOmniboxPopup", "WebUIOmniboxAimPopup",
    "AimEnabled", "AvoidCorsURLLoaderRestartOnRedirect", "AvoidUnnecessaryBeforeUnloadCheckSync",
    "DestroyProfileOnBrowserClose", "HttpsFirstBalancedModeAutoEnable", "HttpsUpgrades", "LensOverlay", "MediaRouter",
    "NetworkTimeServiceQuerying", "OptimizationHints", "PaintHolding", "PreconnectToSearch",
    "ThirdPartyStoragePartitioning",
)  # fmt: skip
ARGUMENTS = ["--no-sandbox", "--disable-features=" + ",".join(SWITCHED_OFF)]
INSTALL = "Chromium is not installed; `apt-get install chromium` (or your system's package) and run again"


class _Folders(http.server.ThreadingHTTPServer):
    """Serves folders on loopback, each below a number of its own: nothing of one is ever taken for another's."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Quiet)
        self.folders: dict[str, Path] = {}

    def address_of(self, folder: Path) -> str:
        number = next((number for number, known in self.folders.items() if known == folder), str(len(self.folders)))
        self.folders[number] = folder
        return f"http://127.0.0.1:{self.server_port}/{number}"


class _Quiet(http.server.SimpleHTTPRequestHandler):
    server: _Folders

    def log_message(self, *_: Any) -> None:
        """Says nothing; the tests do."""

    def translate_path(self, path: str) -> str:
        _, number, rest = f"{path}/".split("/", 2)
        self.directory = str(self.server.folders.get(number, os.devnull))
        return super().translate_path(f"/{rest.removesuffix('/')}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole session; skipped with how to install it where there is none, except in CI."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(INSTALL)
        pytest.skip(INSTALL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS, timeout=1000 * HANGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def window(browser: Browser) -> BrowserContext:
    """One window's worth of browser for all pages: the page keeps nothing of its own between visits, in no storage."""
    return browser.new_context(accept_downloads=True)


@pytest.fixture(scope="session")
def site(released: Path) -> Path:
    """The page of a whole release. Read only."""
    return (released / "published" / "latest").resolve() / "site"


@pytest.fixture(scope="session")
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves folders on loopback, each at an address of its own, until the session ends."""
    with _Folders() as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.address_of
        server.shutdown()


@pytest.fixture(scope="session")
def opened(window: BrowserContext, serve: Callable[[Path], str]) -> Look:
    """Opens the page and waits until it is shown; whoever asked closes it."""

    def open_page(folder: Path, state: str = "", by: str = "http", width: int = 1280, theme: str = "light") -> Visit:
        page = window.new_page()
        page.set_default_timeout(1000 * HANGS)
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=theme)
        address = f"{serve(folder)}/index.html" if by == "http" else (folder / "index.html").as_uri()
        visit = Visit(page, address)
        page.on("console", lambda message: visit.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: visit.console.append(f"error: {error}"))
        page.on("request", lambda request: visit.requests.append(request.url))
        page.goto(f"{address}#{state}")
        return visit.settle()

    return open_page


@pytest.fixture
def look(opened: Look) -> Iterator[Look]:
    """`look(folder, "view=about", by="file", width=390, theme="dark")` opens a page of the test's own."""
    visits = []

    def open_page(*where: Any, **how: Any) -> Visit:
        visits.append(opened(*where, **how))
        return visits[-1]

    yield open_page
    for visit in visits:
        visit.page.close()


@pytest.fixture(scope="module")
def shown(opened: Look) -> Iterator[Look]:
    """The same for tests that only read: pages of a module, kept open and led from state to state by their address."""
    visits: dict[tuple[Path, str, int], Visit] = {}

    def show(folder: Path, state: str, by: str = "http", width: int = 1280) -> Visit:
        if (visit := visits.get((folder, by, width))) is None:
            visit = visits[folder, by, width] = opened(folder, state, by, width)
        elif visit.page.evaluate("location.hash") != f"#{state}":
            visit.go(state)
        return visit

    yield show
    for visit in visits.values():
        visit.page.close()
