"""What was learned, as tables: `chance.fit`, a row an indicator and series; `chance.error`, a row a figure."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.statistics.chance import counties, lending, proof
from pipelines.statistics.chance import estimate as learning
from pipelines.statistics.chance import pairs as pairing
from pipelines.statistics.chance.fit import FEWEST, Fit
from pipelines.statistics.chance.learned import Estimate, Learned
from pipelines.statistics.chance.lending import Loan
from pipelines.statistics.chance.panel import SEXES, Panel
from pipelines.statistics.chance.proof import Trial
from pipelines.statistics.chance.swing import swing

LEAST_HELD = 0.90  # an error that held less of the years it was tried on is not given
LEAST_HELD_COUNTIES = 0.88  # of some hundred cases, whose own chance is two percentage points
FEWEST_MOVEMENTS = 3  # of the nation's level, whose wandering is then known to within a factor of some two
STEP = 1 / 1.95  # of the unit that figures are rounded to: one unit apart is then never certain


def fit_table(panels: Sequence[Panel], schema: pa.Schema) -> pa.Table:
    """`chance.fit`: what each series' error is made of, and how well it was kept on years it was not learned from."""
    tried = {_key(trial.learned): trial for trial in proof.trials(panels)}
    loans = lending.loans(panels)
    found = learning.estimate(panels)
    beside = {_key(learned)[:2]: learned for learned in found.learned if learned.is_beside}
    together = np.concatenate([np.empty(0), *(trial.county_part for trial in tried.values() if trial.county_own)])
    rows = []
    for learned in found.learned:
        if learned.is_beside or not _has_figures(learned):
            continue
        own = _tried(learned, tried.get(_key(learned)), loans)
        row = _fit_row(learned, own)
        counties = beside.get(_key(learned)[:2], learned)
        row |= _county_row(counties, _county_tried(counties, tried.get(_key(counties)), loans, together), row)
        rows.append(row)
    return pa.Table.from_pylist(rows, schema=schema)


def _key(learned: Learned) -> tuple[str, str, str]:
    return learned.panel.indicator_id, learned.series.name, learned.level


def _has_figures(learned: Learned) -> bool:
    values = learned.panel.blocks[learned.level].value[list(learned.series.sexes)]
    return bool(np.isfinite(values).any(axis=(1, 2)).all())


@dataclass(frozen=True)
class _Tried:
    """On what an error was tried (`by`, null: on nothing), how often, and the parts held."""

    by: str | None
    cases: int = 0
    held_80: float | None = None
    held_95: float | None = None


def _of(by: str, part: np.ndarray) -> _Tried:
    if (inside := proof.held(part)) is None:
        return _Tried(None)
    return _Tried(by, len(part), proof.held(part, pairing.POINT_80), inside)


def _tried(learned: Learned, trial: Trial | None, loans: Mapping[lending.Kind, Loan]) -> _Tried:
    """A series on its own later years; else on other series' and made larger by what those lacked."""
    own = _of("own_years", trial.part) if trial else _Tried(None)
    loan = loans.get(lending.kind(learned.panel, learned.level))
    if own.by is not None or loan is None or learned.fit is None:
        return own
    lending.lend(learned, loan)
    return _Tried("other_series", loan.cases, loan.held_80, loan.held_95)


def _county_tried(
    learned: Learned, trial: Trial | None, loans: Mapping[lending.Kind, Loan], together: np.ndarray
) -> _Tried:
    """Counties by their own figures; else a survey's by other surveys', others by the sums of their municipalities, or
    by what all counties' figures together held.
    """
    if trial and (own := _of("own_years" if trial.county_own else "sums", trial.county_part)).by is not None:
        return own
    if learned.is_survey and learned.is_beside:
        return _tried(learned, None, loans)
    return _of("other_series", together) if learned.level == "municipality" else _Tried(None)


def _fit_row(learned: Learned, tried: _Tried) -> dict[str, Any]:
    panel, fitted = learned.panel, learned.fit
    reason = _reason(learned, tried)
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
        "lent": learned.lent,
        "wander": learned.wander if fitted else None,
        "common": learned.common if fitted else None,
        "level_step": _level_step(learned) if fitted else None,
        "rho": learned.rho if fitted else None,
        "held_out_by": tried.by,
        "held_out_cases": tried.cases,
        "held_out_80": tried.held_80,
        "held_out_95": tried.held_95,
        "assessable": reason is None,
        "reason": reason,
    }


def _county_row(learned: Learned, tried: _Tried, row: Mapping[str, Any]) -> dict[str, Any]:
    """The counties' columns. `learned`: a survey's counties' own series, else that of their municipalities."""
    reason = row["reason"]
    if reason is None:
        reason = "too_few_periods" if learned.fit is None else _held_reason(tried, LEAST_HELD_COUNTIES)
    known = learned.fit is not None and row["assessable"]
    return {
        "county_alpha": learned.fit.alpha if known and learned.fit and learned.is_beside else None,
        "county_beta": learned.fit.beta if known and learned.fit and learned.is_beside else None,
        "county_height": learned.county_height if known and not learned.is_beside else None,
        "county_common": (learned.common if learned.level == "county" else learned.county_common) if known else None,
        "county_held_out_by": tried.by,
        "county_held_out_cases": tried.cases,
        "county_held_out_95": tried.held_95,
        "county_assessable": reason is None,
        "county_reason": reason,
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


def _reason(learned: Learned, tried: _Tried) -> str | None:
    if learned.panel.refused:
        return learned.panel.refused
    persons = learned.panel.blocks[learned.level].persons[list(learned.series.sexes)]
    if not np.isfinite(persons).any():
        return "persons_unknown"
    if learned.periods < 2:
        return "too_few_periods"
    if learned.fit is None:
        return "too_few_periods" if len(learned.pairs) < FEWEST else "no_movement"
    return _held_reason(tried, LEAST_HELD)


def _held_reason(tried: _Tried, least: float) -> str | None:
    if tried.held_95 is None:
        return "not_tried"
    return "error_not_proven" if tried.held_95 < least else None


def error_table(panels: Iterable[Panel], fits: pa.Table, schema: pa.Schema) -> pa.Table:
    """`chance.error`: the standard error of every figure whose series is assessable, and of every gap (sex `gap`).

    `swing` is the variance of one person's worth of chance at that level, so that swing / se^2 is the number of persons
    whose independent chance would be as large.
    """
    known = {(row["indicator_id"], row["series"]): row for row in fits.to_pylist() if row["assessable"]}
    found = learning.with_factors([each for panel in panels for each in _recalled(panel, known)])
    parts = [
        part
        for each in found.learned
        for part in _errors(found, each, known[each.panel.indicator_id, each.series.name])
    ]
    return pa.concat_tables([part.cast(schema) for part in parts]) if parts else schema.empty_table()


def _recalled(panel: Panel, known: Mapping[tuple[str, str], Mapping[str, Any]]) -> Iterator[Learned]:
    """The panel's series with what `chance.fit` says of them."""
    for series in learning.SERIES:
        if (row := known.get((panel.indicator_id, series.name))) is None:
            continue
        for level in learning.levels(panel):
            beside = level != panel.fitted_level
            if beside and row["county_alpha"] is None:
                continue
            block = panel.blocks[level]
            pairs = pairing.of(panel, series, block, swing(panel, level))
            alpha, beta = ("county_alpha", "county_beta") if beside else ("alpha", "beta")
            fitted = Fit(row[alpha], row[beta], row["pairs"])
            learned = Learned(panel, series, level, pairs, fitted, row["periods"], np.inf, row["kind"], row["wander"])
            learned.common, learned.rho = row["county_common" if beside else "common"], row["rho"]
            learned.county_height, learned.county_common = row["county_height"] or 1.0, row["county_common"] or 0.0
            yield learned


def _errors(found: Estimate, learned: Learned, row: Mapping[str, Any]) -> Iterator[pa.Table]:
    """(indicator_id, area_code, period, sex, se, swing, factor) of each level that the series reaches."""
    if learned.level == "municipality" or row["county_assessable"]:
        yield _own_errors(found, learned)
    if learned.level == "municipality" and row["county_assessable"]:
        if row["county_alpha"] is None:
            height, common = learned.county_height, learned.county_common
            yield _joined_errors(found, learned, "county", height, common)
        if row["level_step"] is not None:
            # The nation's own level moves, too: no part of a distance to it, and all of the chance in its figure.
            yield _joined_errors(found, learned, "nation", 1.0, row["level_step"] * learned.panel.spacing / 2)


def _own_errors(found: Estimate, learned: Learned) -> pa.Table:
    """Of the level that the errors were learned from."""
    block = learned.panel.blocks[learned.level]
    value, weight, persons = pairing.followed(learned.series, block.value, learned.swing(learned.level), block.persons)
    factor = found.factor_of(learned, learned.level)
    assert learned.fit is not None
    with np.errstate(invalid="ignore", divide="ignore"):
        moved = factor[None, :, None] * weight * learned.fit.at(persons) + learned.common
    return _rows(learned, learned.level, value, moved, weight, factor)


def _joined_errors(found: Estimate, learned: Learned, level: str, height: float, besides: float) -> pa.Table:
    """Of a level whose figures are those of its municipalities' persons together."""
    block = learned.panel.blocks[level]
    value, weight, _ = pairing.followed(learned.series, block.value, learned.swing(level), block.persons)
    moved = height * counties.joined(found, learned, level) + besides
    return _rows(learned, level, value, moved, weight, np.ones(len(block.places)))


def _counted(learned: Learned, variance: np.ndarray) -> np.ndarray:
    """What chance alone does to counted figures; zero where persons or events are not published."""
    own = np.nan_to_num(variance[list(learned.series.sexes)])
    return own.sum(axis=0, keepdims=True) if learned.series.name == "gap" else own


def _rows(
    learned: Learned, level: str, value: np.ndarray, moved: np.ndarray, weight: np.ndarray, factor: np.ndarray
) -> pa.Table:
    """The figures that have an error: what they move by, or what chance does to counts or rounding, the largest."""
    gap = learned.series.name == "gap"
    names = ["gap"] if gap else [SEXES[each] for each in learned.series.sexes]
    floor = (learned.panel.step * STEP) ** 2 * (2 if gap else 1)
    with np.errstate(invalid="ignore"):
        variance = np.maximum(np.maximum(moved, _counted(learned, learned.panel.blocks[level].counted_variance)), floor)
    sex, place, at = np.nonzero(np.isfinite(value) & np.isfinite(variance) & (variance > 0) & np.isfinite(weight))
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
