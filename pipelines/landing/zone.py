"""Landing: one folder of parquet per source table, with its provenance beside it.

    <root>/<table id>/part-*.parquet
    <root>/<table id>/provenance.json      who, which table, which licence, when, which bytes

`data/snapshot/` is such a root frozen in git, `data/restricted/` another for tables whose terms are unclear or forbid
commercial use (it may be deleted); `JAMLIK_DATA/landing/` is the live one. Table by table the newer
retrieval wins. A landing is replaced whole, by a rename: part of a table is never seen as the whole. Rows that were
kept of an older landing lie in a part of their own, which says when those were retrieved.
Not here: fetching, and any knowledge of what a table means.
"""

import hashlib
import json
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from pipelines import settings
from pipelines.catalogue import reference
from pipelines.catalogue.entries import Source
from pipelines.errors import Refused, Unavailable
from pipelines.files import fsync_tree, make_folder, rename, sha256_of, write_json
from pipelines.inbox import forms, store
from pipelines.landing.freshness import freshness
from pipelines.protocols.spec import CADENCES
from schemas.fields import Table
from schemas.sources import LANDED

PROVENANCE = "provenance.json"
FETCHED = "fetched.json"


@dataclass(frozen=True)
class Landing:
    """A source table as it lies on disk. `kind` is snapshot, live, reference, made (by the run itself, so nothing lies
    anywhere), inbox (what was ordered or filled in, perhaps nothing) or none (not fetched or delivered yet, nothing in
    git); `retrieved` is an ISO date or time, or empty.
    """

    source: Source
    kind: str
    files: tuple[Path, ...]
    sha256: str
    retrieved: str
    origins: tuple[tuple[str, str], ...] = ()  # of each file: which kind of landing its rows came with, and when

    @property
    def where(self) -> str:
        if not self.files:
            return settings.relative(settings.landing() / self.source.id)
        return settings.relative(self.files[0].parent if self.kind != "reference" else self.files[0])


def current(source: Source) -> Landing:
    """The landing a run should use for `source`: the newer of the live one and the snapshot's."""
    if source.reference is not None:
        path = reference.path_of(source.reference)
        return Landing(source, "reference", (path,), sha256_of(path), "")
    if source.inbox:
        known = store.fingerprint(source.id, source.inbox)
        return Landing(source, "inbox" if known else "none", (), known or "none", "")
    if source.made:
        return Landing(source, "made", (), "made", "")
    if source.intake is not None:
        files = tuple(forms.files(source.intake))
        return Landing(source, "inbox", files, forms.fingerprint(source.intake), "")
    if source.restricted and settings.without_restricted():
        return Landing(source, "none", (), "none", "")
    found = standing(source)
    if not found and (source.restricted or not source.snapshot):
        return Landing(source, "none", (), "none", "")
    if not found:
        raise Refused(
            f"There is no landing of {source.id}, neither in data/snapshot nor under the data folder; "
            f"run `jamlik fetch` or restore data/snapshot from git."
        )
    return found[-1]


def standing(source: Source) -> list[Landing]:
    """The landings there are of a source that is landed, oldest first: the snapshot's and the live one."""
    frozen = settings.RESTRICTED if source.restricted else settings.SNAPSHOT
    found = [
        _opened(source, kind, root / source.id)
        for kind, root in (("snapshot", frozen), ("live", settings.landing()))
        if (root / source.id / PROVENANCE).is_file()
    ]
    return sorted(found, key=lambda landing: (landing.retrieved, landing.kind == "live"))


def _opened(source: Source, kind: str, folder: Path) -> Landing:
    where = settings.relative(folder / PROVENANCE)
    try:
        record = json.loads((folder / PROVENANCE).read_text(encoding="utf-8"))
        parts = {str(part["file"]): str(part["sha256"]) for part in record["parts"]}
        retrieved = str(record["retrieved"] or "")  # null: the date was not kept with the figures
        origins = {
            str(part["file"]): (str(part.get("landing") or kind), str(part.get("retrieved", retrieved) or ""))
            for part in record["parts"]
        }
    except KeyError as fault:
        raise Refused(f"{where} is no provenance record (it has no {fault}); land the table again.") from fault
    except (OSError, ValueError, TypeError) as fault:
        raise Refused(f"{where} cannot be read as a provenance record ({fault}); land the table again.") from fault
    stray = [name for name in parts if Path(name).name != name]
    if stray or not parts:
        found = f"it names {stray[0]}, which does not lie beside it" if stray else "it names no parts"
        raise Refused(f"{where} is no provenance record ({found}); land the table again.")
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
    names = sorted(parts)
    files, came = tuple(folder / name for name in names), tuple(origins[name] for name in names)
    return Landing(source, kind, files, combined, retrieved, came)


def _locked() -> dict[str, str]:
    """Table id → sha256 of the snapshot it was frozen with."""
    where = settings.relative(settings.SOURCES_LOCK)
    try:
        lines = settings.SOURCES_LOCK.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as fault:
        reason = fault.strerror if isinstance(fault, OSError) else "it is not UTF-8 text"
        raise Refused(f"{where} cannot be read ({reason}); restore it from git.") from fault
    found = {}
    for number, line in enumerate(lines, start=1):
        if line.strip() and not line.startswith("#"):
            words = line.split()
            if len(words) < 2:
                raise Refused(f"{where}, line {number} is not a table's name and its sha256; restore it from git.")
            found[words[0]] = words[1]
    return found


def read(landing: Landing) -> pa.Table:
    """The landed table, columns as in the file; a column that a part lacks or adds is refused by name."""
    if landing.source.intake is not None:
        return forms.table(landing.source.intake)
    if landing.kind == "reference":
        return reference.read(landing.files[0])
    whole = _read_parts(landing.files)
    if whole.num_rows == 0:
        raise Refused(f"{landing.where} holds no rows; land the table again.")
    return whole


def distinct(landing: Landing, column: str) -> set[str]:
    """The texts in one column of a landed table; none where a part lacks it, which the contract will refuse."""
    found: set[str] = set()
    for path in landing.files:
        try:
            part = pa.parquet.ParquetFile(path)
            if column in part.schema_arrow.names:
                found.update(part.read(columns=[column])[column].unique().drop_null().to_pylist())
        except (pa.ArrowException, OSError) as fault:
            raise Refused(f"{settings.relative(path)} is not a readable parquet file; land the table again.") from fault
    return found


def by_origin(landing: Landing) -> list[tuple[str, str, pa.Table]]:
    """The rows of a landing by where they came from: kind of landing, when those were retrieved, table."""
    files: dict[tuple[str, str], list[Path]] = {}
    for path, origin in zip(landing.files, landing.origins, strict=True):
        files.setdefault(origin, []).append(path)
    return [(kind, retrieved, _read_parts(paths)) for (kind, retrieved), paths in sorted(files.items())]


def _read_parts(files: Sequence[Path]) -> pa.Table:
    tables: list[pa.Table] = []
    for path in files:
        try:
            table = pa.parquet.read_table(path)
        except (pa.ArrowException, OSError) as fault:
            raise Refused(f"{settings.relative(path)} is not a readable parquet file; land the table again.") from fault
        first = tables[0].schema if tables else table.schema
        if table.schema.names != first.names:
            different = sorted(set(table.schema.names) ^ set(first.names)) or ["the order of its columns"]
            raise Refused(
                f"{settings.relative(path)} differs from the other parts in {different[0]}; land the table again."
            )
        changed = [name for name in first.names if table.schema.field(name).type != first.field(name).type]
        if changed:
            raise Refused(
                f"{settings.relative(path)} differs from the other parts in the type of {changed[0]}; "
                f"land the table again."
            )
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
    """One row a source table: which landing a run uses, retrieved when, which bytes, how many rows, how fresh."""
    rows, tried = [], fetched()
    for table_id, source in sources.items():
        found = current(source)
        older = [path for path, (_, day) in zip(found.files, found.origins, strict=False) if day != found.retrieved]
        days = [day[:10] for _, day in found.origins]
        count = _landed_rows(found)
        rows.append(
            {
                "table_id": table_id,
                "landing": "none" if count == 0 else found.kind,  # a form that nobody has filled in has brought nothing
                "retrieved": found.retrieved[:10] or None,
                "sha256": found.sha256,
                "rows": count,
                "rows_older": sum(map(_rows, older)),
                "oldest_retrieved": min(days, default="") or None,
                "freshness": _freshness(found, tried.get(table_id)),
            }
        )
    return pa.Table.from_pylist(rows, schema=LANDED.arrow())


def _landed_rows(landing: Landing) -> int | None:
    if landing.source.inbox or landing.kind == "made":
        return None
    return read(landing).num_rows if landing.kind in ("reference", "inbox") else sum(map(_rows, landing.files))


def _freshness(landing: Landing, tried: Mapping[str, Any] | None) -> str | None:
    """fresh, due or stale against the source's cadence; null for what no fetch renews. Stale is also what the last
    fetch asked for in vain, and what nobody can date.
    """
    if landing.kind in ("reference", "inbox", "none", "made") or landing.source.cadence not in CADENCES:
        return None
    if tried and not tried.get("good"):
        return "stale"
    checked = tried.get("at") if tried and landing.kind == "live" else None
    return freshness(landing.source.cadence, str(checked or landing.retrieved)).state


def fetched() -> dict[str, dict[str, Any]]:
    """What became of the last fetch of each source table: {table: {at, state, good, reason}}."""
    path = settings.landing() / FETCHED
    if not path.is_file():
        return {}
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as fault:
        raise Refused(f"{settings.relative(path)} cannot be read ({fault}); delete it, and fetch again.") from fault
    if not isinstance(content, dict) or not all(isinstance(each, dict) for each in content.values()):
        raise Refused(f"{settings.relative(path)} is not the record of a fetch; delete it, and fetch again.")
    return content


def note_fetched(found: Mapping[str, Mapping[str, Any]]) -> None:
    """Adds to that record what became of the source tables in `found`."""
    path = settings.landing() / FETCHED
    try:
        make_folder(path.parent)
        write_json(path, {**fetched(), **found})
    except OSError as fault:
        where = settings.relative(path)
        raise Unavailable(f"{where} could not be written ({fault.strerror}); mend that, then fetch again.") from fault


def note_of(folder: Path, name: str) -> Any:
    """What the provenance record in a landing's folder says under `name`; None where there is none to read."""
    try:
        return json.loads((folder / PROVENANCE).read_text(encoding="utf-8")).get(name)
    except (OSError, ValueError, AttributeError):
        return None


def _rows(path: Path) -> int:
    try:
        return int(pa.parquet.read_metadata(path).num_rows)
    except (pa.ArrowException, OSError) as fault:
        raise Refused(f"{settings.relative(path)} is not a readable parquet file; land the table again.") from fault


def write(
    source: Source,
    parts: Mapping[str, pa.Table],
    retrieved: str | None,
    root: Path,
    notes: Mapping[str, Any] | None = None,
    origins: Mapping[str, tuple[str, str]] | None = None,
) -> Path:
    """Lands `parts` (name → table) as the whole of `source` under `root`, replacing what was there by a rename.

    `origins` names the parts whose rows were kept of an older landing: its kind, and when it was retrieved.
    """
    building = root / f".{source.id}.building"
    target = root / source.id
    try:
        shutil.rmtree(building, ignore_errors=True)
        make_folder(building)
        described = []
        for name, table in parts.items():
            path = building / f"part-{name}.parquet"
            pa.parquet.write_table(table, path, compression="zstd", compression_level=19, version="2.6")
            came = (
                dict(zip(("landing", "retrieved"), origins[name], strict=True)) if origins and name in origins else {}
            )
            described.append({"file": path.name, "sha256": sha256_of(path), "rows": table.num_rows, **came})
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


def provenance(
    source: Source, parts: list[dict[str, Any]], retrieved: str | None, notes: Mapping[str, Any]
) -> dict[str, Any]:
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


def mend(root: Path) -> None:
    """Puts right what a kill in the middle of `_replace` left: the stepped-aside landing goes back, half-built ones go.
    Only the holder of the writer's lock may call it.
    """
    for old in root.glob(".*.old"):
        target = old.with_name(old.name.removeprefix(".").removesuffix(".old"))
        if target.exists():
            shutil.rmtree(old, ignore_errors=True)
        else:
            rename(old, target)
    for building in root.glob(".*.building"):
        shutil.rmtree(building, ignore_errors=True)


def _replace(building: Path, target: Path) -> None:
    """Puts `building` where `target` is; a folder cannot be renamed onto a full one, so the old one steps aside."""
    old = target.with_name(f".{target.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if target.exists():
        rename(target, old)
    rename(building, target)
    shutil.rmtree(old, ignore_errors=True)
