"""A table of the user's own (csv, xlsx, xlsm, parquet) → every cell as text with its row, in a DuckDB in memory; and
what was made of it, as a file.

What `jamlik measures` and `jamlik effects` read and write. Every fault is one sentence with file and row, and nothing
is guessed from the values. Not here: which columns a table must have, and what may stand in them.
"""

import codecs
import csv
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.errors import Refused, WrongCall
from pipelines.files import appearing, demand_regular
from pipelines.formats.spreadsheet import write_query


def demand_another_file(out: Path, path: Path) -> None:
    """Refuses an ending that cannot be written, and to write over the table that is read (`WrongCall`)."""
    if out.suffix.lower() not in (".csv", ".parquet"):
        raise WrongCall(f"{out} must end in .csv or .parquet, so that it is clear what to write.")
    if out.exists() and path.exists() and out.samefile(path):
        raise WrongCall(f"{out} is the table that is read; give another path to write to, so that it is kept.")


def write_table(connection: duckdb.DuckDBPyConnection, table: str, out: Path) -> None:
    """Writes a table of the connection as csv or parquet, by the ending of `out`."""
    try:
        if out.suffix.lower() == ".csv":
            write_query(connection, f"from {table}", out)
        else:
            with appearing(out) as beside:
                target = str(beside).replace("'", "''")
                connection.execute(f"copy {table} to '{target}' (format parquet)")
    except (duckdb.Error, OSError) as fault:
        raise Refused(f"{out} cannot be written; check that its folder exists and may be written to.") from fault


def read_cells(
    connection: duckdb.DuckDBPyConnection, table: str, path: Path, columns: Sequence[str], what: str
) -> bool:
    """Makes `table` of those of `columns` that the file has, in any case, every cell as trimmed text, and `row`, from
    1 for the first below the heading. True where the decimal sign is a comma. `what` names what the file should
    hold."""
    ending = path.suffix.lower()
    if ending not in (".csv", ".xlsx", ".xlsm", ".parquet"):
        raise WrongCall(f"{path} must be a .csv, .xlsx, .xlsm or .parquet file with {what}.")
    demand_regular(path)
    if not path.is_file():
        raise WrongCall(f"{path} is not there; give the path of a csv, xlsx or parquet file.")
    if path.stat().st_size == 0:
        raise Refused(f"{path} is empty; it must hold {what} with at least one row.")
    source, comma, delimiter = "?", False, ","
    parameters: list[object] = [str(path)]
    if ending == ".csv":
        _check_encoding(path)
        delimiter = _delimiter(path)
        _check_heading(path, delimiter, columns)
        comma = delimiter == ";"
        source = f"read_csv(?, header = true, all_varchar = true, delim = '{delimiter}', quote = '\"', escape = '\"')"
    elif ending == ".parquet":
        source = "read_parquet(?)"
    else:
        connection.register("sheet", _sheet(path, what))
        source, parameters = "sheet", []
    try:
        names = [row[0] for row in connection.execute(f"describe select * from {source}", parameters).fetchall()]
        known = _known_columns(names, columns, path)
        picked = ", ".join(f'trim(cast("{given}" as varchar)) as {name}' for name, given in known.items())
        connection.execute(
            f"create table {table} as select row_number() over () as row, {picked or 'null as nothing'} from {source}",
            parameters,
        )
    except duckdb.Error as fault:
        if ending == ".csv":
            with suppress(csv.Error):  # of a cell that is too long; then the reader's own words must do
                _check_rows(path, delimiter)
        told = str(fault).split("\n")[0].rstrip(". ")
        raise Refused(
            f"{path} cannot be read as {ending[1:]} ({told}); open it and save it again in that form."
        ) from fault
    if ending in (".xlsx", ".xlsm"):
        connection.unregister("sheet")
    return comma


def _check_encoding(path: Path) -> None:
    """Refuses what is not UTF-8, with the row; å, ä and ö would otherwise come out as something else."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    rows = 1
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            try:
                decoder.decode(block)
            except UnicodeDecodeError as fault:
                rows += block[: fault.start].count(b"\n")
                raise Refused(f"{path}, row {rows}: the text is not UTF-8; save the table as CSV UTF-8.") from fault
            rows += block.count(b"\n")


def _delimiter(path: Path) -> str:
    """What separates the columns: the commonest of comma, semicolon and tab in the heading."""
    with path.open("rb") as file:
        heading = file.readline(65_536).decode("utf-8", errors="replace")
    return max(",;\t", key=heading.count)


def _check_heading(path: Path, delimiter: str, columns: Sequence[str]) -> None:
    """Refuses a column twice, of which the reader would rename the second."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        try:
            given = [name.strip().lower() for name in next(csv.reader(file, delimiter=delimiter), [])]
        except csv.Error as fault:
            raise Refused(f"{path}, row 1: the heading cannot be read; name the columns in the first row.") from fault
    for name in columns:
        if given.count(name) > 1:
            raise Refused(f"{path} has the column {name} twice; keep one of them.")


def _check_rows(path: Path, delimiter: str) -> None:
    """Refuses the first row that has not as many cells as the heading."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.reader(file, delimiter=delimiter)
        wanted = len(next(rows, []))
        for row in rows:
            if row and len(row) != wanted:
                raise Refused(
                    f"{path}, row {rows.line_num}: the row has {len(row)} cells but the heading has {wanted}; give it"
                    " as many, and put a text that holds a separator in quotation marks."
                )


def _sheet(path: Path, what: str) -> pa.Table:
    """The first sheet of a workbook, every cell as text."""
    import zipfile

    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
        rows = list(book.worksheets[0].iter_rows(values_only=True))
        book.close()
    except (zipfile.BadZipFile, InvalidFileException, KeyError, OSError, ValueError) as fault:
        raise Refused(f"{path} is not a workbook that can be read; save it as .xlsx or .csv.") from fault
    rows = [row for row in rows if any(cell is not None for cell in row)]
    if not rows:
        raise Refused(f"{path} is empty; its first sheet must hold {what}.")
    heading = [str(cell) if cell is not None else f"column {place}" for place, cell in enumerate(rows[0], 1)]
    columns = [[None if cell is None else _text(cell) for cell in column] for column in zip(*rows[1:], strict=True)]
    arrays = [pa.array(column, pa.string()) for column in columns] or [pa.array([], pa.string()) for _ in heading]
    if len({name.strip().lower() for name in heading}) < len(heading):
        raise Refused(f"{path} has two columns of the same name; keep one of them.")
    return pa.table(arrays, names=heading)


def _text(cell: object) -> str:
    """A cell as csv would write it: 1 for 1.0 and for true, a date as its day."""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).removesuffix(" 00:00:00")


def _known_columns(names: list[str], columns: Sequence[str], path: Path) -> dict[str, str]:
    """The columns asked for among the file's, whatever their case; other columns are kept out."""
    known: dict[str, str] = {}
    for given in names:
        name = given.strip().lstrip("\ufeff").lower()
        if name in columns:
            if name in known:
                raise Refused(f"{path} has the column {name} twice; keep one of them.")
            known[name] = given
    return known


def as_number(name: str, comma: bool) -> str:
    """The SQL that reads a cell as a number; null where it is none."""
    text = f"replace({name}, ',', '.')" if comma else name
    return f"try_cast({text} as double)"


def first_cell(connection: duckdb.DuckDBPyConnection, table: str, fault: str, name: str) -> tuple[int, str] | None:
    """Row number in the file (the heading is row 1) and text of the first cell for which `fault` holds."""
    rows = connection.execute(
        f"select row + 1, coalesce({name}, '') from {table} where {fault} order by row limit 1"
    ).fetchall()
    return (int(rows[0][0]), shown(str(rows[0][1]))) if rows else None


def shown(text: str, most: int = 60) -> str:
    """A text of the user's as it may stand in a sentence: on one line, without what a terminal would obey, and cut."""
    plain = "".join(letter if letter.isprintable() else " " for letter in text)
    return plain if len(plain) <= most else plain[: most - 1] + "…"


def one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])
