"""Times of a profile: `python -m tests.bench profile`, on the latest release under JAMLIK_DATA (else of a fresh run).

Wall and processor seconds: on a busy machine only the second says anything.
"""

import os
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from pipelines.profile.facts import read
from pipelines.profile.paper import write
from pipelines.published.reader import latest_release, open_release
from tests.bench.__main__ import say, timed

QUERIES = (
    "from profile('0580')",
    "from profile('05')",
    "from profile('Riket')",
    "from gap('riksdag_turnout', 'Motala')",
    "from status(3, 'Motala')",
    "from latest_figure where area_code = '0583'",
)


def main() -> None:
    with TemporaryDirectory() as scratch:
        if latest_release() is None:
            os.environ["JAMLIK_DATA"] = str(Path(scratch) / "data")
            timed("run", data=os.environ["JAMLIK_DATA"])
        with open_release() as connection:
            for query in QUERIES:
                _say(query, "≤ 0.1 s", lambda query=query: connection.execute(query).fetchall())  # type: ignore[misc]
            _say("all that the screen shows", "", lambda: read(connection, "0583"))
            _say("two A4 pages as PDF", "", lambda: write(connection, "0583", str(Path(scratch) / "m.pdf"), None))
        best = min(timed("profile", "Motala", data=_data())[0] for _ in range(3))
        say("jamlik profile Motala", best, "")


def _data() -> str:
    return os.environ.get("JAMLIK_DATA", "data")


def _say(what: str, asked: str, done: Callable[[], object]) -> None:
    """The best of five, as the first call fills the caches."""
    walls, works = [], []
    for _ in range(5):
        started, worked = time.perf_counter(), time.process_time()
        done()
        walls.append(time.perf_counter() - started)
        works.append(time.process_time() - worked)
    say(what, min(walls), asked, f"{min(works):.3f} s of processor")
