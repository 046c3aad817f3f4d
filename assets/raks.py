"""RAKS: main affiliation to the labour market, as published for the nation, as ordered, and as made up."""

from assets.raks_synthetic import deliver
from pipelines import settings
from pipelines.catalogue import entries
from pipelines.landing import zone
from pipelines.warehouse.tables import files_fingerprint, made_table, source_tables


def _made_up_from() -> str:
    """Empty where the made-up delivery must not be there: it was not wanted, or a real one lies in the inbox."""
    if settings.without_synthetic() or zone.current(entries.sources()["raks_cells"]).kind != "none":
        return ""
    return files_fingerprint("assets/raks_synthetic.py", "pipelines/statistics/fitting.py")


tables = [
    *source_tables("raks"),
    made_table("raks_synthetic", deliver, needs="core.raks_margin", made_from=_made_up_from),
]
