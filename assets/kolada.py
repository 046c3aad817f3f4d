"""Kolada (RKA): key figures by municipality, county and nation, and Kolada's own description of them."""

from pipelines.factory import source_assets

assets = source_assets("kolada")
