"""What was learned, as tables: `chance.fit`, a row an indicator and series; `chance.error`, a row a figure."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.statistics.chance import estimate as learning
from pipelines.statistics.chance import pairs as pairing
from pipelines.statistics.chance import proof
from pipelines.statistics.chance.estimate import Estimate, Learned
from pipelines.statistics.chance.fit import FEWEST, Fit
from pipelines.statistics.chance.panel import SEXES, Panel, panels
from pipelines.statistics.chance.proof import Trial
from pipelines.statistics.chance.swing import swing

LEAST_HELD = 0.90  # an error that held less of the years it was tried on is not given
LEAST_HELD_COUNTIES = 0.88  # of some hundred cases, whose own chance is two percentage points
FEWEST_MOVEMENTS = 3  # of the nation's level, whose wandering is then known to within a factor of some two
STEP = 1 / 1.95  # of the unit that figures are rounded to: one unit apart is then never certain
MOST_OF_A_COUNTY = 0.5  # of its municipalities' persons that may be without a figure

Places = Mapping[str, Sequence[str]]


def fit_table(observed: pa.Table, places: Places, schema: pa.Schema) -> pa.Table:
    """`chance.fit`: what each series' error is made of, and how well it was kept on years it was not learned from."""
    every = list(panels(observed, places))
    tried = {(trial.learned.panel.indicator_id, trial.learned.series.name): trial for trial in proof.trials(every)}
    rows = [
        _fit_row(learned, tried.get((learned.panel.indicator_id, learned.series.name)))
        for learned in learning.estimate(every).learned
        if np.isfinite(learned.panel.blocks[learned.level].value[list(learned.series.sexes)]).any(axis=(1, 2)).all()
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _fit_row(learned: Learned, trial: Trial | None) -> dict[str, Any]:
    panel, fitted = learned.panel, learned.fit
    part = trial.part if trial else np.empty(0)
    county = trial.county_part if trial else np.empty(0)
    held, county_held = proof.held(part), proof.held(county)
    reason = _reason(learned, held)
    whole = reason is None and fitted is not None
    used = panel.years[learned.pairs.year]
    return {
        "indicator_id": panel.indicator_id,
        "series": learned.series.name,
        "fitted_level": learned.level,
        "kind": _kind(learned) if fitted else None,
        "from_year": int(used.min()) - panel.spacing if len(used) else None,
        "to_year": int(panel.years[-1]),
        "spacing_years": panel.spacing,
        "periods": learned.periods,
        "pairs": len(learned.pairs),
        "alpha": fitted.alpha if fitted else None,
        "beta": fitted.beta if fitted else None,
        "wander": learned.wander if fitted else None,
        "common": learned.common if fitted else None,
        "level_step": _level_step(learned) if fitted else None,
        "rho": learned.rho if fitted else None,
        "held_out_cases": len(part),
        "held_out_80": proof.held(part, pairing.POINT_80),
        "held_out_95": held,
        "county_held_out_cases": len(county),
        "county_held_out_95": county_held,
        "assessable": whole,
        "county_assessable": whole and (county_held is None or county_held >= LEAST_HELD_COUNTIES),
        "reason": reason,
    }


def _level_step(learned: Learned) -> float | None:
    """How the nation's level wanders: the variance of its movements of one period about their mean, a year."""
    panel = learned.panel
    earlier = pairing.partners(panel)
    later = np.flatnonzero((earlier >= 0) & (panel.start == panel.end[-1]))
    later = later[panel.start[earlier[later]] == panel.end[-1]]
    level = panel.nation[list(learned.series.sexes)]
    if learned.series.name == "gap":
        level = level[:1] - level[1:]
    moved = level[:, later] - level[:, earlier[later]]
    if moved.shape[1] < FEWEST_MOVEMENTS or not np.isfinite(moved).all():
        return None
    return float(moved.var(axis=1, ddof=1).mean()) / panel.spacing


def _kind(learned: Learned) -> str:
    """Two periods are one movement: the drift between them is in it as a whole, so it is an upper bound."""
    return "year_to_year_upper" if learned.kind == "year_to_year" and learned.periods <= 2 else learned.kind


def _reason(learned: Learned, held: float | None) -> str | None:
    if learned.panel.refused:
        return learned.panel.refused
    persons = learned.panel.blocks[learned.level].persons[list(learned.series.sexes)]
    if not np.isfinite(persons).any():
        return "persons_unknown"
    if learned.periods < 2:
        return "too_few_periods"
    if learned.fit is None:
        return "too_few_periods" if len(learned.pairs) < FEWEST else "no_movement"
    return "error_not_proven" if held is not None and held < LEAST_HELD else None


def error_table(observed: pa.Table, fits: pa.Table, places: Places, schema: pa.Schema) -> pa.Table:
    """`chance.error`: the standard error of every figure whose series is assessable, and of every gap (sex `gap`).

    `swing` is the variance of one person's worth of chance at that level, so that swing / se^2 is the number of persons
    whose independent chance would be as large.
    """
    known = {(row["indicator_id"], row["series"]): row for row in fits.to_pylist() if row["assessable"]}
    learned = [each for panel in panels(observed, places) for each in _recalled(panel, known)]
    found = learning.with_factors(learned)
    parts = [
        part for each in learned for part in _errors(found, each, known[each.panel.indicator_id, each.series.name])
    ]
    return pa.concat_tables([part.cast(schema) for part in parts]) if parts else schema.empty_table()


def _recalled(panel: Panel, known: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[Learned]:
    """The panel's series with what `chance.fit` says of them."""
    level = panel.fitted_level
    block = panel.blocks[level]
    weight = swing(panel, block)
    for series in learning.SERIES:
        if (row := known.get((panel.indicator_id, series.name))) is not None:
            pairs = pairing.of(panel, series, block, weight)
            fitted = Fit(row["alpha"], row["beta"], row["pairs"])
            learned = Learned(panel, series, level, pairs, fitted, row["periods"], row["kind"], row["wander"])
            learned.common, learned.rho = row["common"], row["rho"]
            yield learned


def _errors(found: Estimate, learned: Learned, row: Mapping[str, Any]) -> Iterator[pa.Table]:
    """(indicator_id, area_code, period, sex, se, swing, factor) of each level that the series reaches."""
    panel, fitted = learned.panel, learned.fit
    assert fitted is not None
    floor = (panel.step * STEP) ** 2 * (2 if learned.series.name == "gap" else 1)
    block = panel.blocks[learned.level]
    value, weight, persons = pairing.followed(learned.series, block.value, swing(panel, block), block.persons)
    factor = found.factor_of(learned, learned.level)
    # The nation's own level moves, too: that is no part of a distance to it, and all of the chance in its own figure.
    of_level = {"nation": (row["level_step"] or 0.0) * panel.spacing / 2 - learned.common}
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = factor[None, :, None] * weight * fitted.at(persons) + learned.common
        variance = np.maximum(np.maximum(moved, _counted(learned, block.counted_variance)), floor)
    yield _rows(learned, learned.level, np.where(np.isfinite(value), variance, np.nan), weight, factor)
    if learned.level == "municipality" and row["county_assessable"]:
        levels = [("county", [code[:2] for code in block.places])]
        if row["level_step"] is not None:
            levels.append(("nation", ["00"] * len(block.places)))
        for level, holder in levels:
            joined = _joined(learned, moved - learned.common, persons, np.array(holder), level)
            joined = joined + learned.common + of_level.get(level, 0.0)
            own = panel.blocks[level]
            figure, its_weight, _ = pairing.followed(learned.series, own.value, swing(panel, own), own.persons)
            with np.errstate(invalid="ignore"):
                both = np.maximum(np.maximum(joined, _counted(learned, own.counted_variance)), floor)
            yield _rows(
                learned, level, np.where(np.isfinite(figure), both, np.nan), its_weight, np.ones(len(own.places))
            )


def _counted(learned: Learned, variance: np.ndarray) -> np.ndarray:
    """What chance alone does to counted figures; zero where persons or events are not published."""
    own = np.nan_to_num(variance[list(learned.series.sexes)])
    return own.sum(axis=0, keepdims=True) if learned.series.name == "gap" else own


def _joined(learned: Learned, variance: np.ndarray, persons: np.ndarray, holder: np.ndarray, level: str) -> np.ndarray:
    """(sexes, holders, years): the variance of municipalities' persons taken together, which move a little together."""
    seen = np.isfinite(variance) & np.isfinite(persons)
    total = np.where(np.isfinite(persons), persons, 0)
    result = np.full((variance.shape[0], len(learned.panel.blocks[level].places), variance.shape[2]), np.nan)
    for position, code in enumerate(learned.panel.blocks[level].places):
        own = holder == code
        part = np.where(seen, persons, 0)[:, own]
        with np.errstate(invalid="ignore", divide="ignore"):
            share = part / part.sum(axis=1, keepdims=True)
            alone = np.nansum(share**2 * np.nan_to_num(variance[:, own]), axis=1)
            at_once = np.nansum(share * np.sqrt(np.nan_to_num(variance[:, own])), axis=1) ** 2
            enough = part.sum(axis=1) >= MOST_OF_A_COUNTY * total[:, own].sum(axis=1)
            enough &= part.sum(axis=1) > 0
        result[:, position] = np.where(enough, (1 - learned.rho) * alone + learned.rho * at_once, np.nan)
    return result


def _rows(learned: Learned, level: str, variance: np.ndarray, weight: np.ndarray, factor: np.ndarray) -> pa.Table:
    names = ["gap"] if learned.series.name == "gap" else [SEXES[each] for each in learned.series.sexes]
    sex, place, at = np.nonzero(np.isfinite(variance) & (variance > 0) & np.isfinite(weight))
    panel = learned.panel
    return pa.table(
        {
            "indicator_id": pa.array([panel.indicator_id]).take(np.zeros(len(sex), dtype=int)),
            "area_code": pa.array(panel.blocks[level].places).take(place),
            "period": pa.array(panel.periods).take(at),
            "sex": pa.array(names).take(sex),
            "se": np.sqrt(variance[sex, place, at]),
            "swing": weight[sex, place, at],
            "factor": factor[place],
        }
    )
