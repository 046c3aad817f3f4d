"""The one door between what is secret and what may be shown."""

from pipelines.disclosure.ledger import resets
from pipelines.disclosure.protect import made_from, protected
from pipelines.warehouse.tables import TableSpec
from schemas.core import CONTRACTS

tables = [
    TableSpec(
        CONTRACTS["protect.cell"],
        make=lambda connection: protected(connection),
        made_from=lambda: made_from() + resets(),
        reads=frozenset({"indicator.everything", "core.area"}),
        kinds=frozenset({"duckdb", "python"}),
    )
]
