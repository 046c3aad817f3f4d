"""The one door between what is secret and what may be shown."""

from pipelines import catalogue
from pipelines.factory import table_asset
from pipelines.protect import public_rows
from schemas.core import CONTRACTS


def _select() -> str:
    return public_rows(source.id for source in catalogue.sources().values() if source.confidentiality == "secret")


assets = [
    table_asset(
        CONTRACTS["protect.cell"],
        make=lambda _: _select(),
        made_from=_select,
        reads=["indicator.everything"],
        waits_for=["core.impossible_cell"],
        kinds=("duckdb", "python"),
    )
]
