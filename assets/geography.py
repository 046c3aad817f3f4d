"""Municipalities, counties, SKR groups and similar municipalities."""

from pipelines.factory import source_assets

assets = source_assets("geography")
