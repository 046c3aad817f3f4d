"""What lies in `JAMLIK_DATA/inbox/`: which files are deliveries, what they are made from, and the tables they become.

A delivery is a file, or a folder of parquet parts, with a YAML of the same name beside it. A file without one is
refused, since it would otherwise be left out in silence. Everything here is secret until `protect` has let it out.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines import settings
from pipelines.catalogue import entries, reference
from pipelines.errors import Refused
from pipelines.files import demand_regular, sha256_of
from pipelines.inbox import checks, grid, mapping, merge, translate
from pipelines.inbox.persons import People, years_in_a_row
from pipelines.inbox.shapes import Shape, area_changes, shapes
from pipelines.inbox.translate import Places
from schemas.fields import Table
from schemas.registry import source_contract

HASHED_BYTES = 64_000_000  # a larger file is told by its size and the time it was written


@dataclass(frozen=True)
class Delivery:
    """A delivered file, or folder of parts, with its mapping."""

    path: Path
    mapping: mapping.FileMapping

    @property
    def files(self) -> tuple[Path, ...]:
        return tuple(sorted(self.path.rglob("*.parquet"))) if self.path.is_dir() else (self.path,)

    def lands_in(self, table_id: str) -> bool:
        shape = self.mapping.shape
        return table_id == shape.lands or (table_id == shape.flows and "person" in self.mapping.sources)


def deliveries(inbox: str) -> list[Delivery]:
    """The deliveries in the inbox of that name, by name; a file that nobody has mapped is refused."""
    folder = settings.inbox() / inbox
    if not folder.is_dir():
        return []
    found = []
    for path in sorted(folder.iterdir()):
        if path.name.startswith((".", "~$")) or not _is_data(path):
            continue
        beside = mapping.beside(path)
        demand_regular(beside)
        if not beside.is_file():
            where = settings.relative(path)
            raise Refused(f"{where} has no mapping beside it; `jamlik inbox {where}` drafts one, or take the file out.")
        delivery = Delivery(path, mapping.read(beside))
        for each in delivery.files:
            demand_regular(each)
        if delivery.mapping.shape.inbox != inbox:
            raise Refused(
                f"{settings.relative(beside)}: {delivery.mapping.shape.id} belongs in the inbox "
                f"{delivery.mapping.shape.inbox}; move both files there."
            )
        if path.is_dir() and not delivery.mapping.shape.people:
            raise Refused(
                f"{settings.relative(path)} is a folder; only person rows come as one, so put its files beside."
            )
        found.append(delivery)
    return found


def _is_data(path: Path) -> bool:
    if path.is_dir():
        return path.name != merge.REPORTS and any(path.rglob("*.parquet"))
    return path.suffix.lower() in grid.ENDINGS


def fingerprint(table_id: str, inbox: str) -> str:
    """What the table would be made from: every delivery that lands in it, with its mapping; empty where none does."""
    digest, any_there = hashlib.sha256(_read_by().encode()), False
    for delivery in deliveries(inbox):
        if not delivery.lands_in(table_id):
            continue
        any_there = True
        digest.update(sha256_of(delivery.mapping.path).encode())
        for path in delivery.files:
            about = path.stat()
            told = sha256_of(path) if about.st_size <= HASHED_BYTES else f"{about.st_size} {about.st_mtime_ns}"
            digest.update(f"{path.relative_to(delivery.path.parent)} {told}".encode())
    return digest.hexdigest() if any_there else ""


def _read_by() -> str:
    """What decides how any delivery is read: the catalogue's description, the areas there are, and this package."""
    here = [settings.CATALOGUE / "deliveries.yaml", *sorted(Path(__file__).parent.glob("*.py"))]
    return "".join(map(sha256_of, [*here, _areas()]))


def table(table_id: str, inbox: str) -> pa.Table:
    """All that is delivered for the source table `table_id`, in its contract's columns; empty where nothing is."""
    source = entries.sources()[table_id]
    contract = source_contract(table_id, source.contract)
    shape = next(each for each in shapes().values() if each.lands == table_id and not each.people)
    told = []
    for delivery in deliveries(inbox):
        parts = [each.table for each in read(delivery, shape, contract)] if delivery.lands_in(table_id) else []
        if any(part.schema != parts[0].schema for part in parts):  # a year was changed on the way, and another was not
            parts = [part.cast(contract.arrow()) for part in parts]
        if parts:
            told.append((delivery.path.name, pa.concat_tables(parts)))
    return merge.merged(told, contract, shape.columns, settings.inbox() / inbox)


def read(delivery: Delivery, shape: Shape, contract: Table) -> Iterator[checks.Checked]:
    """One delivery's rows for the table of `shape`, checked: a table a file, one a year for flows of persons."""
    known = places()
    if not delivery.mapping.shape.people:
        given = grid.read(delivery.path, delivery.mapping.headings)
        yield checks.checked(
            translate.translate(given, delivery.mapping, known), delivery.mapping, contract, given.where
        )
        return
    people = People(delivery.files, delivery.mapping, known)
    try:
        as_cells = mapping.of_shape(delivery.mapping, shape)
        if delivery.mapping.shape.lands == shape.lands:
            yield checks.checked(people.cells(shape), as_cells, contract, people.where)
            return
        for year in years_in_a_row(people.years()):
            flows = people.flows(shape, year)
            if flows is not None:
                yield checks.checked(flows, as_cells, contract, people.where)
    finally:
        people.close()


def _areas() -> Path:
    return reference.path_of(str(entries.sources()["areas"].reference))


def places() -> Places:
    """The municipalities, counties and the nation, by code and by name."""
    rows = reference.read(_areas()).to_pylist()
    names: dict[str, str] = {}
    for row in rows:
        for name in (row["municipality_name"], row["municipality_name_short"]):
            names[name.lower()] = row["municipality_code"]
        for name in (row["county_name"], row["county_name_short"]):
            names.setdefault(name.lower(), row["county_code"])
    names |= dict.fromkeys(("riket", "hela riket", "sverige"), "00")
    codes = frozenset(row["municipality_code"] for row in rows)
    larger = frozenset(row["county_code"] for row in rows) | {"00"}
    return Places(codes, names, larger, tuple(area_changes()))
