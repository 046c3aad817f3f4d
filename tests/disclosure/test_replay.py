"""An intruder who has the suppressor: he runs it on every world that fits what is shown, and keeps those that give it.

Small deliveries that he may replay whole. Worlds are found by the tests' own intruder, by other equations and another
solver; only what he runs on them is the project's own, as it would be his. Not here: what sums alone give away
(test_attack.py).
"""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from pipelines.catalogue.disclosure_rules import Classification, Rules
from pipelines.disclosure import later, ledger
from pipelines.disclosure.books import DELIVERIES, Chapter
from pipelines.disclosure.chapter import protect
from pipelines.disclosure.cubes import Rows
from pipelines.disclosure.draws import Draws
from pipelines.disclosure.primary import small_rows
from pipelines.disclosure.replay import choose
from pipelines.disclosure.structure import build
from pipelines.disclosure.suppress import suppress
from pipelines.errors import Refused
from tests.fixtures.disclosure_tables import Office, narrow
from tests.fixtures.intruder import REST, Intruder, Key

PARTS = ("a", "b", "c")
ABOVE = {"00": None, "01": "00", "0101": "01", "0102": "01", "0103": "01"}
Hides = Callable[[Rows], np.ndarray]


def delivery(seed: int) -> np.ndarray:
    """Counts of three places by three parts, of which one or two are small."""
    random = np.random.default_rng(seed)
    while True:
        counts = np.stack(
            [random.multinomial(n, random.dirichlet(np.full(3, 2.0))) for n in random.integers(20, 60, 3)]
        )
        if 1 <= ((counts > 0) & (counts < 5)).sum() <= 2:
            return counts


def rows_of(counts: np.ndarray) -> Rows:
    totals = np.vstack([counts, counts.sum(axis=0), counts.sum(axis=0)])
    columns: list[list[object]] = [[] for _ in range(7)]
    for area, own in zip(("0101", "0102", "0103", "01", "00"), totals, strict=True):
        for part, count in zip(PARTS, own, strict=True):
            for column, word in zip(
                columns, (part, area, "total", "total", "total", float(count), float(own.sum())), strict=True
            ):
                column.append(word)
    words = [np.array(column, dtype=object) for column in columns[:5]]
    return Rows(*words, np.array(columns[5], dtype=float), np.array(columns[6], dtype=float))


RULES = Rules(classifications=(Classification(PARTS),))


def plainly(rows: Rows) -> np.ndarray:
    """The suppressor as anybody can run it, with one secret that is none."""
    system = build(rows, ABOVE, RULES)
    return suppress(system, small_rows(system)).hidden


def with_a_secret(rows: Rows) -> np.ndarray:
    """The choice of a pattern with a secret that nobody else has: another one at each call."""
    system = build(rows, ABOVE, RULES)
    nothing = np.zeros(len(rows), dtype=bool)
    return choose(system, nothing, np.zeros(system.layout.cells, dtype=bool), None, Draws.afresh()).hidden


def intruder(rows: Rows, hidden: np.ndarray) -> Intruder:
    wholes = dict(zip(zip(rows.area, rows.dimension, rows.group, rows.sex, strict=True), rows.denominator, strict=True))
    told = {key: count for key, count, dot in zip(keys(rows), rows.numerator, hidden, strict=True) if not dot}
    everybody = {(REST, *where): 0.0 for where in wholes}  # the parts are all there is, as anybody can see
    return Intruder(wholes, ABOVE, PARTS).learn({**told, **everybody}.items())


def keys(rows: Rows) -> list[Key]:
    return list(zip(rows.indicator, rows.area, rows.dimension, rows.group, rows.sex, strict=True))


def of_world(rows: Rows, world: dict[Key, float]) -> Rows:
    counts = np.array([[world.get(key, count)] for key, count in zip(keys(rows), rows.numerator, strict=True)])
    return rows_of(counts[:9].reshape(3, 3))


def kept(rows: Rows, hides: Hides, hidden: np.ndarray, worlds: list[dict[Key, float]]) -> list[dict[Key, float]]:
    """The worlds that the suppressor makes the same release of."""
    return [world for world in worlds if (hides(of_world(rows, world)) == hidden).all()]


def narrowed(rows: Rows, hidden: np.ndarray, worlds: list[dict[Key, float]]) -> tuple[int, int]:
    """Small counts that these worlds do not leave at both ends of their interval, of all."""
    small = [(k, c) for k, c, dot in zip(keys(rows), rows.numerator, hidden, strict=True) if dot and 0 < c < 5]
    return sum(
        not (any(world[key] >= 5 for world in worlds) and any(world[key] <= count // 2 for world in worlds))
        for key, count in small
    ), len(small)


def test_whoever_replays_a_suppressor_without_a_secret_gets_most_small_counts() -> None:
    many = lost = 0
    for seed in range(5):
        rows = rows_of(delivery(seed))
        hidden = plainly(rows)
        worlds = list(intruder(rows, hidden).worlds(np.random.default_rng(seed), 120))
        narrow_before, _ = narrowed(rows, hidden, worlds)
        assert narrow_before == 0, "the sums alone leave them"
        some, all_ = narrowed(rows, hidden, kept(rows, plainly, hidden, worlds))
        lost, many = lost + some, many + all_
    assert lost > 0.5 * many > 2


@pytest.mark.parametrize("seed", range(4, 9))
def test_whoever_replays_what_is_released_gets_none_of_them(seed: int) -> None:
    rows = rows_of(delivery(seed))
    hidden = with_a_secret(rows)
    found = intruder(rows, hidden)
    worlds: list[dict[Key, float]] = []
    for turn in range(120):  # worlds from everywhere: each search begins elsewhere
        worlds += found.worlds(np.random.default_rng([seed, turn]), 1)
        if turn % 10 == 9 and narrowed(rows, hidden, again := kept(rows, with_a_secret, hidden, worlds))[0] == 0:
            break
    assert narrowed(rows, hidden, again) == (0, int(((rows.numerator > 0) & (rows.numerator < 5)).sum()))
    assert len(again) > 0.2 * len(worlds), "a pattern that most worlds give tells little of which it is"


def test_what_is_released_is_what_was_chosen() -> None:
    """The door itself: protection of the chapter hides these rows, and says that they are the same for a secret."""
    rows = rows_of(delivery(3))
    nothing = np.zeros(len(rows), dtype=bool)
    status = np.array(["observed"] * len(rows), dtype=object)
    chapter = Chapter(DELIVERIES, "x", "2019", RULES, rows, status, *[nothing] * 5)
    one, same, other = (
        protect(chapter, ABOVE, draws=Draws(secret, "2019")).hidden for secret in (b"one", b"one", b"two")
    )
    assert (one == same).all()
    assert other.any()
    assert 0 < one.sum() < len(rows)


def test_a_secret_is_made_once_and_its_loss_is_told(data: Path) -> None:
    above, rows = narrow(("10",))
    office = Office(above, rows)
    office.secret = None
    office.publish("2026-01-01T000000Z")
    file = ledger.folder(DELIVERIES) / "secret"
    secret = file.read_text(encoding="ascii")
    assert len(secret) == 64
    assert file.stat().st_mode & 0o077 == 0, "nobody else may read it"
    office.publish("2026-01-02T000000Z")
    assert file.read_text(encoding="ascii") == secret
    for change in (lambda: file.unlink(), lambda: file.write_text("00" * 32, encoding="ascii")):
        change()
        with pytest.raises(Refused, match=r"has lost its file 'secret'.+from a backup.+--reset deliveries") as told:
            office.publish("2026-01-03T000000Z")
        assert secret not in str(told.value)
    assert "begins anew" in later.reset(DELIVERIES, "hemligheten är borta")
    office.publish("2026-01-03T000000Z")
    assert file.read_text(encoding="ascii") not in (secret, "00" * 32)


def test_the_report_says_how_much_was_replayed(data: Path) -> None:
    above, rows = narrow(("10",))
    office = Office(above, rows)
    office.publish("2026-01-01T000000Z")
    report = (ledger.folder(DELIVERIES) / "reports" / "2026-01-01T000000Z.json").read_text(encoding="utf-8")
    assert '"replayed":' in report
