"""`make soak`: the long tests, an hour at most on two cores: kills and readers, every sentence of
every place, and the effects of measures where nothing was done.

    python -m tests.soak [PART…] [--tiny] [--json FILE]
    python -m tests.soak --compare OLD.json NEW.json

A part fails where something is met that must not be; its times are printed, never asserted.
"""

import sys

from tests.bench.command import main

PARTS = {name: f"tests.soak.{name}" for name in ("kills", "places", "effects")}

if __name__ == "__main__":
    sys.exit(main("soak", "The long tests.", PARTS, list(PARTS), sys.argv[1:]))
