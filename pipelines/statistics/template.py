"""Reads a table in the upload template of WHO's Health Equity Assessment Toolkit (HEAT) into `measure.member`.

One row per subgroup; a comparison is a setting, date, source, indicator and dimension. Every fault of the file is told
in one sentence with file, row and column, and nothing is guessed from the values. Not here: any measure.
"""

import codecs
from pathlib import Path

import duckdb
import pyarrow as pa

from pipelines.errors import Refused, WrongCall
from pipelines.files import demand_regular

REQUIRED = (
    "setting",
    "date",
    "indicator_abbr",
    "dimension",
    "subgroup",
    "estimate",
    "favourable_indicator",
    "indicator_scale",
    "ordered_dimension",
)
OPTIONAL = (
    "source",
    "indicator_name",
    "se",
    "ci_lb",
    "ci_ub",
    "population",
    "flag",
    "setting_average",
    "subgroup_order",
    "reference_subgroup",
    "numerator",
)
_NUMBERS = ("estimate", "se", "ci_lb", "ci_ub", "population", "numerator", "indicator_scale")
_YES_NO = ("favourable_indicator", "ordered_dimension", "reference_subgroup")
_KEY = ("setting", "date", "source", "indicator_abbr", "dimension")
_SAME_WITHIN = ("favourable_indicator", "indicator_scale", "ordered_dimension")
_MISSING = "('', 'NA')"  # WHO's own tables write NA


def fill_members(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Reads `path` and makes `measure.member` and `measure.comparison` (group_id and the template's key).

    Returns the number of subgroup rows. indicator_scale 1 and 100 are shares (0…scale), higher ones rates; a scale that
    is left empty says that the figure is a mean, which has no upper bound. WHO gives means the scale 1: where one of a
    comparison's estimates then lies above 1 they are means, and `taken_as_mean` says so. Where numerator is given it
    fills a missing estimate (numerator / population · scale) and a missing standard error (binomial for shares, Poisson
    for rates); before that ci_lb and ci_ub, a 95 % interval, fill the standard error by their width.
    Raises `Refused` or `WrongCall`, one sentence each.
    """
    comma = _read(connection, path)
    _check_columns(connection, path)
    _check_cells(connection, path, comma)
    _number(connection, comma)
    _check_groups(connection, path)
    _make_tables(connection)
    return _one(connection, "select count(*) from measure.member")


def _one(connection: duckdb.DuckDBPyConnection, query: str) -> int:
    return int(connection.execute(query).fetchall()[0][0])


def _read(connection: duckdb.DuckDBPyConnection, path: Path) -> bool:
    """Makes `template_raw`, every cell as text with its row number; true where the decimal sign is a comma."""
    ending = path.suffix.lower()
    if ending not in (".csv", ".xlsx", ".xlsm", ".parquet"):
        raise WrongCall(f"{path} must be a .csv, .xlsx, .xlsm or .parquet file in WHO HEAT's upload template.")
    demand_regular(path)
    if not path.is_file():
        raise WrongCall(f"{path} is not there; give the path of a csv, xlsx or parquet file.")
    if path.stat().st_size == 0:
        raise Refused(f"{path} is empty; it must hold WHO HEAT's upload template with at least one row.")
    source, comma = "?", False
    parameters: list[object] = [str(path)]
    if ending == ".csv":
        _check_encoding(path)
        delimiter = _delimiter(path)
        comma = delimiter == ";"
        source = f"read_csv(?, header = true, all_varchar = true, delim = '{delimiter}', quote = '\"', escape = '\"')"
    elif ending == ".parquet":
        source = "read_parquet(?)"
    else:
        connection.register("sheet", _sheet(path))
        source, parameters = "sheet", []
    try:
        names = [row[0] for row in connection.execute(f"describe select * from {source}", parameters).fetchall()]
        known = _known_columns(names, path)
        picked = ", ".join(f'trim(cast("{given}" as varchar)) as {name}' for name, given in known.items())
        connection.execute(
            "create table template_raw as select row_number() over () as row,"
            f" {picked or 'null as nothing'} from {source}",
            parameters,
        )
    except duckdb.Error as fault:
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


def _sheet(path: Path) -> pa.Table:
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
        raise Refused(f"{path} is empty; its first sheet must hold WHO HEAT's upload template.")
    heading = [str(cell) if cell is not None else f"column {place}" for place, cell in enumerate(rows[0], 1)]
    columns = [[None if cell is None else _text(cell) for cell in column] for column in zip(*rows[1:], strict=True)]
    arrays = [pa.array(column, pa.string()) for column in columns] or [pa.array([], pa.string()) for _ in heading]
    if len({name.strip().lower() for name in heading}) < len(heading):
        raise Refused(f"{path} has two columns of the same name; keep one of them.")
    return pa.table(arrays, names=heading)


def _text(cell: object) -> str:
    """A cell as the template would write it: 1 for 1.0 and for true, a date as its day."""
    if isinstance(cell, bool):
        return str(int(cell))
    if isinstance(cell, float) and cell.is_integer():
        return str(int(cell))
    return str(cell).removesuffix(" 00:00:00")


def _known_columns(names: list[str], path: Path) -> dict[str, str]:
    """The template's columns among the file's, whatever their case; other columns are kept out."""
    known: dict[str, str] = {}
    for given in names:
        name = given.strip().lstrip("\ufeff").lower()
        if name in REQUIRED or name in OPTIONAL:
            if name in known:
                raise Refused(f"{path} has the column {name} twice; keep one of them.")
            known[name] = given
    return known


def _check_columns(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    have = {row[0] for row in connection.execute("describe template_raw").fetchall()}
    lacking = [name for name in REQUIRED if name not in have]
    if lacking:
        raise Refused(
            f"{path} lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}; "
            "add what WHO HEAT's upload template demands, spelled as there."
        )
    if _one(connection, "select count(*) from template_raw") == 0:
        raise Refused(f"{path} has a heading but no rows; it must hold at least one subgroup.")
    for name in OPTIONAL:
        if name not in have:
            connection.execute(f"alter table template_raw add column {name} varchar")


def _as_number(name: str, comma: bool) -> str:
    """The SQL that reads a cell as a number; null where it is none."""
    text = f"replace({name}, ',', '.')" if comma else name
    return f"try_cast({text} as double)"


def _check_cells(connection: duckdb.DuckDBPyConnection, path: Path, comma: bool) -> None:
    """Numbers are numbers, yes is 1 and no is 0, and nothing that names a row is empty."""
    for name in ("setting", "date", "indicator_abbr", "dimension", "subgroup"):
        found = _first(connection, f"coalesce({name}, '') = ''", name)
        if found:
            raise Refused(f"{path}, row {found[0]}: {name} is empty; every row must say which {name} it is about.")
    for name in _NUMBERS:
        number = _as_number(name, comma)
        found = _first(
            connection,
            f"coalesce({name}, '') not in {_MISSING} and ({number} is null or isnan({number}) or isinf({number}))",
            name,
        )
        if found:
            swedish = (
                " with a decimal point (or separate the columns by semicolons)"
                if found[1].replace(",", "", 1).lstrip("-").isdigit() and "," in found[1]
                else ""
            )
            raise Refused(
                f"{path}, row {found[0]}: {name} is '{found[1]}', which is not a number; write it as a number{swedish}."
            )
    _check_intervals(connection, path, comma)
    for name in _YES_NO:
        number = _as_number(name, comma)
        found = _first(
            connection, f"coalesce({name}, '') not in {_MISSING} and coalesce({number}, 9) not in (0, 1)", name
        )
        if found:
            raise Refused(f"{path}, row {found[0]}: {name} is '{found[1]}'; write 1 for yes or 0 for no.")
        if name != "reference_subgroup":
            found = _first(connection, f"coalesce({name}, '') in {_MISSING}", name)
            if found:
                raise Refused(f"{path}, row {found[0]}: {name} is empty; write 1 for yes or 0 for no.")
    counted, persons = _as_number("numerator", comma), _as_number("population", comma)
    found = _first(connection, f"{counted} < 0", "numerator")
    if found:
        raise Refused(f"{path}, row {found[0]}: numerator is {found[1]}, but nothing is counted below 0; correct it.")
    found = _first(
        connection, f"{counted} > {persons} and {_as_number('indicator_scale', comma)} is not null", "numerator"
    )
    if found:
        raise Refused(
            f"{path}, row {found[0]}: numerator is {found[1]}, which is more than population; correct one of them, or "
            f"leave indicator_scale empty if the figure is a mean."
        )
    number = _as_number("subgroup_order", comma)
    found = _first(
        connection,
        f"coalesce(subgroup_order, '') not in {_MISSING}"
        f" and ({number} is null or {number} <> floor({number}) or {number} not between 0 and 1e9)",
        "subgroup_order",
    )
    if found:
        raise Refused(
            f"{path}, row {found[0]}: subgroup_order is '{found[1]}'; write a whole number, 1 for the most"
            f" disadvantaged."
        )
    found = _first(connection, f"{_as_number('indicator_scale', comma)} <= 0", "indicator_scale")
    if found:
        raise Refused(
            f"{path}, row {found[0]}: indicator_scale is {found[1]}; write 1, 100, 1000 or another number above zero."
        )


def _check_intervals(connection: duckdb.DuckDBPyConnection, path: Path, comma: bool) -> None:
    """An interval that stands for a missing standard error must hold its estimate."""
    lower, upper, estimate = (_as_number(name, comma) for name in ("ci_lb", "ci_ub", "estimate"))
    found = _first(
        connection,
        f"coalesce(se, '') in {_MISSING} and ({lower} > {upper} or {estimate} < {lower} or {estimate} > {upper})",
        "estimate",
    )
    if found:
        raise Refused(
            f"{path}, row {found[0]}: ci_lb and ci_ub do not hold the estimate {found[1]};"
            " correct them, or leave them empty."
        )


def _first(connection: duckdb.DuckDBPyConnection, fault: str, name: str) -> tuple[int, str] | None:
    """Row number in the file (the heading is row 1) and text of the first cell for which `fault` holds."""
    rows = connection.execute(
        f"select row + 1, coalesce({name}, '') from template_raw where {fault} order by row limit 1"
    ).fetchall()
    return (int(rows[0][0]), str(rows[0][1])) if rows else None


def _number(connection: duckdb.DuckDBPyConnection, comma: bool) -> None:
    """Makes `template_row`: cells as numbers, and the comparisons numbered in the order in which they first appear."""
    numbers = ", ".join(f"{_as_number(name, comma)} as {name}" for name in (*_NUMBERS, *_YES_NO, "subgroup_order"))
    keys = ", ".join(f"coalesce({name}, '') as {name}" for name in _KEY)
    key = ", ".join(_KEY)
    connection.execute(f"create table template_cell as select row, {keys}, subgroup, {numbers} from template_raw")
    connection.execute("drop table template_raw")
    connection.execute(
        f"create table template_group as select row_number() over (order by row) as group_id, {key}"
        f" from (select {key}, min(row) as row from template_cell group by {key})"
    )
    connection.execute(
        "create table template_row as select g.group_id, c.* from template_cell c join template_group g on "
        + " and ".join(f"g.{name} = c.{name}" for name in _KEY)
    )
    connection.execute("drop table template_cell")


def _check_groups(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    """No subgroup twice, and one scale, direction and order for all subgroups that are compared."""
    twice = connection.execute(
        "select max(row) + 1, subgroup, max(indicator_abbr), max(dimension) from template_row"
        " group by group_id, subgroup having count(*) > 1 order by 1 limit 1"
    ).fetchall()
    if twice:
        row, subgroup, indicator, dimension = twice[0]
        raise Refused(
            f"{path}, row {row}: the subgroup '{subgroup}' of {dimension} stands twice for {indicator}"
            " in the same setting, date and source; keep one of the rows."
        )
    for name in _SAME_WITHIN:
        mixed = connection.execute(
            f"select max(row) + 1, max(indicator_abbr), max(dimension) from template_row group by group_id"
            f" having count(distinct {name}) > 1 or (count({name}) > 0 and count({name}) < count(*)) order by 1 limit 1"
        ).fetchall()
        if mixed:
            row, indicator, dimension = mixed[0]
            raise Refused(
                f"{path}, row {row}: {name} is not the same for all subgroups of {dimension} for {indicator};"
                " give every subgroup that is compared the same."
            )


def _make_tables(connection: duckdb.DuckDBPyConnection) -> None:
    connection.execute(
        f"create table measure.comparison as select g.group_id, {', '.join(f'g.{name}' for name in _KEY)},"
        " coalesce(r.taken_as_mean, false) as taken_as_mean from template_group g left join ("
        "select group_id, max(indicator_scale) = 1 and max(coalesce(estimate, numerator / nullif(population, 0))) > 1"
        " as taken_as_mean from template_row group by group_id) r on r.group_id = g.group_id"
    )
    connection.execute(
        """
        create table measure.member as
        with known as (
            select r.*,
                case
                    when r.indicator_scale is null or c.taken_as_mean then 'mean'
                    when r.indicator_scale in (1, 100) then 'share'
                    else 'rate'
                end as family,
                case when not c.taken_as_mean then r.indicator_scale end as scale,
                coalesce(r.estimate, r.numerator / nullif(r.population, 0) * r.indicator_scale) as figure
            from template_row r
            join measure.comparison c on c.group_id = r.group_id
        )
        select
            group_id, subgroup, figure as estimate,
            coalesce(se, (ci_ub - ci_lb) / (2 * 1.959963984540054), case
                when numerator is null or not population > 0 then null
                when family = 'share' and figure between 0 and indicator_scale
                    then sqrt(figure * (indicator_scale - figure) / population)
                when family = 'rate' and numerator >= 0 then sqrt(numerator) / population * indicator_scale
            end) as se,
            population, true as population_is_denominator, ordered_dimension = 1 as ordered,
            cast(case when ordered_dimension = 1 then subgroup_order end as integer) as subgroup_order,
            coalesce(reference_subgroup = 1, false) as is_reference, favourable_indicator = 1 as favourable,
            scale, family
        from known
        """
    )
    connection.execute("drop table template_row")
    connection.execute("drop table template_group")
