"""What must hold between the rows of a delivery, before it may stand beside others: one DuckDB, nothing kept in it.

Belongs here: totals and their parts, codes that exclude each other, age bands, keys. A fault is told by file and row,
never by a count. Not here: what a text means (`translate.py`), and what two deliveries say of the same (`merge.py`).
"""

import itertools
from dataclasses import dataclass
from functools import cached_property

import duckdb
import pyarrow as pa

from pipelines.errors import Refused
from pipelines.inbox.mapping import FileMapping
from pipelines.inbox.shapes import TOTAL, Shape, ages
from pipelines.inbox.translate import ROW, Rows
from schemas.fields import Table

PLACE = ("municipality", "year")


@dataclass(frozen=True)
class Checked:
    """The cells of one delivery as the contract has them, and what was noted."""

    table: pa.Table
    notes: list[str]


def checked(rows: Rows, mapping: FileMapping, contract: Table, where: str) -> Checked:
    """The delivery's cells in the contract's columns; what cannot be is refused."""
    check = _Check(rows, mapping, where, list(rows.notes))
    try:
        if not mapping.shape.pairs:
            check.parts()
            check.later()
            check.key(contract)
        else:
            check.pairs()
            if rows.numbered:  # of what was counted here there are no totals, and no cell twice
                check.wholes()
                check.key(contract)
            check.bands()
            check.absent(contract)
        changed = rows.numbered or check.is_changed
        return Checked(check.told(contract) if changed else _renamed(rows.table, mapping.shape, contract), check.notes)
    finally:
        check.close()


@dataclass
class _Check:
    rows: Rows
    mapping: FileMapping
    where: str
    notes: list[str]
    is_changed: bool = False

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The delivery in DuckDB: counts of rows are many and rarely need a change, so that they are not copied."""
        connection = duckdb.connect(config={"threads": 1})
        connection.register("given", self.rows.table)
        connection.execute(f"create {'table' if self.numbered else 'view'} delivery as select * from given")
        return connection

    def close(self) -> None:
        if "connection" in self.__dict__:
            self.connection.close()

    @property
    def numbered(self) -> bool:
        return self.rows.numbered

    def _together(self, one: str, other: str) -> set[tuple[str, str]]:
        """What stands together in two columns; of counts of rows Arrow tells it faster than DuckDB."""
        if self.numbered or self.is_changed:
            return set(self.connection.execute(f"select distinct {one}, {other} from delivery").fetchall())
        found = self.rows.table.group_by([one, other], use_threads=False).aggregate([])
        return set(zip(*(found[name].cast(pa.string()).to_pylist() for name in (one, other)), strict=True))

    def _place(self, row: int) -> str:
        return f", row {row}" if self.numbered else ""

    @property
    def shape(self) -> Shape:
        return self.mapping.shape

    @property
    def dimensions(self) -> list[str]:
        """The columns that may be `total`: codes and age bands."""
        return [name for name, column in self.shape.columns.items() if column.kind in ("code", "age_band")]

    def _refuse(self, condition: str, rule: str) -> None:
        found = self.connection.execute(f"select min({ROW}), count(*) from delivery where {condition}").fetchall()[0]
        if found[1]:
            raise Refused(
                f"{self.where}{self._place(found[0])}: {rule}; {found[1]} row(s) in all; "
                f"correct it or ask for it again."
            )

    def pairs(self) -> None:
        """Codes that exclude each other; rows of nobody are no fault."""
        count = self.shape.counts[0]
        for pair in self.shape.pairs:
            here = f"{pair['column']} in ({_listed(pair['codes'])})"
            beside = {found for code, found in self._together(pair["column"], pair["beside"]) if code in pair["codes"]}
            if pair.get("implied") and beside & {TOTAL, "unknown"}:
                implied = f"{here} and {pair['beside']} in ('total', 'unknown')"
                self._change(pair["beside"], f"case when {implied} then '{pair['implied']}' else {pair['beside']} end")
                beside = beside - {TOTAL, "unknown"} | {pair["implied"]}
            allowed = _listed(pair["allowed"])
            if beside - set(pair["allowed"]):
                self._refuse(
                    f"{here} and {pair['beside']} not in ({allowed}) and coalesce({count}, 1) > 0",
                    f"{pair['beside']} cannot be what it is beside that {pair['column']} ({', '.join(pair['codes'])} "
                    f"goes with {', '.join(pair['allowed'])})",
                )
            if self.numbered:  # of whom was counted nobody is nobody
                self.connection.execute(f"delete from delivery where {here} and {pair['beside']} not in ({allowed})")

    def _change(self, name: str, expression: str) -> None:
        """Gives a column of the delivery other codes; cells that were counted apart and are now the same are added."""
        if self.numbered:
            self.connection.execute(f"update delivery set {name} = {expression}")
            return
        count = self.shape.counts[0]
        self.connection.execute(
            f"create table changed as select * replace ({expression} as {name}, sum({count}) as {count}) "
            f"from delivery group by all; drop {'table' if self.is_changed else 'view'} delivery; "
            f"alter table changed rename to delivery"
        )
        self.is_changed = True

    def wholes(self) -> None:
        """Totals that stand beside their parts are held against them, then left out."""
        count, names = self.shape.counts[0], self.dimensions
        flags = ", ".join(f"bool_or({name} not in ('{TOTAL}', 'none')) as {name}" for name in names)
        self.connection.execute(f"create table split as select year, {flags} from delivery group by year")
        beyond = " or ".join(f"(d.{name} = '{TOTAL}' and s.{name})" for name in names)
        self.connection.execute(
            f"create table whole as select d.* from delivery d join split s using (year) where {beyond}; "
            f"delete from delivery d using split s where d.year = s.year and ({beyond})"
        )
        patterns = self.connection.execute(
            f"select distinct {', '.join(f'{name} = {TOTAL!r}' for name in names)} from whole"
        ).fetchall()
        for pattern in patterns:
            held = [name for name, is_total in zip(names, pattern, strict=True) if not is_total]
            parts_of = " and ".join(f"w.{name} <> '{TOTAL}'" for name in held) or "true"
            same = " and ".join(f"w.{name} = '{TOTAL}'" for name in names if name not in held) or "true"
            on = ", ".join([*PLACE, *held])
            joined = (
                f"from whole w join (select {on}, sum({count}) as parts, count(*) = count({count}) as all_told "
                f"from delivery group by {on}) using ({on}) where {same} and {parts_of}"
            )
            faults = [(f"parts > w.{count}", "its parts add to more than this total")]
            if self.mapping.absent_is_zero:
                rule = "its parts add to less than this total, though absent_rows says that who is not there is nobody"
                faults.append((f"all_told and parts < w.{count}", rule))
            for condition, rule in faults:
                found = self.connection.execute(f"select min(w.{ROW}), count(*) {joined} and {condition}").fetchall()[0]
                if found[1]:
                    raise Refused(
                        f"{self.where}{self._place(found[0])}: {rule}; {found[1]} total(s) in all; "
                        f"ask for the delivery again."
                    )
        left = self.connection.execute("select count(*) from whole").fetchall()[0][0]
        if left:
            self.notes.append(f"{left} row(s) of totals were held against their parts and left out")
        for name in names:
            if not self.shape.columns[name].optional:
                self._refuse(f"{name} = '{TOTAL}'", f"{name} is a total, and the year has no parts of it")

    def bands(self) -> None:
        """The age bands of each year cover its span exactly once; one that covers it alone is no split."""
        for name, column in self.shape.columns.items():
            if column.kind != "age_band":
                continue
            told = {(int(year), band) for year, band in self._together("year", name)}
            for year in sorted({year for year, _ in told}):
                bands = sorted(band for at, band in told if at == year)
                span = column.span(year)
                if bands == [TOTAL] or span is None:
                    continue
                refuse_bands(f"{self.where}, year {year}", bands, span)
                if len(bands) == 1:
                    self._change(name, f"case when cast(year as integer) = {year} then '{TOTAL}' else {name} end")

    def parts(self) -> None:
        """Within a row no part, nor the parts together, is above its whole."""
        for rule in self.shape.parts:
            whole, parts = rule["whole"], rule["parts"]
            for part in parts:
                self._refuse(f"{part} > {whole}", f"{part} is above {whole}, of which it is a part")
            self._refuse(f"{' + '.join(parts)} > {whole}", f"{' and '.join(parts)} add to more than {whole}")

    def later(self) -> None:
        """An interval that lies so many years after another does, at both ends."""
        if not (rule := self.shape.later):
            return
        by, first, last = (rule[name] for name in ("by", "from", "to"))
        ends = [f"cast({last}[{at}:{at + 3}] as integer) - cast({first}[{at}:{at + 3}] as integer)" for at in (1, 6)]
        off = " or ".join(f"{end} <> cast({by} as integer)" for end in ends)
        self._refuse(off, f"{last} is not {first} and {by} years more")

    def key(self, contract: Table) -> None:
        """No two rows say the same thing."""
        columns = ", ".join(contract.key)
        found = self.connection.execute(
            f"select min({ROW}), max({ROW}), count(*) from delivery group by {columns} having count(*) > 1 "
            f"order by min({ROW}) limit 1"
        ).fetchall()
        if found:
            raise Refused(
                f"{self.where}, rows {found[0][0]} and {found[0][1]} stand for the same cell; "
                f"map the column that tells them apart, or ask for the delivery again."
            )

    def absent(self, contract: Table) -> None:
        """Where an absent row does not mean zero, every cell that another place has is there, without a number."""
        if self.mapping.absent_is_zero:
            return
        count = self.shape.counts[0]
        cell = [name for name in contract.key if name not in PLACE]
        columns = ", ".join([*PLACE, *cell])
        self.connection.execute(
            f"insert into delivery ({columns}, {count}_status) "
            f"select p.municipality, p.year, {', '.join(f'c.{name}' for name in cell)}, 'absent' "
            f"from (select distinct municipality, year from delivery) p "
            f"join (select distinct year, {', '.join(cell)} from delivery) c using (year) "
            f"anti join delivery d using ({columns})"
        )

    def told(self, contract: Table) -> pa.Table:
        """The rows as the contract has them. Cells of nobody are left out: that is what an absent cell means."""
        condition = "true"
        if self.mapping.shape.pairs:
            count = self.shape.counts[0]
            names = {"value": count, "status": f"{count}_status"}
            condition = f"coalesce({count}, 1) > 0"
        else:
            names = {}
        columns = [
            f"cast({names.get(field.name, field.name)} as {_sql_type(field.type)}) as {field.name}"
            for field in contract.fields
        ]
        table = self.connection.sql(f"select {', '.join(columns)} from delivery where {condition}").to_arrow_table()
        return table.cast(contract.arrow())


def _renamed(table: pa.Table, shape: Shape, contract: Table) -> pa.Table:
    """Counted rows under the contract's names; texts as dictionaries, since there are many rows and few texts."""
    names = {"value": shape.counts[0], "status": f"{shape.counts[0]}_status"}
    columns = {field.name: table[names.get(field.name, field.name)] for field in contract.fields}
    types = {field.name: field.type for field in contract.arrow()}
    return pa.table(
        {
            name: column.cast(types[name]) if types[name] != pa.string() else column.dictionary_encode()
            for name, column in columns.items()
        }
    )


def refuse_bands(where: str, bands: list[str], span: tuple[int, int]) -> None:
    """Refuses age bands that do not cover `span` exactly once."""
    told = [band for band in bands if band != TOTAL]
    ends = sorted(map(ages, told))
    whole = not set(bands) - set(told) and ends[0][0] == span[0] and ends[-1][1] == span[1]
    if not whole or any(after[0] != before[1] + 1 for before, after in itertools.pairwise(ends)):
        raise Refused(
            f"{where}: the age bands {', '.join(bands)} do not cover {span[0]}–{span[1]} exactly once; bands are never "
            f"mixed, so ask for the same bands throughout the year."
        )


def _listed(codes: list[str]) -> str:
    return ", ".join(f"'{code}'" for code in codes)


def _sql_type(kind: pa.DataType) -> str:
    return {"string": "varchar", "double": "double", "int32": "integer", "int64": "bigint"}[str(kind)]
