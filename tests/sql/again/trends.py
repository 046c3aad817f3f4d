"""The trends of a place: each series' points, what changed between the first and last, and what keeps moving."""

import math
from collections import defaultdict
from dataclasses import dataclass, field

import numpy as np

from tests.sql.again.figures import LEARNED, Figures, Row, Z, away, q_values, two_sided

Key = tuple[str, str, str, str | None, str, str]  # indicator, measure, dimension, group, stratum, sex


@dataclass
class Point:
    """One period of a series: `y` in the unit that is judged (a ratio's logarithm), `shown` as it is released."""

    period: str
    start: int
    year: int
    y: float
    shown: float
    se: float | None
    comparable: bool
    other_survey: bool = False
    groups: int | None = None
    wander: float | None = None
    level_step: float | None = None
    spacing: int | None = None

    @property
    def middle(self) -> float:
        return (self.start + self.year) / 2


@dataclass
class Series:
    """A place's series; `turning`: where better turns to worse; `sign`: 1 more is better, -1 less is."""

    turning: float | None
    sign: int | None
    points: list[Point] = field(default_factory=list)


def ratio_se(women: float, men: float, s_women: float | None, s_men: float | None, s_gap: float | None) -> float | None:
    if s_women is None or s_men is None:
        return None
    apart = (s_women / women) ** 2 + (s_men / men) ** 2
    if s_gap is not None:
        together = min(0.9 * s_women * s_men, (s_women**2 + s_men**2 - s_gap**2) / 2)
        apart -= 2 * together / (women * men)
    return math.sqrt(apart)


class Trends:
    """The series of one area, and the rows of `trend` that follow. `gaps`: the area's rows of `inequality`."""

    def __init__(self, figures: Figures, code: str, gaps: list[Row]) -> None:
        self.figures, self.code = figures, code
        self.series: dict[Key, Series] = {}
        self.own = figures.of(code)
        self.periods: dict[tuple[str, str], list[Row]] = defaultdict(list)
        for row in self.own:
            self.periods[row["indicator_id"], row["period"]].append(row)
            self._value(row)
        self._gaps_by_sex({
            (row["indicator_id"], row["period"]): row for row in gaps
            if (row["measure"], row["dimension"], row["stratum"], row["sex"]) == ("d", "sex", "total", "total")
        })  # fmt: skip
        self._gaps_by_group(gaps)

    def _add(self, key: Key, turning: float | None, sign: int | None, point: Point) -> None:
        self.series.setdefault(key, Series(turning, sign)).points.append(point)

    def _value(self, row: Row) -> None:
        name, about = row["indicator_id"], self.figures.about[row["indicator_id"]]
        sign = {"higher_is_better": 1, "lower_is_better": -1}.get(about["polarity"])
        known = self.figures.series_of(name, row["dimension"], row["sex"]) or {}
        point = Point(
            row["period"], row["start_year"], row["year"], row["value"], row["value"], row["se"] or None,
            row["comparable"], row["reliability"] == "other_survey", None, known.get("wander"), known.get("level_step"),
            known.get("spacing_years"),
        )  # fmt: skip
        key = (row["dimension"], row["group_code"], "total", row["sex"])
        self._add((name, "value", *key), about["target_value"], sign, point)
        nation = self.figures.nation.get((name, row["period"], row["group_code"], row["sex"]))
        if nation is None or row["dimension"] not in ("total", "sex") or point.other_survey:
            return
        distance = row["value"] - nation["value"]
        se = point.se
        if row["ci_method"] not in LEARNED:
            se = math.hypot(se, nation["se"]) if se and nation["se"] else None
        step = None if point.wander is None else 0.0
        told = Point(**{**vars(point), "y": distance, "shown": distance, "se": se, "level_step": step})
        self._add((name, "distance", *key), None, sign, told)

    def _gaps_by_sex(self, errors: dict[tuple[str, str], Row]) -> None:
        by_sex: dict[tuple[str, str], dict[str, Row]] = defaultdict(dict)
        for row in self.own:
            if row["dimension"] == "sex":
                by_sex[row["indicator_id"], row["period"]][row["sex"]] = row
        for (name, period), pair in by_sex.items():
            if len(pair) < 2 or (name, period) not in errors:
                continue  # a gap that is not measured, since the two are no like things, is not followed
            about, women, men = self.figures.about[name], pair["women"], pair["men"]
            known = self.figures.chance.get((name, "gap"))
            known = known if known and known["assessable"] else {}
            gap = errors[name, period]
            own = gap["se"] if "own error" in gap["ci_method"] else None
            apart = math.hypot(women["se"], men["se"]) if women["se"] and men["se"] else None
            first, second = away(about, women["value"]), away(about, men["value"])
            point = Point(
                period, women["start_year"], women["year"], first - second, first - second,
                own if own is not None else apart, women["comparable"] and men["comparable"],
                women["reliability"] == "other_survey", 2, known.get("wander"), known.get("level_step"),
                known.get("spacing_years") or (self.figures.chance.get((name, "gap")) or {}).get("spacing_years"),
            )  # fmt: skip
            turning = 0.0 if about["polarity"] != "none" else None
            self._add((name, "d", "sex", None, "total", "total"), turning, None, point)
            if first > 0 and second > 0 and about["polarity"] != "target":
                step = point.level_step
                told = {
                    "y": math.log(first / second), "shown": first / second,
                    "se": ratio_se(first, second, women["se"], men["se"], own),
                    "level_step": None if step is None else 4 * step / (first + second) ** 2,
                }  # fmt: skip
                self._add((name, "r", "sex", None, "total", "total"), turning, None, Point(**{**vars(point), **told}))

    def _gaps_by_group(self, gaps: list[Row]) -> None:
        ordered = {row[0] for row in self.figures.release.execute(
            "select distinct dimension from social_group where ordered").fetchall()}  # fmt: skip
        for row in gaps:
            name, found = row["indicator_id"], self.periods.get((row["indicator_id"], row["period"]))
            if (
                row["measure"] not in ("d", "r") or row["dimension"] in ("sex", "municipality") or not found
                or row["estimate"] is None or row["provenance"] == "synthetic"
                or not (row["dimension"] in ordered or row["n_groups"] == 2)
                or (row["measure"] == "r" and row["estimate"] <= 0)
            ):  # fmt: skip
                continue
            y = math.log(row["estimate"]) if row["measure"] == "r" else row["estimate"]
            point = Point(
                row["period"], max(each["start_year"] for each in found), max(each["year"] for each in found), y,
                row["estimate"], row["se"] if row["certain"] != "not_assessable" else None,
                all(each["comparable"] for each in found),
                any(each["reliability"] == "other_survey" for each in found), row["n_groups"],
            )  # fmt: skip
            turning = 0.0 if self.figures.about[name]["polarity"] != "none" else None
            key = (name, row["measure"], row["dimension"], None, row["stratum"], row["sex"])
            self._add(key, turning, None, point)

    def rows(self) -> dict[tuple[Key, int], Row]:
        """What `trend` should say, by series and span."""
        found = {(key, span): self._row(key, one, span) for key, one in self.series.items() for span in (5, 10)}
        for span in (5, 10):
            every = [row for (_, of), row in found.items() if of == span]
            for row, q in zip(every, q_values([row["p"] for row in every]), strict=True):
                row["q"] = q
                row["change_verdict"] = "no_certain_change" if q is not None and q > 0.05 else (
                    row["changed_direction"] or row["changed"])  # fmt: skip
        return found

    def _row(self, key: Key, series: Series, span: int) -> Row:
        name, measure = key[:2]
        last_year = self.figures.last_year[name]
        within = [point for point in series.points if point.year >= last_year - span]
        usable = _usable(series.points)
        inside = sorted((point for point in usable if point.year >= last_year - span), key=lambda point: point.middle)
        long = len(inside) > 1 and 2 * (inside[-1].middle - inside[0].middle) >= span
        change = inside[-1].y - inside[0].y if long else None
        se = None
        if long and inside[0].se and inside[-1].se:
            own = inside[-1].level_step if measure in ("value", "d", "r") and self.code != "00" else None
            se = math.sqrt(inside[0].se ** 2 + inside[-1].se ** 2 + (own or 0) * (inside[-1].spacing or 0))
        changed = _word(change, se) if change is not None and se else "not_assessable"
        slope, slope_se = _slope(inside) if long and len(inside) >= 3 else (None, None)
        movement = _word(slope, slope_se) if slope is not None and slope_se is not None else "not_assessable"
        prices = self.figures.about[name]["unit"].startswith("sek") and measure != "r"
        sides = [np.sign(point.y - series.turning) for point in inside if series.turning is not None]
        sides = [side for side in sides if side]
        told = {
            "n_periods": len(inside), "seen": len(within), "change": change, "se": se, "slope": slope,
            "slope_se": slope_se, "changed": changed, "movement": movement, "shown": [point.shown for point in inside],
            "p": two_sided(change / se) if change is not None and se else None,
        }  # fmt: skip
        for word, meaning in (("changed", "changed_direction"), ("movement", "direction")):
            told[meaning] = _direction(told[word], measure, series, sides, prices)
        return told


def _usable(points: list[Point]) -> list[Point]:
    """Of one definition, survey and set of groups, the latest; and of windows that share years the last, and back."""
    kinds: dict[tuple[bool, int | None], int] = defaultdict(int)
    for point in points:
        kind = (point.other_survey, point.groups)
        kinds[kind] = max(kinds[kind], point.year if point.comparable else 0)
    newest = min(kinds, key=lambda kind: (-kinds[kind], kind[0], kind[1] or 0))
    kept = [point for point in points if point.comparable and (point.other_survey, point.groups) == newest]
    if all(point.year == point.start for point in kept):
        return kept
    chosen: list[Point] = []
    for point in sorted(kept, key=lambda point: -point.year):
        if not chosen or point.year < chosen[-1].start:
            chosen.append(point)
    return chosen


def _slope(points: list[Point]) -> tuple[float | None, float | None]:
    if any(point.se is None or point.wander is None or point.level_step is None for point in points):
        return None, None
    x = np.array([point.middle for point in points])
    y = np.array([point.y for point in points])
    s = np.array([point.se for point in points], dtype=float)
    wander = np.array([point.wander for point in points], dtype=float)
    c = (x - x.mean()) / ((x - x.mean()) ** 2).sum()
    variance = float((c**2 * s**2 * (1 - wander)).sum())
    for at in range(1, len(points)):
        drift = (s[at] ** 2 + s[at - 1] ** 2) * wander[at] / points[at].spacing + points[at].level_step
        variance += float(c[at:].sum() ** 2 * (x[at] - x[at - 1]) * drift)
    return float(c @ y), math.sqrt(variance)


def _word(size: float, se: float) -> str:
    if size - Z * se > 0:
        return "rising"
    return "falling" if size + Z * se < 0 else "no_certain_change"


def _direction(word: str, measure: str, series: Series, sides: list[float], prices: bool) -> str | None:
    if series.sign is None and series.turning is None:
        return None
    if word == "not_assessable" or prices:
        return "not_assessable"
    if word == "no_certain_change":
        return word
    rising = word == "rising"
    if series.sign is not None:
        return "improving" if rising == (series.sign > 0) else "worsening"
    if not sides or min(sides) < max(sides):
        return "not_assessable"
    nearer = rising == (sides[0] < 0)
    if measure == "value":
        return "improving" if nearer else "worsening"
    return "narrowing" if nearer else "widening"
