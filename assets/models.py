"""Every SQL model: a file below `sql/` is an asset here, with no other edit."""

from pipelines.factory import model_assets

assets = model_assets()
