"""What page and profile say of a place, held against the release in all 312 places; `make test` asks one in eight."""

import sys

from tests.bench.clocks import call
from tests.bench.report import Report
from tests.bench.size import REPOSITORY, Size
from tests.fixtures.swept import ALL

FILES = ("tests/site/test_page_sentences.py", "tests/site/test_page_lists.py", "tests/profile/test_sentences.py")


def bench(report: Report, size: Size) -> None:
    """All tests of those files; of the tiny size they are only found, since they need a whole release."""
    how = size.pick(("-n", "2"), ("--collect-only", "-p", "no:cacheprovider"))
    done = call([sys.executable, "-m", "pytest", *how, *FILES], REPOSITORY, {ALL: "1"})
    report.figure("every place: time", done.wall / 60, "min", "≤ 60 min in all", done.out.strip().splitlines()[-1])
    report.figure("every place: processor time", (done.processor or 0.0) / 60, "min")
