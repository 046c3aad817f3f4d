"""SCB: population, education, households, incomes and turnout, by municipality."""

from pipelines.factory import source_assets

assets = source_assets("scb")
