"""The catalogue as tables: indicators, groups, units, recommendations, and which landing each source table has."""

from collections.abc import Iterator
from functools import partial

import pyarrow as pa

from pipelines.catalogue import entries
from pipelines.catalogue import tables as catalogue_tables
from pipelines.catalogue.key_figures import check_key_figures
from pipelines.landing import zone
from pipelines.landing.zone import Landing
from pipelines.warehouse.tables import TableSpec
from schemas.catalogue import CONTRACTS
from schemas.sources import LANDED


def _entries(name: str, _: object = None) -> pa.Table:
    return catalogue_tables.table(name)


def _told(name: str) -> str:
    return str(_entries(name).to_pylist())


def _kolada_landings() -> Iterator[Landing]:
    """The landings of every table of Kolada's key figures."""
    for source in entries.sources().values():
        if source.contract == "kolada_values":
            yield from zone.standing(source)


def _kolada_series(_: object = None) -> pa.Table:
    """The key figures that indicators read, once they and those not used are found to be the landed ones."""
    held: dict[str, set[str]] = {"snapshot": set(), "live": set()}
    for landing in _kolada_landings():
        held[landing.kind].update(zone.distinct(landing, "kpi"))
    if held["snapshot"]:  # one without any is refused where it is read
        check_key_figures(held["snapshot"], held["live"])
    return catalogue_tables.table("catalogue.kolada_series")


def _told_of_kolada() -> str:
    rests_on = [entries.load("kolada_not_used.yaml"), *(landing.sha256 for landing in _kolada_landings())]
    return f"{_told('catalogue.kolada_series')} {rests_on}"


def _landings(_: object = None) -> pa.Table:
    return zone.landed(entries.sources())


tables = [
    *(
        TableSpec(
            CONTRACTS[name],
            make=partial(_entries, name),
            made_from=partial(_told, name),
            kinds=frozenset({"yaml", "duckdb"}),
        )
        for name in catalogue_tables.NAMES
        if name != "catalogue.kolada_series"
    ),
    TableSpec(
        CONTRACTS["catalogue.kolada_series"],
        make=_kolada_series,
        made_from=_told_of_kolada,
        kinds=frozenset({"yaml", "parquet", "duckdb"}),
    ),
    TableSpec(
        LANDED,
        make=_landings,
        made_from=lambda: str(_landings().to_pylist()),
        kinds=frozenset({"parquet", "duckdb"}),
    ),
]
