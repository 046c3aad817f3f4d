"""Reads `sql/`: a file's path is its table's name, and sqlglot finds what it reads.

    sql/core/area.sql → core.area                   sql/indicators/x.sql → indicator.x
    sql/measures/trend/trend_slope.sql → measure.trend_slope      sql/marts/… → mart.…

A layer may have rooms, which are folders for people: the table's name is that of its layer and its file, since what
reads it need not know where the file stands.

A model is one `select`, unquoted by any template. The order of building follows from what reads what; a circle, a
second statement or a file that does not parse is refused by name. `indicator.everything`, the union of the
indicator models, is made here, so that a new indicator file needs no other edit.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import sqlglot
from sqlglot import exp
from sqlglot.errors import ParseError, SqlglotError
from sqlglot.optimizer.scope import traverse_scope

from pipelines import settings
from pipelines.errors import Refused

SCHEMA_OF_FOLDER = {
    "core": "core",
    "indicators": "indicator",
    "chance": "chance",
    "measures": "measure",
    "marts": "mart",
}
EVERYTHING = "indicator.everything"


@dataclass(frozen=True)
class Model:
    """One SQL model: `name` is schema.table, `reads` the tables it selects from, `comment` the file's first words."""

    name: str
    sql: str
    reads: frozenset[str]
    comment: str
    path: Path | None

    @property
    def layer(self) -> str:
        return self.name.split(".")[0]

    @property
    def where(self) -> str:
        return settings.relative(self.path) if self.path else "made by the runner"


def read_models(folder: Path | None = None) -> dict[str, Model]:
    """Every model below `folder` (default `sql/`), in an order in which each comes after what it reads."""
    root = folder or settings.SQL
    models: dict[str, Model] = {}
    for path in sorted(root.glob("*/**/*.sql")):
        if path.relative_to(root).parts[0] not in SCHEMA_OF_FOLDER:
            raise Refused(
                f"{settings.relative(path)} lies in a folder that is not a layer; "
                f"move it to one of {', '.join(SCHEMA_OF_FOLDER)}."
            )
        if not re.fullmatch("[a-z][a-z0-9_]*", path.stem):
            raise Refused(f"{settings.relative(path)} names a table; rename it with a-z, 0-9 and _ only.")
        model = read_model(path)
        if model.name in models:
            raise Refused(f"{model.where} and {models[model.name].where} both make {model.name}; rename one of them.")
        models[model.name] = model
    indicators = [name for name in models if name.startswith("indicator.")]
    if indicators:
        models[EVERYTHING] = _everything(indicators)
    return {name: models[name] for name in in_order(models.values())}


def read_model(path: Path) -> Model:
    """One file as a model."""
    try:
        sql = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as fault:
        where = settings.relative(path)
        raise Refused(f"{where} is not UTF-8 text (byte {fault.start}); save it as UTF-8 and run again.") from fault
    return _parsed(path, sql)


@lru_cache(maxsize=512)
def _parsed(path: Path, sql: str) -> Model:
    """The text of one file as a model. A run reads its models more than once, and parsing takes a second or two."""
    where = settings.relative(path)
    try:
        statements = [each for each in sqlglot.parse(sql, dialect="duckdb") if each is not None]
    except SqlglotError as fault:
        raise Refused(f"{where}{_place(fault)} does not parse as SQL; correct it and run again.") from fault
    if len(statements) != 1 or not isinstance(statements[0], exp.Query):
        found = ", ".join(each.key for each in statements) or "nothing"
        raise Refused(f"{where} must hold one select and nothing else, but holds {found}; split it or correct it.")
    return Model(
        name=f"{_layer(path)}.{path.stem}",
        sql=sql.strip().rstrip(";"),
        reads=frozenset(_tables(statements[0], where)),
        comment=_leading_comment(sql),
        path=path,
    )


def _layer(path: Path) -> str:
    return next(SCHEMA_OF_FOLDER[folder.name] for folder in path.parents if folder.name in SCHEMA_OF_FOLDER)


def _tables(query: exp.Query, where: str) -> Iterable[str]:
    """Tables a query reads, schema-qualified; names of its own `with` clauses are not tables."""
    for scope in traverse_scope(query):
        for source in scope.sources.values():
            if not isinstance(source, exp.Table) or not source.name:
                continue
            if not source.db:
                raise Refused(f"{where} reads '{source.name}' without its schema; write it as layer.table.")
            yield f"{source.db}.{source.name}"


def _leading_comment(sql: str) -> str:
    lines = []
    for line in sql.splitlines():
        if not line.startswith("--"):
            break
        lines.append(line.removeprefix("--").strip())
    return " ".join(lines)


def _place(fault: SqlglotError) -> str:
    """Where a parser stopped, as far as it says."""
    found = fault.errors[0] if isinstance(fault, ParseError) and fault.errors else {}
    line, word = found.get("line"), found.get("highlight")
    return (f", line {line}" if line else "") + (f", at '{word}'," if word else "")


def _everything(indicators: list[str]) -> Model:
    union = "\nunion all by name\n".join(f"select * from {name}" for name in sorted(indicators))
    return Model(
        EVERYTHING, union, frozenset(indicators), "Every indicator row, the union of the indicator models.", None
    )


def in_order(models: Iterable[Model]) -> list[str]:
    """Names in an order in which each model comes after the models it reads; a circle is refused."""
    known = {model.name: model for model in models}
    sorter: TopologicalSorter[str] = TopologicalSorter(
        {name: sorted(model.reads & known.keys()) for name, model in sorted(known.items())}
    )
    try:
        return list(sorter.static_order())
    except CycleError as fault:
        circle = " → ".join(fault.args[1])
        first = known[fault.args[1][0]].where
        raise Refused(f"{first} is part of a circle ({circle}); let one of the models read something else.") from fault
