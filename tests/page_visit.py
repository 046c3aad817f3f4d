"""A page that a test looks at: what it shows, says, asks for, and how long its changes take.

What does not belong here: the browser (page_fixtures.py), what is expected of the page.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Page

from tests.patience import HANGS


@dataclass
class Visit:
    """A page that is being looked at, and what it did beside being looked at."""

    page: Page
    address: str
    console: list[str] = field(default_factory=list)
    requests: list[str] = field(default_factory=list)

    def measures(self) -> list[dict[str, Any]]:
        """The page's own timings: name without `jamlik:`, and milliseconds."""
        return self.page.evaluate(
            "performance.getEntriesByType('measure').filter(m => m.name.startsWith('jamlik:'))"
            ".map(m => ({name: m.name.slice(7), ms: m.duration}))"
        )

    def finished(self) -> int:
        """How many changes have been drawn whole."""
        return self.page.evaluate("performance.getEntriesByName('jamlik:whole').length")

    def settle(self) -> "Visit":
        """Waits until the page has been drawn whole, or has said that it could not be and draws no more."""
        told = "document.querySelector('#notices .notice') && !document.querySelector('#view[aria-busy]')"
        return self._until(lambda: bool(self.finished() or self.page.evaluate(f"Boolean({told})")))

    def change(self, act: Callable[[], object]) -> "Visit":
        """Does something that changes what is shown, and waits until it is."""
        before = self.finished()
        act()
        return self._until(lambda: self.finished() > before)

    def _until(self, done: Callable[[], bool]) -> "Visit":
        # Asked from outside, again and again: the page's own rules forbid a script that waits inside it.
        end = time.monotonic() + HANGS
        while time.monotonic() < end:
            if done():
                return self
            self.page.wait_for_timeout(20)
        raise AssertionError(f"the page at {self.page.url} did not finish; it says {self.console}")

    def go(self, state: str) -> "Visit":
        """Follows a link to another state of the page, such as `view=about`."""
        return self.change(lambda: self.page.evaluate("hash => { location.hash = hash }", state))

    def text(self, where: str) -> str:
        return self.page.locator(where).first.inner_text()

    def notices(self) -> list[str]:
        return self.page.locator(".notice:visible").all_inner_texts()

    def outside(self) -> list[str]:
        """The requests that left the folder."""
        folder = self.address.rsplit("/", 1)[0]
        return [url for url in self.requests if not url.startswith((folder, "data:", "blob:"))]


Look = Callable[..., Visit]
