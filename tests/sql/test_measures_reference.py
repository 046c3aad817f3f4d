"""Every inequality measure against statsmodels, numpy or plain arithmetic, on random groups: 1e-9, logistic 1e-7."""

import math
from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm

from pipelines.statistics.measures import measures_of_members

Z = 1.959963984540054
GROUPS = 120  # of each kind


def _random_groups(seed: int) -> list[dict]:
    """Shares, rates and means; ordered or not; with and without a reference and a polarity."""
    rng = np.random.default_rng(seed)
    groups = []
    for number in range(1, 3 * GROUPS + 1):
        family = ("share", "rate", "mean")[number % 3]
        size = int(rng.integers(3, 7))
        scale = {"share": 100.0, "rate": 100_000.0, "mean": None}[family]
        level = {
            "share": rng.uniform(2, 98, size),
            "rate": rng.uniform(100, 3000, size),
            "mean": rng.uniform(60, 90, size),
        }[family]
        ordered = bool(number % 2)
        groups.append(
            {
                "number": number,
                "family": family,
                "scale": scale,
                "y": level,
                "s": rng.uniform(0.005, 0.03, size) * level,
                "n": rng.integers(200, 20_000, size).astype(float),
                "ordered": ordered,
                "favourable": bool(rng.integers(2)),
                "reference": int(rng.integers(size)) if rng.random() < 0.5 else None,
            }
        )
    return groups


def _members(groups: list[dict]) -> pa.Table:
    rows = [
        {
            "group_id": group["number"],
            "subgroup": f"s{place}",
            "estimate": float(group["y"][place]),
            "se": float(group["s"][place]),
            "population": float(group["n"][place]),
            "population_is_denominator": True,
            "ordered": group["ordered"],
            "subgroup_order": place + 1 if group["ordered"] else None,
            "is_reference": group["reference"] == place,
            "favourable": group["favourable"],
            "scale": group["scale"],
            "family": group["family"],
        }
        for group in groups
        for place in range(len(group["y"]))
    ]
    return pa.Table.from_pylist(rows)


@pytest.fixture(scope="module")
def groups() -> list[dict]:
    return _random_groups(11)


@pytest.fixture(scope="module")
def found(groups: list[dict]) -> dict:
    table = measures_of_members(_members(groups), draws=0)
    return {(row["group_id"], row["measure"]): row for row in table.to_pylist()}


@pytest.fixture(scope="module")
def bare(groups: list[dict]) -> dict:
    """The same groups without standard errors."""
    members = _members(groups)
    members = members.set_column(3, "se", pa.nulls(members.num_rows, pa.float64()))
    return {(row["group_id"], row["measure"]): row for row in measures_of_members(members, draws=0).to_pylist()}


def _normal(estimate: float, se: float) -> tuple[float, float, float, float]:
    return estimate, se, estimate - Z * se, estimate + Z * se


def _log_normal(estimate: float, se: float) -> tuple[float, float, float, float]:
    return estimate, se, estimate * math.exp(-Z * se), estimate * math.exp(Z * se)


def _agree(row: dict, wanted: tuple[float, float, float, float], within: float) -> None:
    for name, number in zip(("estimate", "se", "ci_lower", "ci_upper"), wanted, strict=True):
        assert row[name] == pytest.approx(number, rel=within, abs=within * max(1.0, abs(wanted[0]))), (name, row)


def _rank(group: dict) -> np.ndarray:
    share = group["n"] / group["n"].sum()
    return np.cumsum(share) - share / 2


def test_difference_and_ratio_take_the_pair_that_the_definition_names(groups: list[dict], found: dict) -> None:
    for group in groups:
        y, s = group["y"], group["s"]
        if group["ordered"]:
            one, two = (-1, 0) if group["favourable"] else (0, -1)
        elif group["reference"] is None:
            one, two = int(y.argmax()), int(y.argmin())
        else:
            other = [place for place in range(len(y)) if place != group["reference"]]
            if group["favourable"]:
                one, two = group["reference"], min(other, key=lambda place: y[place])
            else:
                one, two = max(other, key=lambda place: y[place]), group["reference"]
        se = math.hypot(s[one], s[two])
        log_se = math.hypot(s[one] / y[one], s[two] / y[two])
        _agree(found[group["number"], "d"], _normal(y[one] - y[two], se), 1e-9)
        _agree(found[group["number"], "r"], _log_normal(y[one] / y[two], log_se), 1e-9)
        assert found[group["number"], "r"]["se_scale"] == "log"


def _modelled(group: dict, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """sii and ln rii of the figures `y` by statsmodels' GLM, and their HC1 errors."""
    x = sm.add_constant(_rank(group))
    share = group["n"] / group["n"].sum()
    family = sm.families.Binomial() if group["family"] == "share" else sm.families.Poisson()
    fit = sm.GLM(y / group["scale"], x, family=family, var_weights=share).fit(tol=1e-14, maxiter=200, cov_type="HC0")
    # HC1 is HC0 times k / (k - 2) (MacKinnon & White 1985); statsmodels' GLM leaves the factor out, its WLS does not
    covariance = fit.cov_params() * len(x) / (len(x) - 2)
    ends = np.array([[1.0, 0.0], [1.0, 1.0]])
    p0, p1 = fit.predict(ends)
    slope0, slope1 = (p0 * (1 - p0), p1 * (1 - p1)) if group["family"] == "share" else (p0, p1)
    gradient = group["scale"] * (slope1 * ends[1] - slope0 * ends[0])
    log_gradient = slope1 / p1 * ends[1] - slope0 / p0 * ends[0]
    errors = [math.sqrt(each @ covariance @ each) for each in (gradient, log_gradient)]
    return np.array([(p1 - p0) * group["scale"], math.log(p1 / p0)]), np.array(errors)


def _straight(group: dict, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """sii_linear, ln rii_linear, aci and rci by statsmodels' WLS, and their errors by the scatter about the line."""
    share, rank = group["n"] / group["n"].sum(), _rank(group)
    fit = sm.WLS(y, sm.add_constant(rank), weights=group["n"]).fit(cov_type="HC1")
    a, b = fit.params
    mean, spread = share @ y, share @ (rank - 0.5) ** 2
    plain = sm.WLS(2 * spread * y, sm.add_constant(rank), weights=group["n"]).fit()
    assert plain.params[1] == pytest.approx(2 * (share * rank) @ y - mean, rel=1e-9, abs=1e-9)
    ratio, error = math.nan, math.nan
    if a > 0 and a + b > 0:
        gradient = np.array([1 / (a + b) - 1 / a, 1 / (a + b)])
        ratio, error = math.log((a + b) / a), math.sqrt(gradient @ fit.cov_params() @ gradient)
    estimates = np.array([b, ratio, plain.params[1], plain.params[1] / mean])
    return estimates, np.array([math.sqrt(fit.cov_params()[1, 1]), error, plain.bse[1], plain.bse[1] / mean])


def _by_groups(group: dict, estimate: Callable[[dict, np.ndarray], tuple[np.ndarray, np.ndarray]]) -> np.ndarray:
    """What the groups' own errors make of the estimates: each figure moved a little either way, and all fitted anew."""
    variance = 0.0
    for place, s in enumerate(group["s"]):
        step = np.zeros(len(group["y"]))
        step[place] = 1e-3 * s
        above, below = (estimate(group, group["y"] + sign * step)[0] for sign in (1, -1))
        variance = variance + ((above - below) / 2e-3) ** 2
    return np.sqrt(variance)


def _check(row: dict, estimate: float, scatter: float, groups: float | None, within: float, log: bool) -> bool:
    """Whether the groups' errors counted; the larger error must, and must be named."""
    by_groups = groups is not None and groups > scatter
    wanted = groups if by_groups else scatter
    if log:
        _agree(row, _log_normal(math.exp(estimate), wanted), 1e-5 if by_groups else within)
    else:
        _agree(row, _normal(estimate, wanted), 1e-5 if by_groups else within)
    assert ("groups' errors" in row["ci_method"]) == by_groups, row
    return by_groups


@pytest.mark.parametrize("errors", [True, False])
def test_slope_index_is_statsmodels_glm_and_the_larger_error_counts(
    groups: list[dict], found: dict, bare: dict, errors: bool
) -> None:
    seen = []
    for group in groups:
        if not group["ordered"] or group["family"] == "mean" or group["number"] > 120:
            continue
        estimate, scatter = _modelled(group, group["y"])
        through = _by_groups(group, _modelled) if errors else (None, None)
        for place, measure in enumerate(("sii", "rii")):
            row = (found if errors else bare)[group["number"], measure]
            seen.append(_check(row, estimate[place], scatter[place], through[place], 1e-7, measure == "rii"))
    assert len(seen) > 70
    assert set(seen) == ({True, False} if errors else {False})


@pytest.mark.parametrize("errors", [True, False])
def test_linear_forms_are_statsmodels_wls_and_the_larger_error_counts(
    groups: list[dict], found: dict, bare: dict, errors: bool
) -> None:
    seen = []
    for group in groups:
        if not group["ordered"]:
            assert (group["number"], "sii_linear") not in found
            continue
        if group["number"] > 150:
            continue
        estimate, scatter = _straight(group, group["y"])
        through = _by_groups(group, _straight) if errors else (None,) * 4
        rows = found if errors else bare
        for place, measure in enumerate(("sii_linear", "rii_linear", "aci", "rci")):
            row = rows[group["number"], measure]
            if math.isnan(estimate[place]):
                # a line below zero at one end has a slope, but the ratio of its ends means nothing
                assert (row["status"], row["estimate"]) == ("refused", None)
                continue
            seen.append(_check(row, estimate[place], scatter[place], through[place], 1e-9, measure == "rii_linear"))
            if group["family"] == "mean" and measure.endswith("linear"):
                form = rows[group["number"], measure.removesuffix("_linear")]
                assert (form["estimate"], form["se"]) == (row["estimate"], row["se"])
                assert "linear form" in form["reason"]
    assert len(seen) > 200
    assert set(seen) == ({True, False} if errors else {False})


def test_a_line_through_few_groups_without_errors_says_what_its_interval_is_worth(bare: dict) -> None:
    reasons = {row["reason"] for (_, measure), row in bare.items() if measure == "sii_linear"}
    assert len(reasons) == 1
    assert "not chance" in reasons.pop()


def test_variance_theil_and_log_deviation_are_their_formulas(groups: list[dict], found: dict) -> None:
    for group in groups:
        y, s, w = group["y"], group["s"], group["n"] / group["n"].sum()
        mean = w @ y
        r = y / mean
        bgv = w @ (y - mean) ** 2
        ahn = 4 * (w**2 * s**2) @ (y - mean) ** 2
        ahn += 2 * ((w**2 @ s**2) ** 2 - w**4 @ s**4 + (w**2 * (1 - w) ** 2) @ s**4)
        _agree(found[group["number"], "bgv"], _normal(bgv, math.sqrt(ahn)), 1e-9)
        c = (w * r) @ (1 + np.log(r))
        theil_se = 1000 * math.sqrt(((1 + np.log(r) - c) ** 2) @ (w**2 * s**2) / mean**2)
        _agree(found[group["number"], "theil"], _normal(1000 * (w * r) @ np.log(r), theil_se), 1e-9)
        mld_se = 1000 * math.sqrt((w**2 * s**2 / mean**2) @ (1 - 1 / r) ** 2)
        _agree(found[group["number"], "mld"], _normal(-1000 * w @ np.log(r), mld_se), 1e-9)
        assert found[group["number"], "bgsd"]["estimate"] == pytest.approx(math.sqrt(bgv), rel=1e-9)
        assert found[group["number"], "cov"]["estimate"] == pytest.approx(100 * math.sqrt(bgv) / mean, rel=1e-9)


def test_mean_differences_are_their_formulas(groups: list[dict], found: dict) -> None:
    for group in groups:
        y, w = group["y"], group["n"] / group["n"].sum()
        mean, best = w @ y, y.max() if group["favourable"] else y.min()
        wanted = {
            "mdmu": abs(y - mean).mean(),
            "mdmw": w @ abs(y - mean),
            "mdbu": abs(y - best).mean(),
            "mdbw": w @ abs(y - best),
            "idisu": 100 * abs(y - mean).mean() / mean,
            "idisw": 100 * w @ abs(y - mean) / mean,
        }
        if group["reference"] is None:
            assert (group["number"], "mdru") not in found
        else:
            wanted["mdru"] = abs(y - y[group["reference"]]).mean()
            wanted["mdrw"] = w @ abs(y - y[group["reference"]])
        for measure, number in wanted.items():
            assert found[group["number"], measure]["estimate"] == pytest.approx(number, rel=1e-9)


def test_attributable_fraction_and_walters_error(groups: list[dict], found: dict) -> None:
    flagged = with_se = 0
    for group in groups:
        y, w, n = group["y"], group["n"] / group["n"].sum(), group["n"].sum()
        mean = w @ y
        best = int(y.argmax()) if group["favourable"] else int(y.argmin())
        place = len(y) - 1 if group["ordered"] else best
        par, paf = found[group["number"], "par"], found[group["number"], "paf"]
        wrong = y[place] < mean if group["favourable"] else y[place] > mean
        if wrong:
            flagged += 1
            assert (par["estimate"], paf["estimate"]) == (0, 0)
            assert (par["status"], paf["status"]) == ("flagged", "flagged")
            assert par["ci_lower"] is None
            continue
        assert par["estimate"] == pytest.approx(y[place] - mean, rel=1e-9, abs=1e-9)
        assert paf["estimate"] == pytest.approx(100 * (y[place] - mean) / mean, rel=1e-9, abs=1e-9)
        if group["scale"] is None:
            assert par["ci_lower"] is None
            continue
        with_se += 1
        # Walter's variance is the delta method for 1 - F = n c / ((a + c)(c + d)) under multinomial sampling:
        # derived anew
        cases, others = group["n"] * y / group["scale"], group["n"] * (1 - y / group["scale"])
        c, d = cases[place], others[place]
        a, b = cases.sum() - c, others.sum() - d
        derivative = np.array([-1 / (a + c), 0, 1 / c - 1 / (a + c) - 1 / (c + d), -1 / (c + d)])
        count = np.array([a, b, c, d])
        log_variance = count @ derivative**2 - (count @ derivative) ** 2 / n
        se = n * c / ((a + c) * (c + d)) * math.sqrt(log_variance)
        _agree(paf, _normal(100 * (y[place] - mean) / mean, 100 * se), 1e-9)
        _agree(par, _normal(y[place] - mean, mean * se), 1e-9)
    assert flagged > 10
    assert with_se > 50
