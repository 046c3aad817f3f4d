"""Simulated intervals: the one inequality model that SQL cannot hold, computed by seeded draws."""

from pipelines.factory import code_fingerprint, table_asset
from pipelines.simulation import MEMBERS_TO_DRAW, simulate
from schemas.measures import CONTRACTS

assets = [
    table_asset(
        CONTRACTS["measure.simulated"],
        make=lambda warehouse: simulate(warehouse.connection.sql(MEMBERS_TO_DRAW).to_arrow_table()),
        made_from=code_fingerprint,
        reads=["measure.member", "measure.group_state"],
        kinds=("duckdb", "numpy"),
    )
]
