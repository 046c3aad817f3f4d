"""What was hidden in a release and what it cost: kept with the ledger, never with the release.

Belongs here: counting. The rows' reasons (small by themselves, or hidden for others' sake) are told as numbers by
table.
"""

from typing import Any

import numpy as np

from pipelines.disclosure import crosses
from pipelines.disclosure.attack import Findings
from pipelines.disclosure.books import Chapter
from pipelines.disclosure.crosses import Upper
from pipelines.disclosure.cubes import Flags
from pipelines.disclosure.primary import small_rows
from pipelines.disclosure.replay import Replayed
from pipelines.disclosure.structure import System


def chapter_report(
    chapter: Chapter,
    system: System,
    shown: Flags,
    findings: Findings,
    seconds: float,
    replayed: Replayed,
    upper: Upper | None = None,
) -> dict[str, Any]:
    """Cells, hidden ones by table and reason, information lost, the county where most is lost, and the time.

    `information_lost` is the share of all counted persons in hidden rows (a person counts once a row); seconds are the
    attack's. `replayed`: the share of hidden cells in components of so few worlds that the suppressor was run on them
    again.
    """
    rows = chapter.rows
    told = ~chapter.is_public & (chapter.status == "observed")
    hidden, small = told & ~shown, small_rows(system)
    persons = np.nan_to_num(rows.numerator)
    withheld = hidden & (system.numerator_of < 0)
    if upper is not None:
        small |= crosses.small(upper, len(rows))
        withheld[upper.rows] &= not shown[upper.rows].any()
    by_table = {}
    for dimension in sorted(set(rows.dimension[told])):
        here = told & (rows.dimension == dimension)
        by_table[dimension] = {
            "cells": int(here.sum()),
            "small": int((here & small).sum()),
            "for_others": int((here & hidden & ~small & ~withheld).sum()),
            "withheld": int((here & withheld).sum()),
        }
    counties = np.array([code[:2] if code != "00" else "" for code in rows.area], dtype=object)
    lost = {
        county: float((hidden & (counties == county)).sum() / max((told & (counties == county)).sum(), 1))
        for county in sorted(set(counties) - {""})
    }
    hardest = max(lost, key=lambda county: lost[county]) if lost else None
    return {
        "chapter": chapter.name,
        "cells": int(told.sum()),
        "hidden": int(hidden.sum()),
        "small": int((told & small).sum()),
        "hidden_before": int((told & chapter.was_hidden).sum()),
        "information_lost": float(persons[hidden].sum() / max(persons[told].sum(), 1.0)),
        "by_table": by_table,
        "tables_withheld": [f"{table[0] or 'total'} ({table[1] + 1})" for table in system.layout.withheld],
        "hardest_county": {"county": hardest, "share_hidden": lost.get(hardest, 0.0) if hardest else 0.0},
        "protected_counts": len(findings.aims) + (0 if upper is None else len(upper.aims)),
        "replayed": replayed.cells / max(replayed.of, 1),
        "seconds": round(seconds, 2),
    }
