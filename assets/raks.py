"""RAKS, SCB's register-based activity statistics: the published national series."""

from pipelines.factory import source_assets

assets = source_assets("raks")
