"""Writes `docs/data-dictionary.md` from the contracts and the catalogue, so that it cannot say anything else.

`python -m pipelines.release.dictionary` writes it; a test compares it with what the contracts say now.
"""

import sys

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.catalogue.tables import indicator_entries
from pipelines.files import write_text
from pipelines.release.building import released_tables
from schemas.fields import Field, Table

PATH = settings.REPOSITORY / "docs" / "data-dictionary.md"
_TYPES = {
    "string": "text",
    "double": "number",
    "int32": "integer",
    "int64": "integer",
    "bool": "true/false",
    "date32[day]": "date",
}


def text() -> str:
    """The whole dictionary as Markdown."""
    parts = [
        "# Data dictionary",
        "",
        "Every table and column of a release, made (`make docs`) from the contracts in `schemas/` and the catalogue",
        "in `data/catalogue/`; the same words are comments in `jamlik.duckdb` and descriptions in `datapackage.json`.",
        "",
        "## Tables",
        "",
    ]
    for table in sorted(released_tables(), key=lambda each: each.name):
        parts += _table(table)
    parts += _indicators() + _sources()
    return "\n".join(parts).rstrip() + "\n"


def _table(table: Table) -> list[str]:
    rows = [
        f"| `{column.name}` | {_TYPES[str(column.type)]} | {'yes' if column.nullable else ''} | {_meaning(column)} |"
        for column in table.fields
    ]
    key = ", ".join(f"`{name}`" for name in table.key)
    return [
        f"### `{table.name}`", "", f"{table.comment}. Key: {key}.", "",
        "| column | type | may be empty | meaning |", "|---|---|---|---|", *rows, "",
    ]  # fmt: skip


def _meaning(column: Field) -> str:
    words = column.comment
    if column.one_of is not None and len(column.one_of) > 2 and str(column.one_of[0]) not in words:
        words += f" ({', '.join(map(str, column.one_of))})"
    return words.replace("|", "\\|")


def _indicators() -> list[str]:
    lines = [
        "## Indicators",
        "",
        "| indicator | title | recommendation | unit | direction | from |",
        "|---|---|---|---|---|---|",
    ]
    units = entries.mapped("units.yaml", "units")
    for indicator_id, entry in sorted(indicator_entries().items()):
        origin = ", ".join(series["kpi"] for series in entry.get("kolada") or []) or ", ".join(entry["sources"])
        unit = units[entry["unit"]]["label_sv"]
        title = entry["title_sv"].replace("|", "\\|")
        lines.append(
            f"| `{indicator_id}` | {title} | {entry['recommendation']} | {unit} | {entry['polarity']} | {origin} |"
        )
    return [*lines, ""]


def _sources() -> list[str]:
    lines = ["## Sources", "", "| table | publisher | published as | licence |", "|---|---|---|---|"]
    for table_id, source in sorted(entries.sources().items()):
        lines.append(f"| `{table_id}` | {source.publisher} | {source.published_as} | {source.licence} |")
    return lines


if __name__ == "__main__":
    PATH.parent.mkdir(exist_ok=True)
    write_text(PATH, text())
    sys.stdout.write(f"{settings.relative(PATH)}\n")
