"""What a chart needs to be drawn without a browser: rows and signals from a release, for paper and for tests.

Belongs here: the same selection that the page makes in a browser. Not here: how a chart looks (charts.py, theme.py).
A `Drawing` goes to `specs.render(drawing.chart, drawing.data, …, signals=drawing.signals)`.
"""

import json
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import duckdb

from pipelines import settings
from pipelines.site.figures import class_of
from pipelines.site.theme import ROLES
from pipelines.site.writer import MAP, strings

_STATES = ["missing", "suppressed", "not_applicable"]


@dataclass(frozen=True)
class Drawing:
    """One chart's rows by data set (a map's shapes as a topology), and its signals."""

    chart: str
    data: dict[str, Any]
    signals: dict[str, Any] = field(default_factory=dict)

    @property
    def empty(self) -> bool:
        """Whether there is no value to draw: then words say why, and no chart is drawn."""
        rows = self.data.get("rows") or self.data.get("values") or []
        return all(row.get("value") is None for row in rows)


class Painter:
    """Makes drawings of one place, in one language, from an open release."""

    def __init__(self, release: duckdb.DuckDBPyConnection, area_code: str, language: str = "sv") -> None:
        self._release = release
        self._language = language
        self._words = strings()
        self.area_code = area_code
        self.places = self._places()

    def _rows(self, statement: str, *values: Any) -> list[dict[str, Any]]:
        cursor = self._release.execute(statement, list(values))
        names = [column[0] for column in cursor.description or []]
        return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]

    def word(self, key: str) -> str:
        return str(self._words[key][self._language])

    def number(self, value: float, decimals: int) -> str:
        """A figure as it is written in the language: 1 234,5 or 1,234.5."""
        text = f"{abs(value):,.{decimals}f}"
        if self._language == "sv":
            text = text.replace(",", "\u00a0").replace(".", ",")
        return f"\u2212{text}" if value < 0 and text.strip("0.,\u00a0") else text

    def _places(self) -> dict[str, tuple[str, str]]:
        """`{role: (area code, name)}` of the place, its county and the nation, as many as there are and differ."""
        found = {}
        own = self._rows("select * from area where area_code = ?", self.area_code)[0]
        found["chosen"] = (own["area_code"], own["area_name"])
        if own["area_level"] == "municipality":
            county = self._rows(
                """
                select c.area_code, c.area_name, count(*) as municipalities
                from area c join area m on m.county_code = c.area_code and m.area_level = 'municipality'
                where c.area_code = ? group by all
                """,
                own["county_code"],
            )[0]
            if county["municipalities"] > 1:  # else the county is the place itself
                found["county"] = (county["area_code"], county["area_name"])
        if own["area_level"] != "nation":
            nation = self._rows("select area_code, area_name from area where area_level = 'nation'")
            found["nation"] = (nation[0]["area_code"], nation[0]["area_name"])
        return found

    def _indicator(self, indicator: str) -> dict[str, Any]:
        return self._rows(
            f"""
            select i.*, u.label_{self._language} as unit_label, u.decimals
            from indicator i join unit u on u.unit = i.unit where i.indicator_id = ?
            """,
            indicator,
        )[0]

    def _signals(self, about: dict[str, Any], rows: list[dict[str, Any]], **more: Any) -> dict[str, Any]:
        synthetic = any(row.get("provenance") == "synthetic" for row in rows)
        present = {row.get("role") for row in rows}
        return {
            "synthetic_mark": self.word("chart.synthetic") if synthetic else "",
            "value_title": about["unit_label"],
            "number_format": f",.{about['decimals']}~f",
            "roles": [role for role in ROLES if role in present],
            "role_labels": {role: name for role, (_, name) in self.places.items()},
            **more,
        }

    def _values(self, indicator: str, condition: str, *values: Any) -> list[dict[str, Any]]:
        """Figures of the place, its county and the nation, with role, place and what is said on hover."""
        about = self._indicator(indicator)
        roles = {code: (role, name) for role, (code, name) in self.places.items()}
        rows = self._rows(
            f"""
            select area_code, area_level, period, year, dimension, group_code, sex, value, ci_lower as lo,
                ci_upper as hi, status, status_reason, provenance, break_before,
                sum(cast(break_before as integer)) over (
                    partition by area_code, dimension, group_code, sex order by period_end
                ) as segment
            from indicator_value
            where indicator_id = ? and area_code in (select unnest(?)) and {condition}
            order by period_end
            """,
            indicator,
            list(roles),
            *values,
        )
        for row in rows:
            row["role"], row["place"] = roles[row["area_code"]]
            row["segment"] = int(row["segment"])
            row["tip"] = f"{row['place']} {row['period']}: {self.told(row, about)}"
        return sorted(rows, key=lambda row: (-ROLES.index(row["role"]), row["year"]))

    def told(self, row: dict[str, Any], about: dict[str, Any]) -> str:
        """A figure with its interval, or the words for why there is none."""
        if row["value"] is None:
            reason = row.get("status_reason")
            why = f" ({self.word(f'reason.{reason}')})" if reason else ""
            return self.word(f"status.{row['status']}") + why
        text = f"{self.number(row['value'], about['decimals'])} {about['unit_label']}"
        if row["lo"] is None:
            return text
        return f"{text} ({self.number(row['lo'], about['decimals'])}–{self.number(row['hi'], about['decimals'])})"

    def trend(self, indicator: str, sex: str = "total") -> Drawing:
        """The whole population (or one sex) over the years."""
        about = self._indicator(indicator)
        dimension = "total" if sex == "total" else "sex"
        rows = self._values(indicator, "dimension = ? and sex = ?", dimension, sex)
        breaks = sorted({row["year"] for row in rows if row["break_before"]})
        return Drawing(
            "trend",
            {
                # The line is broken by a missing year, but not by one that the survey was not made in.
                "rows": [row for row in rows if row["status_reason"] != "not_collected_this_year"],
                "missing": [row for row in rows if row["value"] is None and row["role"] == "chosen"],
                "breaks": [{"year": year, "text": self.word("chart.break")} for year in breaks],
            },
            self._signals(about, rows),
        )

    def equiplot(self, indicator: str, dimension: str, period: str, sex: str = "total") -> Drawing:
        """The groups of one dimension in one period, a line for each place."""
        about = self._indicator(indicator)
        condition = "dimension = ? and period = ?" + ("" if dimension == "sex" else f" and sex = '{sex}'")
        labels = {
            row["group_code"]: row["label"]
            for row in self._rows(
                f"select group_code, label_{self._language} as label from social_group where dimension = ? "
                "order by sort_order",
                dimension,
            )
        }
        rows = self._values(indicator, condition, dimension, period)
        for row in rows:
            row["group"] = labels[row["group_code"]]
            row["tip"] = f"{row['group']}, {row['tip']}"
        present = {row["group"] for row in rows if row["value"] is not None}
        groups = [label for label in labels.values() if label in present]
        absent = [
            {"place": name, "text": "; ".join(self._absent(row) for row in rows if self._is_absent(row, role))}
            for role, (_, name) in self.places.items()
        ]
        return Drawing(
            "equiplot",
            {
                "rows": [row for row in rows if row["value"] is not None],
                "missing": [each for each in absent if each["text"]],
            },
            self._signals(about, rows, groups=groups, places=[name for _, name in self.places.values()]),
        )

    def _absent(self, row: dict[str, Any]) -> str:
        return f"{row['group']}: {self.word('status.' + row['status'])}"

    @staticmethod
    def _is_absent(row: dict[str, Any], role: str) -> bool:
        return bool(row["role"] == role and row["value"] is None)

    def gap(self, indicator: str, dimension: str, measure: str, sex: str = "total") -> Drawing:
        """The difference (`measure` d) or the ratio (r) between the groups of a dimension over the years."""
        about = self._indicator(indicator)
        roles = {code: (role, name) for role, (code, name) in self.places.items()}
        rows = self._rows(
            """
            select q.area_code, q.period, p.year, q.estimate as value, q.ci_lower as lo, q.ci_upper as hi, q.certain,
                q.status, q.reason, q.provenance
            from inequality q
            join (select period, max(year) as year from indicator_value group by period) p on p.period = q.period
            where q.indicator_id = ? and q.area_code in (select unnest(?)) and q.dimension = ? and q.measure = ?
                and q.stratum = 'total' and q.sex = ?
            order by p.year
            """,
            indicator,
            list(roles),
            dimension,
            measure,
            sex,
        )
        for row in rows:
            row["role"], row["place"] = roles[row["area_code"]]
            row["segment"] = 0
            row["tip"] = f"{row['place']} {row['period']}: {self.word('certain.' + row['certain'])}"
        rows = sorted(rows, key=lambda row: (-ROLES.index(row["role"]), row["year"]))
        name = "gap_difference" if measure == "d" else "gap_ratio"
        title = self.word("chart.difference" if measure == "d" else "chart.ratio")
        signals = self._signals(
            about, rows, value_title=f"{title} ({self._difference_unit(about)})" if measure == "d" else title
        )
        if measure == "r":
            signals["number_format"] = ",.2~f"
        return Drawing(
            name,
            {
                "rows": [row for row in rows if row["value"] is not None],
                "missing": [row for row in rows if row["value"] is None and row["role"] == "chosen"],
                "breaks": [],
            },
            signals,
        )

    def _difference_unit(self, about: dict[str, Any]) -> str:
        """A difference between percentages is told in percentage points."""
        key = f"difference_unit.{about['unit']}"
        return self.word(key) if key in self._words else str(about["unit_label"])

    def caterpillar(self, indicator: str, period: str) -> Drawing:
        """Every municipality of one period."""
        about = self._indicator(indicator)
        rows = self._rows(
            """
            select v.area_code, a.area_name as place, a.county_code, v.value, v.ci_lower as lo, v.ci_upper as hi,
                v.provenance, v.status, v.status_reason, row_number() over (order by v.value, v.area_code) as rank
            from indicator_value v join area a on a.area_code = v.area_code
            where v.indicator_id = ? and v.period = ? and v.dimension = 'total' and v.area_level = 'municipality'
                and v.value is not null
            order by rank
            """,
            indicator,
            period,
        )
        county = self.places.get("county", ("", ""))[0] or self.area_code
        for row in rows:
            inside = "county" if row["county_code"] == county else "other"
            row["role"] = "chosen" if row["area_code"] == self.area_code else inside
            row["tip"] = f"{row['place']}: {self.told(row, about)}"
        levels = self._values(indicator, "dimension = 'total' and period = ?", period)
        reference = [
            {"role": "nation", "value": row["value"], "text": row["place"], "tip": row["tip"]}
            for row in levels
            if row["area_level"] == "nation" and row["value"] is not None
        ]
        return Drawing(
            "caterpillar",
            {"rows": rows, "reference": reference},
            self._signals(
                about,
                rows,
                rank_title=self.word("chart.municipalities_by_value"),
                roles=[role for role in (*ROLES, "other") if any(row["role"] == role for row in rows)],
                role_labels={
                    **{role: name for role, (_, name) in self.places.items()},
                    "other": self.word("chart.other_municipalities"),
                },
            ),
        )

    def map(self, indicator: str, period: str, limits: list[float]) -> Drawing:
        """The municipalities of one period, in classes with the inner `limits`."""
        about = self._indicator(indicator)
        decimals = about["decimals"]
        rows = self._rows(
            f"""
            select v.area_code, a.area_name as place, v.value, v.ci_lower as lo, v.ci_upper as hi, v.provenance,
                v.status as state, v.status, v.status_reason, {class_of("v.value", "cast(? as double[])")} as map_class
            from indicator_value v join area a on a.area_code = v.area_code
            where v.indicator_id = ? and v.period = ? and v.dimension = 'total' and v.area_level = 'municipality'
            """,
            limits,
            indicator,
            period,
        )
        for row in rows:
            row["tip"] = f"{row['place']}: {self.told(row, about)}"
        words = [self.number(limit, decimals) for limit in limits]
        below, above = self.word("chart.class_below"), self.word("chart.class_above")
        labels = [
            below.replace("{limit}", words[0]),
            *(f"{lower}–{upper}" for lower, upper in pairwise(words)),
            above.replace("{limit}", words[-1]),
        ]
        topology = json.loads((settings.REFERENCE / MAP).read_text(encoding="utf-8"))
        present = {row["state"] for row in rows if row["value"] is None}
        return Drawing(
            "map",
            {
                "shapes": topology,
                "values": rows,
                "chosen": [{"area_code": self.area_code, "role": "chosen"}],
            },
            self._signals(
                about,
                rows,
                feature="kommun",
                classes=list(range(len(labels))),
                class_labels=labels,
                states=[state for state in _STATES if state in present],
                state_labels={state: self.word(f"chart.{state}") for state in _STATES},
            ),
        )
