"""SCB: population, education, households, incomes and turnout, by municipality."""

from pipelines.warehouse.tables import source_tables

tables = source_tables("scb")
