"""What a release says of figures: read once, by area; with the nation's and other sets' weighted means."""

import math
from collections import defaultdict
from functools import cached_property
from typing import Any

import duckdb
import numpy as np

Row = dict[str, Any]
Z = 1.959963984540054
LEARNED = ("year_to_year", "year_to_year_upper", "survey_pooled")


def rows(release: duckdb.DuckDBPyConnection, query: str, *given: Any) -> list[Row]:
    cursor = release.execute(query, list(given))
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def last(period: str) -> int:
    return int(period.split("/")[-1][:4])


def q_values(p_values: list[float | None]) -> list[float | None]:
    """Benjamini & Hochberg: each p times their number over its rank, never more than that of a larger p."""
    known = np.array([p for p in p_values if p is not None])
    order = np.argsort(known, kind="stable")
    rank = np.searchsorted(known[order], known, side="right")  # ties share the last place
    raised = known * len(known) / np.maximum(rank, 1)
    least = np.minimum.accumulate(raised[order][::-1])[::-1]
    found = np.empty(len(known))
    found[order] = np.minimum(least, 1)
    told = iter(found.tolist())
    return [None if p is None else next(told) for p in p_values]


def two_sided(z: float) -> float:
    return math.erfc(abs(z) / math.sqrt(2))


def away(about: Row, value: float) -> float:
    """The figure that places are judged by: with a target its distance from it."""
    return abs(value - about["target_value"]) if about["polarity"] == "target" else value


class Figures:
    """One release. `about`, `last_year`, `last_month`: by indicator; `chance`: by indicator and series."""

    def __init__(self, release: duckdb.DuckDBPyConnection) -> None:
        self.release = release
        self.about = {row["indicator_id"]: row for row in rows(release, "from indicator")}
        self.chance = {(row["indicator_id"], row["series"]): row for row in rows(release, "from chance")}
        found = rows(release, """
            select indicator_id, max(year) as year, month(max(period_end)) as month
            from indicator_value where status = 'observed' and provenance <> 'synthetic' group by indicator_id
        """)  # fmt: skip
        self.last_year = {row["indicator_id"]: row["year"] for row in found}
        self.last_month = {row["indicator_id"]: row["month"] for row in found}
        self.areas = {row["area_code"]: row for row in rows(release, "from area")}

    def series_of(self, indicator_id: str, dimension: str, sex: str) -> Row | None:
        """The row of `chance` that speaks of a figure; none for splits by other than sex, or where it gives none."""
        if dimension not in ("total", "sex"):
            return None
        row = self.chance.get((indicator_id, "total" if sex == "total" else "sex"))
        return row if row and row["assessable"] else None

    def of(self, code: str) -> list[Row]:
        """The area's usable figures of each indicator's last eleven years: real, of the season that is compared."""
        found = rows(self.release, """
            select *, month(period_end) as month, year(period_start) as start_year from indicator_value
            where area_code = ? and status = 'observed' and provenance <> 'synthetic'
        """, code)  # fmt: skip
        return [
            row for row in found
            if row["indicator_id"] in self.last_year and row["year"] >= self.last_year[row["indicator_id"]] - 10
            and row["month"] == self.last_month[row["indicator_id"]] and row["reliability"] != "coarse_rounding"
            and self.about[row["indicator_id"]]["family"] != "ordinal"
        ]  # fmt: skip

    @cached_property
    def nation(self) -> dict[tuple[str, str, str, str], Row]:
        """The nation's figure by indicator, period, group and sex; else its municipalities' mean by persons."""
        own = {
            (row["indicator_id"], row["period"], row["group_code"], row["sex"]): row
            for row in self.of("00") if row["dimension"] in ("total", "sex") and row["reliability"] != "other_survey"
        }  # fmt: skip
        parts: dict[tuple[str, str, str, str], list[Row]] = defaultdict(list)
        for row in rows(self.release, """
            select indicator_id, period, group_code, sex, value, weight from indicator_value
            where area_level = 'municipality' and dimension in ('total', 'sex') and status = 'observed'
                and provenance <> 'synthetic' and weight is not null
                and coalesce(reliability, '') not in ('other_survey', 'coarse_rounding')
        """):  # fmt: skip
            parts[row["indicator_id"], row["period"], row["group_code"], row["sex"]].append(row)
        means = {}
        for key, members in parts.items():
            total = sum(row["weight"] for row in members)
            if key not in own and len(members) >= 145 and total > 0:
                mean = sum(row["value"] * row["weight"] for row in members) / total
                means[key] = {"value": mean, "se": None}
        return {**own, **means}
