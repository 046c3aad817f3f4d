"""The command line of a bench: parts by name, tiny or full, figures as JSON beside, two such files compared."""

import argparse
import importlib
import json
import sys
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from tests.bench.clocks import Failed
from tests.bench.report import Report, compared
from tests.bench.size import Size

NOT_DONE, WRONG_CALL = 1, 2


def run(report: Report, size: Size, parts: Mapping[str, str], wanted: Sequence[str]) -> Report:
    """Runs the wanted parts, in the order of `parts` (name → module); one that fails is noted, the others still run."""
    for name in [each for each in parts if each in wanted]:
        report.part = name
        print(f"\n{name}", flush=True)
        try:
            importlib.import_module(parts[name]).bench(report, size)
        except Failed as fault:
            report.fail(str(fault))
        except (Exception, SystemExit) as fault:
            traceback.print_exc()
            first, *_ = str(fault).splitlines() or [""]
            report.fail(f"{type(fault).__name__}: {first}")
        report.release = size.release_id
    return report


def main(name: str, about: str, parts: Mapping[str, str], usual: Sequence[str], words: Sequence[str]) -> int:
    """Does what `words` say; returns the exit code: 1 where a part failed, 2 for a wrong call."""
    parser = argparse.ArgumentParser(prog=f"python -m tests.{name}", description=about)
    parser.add_argument("parts", nargs="*", metavar="PART", help=f"{', '.join(parts)}; default: {', '.join(usual)}")
    parser.add_argument("--tiny", action="store_true", help="a small house: shows that the parts work, times nothing")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures here, too")
    parser.add_argument("--compare", type=Path, nargs=2, metavar=("OLD", "NEW"), help="print the ratio of each figure")
    given = parser.parse_args(words)
    if given.compare:
        return _compare(*given.compare)
    if unknown := [each for each in given.parts if each not in parts]:
        return _wrong(f"There is no part '{unknown[0]}'; choose among {', '.join(parts)}.")
    with Size(given.tiny) as size:
        report = run(Report(name, size.pick("full", "tiny")), size, parts, given.parts or usual)
    if given.json:
        report.write(given.json)
    return NOT_DONE if report.failed else 0


def _compare(old: Path, new: Path) -> int:
    files: list[dict[str, Any]] = []
    for path in (old, new):
        try:
            content = json.loads(path.read_text(encoding="utf-8"))
        except (OSError, ValueError) as fault:
            return _wrong(f"{path} cannot be read ({fault}); name two files that --json has written.")
        if not isinstance(content, dict) or "figures" not in content:
            return _wrong(f"{path} holds no figures; name two files that --json has written.")
        files.append(content)
    print("\n".join(compared(*files)))
    return 0


def _wrong(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return WRONG_CALL
