"""Protection: what may leave. Rows that rest on public tables pass through; secret ones lose every number.

Until disclosure control exists no secret figure is published at all, save made-up ones, which are nobody's. The rows
stay, as `suppressed`, because a cell that silently is not there tells an intruder as much as a dot, and tells an honest
reader less.
"""

from collections.abc import Iterable

from schemas.core import INDICATOR_ROW

# What a hidden row must not keep: any of these could give the figure back.
_NUMBERS = ("value", "numerator", "denominator", "se", "ci_lower", "ci_upper", "ci_method", "reliability")


def public_rows(secret_tables: Iterable[str]) -> str:
    """The select that makes `protect.cell` from `indicator.everything`, given the ids of the secret source tables."""
    listed = ", ".join(f"'{table}'" for table in sorted(secret_tables))
    rests_on_secret = f"list_has_any(string_split(source_ids, ', '), [{listed}])" if listed else "false"
    secret = f"{rests_on_secret} and provenance <> 'synthetic' and status <> 'not_fetched'"
    columns = []
    for column in INDICATOR_ROW:
        if column.name in _NUMBERS:
            columns.append(f"case when not is_secret then {column.name} end as {column.name}")
        elif column.name == "status":
            columns.append("case when is_secret then 'suppressed' else status end as status")
        elif column.name == "status_reason":
            columns.append("case when is_secret then 'hidden_here' else status_reason end as status_reason")
        else:
            columns.append(column.name)
    return f"select {', '.join(columns)} from (select *, {secret} as is_secret from indicator.everything) as e"
