"""How long a test waits before it says that something hangs. How fast things are is measured by `make bench`, not here.

A limit near what a thing takes fails on a busy machine and tells nothing. So whatever these tests wait for hangs for a
minute or longer when it is broken, and takes a few seconds at most when it is not, however busy the machine.
"""

import time
from collections.abc import Iterator
from contextlib import contextmanager

HANGS = 60.0  # seconds that a silent or endless server of these tests stays so
PATIENCE = 20.0


@contextmanager
def ends_soon(least: float = 0.0) -> Iterator[None]:
    """The block takes `least` seconds or more, and less than anything that hangs."""
    began = time.monotonic()
    yield
    took = time.monotonic() - began
    assert least <= took < PATIENCE, f"took {took:.1f} s"
