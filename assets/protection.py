"""The one door between what is secret and what may be shown."""

from pipelines import catalogue
from pipelines.protect import public_rows
from pipelines.tables import TableSpec
from schemas.core import CONTRACTS


def _select() -> str:
    return public_rows(source.id for source in catalogue.sources().values() if source.confidentiality == "secret")


tables = [
    TableSpec(
        CONTRACTS["protect.cell"],
        make=lambda _: _select(),
        made_from=_select,
        reads=frozenset({"indicator.everything"}),
        kinds=frozenset({"duckdb", "python"}),
    )
]
