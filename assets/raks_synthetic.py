"""The made-up RAKS delivery of the default run: no person in it exists, and its cells are nobody's figures.

No real RAKS below the nation may be shipped, so this one is fitted to public margins (`core.raks_margin`, each with its
own year) from a seed. What no margin says (how affiliation goes with education and age, who is weakly established, how
the foreign-born are spread over ages) is assumed here, in the open, and stirred by the seed. Reference period 2019.
Not here: the fitting itself (`pipelines/statistics/fitting.py`), and when the delivery gives way to a real one
(`assets/raks.py`).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.errors import Refused
from pipelines.statistics.fitting import Margin, fit, whole
from schemas.deliveries import AFFILIATIONS

SEED = 2019
YEAR = 2019
SEXES = ("women", "men")
AGES = ("20-24", "25-34", "35-44", "45-54", "55-64")
EDUCATIONS = ("primary", "secondary", "tertiary", "unknown")
BIRTHS = ("native", "foreign")
ESTABLISHMENTS = ("established", "weak")

# In November employed (RAMS): full-year, newly employed, combined, self-employed; not: left, part-year, without work.
IN_NOVEMBER = (0, 0, 1, 1, 0, 0, 1)
# Assumed odds of each affiliation (1-7), by education and by age; 1 is neutral.
_BY_EDUCATION = (
    (0.8, 1.1, 1.4, 1.4, 0.7, 1.0, 1.9),
    (1.0, 1.0, 1.0, 1.0, 1.0, 1.0, 1.0),
    (1.1, 0.9, 0.8, 0.8, 1.2, 0.9, 0.6),
    (0.6, 1.0, 1.0, 1.0, 0.6, 1.2, 4.0),
)
_BY_AGE = (
    (0.5, 3.0, 2.5, 3.0, 0.4, 0.3, 1.2),
    (0.9, 1.5, 1.2, 1.2, 0.8, 0.6, 0.9),
    (1.0, 1.0, 1.0, 1.0, 1.1, 1.0, 0.8),
    (1.1, 0.7, 0.8, 0.8, 1.2, 1.2, 0.9),
    (1.0, 0.4, 1.0, 0.7, 1.2, 1.4, 1.4),
)
# Assumed share weakly established within each affiliation 1-6, and its odds by education, age and country of birth.
_WEAK = (0.07, 0.45, 0.50, 0.75, 0.10, 0.35)
_WEAK_ODDS_EDUCATION = (1.3, 1.0, 0.9, 1.5)
_WEAK_ODDS_AGE = (1.8, 1.2, 1.0, 0.9, 0.9)
_WEAK_ODDS_BIRTH = (0.9, 1.5)
_FOREIGN_BY_AGE = (1.0, 1.3, 1.2, 1.0, 0.7)  # assumed odds of being foreign-born
_STIR = 0.12  # standard deviation, on the log scale, of what the seed adds

Margins = Mapping[tuple[str, str, str, str, str, str], float]


def deliver(margins: pa.Table, schema: pa.Schema) -> pa.Table:
    """The made-up delivery in the shape `schema`, from `core.raks_margin`: cells with at least one person."""
    known = {
        (row["margin"], row["area_code"], row["sex"], row["age_group"], row["education"], row["main_affiliation"]): (
            row["value"]
        )
        for row in margins.to_pylist()
        if row["value"] is not None
    }
    places = sorted({key[1] for key in known if key[0] == "population"})
    if not places:
        return schema.empty_table()
    generator = np.random.default_rng(SEED)
    persons = _population(known, places)
    fitted = _fitted(known, places, persons, generator)
    return _cells(fitted, persons, places, generator, schema)


def _population(known: Margins, places: list[str]) -> np.ndarray:
    """Whole persons by place × sex × age × education; a cell that no table tells of holds nobody."""
    shape = (len(places), len(SEXES), len(AGES), len(EDUCATIONS))
    found = [
        known.get(("population", place, sex, age, education, "total"), 0.0)
        for place in places
        for sex in SEXES
        for age in AGES
        for education in EDUCATIONS
    ]
    bands = np.array(found).reshape(-1, len(EDUCATIONS))
    totals = np.rint(bands.sum(axis=1)).astype(np.int64)
    return whole(bands, totals, np.random.default_rng(SEED)).reshape(shape)


def _share(known: Margins, margin: str, place: str, sex: str, age: str) -> float:
    """A municipality's share, else the nation's."""
    for area in (place, "00"):
        if (found := known.get((margin, area, sex, age, "total", "total"))) is not None:
            return found / 100
    raise Refused(
        f"core.raks_margin has no figure of {margin} for {place} or the nation; "
        f"land it, or run with --no-synthetic to leave the made-up delivery out."
    )


def _fitted(known: Margins, places: list[str], persons: np.ndarray, generator: np.random.Generator) -> np.ndarray:
    """Expected persons by place × sex × age × education × birth × affiliation."""
    nation = np.array(
        [known.get(("main_affiliation", "00", "total", "20-64", "total", each), 0.0) for each in AFFILIATIONS]
    )
    if not nation.all():
        raise Refused("core.raks_margin lacks the nation's main affiliations; land raks_main_affiliation again.")
    residents = persons.sum(axis=(2, 3)).astype(float)
    foreign = residents * _grid(known, "foreign_born", places, "total")
    employed = residents * _grid(known, "employed", places, "20-64")
    employed_foreign = np.minimum(foreign * _grid(known, "employed_foreign_born", places, "20-64"), employed)
    employed_native = np.minimum(employed - employed_foreign, residents - foreign)
    by_birth = np.stack([residents - foreign, foreign], axis=-1)
    in_work = np.stack([employed_native, employed_foreign], axis=-1)
    at_work = np.stack([in_work, by_birth - in_work], axis=-1)  # place × sex × birth × (employed, not)
    split = np.array(IN_NOVEMBER)
    share = nation / np.array([nation[split == each].sum() for each in (0, 1)])[split]
    affiliation = share * at_work.sum(axis=(0, 1, 2))[split]
    # The young without work follow the pattern of those neither working nor studying, at the nation's level of 2007.
    level = nation[6] / nation.sum() / _share(known, "neither_working_nor_studying", "00", "total", "16-24")
    neither = _grid(known, "neither_working_nor_studying", places, "16-24")
    young = np.minimum(persons[:, :, 0].sum(axis=-1) * neither * level, 0.5 * at_work[..., 1].sum(axis=-1))
    without_work = np.full((len(places), len(SEXES), len(AGES), len(AFFILIATIONS)), np.nan)
    without_work[:, :, 0, 6] = young
    start = (
        np.maximum(persons, 0)[..., None, None]
        * np.stack([np.ones(len(AGES)), np.array(_FOREIGN_BY_AGE) * 0.25], axis=-1)[None, None, :, None, :, None]
        * (nation / nation.sum())
        * np.array(_BY_EDUCATION)[None, None, None, :, None, :]
        * np.array(_BY_AGE)[None, None, :, None, None, :]
    )
    start *= np.exp(generator.normal(0, _STIR, (len(places), 1, len(AGES), len(EDUCATIONS), 1, len(AFFILIATIONS))))
    table, _ = fit(
        start,
        (
            Margin("main affiliation", (5,), affiliation),
            Margin("young without work", (0, 1, 2, 5), without_work),
            Margin("employed by country of birth", (0, 1, 4, 5), at_work, (5, IN_NOVEMBER)),
            Margin("population", (0, 1, 2, 3), persons.astype(float)),
        ),
        rounds=60,
        tolerance=0.5,
    )
    return table


def _grid(known: Margins, margin: str, places: list[str], age: str) -> np.ndarray:
    """A share by place × sex."""
    return np.array([[_share(known, margin, place, sex, age) for sex in SEXES] for place in places])


def _cells(
    fitted: np.ndarray, persons: np.ndarray, places: list[str], generator: np.random.Generator, schema: pa.Schema
) -> pa.Table:
    """Splits those with work by establishment, rounds within each place, sex, age and education, and lists them."""
    odds = (
        (np.array(_WEAK) / (1 - np.array(_WEAK)))
        * np.array(_WEAK_ODDS_AGE)[:, None, None, None]
        * np.array(_WEAK_ODDS_EDUCATION)[:, None, None]
        * np.array(_WEAK_ODDS_BIRTH)[:, None]
    )
    odds = odds[None, None] * np.exp(generator.normal(0, _STIR, (len(places), len(SEXES), 1, 1, 1, 1)))
    weak = odds / (1 + odds)
    work = fitted[..., :6]
    parts = np.concatenate([work * (1 - weak), work * weak, fitted[..., 6:]], axis=-1)
    groups = parts.reshape(persons.size, -1)
    counts = whole(groups, persons.reshape(-1), generator).reshape(parts.shape)
    place, sex, age, education, birth, kind = np.nonzero(counts)
    columns: dict[str, Any] = {
        "municipality": pa.array(places).take(pa.array(place)),
        "year": pa.array(np.full(len(place), YEAR, np.int32)),
        "sex": pa.array(SEXES).take(pa.array(sex)),
        "age_group": pa.array(AGES).take(pa.array(age)),
        "education": pa.array(EDUCATIONS).take(pa.array(education)),
        "country_of_birth": pa.array(BIRTHS).take(pa.array(birth)),
        "main_affiliation": pa.array([*AFFILIATIONS[:6], *AFFILIATIONS[:6], "7"]).take(pa.array(kind)),
        "establishment": pa.array(["established"] * 6 + ["weak"] * 6 + ["none"]).take(pa.array(kind)),
        "value": pa.array(counts[place, sex, age, education, birth, kind].astype(float)),
        "status": pa.nulls(len(place), pa.string()),
    }
    return pa.table(columns, schema=schema)
