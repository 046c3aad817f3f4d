"""What a warehouse table is made from: the one description that Dagster, a plain run and the tests all use.

A table's fingerprint is a hash of its contract, of what makes it (SQL text, landed bytes, code) and of the
fingerprints of the tables it rests on. It needs no data, so a run knows before it starts what has changed.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.errors import Refused
from pipelines.inbox import store
from pipelines.landing import zone
from pipelines.warehouse import models
from pipelines.warehouse.warehouse import Maker
from schemas.fields import Table
from schemas.registry import model_contract, source_contract

# Nothing that is shown may be made from figures that cannot be right.
_GATES = {"mart": ("core.impossible_cell",), "protect": ("core.impossible_cell",)}


@dataclass(frozen=True)
class TableSpec:
    """One warehouse table. `reads` are the tables it selects from; `waits_for` those that must hold before it.

    `shows`: whether its rows go on to a reader, as those of most tables do.
    """

    contract: Table
    make: Maker
    made_from: Callable[[], str]
    reads: frozenset[str] = frozenset()
    kinds: frozenset[str] = frozenset({"duckdb", "sql"})
    secret: bool = False
    shows: bool = True

    @property
    def name(self) -> str:
        return self.contract.name

    @property
    def layer(self) -> str:
        return self.name.split(".")[0]

    @property
    def waits_for(self) -> frozenset[str]:
        return frozenset(_GATES.get(self.layer, ()) if self.shows else ())

    @property
    def needs(self) -> list[str]:
        """Every table that must stand before this one can be made."""
        return sorted(self.reads | self.waits_for)


def source_tables(origin: str) -> list[TableSpec]:
    """The source tables that the module `origin` of `assets/` answers for: landing → `source.<table>`."""
    own = (source for source in entries.sources().values() if source.origin == origin)
    return [_source_table(source) for source in own if not source.made]


def made_table(
    table_id: str, make: Callable[[pa.Table, pa.Schema], pa.Table], needs: str, made_from: Callable[[], str]
) -> TableSpec:
    """A source table that the run makes itself, by `make(the table needs, the contract's schema)`.

    `made_from` says what else it rests on; where that is empty, the table is left empty.
    """
    source = entries.sources()[table_id]
    contract = source_contract(source.id, source.contract)

    def made(connection: duckdb.DuckDBPyConnection) -> pa.Table:
        if not made_from():
            return contract.arrow().empty_table()
        return make(connection.table(needs).to_arrow_table(), contract.arrow())

    secret = source.confidentiality == "secret"
    kinds = frozenset({"duckdb", "numpy"})
    return TableSpec(contract, made, made_from, frozenset({needs}), kinds, secret=secret)


def _source_table(source: entries.Source) -> TableSpec:
    try:
        contract = source_contract(source.id, source.contract)
    except KeyError:
        raise Refused(
            f"data/catalogue/sources.yaml, table {source.id}: the contract '{source.contract}' is not in "
            f"schemas/sources.py; correct the name or add the contract."
        ) from None

    def make(_: duckdb.DuckDBPyConnection) -> pa.Table:
        landed = zone.current(source)
        if landed.kind == "none":
            return contract.arrow().empty_table()
        if source.inbox:
            return store.table(source.id, str(source.inbox))
        return zone.shaped(zone.read(landed), contract, landed)

    def made_from() -> str:
        return zone.current(source).sha256

    secret = source.confidentiality == "secret"
    return TableSpec(contract, make, made_from, kinds=frozenset({"duckdb", "parquet"}), secret=secret)


def model_tables() -> list[TableSpec]:
    """Every SQL model below `sql/`."""
    return [_model_table(model) for model in models.read_models().values()]


def _model_table(model: models.Model) -> TableSpec:
    contract = model_contract(model.name)
    if contract is None:
        raise Refused(f"{model.where} has no contract; add the columns of {model.name} to schemas/.")
    return TableSpec(
        contract, lambda _: model.sql, lambda: model.sql + _macros(), reads=model.reads, secret=contract.secret
    )


def with_secrecy(specs: list[TableSpec]) -> list[TableSpec]:
    """The tables, each marked secret that rests on a secret one with no protection between."""
    known = {spec.name: spec for spec in specs}
    for spec in in_order(known):
        if spec.layer not in ("protect", "mart", "measure") and any(known[name].secret for name in spec.reads):
            known[spec.name] = replace(spec, secret=True)
    return [known[spec.name] for spec in specs]


def _macros() -> str:
    return (settings.SQL / "macros.sql").read_text(encoding="utf-8")


def fingerprints(specs: Iterable[TableSpec]) -> dict[str, str]:
    """What every table would be made from now, by name, each after those it needs."""
    known = {spec.name: spec for spec in specs}
    found: dict[str, str] = {}
    for spec in in_order(known):
        digest = hashlib.sha256(f"{spec.contract!r}{_contract_code()}{spec.made_from()}".encode())
        for name in spec.needs:
            digest.update(f"{name}{found[name]}".encode())
        found[spec.name] = digest.hexdigest()
    return found


def in_order(known: Mapping[str, TableSpec]) -> Iterator[TableSpec]:
    """The tables, each after those it needs; one that nobody makes, or a circle, is refused by name."""
    done: set[str] = set()

    def visit(name: str, path: tuple[str, ...]) -> Iterator[TableSpec]:
        if name in done:
            return
        if name in path:
            circle = " → ".join((*path[path.index(name) :], name))
            raise Refused(f"The tables {circle} need each other; let one of them read something else.")
        if name not in known:
            raise Refused(f"{path[-1]} reads {name}, which no model, source or catalogue file makes; correct the name.")
        for needed in known[name].needs:
            yield from visit(needed, (*path, name))
        done.add(name)
        yield known[name]

    for name in sorted(known):
        yield from visit(name, ())


@cache
def code_fingerprint() -> str:
    """A hash over all Python of the house: what a table made by Python rests on beside its inputs."""
    house = settings.REPOSITORY
    return _hash_of([*sorted(house.glob("schemas/*.py")), *sorted(house.glob("pipelines/**/*.py"))])


@cache
def _contract_code() -> str:
    house = settings.REPOSITORY
    return _hash_of([house / "schemas" / "fields.py", house / "pipelines" / "warehouse" / "contracts.py"])


def files_fingerprint(*names: str) -> str:
    """A hash over files of the house, named from its root: for a table that rests on little code."""
    return _hash_of([settings.REPOSITORY / name for name in names])


def _hash_of(paths: list[Path]) -> str:
    digest = hashlib.sha256()
    for path in paths:
        digest.update(path.name.encode() + path.read_bytes())
    return digest.hexdigest()
