"""Made-up secret tables of a real country: its municipalities and counties, with counts from a seed.

The persons are drawn cell by cell, so every table adds up as a register's does. Belongs here: tables for tests and the
bench of disclosure control. Not here: any real figure.
"""

import csv
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa

from pipelines import settings
from pipelines.catalogue.disclosure_rules import Classification, Rules
from pipelines.disclosure.audit import gate
from pipelines.disclosure.cubes import Rows
from pipelines.disclosure.ledger import MANIFEST_KEY
from pipelines.disclosure.protect import protected
from schemas.core import INDICATOR_ROW

PARTS = tuple(
    f"raks_{name}"
    for name in (
        "full_year_employed",
        "newly_employed",
        "left_employment",
        "part_year_employed",
        "combined_employment",
        "self_employed",
        "without_work",
    )
)
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


def narrow(counties: Sequence[str] = ("09", "10"), seed: int = 1) -> tuple[dict[str, str | None], Rows]:
    """A small country with Gotland in it, whose one municipality is its county, by sex and by four groups."""
    above = country(counties)
    return above, rows_of(above, people(above, {"education": 3}, seed, 300), ["education"], ["education"])


class Office:
    """A warehouse of secret rows and the releases made of it, in the data folder that the settings point at."""

    def __init__(
        self, above: Mapping[str, str | None], rows: Rows, source: str = "raks_cells", period: str = "2019"
    ) -> None:
        self.connection = duckdb.connect()
        for schema in ("indicator", "core", "protect"):
            self.connection.execute(f"create schema {schema}")
        level = {2: "county", 4: "municipality"}
        areas = [
            {"area_code": code, "area_level": "nation" if up is None else level[len(code)], "county_code": code[:2]}
            for code, up in above.items()
        ]
        self.put("core.area", pa.Table.from_pylist(areas))
        self.deliver(rows, source, period)

    def put(self, name: str, table: pa.Table) -> None:
        self.connection.register("arriving", table)
        self.connection.execute(f"create or replace table {name} as select * from arriving")
        self.connection.unregister("arriving")

    def deliver(self, rows: Rows, source: str = "raks_cells", period: str = "2019", more: bool = False) -> None:
        """Puts rows in place of those there are, or beside them."""
        before = self.connection.table("indicator.everything").to_arrow_table() if more else None
        arriving = as_table(rows, source, period)
        self.put("indicator.everything", pa.concat_tables([before, arriving]) if before is not None else arriving)

    def protect(self) -> None:
        self.connection.execute(f"create or replace table protect.cell as {protected(self.connection)}")

    def build(self, folder: Path, change: str = "") -> Path:
        """A release's database in `folder`; `change` is a statement on its table indicator_value."""
        folder.mkdir(parents=True, exist_ok=True)
        self.connection.execute(f"attach '{folder / 'jamlik.duckdb'}' as release")
        self.connection.execute(
            "create or replace table release.indicator_value as select *, denominator as weight, "
            "case when denominator is not null then 'denominator' end as weight_basis from protect.cell"
        )
        if change:
            self.connection.execute(change.replace("indicator_value", "release.indicator_value"))
        self.connection.execute("detach release")
        return folder

    def publish(self, release_id: str, change: str = "") -> Path:
        """Protects, builds, passes the gate, enters the ledger, puts in place; as a run does it."""
        self.protect()
        folder = self.build(settings.published() / "releases" / release_id, change)
        passed = gate(self.connection, folder)
        (folder / "manifest.json").write_text(json.dumps({MANIFEST_KEY: passed.content}), encoding="utf-8")
        passed.enter(release_id)
        return folder


def as_table(rows: Rows, source: str, period: str) -> pa.Table:
    """Rows as an indicator model has them."""
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(rows.denominator > 0, 100 * rows.numerator / rows.denominator, np.nan)
    told = ~np.isnan(value)
    columns: dict[str, object] = {
        "indicator_id": list(rows.indicator),
        "area_code": list(rows.area),
        "period": [period] * len(rows),
        "dimension": list(rows.dimension),
        "group_code": list(rows.group),
        "sex": list(rows.sex),
        "status": ["observed" if each else "not_applicable" for each in told],
        "status_reason": [None if each else "no_population" for each in told],
        "provenance": ["synthetic" if source == "raks_synthetic" else "computed"] * len(rows),
        "source_ids": [source] * len(rows),
    }
    for name in ("value", "se", "ci_lower", "ci_upper"):
        columns[name] = [float(each) if ok else None for each, ok in zip(value, told, strict=True)]
    for name, counts in (("numerator", rows.numerator), ("denominator", rows.denominator)):
        columns[name] = [float(each) if ok else None for each, ok in zip(counts, told, strict=True)]
    columns["ci_method"] = ["wilson" if each else None for each in told]
    columns["reliability"] = [None] * len(rows)
    return pa.table({each.name: pa.array(columns[each.name], each.type) for each in INDICATOR_ROW})


GRADUATE_PARTS = ("employed", "studying", "neither")


def graduates(above: Mapping[str, str | None], counts: Mapping[str, Sequence[tuple[int, int, int]]]) -> Rows:
    """Rows of graduates one year after: of each smallest area, by programme, those in work, studying and neither."""
    totals: dict[str, np.ndarray] = {}
    for area, by_programme in counts.items():
        up: str | None = area
        while up is not None:
            totals[up] = totals.get(up, 0) + np.array(by_programme, dtype=float)
            up = above[up]
    found: list[tuple[object, ...]] = []
    for area, table in totals.items():
        groups = [("total", "total", table.sum(axis=0))]
        groups += [("programme", f"p{number}", own) for number, own in enumerate(table)]
        for dimension, group, own in groups:
            for part, count in zip(GRADUATE_PARTS, own, strict=True):
                found.append((f"raks_graduates_{part}_1", area, dimension, group, "total", count, own.sum()))
    *texts, numerator, denominator = zip(*found, strict=True)
    words = [np.array(text, dtype=object) for text in texts]
    return Rows(*words, np.array(numerator), np.array(denominator))
