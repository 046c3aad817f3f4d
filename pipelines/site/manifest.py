"""The page's manifest: everything it must know before the first figure is loaded, read from the released tables.

Belongs here: catalogue, areas, sources, what each file holds. Not here: figures, and words that are the page's own.
"""

from collections import defaultdict
from typing import Any

import duckdb

from pipelines import settings
from pipelines.site.figures import SHOWN, Written
from pipelines.site.nation_groups import nation_groups

FORMAT = 1
_INDICATOR = """
    indicator_id as id, title_sv, title_en, synonyms_sv, synonyms_en, description_sv,
    recommendation, determinant_area, role,
    core_indicator as core, age_range, numerator_sv, denominator_sv, unit, polarity, target_value, provenance,
    coalesce(string_split(source_ids, ', '), cast([] as varchar[])) as sources,
    kolada_kpis, method_sv, limits_sv, window_years
"""


ClassLimits = dict[str, dict[str, list[float]]]


def manifest(
    connection: duckdb.DuckDBPyConnection, base: dict[str, str], class_limits: ClassLimits, written: dict[str, Written]
) -> dict[str, Any]:
    """The manifest of the attached `release`, as docs/site-format.md describes it."""
    return {
        "format": FORMAT,
        "release": _rows(
            connection,
            "select release_id as id, published_at, software_version, home_area, contains_synthetic, indicators, "
            "figures from release.release",
        )[0],
        "areas": [
            list(row)
            for row in connection.execute(
                "select area_code, area_name, area_level, county_code, skr_group from release.area order by area_code"
            ).fetchall()
        ],
        "similar": _similar(connection),
        "recommendations": _rows(
            connection,
            "select recommendation as id, short_sv, title_sv, title_en from release.recommendation order by 1",
        ),
        "determinant_areas": _rows(
            connection,
            "select determinant_area as id, label_sv as sv, label_en as en, number from release.determinant_area "
            "order by number",
        ),
        "units": _keyed(
            connection, "select unit, label_sv as sv, label_en as en, decimals, family from release.unit order by unit"
        ),
        "dimensions": _dimensions(connection),
        "sources": _keyed(
            connection,
            "select table_id, publisher, published_as, title_sv, licence, citation, url, retrieved, landing, "
            "coalesce(rows, 0) as rows, confidentiality, freshness "
            "from release.source_table order by table_id",
        ),
        "catalogue_rows": _rows(
            connection,
            "select catalogue_row_id as id, recommendation, title_sv, title_en, indicator_id as indicator, state, "
            "reason_sv, missing_sv from release.catalogue_row where state <> 'with_figures' order by title_sv",
        ),
        "indicators": _indicators(connection, base, class_limits, written),
        "nation_groups": nation_groups(connection),
        "newer_than": settings.NEWER_THAN,
    }


def _rows(connection: duckdb.DuckDBPyConnection, statement: str) -> list[dict[str, Any]]:
    cursor = connection.execute(statement)
    names = [column[0] for column in cursor.description or []]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _keyed(connection: duckdb.DuckDBPyConnection, statement: str) -> dict[str, dict[str, Any]]:
    """Rows by their first column."""
    found = {}
    for row in _rows(connection, statement):
        key, *_ = row
        found[row.pop(key)] = row
    return found


def _similar(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, list[str]]]:
    found: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for family, code, others in connection.execute(
        "select family, area_code, list(similar_area_code order by similar_area_code) from release.similar_area "
        "group by all order by all"
    ).fetchall():
        found[family][code] = others
    return dict(found)


def _dimensions(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for row in _rows(
        connection,
        f"select * from release.social_group where {SHOWN} order by dimension, sort_order, group_code",
    ):
        dimension = found.setdefault(
            row["dimension"],
            {"sv": row["dimension_sv"], "en": row["dimension_en"], "ordered": row["ordered"], "groups": {}},
        )
        dimension["groups"][row["group_code"]] = {
            "sv": row["label_sv"],
            "en": row["label_en"],
            "order": row["sort_order"],
            "reference": row["is_reference"],
        }
    return found


def _indicators(
    connection: duckdb.DuckDBPyConnection, base: dict[str, str], class_limits: ClassLimits, written: dict[str, Written]
) -> list[dict[str, Any]]:
    present = _present(connection)
    gaps: dict[str, dict[str, list[str]]] = defaultdict(dict)
    for indicator, dimension, strata in connection.execute(
        f"""
        select indicator_id, dimension, list(distinct stratum order by stratum) from release.inequality
        where measure in ('d', 'r') and stratum = 'total' and estimate is not null and {SHOWN} group by all order by all
        """
    ).fetchall():
        gaps[indicator][dimension] = strata
    flags: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in _rows(
        connection,
        "select indicator_id, flag, area_code as area, period, text_sv from release.quality_flag order by all",
    ):
        flags[row.pop("indicator_id")].append(row)
    facts = _keyed(
        connection,
        """
        select
            indicator_id, list(distinct period order by period) as periods,
            list(distinct period order by period) filter (where break_before) as breaks,
            bool_or(provenance = 'synthetic') as has_synthetic
        from release.indicator_value group by indicator_id
        """,
    )
    ranges = {
        name: [low, high]
        for name, low, high in connection.execute(
            "select v.indicator_id, min(v.value), max(v.value) from release.indicator_value v "
            "join base_series b on b.indicator_id = v.indicator_id and b.dimension = v.dimension "
            "where v.area_level = 'municipality' and v.value is not null group by v.indicator_id"
        ).fetchall()
    }
    last: dict[str, dict[str, str]] = defaultdict(dict)
    for indicator, level, period in connection.execute(
        "select v.indicator_id, v.area_level, max_by(v.period, v.period_end) from release.indicator_value v "
        "join base_series b on b.indicator_id = v.indicator_id and b.dimension = v.dimension "
        "where v.value is not null group by all order by all"
    ).fetchall():
        last[indicator][level] = period
    found = []
    for row in _rows(connection, f"select {_INDICATOR} from release.indicator order by recommendation, title_sv"):
        name = row["id"]
        file = written.get(name, Written(0, {}))
        known = facts.get(name) or {"periods": [], "breaks": [], "has_synthetic": False}
        found.append(
            {
                **row,
                "flags": flags.get(name, []),
                "breaks": known["breaks"] or [],
                "has_synthetic": known["has_synthetic"],
                "periods": known["periods"],
                "last_period": last.get(name, {}),
                "dimensions": present.get(name, {}),
                "gaps": gaps.get(name, {}),
                "base": base.get(name, "total"),
                "class_breaks": class_limits.get(name, {}),
                "range": ranges.get(name),
                "parts": file.parts,
                "bytes": file.bytes,
            }
        )
    return found


def _present(connection: duckdb.DuckDBPyConnection) -> dict[str, dict[str, dict[str, list[str]]]]:
    """By indicator and dimension: groups, sexes, periods and levels with a figure; groups in their order."""
    found: dict[str, dict[str, dict[str, list[str]]]] = defaultdict(dict)
    for indicator, dimension, groups, sexes, periods, levels in connection.execute(
        f"""
        with present as (
            select distinct indicator_id, dimension, group_code, sex, period, area_level
            from release.indicator_value where value is not null and {SHOWN}
        ),
        placed as (
            select p.*, coalesce(g.sort_order, 0) as place
            from present p
            left join release.social_group g on g.dimension = p.dimension and g.group_code = p.group_code
        )
        select
            indicator_id, dimension,
            list(distinct {{'place': place, 'code': group_code}} order by {{'place': place, 'code': group_code}}),
            list(distinct sex order by sex), list(distinct period order by period),
            list(distinct area_level order by area_level)
        from placed group by all order by all
        """
    ).fetchall():
        found[indicator][dimension] = {
            "groups": [group["code"] for group in groups],
            "sexes": sexes,
            "periods": periods,
            "levels": levels,
        }
    return found
