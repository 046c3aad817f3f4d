"""Municipalities, counties, SKR groups and similar municipalities."""

from pipelines.warehouse.tables import source_tables

tables = source_tables("geography")
