"""Reads a panel of the user's own: `unit, period, value, treated_from[, population, cluster]` in csv, xlsx or parquet.

Every fault that stops the whole is one sentence with file and row; what stops a unit only is a note, and the rest goes
on. Not here: any estimate.
"""

from dataclasses import dataclass
from pathlib import Path

import duckdb
import numpy as np

from pipelines.errors import Refused
from pipelines.formats.own_table import as_number, first_cell, one, read_cells, shown

Array = np.ndarray

REQUIRED = ("unit", "period", "value", "treated_from")
OPTIONAL = ("population", "cluster")
WHAT = "a panel (unit, period, value, treated_from)"
_TABLE = "panel_raw"
_MISSING = "('', 'NA')"
_LARGEST = 1e30  # its fourth power is a number still; squares of squares weigh placebos


@dataclass(frozen=True)
class Panel:
    """units: names, in order · periods: whole numbers, increasing · values: units × periods, not a number where there
    is no figure · starts: units, the first period treated, infinity where never · population: units, the mean over
    periods; None where not every unit has one · cluster: units, numbers of groups; None where there is no such column
    · notes: sentences on what was left aside."""

    units: list[str]
    periods: Array
    values: Array
    starts: Array
    population: Array | None
    cluster: Array | None
    notes: list[str]


def read_panel(path: Path) -> Panel:
    """The panel in `path`. Raises `WrongCall` for a path, `Refused` for a table that cannot be read as a panel."""
    with duckdb.connect() as connection:
        comma = read_cells(connection, _TABLE, path, (*REQUIRED, *OPTIONAL), WHAT)
        _check_columns(connection, path)
        _check_cells(connection, path, comma)
        _check_units(connection, path, comma)
        return _panel(connection, path, comma)


def _check_columns(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    have = {row[0] for row in connection.execute(f"describe {_TABLE}").fetchall()}
    lacking = [name for name in REQUIRED if name not in have]
    if lacking:
        raise Refused(
            f"{path} lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}; "
            "one row is a unit in a period, with value, and in treated_from the first period treated (empty: never)."
        )
    if one(connection, f"select count(*) from {_TABLE}") == 0:
        raise Refused(f"{path} has a heading but no rows; it must hold {WHAT}.")
    for name in OPTIONAL:
        if name not in have:
            connection.execute(f"alter table {_TABLE} add column {name} varchar")


def _check_cells(connection: duckdb.DuckDBPyConnection, path: Path, comma: bool) -> None:
    found = first_cell(connection, _TABLE, "coalesce(unit, '') = ''", "unit")
    if found:
        raise Refused(f"{path}, row {found[0]}: unit is empty; every row must say which unit it is about.")
    found = first_cell(connection, _TABLE, f"coalesce(period, '') in {_MISSING}", "period")
    if found:
        raise Refused(f"{path}, row {found[0]}: period is empty; every row must say which period it is about.")
    for name in ("period", "treated_from"):
        number = as_number(name, comma)
        found = first_cell(
            connection,
            _TABLE,
            f"coalesce({name}, '') not in {_MISSING}"
            f" and ({number} is null or {number} <> floor({number}) or abs({number}) > 1e6)",
            name,
        )
        if found:
            never = ", or leave it empty for never" if name == "treated_from" else ""
            raise Refused(
                f"{path}, row {found[0]}: {name} is '{found[1]}', which is not a whole number; write a year, or number"
                f" the periods 1, 2, 3{never}."
            )
    for name in ("value", "population"):
        number = as_number(name, comma)
        found = first_cell(
            connection,
            _TABLE,
            f"coalesce({name}, '') not in {_MISSING} and ({number} is null or isnan({number}) or isinf({number}))",
            name,
        )
        if found:
            sign = " with a decimal point (or separate the columns by semicolons)" if "," in found[1] else ""
            raise Refused(
                f"{path}, row {found[0]}: {name} is '{found[1]}', which is not a number; write it as a number{sign}, or"
                " leave it empty where there is none."
            )
        found = first_cell(connection, _TABLE, f"abs({number}) > {_LARGEST}", name)
        if found:
            raise Refused(f"{path}, row {found[0]}: {name} is {found[1]}, which is too large; use a larger unit.")
    found = first_cell(connection, _TABLE, f"{as_number('population', comma)} < 1 / {_LARGEST}", "population")
    if found:
        raise Refused(
            f"{path}, row {found[0]}: population is {found[1]}; write how many persons the unit has, or none."
        )


def _check_units(connection: duckdb.DuckDBPyConnection, path: Path, comma: bool) -> None:
    """No unit twice in a period, one start and one cluster each, and something to compare at all."""
    twice = connection.execute(
        f"select max(row) + 1, unit, cast({as_number('period', comma)} as bigint) as period_number from {_TABLE}"
        " group by unit, period_number having count(*) > 1 order by 1 limit 1"
    ).fetchall()
    if twice:
        row, unit, period = twice[0]
        raise Refused(f"{path}, row {row}: '{shown(unit)}' stands twice in {period}; keep one of the rows.")
    for name in ("treated_from", "cluster"):
        told = f"coalesce(nullif(nullif({name}, ''), 'NA'), '')"
        if name == "treated_from":  # 2015 and 2015.0 are the same start
            told = f"coalesce(cast({as_number(name, comma)} as varchar), '')"
        mixed = connection.execute(
            f"with cells as (select row, unit, {told} as said from {_TABLE}), counted as (select unit, said, count(*)"
            " as n, min(row) as first from cells group by all), usual as (select unit, said, row_number() over"
            " (partition by unit order by n desc, first) as place from counted) select cells.row + 1, unit from cells"
            " join usual using (unit) where usual.place = 1 and cells.said <> usual.said order by 1 limit 1"
        ).fetchall()
        if mixed:
            row, unit = mixed[0]
            raise Refused(
                f"{path}, row {row}: {name} is not the same in all rows of '{shown(unit)}'; give every row of a unit"
                " the same."
            )
    for name, least in (
        ("unit", "an effect needs untreated units to compare with"),
        ("period", "an effect needs periods"),
    ):
        if one(connection, f"select count(distinct {name}) from {_TABLE}") < 2:
            more = "; add them." if name == "unit" else " before and after the start; add them."
            raise Refused(f"{path} holds one {name} only, but {least}{more}")
    if one(connection, f"select count(*) from {_TABLE} where coalesce(treated_from, '') not in {_MISSING}") == 0:
        raise Refused(
            f"{path} has no unit with treated_from; write there the first period in which a unit was treated."
        )


def _panel(connection: duckdb.DuckDBPyConnection, path: Path, comma: bool) -> Panel:
    start, population = as_number("treated_from", comma), as_number("population", comma)
    units = connection.execute(
        f"select unit, max({start}), avg({population}), max(nullif(nullif(cluster, ''), 'NA')) from {_TABLE}"
        " group by unit order by unit"
    ).fetchall()
    period = f"cast({as_number('period', comma)} as bigint)"
    cells = connection.execute(
        f"select dense_rank() over (order by unit) - 1 as unit, {period} as period,"
        f" coalesce({as_number('value', comma)}, cast('nan' as double)) as value from {_TABLE}"
    ).fetchnumpy()
    periods, column = np.unique(np.asarray(cells["period"]), return_inverse=True)
    values = np.full((len(units), len(periods)), np.nan)
    values[np.asarray(cells["unit"]), column] = np.asarray(cells["value"])
    if not np.isfinite(values).any():
        raise Refused(f"{path} has no value in any row; fill in the column value.")
    if 0 < np.nanmax(np.abs(values)) < 1 / _LARGEST:
        raise Refused(f"{path} has only values under {1 / _LARGEST:g}, which are too small; use a smaller unit.")
    notes: list[str] = []
    persons = [row[2] for row in units]
    known = sum(each is not None for each in persons)
    if 0 < known < len(units):
        notes.append(
            f"{len(units) - known} of {len(units)} units have no population, so that placebos are not scaled by it."
        )
    names = [row[3] for row in units]
    # a unit without a cluster is one of its own
    told = [f"c {name}" if name is not None else f"u {row[0]}" for name, row in zip(names, units, strict=True)]
    return Panel(
        units=[row[0] for row in units],
        periods=periods,
        values=values,
        starts=np.array([np.inf if row[1] is None else row[1] for row in units], dtype=float),
        population=np.array(persons, dtype=float) if known == len(units) else None,
        cluster=np.unique(told, return_inverse=True)[1] if any(name is not None for name in names) else None,
        notes=notes,
    )
