"""Kept movements: they spare the search for a proof, and one that does not hold proves nothing."""

from pathlib import Path

import numpy as np
import pytest

from pipelines.disclosure import audit as auditing
from pipelines.disclosure import ledger, movements
from pipelines.disclosure.attack import attack
from pipelines.disclosure.books import DELIVERIES
from pipelines.disclosure.movements import Movement, stands
from pipelines.disclosure.primary import known_cells, small_rows, targets
from pipelines.disclosure.solver import Programme
from pipelines.disclosure.structure import System, build
from pipelines.disclosure.suppress import suppress
from tests.fixtures.disclosure_tables import RULES, Office, narrow

RELEASE = "2026-01-01T000000Z"


@pytest.fixture(scope="module")
def safe() -> tuple[System, np.ndarray, list[Movement]]:
    """A small country's system, a pattern that protects it, and the movements that prove it."""
    above, rows = narrow()
    system = build(rows, above, RULES)
    hidden = suppress(system, small_rows(system)).hidden
    return system, hidden, attack(system, known_cells(system, hidden), targets(system)).moves


def test_what_was_found_once_is_checked_and_not_looked_for_again(safe: tuple, monkeypatch: pytest.MonkeyPatch) -> None:
    system, hidden, moves = safe

    def forbidden(*_: object) -> None:
        raise AssertionError("a programme was solved")

    monkeypatch.setattr(Programme, "best", forbidden)
    found = attack(system, known_cells(system, hidden), targets(system), offered=moves)
    assert found.met.all()
    assert 0 < len(found.moves) <= len(moves)
    with pytest.raises(AssertionError, match="was solved"):
        attack(system, known_cells(system, hidden), targets(system), offered=moves[:1])


def test_a_movement_that_does_not_hold_proves_nothing(safe: tuple) -> None:
    system, hidden, moves = safe
    unknown = ~known_cells(system, hidden) & ~system.empty
    cells, change = moves[0].cells, moves[0].change
    assert stands(system, unknown, moves[0])
    known = unknown.copy()
    known[cells[0]] = False
    one, nothing = np.eye(len(cells))[0], np.zeros(len(cells))
    assert not stands(system, known, moves[0]), "a cell that is shown"
    assert not stands(system, unknown, Movement(cells, change + 0.01 * one)), "a sum that is off"
    assert not stands(system, unknown, Movement(cells, change * 1e6)), "a count below nought"
    assert not stands(system, unknown, Movement(np.append(cells, cells[:1]), np.append(change, 0.0))), "a cell twice"
    assert not stands(system, unknown, Movement(cells + len(unknown), change)), "a cell that is none"
    assert not stands(system, unknown, Movement(cells, nothing + np.nan)), "no number"


def test_old_proofs_do_not_save_a_pattern_that_shows_more(safe: tuple) -> None:
    system, hidden, moves = safe
    secondary = np.flatnonzero(hidden & ~small_rows(system))[::40]
    noticed = 0
    for row in secondary:
        shown = hidden.copy()
        shown[row] = False
        known, aims = known_cells(system, shown), targets(system)
        alone, helped = attack(system, known, aims), attack(system, known, aims, offered=moves)
        assert (alone.met == helped.met).all()
        noticed += not helped.met.all()
    assert noticed > 0


def test_they_are_kept_beside_the_ledger_and_a_damaged_file_holds_none(data: Path, safe: tuple) -> None:
    moves = safe[2]
    movements.keep(DELIVERIES, movements.NEXT, {"one": moves[:2], "none": [], "two": moves[2:3]})
    found = movements.kept(DELIVERIES, movements.NEXT)
    assert {name: len(some) for name, some in found.items()} == {"one": 2, "two": 1}
    for before, after in zip(moves[:3], [*found["one"], *found["two"]], strict=True):
        assert (before.cells == after.cells).all()
        assert (before.change == after.change).all()
    (ledger.folder(DELIVERIES) / "movements" / "next.parquet").write_bytes(b"PAR1")
    assert movements.kept(DELIVERIES, movements.NEXT) == {}
    assert movements.kept(DELIVERIES, RELEASE) == {}


def test_a_release_has_its_own_and_can_do_without(data: Path) -> None:
    above, rows = narrow()
    office = Office(above, rows)
    release = office.publish(RELEASE)
    file = ledger.folder(DELIVERIES) / "movements" / f"{RELEASE}.parquet"
    assert movements.kept(DELIVERIES, RELEASE), "what the gate let it pass on"
    assert not list(release.rglob("*movements*"))
    assert auditing.audit_of(office.connection, RELEASE)[1]
    file.unlink()
    assert auditing.audit_of(office.connection, RELEASE)[1]
