"""Gaps that are certain, goals, ranks, and where each recommendation stands, of one place."""

import math
from collections import defaultdict
from typing import Any

import numpy as np
from scipy import stats

from tests.sql.again.figures import LEARNED, Figures, Row, Z, away, rows
from tests.sql.again.trends import ratio_se

PAIRED = ("d", "r")
LINES = {"sii": 0.0, "sii_linear": 0.0, "aci": 0.0, "rci": 0.0, "rii": 1.0, "rii_linear": 1.0}


class Groups:
    """The figures of a place's social groups, and the gaps between them."""

    def __init__(self, figures: Figures, code: str) -> None:
        self.figures = figures
        self.cells: dict[tuple[str, str, str, str], dict[str, Row]] = defaultdict(dict)
        self.order = {(row["dimension"], row["group_code"]): row for row in rows(figures.release, "from social_group")}
        for row in rows(figures.release, """
            select *, coalesce(reliability = 'coarse_rounding', false) as coarse from indicator_value
            where area_code = ? and dimension <> 'total' and dimension not like '%+%' and provenance <> 'synthetic'
        """, code):  # fmt: skip
            known = row["status"] == "observed" and not row["coarse"]
            if row["dimension"] == "sex":
                self.cells[row["indicator_id"], row["period"], "sex", "total"][row["sex"]] = row if known else {}
                continue
            key = (row["indicator_id"], row["period"], row["dimension"], row["sex"])
            self.cells[key][row["group_code"]] = row if known else {}
            if row["sex"] != "total":
                within = (row["indicator_id"], row["period"], "sex", f"{row['dimension']}={row['group_code']}")
                self.cells[within][row["sex"]] = row if known else {}

    def of(self, gap: Row) -> list[Row]:
        """The groups of a row of `inequality` that have a figure, in their order: y (judged), se, first, last."""
        last = gap["sex"] if gap["stratum"] == "total" else gap["stratum"]
        about = self.figures.about[gap["indicator_id"]]
        every = self.cells[gap["indicator_id"], gap["period"], gap["dimension"], last]
        found = [
            {**self.order[gap["dimension"], code], "y": away(about, row["value"]), "se": row["se"] or None, "row": row}
            for code, row in every.items() if row
        ]  # fmt: skip
        return sorted(found, key=lambda row: row["subgroup_order"] or 0)

    def ends(self, gap: Row) -> tuple[Row, Row]:
        """Which two groups a difference or ratio is between: first less second, first over second."""
        about, found = self.figures.about[gap["indicator_id"]], self.of(gap)
        more = about["polarity"] == "higher_is_better"
        if found[0]["ordered"]:
            return (found[-1], found[0]) if more or about["polarity"] == "none" else (found[0], found[-1])
        # of groups that share an end, the one with the larger error
        low = min(found, key=lambda row: (row["y"], -(row["se"] or math.inf)))
        high = max(found, key=lambda row: (row["y"], row["se"] or math.inf))
        reference = [row for row in found if row["is_reference"]]
        if len(reference) != 1 or about["polarity"] == "none":
            return high, low
        others = [row for row in found if not row["is_reference"]]
        if more:
            return reference[0], min(others, key=lambda row: row["y"])
        return max(others, key=lambda row: row["y"]), reference[0]

    def own_error(self, gap: Row) -> float | None:
        """The error of a gap between women and men from `chance` and the two figures' own, where it is learned: other
        than the released one only where counts or rounding make one of the three larger.
        """
        name = gap["indicator_id"]
        series, apart = (self.figures.chance.get((name, which)) for which in ("sex", "gap"))
        pair = self.cells[name, gap["period"], "sex", "total"]
        if not series or not apart or any(row.get("ci_method") not in LEARNED for row in pair.values()):
            return None
        swing = 0.0
        for row in pair.values():
            swing += max(0.0, row["se"] ** 2 - series["common"]) / (series["alpha"] + series["beta"] / row["weight"])
        persons = 2 / sum(1 / row["weight"] for row in pair.values())
        return math.sqrt(swing * (apart["alpha"] + apart["beta"] / persons) + apart["common"])

    def judged(self, gap: Row) -> Row:
        """Estimate, interval and whether it is certain, of a difference, ratio or measure of spread."""
        found = self.of(gap)
        told: Row = {"certain": "not_assessable"}
        if gap["measure"] in PAIRED:
            one, other = self.ends(gap)
            own = gap["se"] if gap["measure"] == "d" and "own error" in gap["ci_method"] else gap.get("own")
            if gap["measure"] == "d":
                told["estimate"] = one["y"] - other["y"]
                apart = math.hypot(one["se"], other["se"]) if one["se"] and other["se"] else None
                told["se"] = own if own is not None else apart
            else:
                told["estimate"] = one["y"] / other["y"] if other["y"] > 0 and one["y"] >= 0 else None
                both = one["y"] > 0 and other["y"] > 0
                told["se"] = ratio_se(one["y"], other["y"], one["se"], other["se"], own) if both else None
            if told["estimate"] is None or (found[0]["ordered"] or len(found) == 2):
                if told["estimate"] is not None and told["se"] is not None:
                    size = told["estimate"] if gap["measure"] == "d" else math.log(told["estimate"])
                    told["certain"] = "yes" if abs(size) > Z * told["se"] else "no"
                return told
        if any(row["se"] is None for row in found) or len(found) < 2:
            return told
        weight = np.array([1 / row["se"] ** 2 for row in found])
        y = np.array([row["y"] for row in found])
        spread = float((weight * (y - (weight @ y) / weight.sum()) ** 2).sum())
        told["spread"] = stats.chi2.sf(spread, len(found) - 1)
        if gap["measure"] in LINES or (gap["measure"] in ("par", "paf") and found[0]["ordered"]):
            zero = LINES.get(gap["measure"], 0.0)
            sure = gap["ci_lower"] is not None and not gap["ci_lower"] <= zero <= gap["ci_upper"]
            told["certain"] = "not_assessable" if gap["ci_lower"] is None else "yes" if sure else "no"
            if gap["measure"] in ("par", "paf") and told["spread"] >= 0.05:
                told["certain"] = "no"
            return told
        told["certain"] = "yes" if told["spread"] < 0.05 else "no"
        return told


def goal(gap: Row, pace: Row | None, last_year: int) -> Row:
    """Whether the national goal, no gap in 2048, is reached: from the latest gap and its trend (ten years, or five)."""
    lasts = pace is not None and pace["direction"] in ("narrowing", "widening")
    left, years = abs(gap["estimate"]), 2048 - last_year
    if gap["estimate"] == 0 or gap["certain"] == "no":
        return {"status": "not_assessable", "certain": "not_assessable"}
    if pace is None or pace["slope"] is None:
        return {"status": "not_assessable", "certain": "not_assessable"}
    nearer = -math.copysign(1, pace["shown"][-1]) * pace["slope"]
    lower, upper = nearer - Z * pace["slope_se"], nearer + Z * pace["slope_se"]
    needed = left / years
    if upper < needed or (lasts and nearer < needed):
        return {"status": "off_track", "certain": "yes" if upper < needed or lower >= needed else "no"}
    if lasts:
        return {"status": "on_track", "certain": "yes" if lower >= needed else "no"}
    return {"status": "not_assessable", "certain": "not_assessable"}


class Ranks:
    """Every ranking of municipalities: the figures it is made of."""

    def __init__(self, figures: Figures) -> None:
        self.rankings: dict[tuple[str, str], tuple[str, dict[str, Row]]] = {}
        periods: dict[tuple[str, str], dict[str, dict[str, Row]]] = defaultdict(lambda: defaultdict(dict))
        for row in rows(figures.release, """
            select indicator_id, sex, area_code, period, value, se
            from indicator_value join indicator i using (indicator_id)
            where area_level = 'municipality' and dimension in ('total', 'sex') and status = 'observed'
                and indicator_value.provenance <> 'synthetic' and family in ('share', 'rate', 'mean', 'ratio')
                and coalesce(reliability, '') not in ('coarse_rounding', 'other_survey')
        """):  # fmt: skip
            periods[row["indicator_id"], row["sex"]][row["period"]][row["area_code"]] = row
        for key, found in periods.items():
            newest = max(int(period[-4:]) if "-" not in period else int(period[:4]) for period in found)
            recent = {period: len(members) for period, members in found.items() if _year(period) > newest - 4}
            enough = [period for period, count in recent.items() if 2 * count >= max(recent.values())]
            period = max(enough, key=lambda one: (_year(one), one))
            self.rankings[key] = (period, found[period])

    @staticmethod
    def good(about: Row, value: float) -> float:
        if about["polarity"] == "target":
            return -away(about, value)
        return value if about["polarity"] == "higher_is_better" else -value


def _year(period: str) -> int:
    return int(period.split("/")[-1][:4])


def draws(good: np.ndarray, se: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Of each member of a ranking the 2.5 and 97.5 % points of its rank, and how often it lies in the last fifth."""
    drawn = good + se * np.random.default_rng(seed).standard_normal((2_000, len(good)))
    rank = stats.rankdata(-drawn, axis=1, method="ordinal")
    low, high = np.quantile(rank, [0.025, 0.975], axis=0)
    last = (rank > len(good) - max(1, int(0.2 * len(good)))).mean(axis=0)
    return low, high, last


def once(found: list[Row], about: dict[str, Row], key: Any, word: str) -> list[Row]:
    """A fact once: of an indicator and its twin the one that can be judged, first the indicator itself."""
    kept: dict[Any, tuple[Any, Row]] = {}
    for row in found:
        twin = about[row["indicator_id"]]["same_fact_as"]
        fact = (twin or row["indicator_id"], *key(row))
        rank = (row[word] == "not_assessable", twin is not None, row["indicator_id"])
        if fact not in kept or rank < kept[fact][0]:
            kept[fact] = (rank, row)
    return [row for _, row in kept.values()]


def summary(good: int, bad: int, judged: int, every: int) -> str:
    """The words for so many good and bad signs."""
    if bad:
        return "mixed" if good else "concern"
    if not judged or 2 * judged < every:
        return "not_assessable"
    return "favourable" if good else "no_certain_sign"
