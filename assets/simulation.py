"""Simulated intervals: the one inequality model that SQL cannot hold, computed by seeded draws."""

from pipelines.statistics.simulation import REAL_MEMBERS_TO_DRAW, simulate
from pipelines.warehouse.tables import TableSpec, code_fingerprint
from schemas.measures import CONTRACTS

tables = [
    TableSpec(
        CONTRACTS["measure.simulated"],
        make=lambda connection: simulate(connection.sql(REAL_MEMBERS_TO_DRAW).to_arrow_table()),
        made_from=code_fingerprint,
        reads=frozenset({"measure.member", "measure.group_state", "measure.comparison"}),
        kinds=frozenset({"duckdb", "numpy"}),
    )
]
