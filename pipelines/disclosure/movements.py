"""Movements that were found once, kept so that they need not be looked for again.

A movement of hidden counts is a proof that anybody can check: no known number moves, every sum stands, no count falls
below nought, and where tables form a ring, a world is found in which it has happened. So a kept one needs no trust: it
is checked anew against what a release shows, as if a stranger had handed it in, and what does not hold is passed over
and looked for afresh. Since it tells secret counts, it lies beside the ledger and never in a release.

    JAMLIK_DATA/ledger/<book>/movements/next.parquet       what protection found last
    JAMLIK_DATA/ledger/<book>/movements/<release>.parquet  what the gate let a release pass on

Belongs here: keeping them, and the check by arithmetic. Not here: finding them (`attack.py`).
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import settings
from pipelines.disclosure import ledger
from pipelines.disclosure.cubes import Flags, Numbers, Places
from pipelines.disclosure.solver import SLACK, Free
from pipelines.disclosure.structure import System
from pipelines.errors import Unavailable
from pipelines.files import appearing, make_folder, sweep_beside

NEXT = "next"
KEPT = pa.schema([("chapter", pa.string()), ("move", pa.int32()), ("cell", pa.int64()), ("change", pa.float64())])


@dataclass(frozen=True)
class Movement:
    """Cells of a system that move together, each once, and by how many persons."""

    cells: Places
    change: Numbers


Kept = Mapping[str, list[Movement]]  # by a chapter's name


def stands(system: System, unknown: Flags, move: Movement) -> bool:
    """Whether it moves unknown cells only, leaves every sum as it is and no count below nought."""
    cells, change = move.cells, move.change
    if not len(cells) or cells.min() < 0 or cells.max() >= len(unknown) or len(np.unique(cells)) < len(cells):
        return False
    if not unknown[cells].all() or not np.isfinite(change).all():
        return False
    free = Free.of(system, cells)
    off = np.bincount(free.rows, weights=free.coefficients * np.repeat(change, np.diff(free.starts)))
    return bool(np.abs(off).max(initial=0.0) <= SLACK and (system.value[cells] + change >= -SLACK).all())


def keep(book: str, name: str, kept: Kept) -> None:
    """Puts movements on the disk under a name, in place of what lay there."""
    rows: dict[str, list[object]] = {column: [] for column in KEPT.names}
    for chapter, moves in kept.items():
        for number, move in enumerate(moves):
            rows["chapter"] += [chapter] * len(move.cells)
            rows["move"] += [number] * len(move.cells)
            rows["cell"] += move.cells.tolist()
            rows["change"] += move.change.tolist()
    if not rows["cell"]:
        return
    folder = ledger.folder(book) / "movements"
    try:
        make_folder(folder)
        sweep_beside(folder)
        with appearing(folder / f"{name}.parquet") as beside:
            pq.write_table(pa.table(rows, schema=KEPT), beside, compression="zstd")
    except OSError as fault:
        raise Unavailable(
            f"The proofs under {settings.relative(folder)} could not be written ({fault.strerror}); mend that and run "
            f"again, nothing was published."
        ) from fault


def kept(book: str, name: str) -> dict[str, list[Movement]]:
    """The movements of that name by chapter; none where there is no whole file: then all are looked for."""
    found: dict[str, list[Movement]] = {}
    try:
        table = pq.read_table(ledger.folder(book) / "movements" / f"{name}.parquet").cast(KEPT)
    except (OSError, ValueError, pa.ArrowException):
        return found
    chapter, move, cell, change = (table[name].to_numpy() for name in KEPT.names)
    ends = np.flatnonzero(np.append((chapter[1:] != chapter[:-1]) | (move[1:] != move[:-1]), True))
    for first, last in zip([0, *(ends[:-1] + 1)], ends + 1, strict=True):
        if last > first and len(chapter):
            found.setdefault(str(chapter[first]), []).append(Movement(cell[first:last], change[first:last]))
    return found
