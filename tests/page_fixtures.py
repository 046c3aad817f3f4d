"""A browser that looks at the page: Debian's Chromium through playwright, over http and from a file.

A test module asks for it with `pytest_plugins = ["tests.page_fixtures"]`. What does not belong here: what is looked at.
"""

import functools
import http.server
import os
import shutil
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.page_visit import Look, Visit

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


class _Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """Says nothing; the tests do."""


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One browser for the whole session; skipped with how to install it where there is none, except in CI."""
    path = next((found for name in BROWSERS if (found := shutil.which(name))), None)
    if path is None:
        if os.environ.get("CI"):
            pytest.fail(INSTALL)
        pytest.skip(INSTALL)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def site(released: Path) -> Path:
    """The page of a whole release. Read only."""
    return (released / "published" / "latest").resolve() / "site"


@pytest.fixture
def serve() -> Iterator[Callable[[Path], str]]:
    """Serves folders on loopback, each at an address of its own, and stops when the test ends."""
    servers: list[http.server.ThreadingHTTPServer] = []

    def start(folder: Path) -> str:
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(_Quiet, directory=str(folder)))
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def look(browser: Browser, serve: Callable[[Path], str]) -> Iterator[Look]:
    """`look(folder, "view=about", by="file", width=390, theme="dark")` opens the page and waits until it is shown."""
    contexts = []

    def open_page(folder: Path, state: str = "", by: str = "http", width: int = 1280, theme: str = "light") -> Visit:
        context = browser.new_context(
            viewport={"width": width, "height": 900}, color_scheme=theme, accept_downloads=True
        )
        contexts.append(context)
        page = context.new_page()
        page.set_default_timeout(15_000)  # patience for a busy machine
        address = f"{serve(folder)}/index.html" if by == "http" else (folder / "index.html").as_uri()
        visit = Visit(page, address)
        page.on("console", lambda message: visit.console.append(f"{message.type}: {message.text}"))
        page.on("pageerror", lambda error: visit.console.append(f"error: {error}"))
        page.on("request", lambda request: visit.requests.append(request.url))
        page.goto(f"{address}#{state}")
        return visit.settle()

    yield open_page
    for context in contexts:
        context.close()
