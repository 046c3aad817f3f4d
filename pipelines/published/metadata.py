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


def datapackage(
    connection: duckdb.DuckDBPyConnection, tables: list[Table], release_id: str, folder: Path
) -> dict[str, Any]:
    """The release as a Data Package (v2): resources with their schema, sources with their licence."""
    sources = connection.execute(
        "select distinct published_as, publisher, url, licence from source_table "
        "where publisher <> 'Jämlik' and landing <> 'none' order by all"
    ).fetchall()
    return {
        "$schema": "https://datapackage.org/profiles/2.0/datapackage.json",
        "name": "jamlik",
        "id": f"jamlik-{release_id}",
        "title": "Jämlik: indikatorer för jämlik hälsa i Sveriges kommuner",
        "description": "Health-equity indicators by municipality and social group, following up the five "
        "recommendations of Samling för social hållbarhet (2013).",
        "version": release_id,
        "created": connection.execute("select published_at from release").fetchall()[0][0],
        "licenses": [
            {
                "name": "CC-BY-4.0",
                "path": "https://creativecommons.org/licenses/by/4.0/",
                "title": "Creative Commons Attribution 4.0",
            }
        ],
        "sources": [
            {"title": f"{publisher}: {published_as} ({licence})", **({"path": url} if url else {})}
            for published_as, publisher, url, licence in sources
        ],
        "resources": [_resource(table, folder / f"{table.name}.parquet") for table in tables],
    }


def _resource(table: Table, path: Path) -> dict[str, Any]:
    return {
        "name": table.name.replace("_", "-"),
        "path": f"parquet/{path.name}",
        "format": "parquet",
        "mediatype": "application/vnd.apache.parquet",
        "bytes": path.stat().st_size,
        "hash": f"sha256:{sha256_of(path)}",
        "description": table.comment,
        "schema": {"fields": [_field(column) for column in table.fields], "primaryKey": list(table.key)},
    }


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
