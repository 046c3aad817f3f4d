"""Effects by imputation: what untreated rows say that treated ones would have been (Borusyak, Jaravel & Spiess 2024,
Rev. Econ. Stud. 91).

Place and year effects are fitted to the untreated rows alone; a treated row's effect is what it has beyond them. Shown
beside the others and never judged: it takes for granted that all units would have moved alike.
"""

from dataclasses import dataclass

import numpy as np

Array = np.ndarray


@dataclass(frozen=True)
class Imputed:
    """effect: units × periods, not a number where a row is untreated or cannot be imputed · residual: untreated rows,
    zero elsewhere · untreated, treated: units × periods, of rows that can be used."""

    effect: Array
    residual: Array
    untreated: Array
    treated: Array
    year_gram: Array  # periods × periods: the normal equations of the years once the places are taken out

    def mean(self, chosen: Array | None = None, starts: Array | None = None) -> tuple[float, Array]:
        """The mean effect of the chosen treated rows (all where None), and its influence by unit: the sum of squares
        (within clusters first) is the conservative variance of their proposition 6, effects about the mean of their
        start and period (`starts`: units; about the mean of the period where None)."""
        rows = self.treated if chosen is None else self.treated & chosen
        weight = rows / rows.sum()
        estimate = float((weight * np.where(rows, self.effect, 0.0)).sum())
        count = self.untreated.sum(axis=1)
        per_unit = np.divide(weight.sum(axis=1), count, out=np.zeros(len(count)), where=count > 0)
        year = np.linalg.lstsq(self.year_gram, weight.sum(axis=0) - per_unit @ self.untreated, rcond=None)[0]
        own = np.divide(self.untreated @ year, count, out=np.zeros(len(count)), where=count > 0)
        on_untreated = (per_unit - own)[:, None] + year[None, :]
        influence = -(self.untreated * on_untreated * self.residual).sum(axis=1)
        influence += (weight * np.where(rows, self.effect - self._typical(starts), 0.0)).sum(axis=1)
        return estimate, influence

    def _typical(self, starts: Array | None) -> Array:
        groups = np.zeros(len(self.effect)) if starts is None else starts
        typical = np.zeros_like(self.effect)
        for start in np.unique(groups):
            rows = groups == start
            number = self.treated[rows].sum(axis=0)
            total = np.where(self.treated[rows], self.effect[rows], 0.0).sum(axis=0)
            typical[rows] = np.divide(total, number, out=np.zeros(len(number)), where=number > 0)
        return typical


def impute(values: Array, periods: Array, starts: Array) -> Imputed:
    """Y_it = place_i + year_t by least squares on rows before the start (or never treated); the rest is the effect.

    values: units × periods, not a number where there is no figure · periods: increasing · starts: units, infinity where
    never treated. Rows of periods in which no unit is untreated, and of units that never are, cannot be imputed.
    """
    known = np.isfinite(values)
    before = periods[None, :] < starts[:, None]
    untreated = known & before
    count, used = untreated.sum(axis=1), untreated.any(axis=0)
    filled = np.where(untreated, values, 0.0)
    own = np.divide(filled.sum(axis=1), count, out=np.zeros(len(count)), where=count > 0)
    share = np.divide(untreated, count[:, None], out=np.zeros(values.shape), where=untreated)
    gram = np.diag(untreated.sum(axis=0).astype(float)) - untreated.T.astype(float) @ share
    year = np.linalg.lstsq(gram, ((filled - own[:, None]) * untreated).sum(axis=0), rcond=None)[0]
    off = np.divide((untreated * year).sum(axis=1), count, out=np.zeros(len(count)), where=count > 0)
    expected = (own - off)[:, None] + year[None, :]
    treated = known & ~before & (count > 0)[:, None] & used[None, :] & _tied(untreated)
    effect = np.where(treated, values - expected, np.nan)
    return Imputed(effect, np.where(untreated, values - expected, 0.0), untreated, treated, gram)


def _tied(untreated: Array) -> Array:
    """Units × periods that untreated rows connect, so that a place's and a year's effect have one sum."""
    group = np.arange(len(untreated))
    years = np.full(untreated.shape[1], -1)
    for _ in range(len(untreated)):
        low = np.where(untreated, group[:, None], len(group)).min(axis=0)
        new = np.where(untreated, low[None, :], len(group)).min(axis=1)
        new = np.minimum(new, group)
        years = low
        if (new == group).all():
            break
        group = new
    return group[:, None] == years[None, :]
