"""Several deliveries as one table: what two say of the same cell must be the same, and a year is split one way.

What disagrees is listed cell by cell in `reports/` of the inbox, with both counts: that file is as secret as the
deliveries, so no message repeats it. Not here: one delivery's own faults (`checks.py`).
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines import settings
from pipelines.errors import Refused
from pipelines.files import make_folder
from pipelines.formats.spreadsheet import write_table
from pipelines.inbox.checks import PLACE, refuse_bands
from pipelines.inbox.shapes import TOTAL, Column
from schemas.fields import Table

REPORTS = "reports"


def merged(
    deliveries: Sequence[tuple[str, pa.Table]], contract: Table, columns: Mapping[str, Column], folder: Path
) -> pa.Table:
    """The deliveries (name, table in the contract's columns) as one; `Refused` where they disagree.

    Where the key holds a place and a year, a delivery tells of every cell of the places and years it has: a cell that
    one has and the other lacks is nobody there. A cell without a number disagrees with none. Texts of a single delivery
    may be dictionaries, as they are where it was counted from person rows.
    """
    if not deliveries:
        return contract.arrow().empty_table()
    if len(deliveries) == 1:  # nothing to hold it against, and no need of a copy
        _one_way(deliveries[0][1], contract, columns, folder)
        return deliveries[0][1]
    figures = [column.name for column in contract.fields if column.name not in contract.key]
    counts = [name for name in figures if not name.endswith("status")]
    with duckdb.connect(config={"threads": 1}) as connection:
        for number, (_, table) in enumerate(deliveries):
            connection.register(f"given_{number}", table)
        connection.execute("create table whole as select * from given_0 limit 0")
        found: list[pa.Table] = []
        for number, (name, _) in enumerate(deliveries):
            found += [
                _different(connection, contract, counts, deliveries[earlier][0], name, earlier, number)
                for earlier in range(number)
            ]
            _take(connection, contract, counts, number)
        different = pa.concat_tables(found) if found else None
        if different is not None and different.num_rows:
            _report(different, folder)
        whole = connection.sql("select * from whole").to_arrow_table().cast(contract.arrow())
    _one_way(whole, contract, columns, folder)
    return whole


def _is_census(contract: Table) -> bool:
    """Whether a delivery tells of everybody in the places and years it has."""
    return set(PLACE) <= set(contract.key)


def _different(
    connection: duckdb.DuckDBPyConnection, contract: Table, counts: list[str], first: str, second: str, a: int, b: int
) -> pa.Table:
    """The cells that deliveries a and b tell of differently."""
    key = ", ".join(contract.key)
    selected = ", ".join(contract.key)
    both, zero = "join", ""
    if _is_census(contract):
        both = "full join"
        place = ", ".join(PLACE)
        zero = f"semi join (select distinct {place} from {{other}}) using ({place})"
    left = f"(select * from given_{a} {zero.format(other=f'given_{b}')})"
    right = f"(select * from given_{b} {zero.format(other=f'given_{a}')})"
    compared = []
    for name in counts:
        status = "status" if name == "value" else f"{name}_status"
        first_count = f"case when x.{status} is null then coalesce(x.{name}, 0) end"
        second_count = f"case when y.{status} is null then coalesce(y.{name}, 0) end"
        compared.append(
            f"select {selected}, '{name}' as count, {_text(first)} as first_delivery, {first_count} as first_count, "
            f"{_text(second)} as second_delivery, {second_count} as second_count "
            f"from {left} x {both} {right} y using ({key}) where {first_count} <> {second_count}"
        )
    return connection.sql(" union all ".join(compared)).to_arrow_table()


def _take(connection: duckdb.DuckDBPyConnection, contract: Table, counts: list[str], number: int) -> None:
    """Adds what the delivery alone tells of; of a cell that both have, the one with numbers."""
    key = ", ".join(contract.key)
    unknown = " or ".join(f"w.{name} is null" for name in counts)
    known = " and ".join(f"g.{name} is not null" for name in counts)
    same = " and ".join(f"w.{name} = g.{name}" for name in contract.key)
    connection.execute(f"delete from whole w using given_{number} g where {same} and ({unknown}) and {known}")
    connection.execute(f"insert into whole select * from given_{number} anti join whole using ({key})")


def _report(different: pa.Table, folder: Path) -> None:
    path = folder / REPORTS / "disagreements.csv"
    make_folder(path.parent)
    write_table(different, path)  # labels are others' words, and a spreadsheet opens it
    first, second = different["first_delivery"][0], different["second_delivery"][0]
    raise Refused(
        f"The deliveries {first} and {second} disagree in {different.num_rows} cell(s), listed in "
        f"{settings.relative(path)} (as secret as they are); ask which is right and take the other out."
    )


def _one_way(whole: pa.Table, contract: Table, columns: Mapping[str, Column], folder: Path) -> None:
    """Within a year every place is split by the same variables, and by the same age bands."""
    if not _is_census(contract):
        return
    where = settings.relative(folder)
    names = [name for name in contract.key if name not in PLACE]
    whole = whole.select(["year", *names]).unify_dictionaries()
    codes = whole.group_by(whole.column_names, use_threads=False).aggregate([])  # what stands together in any place
    years = codes["year"].to_pylist()
    for name in names:
        told = set(zip(years, codes[name].cast(pa.string()).to_pylist(), strict=True))
        split = {year for year, code in told if code not in (TOTAL, "none")}
        mixed = [year for year, code in told if code == TOTAL and year in split]
        if mixed:
            raise Refused(
                f"{where}: in {min(mixed)} some places are split by {name} and some are not; "
                f"ask for the same split in every place, or take one of the deliveries out."
            )
    for column in columns.values():
        if column.kind not in ("age_band", "birth_year"):
            continue
        told = set(zip(years, codes["age_group"].cast(pa.string()).to_pylist(), strict=True))
        for year in sorted(set(years)):
            known = sorted(band for at, band in told if at == year)
            span = column.span(year)
            if known != [TOTAL] and span is not None:
                refuse_bands(f"{where}, year {year}", known, span)


def _text(words: str) -> str:
    escaped = words.replace("'", "''")
    return f"'{escaped}'"
