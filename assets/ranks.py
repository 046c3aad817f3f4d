"""Simulated ranks: how sure a municipality's place among the others is, by seeded draws."""

from pipelines.statistics.ranks import FIGURES_TO_DRAW, simulate_ranks
from pipelines.warehouse.tables import TableSpec, code_fingerprint
from schemas.followup import CONTRACTS

tables = [
    TableSpec(
        CONTRACTS["measure.rank_simulated"],
        make=lambda connection: simulate_ranks(connection.sql(FIGURES_TO_DRAW).to_arrow_table()),
        made_from=code_fingerprint,
        reads=frozenset({"measure.rank_figure"}),
        kinds=frozenset({"duckdb", "numpy"}),
    )
]
