"""Runs in Dagster and on a machine that fails."""
