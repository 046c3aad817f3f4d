"""The door between a fetched table and the landing: contract, codes, symbols, and what the older landings still know.

Belongs here: whether an arriving table may land, and as what. Does not belong here: fetching (fetch.py), the files of a
landing (landing/zone.py), any source's name.

**An arriving table never makes figures disappear.** Services answer with what they hold now: often fewer years than
were landed before, sometimes fewer key figures. So the landing becomes the arriving table and, cell by cell, what only
an older landing holds:

* the same cell in both: the arriving one counts, also where it says that there is no number (a withdrawn figure goes);
* a cell in an older landing only: it stays as it was, and how many did is said and noted beside the landing;
* cells are compared in the project's codes (`data/reference/code_map.csv`), so that a publisher's change of spelling,
  or of the level of detail, does not leave the same persons in the table twice.

A figure that its publisher takes away without a word (no cell at all, where there was one) is therefore kept; what is
kept by mistake of an earlier fetch is got rid of by deleting the table's folder under `JAMLIK_DATA/landing` and
fetching again, what is kept of the snapshot only by a new snapshot.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.catalogue.entries import Source
from pipelines.errors import Refused
from pipelines.warehouse import contracts
from schemas.fields import Table

_PLACES = ("municipality", "region")  # columns that hold an area's code
_MEMORY = "600MB"


@dataclass(frozen=True)
class Known:
    """What the reference files say: area codes, labels by publisher and variable, symbols by publisher."""

    areas: frozenset[str]
    labels: Mapping[tuple[str, str], Mapping[str, str]]
    symbols: Mapping[str, Mapping[str, str]]  # publisher → symbol → status

    @classmethod
    def of(cls, areas: pa.Table, code_map: pa.Table, symbols: pa.Table) -> "Known":
        """From the three reference tables as they are read."""
        codes = set(areas["municipality_code"].to_pylist()) | set(areas["county_code"].to_pylist()) | {"00"}
        labels: dict[tuple[str, str], dict[str, str]] = {}
        for row in code_map.to_pylist():
            labels.setdefault((row["source"], row["variable"]), {})[row["label"]] = row["code"]
        found: dict[str, dict[str, str]] = {}
        for row in symbols.to_pylist():
            found.setdefault(row["source"], {})[row["symbol"] or ""] = row["status"]
        return cls(frozenset(codes), labels, found)

    def of_column(self, source: Source, column: str) -> Mapping[str, str]:
        """Label → code of a column (`sex_label`, `gender`), empty where the publisher's labels are not translated."""
        variable = {"gender": "sex"}.get(column, column.removesuffix("_label"))
        return self.labels.get((source.origin, variable), {}) if variable != column else {}


@dataclass(frozen=True)
class Older:
    """A landing that is in place: what kind, of which day, and its rows."""

    kind: str
    retrieved: str
    table: pa.Table


@dataclass(frozen=True)
class Admitted:
    """What may land: the arriving rows, what was kept of each older landing, and the same in words for the provenance.

    Every table is ordered by key; no key is in two of them.
    """

    arrived: pa.Table
    older: tuple[Older, ...]
    kept: tuple[dict[str, Any], ...]

    def said(self) -> str:
        """The kept cells in words, empty when there are none."""
        words = [
            f"{each['rows']} cells that only the {each['landing']} of {each['retrieved'] or 'unknown date'} has "
            "were kept" + (f" ({each['where']})" if each["where"] else "")
            for each in self.kept
        ]
        return "; ".join(words)


def admit(source: Source, contract: Table, arriving: pa.Table, older: Sequence[Older], known: Known) -> Admitted:
    """The table that may land for `source`, or `Refused` with column or row and reason.

    `older` are the landings in place, each stage of them with its own day; the newest fills first. Rows count from 1 in
    the order the service gave them.
    """
    table = _fitted(source, contract, arriving)
    _demand_translations(source, table, known)
    table = _without_secrets(source, table, known)
    with duckdb.connect(config={"memory_limit": _MEMORY}) as connection:
        connection.execute("create schema source")
        connection.register("arriving", table)
        connection.execute(f"create table {contract.name} as select * from arriving")
        secret = source.confidentiality == "secret"
        verdict = contracts.audit(connection, contract, secret)
        if not verdict.passed:
            raise Refused(f"{source.id} does not hold its contract: {verdict.sentence}; the landing there was stays")
        _make_labels(connection, source, contract, known)
        connection.execute(f"create table whole as select * from {contract.name}")
        kept: dict[tuple[str, str], list[pa.Table]] = {}
        said = []
        for each in sorted(older, key=lambda landed: (landed.retrieved, landed.kind == "live"), reverse=True):
            if (found := _keep(connection, source, contract, each, known)) is not None:
                kept.setdefault((each.kind, each.retrieved), []).append(_ordered(connection, "kept", contract))
                said.append(found)
        arrived = _ordered(connection, contract.name, contract)
    stages = (Older(kind, retrieved, pa.concat_tables(rows)) for (kind, retrieved), rows in kept.items())
    return Admitted(arrived, tuple(stages), tuple(said))


def _ordered(connection: duckdb.DuckDBPyConnection, table: str, contract: Table) -> pa.Table:
    columns = ", ".join(column.name for column in contract.fields)
    result = connection.sql(f"select {columns} from {table} order by {', '.join(contract.key)}")
    return result.to_arrow_table().cast(contract.arrow())


def _fitted(source: Source, contract: Table, arriving: pa.Table) -> pa.Table:
    """The columns of the contract in its order and types; a column too many or too few is refused by name."""
    wanted = {column.name: column.type for column in contract.fields}
    lacking = [name for name in wanted if name not in arriving.column_names]
    added = [name for name in arriving.column_names if name not in wanted]
    if lacking or added:
        word = (
            f"lacks the column {lacking[0]}" if lacking else f"has the column {added[0]}, which its contract does not"
        )
        raise Refused(f"{source.id} {word}; correct its 'maps' in live_sources.yaml or its contract")
    columns = {}
    for name, kind in wanted.items():
        try:
            columns[name] = arriving[name].cast(kind)
        except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as fault:
            reason = str(fault).split("\n")[0]
            raise Refused(f"{source.id}, column {name}: {reason}; see what the service says") from fault
    return pa.table(columns)


def _demand_translations(source: Source, table: pa.Table, known: Known) -> None:
    """A label, an area or a symbol that no reference file translates is refused here, before a run meets it."""
    for name in table.column_names:
        texts = _texts(table[name]) if pa.types.is_string(table.schema.field(name).type) else []
        labels = known.of_column(source, name)
        if labels and (unknown := sorted(set(texts) - set(labels))):
            raise Refused(
                f"{source.id}, column {name}: {unknown[0]!r} is not translated in data/reference/code_map.csv; "
                f"see what it means, and add it there"
            )
        if name in _PLACES and (unknown := sorted(code for code in texts if _area(code) not in known.areas)):
            raise Refused(
                f"{source.id}, column {name}: {unknown[0]!r} is not an area in data/reference/areas.csv; "
                f"a new division needs a crosswalk first"
            )
    symbols = known.symbols.get(source.origin)
    if symbols is None or "status" not in table.column_names:
        return
    found = set(table.filter(pc.is_null(table["value"]))["status"].unique().to_pylist())
    if None in found:
        raise Refused(
            f"{source.id}: a cell has neither number nor symbol; say by 'null_status' in its options what that means"
        )
    if unknown := sorted(found - set(symbols)):
        raise Refused(
            f"{source.id}: the symbol {unknown[0]!r} is not in data/reference/missing_symbols.csv; "
            f"see what the publisher means by it, and add it there"
        )


def _without_secrets(source: Source, table: pa.Table, known: Known) -> pa.Table:
    """A number beside a symbol that means secrecy is not taken in: nobody can tell here that it may be shown."""
    secret = [symbol for symbol, status in known.symbols.get(source.origin, {}).items() if status == "suppressed"]
    if not secret or "status" not in table.column_names:
        return table
    hidden = pc.fill_null(pc.is_in(table["status"], pa.array(secret)), False)
    place = table.column_names.index("value")
    return table.set_column(place, "value", pc.if_else(hidden, pa.scalar(None, pa.float64()), table["value"]))


def _texts(column: pa.ChunkedArray) -> list[str]:
    return [text for text in column.unique().to_pylist() if text is not None]


def _area(code: str) -> str:
    """Four digits that begin with 00 are a nation or a county written as long as a municipality."""
    return code[2:] if len(code) == 4 and code.startswith("00") else code


def _make_labels(connection: duckdb.DuckDBPyConnection, source: Source, contract: Table, known: Known) -> None:
    rows = [
        {"name": name, "label": label, "code": code}
        for name in contract.key
        for label, code in known.of_column(source, name).items()
    ]
    schema = pa.schema([("name", pa.string()), ("label", pa.string()), ("code", pa.string())])
    connection.register("labels", pa.Table.from_pylist(rows, schema=schema))


def _keep(
    connection: duckdb.DuckDBPyConnection, source: Source, contract: Table, older: Older, known: Known
) -> dict[str, Any] | None:
    """Adds to `whole` the cells that only `older` holds; what was added, or None."""
    lacking = [column.name for column in contract.fields if column.name not in older.table.column_names]
    if lacking:  # landed under an earlier contract: nothing of it can be compared
        return None
    connection.register("older", older.table)
    translated = [name for name in contract.key if known.of_column(source, name)]
    keys = _keys(contract.key, translated)
    columns = ", ".join(f"t.{column.name}" for column in contract.fields)
    names = ", ".join(f"k_{name}" for name in contract.key)
    connection.execute(
        f"create or replace temp table kept as with t as ({_labelled('older', translated)}), "
        f"w as (select distinct {keys} from ({_labelled('whole', translated)}) as t) "
        f"select {columns} from (select t.*, {keys} from t) as t anti join w using ({names})"
    )
    rows = connection.execute("select count(*) from kept").fetchall()[0][0]
    if not rows:
        return None
    connection.execute(f"insert into whole by name select {columns.replace('t.', '')} from kept")
    return {
        "landing": older.kind,
        "retrieved": older.retrieved[:10],
        "rows": rows,
        "where": _where(connection, contract),
    }


def _keys(key: Iterable[str], translated: Sequence[str]) -> str:
    return ", ".join(
        f"coalesce(t.c_{name}, t.{name}) as k_{name}" if name in translated else f"t.{name} as k_{name}" for name in key
    )


def _labelled(table: str, translated: Sequence[str]) -> str:
    """The table with a column `c_<name>` for each translated label: its code in this project."""
    joins = " ".join(
        f"left join labels as l{n} on l{n}.name = '{name}' and l{n}.label = b.{name}"
        for n, name in enumerate(translated)
    )
    codes = "".join(f", l{n}.code as c_{name}" for n, name in enumerate(translated))
    return f"select b.*{codes} from {table} as b {joins}"


def _where(connection: duckdb.DuckDBPyConnection, contract: Table) -> str:
    """Which years the kept cells are of, in words."""
    time = next((name for name in ("year", "month", "survey_years") if name in contract.key), None)
    if time is None:
        return ""
    first, last = connection.execute(f"select min({time}), max({time}) from kept").fetchall()[0]
    return f"{time} {first}" if first == last else f"{time} {first} to {last}"
