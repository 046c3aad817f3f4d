"""Person-year rows in parquet → cells and flows. The rows are streamed where they lie and never copied anywhere.

Each text of a code column is looked at once; the rows are then counted by small numbers, and the counts get codes.
The cells are checked as any delivered table is, so that person rows and a cell table of the same persons give the
same. Where a row has no degree of establishment it is made from income and limit; where it has no limit either, from
`share` of the median income of those at work of the same year, age, sex and education (the shape's `limit`).
Not here: what codes mean (`translate.py`), nor what must hold between cells (`checks.py`).
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet

from pipelines import settings
from pipelines.errors import Refused
from pipelines.inbox import cube
from pipelines.inbox import translate as reading
from pipelines.inbox.grid import Grid
from pipelines.inbox.mapping import FileMapping, Source
from pipelines.inbox.shapes import TOTAL, Column, Shape
from pipelines.inbox.translate import Places, Rows

THREADS = 2
MEMORY_LIMIT = "3GB"
MOST_CODES = 10_000  # distinct texts above which a column is none of codes
_COUNT = "counted"


@dataclass
class People:
    """The person rows of one delivery, opened: `cells` and `flows` scan them."""

    files: tuple[Path, ...]
    mapping: FileMapping
    places: Places
    notes: list[str] = field(default_factory=list)
    makes_establishment: bool = False
    makes_limits: bool = False
    is_prepared: bool = False
    _years: list[int] = field(default_factory=list)

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """Opens the files as the view `file_row`, if need be; `Refused` where one is no parquet or lacks a column."""
        connection = duckdb.connect(config={"threads": THREADS, "memory_limit": MEMORY_LIMIT})
        try:
            connection.execute("set enable_progress_bar = false")
            connection.read_parquet([str(path) for path in self.files]).create_view("file_row")
            found = {row[0] for row in connection.execute("describe file_row").fetchall()}
            lacking = sorted(self.mapping.headings - found)
            if lacking:
                raise Refused(
                    f"{self.where} has no column '{lacking[0]}', which {self.mapping.where} names; correct one of them."
                )
        except (duckdb.Error, Refused) as fault:
            connection.close()
            raise fault if isinstance(fault, Refused) else self._unreadable(fault) from fault
        return connection

    def close(self) -> None:
        """Closes what was opened."""
        if "connection" in self.__dict__:
            self.connection.close()

    @property
    def where(self) -> str:
        return settings.relative(self.files[0])

    @property
    def shape(self) -> Shape:
        return self.mapping.shape

    def years(self) -> list[int]:
        """The calendar years that there are rows of."""
        self.prepare()
        return self._years

    def cells(self, shape: Shape) -> Rows:
        """The rows counted by the columns of the cell table `shape`: as a cube, or in SQL where they must be joined."""
        counted = None
        with suppress(pa.ArrowException, OSError, KeyError):  # a part that is broken or of other columns: said below
            if self.mapping.headings <= set(pa.parquet.read_schema(self.files[0]).names):
                counted = cube.cells(self.files, self.mapping, self.places, shape)
        return counted if counted is not None else self.cells_in_sql(shape)

    def cells_in_sql(self, shape: Shape) -> Rows:
        """The same, by DuckDB, whatever the rows lack."""
        self.prepare()
        names = [name for name in shape.columns if name not in shape.counts]
        picked = ", ".join(f"{self._key(name)} as {name}" for name in names)
        return self._decoded(
            f"select {picked}, count(*) as {_COUNT} from {self._source()} where {self._in_span()} group by all",
            shape,
            {name: name for name in names},
        )

    def flows(self, shape: Shape, year: int) -> Rows | None:
        """The persons with a row both in `year` and the year before, by the columns of the flow table `shape`."""
        self.prepare()
        before = {name: of for name in shape.columns if (of := self._of_before(name)) is not None}
        now = [name for name in shape.columns if name not in before and name not in shape.counts]
        twice = self._fetched(f"select count(*) - count(distinct person) from coded where year = {year}")[0][0]
        if twice:
            raise Refused(f"{self.where}: in {year} {twice} row(s) repeat a person; deliver one row a person and year.")
        here = ", ".join(f"{self._key(name)} as {name}" for name in now)
        then = ", ".join(f"{self._key(of)} as {name}" for name, of in before.items())
        rows = self._decoded(
            f"select {', '.join([*now, *before])}, count(*) as {_COUNT} "
            f"from (select person, {here} from {self._source()} where year = {year} and {self._in_span()}) as a "
            f"join (select person, {then} from {self._source()} where year = {year - 1} and {self._in_span()}) as b "
            f"using (person) group by all",
            shape,
            {**{name: name for name in now}, **before},
        )
        return rows if rows.table.num_rows else None

    def _of_before(self, name: str) -> str | None:
        """`from_affiliation` is the year before's column whose name ends in affiliation."""
        if not name.startswith("from_"):
            return None
        return next(column for column in self.shape.columns if column.endswith(name.removeprefix("from_")))

    # What the scan sees: the view `coded`, a row a person and year, codes as the position of the code in its column.

    def prepare(self) -> None:
        """Makes `coded`, and the limits if they are needed, once."""
        if self.is_prepared:
            return
        self.is_prepared = True
        try:
            self._make_coded()
        except duckdb.Error as fault:
            raise self._unreadable(fault) from fault

    def _unreadable(self, fault: duckdb.Error) -> Refused:
        return Refused(f"{self.where} does not read as person rows ({_plain(fault)}); ask for the delivery again.")

    def _make_coded(self) -> None:
        codes = [name for name, column in self.shape.columns.items() if column.kind == "code"]
        selected = [
            f"cast({self._raw('year')} as integer) as year",
            f"{self._raw('municipality')} as municipality",
            f"{self._raw('person')} as person",
            f"cast({self._raw('year')} as integer) - cast({self._raw(self._birth.name)} as integer) as age",
            f"cast({self._raw('earned_income')} as double) as earned_income",
            f"cast({self._raw('limit')} as double) as limit_given",
        ]
        joins = []
        for name in codes:
            if name not in self.mapping.sources:
                selected.append(f"cast(null as smallint) as {name}")
                continue
            null = self._code_table(name)
            joins.append(f"left join code_{name} on code_{name}.given = file_row.{self._raw(name)}")
            selected.append(
                f"coalesce(code_{name}.code, {null}) as {name}" if null is not None else f"code_{name}.code as {name}"
            )
        self.connection.execute(f"create view coded as select {', '.join(selected)} from file_row {' '.join(joins)}")
        self._refuse_without_age()
        nobody_told = f"establishment is null and {self._at_work()}"
        incomes = "earned_income" in self.mapping.sources
        self.makes_establishment = incomes and self._may_lack("establishment") and self._is_any(nobody_told)
        if (
            self.makes_establishment
            and self._may_lack("limit")
            and self._is_any(f"limit_given is null and {nobody_told}")
        ):
            self.make_limits()

    def _refuse_without_age(self) -> None:
        """A row of no year or no age would be of no span, and so be left out in silence."""
        years = self._fetched("select distinct year from coded")
        texts = ["" if year is None else str(year) for (year,) in years]
        self._read("year", texts, self.shape.columns["year"], replace(self.mapping.sources["year"], constant=None))
        self._years = sorted(year for (year,) in years if year is not None)
        birth = self._birth.name
        if self._may_lack(birth) and self._is_any("age is null"):
            raise Refused(
                f"{self.where}: there are rows without {birth}; ask for them, or for a file without those rows."
            )

    def _code_table(self, name: str) -> int | None:
        """Makes code_<name>: every value of the column and the position of its code; returns that of no value, if any.

        An empty degree of establishment is not read as a code: it is made, or it is not known.
        """
        column = self.shape.columns[name]
        values = self.connection.sql(
            f"select distinct {self._raw(name)} as given from file_row limit {MOST_CODES}"
        ).to_arrow_table()
        texts = [("" if text is None else text) for text in values["given"].cast(pa.string()).to_pylist()]
        is_null = [value is None for value in values["given"].to_pylist()]
        if name == "establishment":
            values = values.filter(pa.array([not null for null in is_null]))
            texts = [text for text, null in zip(texts, is_null, strict=True) if not null]
        words = self._read(name, texts, column, self.mapping.sources[name])
        kept = [word != reading.LEFT_OUT for word in words]
        if not all(kept):
            self.notes.append(f"rows left out as {name} says")
        places = pa.array(
            [column.codes.index(word) if keep else -1 for word, keep in zip(words, kept, strict=True)], pa.int16()
        )
        self.connection.register("made", pa.table({"given": values["given"], "code": places}))
        self.connection.execute(f"create table code_{name} as select * from made where given is not null")
        self.connection.unregister("made")
        return next((places[i].as_py() for i, null in enumerate(is_null) if null and name != "establishment"), None)

    def _read(self, name: str, texts: list[str], column: Column, source: Source) -> list[str]:
        grid = Grid(self.files[0], {name: pa.array(texts, pa.string())}, 0, numbered=False)
        words = reading.column(grid, self.mapping, self.places, column, replace(source, headings=(name,)))
        return [str(word) for word in words.to_pylist()]

    def _raw(self, name: str) -> str:
        """A column of the file as SQL; null where the mapping has none."""
        source = self.mapping.sources.get(name)
        if source is None:
            return "null"
        if source.constant is not None:
            return f"'{source.constant}'"
        return '"' + source.headings[0].replace('"', '""') + '"'

    def _codes(self, name: str, wanted: Iterable[str]) -> str:
        codes = self.shape.columns[name].codes
        return ", ".join(str(codes.index(code)) for code in wanted)

    def _at_work(self) -> str:
        return f"main_affiliation in ({self._codes('main_affiliation', self.shape.limit['at_work'])})"

    @property
    def _birth(self) -> Column:
        return next(column for column in self.shape.columns.values() if column.kind == "birth_year")

    @property
    def _bands(self) -> list[str]:
        return sorted({f"{low}-{high}" for bands in self._birth.bands.values() for low, high in bands})

    def _by_year(self, made: dict[int, str]) -> str:
        """An expression that differs between years: that of the latest year not after the row's."""
        cases = " ".join(f"when year >= {year} then {made[year]}" for year in sorted(made, reverse=True))
        return f"case {cases} end"

    def _in_span(self) -> str:
        """Whether the row is of the ages that make the whole in its year, and nobody wanted it left out."""
        spans = {year: f"age between {low} and {high}" for year, (low, high) in self._birth.spans.items()}
        codes = [
            name
            for name, column in self.shape.columns.items()
            if column.kind == "code" and name in self.mapping.sources
        ]
        return " and ".join([f"({self._by_year(spans)})", *(f"coalesce({name}, 0) >= 0" for name in codes)])

    def _key(self, name: str) -> str:
        """What the rows are counted by for a column of the result: small numbers wherever that can be."""
        if name == "age_group":
            made = {}
            for year, bands in self._birth.bands.items():
                cases = " ".join(f"when age <= {high} then {self._bands.index(f'{low}-{high}')}" for low, high in bands)
                made[year] = f"case {cases} end"
            return f"cast({self._by_year(made)} as tinyint)"
        if name != "establishment" or not self.makes_establishment:
            return name
        limit = "coalesce(limit_given, median_limit)" if self.makes_limits else "limit_given"
        none, unknown, weak, established = (
            self._codes(name, [code]) for code in ("none", "unknown", "weak", "established")
        )
        return (
            f"cast(coalesce(establishment, case when not ({self._at_work()}) then {none} "
            f"when earned_income is null or {limit} is null then {unknown} "
            f"when earned_income < {limit} then {weak} else {established} end) as smallint)"
        )

    def _source(self) -> str:
        """The rows, each with the limit that was made for its like, where limits are made."""
        if not self.makes_limits:
            return "coded"
        return (
            f"(select coded.*, q.median_limit from coded left join median_limit as q on q.year = coded.year "
            f"and q.sex = coded.sex and q.education = coded.education and q.age_class = {self._age_class()})"
        )

    def make_limits(self) -> None:
        """The limit of each year, sex, education and age class, kronor: year by year, so that memory stays bounded."""
        self.connection.execute(
            "create table median_limit (year integer, sex smallint, education smallint, age_class integer, "
            "median_limit double)"
        )
        levels = [code for code in self.shape.columns["education"].codes if code not in ("unknown", TOTAL)]
        for year in self.years():
            self.connection.execute(
                f"insert into median_limit select {year}, sex, education, {self._age_class()} as age_class, "
                f"{float(self.shape.limit['share'])} * median(earned_income) from coded where year = {year} "
                f"and {self._at_work()} and earned_income > 0 and education in ({self._codes('education', levels)}) "
                f"group by sex, education, age_class having age_class is not null"
            )
        self.makes_limits = True

    def _age_class(self) -> str:
        """One class a year of age to begin with, then one every five years; named by its youngest age."""
        single, five = int(self.shape.limit["one_year_until"]), int(self.shape.limit["five_years_until"])
        in_fives = f"{single + 1} + 5 * ((age - {single + 1}) // 5)"
        return f"case when age <= {single} then age when age <= {five} then {in_fives} end"

    def _fetched(self, query: str) -> list[tuple[int, ...]]:
        try:
            return self.connection.execute(query).fetchall()
        except duckdb.ConversionException as fault:
            raise Refused(
                f"{self.where}: year, birth year and income must be numbers in every row ({_plain(fault)}); "
                f"correct them."
            ) from fault

    def _is_any(self, condition: str) -> bool:
        return bool(self._fetched(f"select 1 from coded where {condition} limit 1"))

    def _may_lack(self, name: str) -> bool:
        """Whether a column is not there or has rows without a value, by the files' own statistics: no scan."""
        if name not in self.mapping.sources:
            return True
        heading = self.mapping.sources[name].headings[0]
        for path in self.files:
            about = pa.parquet.read_metadata(path)
            place = next(i for i in range(about.num_columns) if about.schema.column(i).name == heading)
            for group in range(about.num_row_groups):
                statistics = about.row_group(group).column(place).statistics
                if statistics is None or not statistics.has_null_count or statistics.null_count:
                    return True
        return False

    # What the scan counted, in the project's codes.

    def _decoded(self, query: str, shape: Shape, of: dict[str, str]) -> Rows:
        """The rows that `query` counts, in the project's codes; `of` says which column of the file each is."""
        self._fetched(f"create or replace temp table grouped as {query}")
        notes = [*self.notes, *self._map_places()]
        picked, words = {"municipality": "p.municipality", "year": "p.year"}, {}
        for name, origin in of.items():
            if name == "age_group":
                picked[name], words[name] = f"g.{name}", self._bands
            elif self.shape.columns[origin].kind == "code":
                picked[name], words[name] = f"g.{name}", list(self.shape.columns[origin].codes)
                if origin not in self.mapping.sources and origin != "establishment":
                    picked[name] = self._codes(origin, [TOTAL])
        for name, origin in of.items():
            if origin == "establishment":  # who is not told of, and was not made: unknown of those at work, else none
                affiliation = next(
                    key
                    for key, value in of.items()
                    if value == "main_affiliation" and key.startswith("from_") == name.startswith("from_")
                )
                at_work = self._at_work().replace("main_affiliation", f"g.{affiliation}")
                unknown, none = (self._codes(origin, [code]) for code in ("unknown", "none"))
                picked[name] = f"coalesce(g.{name}, case when {at_work} then {unknown} else {none} end)"
        selected = [f"cast({picked[n]} as tinyint) as {n}" if n in words else f"{picked[n]} as {n}" for n in of]
        count = shape.counts[0]
        table = self.connection.sql(
            f"select {', '.join(selected)}, cast(sum(g.{_COUNT}) as double) as {count}, "
            f"cast(null as varchar) as {count}_status, 0 as {reading.ROW} from grouped as g join place_code as p "
            f"on p.raw_place is not distinct from g.municipality and p.raw_year = g.year group by all"
        ).to_arrow_table()
        for name, known in words.items():  # texts at last, each once
            texts = pa.DictionaryArray.from_arrays(table[name].combine_chunks(), pa.array(known, pa.string()))
            table = table.set_column(table.schema.get_field_index(name), name, texts)
        self.connection.execute("drop table grouped")
        return Rows(table, notes, numbered=False)

    def _map_places(self) -> list[str]:
        """Makes place_code: every municipality and year of the counted rows, in the codes of today's division."""
        found = self.connection.sql(
            "select distinct municipality as raw_place, year as raw_year from grouped"
        ).to_arrow_table()
        texts = {
            "municipality": found["raw_place"].cast(pa.string()).combine_chunks(),
            "year": found["raw_year"].cast(pa.string()).combine_chunks(),
        }
        grid = Grid(self.files[0], texts, 0, numbered=False)
        sources = {name: replace(self.mapping.sources[name], headings=(name,), constant=None) for name in texts}
        known, notes = reading.placed(grid, self.mapping, self.places, self.shape.columns, sources)
        table = reading.without_left_out(
            pa.table({**{n: found[n] for n in found.schema.names}, **known}), "municipality"
        )
        self.connection.register("made", table)
        self.connection.execute("create or replace temp table place_code as select * from made")
        self.connection.unregister("made")
        return notes


def _plain(fault: Exception) -> str:
    """What DuckDB says, without the value that it says it of."""
    return str(fault).split("\n")[0].split("'")[0].strip().rstrip(":.")


def years_in_a_row(years: list[int]) -> list[int]:
    """The years that have rows of the year before, too."""
    return [year for year in years if year - 1 in set(years)]
