"""Errors learned from how places move, against series whose truth is known, and against every bad input that could
mislead.

Nothing of the code under test is used to say what is right: the truths are those the series were drawn from.
"""

import numpy as np
import pyarrow as pa
import pytest

from pipelines.statistics.chance.panel import panels
from pipelines.statistics.chance.tables import error_table, fit_table
from schemas.chance import CONTRACTS
from tests.fixtures.made_series import PLACES, SIZES, YEARS, binomial, clustered, drifting, observed, truth

FIT, ERROR = CONTRACTS["chance.fit"].arrow(), CONTRACTS["chance.error"].arrow()


def learned(rows: pa.Table) -> tuple[dict, np.ndarray]:
    """chance.fit's row of the whole population, and the standard errors as (places, years), nan where none is given."""
    read = list(panels(rows, PLACES))
    fits = fit_table(read, FIT)
    errors = error_table(read, fits, ERROR)
    place = {code: number for number, code in enumerate(PLACES["municipality"])}
    years = sorted({int(each) for each in rows["period"].to_pylist()})
    found = np.full((len(SIZES), len(years)), np.nan)
    for row in errors.to_pylist():
        if row["sex"] == "total" and row["area_code"] in place:
            found[place[row["area_code"]], years.index(int(row["period"]))] = row["se"]
    return next(each for each in fits.to_pylist() if each["series"] == "total"), found


@pytest.mark.parametrize("of", [1.0, 0.1])
def test_independent_persons_have_the_binomial_error(of: float) -> None:
    share = truth()
    fit, se = learned(observed(binomial(share, of=of)))
    right = 100 * np.sqrt(share * (1 - share) / (SIZES * of)[:, None])
    assert 0.97 < np.median(se / right) < 1.1
    assert fit["wander"] < 0.1
    assert fit["reason"] is None
    assert fit["assessable"]


@pytest.mark.parametrize("size", ["< 10 000", "10 000–25 000", "25 000–75 000", "> 75 000"])
@pytest.mark.parametrize("series", ["binomial", "clustered", "rounded", "drifting"])
def test_the_true_level_is_held(series: str, size: str) -> None:
    share = truth()
    if series == "drifting":
        share = drifting(share)
    values = clustered(share) if series == "clustered" else binomial(share, of=0.3)
    if series == "rounded":
        values = np.round(values)
    _, se = learned(observed(values))
    low, high = {"< 10 000": (0, 1e4), "10 000–25 000": (1e4, 2.5e4), "25 000–75 000": (2.5e4, 7.5e4)}.get(
        size, (7.5e4, 9e9)
    )
    of_size = (low <= SIZES) & (high > SIZES)
    away = np.abs(values - 100 * share)[of_size]
    assert (away <= 1.959963984540054 * se[of_size]).mean() >= 0.93


def test_a_place_exactly_like_the_nation_is_seldom_called_different() -> None:
    called, places = 0, 0
    for seed in range(6):
        share = truth(spread=0.0, seed=seed)
        values = clustered(share, seed=seed + 50)
        _, se = learned(observed(values))
        nation = (values * SIZES[:, None]).sum(axis=0) / SIZES.sum()
        called += int((np.abs(values[:, -1] - nation[-1]) > 1.959963984540054 * se[:, -1]).sum())
        places += len(SIZES)
    assert called / places <= 0.055


def test_deaths_have_byars_error() -> None:
    random = np.random.default_rng(4)
    rate = np.clip(random.normal(0.01, 0.0015, len(SIZES)), 0.004, None)[:, None] * np.ones(len(YEARS))
    values = 100_000 * random.poisson(rate * SIZES[:, None]) / SIZES[:, None]
    _, se = learned(observed(values, family="rate", scale=100_000.0))
    right = 100_000 * np.sqrt(rate / SIZES[:, None])
    for low, high in ((0, 5e3), (5e3, 1.5e4), (1.5e4, 5e4), (5e4, 9e9)):
        of_size = (low <= SIZES) & (high > SIZES)
        assert 0.95 < np.median((se / right)[of_size]) < 1.15


def test_a_break_in_a_few_places_moves_nobody_elses_error() -> None:
    share = truth()
    values = binomial(share, of=0.3)
    _, before = learned(observed(values))
    broken = values.copy()
    broken[:6, 12:] *= 2  # a boundary change: six places double overnight
    _, after = learned(observed(broken))
    assert np.nanmax(np.abs(after[6:] / before[6:] - 1)) < 0.06


def test_a_break_in_all_is_not_movement() -> None:
    share = truth()
    values = binomial(share, of=0.3)
    values[:, 10:] += np.random.default_rng(8).normal(5, 3, len(SIZES))[:, None]
    fit, se = learned(observed(values, breaks=(YEARS[10],)))
    right = 100 * np.sqrt(share * (1 - share) / (0.3 * SIZES)[:, None])
    assert 0.9 < np.median((se / right)[:, -1]) < 1.35
    assert fit["reason"] is None


def test_drift_is_told_from_noise() -> None:
    still, _ = learned(observed(binomial(truth(), of=0.3)))
    moving, _ = learned(observed(100 * drifting(truth(), step=0.01)))
    assert still["wander"] < 0.1
    assert moving["wander"] > 0.85


def test_an_unmarked_change_of_noise_is_found_out() -> None:
    """Quiet for fifteen years, then five times as noisy: learned before, it does not hold after, and is not given."""
    share = truth()
    values = binomial(share)
    noisy = clustered(share, size=40)
    values[:, 15:] = noisy[:, 15:]
    fit, se = learned(observed(values))
    assert fit["held_out_95"] < 0.88
    assert (fit["reason"], fit["assessable"]) == ("error_not_proven", False)
    assert np.isnan(se).all()


def test_what_holds_says_so_from_years_it_never_saw() -> None:
    values = clustered(truth())
    fit, _ = learned(observed(values))
    assert fit["held_out_cases"] == 290 * 5
    assert 0.93 <= fit["held_out_95"] <= 0.985
    assert 0.76 <= fit["held_out_80"] <= 0.88
    changed = values.copy()
    changed[:, -5:] = clustered(truth(), size=150, seed=6)[:, -5:]
    other, _ = learned(observed(changed))
    assert other["held_out_95"] < 0.8  # the held-out years taught it nothing


def test_municipalities_that_move_together_give_their_county_a_larger_error() -> None:
    random = np.random.default_rng(9)
    county = np.array([int(code[:2]) for code in PLACES["municipality"]])
    shared = random.normal(0, 0.006, (22, len(YEARS)))[county]
    values = 100 * np.clip(truth() + shared + random.normal(0, 0.006, shared.shape), 0.001, 0.999)
    fit, _ = learned(observed(values))
    assert 0.3 < fit["rho"] < 0.75  # half of the variance is the county's
    alone, _ = learned(observed(binomial(truth(), of=0.3)))
    assert alone["rho"] < 0.05


def test_figures_in_whole_steps_have_at_least_the_error_of_a_step() -> None:
    values = np.round(100 * truth(spread=0.2))  # nothing moves but by rounding
    _, se = learned(observed(values))
    assert np.nanmin(se) >= np.sqrt(1 / 12) - 1e-12


@pytest.mark.parametrize(
    ("values", "stated", "reason"),
    [
        (binomial(truth())[:, -1:], {"years": YEARS[-1:]}, "too_few_periods"),
        (binomial(truth()), {"breaks": YEARS}, "too_few_periods"),
        (np.zeros((290, 20)), {}, "no_movement"),
        (np.full((290, 20), 100.0), {}, "no_movement"),
        (np.full((290, 20), 7.3), {}, "no_movement"),
        (binomial(truth()), {"persons": np.full((290, 20), np.nan)}, "persons_unknown"),
        (binomial(truth()), {"error_refused": "few_seats"}, "few_seats"),
    ],
)
def test_what_cannot_be_learned_has_a_reason_and_no_error(values: np.ndarray, stated: dict, reason: str) -> None:
    fit, se = learned(observed(values, **stated))
    assert (fit["reason"], fit["assessable"]) == (reason, False)
    assert np.isnan(se).all()


def test_two_periods_that_nothing_can_be_tried_on_have_a_reason_and_no_error() -> None:
    fit, se = learned(observed(binomial(truth())[:, -2:], years=YEARS[-2:]))
    assert (fit["kind"], fit["reason"], fit["held_out_95"]) == ("year_to_year_upper", "not_tried", None)
    assert np.isnan(se).all()


def beside(values: np.ndarray, *others: np.ndarray) -> tuple[dict, np.ndarray]:
    """A series of two periods as `learned` tells it, with others of many periods in the same table."""
    names = [f"other_{number}" for number in range(len(others))]
    rows = [observed(each, indicator_id=name) for each, name in zip(others, names, strict=True)]
    read = list(panels(pa.concat_tables([observed(values, years=YEARS[-2:]), *rows]), PLACES))
    fits = fit_table(read, FIT)
    errors = error_table(read, fits, ERROR).to_pylist()
    se = {(row["area_code"], row["period"]): row["se"] for row in errors if row["indicator_id"] == "made"}
    places = PLACES["municipality"]
    found = np.array([[se.get((place, str(year)), np.nan) for year in YEARS[-2:]] for place in places])
    return next(row for row in fits.to_pylist() if row["indicator_id"] == "made"), found


def test_two_periods_borrow_what_the_single_movements_of_others_were_short_of() -> None:
    share = truth()
    values = binomial(share)[:, -2:]
    calm = [binomial(truth(seed=seed), seed=seed) for seed in (31, 32, 33)]
    fit, se = beside(values, *calm)
    assert (fit["kind"], fit["reason"], fit["held_out_by"]) == ("year_to_year_upper", None, "other_series")
    assert fit["held_out_cases"] == 3 * 290
    assert 0.9 <= fit["held_out_95"] <= 0.985
    assert 1 <= fit["lent"] < 1.3
    small = SIZES < 6_000
    right = 100 * np.sqrt(share[:, -2:] * (1 - share[:, -2:]) / SIZES[:, None])
    assert 0.75 < np.median((se / right)[small]) < 1.4
    restless = [each.copy() for each in calm]
    for number, each in enumerate(restless):  # all move more in their last year than in the one before
        each[:, -1] += np.random.default_rng(number).normal(0, 3, 290)
    lent, larger = beside(values, *restless)
    assert lent["lent"] > 2
    assert np.nanmedian(larger / se) == pytest.approx(np.sqrt(lent["lent"] / fit["lent"]), rel=0.02)


def with_counties(values: np.ndarray, counties: np.ndarray, **stated: object) -> tuple[dict, np.ndarray]:
    """chance.fit's row and the counties' standard errors (counties, years) of municipalities' and counties' figures."""
    holder = np.array([int(code[:2]) for code in PLACES["municipality"]])
    persons = np.array([SIZES[holder == number].sum() for number in range(1, 22)])
    own = observed(counties, persons=np.broadcast_to(persons[:, None], counties.shape), **stated)
    own = own.set_column(0, "level", pa.array(np.ones(own.num_rows, dtype=np.int32)))
    read = list(panels(pa.concat_tables([observed(values, **stated), own]), PLACES))
    fits = fit_table(read, FIT)
    errors = [row for row in error_table(read, fits, ERROR).to_pylist() if len(row["area_code"]) == 2]
    se = {(row["area_code"], row["period"]): row["se"] for row in errors}
    found = [[se.get((place, str(year)), np.nan) for year in YEARS] for place in PLACES["county"]]
    return fits.to_pylist()[0], np.array(found)


def sums(values: np.ndarray) -> np.ndarray:
    holder = np.array([int(code[:2]) for code in PLACES["municipality"]])
    every = [(values[holder == one] * SIZES[holder == one, None]).sum(axis=0) for one in range(1, 22)]
    return np.array([each / SIZES[holder == one].sum() for one, each in zip(range(1, 22), every, strict=True)])


def test_counties_are_tried_by_their_own_figures() -> None:
    values = binomial(truth(), of=0.3)
    fit, se = with_counties(values, sums(values))
    assert (fit["county_held_out_by"], fit["county_held_out_cases"]) == ("own_years", 21 * 5)
    assert fit["county_height"] < 1.6
    assert fit["county_held_out_95"] >= 0.9
    noisy = sums(values) + np.random.default_rng(41).normal(0, 1, (21, len(YEARS)))  # others were asked than there
    wider, larger = with_counties(values, noisy)
    assert wider["county_height"] > 3 * fit["county_height"]
    assert wider["county_held_out_95"] >= 0.9
    assert 0.75 < np.nanmedian(larger) < 1.3
    assert np.nanmedian(se) < 0.5


def test_counties_that_begin_to_move_are_not_given_what_they_held_before() -> None:
    values = binomial(truth(), of=0.3)
    counties = sums(values)
    counties[:, -5:] += np.random.default_rng(42).normal(0, 2, (21, 5))
    fit, se = with_counties(values, counties)
    assert fit["assessable"]
    assert (fit["county_assessable"], fit["county_reason"]) == (False, "error_not_proven")
    assert np.isnan(se).all()


def test_figures_one_rounding_apart_are_never_certainly_different() -> None:
    _, se = learned(observed(np.round(100 * truth(spread=0.2))))
    assert 1.959963984540054 * np.nanmin(se) > 1


def test_what_all_places_have_in_common_is_in_the_error_of_a_distance() -> None:
    """The municipalities move alike and the nation's own figure does not: a distance to it moves by that."""
    random = np.random.default_rng(21)
    shared = random.normal(0, 1.0, len(YEARS))
    values = 50 + shared + random.normal(0, 0.2, (290, len(YEARS)))
    rows = observed(values, family="mean", scale=1.0)
    nation = observed(np.full((1, len(YEARS)), 50.0), persons=np.full((1, len(YEARS)), 5e6), family="mean", scale=1.0)
    level = nation.set_column(0, "level", pa.array(np.full(len(YEARS), 2, dtype=np.int32)))
    fit, se = learned(pa.concat_tables([rows, level]))
    assert 0.6 < fit["common"] < 1.6
    assert 0.8 < np.median(se) < 1.3


def test_the_nations_own_figure_moves_by_more_than_its_places_apart() -> None:
    random = np.random.default_rng(22)
    level = 0.3 + random.normal(0, 0.02, len(YEARS)).cumsum()[None, :]
    values = binomial(np.clip(np.broadcast_to(level, (290, len(YEARS))), 0.05, 0.95))
    mean = (values * SIZES[:, None]).sum(axis=0, keepdims=True) / SIZES.sum()
    own = observed(mean, persons=np.full((1, len(YEARS)), SIZES.sum()))
    own = own.set_column(0, "level", pa.array(np.full(len(YEARS), 2, dtype=np.int32)))
    rows = pa.concat_tables([observed(values), own])
    read = list(panels(rows, PLACES))
    fits = fit_table(read, FIT)
    errors = error_table(read, fits, ERROR).to_pylist()
    nation = np.mean([row["se"] for row in errors if row["area_code"] == "00"])
    assert 0.7 < nation * np.sqrt(2) / np.std(np.diff(mean[0])) < 1.4


@pytest.mark.parametrize(
    "values", [-binomial(truth()), np.round(binomial(truth(0.5, 0.2)), -1), binomial(truth()) - 10]
)
def test_odd_numbers_never_have_an_error_of_zero(values: np.ndarray) -> None:
    for family in ("mean", "ratio", "share"):
        _, se = learned(observed(values, family=family, scale=1.0 if family != "share" else 100.0))
        assert not (se == 0).any()
        assert np.isfinite(se[np.isfinite(se)]).all()


def test_windows_that_share_years_are_never_differenced() -> None:
    """Four-year means published every year: taken a year apart they would seem to move half as much."""
    random = np.random.default_rng(12)
    yearly = 100 * truth() + random.normal(0, 1, (290, 20))
    windows = np.stack([yearly[:, k - 3 : k + 1].mean(axis=1) for k in range(3, 20)], axis=1)
    fit, se = learned(observed(windows, window_years=4, years=YEARS[3:], family="mean", scale=1.0))
    assert fit["spacing_years"] == 4
    assert 0.45 < np.nanmedian(se) < 0.62  # 1 / sqrt(4), and a little of the common level's slope


def test_the_same_rows_in_another_order_give_the_same_errors_to_the_last_bit() -> None:
    rows = observed(binomial(truth()))
    shuffled = rows.take(np.random.default_rng(1).permutation(rows.num_rows))
    first, second = (fit_table(list(panels(each, PLACES)), FIT) for each in (rows, shuffled))
    assert first.equals(second)


def test_years_whose_level_is_unknown_have_no_errors_and_no_limits_that_are_no_numbers() -> None:
    values = binomial(truth())
    persons = np.broadcast_to(SIZES[:, None], values.shape).copy()
    persons[:, 8:11] = np.nan
    rows = observed(values, persons)
    read = list(panels(rows, PLACES))
    errors = error_table(read, fit_table(read, FIT), ERROR)
    assert errors.num_rows > 0
    assert np.isfinite(errors["swing"].to_numpy()).all()
    assert not {str(year) for year in YEARS[8:11]} & set(errors["period"].to_pylist())
