"""Every SQL model: a file below `sql/` is a table here, with no other edit."""

from pipelines.warehouse.tables import model_tables

tables = model_tables()
