"""From a parsed table to its landing: categories that are really columns, and the columns' names.

Belongs here: those turns, for any protocol. Does not belong here: which columns they are (data/catalogue/).
"""

import re
from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.errors import Refused
from pipelines.formats.tidy import Tidy, arrow, pc
from pipelines.http.client import Changed
from pipelines.protocols.spec import LiveTable


def shape(spec: LiveTable, tidy: Tidy) -> pa.Table:
    """The table as it lands: pivoted if `options.pivot` says so, then its columns renamed if `maps` is given.

    Without `maps` every column keeps its name. With it exactly the mapped columns land, beside `value` and
    `status` (and the pivoted ones). A target written "age:int" is turned into int32; "year:year" takes the year of
    2022 or 2022M09 as int32; "month:month" writes 2022M09 as 2022-09. `options.null_status` is the status of a cell
    that has neither number nor status.
    """
    table = pivot(spec, tidy)
    if "null_status" in spec.options:
        table = _null_status(table, str(spec.options["null_status"]))
    if not spec.maps:
        return table
    columns: dict[str, Any] = {}
    for source, target in spec.maps.items():
        if source not in table.column_names:
            raise Changed(f"{spec.where}: there is no column {source!r} to map, only {table.column_names}")
        name, _, kind = target.partition(":")
        column = table.column(source)
        if kind and kind not in _KINDS:
            raise Refused(f"{spec.where}: 'maps' says {target!r}; after the colon may stand {', '.join(_KINDS)}")
        columns[name] = _KINDS[kind](spec, source, column) if kind else column.cast(pa.string())
    named = {v.code for v in tidy.variables} | {f"{v.code}_label" for v in tidy.variables}
    kept = [c for c in table.column_names if c not in named]
    result = {**columns, **{c: table.column(c) for c in kept}}
    result["status"] = result["status"].cast(pa.string())
    return pa.table(result).replace_schema_metadata(table.schema.metadata)


def _null_status(table: pa.Table, word: str) -> pa.Table:
    status = table.column("status").cast(pa.string())
    bare = pc.and_(pc.is_null(table.column("value")), pc.is_null(status))
    place = table.column_names.index("status")
    return table.set_column(place, "status", pc.if_else(bare, pa.scalar(word), status))


def _whole_numbers(spec: LiveTable, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Codes such as "2024" and "100+" as int32; anything else is refused by its text."""
    texts = column.cast(pa.string())
    for text in texts.unique().to_pylist():
        if not re.fullmatch(r"\d{1,9}\+?", str(text)):
            raise Changed(f"{spec.where}: {name} has the code {text!r}, which is not a whole number")
    return pc.cast(pc.utf8_rtrim(texts, "+"), pa.int32())


def _years(spec: LiveTable, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """The year of 2022 or 2022M09 as int32. Two months of one year are then one key, which the contract refuses."""
    texts = _written(spec, name, column, r"\d{4}(M\d{2})?", "a year or a month")
    return pc.cast(pc.utf8_slice_codeunits(texts, 0, 4), pa.int32())


def _months(spec: LiveTable, name: str, column: pa.ChunkedArray) -> pa.ChunkedArray:
    """2022M09 as 2022-09."""
    return pc.replace_substring(_written(spec, name, column, r"\d{4}M\d{2}", "a month"), "M", "-")


def _written(spec: LiveTable, name: str, column: pa.ChunkedArray, pattern: str, what: str) -> pa.ChunkedArray:
    texts = column.cast(pa.string())
    for text in texts.unique().to_pylist():
        if not re.fullmatch(pattern, str(text)):
            raise Changed(f"{spec.where}: {name} has the code {text!r}, which is not {what}")
    return texts


_KINDS = {"int": _whole_numbers, "year": _years, "month": _months}


def pivot(spec: LiveTable, tidy: Tidy) -> pa.Table:
    """`options.pivot` = {variable, columns: {code: column name}}: one row per remaining cell.

    One column must be called `value`; its status is the row's `status`, the others' statuses are
    `<column>_status`. Without `options.pivot` the table as it is. Every code of the variable must be named: a
    category that the catalogue does not know is refused, not dropped.
    """
    wanted = spec.options.get("pivot")
    if not wanted:
        return tidy.table()
    columns: Mapping[str, str] = wanted["columns"]
    variable = tidy.variable(wanted["variable"])
    place = [v.code for v in tidy.variables].index(variable.code)
    if set(variable.codes) != set(columns):
        raise Changed(f"{spec.where}: {variable.code} has the values {list(variable.codes)}, not {list(columns)}")
    if "value" not in columns.values():
        raise Changed(f"{spec.where}: no value of {variable.code} is to be the column 'value'; mend the catalogue")
    rest = [i for i in range(len(tidy.variables)) if i != place]
    flat = np.zeros(len(tidy), np.int64)
    for i in rest:
        flat = flat * len(tidy.variables[i].codes) + tidy.indices[i]
    rows, row_of = np.unique(flat, return_inverse=True)
    if len(tidy) != len(rows) * len(variable.codes):
        raise Changed(f"{spec.where}: not every row has all of {', '.join(columns.values())}")
    first = np.zeros(len(rows), np.int64)
    first[row_of[::-1]] = np.arange(len(tidy))[::-1]
    whole = tidy.table()
    dropped = {tidy.names()[place], f"{tidy.names()[place]}_label", "value", "status"}
    result = whole.take(arrow(first)).select([c for c in whole.column_names if c not in dropped])
    for code, name in columns.items():
        here = np.flatnonzero(tidy.indices[place] == variable.codes.index(code))
        source = np.full(len(rows), -1, np.int64)
        source[row_of[here]] = here
        taken = arrow(source)
        result = result.append_column(name, tidy.value.take(taken))
        status = "status" if name == "value" else f"{name}_status"
        result = result.append_column(status, pc.take(tidy.status, taken))
    order = [c for c in result.column_names if c not in ("value", "status")] + ["value", "status"]
    return result.select(order).replace_schema_metadata(whole.schema.metadata)
