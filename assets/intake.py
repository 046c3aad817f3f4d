"""Forms that municipalities and regions fill in about themselves, and what in them was not loaded."""

from pipelines.inbox import forms
from pipelines.warehouse.tables import TableSpec, source_tables
from schemas.intake import REFUSED

tables = [
    *source_tables("intake"),
    TableSpec(
        REFUSED,
        make=lambda _: forms.refused(),
        made_from=lambda: str(forms.refused().to_pylist()),
        kinds=frozenset({"duckdb", "python"}),
    ),
]
