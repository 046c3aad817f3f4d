"""What is fixed by convention: the standard population, and how publishers' labels and symbols are read."""

from pipelines.factory import source_assets

assets = source_assets("conventions")
