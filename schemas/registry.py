"""Every table's contract by its name in the warehouse. A model without a contract is not built."""

from dataclasses import replace

from schemas import catalogue, chance, core, deliveries, followup, intake, measures, release, sources, targets, trend
from schemas.fields import Table

CONTRACTS: dict[str, Table] = {
    **catalogue.CONTRACTS,
    **chance.CONTRACTS,
    **core.CONTRACTS,
    **deliveries.CORE_CONTRACTS,
    **intake.CONTRACTS,
    **measures.CONTRACTS,
    **release.CONTRACTS,
    **targets.CONTRACTS,
    **trend.CONTRACTS,
    **followup.CONTRACTS,
}


def source_contract(table_id: str, contract: str) -> Table:
    """The contract `contract` of `schemas/sources.py` or `schemas/deliveries.py`, for the source table `table_id`;
    `KeyError` where unknown.
    """
    return replace({**sources.CONTRACTS, **deliveries.CONTRACTS}[contract], name=f"source.{table_id}")


def model_contract(name: str) -> Table | None:
    """The contract of a model; every indicator model has the same one. None where there is none."""
    if name in CONTRACTS:
        return CONTRACTS[name]
    if name.startswith("indicator."):
        return replace(CONTRACTS["indicator.everything"], name=name)
    return None
