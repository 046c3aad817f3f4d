"""Which of Kolada's key figures are used, and which are not and why: together they are what lies in the snapshot.

So nothing lies there that nobody has looked at, no reason is kept for a figure that an indicator uses by now, and no
indicator waits for a figure that nobody has landed. Not here: what a key figure means (`indicators.yaml`).
"""

from collections.abc import Collection

from pipelines.catalogue import entries
from pipelines.errors import Refused

USED = "data/catalogue/indicators.yaml"
NOT_USED = "data/catalogue/kolada_not_used.yaml"
SNAPSHOT = "data/snapshot/kolada_values"


def check_key_figures(snapshot: Collection[str], fetched: Collection[str] = ()) -> None:
    """Refuses a key figure that is named twice or not at all.

    `snapshot` holds those that lie in git, `fetched` those of a later landing: an indicator may use one that only that
    has, and what it has besides need not be named.
    """
    used = {
        series["kpi"]: name
        for name, entry in entries.mapped("indicators.yaml", "indicators").items()
        for series in entry.get("kolada") or []
    }
    not_used = entries.mapped("kolada_not_used.yaml", "kolada_not_used")
    both = sorted(set(used) & set(not_used))
    if both:
        raise Refused(
            f"{NOT_USED}: {both[0]} is said not to be used, but the indicator {used[both[0]]} in {USED} uses it; "
            f"take it out of one of them."
        )
    unnamed = sorted(set(snapshot) - set(used) - set(not_used))
    if unnamed:
        raise Refused(
            f"{SNAPSHOT}: no indicator uses the key figure {unnamed[0]}, and {NOT_USED} does not say why; add it to "
            f"one of them."
        )
    absent = sorted((set(used) | set(not_used)) - set(snapshot) - set(fetched))
    if absent:
        where = f"{USED}, indicator {used[absent[0]]}" if absent[0] in used else NOT_USED
        raise Refused(
            f"{where}: the key figure {absent[0]} has no value in {SNAPSHOT} and none has been fetched; correct it, or "
            f"land its values first (`jamlik fetch kolada_values`)."
        )
