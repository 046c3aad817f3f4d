"""What is fixed by convention: the standard population, and how publishers' labels and symbols are read."""

from pipelines.warehouse.tables import source_tables

tables = source_tables("conventions")
