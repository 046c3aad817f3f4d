"""Försäkringskassan: days of sickness benefits by county."""

from pipelines.warehouse.tables import source_tables

tables = source_tables("forsakringskassan")
