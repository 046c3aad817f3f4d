"""What the nation has by social group and no municipality does, as the page's manifest holds it.

Belongs here: the released view `nation_by_group`, a split an entry. Not here: how it is said (site/app/).
"""

from itertools import groupby
from typing import Any

import duckdb

_KEY = ("indicator", "beside", "dimension", "sex", "period", "difference", "certain", "reason")
_ROWS = """
    select indicator_id, shown_beside, dimension, sex, period, round(difference, 9), certain, reason, group_code, value,
        reliability
    from release.nation_by_group
    order by recommendation, title_sv, indicator_id, dimension, sex desc, sort_order
"""


def nation_groups(connection: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """A split an entry, each with its groups in order; the gap is null where only one group has a figure."""
    rows = connection.execute(_ROWS).fetchall()
    return [
        {
            **dict(zip(_KEY, key, strict=True)),
            "groups": [
                {"code": code, "value": value, "reliability": reliability} for *_, code, value, reliability in groups
            ],
        }
        for key, groups in groupby(rows, key=lambda row: row[: len(_KEY)])
    ]
