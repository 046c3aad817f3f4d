"""Forms that municipalities and regions fill in about themselves, and what in them was not loaded."""

from pipelines import intake
from pipelines.tables import TableSpec, source_tables
from schemas.intake import REFUSED

tables = [
    *source_tables("intake"),
    TableSpec(
        REFUSED,
        make=lambda _: intake.refused(),
        made_from=lambda: str(intake.refused().to_pylist()),
        kinds=frozenset({"duckdb", "python"}),
    ),
]
