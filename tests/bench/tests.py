"""Wall and processor time of `make test`. Not among the parts that run when none is named."""

import sys

from tests.bench.clocks import call
from tests.bench.report import Report
from tests.bench.size import REPOSITORY, Size

ALL = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")  # as in the Makefile
ONE = ("-p", "no:cacheprovider", "tests/house/test_house.py::test_names_are_plain_and_say_their_unit")


def bench(report: Report, size: Size) -> None:
    done = call([sys.executable, "-m", "pytest", *size.pick(ALL, ONE)], REPOSITORY, {})
    told = done.out.strip().splitlines()[-1]
    report.figure("make test", done.wall, "s", "≤ 180 s", told)
    report.figure("make test, processor time", done.processor, "s")
    report.figure("make test, memory of its largest process", done.gigabytes, "GB")
