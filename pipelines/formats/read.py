"""`jamlik read FILE [-o OUT]`: any statistics file → one tidy table as csv or parquet.

Belongs here: files in and out around the pure parsers. Does not belong here: the parsers (formats/), the
command line's words (cli.py). Dagster is never imported on this path, so that it starts in a moment.
"""

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.errors import Refused, Unavailable, WrongCall
from pipelines.files import appearing, demand_regular
from pipelines.formats.detect import parse_any
from pipelines.formats.spreadsheet import write_table
from pipelines.formats.tidy import Malformed, Tidy, union

BATCH = 10_000  # rows that are handed on at a time
MAX_FILE = 1_000_000_000  # bytes; no statistics file is as large


def without_pandas() -> None:
    """Keep pyarrow from importing pandas in this process, which takes longer than reading most files.

    Pyarrow looks for pandas whenever it meets a value it does not know at once. Only for a command that reads
    a file and ends: afterwards nothing in this process can import pandas. Does nothing when it is loaded.
    """
    if "pandas" not in sys.modules:
        sys.meta_path.insert(0, _NoPandas())


class _NoPandas(MetaPathFinder):
    """An import finder that says pandas is not there."""

    def find_spec(self, name: str, _path: object = None, _target: object = None) -> None:
        if name == "pandas":
            raise ModuleNotFoundError("pandas is kept out of this process", name="pandas")


@dataclass(frozen=True)
class ReadResult:
    """What was read: the tidy table, its parts, and where it was written (None when nowhere)."""

    table: pa.Table
    parts: tuple[tuple[str, Tidy], ...]
    out: Path | None

    def batches(self) -> Iterator[list[tuple[Any, ...]]]:
        """The table's rows, some thousand at a time."""
        for batch in self.table.to_batches(max_chunksize=BATCH):
            yield list(zip(*(column.to_pylist() for column in batch.columns), strict=True))

    def summary(self) -> str:
        """One line a part: title, variables with their sizes, cells, cells without a number, unit."""
        lines = []
        for name, part in self.parts:
            sizes = ", ".join(f"{v.code} {len(v.codes)}" for v in part.variables)
            units = {u.base for v in part.variables for u in v.units.values()} or (
                {part.unit.base} if part.unit else set()
            )
            unit = f"; unit {', '.join(sorted(u for u in units if u))}" if any(units) else ""
            empty = part.value.null_count
            lines.append(f"{part.title or name}: {sizes}; {len(part)} cells, {empty} without a number{unit}")
        return "\n".join(lines)


def read(file: Path | str, out: Path | str | None = None, language: str | None = None) -> ReadResult:
    """Read one file and, with `out`, write it as .csv or .parquet (told by the ending).

    Columns: `<variable>` (code), `<variable>_label`, `value` (float64, null when there is no number),
    `status` (the publisher's symbol). A file with several tables gets a leading column `dataset`.
    Raises WrongCall for a missing file or an unknown ending, Refused with the reason for a malformed file.
    """
    source = Path(file)
    target = Path(out) if out is not None else None
    if target is not None and target.suffix.lower() not in (".csv", ".parquet"):
        raise WrongCall(f"cannot write {target.name}: end the name with .csv or .parquet")
    demand_regular(source)
    try:
        with source.open("rb") as stream:
            content = stream.read(MAX_FILE + 1)
    except FileNotFoundError:
        raise WrongCall(f"there is no file {source}; give the path of a statistics file") from None
    except OSError as error:
        raise Unavailable(f"{source} cannot be read ({error.strerror}); check the path and its permissions") from None
    if len(content) > MAX_FILE:
        raise Refused(f"{source.name} was not read: it is larger than {MAX_FILE} bytes; ask for a part of the table")
    try:
        parts = parse_any(content, language)
        table = parts[0][1].table() if len(parts) == 1 else union(parts)
    except Malformed as reason:
        # A reason that says what to do has it after a semicolon; the others all mean the same.
        advice = "" if ";" in str(reason) else "; get the file again or ask its publisher"
        raise Refused(f"{source.name} was not read: {reason}{advice}") from None
    if target is not None:
        write(table, target)
    return ReadResult(table, tuple(parts), target)


def write(table: pa.Table, target: Path) -> None:
    """Writes it whole: a full disk or a kill leaves the file that was there before."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if target.suffix.lower() == ".csv":
            write_table(table, target)
        else:
            from pyarrow import parquet

            with appearing(target) as beside:
                parquet.write_table(table, beside, compression="zstd")
    except OSError as error:
        raise Unavailable(f"{target} was not written ({error.strerror}); what was there before is untouched") from None
