"""False alarms and power of the effects of measures, on every indicator of the release that can be assessed.

Every municipality is treated in turn with nothing, in 2015 and in 2020, in levels and in gaps between women and men; so
is every county as a whole. How often something is called certain is the size; how often an effect as large as was
promised (from years before) is found is the power. Fails outside what is asked of it.

A municipality's placebos are taken from one run for all of them; for a tenth of the places it is also done as for a
measure, each place kept out of the others' placebos, and both must say the same of nearly all.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import numpy as np

from pipelines.statistics.effects.detectable import detectable
from pipelines.statistics.effects.effect import OverWindow, over_window, summary, whole_series
from pipelines.statistics.effects.placebo import LEVEL, placebos
from pipelines.statistics.effects.verdict import LEAST_DONORS, verdict
from pipelines.statistics.effects.window import Window, window
from tests.bench.clocks import Failed, clock
from tests.bench.report import Report
from tests.bench.size import Size

Array = np.ndarray

STARTS, YEARS_AFTER = (2015, 2020), 3
NONE = np.array([], dtype=int)
CERTAIN = ("certain_better", "certain_worse", "certain_change")
# A figure is one of which more is better or worse, and no count; money and ratios in per cent.
_SERIES = """
    select v.indicator_id, v.group_code, v.area_code, v.period, v.value, v.se, v.weight, v.break_before,
        year(v.period_start) as first_year, year(v.period_end) as last_year, i.unit, i.family
    from read_parquet(? || '/indicator_value.parquet') v
    join read_parquet(? || '/indicator.parquet') i using (indicator_id)
    where v.area_level = 'municipality' and v.status = 'observed' and v.provenance <> 'synthetic'
        and i.polarity <> 'none' and i.family <> 'count'
        and (v.dimension = 'total' and v.sex = 'total' or v.dimension = 'sex')
    order by v.indicator_id, v.area_code, v.period, v.group_code
"""


@dataclass(frozen=True)
class Series:
    """One series: places × periods, with each period's years and where the series breaks; errors of levels in their own
    unit, not a number where there are none."""

    name: str
    values: Array
    errors: Array
    first_years: Array
    last_years: Array
    breaks: list[int]


@dataclass
class Tally:
    """What was called certain, by place and window: arrays of one element a place and window."""

    found: dict[str, list[Array]] = field(default_factory=dict)

    def add(self, **arrays: Array) -> None:
        for name, each in arrays.items():
            self.found.setdefault(name, []).append(each)

    def __getitem__(self, name: str) -> Array:
        return np.concatenate(self.found[name])


def series_of(release: Path) -> tuple[list[Series], Array, Array]:
    """Every series, levels first, with the municipalities' persons and counties."""
    with duckdb.connect() as connection:
        parquet = str(release / "parquet")
        rows = connection.execute(_SERIES, [parquet, parquet]).fetch_df()
    areas = np.unique(rows["area_code"].to_numpy(dtype=str))
    persons = (
        rows[rows["group_code"] == "total"].groupby("area_code")["weight"].max().reindex(areas).to_numpy(dtype=float)
    )
    found = []
    for name, part in rows.groupby("indicator_id"):
        periods, column = np.unique(part["period"].to_numpy(dtype=str), return_inverse=True)
        years = part.groupby("period")[["first_year", "last_year"]].max().reindex(periods).to_numpy(dtype=int)
        broken = part.groupby("period")["break_before"].max().reindex(periods).to_numpy(dtype=bool)
        row = np.searchsorted(areas, part["area_code"].to_numpy(dtype=str))
        figure = given = part["value"].to_numpy(dtype=float)
        if part["unit"].iloc[0] == "sek" or part["family"].iloc[0] == "ratio":
            figure = np.where(figure > 0, 100 * np.log(np.where(figure > 0, figure, 1)), np.nan)
        se = part["se"].to_numpy(dtype=float) if figure is given else np.full(len(part), np.nan)
        grids = {}
        for group in ("total", "women", "men", "se"):
            those = part["group_code"].to_numpy(dtype=str) == ("total" if group == "se" else group)
            grids[group] = np.full((len(areas), len(periods)), np.nan)
            grids[group][row[those], column[those]] = (se if group == "se" else figure)[those]
        about = (years[:, 0], years[:, 1], np.flatnonzero(broken).tolist())
        found.append(Series(str(name), grids["total"], grids["se"], *about))
        gap = grids["women"] - grids["men"]
        found.append(Series(f"{name}, women less men", gap, np.full_like(gap, np.nan), *about))
    counties = np.unique([code[:2] for code in areas], return_inverse=True)[1]
    return found, np.where(np.isfinite(persons), persons, np.nanmedian(persons)), counties


def windows(series: list[Series]) -> Iterator[tuple[Series, Window]]:
    for each in series:
        for start in STARTS:
            about = window(each.first_years, each.last_years, start, breaks=each.breaks, end=start + YEARS_AFTER - 1)
            if about.reason or len(whole_series(each.values, about, np.arange(len(each.values)))) <= LEAST_DONORS:
                continue
            if each.values[:, about.columns][np.isfinite(each.values[:, about.columns]).all(axis=1)].std() > 0:
                yield each, about


def bench(report: Report, size: Size) -> None:
    series, persons, counties = series_of(size.finished().release)
    tally, groups = Tally(), Tally()
    used = 0
    with clock() as spent:
        for each, about in windows(series):
            used += 1
            part = over_window(each.values, about, NONE, np.arange(len(persons)), persons, counties)
            _places(tally, each, part, persons)
            _known_errors(tally, each, part, persons)
            if used % 10 == 0:
                _one_by_one(tally, each, about, part, persons, counties)
            if used % 4 == 2:
                _whole_counties(groups, each, about, persons, counties)
    report.figure("windows", used, "windows", note=str(spent))
    if size.tiny and not used:
        return
    _report(report, tally, groups)


def _report(report: Report, tally: Tally, groups: Tally) -> None:
    missed = []

    def share(what: str, of: Array, low: float, high: float) -> None:
        found = 100 * float(of.mean())
        report.figure(what, found, "%", f"{low:g}–{high:g} %", f"of {len(of):,}")
        if not low <= found <= high:
            missed.append(f"{what} {found:.1f} %")

    certain, p, fifth, extreme = (tally[name] for name in ("certain", "p", "fifth", "extreme"))
    share("size of the verdict", certain, 3, 6)
    for number in range(5):
        share(f"size of the verdict, fifth {number + 1} of population", certain[fifth == number], 3, 7)
    share("size of the verdict, after the most extreme tenth of last years", certain[extreme], 3, 7)
    report.figure("p at most 0.05", 100 * float((p <= LEVEL).mean()), "%")
    share("power at the promised smallest effect", tally["power"], 75, 87)
    if groups.found:
        share("size of the verdict in whole counties", groups["certain"], 0, 7)
        report.figure("p at most 0.05 in whole counties", 100 * float((groups["p"] <= LEVEL).mean()), "%")
    if "better" in tally.found:
        share("windows in which known errors scale placebos better than persons", tally["better"], 50, 100)
        report.figure("smallest effect with errors over that with persons", float(np.exp(tally["ratio"].mean())), "×")
    share("the same as for a measure", tally["same"], 98, 100)
    if missed:
        raise Failed(f"Effects are outside what is asked of them: {'; '.join(missed)}.")


def _by_rank(part: OverWindow, statistic: str) -> tuple[Array, Array]:
    """p of each donor among the others, and its critical value, as `against_placebos` would give both."""
    known = part.placebos[statistic]
    size, z = len(known.z), np.abs(known.z)
    spread = known.spread(part.precision)
    order = np.sort(z)
    beyond = size - np.searchsorted(order, z, side="left") - 1  # those at least as far out, itself not counted
    k = int(LEVEL * size + 1e-9)
    limit = np.where(z >= order[size - k], order[size - k - 1], order[size - k])
    return (1 + beyond) / size, spread * limit


def _verdicts(part: OverWindow) -> tuple[Array, Array]:
    """Of each donor as if it had been treated: p and whether anything is called certain."""
    p, critical = _by_rank(part, "synthetic_did")
    ridge_p, fit_p, drift_p = (_by_rank(part, name)[0] for name in ("lag_ridge", "spread", "drift"))
    effect, ridge, drift = (part.statistics[name] for name in ("synthetic_did", "lag_ridge", "drift"))
    said = [
        verdict(
            effect=effect[k], critical=critical[k], p=p[k], p_holm=p[k], ridge_effect=ridge[k], ridge_p=ridge_p[k],
            fit_p=fit_p[k], drift=drift[k], drift_p=drift_p[k], n_donors=len(p) - 1,
        )[0]
        for k in range(len(p))
    ]  # fmt: skip
    return p, np.isin(said, CERTAIN)


def _places(tally: Tally, series: Series, part: OverWindow, persons: Array) -> None:
    p, certain = _verdicts(part)
    before = series.values[np.ix_(part.donors, part.window.before)]
    change = before[:, -1] - before[:, :-1].mean(axis=1)
    change = np.abs(change - np.median(change))
    rank = persons[part.donors].argsort().argsort()
    tally.add(p=p, certain=certain, fifth=5 * rank // len(rank), extreme=change >= np.quantile(change, 0.9))
    promised = _promised(series, part, persons)
    if promised is not None:
        _, critical = _by_rank(part, "synthetic_did")
        seen = np.abs(part.statistics["synthetic_did"] + promised) > critical
        tally.add(power=seen[np.isfinite(promised)])


def _promised(series: Series, part: OverWindow, persons: Array) -> Array | None:
    """The smallest effect that years before the start promise to be found, for each donor; None: too few years."""
    start = int(series.first_years[part.window.after[0]])
    smallest, learned_from = detectable(
        series.values, series.first_years, series.last_years, len(part.window.after), persons, series.breaks,
        until=start - 1,
    )  # fmt: skip
    return smallest[part.donors] if learned_from else None


def _known_errors(tally: Tally, series: Series, part: OverWindow, persons: Array) -> None:
    """Whether the release's own errors in the years before, or persons, say more of how far placebos lie: by the
    likelihood of one half of the donors under the spread fitted to the other, and turned round."""
    scaled = over_window(series.values, part.window, NONE, part.donors, persons, errors=series.errors)
    if np.array_equal(scaled.precision, part.precision):
        return
    effects, gain = part.statistics["synthetic_did"], 0.0
    first = np.arange(len(effects)) % 2 == 0
    for half in (first, ~first):
        for precision, sign in ((scaled.precision, 1), (part.precision, -1)):
            spread = placebos(effects[half], precision[half]).spread(precision[~half])
            gain -= sign * float((np.log(spread) + np.minimum((effects[~half] / spread) ** 2, 9) / 2).sum())
    smaller = [np.log(each.placebos["synthetic_did"].spread(each.precision)).mean() for each in (scaled, part)]
    tally.add(better=np.array([gain > 0]), ratio=np.array([smaller[0] - smaller[1]]))


def _one_by_one(tally: Tally, series: Series, about: Window, part: OverWindow, persons: Array, counties: Array) -> None:
    """A tenth of the places, each as a measure would be: its placebos made without it."""
    _, critical = _by_rank(part, "synthetic_did")
    for place in range(0, len(part.donors), 10):
        others = np.delete(part.donors, place)
        own = over_window(series.values, about, part.donors[place : place + 1], others, persons, counties)
        test = summary([own]).effect
        tally.add(
            same=np.array([(test.p <= LEVEL) == (abs(part.statistics["synthetic_did"][place]) > critical[place])])
        )


def _whole_counties(groups: Tally, series: Series, about: Window, persons: Array, counties: Array) -> None:
    everyone = whole_series(series.values, about, np.arange(len(persons)))
    for county in np.unique(counties[everyone]):
        treated, donors = everyone[counties[everyone] == county], everyone[counties[everyone] != county]
        if len(treated) > 1 and len(donors) >= LEAST_DONORS:
            effect = summary([over_window(series.values, about, treated, donors, persons, counties)])
            said, _ = verdict(**effect.asked())
            groups.add(p=np.array([effect.effect.p]), certain=np.array([said in CERTAIN]))
