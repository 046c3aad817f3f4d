"""Eurostat: health, living habits, work and poverty in Sweden by social group, the nation only."""

from pipelines.warehouse.tables import source_tables

tables = source_tables("eurostat")
