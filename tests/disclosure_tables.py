"""Made-up secret tables of a real country: its municipalities and counties, with counts from a seed.

The persons are drawn cell by cell, so every table adds up as a register's does. Belongs here: tables for tests and the
bench of disclosure control. Not here: any real figure.
"""

import csv
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np

from pipelines import settings
from pipelines.disclosure.cubes import Rows
from pipelines.disclosure.rules import Classification, Rules

PARTS = tuple(f"part_{number}" for number in range(1, 8))
SHARES = (0.52, 0.06, 0.05, 0.11, 0.03, 0.06, 0.17)


def country(counties: Sequence[str] | None = None) -> dict[str, str | None]:
    """Each area's next larger one; of these counties only, or of all."""
    found: dict[str, str | None] = {"00": None}
    with Path(settings.REFERENCE / "areas.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            if counties is None or row["county_code"] in counties:
                found[row["county_code"]] = "00"
                found[row["municipality_code"]] = row["county_code"]
    return found


def people(
    parents: Mapping[str, str | None], sizes: Mapping[str, int], seed: int = 1, least: int = 1_000
) -> dict[str, np.ndarray]:
    """Persons of each municipality by sex, each dimension's group in turn, and part: one array a municipality."""
    random = np.random.default_rng(seed)
    weights = {name: random.dirichlet(np.full(size, 2.0)) for name, size in sizes.items()}
    found = {}
    for area in parents:
        if len(area) != 4:
            continue
        persons = int(least * np.exp(random.exponential(1.0)))
        share = np.array([0.5, 0.5])
        for name in sizes:
            own = random.dirichlet(weights[name] * 60)
            share = share[..., None] * own
        parts = random.dirichlet(np.array(SHARES) * 80, size=share.shape)
        found[area] = random.multinomial(persons, (share[..., None] * parts).reshape(-1)).reshape(parts.shape)
    return found


def rows_of(
    parents: Mapping[str, str | None], persons: Mapping[str, np.ndarray], tables: Sequence[str], names: Sequence[str]
) -> Rows:
    """Indicator rows: the whole and by sex, and each of `tables` (a dimension or a cross `a+b`) by sex."""
    totals: dict[str, np.ndarray] = {area: np.zeros_like(next(iter(persons.values()))) for area in parents}
    for area, counts in persons.items():
        above: str | None = area
        while above is not None:
            totals[above] = totals[above] + counts
            above = parents[above]
    columns: dict[str, list[object]] = {name: [] for name in Rows.__dataclass_fields__}

    def add(area: str, dimension: str, group: str, sex: str, parts: np.ndarray) -> None:
        whole = float(parts.sum())
        for name, count in zip(PARTS, parts, strict=True):
            for column, value in zip(
                columns.values(), (name, area, dimension, group, sex, float(count), whole), strict=True
            ):
                column.append(value)

    for area, counts in totals.items():
        for sex, place in (("total", slice(None)), ("women", slice(0, 1)), ("men", slice(1, 2))):
            here = counts[place].sum(axis=0)
            one = here.reshape(-1, here.shape[-1]).sum(axis=0)
            add(area, "total" if sex == "total" else "sex", "total" if sex == "total" else sex, sex, one)
            for table in tables:
                split = [names.index(name) for name in table.split("+")]
                others = tuple(axis for axis in range(len(names)) if axis not in split)
                margin = here.sum(axis=others)
                for place_in in np.ndindex(margin.shape[:-1]):
                    code = "+".join(f"g{number}" for number in place_in)
                    add(area, table, code, sex, margin[place_in])
    text = [np.array(columns[name], dtype=object) for name in list(columns)[:5]]
    return Rows(*text, np.array(columns["numerator"], dtype=float), np.array(columns["denominator"], dtype=float))


RULES = Rules(classifications=(Classification(PARTS),))
