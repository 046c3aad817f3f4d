"""What the effect of a measure costs: all estimators with a placebo in every other place, in processor time.

one aim     290 places × 20 years: the place and its 289 placebos, tests and checks
several     five places that start in two years, ten thousand draws
county      a whole county
seen        the smallest effect that could be seen, for every place of as many series as a release has
file        `jamlik effects` on such a panel, written and read as csv
synthdid    synthdid-py's estimator: one fit, without any placebo
"""

import csv
from pathlib import Path

import numpy as np

from pipelines.statistics.effects.command import as_text, effects_of_file
from pipelines.statistics.effects.detectable import detectable
from pipelines.statistics.effects.effect import over_window, summary
from pipelines.statistics.effects.estimators import lag_ridge, synthetic_did
from pipelines.statistics.effects.window import Window
from tests.bench import peers
from tests.bench.clocks import best_of
from tests.bench.report import Report
from tests.bench.size import Size

Array = np.ndarray

PLACES, YEARS, N_BEFORE = 290, 20, 12
SERIES = 270
TIMES = 3


def panel(places: int, seed: int = 1) -> tuple[Array, Array, Array]:
    """Places × years of levels, walks and noise that falls with population; persons; counties."""
    random = np.random.default_rng(seed)
    persons = random.lognormal(9.7, 0.9, places)
    noise = np.sqrt(0.2 + persons.mean() / persons)[:, None] * random.normal(size=(places, YEARS))
    walk = 0.3 * random.normal(size=(places, YEARS)).cumsum(axis=1)
    return 40 + 4 * random.normal(size=(places, 1)) + walk + noise, persons, np.arange(places) % 21


def bench(report: Report, size: Size) -> None:
    values, persons, county = panel(size.pick(PLACES, 66))
    everyone, about = np.arange(len(persons)), Window(np.arange(N_BEFORE), np.arange(N_BEFORE, YEARS))
    later = Window(np.arange(2, 14), np.arange(14, YEARS))
    here = everyone[county == 3]
    times = size.pick(TIMES, 1)

    def effect(treated: dict[int, Window]) -> None:
        donors = np.setdiff1d(everyone, list(treated))
        starts = {id(each): each for each in treated.values()}
        parts = []
        for key, each in starts.items():
            those = np.array([place for place, own in treated.items() if id(own) == key])
            parts.append(over_window(values, each, those, donors, persons, county))
        summary(parts)

    cases = {
        "one aim, one place": {5: about},
        "one aim, five places in two years": {5: about, 6: about, 7: about, 8: later, 9: later},
        "one aim, a whole county": dict.fromkeys(here.tolist(), about),
    }
    for what, treated in cases.items():
        spent = best_of(times, lambda treated=treated: effect(treated))
        report.figure(what, spent.processor, "s", "≤ 3 s", f"processor time, {len(persons)} places × {YEARS} years")
    donors = np.delete(everyone, 5)
    spent = best_of(times, lambda: lag_ridge(values, N_BEFORE, np.array([5]), donors, persons))
    report.figure("lag ridge alone with all its placebos", 1000 * spent.processor, "ms")
    _plan(report, size, values, persons)
    _file(report, size, values, persons)
    _beside(report, size, values, donors)


def _plan(report: Report, size: Size, values: Array, persons: Array) -> None:
    """As many series as a release has: the whole population's and the gap between women and men of each indicator."""
    number, years = size.pick(SERIES, 2), np.arange(2001, 2001 + YEARS)
    spent = best_of(
        1, lambda: [detectable(values, years, years, after, persons) for after in (1, 2, 3, 5) for _ in range(number)]
    )
    told = f"processor time, {number} series × {len(persons)} places, for 1, 2, 3 and 5 years"
    report.figure("what could be seen, everywhere", spent.processor, "s", "≤ 15 s", told)


def _file(report: Report, size: Size, values: Array, persons: Array) -> None:
    with size.folder() as folder:
        path = Path(folder) / "panel.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            rows = csv.writer(file)
            rows.writerow(["unit", "period", "value", "treated_from", "population"])
            for (place, year), value in np.ndenumerate(values):
                start = 2001 + N_BEFORE if place == 5 else ""
                rows.writerow([f"u{place}", 2001 + year, value, start, persons[place]])
        spent = best_of(1, lambda: as_text(effects_of_file(path)))  # type: ignore[arg-type]
    report.figure("jamlik effects, such a panel as csv", spent.wall, "s", note=str(spent))


def _beside(report: Report, size: Size, values: Array, donors: Array) -> None:
    what = "synthetic DiD: faster a fit than synthdid-py"
    if why := peers.absent("synthdid-py"):
        report.figure(what, None, "×", "", why)
        return
    from synthdid import synthdid_estimate  # type: ignore[import-not-found]

    ours = best_of(size.pick(TIMES, 1), lambda: synthetic_did(values, N_BEFORE, np.array([5]), donors))
    ordered = np.vstack([values[donors], values[5]])
    theirs = best_of(1, lambda: synthdid_estimate(ordered, len(donors), N_BEFORE))
    note = (
        f"by processor time; theirs {theirs.processor:.2f} s a fit, ours {ours.processor:.2f} s for {len(donors) + 1}"
    )
    report.figure(what, theirs.processor / (ours.processor / (len(donors) + 1)), "×", "", note)
    apart = float(synthdid_estimate(ordered, len(donors), N_BEFORE))
    found = synthetic_did(values, N_BEFORE, np.array([5]), donors, with_placebos=False).effect[0]
    spread = values[:, :N_BEFORE].std(axis=1).mean()
    report.figure("synthetic DiD: apart from synthdid-py's answer", abs(apart - found) / spread, "of a place's spread")
