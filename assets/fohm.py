"""Folkhälsomyndigheten: the national public health survey by region, fetched only, nothing of it in the snapshot."""

from pipelines.warehouse.tables import source_tables

tables = source_tables("fohm")
