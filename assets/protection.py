"""The one door between what is secret and what may be shown: for ordered deliveries, and for made-up ones."""

from pipelines.catalogue import entries
from pipelines.disclosure.books import DELIVERIES, SYNTHETIC, secret_sources
from pipelines.disclosure.ledger import resets
from pipelines.disclosure.protect import all_of, hidden, made_from, shown
from pipelines.warehouse.models import EVERYTHING, read_models
from pipelines.warehouse.tables import TableSpec
from schemas.core import CONTRACTS


def _near_secret() -> list[str]:
    """The indicator models that may speak of the same indicators as a secret source: those that rest on a source which
    the catalogue names for one of them. Of the others protection needs to know nothing.
    """
    secret = set(secret_sources())
    named = [set(entry["sources"]) for entry in entries.mapped("indicators.yaml", "indicators").values()]
    near = {f"source.{name}" for sources in named if sources & secret for name in sources}
    for name, model in read_models().items():  # each comes after what it reads
        if model.reads & near and name != EVERYTHING:
            near.add(name)
    return sorted(name for name in near if name.startswith("indicator."))


_near = _near_secret()


def _hidden(name: str, book: str) -> TableSpec:
    return TableSpec(
        CONTRACTS[name],
        make=lambda connection: hidden(connection, book, all_of(_near), name),
        made_from=lambda: made_from() + resets(),
        reads=frozenset({*_near, "core.area"}),
        kinds=frozenset({"duckdb", "python"}),
        shows=False,
    )


def _shown(name: str, book: str, hidden_in: str) -> TableSpec:
    return TableSpec(
        CONTRACTS[name],
        make=lambda _: shown(book, hidden_in),
        made_from=made_from,
        reads=frozenset({EVERYTHING, hidden_in}),
        kinds=frozenset({"duckdb", "sql"}),
    )


tables = [
    _hidden("protect.hidden_delivered", DELIVERIES),
    _hidden("protect.hidden_synthetic", SYNTHETIC),
    _shown("protect.cell", DELIVERIES, "protect.hidden_delivered"),
    _shown("protect.synthetic_cell", SYNTHETIC, "protect.hidden_synthetic"),
]
