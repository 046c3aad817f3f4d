"""Arbetsförmedlingen: registered unemployed by municipality and month."""

from pipelines.warehouse.tables import source_tables

tables = source_tables("arbetsformedlingen")
