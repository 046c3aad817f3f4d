"""Holds a table against its contract, and says what failed in words and rows.

Whether it holds is one question to DuckDB over all rows (`rules.py`); only where it does not are the rows read and
validated by Pandera, Arrow-backed, all faults at once, to say which. What a contract demands stands in `schemas/`.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import duckdb
import pyarrow as pa

from pipelines.warehouse import rules
from schemas.fields import Table

if TYPE_CHECKING:  # loaded only where a table does not hold
    import pandas as pd

SHOWN_ROWS = 20
BATCH_ROWS = 250_000


@dataclass(frozen=True)
class Verdict:
    """What an audit found: `sentence` is empty when the contract holds; `failures` shows at most 20 rows."""

    rows: int
    sentence: str = ""
    failures: list[dict[str, Any]] = field(default_factory=list)
    failed_rows: int = 0

    @property
    def passed(self) -> bool:
        return not self.sentence


def audit(connection: duckdb.DuckDBPyConnection, contract: Table, secret: bool = False) -> Verdict:
    """Holds every row of the table `contract.name` against its contract.

    The key is a property of the whole table and is checked by one grouping. For a secret table the failures name row
    numbers and rules, never a value. Row numbers count from 1 in the table's order.
    """
    name, secret = contract.name, secret or contract.secret
    if contract.must_be_empty:
        return _demand_empty(connection.sql(f"select * from {name} limit 1000").to_arrow_table(), contract, secret)
    if rules.hold(connection, contract):
        rows = connection.execute(f"select count(*) from {name}").fetchall()[0][0]
        return _demand_key(connection, contract, rows, secret)
    return shown_by_pandera(connection, contract, secret)


def shown_by_pandera(connection: duckdb.DuckDBPyConnection, contract: Table, secret: bool = False) -> Verdict:
    """Validates every row by Pandera, in batches so that memory stays bounded, and shows those that fail."""
    import pandera.errors

    rows, schema = 0, contract.schema()
    for frame in _batches(connection, contract.name):
        try:
            schema.validate(frame, lazy=True)
        except pandera.errors.SchemaErrors as fault:
            return _verdict(frame, fault.failure_cases, contract, secret, rows)
        rows += len(frame)
    return _demand_key(connection, contract, rows, secret)


def _batches(connection: duckdb.DuckDBPyConnection, name: str) -> "Iterator[pd.DataFrame]":
    """The table's rows; of a table without any, one batch without any, for its columns."""
    import pandas as pd

    rows = 0
    for batch in connection.sql(f"select * from {name}").to_arrow_reader(BATCH_ROWS):
        rows += batch.num_rows
        yield pa.Table.from_batches([batch]).to_pandas(types_mapper=pd.ArrowDtype)
    if rows == 0:
        yield connection.sql(f"select * from {name}").to_arrow_table().to_pandas(types_mapper=pd.ArrowDtype)


def _demand_key(connection: duckdb.DuckDBPyConnection, contract: Table, rows: int, secret: bool) -> Verdict:
    if not contract.key:
        return Verdict(rows)
    columns = ", ".join(contract.key)
    # Equal keys have equal hashes, and numbers are grouped sooner than texts: where no hash stands twice, no key does.
    hashed = f"select hash({columns}) as hashed from {contract.name}"
    if not connection.execute(f"select 1 from ({hashed}) group by hashed having count(*) > 1 limit 1").fetchall():
        return Verdict(rows)
    twice = connection.sql(
        f"select {columns}, count(*) as times from {contract.name} group by {columns} having count(*) > 1 limit 1000"
    )
    found = [dict(zip(twice.columns, row, strict=True)) for row in twice.fetchall()]
    if not found:
        return Verdict(rows)
    shown = [] if secret else found[:SHOWN_ROWS]
    place = "" if secret else " (" + ", ".join(f"{name} {found[0][name]}" for name in contract.key) + ")"
    sentence = f"the key{place} stands {found[0]['times']} times; {len(found)} key(s) do so in all"
    return Verdict(rows, sentence, shown, len(found))


def _demand_empty(table: pa.Table, contract: Table, secret: bool) -> Verdict:
    if table.num_rows == 0:
        return Verdict(rows=0)
    if secret:  # rows may rest on secret figures: names and rules are told, never a number
        numbers = [name for name in table.schema.names if pa.types.is_floating(table.schema.field(name).type)]
        table = table.drop_columns(numbers)
    shown = table.slice(0, SHOWN_ROWS).to_pylist()
    first = ", ".join(f"{name} {text}" for name, text in shown[0].items() if text is not None)
    return Verdict(
        rows=table.num_rows,
        sentence=f"{contract.comment}: {table.num_rows} row(s), the first being {first}",
        failures=shown,
        failed_rows=table.num_rows,
    )


def _verdict(frame: "pd.DataFrame", cases: "pd.DataFrame", contract: Table, secret: bool, before: int) -> Verdict:
    """Turns Pandera's failure cases into one sentence and the rows concerned, with their key."""
    structural = cases[cases["index"].isna()]
    if len(structural):
        return Verdict(len(frame), _structural(structural.iloc[0], frame, contract), failed_rows=len(frame))
    keys = [name for name in contract.key if name in frame.columns]
    shown: dict[tuple[int, str], dict[str, Any]] = {}
    for case in cases.sort_values("index").to_dict("records"):
        row, column, rule = int(case["index"]), case["column"], _rule(case["column"], case["check"])
        if (row, rule) in shown or len(shown) == SHOWN_ROWS:
            continue
        known = {} if secret else {name: frame[name].iloc[row] for name in keys}
        shown[row, rule] = {"row": before + row + 1, **known, "rule": rule}
        if not secret and column in frame.columns:
            shown[row, rule]["found"] = frame[column].iloc[row]
    first = next(iter(shown.values()))
    place = ", ".join(f"{name} {first[name]}" for name in keys if name in first)
    found = f" (found {first['found']!r})" if "found" in first else ""
    number = int(cases["index"].nunique())
    sentence = f"row {first['row']}{' (' + place + ')' if place else ''}: {first['rule']}{found}; {number} row(s) fail"
    return Verdict(len(frame), sentence, list(shown.values()), number)


def _structural(case: Any, frame: "pd.DataFrame", contract: Table) -> str:
    import pandas as pd

    expected = {column.name: str(pd.ArrowDtype(column.type)) for column in contract.fields}
    lacking = [name for name in expected if name not in frame.columns]
    added = [name for name in frame.columns if name not in expected]
    if lacking:
        return f"the column {lacking[0]} is missing" + (f" (there is {added[0]} instead)" if added else "")
    if added:
        return f"the column {added[0]} is not in the contract"
    for name, wanted in expected.items():
        if str(frame[name].dtype) != wanted:
            return f"the column {name} has type {frame[name].dtype} but must be {wanted}"
    return f"{case.check} does not hold"


def _rule(column: str | None, check: str) -> str:
    if check == "not_nullable":
        return f"{column} is empty"
    if check.startswith("dtype("):
        return f"{column} must be of type {check.removeprefix('dtype(').strip(chr(39) + ')').removesuffix('[pyarrow]')}"
    return f"{column} must be {check}"
