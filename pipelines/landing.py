"""Landing: one folder of parquet per source table, with its provenance beside it.

    <root>/<table id>/part-*.parquet
    <root>/<table id>/provenance.json      who, which table, which licence, when, which bytes

`data/snapshot/` is such a root frozen in git; `JAMLIK_DATA/landing/` is the live one. Table by table the newer
retrieval wins. A landing is replaced whole, by a rename: part of a table is never seen as the whole.
Not here: fetching, and any knowledge of what a table means.
"""

import hashlib
import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from pipelines import settings
from pipelines.catalogue import Source
from pipelines.errors import Refused, Unavailable
from pipelines.files import fsync_tree, sha256_of, write_json
from schemas.fields import Table
from schemas.sources import LANDED

PROVENANCE = "provenance.json"


@dataclass(frozen=True)
class Landing:
    """A source table as it lies on disk. `kind` is snapshot, live or reference; `retrieved` an ISO date or empty."""

    source: Source
    kind: str
    files: tuple[Path, ...]
    sha256: str
    retrieved: str

    @property
    def where(self) -> str:
        return settings.relative(self.files[0].parent if self.kind != "reference" else self.files[0])


def current(source: Source) -> Landing:
    """The landing a run should use for `source`: the newer of the live one and the snapshot's."""
    if source.reference is not None:
        path = settings.REFERENCE / source.reference
        if not path.is_file():
            raise Refused(f"{settings.relative(path)} is missing; restore it from git.")
        return Landing(source, "reference", (path,), sha256_of(path), "")
    found = [
        _opened(source, kind, root / source.id)
        for kind, root in (("snapshot", settings.SNAPSHOT), ("live", settings.landing()))
        if (root / source.id / PROVENANCE).is_file()
    ]
    if not found:
        raise Refused(
            f"There is no landing of {source.id}, neither in data/snapshot nor under the data folder; "
            f"run `jamlik fetch` or restore data/snapshot from git."
        )
    return max(found, key=lambda landing: (landing.retrieved, landing.kind == "live"))


def _opened(source: Source, kind: str, folder: Path) -> Landing:
    where = settings.relative(folder / PROVENANCE)
    try:
        record = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        parts = {part["file"]: part["sha256"] for part in record["parts"]}
        retrieved = record["retrieved"] or ""  # null: the date was not kept with the figures
    except (OSError, ValueError, KeyError, TypeError) as fault:
        raise Refused(f"{where} cannot be read as a provenance record ({fault}); land the table again.") from fault
    for name, recorded in parts.items():
        path = folder / name
        if not path.is_file():
            raise Refused(f"{settings.relative(path)} is named in {PROVENANCE} but is not there; land the table again.")
        if sha256_of(path) != recorded:
            raise Refused(
                f"{settings.relative(path)} is not the file that {PROVENANCE} describes (its sha256 differs); "
                f"restore it from git or land the table again."
            )
    combined = hashlib.sha256("".join(sorted(parts.values())).encode()).hexdigest()
    if kind == "snapshot" and _locked().get(source.id) != combined:
        raise Refused(
            f"{settings.relative(folder)} is not the snapshot that data/sources.lock names; restore both from git."
        )
    return Landing(source, kind, tuple(folder / name for name in sorted(parts)), combined, retrieved)


def _locked() -> dict[str, str]:
    """Table id → sha256 of the snapshot it was frozen with."""
    lines = settings.SOURCES_LOCK.read_text(encoding="utf-8").splitlines()
    return dict(line.split()[:2] for line in lines if line and not line.startswith("#"))


def read(landing: Landing) -> pa.Table:
    """The landed table, columns as in the file; a column that a part lacks or adds is refused by name."""
    if landing.kind == "reference":
        return _read_csv(landing.files[0])
    tables = []
    for path in landing.files:
        try:
            table = pa.parquet.read_table(path)
        except (pa.ArrowInvalid, OSError) as fault:
            raise Refused(f"{settings.relative(path)} is not a readable parquet file; land the table again.") from fault
        first = tables[0].schema if tables else table.schema
        if table.schema.names != first.names:
            different = sorted(set(table.schema.names) ^ set(first.names)) or ["the order of its columns"]
            raise Refused(f"{settings.relative(path)} differs from the other parts in {different[0]}; land the table again.")
        tables.append(table)
    return pa.concat_tables(tables)


def shaped(table: pa.Table, contract: Table, landing: Landing) -> pa.Table:
    """The table in its contract's column order and types; what cannot be read as its type is refused by row.

    Only text is converted, and only in a reference csv, where all is text; a parquet part already has its types.
    """
    wanted = {column.name: column.type for column in contract.fields}
    if landing.kind != "reference" or set(wanted) != set(table.schema.names):
        return table
    columns = {}
    for name, kind in wanted.items():
        try:
            columns[name] = table[name].cast(kind)
        except pa.ArrowInvalid as fault:
            raise Refused(f"{landing.where}, column {name}: {fault}; correct the file.") from fault
    return pa.table(columns)


def landed(sources: Mapping[str, Source]) -> pa.Table:
    """One row a source table: which landing a run uses, when it was retrieved, which bytes, how many rows."""
    rows = []
    for table_id, source in sources.items():
        found = current(source)
        counts = [pa.parquet.read_metadata(path).num_rows for path in found.files] if found.kind != "reference" else None
        rows.append(
            {
                "table_id": table_id,
                "landing": found.kind,
                "retrieved": found.retrieved or None,
                "sha256": found.sha256,
                "rows": sum(counts) if counts else read(found).num_rows,
            }
        )
    return pa.Table.from_pylist(rows, schema=LANDED.arrow())


def _read_csv(path: Path) -> pa.Table:
    """A reference file: UTF-8, every column text, an unquoted empty cell null and a quoted one an empty text."""
    try:
        header = path.read_text(encoding="utf-8").split("\n", 1)[0].strip().split(",")
        return pyarrow.csv.read_csv(
            path,
            convert_options=pyarrow.csv.ConvertOptions(
                column_types={name: pa.string() for name in header},
                null_values=[""],
                strings_can_be_null=True,
                quoted_strings_can_be_null=False,
            ),
        )
    except (UnicodeDecodeError, pa.ArrowInvalid) as fault:
        raise Refused(
            f"{settings.relative(path)} cannot be read as UTF-8 csv ({fault}); restore it from git."
        ) from fault


def write(
    source: Source,
    parts: Mapping[str, pa.Table],
    retrieved: str | None,
    root: Path,
    notes: Mapping[str, Any] | None = None,
) -> Path:
    """Lands `parts` (name → table) as the whole of `source` under `root`, replacing what was there by a rename."""
    building = root / f".{source.id}.building"
    target = root / source.id
    try:
        shutil.rmtree(building, ignore_errors=True)
        building.mkdir(parents=True)
        described = []
        for name, table in parts.items():
            path = building / f"part-{name}.parquet"
            pa.parquet.write_table(table, path, compression="zstd", compression_level=19, version="2.6")
            described.append({"file": path.name, "sha256": sha256_of(path), "rows": table.num_rows})
        write_json(building / PROVENANCE, provenance(source, described, retrieved, notes or {}))
        fsync_tree(building)
        _replace(building, target)
    except OSError as fault:
        shutil.rmtree(building, ignore_errors=True)
        raise Unavailable(
            f"{settings.relative(target)} could not be written ({fault.strerror}); free space or mend the permission, "
            f"then run again: the table that was there is untouched."
        ) from fault
    return target


def provenance(source: Source, parts: list[dict[str, Any]], retrieved: str | None, notes: Mapping[str, Any]) -> dict[str, Any]:
    """The record that lies beside a landing."""
    return {
        "table": source.id,
        "publisher": source.publisher,
        "published_as": source.published_as,
        "licence": source.licence,
        "citation": source.citation,
        "retrieved": retrieved,
        "rows": sum(part["rows"] for part in parts),
        "parts": sorted(parts, key=lambda part: part["file"]),
        **notes,
    }


def _replace(building: Path, target: Path) -> None:
    """Puts `building` where `target` is; a folder cannot be renamed onto a full one, so the old one steps aside."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        os.replace(target, old)
    os.replace(building, target)
    shutil.rmtree(old, ignore_errors=True)
