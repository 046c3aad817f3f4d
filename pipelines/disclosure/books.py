"""The secret rows of a warehouse, in books: what is protected together, with what was hidden or shown of it before.

A *book* is what has a ledger of its own: ordered deliveries are one, made-up ones another. Within a book, a *chapter*
is the rows of one family of sources and one period. Belongs here: finding and reading them. Not here: what becomes of
them.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import duckdb
import numpy as np
import pyarrow as pa

from pipelines.catalogue import entries
from pipelines.catalogue.disclosure_rules import Rules
from pipelines.disclosure.cubes import Flags, Rows, Texts
from pipelines.disclosure.structure import EXACT

KEY = ("indicator_id", "area_code", "period", "dimension", "group_code", "sex")
NOBODY = "no_population"  # the reason of a row whose denominator is nought
DELIVERIES, SYNTHETIC = "deliveries", "synthetic"
BOOKS = (DELIVERIES, SYNTHETIC)


@dataclass(frozen=True)
class Chapter:
    """Secret rows of one period and family, and the public rows of the same indicators (`is_public`), in one order.

    `was_hidden`, `was_shown`: by an earlier release; `count_known`, `whole_known`: one has shown its present numerator,
    its present denominator. A number that has been revised since it was shown is another one, and was not. A row whose
    population is nobody is `observed` here, nought of nought: "no population" tells as much as a number does.
    """

    book: str
    sources: str
    period: str
    rules: Rules
    rows: Rows
    status: Texts
    is_public: Flags
    was_hidden: Flags
    was_shown: Flags
    count_known: Flags
    whole_known: Flags

    @property
    def name(self) -> str:
        return f"{self.sources}, {self.period}"

    def keys(self, which: Flags) -> pa.Table:
        """The keys of some rows."""
        rows = self.rows.take(which)
        columns = (rows.indicator, rows.area, np.full(len(rows), self.period), rows.dimension, rows.group, rows.sex)
        return pa.table({name: pa.array(list(each), pa.string()) for name, each in zip(KEY, columns, strict=True)})


def secret_sources() -> list[str]:
    """The ids of the source tables that nobody but we may see."""
    return sorted(source.id for source in entries.sources().values() if source.confidentiality == "secret")


def rests_on_secret(secret: Iterable[str]) -> str:
    """The SQL condition for a row that rests on a secret source."""
    listed = ", ".join(f"'{table}'" for table in sorted(secret))
    return f"coalesce(list_has_any(string_split(source_ids, ', '), [{listed}]), false)" if listed else "false"


def of_book(book: str) -> str:
    """The SQL condition for the rows of a book."""
    made_up = "=" if book == SYNTHETIC else "<>"
    return f"{rests_on_secret(secret_sources())} and provenance {made_up} 'synthetic' and status <> 'not_fetched'"


def fingerprint(connection: duckdb.DuckDBPyConnection, table: str, book: str) -> str:
    """A hash of a book's rows with their counts, in whatever order; empty where it has none."""
    columns = ", ".join((*KEY, "numerator", "denominator", "status"))
    query = f"select count(*), sum(hash({columns})::hugeint) from {table} as e where {of_book(book)}"
    rows, digest = connection.execute(query).fetchall()[0]
    return f"{rows}-{int(digest):x}" if rows else ""


def rules_of(sources: Iterable[str]) -> Rules:
    """The strictest of the sources' rules; the structure is that of the first which states one."""
    known = entries.sources()
    rules = [known[name].rules for name in sources if name in known and known[name].confidentiality == "secret"]
    stated = [each for each in rules if each.classifications] or rules
    limits = {
        name: max(getattr(each, name) for each in rules)
        for name in (
            "numerator_min",
            "complement_min",
            "denominator_min",
            "respondents_min",
            "respondents",
            "sensitive",
        )
    }
    first = stated[0]
    return Rules(
        **limits,
        tolerance=min(each.tolerance for each in rules),  # what one of them adds protects nothing of the others
        denominators_public=any(each.denominators_public for each in rules),
        classifications=first.classifications,
        wanted=first.wanted,
        wanted_above=first.wanted_above,
        withheld=tuple(dict.fromkeys(entry for each in rules for entry in each.withheld)),
        everybody=tuple(sorted({name for each in rules for name in each.everybody})),
        nobody=tuple(sorted({name for each in rules for name in each.nobody})),
    )


def chapters(
    connection: duckdb.DuckDBPyConnection, book: str, before: tuple[pa.Table, pa.Table], table: str
) -> Iterator[Chapter]:
    """The chapters of a book in `table` (`indicator.everything`, or a select in brackets). `before`: the keys hidden,
    and those shown with their numerators, in earlier releases.
    """
    if not secret_sources():
        return
    using = ", ".join(KEY)
    hidden, shown = before
    connection.register("hidden_before", hidden)
    connection.register("shown_before", shown)
    found = connection.sql(
        f"""
        with read as ({_read(table, book)})
        select b.*, h.indicator_id is not null as was_hidden, s.indicator_id is not null as was_shown,
            coalesce(list_bool_or([abs(each - b.numerator) < {EXACT} for each in s.counts]), false) as count_known,
            coalesce(list_bool_or([abs(each - b.denominator) < {EXACT} for each in s.wholes]), false) as whole_known
        from read as b
        left join hidden_before as h using ({using})
        left join (
            select {using}, list(distinct numerator) as counts, list(distinct denominator) as wholes
            from shown_before group by all
        ) as s using ({using})
        order by period, indicator_id, area_code, dimension, group_code, sex
        """
    ).to_arrow_table()
    connection.unregister("hidden_before")
    connection.unregister("shown_before")
    if found.num_rows:
        yield from _split(book, found)


def content(connection: duckdb.DuckDBPyConnection, table: str, book: str) -> str:
    """A hash of all that a book's chapters are read from, in whatever order."""
    query = f"select count(*), sum(hash(t)::hugeint) from ({_read(table, book)}) as t"
    rows, digest = connection.execute(query).fetchall()[0]
    return f"{rows}-{int(digest or 0):x}"


def _read(table: str, book: str) -> str:
    """The select of a book's rows, and of the public rows beside them: of the same indicators and periods."""
    secret, using = secret_sources(), ", ".join(KEY)
    names = ", ".join(f"'{each}'" for each in secret)
    return f"""
        with mine as (
            select {using}, source_ids, {_unless_nobody("status", "'observed'")},
                {_unless_nobody("numerator", "0")}, {_unless_nobody("denominator", "0")}
            from {table} as e where {of_book(book)}
        ),
        beside as (
            select e.* from {table} as e
            where not {rests_on_secret(secret)} and value is not null and numerator is not null
                and exists (select 1 from mine as m where m.indicator_id = e.indicator_id and m.period = e.period)
        )
        select {using}, status, numerator, denominator, false as is_public,
            array_to_string(list_sort(list_intersect(string_split(source_ids, ', '), [{names}])), ', ') as sources
        from mine
        union all
        select {using}, status, numerator, denominator, true as is_public, null as sources from beside
    """


def _unless_nobody(column: str, otherwise: str) -> str:
    return f"case when status_reason = '{NOBODY}' then {otherwise} else {column} end as {column}"


def _split(book: str, found: pa.Table) -> Iterator[Chapter]:
    columns = {name: found[name].to_numpy(zero_copy_only=False) for name in found.column_names}
    is_public = columns["is_public"].astype(bool)
    for sources in sorted(set(columns["sources"][~is_public])):
        rules = rules_of(sources.split(", "))
        own = ~is_public & (columns["sources"] == sources)
        parts = [part for each in rules.classifications for part in each.parts]
        for period in sorted(set(columns["period"][own])):
            here = (own | (is_public & np.isin(columns["indicator_id"], parts))) & (columns["period"] == period)
            some = {name: values[here] for name, values in columns.items()}
            rows = Rows(
                some["indicator_id"],
                some["area_code"],
                some["dimension"],
                some["group_code"],
                some["sex"],
                some["numerator"].astype(np.float64),
                some["denominator"].astype(np.float64),
            )
            yield Chapter(
                book,
                sources,
                period,
                rules,
                rows,
                some["status"],
                some["is_public"].astype(bool),
                some["was_hidden"].astype(bool),
                some["was_shown"].astype(bool),
                some["count_known"].astype(bool),
                some["whole_known"].astype(bool),
            )


def parents(connection: duckdb.DuckDBPyConnection, table: str = "core.area") -> dict[str, str | None]:
    """Each area's next larger one; None for the nation."""
    rows = connection.execute(f"select area_code, area_level, county_code from {table}").fetchall()
    nation = next((code for code, level, _ in rows if level == "nation"), None)
    return {
        code: None if level == "nation" else (nation if level == "county" else county) for code, level, county in rows
    }


def overlapping(periods: Iterable[str]) -> set[str]:
    """Periods of several years that share a year with another: their differences would give single years away."""
    spans = {period: _years(period) for period in periods}
    return {
        one
        for one, (first, last) in spans.items()
        if last > first
        and any(other != one and begins <= last and ends >= first for other, (begins, ends) in spans.items())
    }


def _years(period: str) -> tuple[int, int]:
    years = [int(year) for year in re.findall(r"\d{4}", period)]
    return years[0], years[-1]
