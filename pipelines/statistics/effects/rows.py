"""A panel → one row a quantity: what `jamlik effects` answers.

Not here: reading the panel (see `panel`), writing the answer (see `command`), the estimators.
"""

from collections.abc import Sequence
from math import erfc, isfinite, sqrt
from statistics import NormalDist
from typing import Any

import numpy as np

from pipelines.formats.own_table import shown
from pipelines.statistics.effects import group_time
from pipelines.statistics.effects.effect import Effect, OverWindow, over_window, summary, whole_series
from pipelines.statistics.effects.estimators import synthetic_control
from pipelines.statistics.effects.imputation import impute
from pipelines.statistics.effects.panel import Panel
from pipelines.statistics.effects.placebo import LEVEL, SEED, Test
from pipelines.statistics.effects.verdict import SENTENCES, verdict
from pipelines.statistics.effects.window import Window, window

Array = np.ndarray
Row = dict[str, Any]

COLUMNS = (
    "quantity", "treated_from", "period", "estimate", "se", "ci_lower", "ci_upper", "p", "n_treated", "n_donors",
    "status", "reason",
)  # fmt: skip
SYNTHETIC = "synthetic_did_exact_optimum"
MOST_DONORS = 3_000  # a placebo in each of more would take more memory than a laptop has
FEW_TREATED = 5  # below this the normal distribution is a guess, and errors summed within clusters say nothing
FEW_COMPARED = 10
_ROUNDED = 1e-12  # of the largest value: what is smaller is rounding and no variation
_Z = NormalDist().inv_cdf(1 - LEVEL / 2)
_FEW = "few_treated: {0} treated unit{1}, of whose own variation little can be known"
_CLUSTERS = (
    "few_clusters: the {0} units lie in {1} cluster{2}, and how much clusters move cannot be known from fewer than 5"
)
_COMPARED = "few_compared: {0} untreated unit{1} to compare with, of whose own variation little can be known"


def rows_of_panel(panel: Panel, seed: int = SEED) -> tuple[list[Row], list[str]]:
    """One row (of `COLUMNS`) a quantity, and notes on what was left aside.

    Estimates and errors in the unit of the values; period is the period of the row, or in `dynamic` ones the number of
    periods since the start. status: ok · flagged (there is an estimate, and a reason not to rest on it) · refused; of
    the row `verdict` it is the verdict.
    """
    first, last = float(panel.periods[0]), float(panel.periods[-1])
    notes = list(panel.notes)
    finite = np.isfinite(panel.starts)
    early, late = panel.starts <= first, finite & (panel.starts > last)
    if early.any():
        notes.append(f"{_units(panel, early)} already treated when the series begins in {first:.0f}: left out.")
    if (early & (panel.starts == 0)).any():
        notes.append("treated_from is 0 in some rows; leave it empty for a unit that is never treated.")
    if late.any():
        notes.append(f"{_units(panel, late)} treated only after the last period {last:.0f}: taken as untreated.")
    starts = np.where(late, np.inf, panel.starts)
    nothing = _nothing_to_see(starts, early)
    rows = [_verdict(nothing)] if nothing else _one_by_one(panel, starts, early, seed, notes)
    rows += [
        _refused(SYNTHETIC, "none_after: " + SENTENCES["none_after"], treated_from=start)
        for start in np.unique(panel.starts[late])
    ]
    if nothing:
        return rows + [_refused(quantity, nothing) for quantity in ("simple", "imputation_overall")], notes
    whole = np.isfinite(panel.values).all(axis=1) & ~early
    gaps = ~whole & ~early
    if gaps.any():
        notes.append(f"{_units(panel, gaps, 'lack', 'lacks')} a figure in some period: not in ATT(g, t).")
    normal = _group_time(panel, starts, whole) + _imputation(panel, starts, ~early)
    for row in normal:
        if row["se"] is not None and _still(row["se"], panel):
            row.update(se=None, ci_lower=None, ci_upper=None, p=None, status="flagged")
            row["reason"] = "no_variation: " + SENTENCES["no_variation"]
    return rows + normal, notes


def _nothing_to_see(starts: Array, early: Array) -> str:
    """Why no treated unit has both periods before and after its start; empty where one has."""
    if (np.isfinite(starts) & ~early).any():
        return ""
    if early.any():
        return "too_few_before: " + SENTENCES["too_few_before"].format(n_before=0)
    return "none_after: " + SENTENCES["none_after"]


def _verdict(reason: str) -> Row:
    return _row("verdict", status="not_assessable", reason=reason)


def _units(panel: Panel, which: Array, many: str = "are", single: str = "is") -> str:
    names = [shown(panel.units[number]) for number in np.flatnonzero(which)]
    if len(names) == 1:
        return f"'{names[0]}' {single}"
    first = ", ".join(f"'{name}'" for name in names[:3])
    return f"{len(names)} units ({first}{', …' if len(names) > 3 else ''}) {many}"


# --- place by place, with placebos -----------------------------------------------------------------------------------


def _one_by_one(panel: Panel, starts: Array, early: Array, seed: int, notes: list[str]) -> list[Row]:
    """Synthetic DiD and what belongs to it, each place with its own start and placebos in every untreated unit."""
    donors = np.flatnonzero(~np.isfinite(starts))
    parts: list[OverWindow] = []
    rows: list[Row] = []
    for start in np.unique(starts[np.isfinite(starts) & ~early]):
        treated = np.flatnonzero(starts == start)
        about = window(panel.periods, panel.periods, int(start), most_before=None)
        part, reason = _part(panel, about, treated, donors)
        if part is None:
            rows.append(_refused(SYNTHETIC, reason, start, len(treated), len(donors)))
            continue
        parts.append(part)
        if len(part.missing):
            lacks = np.isin(np.arange(len(starts)), part.missing)
            notes.append(
                f"{_units(panel, lacks, 'lack', 'lacks')} a figure: not in the synthetic DiD from {start:.0f}."
            )
    if not parts:
        return [*rows, _verdict(rows[0]["reason"])]
    found = _of_parts(panel, parts, seed)
    if len(parts) > 1:
        for part in parts:
            start = float(panel.periods[part.window.after[0]])
            found += _of_parts(panel, [part], seed, start)[:2]
    return found + rows


def _part(panel: Panel, about: Window, treated: Array, donors: Array) -> tuple[OverWindow | None, str]:
    """What can be said of those that start at one time, or why nothing can."""
    n_before = len(about.before)
    if about.reason:
        return None, f"{about.reason}: " + SENTENCES[about.reason].format(n_before=n_before)
    here = whole_series(panel.values, about, treated)
    if not len(here):
        name = shown(panel.units[int(treated[0])])
        return None, f"missing_here: a figure is missing in the series of '{name}'" + (
            f" and {len(treated) - 1} more" if len(treated) > 1 else ""
        )
    n_donors = len(whole_series(panel.values, about, donors))
    if n_donors < 3:
        return None, "too_few_donors: " + SENTENCES["too_few_donors"].format(n_donors=n_donors)
    if n_donors > MOST_DONORS:
        return None, f"too_many_donors: {n_donors} untreated units, and a placebo is made in {MOST_DONORS} at most"
    return over_window(panel.values, about, treated, donors, panel.population, panel.cluster), ""


def _of_parts(panel: Panel, parts: Sequence[OverWindow], seed: int, start: float | None = None) -> list[Row]:
    """The rows of all places together, or of those of one start: synthetic DiD and DiD first."""
    effect = summary(parts, seed)
    said, code = verdict(**effect.asked(), reason="no_variation" if _still(effect.effect.se, panel) else "")
    reason = f"{code}: " + SENTENCES[code].format(**vars(effect)) if code else ""
    status = "flagged" if code else "ok"
    count = {"n_treated": effect.n_places, "n_donors": effect.n_donors}

    def tested(quantity: str, test: Test, centred: bool = True) -> Row:
        held = isfinite(test.critical) and code != "no_variation"
        lower, upper = test.interval if centred and held else (None, None)
        se = test.se if centred and code != "no_variation" else None
        ranked = effect.n_places == 1 and code != "no_variation"
        p = test.p if held or ranked else None  # of several places p is drawn, of one it is a rank
        return _row(
            quantity, start, estimate=test.effect, se=se, ci_lower=lower, ci_upper=upper,
            p=p, **count, status=status, reason=reason,
        )  # fmt: skip

    def plain(quantity: str, estimate: float) -> Row:
        return _row(quantity, start, estimate=estimate, **count, status=status, reason=reason)

    return [
        tested(SYNTHETIC, effect.effect),
        tested("did", effect.did),
        tested("lag_ridge", effect.lag_ridge),
        tested("drift_before", effect.drift),
        tested("fit_before", effect.fit, centred=False),
        plain("effective_n_donors", effect.effective_donors),
        plain("minimum_detectable_effect", effect.minimum_detectable()),
        plain("synthetic_control_outcomes_only", _synthetic_control(panel, parts)),
        _row("verdict", start, **count, status=said, reason=reason or _in_words(effect, said)),
    ]


def _still(se: float, panel: Panel) -> bool:
    """Whether an error is only what arithmetic rounds."""
    return se <= _ROUNDED * float(np.nanmax(np.abs(panel.values)))


def _in_words(effect: Effect, said: str) -> str:
    """What the verdict means, where it needs no reason."""
    test, smallest = effect.effect, effect.minimum_detectable()
    if said == "no_certain_change":
        found = f"a change of {smallest:.4g} would have been found in eight cases of ten"
        return found + "; a smaller one may have been missed"
    way = "higher" if test.effect > 0 else "lower"
    return f"{abs(test.effect):.4g} {way} than expected; that the measure caused it the figures alone do not show"


def _synthetic_control(panel: Panel, parts: Sequence[OverWindow]) -> float:
    effects = [
        synthetic_control(panel.values[:, part.window.columns], len(part.window.before), part.treated, part.donors)
        for part in parts
    ]
    return float(np.concatenate(effects).mean())


# --- groups of treated units -----------------------------------------------------------------------------------------


def _group_time(panel: Panel, starts: Array, whole: Array) -> list[Row]:
    """ATT(g, t) against never treated, and against not yet treated where there are several starts, with aggregates."""
    values, starts = panel.values[whole], starts[whole]
    cluster = None if panel.cluster is None else panel.cluster[whole]
    n_starts = len(np.unique(starts[np.isfinite(starts)]))
    if not n_starts:
        return [_refused("simple", "missing_here: no treated unit has a whole series")]
    rows: list[Row] = []
    if not np.isfinite(starts).all():
        rows += _cells_and_sums(group_time.group_time(values, panel.periods, starts), False, cluster)
    else:
        rows.append(_refused("simple", "too_few_donors: no unit is never treated", n_treated=len(starts), n_donors=0))
    if n_starts > 1:
        rows += _cells_and_sums(group_time.group_time(values, panel.periods, starts, True), True, cluster)
    return rows


def _cells_and_sums(cells: group_time.Cells, not_yet: bool, cluster: Array | None) -> list[Row]:
    compared = "_not_yet_treated" if not_yet else ""
    number = np.arange(len(cells.estimate))

    def units(chosen: Array) -> tuple[Array, Array]:
        """Those treated in the chosen cells, and those compared with in the cell that has fewest of them."""
        fewest = number[chosen][cells.n_compared[chosen].argmin()]
        others = ~np.isfinite(cells.starts)
        if not_yet:
            others = (cells.starts > cells.period[fewest]) & (cells.starts != cells.start[fewest])
        return np.isin(cells.starts, cells.start[chosen]), others

    rows = [
        _normal(
            f"att_gt{compared or '_never_treated'}", float(cells.estimate[k]), cells.influence[:, k], cluster,
            int(cells.n_treated[k]), int(cells.n_compared[k]), units(number == k), float(cells.start[k]),
            float(cells.period[k]),
        )
        for k in number
    ]  # fmt: skip
    groups, of_groups = group_time.by_group(cells)
    calendar, of_calendar = group_time.by_calendar(cells)
    events, of_events = group_time.by_event(cells)
    n_donors = int(cells.n_compared.max()) if len(cells.n_compared) else 0
    after, event = cells.period >= cells.start, cells.period - cells.start
    sums: list[tuple[str, group_time.Sum | None, str, Array]] = [
        ("simple", group_time.simple(cells), "", after),
        ("group_overall", of_groups, "", after),
        ("calendar_overall", of_calendar, "", after),
        ("dynamic_overall", of_events, "", after),
        *(("group", each, "treated_from", after & (cells.start == each.at)) for each in groups),
        *(("calendar", each, "period", after & (cells.period == each.at)) for each in calendar),
        *(("dynamic", each, "period", event == each.at) for each in events),
    ]
    for quantity, each, at, chosen in sums:
        if each is not None:
            place = {at: each.at} if at else {}
            rows.append(
                _normal(
                    quantity + compared,
                    each.estimate,
                    each.influence,
                    cluster,
                    each.n_treated,
                    n_donors,
                    units(chosen),
                    **place,
                )
            )
    return rows


def _imputation(panel: Panel, starts: Array, kept: Array) -> list[Row]:
    values, starts = panel.values[kept], starts[kept]
    cluster = None if panel.cluster is None else panel.cluster[kept]
    found = impute(values, panel.periods, starts)
    wanted = np.isfinite(values) & (panel.periods[None, :] >= starts[:, None])
    n_donors = int((~np.isfinite(starts)).sum())
    if not found.treated.any():
        return [_refused("imputation_overall", "too_few_donors: no untreated unit in any period after the start")]
    lost = int(wanted.sum() - found.treated.sum())
    why = f"not_imputed: {lost} of {wanted.sum()} treated rows have no untreated rows to be told from" if lost else ""
    event = panel.periods[None, :] - starts[:, None]
    rows = []
    for at in [None, *np.unique(event[found.treated]).tolist()]:
        chosen = found.treated if at is None else found.treated & (event == at)
        estimate, influence = found.mean(chosen, starts)
        quantity = "imputation_overall" if at is None else "imputation_dynamic"
        ours, periods = np.asarray(chosen.any(axis=1)), np.flatnonzero(chosen.any(axis=0))
        others = found.untreated[:, periods[found.untreated[:, periods].sum(axis=0).argmin()]]
        row = _normal(quantity, estimate, influence, cluster, int(ours.sum()), n_donors, (ours, others), period=at)
        if why and at is None:
            row.update(status="flagged", reason=why)
        rows.append(row)
    return rows


def _normal(
    quantity: str,
    estimate: float,
    influence: Array,
    cluster: Array | None,
    n_treated: int,
    n_donors: int,
    units: tuple[Array, Array],
    treated_from: float | None = None,
    period: float | None = None,
) -> Row:
    """A row with a normal interval, or with the reason why there is none or why it should not be rested on. `units`:
    which are treated and which are compared with."""
    row = _row(quantity, treated_from, period, estimate, n_treated=n_treated, n_donors=n_donors)
    se = group_time.standard_error(influence, cluster)
    reason, held = _few(units, cluster)
    if held and se > 0:
        row.update(
            se=se,
            ci_lower=estimate - _Z * se,
            ci_upper=estimate + _Z * se,
            p=erfc(abs(estimate) / se / sqrt(2)),
        )
    if reason:
        row.update(status="flagged", reason=reason)
    return row


def _few(units: tuple[Array, Array], cluster: Array | None) -> tuple[str, bool]:
    """Why an interval should not be rested on, and whether there is one at all. Influences about the mean of a group
    sum to nothing within a cluster that holds the whole group, so that few clusters look as if they never moved."""
    n_treated, n_compared = (int(which.sum()) for which in units)
    if cluster is not None:
        for which in units:
            number, n_clusters = int(which.sum()), len(np.unique(cluster[which]))
            if n_clusters < min(FEW_TREATED, number):
                return _CLUSTERS.format(number, n_clusters, "s" * (n_clusters != 1)), False
    if n_compared < FEW_COMPARED:
        held = n_treated > 1 and n_compared >= FEW_TREATED
        return _COMPARED.format(n_compared, "s" * (n_compared != 1)), held
    if n_treated < FEW_TREATED:
        return _FEW.format(n_treated, "s" * (n_treated != 1)), n_treated > 1
    return "", True


def _row(
    quantity: str, treated_from: float | None = None, period: float | None = None, estimate: Any = None, **more: Any
) -> Row:
    row: Row = dict.fromkeys(COLUMNS)
    whole = {"treated_from": treated_from, "period": period}
    row.update({"quantity": quantity, "estimate": estimate, "status": "ok", "reason": "", **more})
    row.update({name: None if each is None else int(each) for name, each in whole.items()})
    return row


def _refused(
    quantity: str,
    reason: str,
    treated_from: float | None = None,
    n_treated: int | None = None,
    n_donors: int | None = None,
) -> Row:
    return _row(quantity, treated_from, n_treated=n_treated, n_donors=n_donors, status="refused", reason=reason)
