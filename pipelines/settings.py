"""Where things lie. The only module that reads the environment, and the only one that knows folder names.

What is in git under `data/` is read from the repository whatever `JAMLIK_DATA` says; what a run writes lies
under `JAMLIK_DATA`. Paths are looked up at every call, so that a test may point them elsewhere.
"""

import os
from pathlib import Path

from pipelines.errors import WrongCall

REPOSITORY = Path(__file__).resolve().parents[1]
SQL = REPOSITORY / "sql"
CATALOGUE = REPOSITORY / "data" / "catalogue"
REFERENCE = REPOSITORY / "data" / "reference"
SNAPSHOT = REPOSITORY / "data" / "snapshot"
RESTRICTED = REPOSITORY / "data" / "restricted"
SITE = REPOSITORY / "site"
ORDER_FORM = REPOSITORY / "docs" / "raks-order.md"
SOURCES_LOCK = REPOSITORY / "data" / "sources.lock"

DEFAULT_HOME_AREA = "05"
MOST_WORKERS = 64
NEWER_THAN = 2022  # most series end there: a place is told first for how many indicators it has figures after it


def data_folder() -> Path:
    """The folder that runs write to: `JAMLIK_DATA`, else `data/` in the repository."""
    return Path(os.environ.get("JAMLIK_DATA") or REPOSITORY / "data").resolve()


def landing() -> Path:
    return data_folder() / "landing"


def raw() -> Path:
    """The raw archive: every service's replies as they came."""
    return data_folder() / "raw"


def inbox() -> Path:
    """What a user has put here to be read: filled-in forms, and ordered deliveries in a folder for each register."""
    return data_folder() / "inbox"


def addresses() -> dict[str, str]:
    """The base addresses that move a service elsewhere: the variables `JAMLIK_<SERVICE>_URL` that are set."""
    return {k: v for k, v in os.environ.items() if k.startswith("JAMLIK_") and k.endswith("_URL") and v}


def warehouse() -> Path:
    return data_folder() / "warehouse"


def cache() -> Path:
    """What can be made again at any time, kept because making it takes seconds."""
    return data_folder() / "cache"


def without_synthetic() -> bool:
    """Whether made-up figures are left out (`JAMLIK_NO_SYNTHETIC`, which `jamlik run --no-synthetic` sets)."""
    return os.environ.get("JAMLIK_NO_SYNTHETIC", "").lower() not in ("", "0", "false", "no")


def leave_out_synthetic() -> None:
    """For the rest of this process, and for what it starts."""
    os.environ["JAMLIK_NO_SYNTHETIC"] = "1"


def without_restricted() -> bool:
    """Whether tables on restricted terms are left out: `JAMLIK_NO_RESTRICTED`, set by `jamlik run --no-restricted`."""
    return os.environ.get("JAMLIK_NO_RESTRICTED", "").lower() not in ("", "0", "false", "no")


def leave_out_restricted() -> None:
    """For the rest of this process, and for what it starts."""
    os.environ["JAMLIK_NO_RESTRICTED"] = "1"


def workers() -> int:
    """How many tables are made at a time (`JAMLIK_WORKERS`); as many as this process may use cores, four at most, since
    a run is promised to stay within 2 GB.
    """
    said = os.environ.get("JAMLIK_WORKERS")
    if not said:
        return min(4, len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1)
    if not said.isdecimal() or not 1 <= int(said) <= MOST_WORKERS:
        raise WrongCall(f"JAMLIK_WORKERS is '{said}'; write a whole number from 1 to {MOST_WORKERS}, or leave it out.")
    return int(said)


def published() -> Path:
    return data_folder() / "published"


def dagster_home() -> Path:
    return data_folder() / "dagster"


def retry_pause_seconds() -> float:
    """How long a fetch waits before it asks once more for what was answered with an error (`JAMLIK_RETRY_PAUSE`).

    PxWebApi keeps its answers, errors too, for 300 s; an earlier question only meets the same error again.
    """
    try:
        return max(0.0, float(os.environ.get("JAMLIK_RETRY_PAUSE") or 310))
    except ValueError:
        return 310.0


def home_area() -> str:
    """The place shown first, as the user wrote it: a code or a Swedish name (`JAMLIK_HOME_AREA`)."""
    return os.environ.get("JAMLIK_HOME_AREA") or DEFAULT_HOME_AREA


def relative(path: Path) -> str:
    """`path` as a person should read it in a message: relative to the repository where it lies inside."""
    resolved = path.resolve()
    return str(resolved.relative_to(REPOSITORY)) if resolved.is_relative_to(REPOSITORY) else str(resolved)
