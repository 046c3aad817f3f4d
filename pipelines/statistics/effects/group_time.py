"""Effects by group and time, ATT(g, t), and what they add up to (Callaway & Sant'Anna 2021, J. Econometrics 225).

For panels of many treated units with whole series. Errors are analytical, from the influence functions (their theorem
2), summed within clusters. Not here: placebos, which carry a single place (see `placebo`).
"""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Cells:
    """ATT(g, t) of every start and period that can be compared.

    start, period: cells, as given · estimate: cells, unit of the values · influence: units × cells, of which the
    variance of an estimate is the sum of squares · n_treated, n_compared: cells, units · starts: units, infinity where
    never treated.
    """

    start: Array
    period: Array
    estimate: Array
    influence: Array
    n_treated: Array
    n_compared: Array
    starts: Array


@dataclass(frozen=True)
class Sum:
    """One aggregate: `at` is the start, period or years since the start that it is of (none: of everything)."""

    at: float | None
    estimate: float
    influence: Array
    n_treated: int


def group_time(values: Array, periods: Array, starts: Array, not_yet: bool = False) -> Cells:
    """ATT(g, t) = mean of Y_t - Y_base in the group - the same in those compared with.

    values: units × periods, whole series · periods: increasing numbers · starts: units, the first period treated,
    infinity where never (or after the last period); none starts at or before the first. The base is the last period
    before the start for periods from it on, and the period before for earlier ones. Compared with are the units never
    treated, or (`not_yet`) all that are not yet treated in either period. Cells without such units are left out.
    """
    found: list[tuple[float, float, float, Array, int, int]] = []
    for start in np.unique(starts[np.isfinite(starts)]):
        group = starts == start
        last_before = int(np.flatnonzero(periods < start)[-1])
        for column in range(1, len(periods)):
            base = last_before if periods[column] >= start else column - 1
            compared = ~np.isfinite(starts)
            if not_yet:
                compared = (starts > max(periods[column], periods[base])) & ~group
            if not compared.any():
                continue
            change = values[:, column] - values[:, base]
            ours, theirs = change[group].mean(), change[compared].mean()
            influence = np.zeros(len(values))
            influence[group] = (change[group] - ours) / group.sum()
            influence[compared] -= (change[compared] - theirs) / compared.sum()
            found.append((start, periods[column], ours - theirs, influence, int(group.sum()), int(compared.sum())))
    columns = list(zip(*found, strict=True)) if found else [()] * 6
    influences = np.stack(columns[3], axis=1) if found else np.zeros((len(values), 0))
    start_of, period_of, estimate, _, n_treated, n_compared = (
        np.array(each) for each in (*columns[:3], (), *columns[4:])
    )
    return Cells(start_of, period_of, estimate, influences, n_treated, n_compared, starts)


def simple(cells: Cells) -> Sum | None:
    """The mean of all cells from the start on, weighted by the groups' sizes; None where there are none."""
    return _sum(cells, cells.period >= cells.start, None)


def by_group(cells: Cells) -> tuple[list[Sum], Sum | None]:
    """For each start the mean over its periods, and the mean of these weighted by the groups' sizes (their eqs 3.7,
    3.8)."""
    after = cells.period >= cells.start
    parts = [_plain(cells, after & (cells.start == start), start) for start in np.unique(cells.start[after])]
    return parts, _weighted(cells, parts)


def by_calendar(cells: Cells) -> tuple[list[Sum], Sum | None]:
    """For each period the mean over groups treated by then, and the plain mean of these (their eqs 3.9, 3.10)."""
    after = cells.period >= cells.start
    parts = [_sum(cells, after & (cells.period == period), period) for period in np.unique(cells.period[after])]
    return _with_mean([part for part in parts if part])


def by_event(cells: Cells) -> tuple[list[Sum], Sum | None]:
    """For each number of periods since the start the mean over groups, and the plain mean of those from zero on (their
    eq. 3.4; an event study). Earlier ones should lie about zero."""
    event = cells.period - cells.start
    parts = [part for each in np.unique(event) if (part := _sum(cells, event == each, each))]
    _, overall = _with_mean([part for part in parts if part.at is not None and part.at >= 0])
    return parts, overall


def standard_error(influence: Array, cluster: Array | None = None) -> float:
    """The root of the sum of squares of an influence function, summed first within clusters; unit of the values."""
    if cluster is not None:
        _, number = np.unique(cluster, return_inverse=True)
        influence = np.bincount(number, influence)
    return float(np.sqrt((influence**2).sum()))


def _plain(cells: Cells, chosen: Array, at: float) -> Sum:
    return Sum(
        float(at),
        float(cells.estimate[chosen].mean()),
        cells.influence[:, chosen].mean(axis=1),
        int(cells.n_treated[chosen].max()),
    )


def _sum(cells: Cells, chosen: Array, at: float | None) -> Sum | None:
    """Cells weighted by how many units their group has; that these shares are estimated is in the influence."""
    if not chosen.any():
        return None
    size = cells.n_treated[chosen].astype(float)
    weight, starts = size / size.sum(), cells.start[chosen]
    estimate = float(weight @ cells.estimate[chosen])
    # the derivative of size_k / Σ size in each unit's belonging to a group
    belongs = (cells.starts[:, None] == starts[None, :]).astype(float)
    share = belongs - size / len(cells.starts)
    moved = (share - share.sum(axis=1, keepdims=True) * weight) / size.sum()
    influence = cells.influence[:, chosen] @ weight + moved @ cells.estimate[chosen]
    groups = dict(zip(starts.tolist(), cells.n_treated[chosen].tolist(), strict=True))
    return Sum(None if at is None else float(at), estimate, influence, sum(groups.values()))


def _weighted(cells: Cells, parts: list[Sum]) -> Sum | None:
    """The mean of groups' own sums, weighted by the groups' sizes."""
    if not parts:
        return None
    size = np.array([part.n_treated for part in parts], dtype=float)
    weight, each = size / size.sum(), np.array([part.estimate for part in parts])
    belongs = (cells.starts[:, None] == np.array([part.at for part in parts])[None, :]).astype(float)
    share = belongs - size / len(cells.starts)
    moved = (share - share.sum(axis=1, keepdims=True) * weight) / size.sum()
    influence = np.stack([part.influence for part in parts], axis=1) @ weight + moved @ each
    return Sum(None, float(weight @ each), influence, int(size.sum()))


def _with_mean(parts: list[Sum]) -> tuple[list[Sum], Sum | None]:
    if not parts:
        return parts, None
    mean = float(np.mean([part.estimate for part in parts]))
    influence = np.mean([part.influence for part in parts], axis=0)
    return parts, Sum(None, mean, influence, max(part.n_treated for part in parts))
