"""What a release says of one place, gathered for a profile: the macros' answers, as rows with names.

Reads a release and nothing else, and imports neither Dagster nor pandas. Not here: words (`words.py`), layout
(`screen.py`, `paper.py`).
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from pipelines import settings
from pipelines.catalogue.areas import area_code_of
from pipelines.errors import Refused
from pipelines.published.reader import open_release

Row = dict[str, Any]


@dataclass(frozen=True)
class Profile:
    """A place: `lines` one an indicator (macro `profile`), those with a `headline` first on the screen;
    `recommendations` how each of the five stands; `gaps` the latest difference of each indicator and dimension;
    `targets` its own goals; `national` how many gaps stand where to the national goal (`certain`: on track, surely);
    `unseen` the wanted measurements without figures; `sources` the publishers that its real figures come from and how
    old those are; `orders` what can be ordered, of whom, and on which form; `newer` the titles of the indicators with a
    real figure after `settings.NEWER_THAN`; `nation_gaps` the gaps between social groups that only the nation is known
    to have.
    """

    area: Row
    release: Row
    lines: list[Row]
    recommendations: list[Row]
    gaps: list[Row]
    targets: list[Row]
    national: dict[str, int]
    unseen: list[Row]
    sources: list[Row]
    orders: list[Row]
    newer: list[str]
    nation_gaps: list[Row]

    @property
    def year(self) -> int:
        """The year of the release, which a figure's age is counted from."""
        return int(self.release["published_at"][:4])

    @property
    def real_gaps(self) -> list[Row]:
        """The gaps between real figures: what is said of a place never rests on synthetic ones."""
        return [gap for gap in self.gaps if gap["provenance"] != "synthetic"]

    @property
    def headlines(self) -> list[Row]:
        return [line for line in self.lines if line["headline"] is not None]

    def of(self, recommendation: int) -> list[Row]:
        """The lines of one recommendation."""
        return [line for line in self.lines if line["recommendation"] == recommendation]


_AREA = """
    select a.area_code, a.area_name, a.area_name_long, a.area_level, a.skr_group, c.area_name as county_name
    from area as a
    left join area as c on c.area_code = a.county_code and a.area_level = 'municipality'
    where a.area_code = ?
"""
_RECOMMENDATIONS = """
    select s.*, r.recommendation as number, r.short_sv
    from recommendation as r
    left join recommendation_status as s on s.recommendation = r.recommendation and s.area_code = ?
    qualify row_number() over (partition by r.recommendation order by s.year desc) = 1
    order by r.recommendation
"""
_GAPS = """
    with moving as (
        select indicator_id, measure, dimension, change_verdict, changed_direction, first_period, last_period,
            change_reason,
            row_number() over (
                partition by indicator_id, measure, dimension
                order by case when changed = 'not_assessable' then 1 else 0 end, trend_years desc
            ) as nth
        from trend
        where area_code = $1 and measure in ('d', 'r') and stratum = 'total' and sex = 'total'
    )
    select q.indicator_id, i.recommendation, i.title_sv, i.unit, u.label_sv as unit_sv, u.decimals, q.dimension,
        coalesce(g.dimension_sv, q.dimension) as dimension_sv, q.period, q.estimate, q.ci_lower, q.ci_upper, q.certain,
        q.worse_when, case when d.changed_direction is not null then d.change_verdict end as difference_trend,
        d.first_period as difference_from, d.change_reason as difference_reason,
        case when r.changed_direction is not null then r.change_verdict end as ratio_trend,
        r.first_period as ratio_from, r.change_reason as ratio_reason, h.sort_order as headline, q.provenance,
        count(*) over (partition by q.indicator_id, q.dimension) as periods
    from inequality as q
    inner join indicator as i on q.indicator_id = i.indicator_id
    inner join unit as u on i.unit = u.unit
    left join headline as h on q.indicator_id = h.indicator_id
    left join (select distinct dimension, dimension_sv from social_group) as g on q.dimension = g.dimension
    left join moving as d
        on d.nth = 1 and d.measure = 'd' and q.indicator_id = d.indicator_id and q.dimension = d.dimension
        and q.period = d.last_period
    left join moving as r
        on r.nth = 1 and r.measure = 'r' and q.indicator_id = r.indicator_id and q.dimension = r.dimension
        and q.period = r.last_period
    where q.area_code = $1 and q.measure = 'd' and q.stratum = 'total' and q.sex = 'total' and q.estimate is not null
        and q.dimension not in ('municipality', 'age')
    qualify row_number() over (partition by q.indicator_id, q.dimension order by q.period desc) = 1
    order by i.recommendation, h.sort_order nulls last, i.title_sv, q.dimension
"""
_SOURCES = """
    with used as (
        select distinct unnest(string_split(source_ids, ', ')) as table_id
        from indicator_value
        where area_code = ? and value is not null and provenance <> 'synthetic'
    )
    select s.publisher, min(coalesce(s.oldest_retrieved, s.retrieved)) as retrieved,
        count(*) > count(coalesce(s.oldest_retrieved, s.retrieved)) as undated,
        coalesce(bool_or(s.freshness = 'stale'), false) as stale,
        coalesce(bool_or(s.freshness is not null), false) as renewed
    from source_table as s
    inner join used as u on s.table_id = u.table_id
    group by s.publisher
    order by s.publisher
"""
_ORDERS = """
    select distinct publisher, order_form
    from source_table
    where order_form is not null
    order by all
"""
_NEWER = """
    select i.title_sv
    from indicator as i
    where exists (
        select 1 from indicator_value as v
        where v.indicator_id = i.indicator_id and v.area_code = $1 and v.year > cast($2 as integer)
            and v.value is not null and v.provenance <> 'synthetic'
    )
    order by i.recommendation, i.title_sv
"""
_NATION_GAPS = """
    select distinct h.sort_order as headline, n.recommendation, n.indicator_id, n.title_sv,
        n.dimension, n.dimension_sv, n.sex, n.period,
        abs(n.difference) as difference, n.certain, n.unit_sv, u.decimals
    from nation_by_group as n
    inner join indicator as i on n.indicator_id = i.indicator_id
    inner join unit as u on i.unit = u.unit
    left join headline as h on n.shown_beside = h.indicator_id
    where n.difference is not null
    order by h.sort_order nulls last, n.recommendation, n.title_sv, n.dimension, n.sex desc
"""
_TARGETS = """
    select t.*, i.title_sv, i.recommendation, u.label_sv as unit_sv, u.decimals,
        coalesce(g.label_sv, '') as group_sv, coalesce(d.dimension_sv, t.dimension) as dimension_sv
    from target as t
    inner join indicator as i on t.indicator_id = i.indicator_id
    inner join unit as u on i.unit = u.unit
    left join social_group as g on t.dimension = g.dimension and t.group_code = g.group_code and t.dimension <> 'total'
    left join (select distinct dimension, dimension_sv from social_group) as d on t.dimension = d.dimension
    where t.area_code = ? and t.origin = 'own'
    order by i.recommendation, i.title_sv, t.target_year
"""


def profile_of(place: str, release: Path | None = None) -> Profile:
    """The profile of a place, by code or name, in a release (default the latest). `WrongCall` for an unknown place."""
    with open_release(release) as connection:
        return read(connection, area_code_of(connection, place))


def gaps_of_the_nation(connection: duckdb.DuckDBPyConnection) -> list[Row]:
    """The gaps that only the nation is known to have: the same beside every place."""
    return _rows(connection, _NATION_GAPS)


def read(connection: duckdb.DuckDBPyConnection, code: str, nation_gaps: list[Row] | None = None) -> Profile:
    """The profile of the area `code` in an open release.

    `nation_gaps`: where many places are read, `gaps_of_the_nation`, asked for once.
    """
    if nation_gaps is None:
        nation_gaps = gaps_of_the_nation(connection)
    return Profile(
        area=_rows(connection, _AREA, code)[0],
        release=_rows(connection, "select * from release")[0],
        lines=_rows(connection, "select * from profile(?)", code),
        recommendations=_rows(connection, _RECOMMENDATIONS, code),
        gaps=_rows(connection, _GAPS, code),
        targets=_rows(connection, _TARGETS, code),
        national={
            row["status"]: row["goals"]
            for row in _rows(
                connection,
                """
                select case when status = 'on_track' and certain = 'yes' then 'certain' else status end as status,
                    count(*) as goals
                from target where area_code = ? and origin = 'national' group by 1
                """,
                code,
            )
        },
        unseen=_rows(
            connection, "select * from catalogue_row where state <> 'with_figures' order by state, catalogue_row_id"
        ),
        sources=_rows(connection, _SOURCES, code),
        orders=_rows(connection, _ORDERS),
        newer=[row["title_sv"] for row in _rows(connection, _NEWER, code, str(settings.NEWER_THAN))],
        nation_gaps=nation_gaps if code != "00" else [],
    )


def all_areas(connection: duckdb.DuckDBPyConnection) -> list[tuple[str, str]]:
    """Code and name of every municipality of an open release, in order of code."""
    return connection.execute(
        "select area_code, area_name from area where area_level = 'municipality' order by area_code"
    ).fetchall()


def _rows(connection: duckdb.DuckDBPyConnection, query: str, *parameters: str) -> list[Row]:
    try:
        cursor = connection.execute(query, list(parameters))
    except (duckdb.CatalogException, duckdb.BinderException) as fault:
        reason = str(fault).split("\n")[0].rstrip(".!")
        raise Refused(
            f"The release was made by another version of Jämlik and lacks what a profile asks for ({reason}); "
            f"run `jamlik run` again."
        ) from fault
    names = [each[0] for each in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
