"""Simulated intervals: the one inequality model that SQL cannot hold, computed by seeded draws."""

from pipelines.simulation import MEMBERS_TO_DRAW, simulate
from pipelines.tables import TableSpec, code_fingerprint
from schemas.measures import CONTRACTS

# Ten thousand draws around made-up figures would cost four minutes and say nothing.
_REAL = f"{MEMBERS_TO_DRAW} and m.group_id not in (select group_id from measure.comparison where synthetic)"

tables = [
    TableSpec(
        CONTRACTS["measure.simulated"],
        make=lambda warehouse: simulate(warehouse.connection.sql(_REAL).to_arrow_table()),
        made_from=code_fingerprint,
        reads=frozenset({"measure.member", "measure.group_state", "measure.comparison"}),
        kinds=frozenset({"duckdb", "numpy"}),
    )
]
