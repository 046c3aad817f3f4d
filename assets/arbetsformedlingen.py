"""Arbetsförmedlingen: registered unemployed by municipality and month."""

from pipelines.factory import source_assets

assets = source_assets("arbetsformedlingen")
