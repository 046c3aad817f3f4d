"""RAKS, SCB's register-based activity statistics: the published national series."""

from pipelines.tables import source_tables

tables = source_tables("raks")
