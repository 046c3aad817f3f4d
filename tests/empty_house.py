"""Small databases in memory, each begun as a copy of one that was prepared once.

A new DuckDB with its macros and schemas takes 60 ms of processor time, a copy of it 2. Belongs here: preparing and
copying. What does not: what a test puts in afterwards (follow_up_house.py, core_house.py).
"""

import itertools
import weakref
from collections.abc import Callable
from functools import cache

import duckdb

_numbers = itertools.count(1)


@cache
def _engine() -> duckdb.DuckDBPyConnection:
    return duckdb.connect()


@cache
def _prepared(prepare: Callable[[duckdb.DuckDBPyConnection], object]) -> str:
    """The name of the database that `prepare` filled, the first time that it is asked for."""
    connection, name = _empty()
    prepare(connection)
    return name


def _empty() -> tuple[duckdb.DuckDBPyConnection, str]:
    name = f"house_{next(_numbers)}"
    connection = _engine().cursor()
    connection.execute(f"attach ':memory:' as {name}")
    connection.execute(f"use {name}")
    return connection, name


def copy_of(prepare: Callable[[duckdb.DuckDBPyConnection], object]) -> duckdb.DuckDBPyConnection:
    """A connection to a new database that holds what `prepare` makes; it goes when nobody holds the connection."""
    origin = _prepared(prepare)
    connection, name = _empty()
    connection.execute(f"copy from database {origin} to {name}")
    weakref.finalize(connection, _engine().execute, f"detach {name}").atexit = False
    return connection
