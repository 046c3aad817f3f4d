"""The figures of one indicator as arrays: sexes by places by years, and what a place's movement is measured against.

Belongs here: reading `chance.observed` into arrays. Not here: which figures may be learned from
(`sql/chance/observed.sql`), nor what is learned (`fit.py`).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import pairwise

import numpy as np
import pyarrow as pa

SEXES = ("total", "women", "men")


@dataclass(frozen=True)
class Series:
    """Who is followed: `total` the whole population; `sex` women and men, each; `gap` women less men."""

    name: str
    sexes: tuple[int, ...]


TOTAL, SEX, GAP = Series("total", (0,)), Series("sex", (1, 2)), Series("gap", (1, 2))


@dataclass(frozen=True)
class Block:
    """The places of one level. `value`, `persons` and `counted_variance`: (sexes, places, years); nan where none is."""

    places: tuple[str, ...]
    value: np.ndarray
    persons: np.ndarray
    counted_variance: np.ndarray


@dataclass(frozen=True, eq=False)
class Panel:
    """One indicator.

    `years`: (years,) last year of each period. `periods`: their names. `start`, `end`: definitions in force in the
    first and last year. `spacing`: years from a period to the next that shares no year with it. `nation`: (sexes,
    years) the level that places move about, the nation's own figure or the mean weighted by persons. `swings`: what
    `swing.swing` has found already.
    """

    indicator_id: str
    family: str
    scale: float
    window: int
    collection: str
    refused: str | None
    years: np.ndarray
    periods: tuple[str, ...]
    start: np.ndarray
    end: np.ndarray
    spacing: int
    blocks: Mapping[str, Block]
    nation: np.ndarray
    step: float
    swings: dict[tuple[str, float], np.ndarray] = field(default_factory=dict)

    @cached_property
    def fitted_level(self) -> str:
        """The level whose places are many enough to learn from: municipalities, else counties."""
        return "municipality" if self._has("municipality") or not self._has("county") else "county"

    def _has(self, level: str) -> bool:
        block = self.blocks[level]
        return bool((np.isfinite(block.value[:, :, -6:]).sum(axis=1) >= len(block.places) / 3).any())


READ = """
    select
        o.indicator_id, l.number as level, a.number as place, s.number as sex, o.period, o.year, o.value, o.persons,
        o.counted_variance, o.definition_start, o.definition_end, o.family, o.scale, o.window_years, o.collection,
        o.error_refused
    from chance.observed o
    join (values ('municipality', 0), ('county', 1), ('nation', 2)) as l (name, number) on l.name = o.area_level
    join (values ('total', 0), ('women', 1), ('men', 2)) as s (name, number) on s.name = o.sex
    join (
        select area_code, row_number() over (partition by area_level order by area_code) - 1 as number from core.area
    ) a on a.area_code = o.area_code
    order by o.indicator_id
"""
PLACES = "select area_level, area_code from core.area order by area_level, area_code"
LEVELS = ("municipality", "county", "nation")


def by_level(areas: pa.Table) -> dict[str, tuple[str, ...]]:
    """Every level's area codes in order, from what `PLACES` reads."""
    rows = areas.to_pylist()
    return {level: tuple(row["area_code"] for row in rows if row["area_level"] == level) for level in LEVELS}


def panels(observed: pa.Table, places: Mapping[str, Sequence[str]]) -> Iterator[Panel]:
    """The panels of what `READ` reads, in the order of indicators. `places`: every level's area codes, in order."""
    observed = observed.combine_chunks()
    number = observed["indicator_id"].combine_chunks().dictionary_encode().indices.to_numpy()
    edges = [0, *(np.flatnonzero(number[1:] != number[:-1]) + 1), len(number)]
    for start, end in pairwise(edges) if len(number) else ():
        yield _panel(observed.slice(int(start), int(end - start)), places)


def _panel(rows: pa.Table, places: Mapping[str, Sequence[str]]) -> Panel:
    first = rows.slice(0, 1).to_pylist()[0]
    level, place, sex = (rows[name].to_numpy() for name in ("level", "place", "sex"))
    years, row_of, at = np.unique(rows["year"].to_numpy(), return_index=True, return_inverse=True)
    blocks = {}
    for number, name in enumerate(LEVELS):
        own = level == number
        arrays = {}
        for column in ("value", "persons", "counted_variance"):
            arrays[column] = np.full((len(SEXES), len(places[name]), len(years)), np.nan)
            arrays[column][sex[own], place[own], at[own]] = rows[column].to_numpy(zero_copy_only=False)[own]
        blocks[name] = Block(tuple(places[name]), **arrays)
    fitted = blocks["municipality"] if np.isfinite(blocks["municipality"].value).any() else blocks["county"]
    return Panel(
        **{name: first[name] for name in ("indicator_id", "family", "scale", "collection")},
        window=first["window_years"],
        refused=first["error_refused"],
        years=years,
        periods=tuple(rows["period"].take(row_of).to_pylist()),
        start=rows["definition_start"].to_numpy()[row_of],
        end=rows["definition_end"].to_numpy()[row_of],
        spacing=max(first["window_years"], int(np.median(np.diff(years))) if len(years) > 1 else 1),
        blocks=blocks,
        nation=_level(fitted, blocks["nation"].value[:, 0]),
        step=_step(rows["value"].to_numpy()),
    )


def _level(block: Block, nation: np.ndarray) -> np.ndarray:
    """(sexes, years): the nation's own figure where it has one in every year, else the places' weighted mean."""
    seen = np.isfinite(block.value) & np.isfinite(block.persons)
    weight = np.where(seen, block.persons, 0)
    total = weight.sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.where(total > 0, (np.where(seen, block.value, 0) * weight).sum(axis=1) / total, np.nan)
    needed = np.isfinite(block.value).any(axis=1)
    whole = (np.isfinite(nation) | ~needed).all(axis=1) & needed.any(axis=1)
    return np.where(whole[:, None], nation, mean)


def _step(values: np.ndarray) -> float:
    """The unit that the figures are rounded to, 0 where none from 10 to 0.001 fits: figures pass through 32 bits."""
    tolerance = 1e-5 * max(1e-9, float(np.abs(values).max(initial=0)))
    for step in (10.0, 1.0, 0.1, 0.01, 0.001):
        if tolerance < step / 4 and bool((np.abs(values / step - np.round(values / step)) * step <= tolerance).all()):
            return step
    return 0.0
