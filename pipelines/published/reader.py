"""Reading a release: where the latest one is, and a query on it that can do no harm.

Imports neither Dagster nor pandas, so that `jamlik sql` answers at once.
"""

import json
import os
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import duckdb

from pipelines import settings
from pipelines.errors import Refused, Unavailable, WrongCall

BATCH = 2048  # rows: as many as DuckDB works on at a time
NO_RELEASE = "There is no release yet; run `jamlik run` first, or point JAMLIK_DATA at the folder that holds one."

Row = tuple[Any, ...]


def latest_release() -> Path | None:
    """The folder that `latest` points at now, or none before the first release."""
    link = settings.published() / "latest"
    return link.resolve() if (link / "manifest.json").is_file() else None


def manifest_of(release: Path) -> dict[str, Any]:
    """A release's manifest; an unreadable one counts as empty, so that the next run publishes anew."""
    try:
        content = json.loads((release / "manifest.json").read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return content if isinstance(content, dict) else {}


def open_release(release: Path | None = None) -> duckdb.DuckDBPyConnection:
    """A read-only connection to a release (default the latest) that can reach no other file."""
    folder = release or latest_release()
    if folder is None:
        raise Refused(NO_RELEASE)
    path = folder / "jamlik.duckdb"
    try:
        # What a large query spills must not lie in the release, where DuckDB would put it: nothing there ever changes.
        spill = Path(tempfile.gettempdir()) / f"jamlik-{os.getpid()}"
        connection = duckdb.connect(str(path), read_only=True, config={"temp_directory": str(spill)})
    except duckdb.Error as fault:
        reason = str(fault).split("\n")[0]
        raise Unavailable(f"{settings.relative(path)} cannot be opened ({reason}); run `jamlik run` again.") from fault
    connection.execute("set enable_external_access = false")
    connection.execute("set lock_configuration = true")
    return connection


def query(statement: str, release: Path | None = None) -> tuple[list[str], list[Row]]:
    """Column names and all rows of one query on a release; a query that DuckDB refuses is a wrong call."""
    with streamed(statement, release) as (columns, batches):
        return columns, [row for rows in batches for row in rows]


@contextmanager
def streamed(statement: str, release: Path | None = None) -> Iterator[tuple[list[str], Iterator[list[Row]]]]:
    """As `query`, with the rows in batches as DuckDB finds them: however many there are, a few thousand are held."""
    given = 0
    with open_release(release) as connection, ThreadPoolExecutor(1) as pool:

        def batches() -> Iterator[list[Row]]:
            nonlocal given
            while rows := _awaited(pool, connection, lambda: connection.fetchmany(BATCH)):
                yield rows
                given += len(rows)

        try:
            if not duckdb.extract_statements(statement):
                raise WrongCall('The query is empty; write one, such as `jamlik sql "show tables"`.')
            _awaited(pool, connection, lambda: connection.execute(statement))
            yield [each[0] for each in connection.description or []], batches()
        except duckdb.Error as fault:
            lines = [line.strip() for line in str(fault).split("\n") if line.strip() and "^" not in line]
            reason = " ".join(lines).rstrip(".")
            raise WrongCall(
                f"The query broke off after {given:,} rows ({reason}), so what was written is not the whole answer; "
                f"correct it."
                if given
                else f'The query was refused ({reason}); correct it: `jamlik sql "show tables"` lists what there is.'
            ) from fault


def _awaited(pool: ThreadPoolExecutor, connection: duckdb.DuckDBPyConnection, work: Callable[[], Any]) -> Any:
    """Works in a thread of its own: in the main one DuckDB hears Ctrl-C between its tasks only, minutes later."""
    answer = pool.submit(work)
    try:
        return answer.result()
    finally:
        while not answer.done():
            with suppress(KeyboardInterrupt):  # who presses it again is heard already
                connection.interrupt()
                wait([answer], timeout=0.2)


def kept_out(release: Path) -> list[str]:
    """A sentence for each row of the inbox that this release does not hold."""
    _, rows = query("select sentence_en from intake_refused order by file, line", release)
    return [sentence for (sentence,) in rows]
