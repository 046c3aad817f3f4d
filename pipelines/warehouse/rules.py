"""A contract's rules as one question to DuckDB: does any row break any of them?

The rules themselves stand once, in the contract's fields (`schemas/fields.py`); here they are read as SQL, there as
Pandera checks. A rule may be stricter here, since Pandera has the last word on a row that fails; where it would be
looser, a broken row would pass, and a test holds both equal on rows broken in every way.
"""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from pipelines.published.metadata import literal
from schemas.fields import Field, Table


def hold(connection: duckdb.DuckDBPyConnection, contract: Table) -> bool:
    """Whether the table `contract.name` has exactly the contract's columns and types, and no row breaks a rule."""
    found = connection.sql(f"select * from {contract.name} limit 0").to_arrow_table().schema
    if {column.name: column.type for column in found} != {column.name: column.type for column in contract.fields}:
        return False
    questions = [f"(select 1 from ({each}) limit 1)" for each in broken(contract)]
    return not questions or not connection.execute(" union all ".join(questions)).fetchall()


def broken(contract: Table) -> Iterator[str]:
    """For each rule a select of the cells that break it. Most are answered by what DuckDB keeps of a column's range."""
    for column in contract.fields:
        name = f'"{column.name}"'
        for condition in _breaches(column, name):
            yield f"select {name} from {contract.name} where {condition}"
        if column.pattern is not None:  # of few different texts in many rows each is matched once
            texts = f"select distinct {name} as text from {contract.name}"
            yield (
                f"with texts as materialized ({texts}) "
                f"select text from texts where not regexp_matches(text, {literal(column.pattern)})"
            )


def _breaches(column: Field, name: str) -> Iterator[str]:
    """The conditions under which a cell breaks a rule of its column, but for a pattern."""
    if not column.nullable:
        yield f"{name} is null"
    if column.one_of is not None:
        yield f"{name} not in ({', '.join(map(_literal, column.one_of))})"
    if column.is_text_without_rule:
        # A text that begins with a letter, a digit or a sign is not blank, which is seen from the column's range.
        yield f"{name} < '!' and not regexp_matches({name}, '\\S')"
    if column.at_least is not None:
        yield f"{name} < {column.at_least!r}"
        if pa.types.is_floating(column.type):
            yield f"{name} > 'infinity'::double"  # no number: it comes after every other
    if column.at_most is not None:
        yield f"{name} > {column.at_most!r}"


def _literal(value: object) -> str:
    return literal(value) if isinstance(value, str) else repr(value)
