"""Municipalities, counties, SKR groups and similar municipalities."""

from pipelines.tables import source_tables

tables = source_tables("geography")
