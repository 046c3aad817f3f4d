"""Reading a release: where the latest one is, and a query on it that can do no harm.

Imports neither Dagster nor pandas, so that `jamlik sql` answers at once.
"""

import json
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import suppress
from pathlib import Path
from typing import Any

import duckdb

from pipelines import settings
from pipelines.errors import Refused, Unavailable, WrongCall

NO_RELEASE = "There is no release yet; run `jamlik run` first, or point JAMLIK_DATA at the folder that holds one."


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


def query(statement: str, release: Path | None = None) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Column names and rows of one query on a release; a query that DuckDB refuses is a wrong call."""
    with open_release(release) as connection:
        try:
            if not duckdb.extract_statements(statement):
                raise WrongCall('The query is empty; write one, such as `jamlik sql "show tables"`.')
            return _answer(connection, statement)
        except duckdb.Error as fault:
            lines = [line.strip() for line in str(fault).split("\n") if line.strip() and "^" not in line]
            reason = " ".join(lines).rstrip(".")
            raise WrongCall(
                f'The query was refused ({reason}); correct it: `jamlik sql "show tables"` lists what there is.'
            ) from fault


def _answer(connection: duckdb.DuckDBPyConnection, statement: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Executes in a thread of its own: in the main one DuckDB hears Ctrl-C between its tasks only, minutes later."""

    def execute() -> tuple[list[str], list[tuple[Any, ...]]]:
        cursor = connection.execute(statement)
        return [each[0] for each in cursor.description or []], cursor.fetchall()

    with ThreadPoolExecutor(1) as pool:
        answer = pool.submit(execute)
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
