"""What exists, and where it comes from. No socket, no connection and no SQL text in this room."""

from importlib import import_module

from pipelines.catalogue.entries import sources
from pipelines.warehouse.tables import TableSpec, with_secrecy

_ROOMS = ("catalogue", "models", "protection", "chance", "simulation", "ranks")


def all_tables() -> list[TableSpec]:
    """Every table of the graph: the source modules that the catalogue names, then the rooms of this folder."""
    origins = sorted({source.origin for source in sources().values()})
    return with_secrecy([table for name in (*origins, *_ROOMS) for table in import_module(f"assets.{name}").tables])
