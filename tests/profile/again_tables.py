"""The released parquet files as `again.py` needs them, by place: which figure, comparison, change and gap counts."""

from collections import defaultdict
from pathlib import Path
from typing import Any

import duckdb

Row = dict[str, Any]
FULL = 10**6


class Tables:
    """The released tables of a folder of parquet files, by place."""

    def __init__(self, folder: Path) -> None:
        self.db = duckdb.connect()
        for path in folder.glob("*.parquet"):
            self.db.execute(f"create view {path.stem} as select * from read_parquet('{path}')")
        self.areas = {row["area_code"]: row for row in self.rows("from area order by area_code")}
        self.release = self.rows("from release")[0]
        self.short = {row["recommendation"]: row["short_sv"] for row in self.rows("from recommendation")}
        self.indicators = self.rows(
            "select i.*, h.sort_order as headline, u.label_sv as unit_sv, u.decimals from indicator as i "
            "join unit as u using (unit) left join headline as h using (indicator_id)"
        )
        self.indicators.sort(key=lambda row: (row["recommendation"], row["headline"] or FULL, row["title_sv"]))
        self.dimension: dict[str, str] = dict(
            self.db.execute("select distinct dimension, dimension_sv from social_group").fetchall()
        )
        self.unseen = self.rows("from catalogue_row where state <> 'with_figures' order by state, catalogue_row_id")
        self.goals = self.by("area_code", "select area_code, status, certain from target where origin = 'national'")
        self._figures()
        self._comparisons()
        self._moves()
        self._gaps()

    def rows(self, query: str) -> list[Row]:
        cursor = self.db.execute(query)
        columns = [each[0] for each in cursor.description or []]
        return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

    def by(self, keys: str, query: str) -> dict[Any, list[Row]]:
        found = defaultdict(list)
        for row in self.rows(query):
            key = tuple(row[key] for key in keys.split())
            found[key if len(key) > 1 else key[0]].append(row)
        return found

    def _figures(self) -> None:
        self.latest = self.by(
            "area_code indicator_id",
            """
            select indicator_id, area_code, dimension, group_code, period, value, status, status_reason, provenance
            from indicator_value where dimension in ('total', 'sex')
            qualify row_number() over (
                partition by indicator_id, area_code, dimension, group_code
                order by value is null, year desc, period desc
            ) = 1
            """,
        )
        self.split = set(self.db.execute(
            "select distinct area_code, indicator_id from indicator_value "
            "where value is not null and dimension not in ('total', 'sex')"
        ).fetchall())  # fmt: skip
        self.nation = {tuple(row[:3]): row[3] for row in self.db.execute(
            "select indicator_id, group_code, period, value from indicator_value "
            "where area_code = '00' and dimension in ('total', 'sex')"
        ).fetchall()}  # fmt: skip
        self.years = self.by(
            "area_code indicator_id",
            "select area_code, indicator_id, period, value from indicator_value join headline using (indicator_id) "
            "where dimension = 'total' and value is not null order by year",
        )
        self.absent = {tuple(row[:2]): row[2] for row in self.db.execute(
            "select area_code, indicator_id, reason from area_coverage where dimension = 'total' and not measured"
        ).fetchall()}  # fmt: skip
        self.used = self.by(
            "area_code",
            """
            select area_code, publisher, min(coalesce(oldest_retrieved, retrieved)) as day, max(freshness) as renewed,
                count(*) filter (coalesce(oldest_retrieved, retrieved) is null) as undated,
                count(*) filter (freshness = 'stale') as stale
            from (
                select distinct area_code, trim(unnest(string_split(source_ids, ','))) as table_id
                from indicator_value where value is not null and provenance <> 'synthetic'
            ) join source_table using (table_id)
            group by all order by publisher
            """,
        )

    def _comparisons(self) -> None:
        listed = (
            "case when difference_se is null or difference is null then 'not_assessable' "
            "when q_value > 0.05 then 'no_certain_difference' else coalesce(judgement, position) end"
        )
        self.against = {tuple(row[:4]): row[4:] for row in self.db.execute(
            f"select area_code, indicator_id, group_code, period, {listed}, reason, abs(difference_in_spread) < 0.5, "
            "comparator_value, comparator_basis from benchmark "
            "where comparator = 'nation' and dimension in ('total', 'sex')"
        ).fetchall()}  # fmt: skip
        self.levels = self.by(
            "area_code",
            f"""
            select area_code, indicator_id, {listed} as word from benchmark join indicator using (indicator_id)
            where comparator = 'nation' and dimension = 'total' qualify row_number() over (
                partition by area_code, coalesce(same_fact_as, indicator_id)
                order by word = 'not_assessable', same_fact_as is not null
            ) = 1 and judgement is not null
            """,
        )

    def _moves(self) -> None:
        """Each series over ten years, or over five where ten cannot be judged; word is what survives so many tests."""
        moves = """
            select t.*, recommendation, same_fact_as,
                case when change_q_value > 0.05 then 'no_certain_change'
                    else coalesce(changed_direction, changed) end as word
            from trend as t join indicator using (indicator_id)
            where stratum = 'total' and {} qualify row_number() over (
                partition by indicator_id, area_code, measure, dimension, group_code, t.sex
                order by {} = 'not_assessable', trend_years desc
            ) = 1
        """
        self.moved = {
            (row["area_code"], row["indicator_id"], row["group_code"]): row
            for row in self.rows(moves.format("measure = 'value' and dimension in ('total', 'sex')", "word"))
        }
        self.ways = {
            (row["area_code"], row["indicator_id"], row["dimension"], row["measure"], row["last_period"]): row
            for row in self.rows(moves.format("measure in ('d', 'r') and t.sex = 'total'", "changed"))
        }
        self.directions = self.by(
            "area_code recommendation",
            "from (" + moves.format(
                "t.sex = 'total' and changed_direction is not null and dimension <> 'age' and measure <> 'distance' "
                "and (measure <> 'value' or dimension = 'total')", "word"
            ) + """) qualify row_number() over (
                partition by area_code, coalesce(same_fact_as, indicator_id), measure, dimension
                order by word = 'not_assessable', same_fact_as is not null
            ) = 1""",
        )  # fmt: skip

    def _gaps(self) -> None:
        self.gaps = self.by(
            "area_code",
            """
            select area_code, indicator_id, dimension, period, estimate, ci_lower, ci_upper, certain, worse_when,
                provenance, count(*) over (partition by area_code, indicator_id, dimension) as periods
            from inequality
            where measure = 'd' and stratum = 'total' and sex = 'total' and estimate is not null
                and dimension not in ('municipality', 'age')
            qualify row_number() over (partition by area_code, indicator_id, dimension order by period desc) = 1
            """,
        )
        known = {row["indicator_id"]: (place, row) for place, row in enumerate(self.indicators)}
        for code, rows in self.gaps.items():
            rows.sort(key=lambda row: (known[row["indicator_id"]][0], row["dimension"]))
            for row in rows:
                about = known[row["indicator_id"]][1]
                row |= {key: about[key] for key in ("title_sv", "headline", "decimals", "unit_sv")}
                for measure in "dr":
                    moved = self.ways.get((code, row["indicator_id"], row["dimension"], measure, row["period"]), {})
                    row[measure] = moved.get("changed_direction") and moved["word"]
                    row[f"{measure}_why"], row[f"{measure}_from"] = (
                        moved.get("change_reason"),
                        moved.get("first_period"),
                    )
