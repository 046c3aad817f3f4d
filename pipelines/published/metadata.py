"""What goes out beside the tables: Data Package v2, and SQL literals. Definitions come from `schemas/`."""

from pathlib import Path
from typing import Any

import duckdb

from pipelines.files import sha256_of
from schemas.fields import BIGINT, BOOLEAN, DATE, DOUBLE, INTEGER, STRING, Field, Table

_TYPES = {STRING: "string", DOUBLE: "number", INTEGER: "integer", BIGINT: "integer", BOOLEAN: "boolean", DATE: "date"}


def literal(text: str) -> str:
    """A SQL string literal."""
    return "'" + text.replace("'", "''") + "'"


# Publishers' own words for their terms → the name of Open Definition's list; other terms are told by title and address.
_OPEN = {"CC0": "CC0-1.0", "MIT": "MIT"}
_OWN = ("Jämlik", None, "MIT")  # what is made or written here and rests on nobody's figures
# Tables that name no source of their own, and the source tables that they are read from.
_READ_FROM = {
    "area": ("areas",),
    "similar_area": ("similar_municipalities",),
}
_DESCRIPTIONS = frozenset({
    "catalogue_row", "determinant_area", "headline", "indicator", "intake_refused", "quality_flag", "recommendation",
    "release", "social_group", "source_table", "unit",
})  # fmt: skip


def datapackage(
    connection: duckdb.DuckDBPyConnection, tables: list[Table], release_id: str, folder: Path
) -> dict[str, Any]:
    """The release as a Data Package (v2): resources with their schema and licences, sources with theirs.

    A resource has the licence of every source whose figures it holds or is computed from; the package only what holds
    for all of its resources, and so none where they differ.
    """
    sources = connection.execute(
        "select distinct published_as, publisher, url, licence from source_table "
        "where publisher <> 'Jämlik' and landing <> 'none' order by all"
    ).fetchall()
    resources = [_resource(connection, table, folder / f"{table.name}.parquet") for table in tables]
    shared = [each for each in resources[0]["licenses"] if all(each in other["licenses"] for other in resources)]
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "jamlik",
        "id": f"jamlik-{release_id}",
        "title": "Jämlik: indikatorer för jämlik hälsa i Sveriges kommuner",
        "description": "Health-equity indicators by municipality and social group, following up the five "
        "recommendations of Samling för social hållbarhet (2013). Each resource names its own licences.",
        "version": release_id,
        "created": connection.execute("select published_at from release").fetchall()[0][0],
        **({"licenses": shared} if shared else {}),
        "sources": [
            {"title": f"{publisher}: {published_as} ({licence})", **({"path": url} if url else {})}
            for published_as, publisher, url, licence in sources
        ],
        "resources": resources,
    }


def _resource(connection: duckdb.DuckDBPyConnection, table: Table, path: Path) -> dict[str, Any]:
    return {
        "name": table.name.replace("_", "-"),
        "path": f"parquet/{path.name}",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
        "description": table.comment,
        "licenses": _licences(connection, table),
        "schema": {"fields": [_field(column) for column in table.fields], "primaryKey": list(table.key)},
    }


def _licences(connection: duckdb.DuckDBPyConnection, table: Table) -> list[dict[str, str]]:
    """The terms of the sources that the table's rows rest on, each once; of what is written here, the project's own."""
    if table.name in _DESCRIPTIONS:
        rows: list[tuple[Any, ...]] = [_OWN]
    elif table.name in _READ_FROM:
        rows = connection.execute(
            "select publisher, url, licence from source_table where table_id in (select unnest(?)) order by all",
            [list(_READ_FROM[table.name])],
        ).fetchall()
    else:  # computed from the figures: of its own indicators where it names them, else of all
        own = any(column.name == "indicator_id" for column in table.fields) and table.name != "indicator_value"
        rows = connection.execute(
            f"""
            select distinct s.publisher, s.url, s.licence
            from (
                select distinct unnest(string_split(source_ids, ', ')) as table_id
                from indicator_value
                where value is not null
                    {f"and indicator_id in (select indicator_id from {table.name})" if own else ""}
            ) as used
            inner join source_table as s on s.table_id = used.table_id
            order by all
            """
        ).fetchall()
    told = [_licence(*row) for row in rows or [_OWN]]
    return [each for place, each in enumerate(told) if each not in told[:place]]


def _licence(publisher: str, url: str | None, licence: str) -> dict[str, str]:
    """A licence as the standard has it: a name of Open Definition's list, or else where the terms are found."""
    known = _OPEN.get(licence)
    title = f"{publisher}: {licence}"
    if known:
        return {"name": known, "title": licence}
    return {"path": url, "title": title} if url else {"name": "other", "title": title}


def _field(column: Field) -> dict[str, Any]:
    constraints: dict[str, Any] = {"required": not column.nullable}
    if column.one_of is not None:
        constraints["enum"] = list(column.one_of)
    if column.pattern is not None:
        constraints["pattern"] = column.pattern
    if column.at_least is not None:
        constraints["minimum"] = column.at_least
    if column.at_most is not None:
        constraints["maximum"] = column.at_most
    return {"name": column.name, "type": _TYPES[column.type], "description": column.comment, "constraints": constraints}
