"""Kolada (RKA): key figures by municipality, county and nation, and Kolada's own description of them."""

from pipelines.warehouse.tables import source_tables

tables = source_tables("kolada")
