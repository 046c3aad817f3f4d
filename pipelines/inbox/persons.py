"""Person-year rows in parquet → cells and flows. The rows are streamed where they lie and never copied anywhere.

The grouped rows are then read as any delivered table is, so that person rows and a cell table of the same persons give
the same. Where a row has no degree of establishment it is made from income and limit; where it has no limit either,
from `share` of the median income of those at work of the same year, age, sex and education (the shape's `limit`).
Not here: what codes mean (`translate.py`), nor what must hold between cells (`checks.py`).
"""

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.parquet

from pipelines import settings
from pipelines.errors import Refused
from pipelines.inbox import translate as reading
from pipelines.inbox.grid import Grid
from pipelines.inbox.mapping import FileMapping, Source
from pipelines.inbox.shapes import TOTAL, Column, Shape
from pipelines.inbox.translate import Places, Rows

THREADS = 2
MEMORY_LIMIT = "3GB"
_COUNT = "counted"
FROM = "before_"


@dataclass
class People:
    """The person rows of one delivery, opened. `cells` and `flows` scan them; `limits` is made once, when needed."""

    files: tuple[Path, ...]
    mapping: FileMapping
    places: Places
    connection: duckdb.DuckDBPyConnection
    limits_made: bool = False

    @classmethod
    def open(cls, files: tuple[Path, ...], mapping: FileMapping, places: Places) -> "People":
        """Opens the parquet files; `Refused` where one is none, or lacks a column that the mapping names."""
        where = settings.relative(files[0])
        connection = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY_LIMIT})
        try:
            connection.read_parquet([str(path) for path in files]).create_view("file_row")
        except duckdb.Error as fault:
            connection.close()
            raise Refused(f"{where} does not read as parquet; ask for the delivery again.") from fault
        found = {row[0] for row in connection.execute("describe file_row").fetchall()}
        lacking = sorted(mapping.headings - found)
        if lacking:
            connection.close()
            raise Refused(f"{where} has no column '{lacking[0]}', which {mapping.where} names; correct one of them.")
        return cls(files, mapping, places, connection)

    @property
    def where(self) -> str:
        return settings.relative(self.files[0])

    @property
    def shape(self) -> Shape:
        return self.mapping.shape

    def years(self) -> list[int]:
        """The calendar years that there are rows of."""
        year = self._raw("year")
        try:
            found = self.connection.execute(
                f"select distinct cast({year} as integer) from file_row order by 1"
            ).fetchall()
        except duckdb.Error as fault:
            raise Refused(
                f"{self.where}: year is not a whole year in every row; ask for the delivery again."
            ) from fault
        return [row[0] for row in found if row[0] is not None]

    def cells(self, shape: Shape) -> Rows:
        """The rows counted by the columns of the cell table `shape`."""
        self._limits_if_needed()
        names = [name for name in shape.columns if name not in shape.counts]
        picked = [f"{self._expression(name)} as {name}" for name in names]
        grouped = self._counted(f"select {', '.join(picked)}, count(*) as {_COUNT} from {self._rows()} group by all")
        return self._read(grouped, shape, {name: name for name in names})

    def flows(self, shape: Shape, year: int) -> Rows | None:
        """The persons with a row both in `year` and the year before, by the columns of the flow table `shape`."""
        self._limits_if_needed()
        person = self._raw("person")
        this_year = f"cast({self._raw('year')} as integer) = {year}"
        twice = self.connection.execute(
            f"select count(*) - count(distinct {person}) from file_row where {this_year}"
        ).fetchall()[0][0]
        if twice:
            raise Refused(f"{self.where}: in {year} {twice} row(s) repeat a person; deliver one row a person and year.")
        before = {
            name: name.replace("from_", "").replace("affiliation", "main_affiliation")
            for name in shape.columns
            if name.startswith("from_")
        }
        now = [name for name in shape.columns if name not in before and name not in shape.counts]
        then = ", ".join(f"{self._expression(of)} as {name}" for name, of in before.items())
        here = ", ".join(f"{self._expression(name)} as {name}" for name in now)
        grouped = self._counted(
            f"select {', '.join([*now, *before])}, count(*) as {_COUNT} "
            f"from (select {person} as person, {here} from {self._rows(year)}) as a "
            f"join (select {person} as person, {then} from {self._rows(year - 1)}) as b using (person) group by all"
        )
        return self._read(grouped, shape, {**{name: name for name in now}, **before}) if grouped.num_rows else None

    def _counted(self, query: str) -> pa.Table:
        try:
            return self.connection.sql(query).to_arrow_table()
        except duckdb.ConversionException as fault:
            told = str(fault).split("\n")[0].split("'")[0].strip()
            raise Refused(
                f"{self.where}: year, birth_year and income must be numbers ({told}); correct them."
            ) from fault

    def _raw(self, name: str) -> str:
        """A column of the file as SQL; null where the mapping has none."""
        source = self.mapping.sources.get(name)
        if source is None:
            return "null"
        if source.constant is not None:
            return f"'{source.constant}'"
        return '"' + source.headings[0].replace('"', '""') + '"'

    def _expression(self, name: str) -> str:
        if name == "age_group":
            return self._band()
        if name == "establishment":
            return self._establishment()
        return self._raw(name)

    @property
    def _birth(self) -> Column:
        return next(column for column in self.shape.columns.values() if column.kind == "birth_year")

    def _age(self) -> str:
        return f"(cast({self._raw('year')} as integer) - cast({self._raw(self._birth.name)} as integer))"

    def _by_year(self, made: dict[int, str]) -> str:
        """An expression that differs between years: that of the latest year not after the row's."""
        cases = " ".join(
            f"when cast({self._raw('year')} as integer) >= {year} then {made[year]}"
            for year in sorted(made, reverse=True)
        )
        return f"case {cases} end"

    def _band(self) -> str:
        """The age band by the bounds of the year: one comparison a band."""
        made = {}
        for year, bands in self._birth.bands.items():
            cases = " ".join(f"when {self._age()} <= {high} then '{low}-{high}'" for low, high in bands)
            made[year] = f"case {cases} end"
        return self._by_year(made)

    def _rows(self, year: int | None = None) -> str:
        """The rows of the ages that make the whole, of one year or all."""
        spans = {each: f"{self._age()} between {low} and {high}" for each, (low, high) in self._birth.spans.items()}
        only = f" and cast({self._raw('year')} as integer) = {year}" if year is not None else ""
        joined = ""
        if self.limits_made:
            # One row of `limits` at most for each person row; where there is none, nothing is known of establishment.
            joined = (
                f" left join education_level as l on l.given = {self._text('education')}"
                f" left join median_limit as q on q.year = cast({self._raw('year')} as integer)"
                f" and q.sex = {self._text('sex')} and q.level = l.level and q.age_class = {self._age_class()}"
            )
        return f"(select * from file_row{joined} where {self._by_year(spans)}{only})"

    def _text(self, name: str) -> str:
        return f"cast({self._raw(name)} as varchar)"

    def _at_work(self) -> str:
        codes = self._given("main_affiliation", set(self.shape.limit["at_work"]))
        return f"{self._text('main_affiliation')} in ({', '.join(codes)})" if codes else "false"

    def _given(self, name: str, wanted: set[str]) -> list[str]:
        """How the file writes the codes `wanted` of a column, as SQL texts."""
        return [f"'{text.replace(chr(39), chr(39) * 2)}'" for text, code in self._codes(name).items() if code in wanted]

    def _codes(self, name: str) -> dict[str, str]:
        """Every text of a code column, with the code that it is."""
        found = self.connection.execute(f"select distinct coalesce({self._text(name)}, '') from file_row").fetchall()
        texts = [row[0] for row in found]
        grid = Grid(self.files[0], {name: pa.array(texts, pa.string())}, 1)
        source = self.mapping.sources[name]
        words = reading.column(
            grid,
            replace(self.mapping, fill_down=False),
            self.places,
            self.shape.columns[name],
            replace(source, headings=(name,)),
        )
        return dict(zip(texts, words.to_pylist(), strict=True))

    def _needs_establishment(self) -> bool:
        return "establishment" not in self.mapping.sources or self._nulls("establishment") > 0

    def _establishment(self) -> str:
        if not self._needs_establishment():
            return self._text("establishment")
        if "earned_income" not in self.mapping.sources:
            return (
                f"coalesce({self._text('establishment')}, case when {self._at_work()} then 'unknown' else 'none' end)"
            )
        income = f"cast({self._raw('earned_income')} as double)"
        limit = f"cast({self._raw('limit')} as double)"
        limit = f"coalesce({limit}, median_limit)" if self.limits_made else limit
        made = (
            f"case when not ({self._at_work()}) then 'none' when {income} is null or {limit} is null then 'unknown' "
            f"when {income} < {limit} then 'weak' else 'established' end"
        )
        return f"coalesce({self._text('establishment')}, {made})"

    def _limits_if_needed(self) -> None:
        """Makes the table of limits where a row may have neither establishment nor limit."""
        has_limits = "limit" in self.mapping.sources and self._nulls("limit") == 0
        if (
            self.limits_made
            or has_limits
            or not self._needs_establishment()
            or "earned_income" not in self.mapping.sources
        ):
            return
        self.make_limits()

    def make_limits(self) -> None:
        """The limit of each year, sex, education and age class, kronor: year by year, so that memory stays bounded."""
        levels = [(text, code) for text, code in self._codes("education").items() if code not in ("unknown", TOTAL)]
        self.connection.register("levels", pa.table({"given": [x for x, _ in levels], "level": [y for _, y in levels]}))
        self.connection.execute("create or replace table education_level as select * from levels")
        self.connection.execute(
            "create or replace table median_limit "
            "(year integer, sex varchar, level varchar, age_class integer, median_limit double)"
        )
        income = f"cast({self._raw('earned_income')} as double)"
        at_work = self._at_work()
        for year in self.years():
            self.connection.execute(
                f"insert into median_limit select {year}, {self._text('sex')}, l.level, {self._age_class()}, "
                f"{float(self.shape.limit['share'])} * median({income}) from file_row "
                f"join education_level as l on l.given = {self._text('education')} "
                f"where cast({self._raw('year')} as integer) = {year} and {at_work} and {income} > 0 group by all"
            )
        self.limits_made = True

    def _age_class(self) -> str:
        """One class a year of age to begin with, then one every five years; named by its youngest age."""
        single, five = int(self.shape.limit["one_year_until"]), int(self.shape.limit["five_years_until"])
        age, first = self._age(), single + 1
        in_fives = f"{first} + 5 * (({age} - {first}) // 5)"
        return f"case when {age} <= {single} then {age} when {age} <= {five} then {in_fives} end"

    def _nulls(self, name: str) -> int:
        """How many rows have nothing in a column: from the files' own statistics, which cost no scan, else by one."""
        heading, nulls = self.mapping.sources[name].headings[0], 0
        for path in self.files:
            about = pa.parquet.read_metadata(path)
            place = next(i for i in range(about.num_columns) if about.schema.column(i).name == heading)
            for group in range(about.num_row_groups):
                statistics = about.row_group(group).column(place).statistics
                if statistics is None or not statistics.has_null_count:
                    raw = self._raw(name)
                    return int(
                        self.connection.execute(f"select count(*) - count({raw}) from file_row").fetchall()[0][0]
                    )
                nulls += statistics.null_count
        return nulls

    def _read(self, grouped: pa.Table, shape: Shape, of: dict[str, str]) -> Rows:
        """Grouped rows in the project's codes, counted anew: several codes of the file may be one of ours."""
        columns = {name: grouped[name].cast(pa.string()).combine_chunks() for name in of}
        grid = Grid(self.files[0], {**columns, _COUNT: grouped[_COUNT].cast(pa.string()).combine_chunks()}, 1)
        sources = {}
        for name, origin in of.items():
            own = self.mapping.sources.get(origin)
            sources[name] = Source((name,), codes=own.codes if own else {})
        count = shape.counts[0]
        sources[count] = Source((_COUNT,))
        mapping = replace(self.mapping, shape=shape, sources=sources, absent_is_zero=True, fill_down=False)
        rows = reading.translate(grid, mapping, self.places)
        names = [name for name in shape.columns if name != count]
        self.connection.register("translated", rows.table)
        summed = self.connection.sql(
            f"select {', '.join(names)}, sum({count}) as {count}, cast(null as varchar) as {count}_status, "
            f"min({reading.ROW}) as {reading.ROW} from translated group by {', '.join(names)}"
        ).to_arrow_table()
        self.connection.unregister("translated")
        return Rows(summed, rows.notes)


def years_in_a_row(years: list[int]) -> list[int]:
    """The years that have rows of the year before, too."""
    return [int(year) for year in np.array(years) if year - 1 in set(years)]
