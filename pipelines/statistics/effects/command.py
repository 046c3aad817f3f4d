"""`jamlik effects`: a panel of the user's own → one row a quantity, as a table or a file, and a line on what was
found."""

import textwrap
from collections.abc import Callable
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.formats.own_table import demand_another_file, write_table
from pipelines.statistics.effects.panel import read_panel
from pipelines.statistics.effects.placebo import SEED
from pipelines.statistics.effects.rows import COLUMNS, rows_of_panel

_KINDS = {
    "quantity": "varchar", "treated_from": "bigint", "period": "bigint", "n_treated": "bigint", "n_donors": "bigint",
    "status": "varchar", "reason": "varchar",
}  # fmt: skip
_ROW = ", ".join(f"{name} {_KINDS.get(name, 'double')}" for name in COLUMNS)


def effects_of_file(
    path: str | Path,
    out: str | Path | None = None,
    seed: int = SEED,
    tell: Callable[[str], None] | None = None,
) -> pa.Table | None:
    """Every effect that the panel in `path` can tell of (csv, xlsx, xlsm or parquet with the columns unit, period,
    value, treated_from and, where known, population and cluster).

    Returns one row a quantity with the columns `quantity, treated_from, period, estimate, se, ci_lower, ci_upper, p,
    n_treated, n_donors, status, reason`, see docs/effects.md; the same for the same `seed`. Where `out` is given it is
    written there instead (csv or parquet by ending), and None returned. `tell` is given a line that says what was read
    and one for each thing left aside. Raises `WrongCall` for a wrong path or ending, `Refused` for what is no panel.
    """
    if out is not None:
        demand_another_file(Path(out), Path(path))
    panel = read_panel(Path(path))
    rows, notes = rows_of_panel(panel, seed)
    if tell is not None:
        treated = int((panel.starts < float("inf")).sum())
        tell(
            f"{len(panel.units):,} units, {len(panel.periods)} periods from {panel.periods[0]} to {panel.periods[-1]},"
            f" {treated:,} treated."
        )
        for note in notes:
            tell(note)
    with duckdb.connect() as connection:  # and not pyarrow, which would first import pandas
        connection.execute(
            f"create table result as select unnest(cast(? as struct({_ROW})[]), recursive := true)", [rows]
        )
        if out is None:
            return connection.sql("from result").to_arrow_table()
        write_table(connection, "result", Path(out))
    return None


def as_text(table: pa.Table, width: int | None = None) -> str:
    """The result for a person to read, a line a quantity, no wider than `width`; why stands below where it is long."""
    lines = [f"{'quantity':<33} {'from':>5} {'period':>7} {'estimate':>12}  {'95 % interval':<24} {'p':>6}  status"]
    told = ""
    for row in table.to_pylist():
        lines.append(_line(row))
        if row["reason"] and row["reason"] != told:
            lines.append(f"    {row['reason']}")
            told = row["reason"]
    return "\n".join(_cut(line, width) for line in lines) + "\n"


def _line(row: dict[str, Any]) -> str:
    held = row["ci_lower"] is not None
    interval = f"{row['ci_lower']:.5g} to {row['ci_upper']:.5g}" if held else "none"
    at = ["" if row[name] is None else str(row[name]) for name in ("treated_from", "period")]
    number = "none" if row["estimate"] is None else f"{row['estimate']:.6g}"
    p = "" if row["p"] is None else "<0.001" if row["p"] < 0.0005 else f"{row['p']:.3f}"
    return f"{row['quantity']:<33} {at[0]:>5} {at[1]:>7} {number:>12}  {interval:<24} {p:>6}  {row['status']}".rstrip()


def _cut(line: str, width: int | None) -> str:
    if width is None or len(line) <= width:
        return line
    return "\n".join(textwrap.wrap(line, max(width, 80), subsequent_indent=" " * 6))
