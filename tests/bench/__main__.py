"""`make bench`: how long the commands a person waits for take, and how that grows. Printed, never asserted.

    python -m tests.bench [PART…] [--tiny] [--json FILE]
    python -m tests.bench --compare OLD.json NEW.json

Machines are noisy: compare figures of one run, or ratios of two runs on one machine.
"""

import sys

from tests.bench.command import main

PARTS = {
    name: f"tests.bench.{name}"
    for name in (
        "main", "growth", "chance", "measures", "effects", "live", "page", "profile", "raks", "disclosure", "formats",
        "site", "tests",
    )
}  # fmt: skip
USUAL = [name for name in PARTS if name != "tests"]

if __name__ == "__main__":
    sys.exit(main("bench", "How long things take.", PARTS, USUAL, sys.argv[1:]))
