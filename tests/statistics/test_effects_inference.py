"""How sure an effect is: what moves it and what must not, test and interval, false alarms, windows and verdicts."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from pipelines.statistics.effects.detectable import detectable, past_windows
from pipelines.statistics.effects.effect import Effect, alone, over_window, path, sensitivity, summary
from pipelines.statistics.effects.estimators import did, lag_ridge, synthetic_did
from pipelines.statistics.effects.placebo import against_placebos, holm, placebos, several
from pipelines.statistics.effects.verdict import MOST_AIMS, SENTENCES, drift_and_spread, verdict
from pipelines.statistics.effects.window import Window, first_year_after, window

Array = np.ndarray
N_BEFORE, N_AFTER, PLACES = 8, 3, 70
YEARS = Window(np.arange(N_BEFORE), np.arange(N_BEFORE, N_BEFORE + N_AFTER))
TREATED, DONORS = np.array([0, 1, 2]), np.arange(3, PLACES)
COUNTY = np.arange(PLACES) % 7


def made(random: np.random.Generator, persons: Array, years: int = N_BEFORE + N_AFTER) -> Array:
    """Places × years: levels, years common to all, and noise whose variance falls with population."""
    noise = np.sqrt(0.2 + 1.0 * persons.mean() / persons)[:, None]
    common = random.normal(size=(1, years)).cumsum(axis=1)
    return 40 + 4 * random.normal(size=(len(persons), 1)) + common + noise * random.normal(size=(len(persons), years))


@pytest.fixture(scope="module")
def persons() -> Array:
    return np.random.default_rng(1).lognormal(9.7, 0.9, PLACES)


@pytest.fixture(scope="module")
def values(persons: Array) -> Array:
    return made(np.random.default_rng(2), persons)


def effect_of(values: Array, persons: Array | None, treated: Array = TREATED, donors: Array = DONORS) -> Effect:
    return summary([over_window(values, YEARS, treated, donors, persons, COUNTY)])


def figures(effect: Effect) -> list[float]:
    tests = (effect.effect, effect.lag_ridge, effect.did, effect.drift, effect.fit)
    return [number for test in tests for number in (test.effect, test.p, test.critical, test.se)]


# --- what moves an effect, and what must not --------------------------------------------------------------------------


@pytest.mark.parametrize("treated", [TREATED[:1], TREATED], ids=["one", "three"])
def test_what_is_added_after_the_start_moves_the_effect_by_as_much(
    treated: Array, values: Array, persons: Array
) -> None:
    before = effect_of(values, persons, treated)
    moved = values.copy()
    moved[treated, N_BEFORE:] += 7.25
    after = effect_of(moved, persons, treated)
    for name in ("effect", "lag_ridge", "did"):
        old, new = getattr(before, name), getattr(after, name)
        assert new.effect - old.effect == pytest.approx(7.25, abs=1e-12)
        assert (new.se, new.critical) == pytest.approx((old.se, old.critical), rel=1e-12)
    assert (after.drift, after.fit) == (before.drift, before.fit)  # nothing before the start has changed


def test_a_constant_of_a_place_and_the_order_of_places_change_nothing(values: Array, persons: Array) -> None:
    expected = figures(effect_of(values, persons))
    random = np.random.default_rng(3)
    raised = values + random.normal(size=(PLACES, 1)) * 100
    assert figures(effect_of(raised, persons)) == pytest.approx(expected, abs=1e-7)
    order = random.permutation(DONORS)
    assert effect_of(values, persons, TREATED, order).effect.effect == pytest.approx(expected[0], abs=1e-9)
    one = figures(effect_of(values, persons, TREATED[:1]))
    assert figures(effect_of(values, persons, TREATED[:1], order)) == pytest.approx(one, abs=1e-9)


def test_the_sign_turns_and_the_unit_follows(values: Array, persons: Array) -> None:
    one, turned = (effect_of(sign * values, persons) for sign in (1.0, -1000.0))
    for name in ("effect", "lag_ridge", "did", "drift"):
        old, new = getattr(one, name), getattr(turned, name)
        assert new.effect == pytest.approx(-1000 * old.effect, rel=1e-6)
        assert (new.p, new.se, new.critical) == pytest.approx((old.p, 1000 * old.se, 1000 * old.critical), rel=1e-3)


def test_the_same_seed_gives_the_same_bytes(values: Array, persons: Array) -> None:
    parts = [over_window(values, YEARS, TREATED, DONORS, persons, COUNTY)]
    once, again = (summary([over_window(values, YEARS, TREATED, DONORS, persons, COUNTY)]) for _ in range(2))
    assert once == again
    assert summary(parts, seed=5).effect.critical != once.effect.critical


def test_places_without_whole_series_are_left_out(values: Array, persons: Array) -> None:
    gappy = values.copy()
    gappy[1, 4] = gappy[10, 9] = np.nan
    part = over_window(gappy, YEARS, TREATED, DONORS, persons, COUNTY)
    assert (part.missing.tolist(), len(part.treated), len(part.donors)) == ([1], 2, 66)
    kept = np.delete(DONORS, 7)
    assert figures(summary([part])) == figures(effect_of(values, persons, TREATED[[0, 2]], kept))


def test_placebos_can_be_had_alone(values: Array, persons: Array) -> None:
    nobody = over_window(values, YEARS, TREATED[:0], DONORS, persons, COUNTY)
    known = over_window(values, YEARS, TREATED, DONORS, persons, COUNTY)
    for name, each in nobody.placebos.items():
        assert each.z == pytest.approx(known.placebos[name].z, abs=1e-9)
        assert each.spread(persons[:3]) == pytest.approx(known.spread(name), rel=1e-9)


def test_one_place_of_several_is_as_if_it_were_alone(values: Array, persons: Array) -> None:
    part = over_window(values, YEARS, TREATED, DONORS, persons, COUNTY)
    assert figures(alone(part, 1)) == pytest.approx(figures(effect_of(values, persons, TREATED[1:2])), abs=1e-9)


def test_known_errors_scale_placebos_where_every_place_has_them(values: Array, persons: Array) -> None:
    """A precision is a population by another name; an error after the start or of one place only is not used."""
    errors = np.full(values.shape, np.nan)
    errors[:, 2:5] = np.sqrt(1e6 / persons)[:, None] * np.sqrt([0.5, 1.0, 1.5])
    known = over_window(values, YEARS, TREATED, DONORS, None, COUNTY, errors)
    by_persons = over_window(values, YEARS, TREATED, DONORS, persons, COUNTY)
    assert known.precision == pytest.approx(by_persons.precision / 1e6)
    assert known.spread("did") == pytest.approx(by_persons.spread("did"))
    errors[9], errors[9, N_BEFORE:] = np.nan, 1.0
    lacking = over_window(values, YEARS, TREATED, DONORS, persons, COUNTY, errors)
    assert (lacking.precision == by_persons.precision).all()


def test_the_path_ends_in_the_effect(values: Array, persons: Array) -> None:
    part = over_window(values, YEARS, TREATED, DONORS, persons, COUNTY)
    found = path(part, 2, values)
    gap = found["observed"] - found["expected"]
    assert found["observed"] == pytest.approx(values[2])
    assert gap[N_BEFORE:].mean() == pytest.approx(part.statistics["synthetic_did"][2])
    assert (found["lower"] < found["expected"]).all()
    assert (found["upper"] - found["expected"]) == pytest.approx(found["expected"] - found["lower"])
    low, high = sensitivity(part, values, COUNTY)
    assert low <= part.statistics["synthetic_did"][:3].mean() <= high
    assert high - low > 0.01


def test_where_a_whole_county_is_treated_a_placebo_has_no_donor_of_its_own(values: Array, persons: Array) -> None:
    """As if the rest of its county were not there; what moves a county would else be taken out of placebos alone."""
    here = np.flatnonzero(COUNTY == 0)
    donors = np.setdiff1d(np.arange(PLACES), here)
    part = over_window(values, YEARS, here, donors, persons, COUNTY)
    assert part.n_clusters == 6
    assert over_window(values, YEARS, here[1:], donors, persons, COUNTY).n_clusters == 6  # the tenth is in no role
    assert over_window(values, YEARS, here[1:], np.r_[here[:1], donors], persons, COUNTY).n_clusters is None
    assert over_window(values, YEARS, here, donors[COUNTY[donors] == 1], persons, COUNTY).n_clusters == 1
    kept = [donors[COUNTY[donors] != COUNTY[donor]] for donor in donors]
    for name, alone_of in (("synthetic_did", lambda *of: synthetic_did(*of, False).effect), ("did", did)):
        expected = [alone_of(values, N_BEFORE, donors[[k]], kept[k])[0] for k in range(len(donors))]
        assert part.statistics[name][len(here) :] == pytest.approx(expected, abs=1e-8)
    level = values[:, :N_BEFORE].mean(axis=1)
    x = np.c_[np.ones(PLACES), values[:, :N_BEFORE] - level[:, None]]
    z, weight = values[:, N_BEFORE:].mean(axis=1) - level, persons / persons[donors].mean()
    root = np.sqrt(weight[donors])[:, None]
    scale = np.linalg.svd(root * (x - np.average(x[donors], axis=0, weights=weight[donors]))[donors, 1:])[1]
    away = []
    for penalty in np.logspace(-4, 4, 33) * (scale**2).mean():
        left_out = []
        for donor, others in zip(donors, kept, strict=True):
            heavy = x[others].T * weight[others]
            slope = np.linalg.solve(heavy @ x[others] + penalty * np.diag([0.0] + [1.0] * N_BEFORE), heavy @ z[others])
            left_out.append(z[donor] - x[donor] @ slope)
        away.append(np.abs(left_out - part.statistics["lag_ridge"][len(here) :]).max())
    assert min(away) < 1e-8


# --- test and interval ------------------------------------------------------------------------------------------------


@settings(max_examples=80, deadline=None)
@given(
    effect=st.floats(-6, 6),
    seed=st.integers(0, 10_000),
    donors=st.sampled_from([3, 18, 19, 20, 39, 40, 60, 289]),
    ties=st.booleans(),
)
def test_p_and_interval_never_disagree(effect: float, seed: int, donors: int, ties: bool) -> None:
    z = np.random.default_rng(seed).normal(size=donors)
    z, effect = (np.round(z), float(round(effect))) if ties else (z, effect)
    lower, upper = (test := against_placebos(effect, 1.0, z)).interval
    assert (test.p <= 0.05) == (not lower <= 0 <= upper)
    assert test.p >= 1 / (donors + 1)
    pool = placebos(z)
    together = several(effect / 4, np.array([1.0, 0.5]), np.zeros(2, dtype=int), [pool], np.array([1, 1]), seed)
    lower, upper = together.interval
    assert (together.p <= 0.05) == (not lower <= 0 <= upper)


def test_few_placebos_never_give_an_interval() -> None:
    few, enough = (against_placebos(100.0, 1.0, np.ones(number)) for number in (18, 19))
    assert (few.p, few.critical) == (1 / 19, np.inf)
    assert (enough.p, enough.critical) == (1 / 20, 1.0)


def test_false_alarms_are_five_in_a_hundred_in_small_places_as_in_large() -> None:
    """Nothing happens, 120 times, in the smallest tenth of places and in the largest. Unscaled placebos would call one
    in six of the small certain, and none of the large (Ferman & Pinto 2019)."""
    alarms = {"scaled": [0, 0], "unscaled": [0, 0]}
    random = np.random.default_rng(11)
    for _ in range(120):
        persons = np.sort(random.lognormal(9.7, 0.9, PLACES))
        values = made(random, persons)
        for large, place in enumerate((random.integers(0, 7), random.integers(PLACES - 7, PLACES))):
            donors = np.delete(np.arange(PLACES), place)
            effects = synthetic_did(values, N_BEFORE, np.array([place]), donors).effect
            known = placebos(effects[1:], persons[donors])
            spread = known.spread(persons[[place]])[0]
            alarms["scaled"][large] += against_placebos(effects[0], spread, known.z).p <= 0.05
            alarms["unscaled"][large] += against_placebos(effects[0], 1.0, effects[1:]).p <= 0.05
    assert 1 <= alarms["scaled"][0] <= 14  # 6 expected of 120; more than 14 in one of 1,000 cases
    assert 1 <= alarms["scaled"][1] <= 14
    assert alarms["unscaled"][0] > 14
    assert alarms["unscaled"][1] < 3


def test_places_of_one_county_do_not_move_apart() -> None:
    """Ten places, all in one of seven counties whose places share half their variance: the widened draws hold."""
    random = np.random.default_rng(12)
    wide = {"with": 0, "without": 0}
    county = np.arange(280) % 14
    for _ in range(150):
        effects = random.normal(size=280) + random.normal(size=14)[county]
        treated = np.flatnonzero(county == 3)[:10]
        donors = np.delete(np.arange(280), treated)
        pool = [placebos(effects[donors], None, county[donors])]
        spread, number = pool[0].spread(np.ones(10)), np.zeros(10, dtype=int)
        mean = float(effects[treated].mean())
        wide["with"] += several(mean, spread, number, pool, county[treated]).p <= 0.05
        wide["without"] += several(mean, spread, number, pool).p <= 0.05
    assert 1 <= wide["with"] <= 20  # 7.5 expected of 150, and the correlation is estimated from 13 counties
    assert wide["without"] > 50


def test_staggered_starts_are_told_against_their_own_windows(values: Array, persons: Array) -> None:
    shorter = Window(np.arange(1, 7), np.arange(7, 11))
    parts = [
        over_window(values, YEARS, TREATED[:1], DONORS, persons, COUNTY),
        over_window(values, shorter, TREATED[1:], DONORS, persons, COUNTY),
    ]
    both = summary(parts)
    own = [summary([part]) for part in parts]
    assert both.effect.effect == pytest.approx((own[0].effect.effect + 2 * own[1].effect.effect) / 3)
    assert (both.n_places, both.n_before, both.n_after) == (3, 6, 3)
    assert both.effect.se < max(each.effect.se for each in own)


# --- what could be seen ----------------------------------------------------------------------------------------------


def test_an_effect_as_large_as_promised_is_found_in_eighty_of_a_hundred_later_cases() -> None:
    """Promised from twenty years, added in the three years after them, in each of 290 places of six panels; by the
    same estimator. That the verdict finds as many in real series is held by `make soak PARTS=effects`."""
    random = np.random.default_rng(21)
    found: list[bool] = []
    for _ in range(6):
        persons = random.lognormal(9.7, 0.9, 290)
        values, years = made(random, persons, 26), np.arange(2000, 2026)
        smallest, windows = detectable(values, years, years, 3, persons, until=2022)
        assert windows == 3
        effects = lag_ridge(values[:, 11:], 12, DONORS[:0], np.arange(290), persons)
        known = placebos(effects, persons)
        tests = [
            against_placebos(effect + promised, spread, np.delete(known.z, place))
            for place, (effect, promised, spread) in enumerate(
                zip(effects, smallest, known.spread(persons), strict=True)
            )
        ]
        found += [test.p <= 0.05 for test in tests]
    assert 0.74 < np.mean(found) < 0.85


def test_what_could_be_seen_is_said_where_it_is_known(values: Array, persons: Array) -> None:
    years = np.arange(2010, 2021)
    whole, windows = detectable(values, years, years, 3, persons)
    assert windows == 2  # eight years before and the three after; five before, and three of those eight
    assert (whole[np.argsort(persons)[:10]] > whole[np.argsort(persons)[-10:]].max()).all()
    for_ten, _ = detectable(values, years, years, 3, persons, aims=10)
    assert for_ten / whole == pytest.approx(np.full(PLACES, 3.647 / 2.800), rel=1e-3)
    gappy = values.copy()
    gappy[4, 6], gappy[5, 10] = np.nan, np.nan
    some, _ = detectable(gappy, years, years, 3, persons)
    assert np.isnan(some[4])  # a gap in both windows
    assert np.isfinite(some[np.arange(PLACES) != 4]).all()  # place 5 has the earlier one
    assert detectable(values[:60], years, years, 3)[1] == 0  # 59 others
    assert detectable(values, years, years, 3, breaks=[4])[1] == 0
    starts = [(int(years[each.before[0]]), int(years[each.after[0]])) for each in past_windows(years, years, 2)]
    assert starts == [(2010, 2019), (2010, 2017), (2010, 2015)]


# --- windows and verdicts ---------------------------------------------------------------------------------------------

ANNUAL = np.arange(2005, 2021)


@pytest.mark.parametrize(("asked", "before", "after", "reason"), [
    ({"start": 2015}, (2005, 2014), (2015, 2020), ""),
    ({"start": 2019}, (2007, 2018), (2019, 2020), ""),  # twelve years before at most
    ({"start": 2019, "most_before": None}, (2005, 2018), (2019, 2020), ""),
    ({"start": 2015, "first_after": 2017}, (2005, 2014), (2017, 2020), ""),  # years between are left out
    ({"start": 2015, "end": 2018}, (2005, 2014), (2015, 2018), ""),
    ({"start": 2015, "breaks": [3, 13]}, (2008, 2014), (2015, 2017), ""),  # of one series: from 2008, before 2018
    ({"start": 2015, "breaks": [10]}, None, None, "break_at_start"),  # 2015 is the first of a new series
    ({"start": 2015, "first_after": 2017, "breaks": [11]}, None, None, "break_at_start"),  # the gap hides no break
    ({"start": 2009}, None, None, "too_few_before"),
    ({"start": 2015, "breaks": [7]}, None, None, "too_few_before"),
    ({"start": 2004}, None, None, "too_few_before"),
    ({"start": 2021}, None, None, "none_after"),
    ({"start": 2015, "end": 2014}, None, None, "none_after"),
])  # fmt: skip
def test_the_years_of_a_window(asked: dict, before: tuple, after: tuple, reason: str) -> None:
    found = window(ANNUAL, ANNUAL, **asked)
    assert found.reason == reason
    if not reason:
        years = [ANNUAL[each] for each in (found.before, found.after)]
        assert [(int(each[0]), int(each[-1])) for each in years] == [before, after]


def test_means_of_several_years_may_share_none() -> None:
    first = np.arange(1990, 2018)  # four years each, moved on by one
    found = window(first, first + 3, 2014)
    assert found.reason == ""
    assert first[found.before].tolist() == [1990, 1994, 1998, 2002, 2006, 2010]
    assert first[found.after].tolist() == [2014]
    assert window(first[10:], first[10:] + 3, 2014).reason == "overlapping_windows"
    assert first_year_after(2015) == 2015
    assert first_year_after(2015, after_july=True) == 2016
    assert first_year_after(2015, effect_from=2018) == 2018


HOLDS = {
    "effect": -2.0, "critical": 1.2, "p": 0.01, "p_holm": 0.03, "ridge_effect": -1.5, "ridge_p": 0.06, "fit_p": 0.4,
    "drift": 0.3, "drift_p": 0.6, "n_donors": 250,
}  # fmt: skip


@pytest.mark.parametrize(("changed", "expected"), [
    ({}, ("certain_change", "")),
    ({"better": -1}, ("certain_better", "")),
    ({"better": 1}, ("certain_worse", "")),
    ({"p": 0.06, "p_holm": 0.06}, ("no_certain_change", "")),
    ({"p_holm": 0.051}, ("no_certain_change", "several_aims")),
    ({"ridge_p": 0.11}, ("no_certain_change", "methods_disagree")),
    ({"ridge_effect": 1.5}, ("no_certain_change", "methods_disagree")),
    ({"drift": 0.9, "drift_p": 0.04}, ("no_certain_change", "drift_before")),
    ({"drift": 0.7, "drift_p": 0.04}, ("certain_change", "")),  # 2.0 - 0.7 is beyond 1.2 still
    ({"fit_p": 0.05}, ("not_assessable", "poor_fit")),
    ({"fit_p": 0.05, "p": 0.6, "p_holm": 0.6}, ("not_assessable", "poor_fit")),
    ({"n_donors": 59}, ("not_assessable", "too_few_donors")),
    ({"n_clusters": 18}, ("not_assessable", "few_clusters")),
    ({"n_clusters": 19}, ("certain_change", "")),
    ({"reason": "composition"}, ("not_assessable", "composition")),
])  # fmt: skip
def test_a_verdict_and_its_reason(changed: dict, expected: tuple[str, str]) -> None:
    assert verdict(**{**HOLDS, **changed}) == expected
    assert expected[1] == "" or expected[1] in SENTENCES


def test_an_effect_that_is_there_is_found_and_named(values: Array, persons: Array) -> None:
    raised = values.copy()
    raised[0, N_BEFORE:] += 9
    effect = effect_of(raised, persons, TREATED[:1])
    assert verdict(**effect.asked(), better=1) == ("certain_better", "")
    assert effect.minimum_detectable() == pytest.approx(2.80 * effect.effect.se, rel=1e-3)
    assert effect.minimum_detectable(aims=10) == pytest.approx(3.65 * effect.effect.se, rel=1e-2)
    # of one place p cannot be under 1 / 68, and with ten aims Holm's never under 0.05
    assert verdict(**effect.asked(float(holm(np.full(MOST_AIMS, effect.effect.p)).min()))) == (
        "no_certain_change", "several_aims",
    )  # fmt: skip


def test_drift_and_spread_of_a_gap() -> None:
    drift, spread = drift_and_spread(np.array([[1.0, 1.0, 9.0, 4.0, 6.0], [2.0, 2.0, 2.0, 2.0, 2.0]]))
    assert drift.tolist() == [4.0, 0.0]  # the middle year is in neither half
    assert spread == pytest.approx([np.sqrt(9.36), 0.0])
