"""A second opinion on the attack by τ-ARGUS, the statistical agencies' own tool (pytauargus, beta; EUPL, tests only).

It chooses what to hide in a small table of its own and says how far each hidden count could be. Its intruder knows
every count beforehand to within about half, ours knows nothing but that none is negative; so our ends must hold its
ends between them, and be the very ends that plain arithmetic (scipy) gives. It knows one table at a time, so linked
tables and crosses have another second opinion (test_crosses.py).
"""

from pathlib import Path

import numpy as np
import pytauargus
import pytest
from scipy.optimize import linprog

from pipelines.catalogue.disclosure_rules import Classification, Rules
from pipelines.disclosure.attack import attack
from pipelines.disclosure.cubes import Rows
from pipelines.disclosure.primary import NONE, known_cells, targets
from pipelines.disclosure.structure import build

AREAS, COUNTS = 6, 7


def test_the_ends_hold_those_of_tau_argus_and_are_those_of_plain_arithmetic(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # it leaves its logs where it is called
    counts = np.random.default_rng(3).poisson(6, (AREAS, COUNTS))
    counts[0, 1], counts[3, 4] = 2, 3
    places = [(area, part) for area, part in np.ndindex(counts.shape) for _ in range(counts[area, part])]
    persons = {
        "Region": [f"r{area}" for area, _ in places],
        "Part": [f"p{part}" for _, part in places],
        "Persons": [1.0] * len(places),
    }
    done = pytauargus.protect(
        persons, ["Region", "Part"], response="Persons", safety_rules="FREQ(5,30)", workdir=str(tmp_path)
    )
    table = done.tables[0].dataframe()
    ends = {row["cell"]: (row["min"], row["max"]) for row in done.engine.audit(0)}
    dots = {(row.Region, row.Part): ends[number] for number, row in enumerate(table.itertuples()) if row.status in "UM"}
    assert len(dots) > 10
    names = tuple(f"p{part}" for part in range(COUNTS))
    above: dict[str, str | None] = {"Total": None, **{f"r{area}": "Total" for area in range(AREAS)}}
    keys = [(area, part) for area in above for part in names]
    total = {area: counts.sum(axis=0) if area == "Total" else counts[int(area[1:])] for area in above}
    word = np.array(["total"] * len(keys), dtype=object)
    rows = Rows(
        np.array([part for _, part in keys], dtype=object),
        np.array([area for area, _ in keys], dtype=object),
        word,
        word,
        word,
        np.array([total[area][int(part[1:])] for area, part in keys], dtype=float),
        np.array([total[area].sum() for area, _ in keys], dtype=float),
    )
    system = build(rows, above, Rules(classifications=(Classification(names),)))
    hidden = np.array([key in dots for key in keys])
    found = attack(system, known_cells(system, hidden), targets(system), exactly=True)
    row_of = {int(cell): key for cell, key in zip(system.numerator_of, keys, strict=True)}
    compared = 0
    for aim in np.flatnonzero(found.aims.minus == NONE):
        key = row_of.get(int(found.aims.plus[aim]))
        if key in dots:
            low, high = dots[key]
            assert found.low[aim] <= low + 1e-4 < high + 1e-4 <= found.high[aim] + 2e-4, key
            assert np.allclose((found.low[aim], found.high[aim]), plain_ends(counts, list(dots), key), atol=1e-4), key
            compared += 1
    assert compared >= 5


def plain_ends(counts: np.ndarray, dots: list[tuple[str, str]], key: tuple[str, str]) -> tuple[float, float]:
    """How far a dot can be, with all row and column sums known."""
    lines, sums, cost = [], [], np.array([float(dot == key) for dot in dots])
    for axis in (0, 1):
        for code in sorted({dot[axis] for dot in dots}):
            own = [dot[axis] == code for dot in dots]
            lines.append(np.array(own, dtype=float))
            sums.append(sum(counts[int(d[0][1:]), int(d[1][1:])] for d, here in zip(dots, own, strict=True) if here))
    low, high = (linprog(sign * cost, A_eq=np.array(lines), b_eq=sums).fun for sign in (1.0, -1.0))
    return float(low), float(-high)
