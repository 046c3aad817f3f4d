"""Released inequality figures made again from indicator_value alone, in plain arithmetic beside the models."""

import math
from typing import Any

import duckdb
import numpy as np
import pytest
import statsmodels.api as sm


def _again(release: duckdb.DuckDBPyConnection, row: dict[str, Any]) -> float | None:
    """One inequality figure from the released indicator_value, indicator and social_group, in plain arithmetic."""
    family, scale, polarity, target = release.execute(
        "select family, scale, polarity, target_value from indicator where indicator_id = ?", [row["indicator_id"]]
    ).fetchall()[0]
    held = dict(part.split("=") for part in row["stratum"].split("+")) if row["stratum"] != "total" else {}
    members = []
    for area, period, dimension, code, sex, number, weight in release.execute(
        "select area_code, period, dimension, group_code, sex, value, weight from indicator_value where"
        " indicator_id = ? and period = ? and value is not null",
        [row["indicator_id"], row["period"]],
    ).fetchall():
        assert period == row["period"]
        if row["dimension"] == "municipality":
            if (
                len(area) == 4
                and area.startswith("" if row["area_code"] == "00" else row["area_code"])
                and (dimension in ("total", "sex") and sex == row["sex"])
            ):
                members.append((area, number, weight))
            continue
        if area != row["area_code"]:
            continue
        has = dict(zip(dimension.split("+"), code.split("+"), strict=True))
        if row["dimension"] == "sex":
            if sex != "total" and (has == held or (not held and dimension == "sex")):
                members.append((sex, number, weight))
        elif sex == row["sex"] and has.keys() == held.keys() | {row["dimension"]} and held.items() <= has.items():
            members.append((has[row["dimension"]], number, weight))
    groups = release.execute(
        "select dimension, group_code, ordered, subgroup_order, is_reference from social_group"
    ).fetchall()
    known = {(dimension, code): (ordered, order, reference) for dimension, code, ordered, order, reference in groups}
    traits = [known.get((row["dimension"], name), (False, None, False)) for name, *_ in members]
    if traits and traits[0][0]:
        members = [member for _, member in sorted(zip(traits, members, strict=True), key=lambda both: both[0][1])]
        traits.sort(key=lambda trait: trait[1])
    y = np.array([m[1] for m in members])
    # measures that weigh need everybody's persons; the others do not, and stand where nobody has published them
    n = np.array([m[2] for m in members], dtype=float)
    favourable = polarity == "higher_is_better" if polarity != "none" else None
    if polarity == "target":
        y, favourable, scale = abs(y - target), False, None
    w = n / n.sum()
    mean = w @ y
    # the logarithms' rule for nothing at all (notes on measures: zeros replaced by 1e-6)
    r = np.where(y == 0, 1e-6, y / mean)
    ordered, reference = traits[0][0], next((place for place, trait in enumerate(traits) if trait[2]), None)
    measure = row["measure"]
    if measure in ("d", "r"):
        if ordered:
            one, two = (y[-1], y[0]) if favourable in (True, None) else (y[0], y[-1])
        elif reference is not None and favourable is not None:
            other = np.delete(y, reference)
            one, two = (y[reference], other.min()) if favourable else (other.max(), y[reference])
        else:
            one, two = y.max(), y.min()
        return one - two if measure == "d" else one / two
    best = (y.max() if favourable else y.min()) if favourable is not None else None
    end = y[-1] if ordered else best
    t = np.cumsum(w) - w / 2 - 0.5
    slope = (w * t) @ y / ((w * t) @ t)
    wrong = end is not None and (end < mean if favourable else end > mean)
    made = {
        "bgv": w @ (y - mean) ** 2, "bgsd": math.sqrt(w @ (y - mean) ** 2),
        "cov": 100 * math.sqrt(w @ (y - mean) ** 2) / mean,
        "mdmu": abs(y - mean).mean(), "mdmw": w @ abs(y - mean), "idisu": 100 * abs(y - mean).mean() / mean,
        "idisw": 100 * w @ abs(y - mean) / mean, "theil": 1000 * w @ (r * np.log(r)),
        "mld": -1000 * w @ np.log(r), "sii_linear": slope, "rii_linear": (mean + slope / 2) / (mean - slope / 2),
        "aci": 2 * ((w * t) @ t) * slope, "rci": 2 * ((w * t) @ t) * slope / mean,
    }  # fmt: skip
    if best is not None:
        made |= {"mdbu": abs(y - best).mean(), "mdbw": w @ abs(y - best)}
        made |= {"par": 0 if wrong else end - mean, "paf": 0 if wrong else 100 * (end - mean) / mean}
    if reference is not None:
        made |= {"mdru": abs(y - y[reference]).mean(), "mdrw": w @ abs(y - y[reference])}
    if measure in ("sii", "rii"):
        bottom, top = _ends(family if polarity != "target" else "mean", y, w, t, scale)
        made |= {"sii": top - bottom, "rii": top / bottom}
    return made.get(measure)


def _ends(family: str, y: np.ndarray, w: np.ndarray, t: np.ndarray, scale: float | None) -> tuple[float, float]:
    """The fitted figures at the two ends of the rank."""
    x = sm.add_constant(t)
    if family == "mean":
        fit = sm.WLS(y, x, weights=w).fit()
        return tuple(fit.predict([[1, -0.5], [1, 0.5]]))
    kind = sm.families.Binomial() if family == "share" else sm.families.Poisson()
    fit = sm.GLM(y / scale, x, family=kind, var_weights=w).fit(tol=1e-14, maxiter=200)
    return tuple(scale * fit.predict([[1, -0.5], [1, 0.5]]))


def test_released_figures_can_be_made_again_from_indicator_value(
    release: duckdb.DuckDBPyConnection,
) -> None:
    # three of every measure of every dimension, picked by their hash: at random, and the same in every run
    picked = release.sql(
        "select * from inequality where estimate is not null and dimension <> 'deprivation_quintile'"
        " and not (measure in ('sii', 'rii') and status = 'flagged')"
        " qualify row_number() over (partition by dimension, measure order by hash(indicator_id, area_code, period,"
        " stratum, sex)) <= 3"
    ).to_arrow_table()
    kinds = set()
    for row in picked.to_pylist():
        wanted = _again(release, row)
        assert wanted is not None, row
        digits = 1e-7 if row["measure"] in ("sii", "rii") else 1e-9
        assert row["estimate"] == pytest.approx(wanted, rel=digits, abs=1e-9), row
        kinds.add((row["dimension"], row["measure"]))
    assert picked.num_rows > 100
    assert {measure for _, measure in kinds} >= {"d", "r", "bgv", "theil", "sii", "rii", "paf", "mdmw"}
    assert {dimension for dimension, _ in kinds} >= {"sex", "education", "age", "municipality", "tenure"}
