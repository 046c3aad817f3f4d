"""The rows of `benchmark` of a place: what it is compared with, by how much it differs, how surely, in which words."""

import math
from collections import defaultdict
from typing import Any

from tests.sql.again.figures import LEARNED, Figures, Row, Z, away, q_values, rows, two_sided

Cell = tuple[str, str, str, str, int]  # indicator, dimension, group, sex, year


class Compared:
    """One release: every place's figures that are compared, and the sets of places that each is compared with."""

    def __init__(self, figures: Figures) -> None:
        self.figures = figures
        self.cells: dict[Cell, dict[str, Row]] = defaultdict(dict)
        for row in rows(figures.release, """
            select v.indicator_id, v.area_code, v.dimension, v.group_code, v.sex, v.year, v.period, v.value,
                v.se, v.weight, v.ci_method, coalesce(v.reliability = 'other_survey', false) as other_survey
            from indicator_value v join (
                select indicator_id, max(year) as last, month(max(period_end)) as month from indicator_value
                where status = 'observed' and provenance <> 'synthetic' group by indicator_id
            ) l using (indicator_id) join indicator i using (indicator_id)
            where v.status = 'observed' and v.provenance <> 'synthetic' and v.year > l.last - 4
                and month(v.period_end) = l.month and v.dimension not like '%+%'
                and (v.dimension = 'sex' or v.sex = 'total')
                and i.family in ('share', 'rate', 'mean', 'ratio') and coalesce(v.reliability, '') <> 'coarse_rounding'
        """):  # fmt: skip
            cell = (row["indicator_id"], row["dimension"], row["group_code"], row["sex"], row["year"])
            self.cells[cell][row["area_code"]] = row
        self.municipalities = {code for code in figures.areas if len(code) == 4}
        self.similar: dict[tuple[str, str], list[str]] = defaultdict(list)
        for row in rows(figures.release, "from similar_area"):
            if row["area_code"] != row["similar_area_code"]:
                self.similar[row["area_code"], f"similar_{row['family']}"].append(row["similar_area_code"])

    def members(self, code: str, comparator: str) -> list[str]:
        """Who a municipality is compared with."""
        own = self.figures.areas[code]
        alike = [place for place in self.municipalities if place[:2] == code[:2]]
        if comparator == "nation":
            return ["00"]
        if comparator == "county":
            return [code[:2]] if len(alike) > 1 else []
        if comparator == "skr_group":
            group = own["skr_group_code"]
            return [
                place for place in self.municipalities
                if place != code and self.figures.areas[place]["skr_group_code"] == group
            ]  # fmt: skip
        return self.similar[code, comparator]

    def holder(self, cell: Cell, code: str) -> Row | None:
        """The nation's or a county's figure: its own, else its municipalities' mean weighted by persons."""
        found = self.cells[cell]
        if code in found:
            return {**found[code], "basis": "figure"}
        inside = [place for place in self.municipalities if code == "00" or place[:2] == code]
        members = [found[place] for place in inside if place in found and not found[place]["other_survey"]]
        if not members or 2 * len(members) < len(inside):
            return None
        weighted = all(row["weight"] is not None for row in members) and sum(row["weight"] for row in members) > 0
        shares = [row["weight"] if weighted else 1.0 for row in members]
        total = sum(shares)
        se = None
        if all(row["se"] for row in members):
            learned = any(row["ci_method"] in LEARNED for row in members) and cell[1] in ("total", "sex")
            series = self.figures.chance.get((cell[0], "total" if cell[3] == "total" else "sex"))
            series = series if series and learned else {"rho": 0.0, "county_height": 1.0, "county_assessable": True}
            rho = series["rho"] or 0.0
            alone = sum((w * row["se"]) ** 2 for w, row in zip(shares, members, strict=True))
            at_once = sum(w * row["se"] for w, row in zip(shares, members, strict=True)) ** 2
            if series["county_assessable"]:
                se = math.sqrt((series["county_height"] or 1.0) * ((1 - rho) * alone + rho * at_once)) / total
        return {
            "value": sum(w * row["value"] for w, row in zip(shares, members, strict=True)) / total, "se": se,
            "weight": total if weighted else None, "other_survey": False,
            "basis": "weighted_mean" if weighted else "unweighted_mean",
        }  # fmt: skip

    def against(self, cell: Cell, own: Row, code: str, comparator: str) -> Row | None:
        """The comparator's figure: an area's, or a set's mean weighted by persons, if half of the set has one."""
        every = self.members(code, comparator)
        if len(every) == 1 and comparator in ("nation", "county"):
            found = self.holder(cell, every[0])
            return found if found and found["other_survey"] == own["other_survey"] else None
        members = [
            self.cells[cell][place] for place in every
            if place in self.cells[cell] and self.cells[cell][place]["other_survey"] == own["other_survey"]
        ]  # fmt: skip
        if not members or 2 * len(members) < len(every):
            return None
        weighted = all(row["weight"] is not None for row in members) and sum(row["weight"] for row in members) > 0
        shares = [row["weight"] if weighted else 1.0 for row in members]
        se = None
        if all(row["se"] for row in members):
            se = math.sqrt(sum((w * row["se"]) ** 2 for w, row in zip(shares, members, strict=True))) / sum(shares)
        value = sum(w * row["value"] for w, row in zip(shares, members, strict=True)) / sum(shares)
        return {"value": value, "se": se, "weight": None, "basis": "weighted_mean" if weighted else "unweighted_mean"}

    def judge(self, shown: Row) -> Row:
        """What a row of `benchmark` should say; `p` None where it cannot be judged."""
        about = self.figures.about[shown["indicator_id"]]
        cell = (
            shown["indicator_id"], shown["dimension"], shown["group_code"], shown["sex"],
            int(shown["period"].split("/")[-1][:4]),
        )  # fmt: skip
        own = self.cells[cell][shown["area_code"]]
        other = self.against(cell, own, shown["area_code"], shown["comparator"])
        if other is None:
            return {"difference": None, "p": None, "basis": None}
        told: Row = {"difference": own["value"] - other["value"], "basis": other["basis"], "se": None, "p": None}
        learned = own["ci_method"] in LEARNED and shown["comparator"] == "nation"
        part = 0.0
        if shown["comparator"] in ("nation", "county") and own["weight"] is not None and other["weight"]:
            part = min(1.0, own["weight"] / other["weight"])
        nearer = 0.0
        if about["polarity"] != "none":
            sign = 1 if about["polarity"] == "higher_is_better" else -1
            nearer = sign * (away(about, own["value"]) - away(about, other["value"]))
        across = about["polarity"] == "target" and (own["value"] - about["target_value"]) * (
            other["value"] - about["target_value"]) < 0  # fmt: skip
        if learned and own["se"]:
            told["se"] = told["nearer_se"] = own["se"]
        elif own["se"] and other["se"]:
            told["se"] = math.sqrt(max(0.0, own["se"] ** 2 * (1 - 2 * part) + other["se"] ** 2))
            told["nearer_se"] = math.sqrt(own["se"] ** 2 * (1 + 2 * part) + other["se"] ** 2) if across else told["se"]
        if told["se"]:
            told["p"] = two_sided(told["difference"] / told["se"])
            told["nearer"] = nearer
        return told


def verdicts(shown: list[Row], told: list[Row], about: dict[str, Any]) -> list[tuple[Row, Row]]:
    """The rows of one area and comparator with what each should say: q-value and verdict are filled in."""
    for row, again, q in zip(shown, told, q_values([each["p"] for each in told]), strict=True):
        again["q"] = q
        again["verdict"] = _verdict(about[row["indicator_id"]]["polarity"], again)
    return list(zip(shown, told, strict=True))


def _verdict(polarity: str, told: Row) -> str:
    if told["p"] is None:
        return "not_assessable"
    if told["q"] > 0.05:
        return "no_certain_difference"
    if polarity == "none":
        return "above" if told["difference"] > 0 else "below"
    if abs(told["nearer"]) <= Z * told["nearer_se"]:
        return "no_certain_difference"
    return "better" if told["nearer"] > 0 else "worse"
