"""Reads a table in the upload template of WHO's Health Equity Assessment Toolkit (HEAT) into `measure.member`.

One row per subgroup; a comparison is a setting, date, source, indicator and dimension. Every fault of the file is told
in one sentence with file, row and column, and nothing is guessed from the values. Not here: any measure.
"""

from pathlib import Path

import duckdb

from pipelines.errors import Refused
from pipelines.formats.own_table import as_number, first_cell, one, read_cells

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
TABLE = "template_raw"


def fill_members(connection: duckdb.DuckDBPyConnection, path: Path) -> int:
    """Reads `path` and makes `measure.member` and `measure.comparison` (group_id and the template's key).

    Returns the number of subgroup rows. indicator_scale 1 and 100 are shares (0…scale), higher ones rates; a scale that
    is left empty says that the figure is a mean, which has no upper bound. WHO gives means the scale 1: where one of a
    comparison's estimates then lies above 1 they are means, and `taken_as_mean` says so. Where numerator is given it
    fills a missing estimate (numerator / population · scale) and a missing standard error (binomial for shares, Poisson
    for rates); before that ci_lb and ci_ub, a 95 % interval, fill the standard error by their width.
    Raises `Refused` or `WrongCall`, one sentence each.
    """
    comma = read_cells(connection, TABLE, path, (*REQUIRED, *OPTIONAL), "WHO HEAT's upload template")
    _check_columns(connection, path)
    _check_cells(connection, path, comma)
    _number(connection, comma)
    _check_groups(connection, path)
    _make_tables(connection)
    return one(connection, "select count(*) from measure.member")


def _check_columns(connection: duckdb.DuckDBPyConnection, path: Path) -> None:
    have = {row[0] for row in connection.execute("describe template_raw").fetchall()}
    lacking = [name for name in REQUIRED if name not in have]
    if lacking:
        raise Refused(
            f"{path} lacks the column{'s' if len(lacking) > 1 else ''} {', '.join(lacking)}; "
            "add what WHO HEAT's upload template demands, spelled as there."
        )
    if one(connection, "select count(*) from template_raw") == 0:
        raise Refused(f"{path} has a heading but no rows; it must hold at least one subgroup.")
    for name in OPTIONAL:
        if name not in have:
            connection.execute(f"alter table template_raw add column {name} varchar")


def _check_cells(connection: duckdb.DuckDBPyConnection, path: Path, comma: bool) -> None:
    """Numbers are numbers, yes is 1 and no is 0, and nothing that names a row is empty."""
    for name in ("setting", "date", "indicator_abbr", "dimension", "subgroup"):
        found = first_cell(connection, TABLE, f"coalesce({name}, '') = ''", name)
        if found:
            raise Refused(f"{path}, row {found[0]}: {name} is empty; every row must say which {name} it is about.")
    for name in _NUMBERS:
        number = as_number(name, comma)
        found = first_cell(
            connection,
            TABLE,
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
        number = as_number(name, comma)
        found = first_cell(
            connection, TABLE, f"coalesce({name}, '') not in {_MISSING} and coalesce({number}, 9) not in (0, 1)", name
        )
        if found:
            raise Refused(f"{path}, row {found[0]}: {name} is '{found[1]}'; write 1 for yes or 0 for no.")
        if name != "reference_subgroup":
            found = first_cell(connection, TABLE, f"coalesce({name}, '') in {_MISSING}", name)
            if found:
                raise Refused(f"{path}, row {found[0]}: {name} is empty; write 1 for yes or 0 for no.")
    counted, persons = as_number("numerator", comma), as_number("population", comma)
    found = first_cell(connection, TABLE, f"{counted} < 0", "numerator")
    if found:
        raise Refused(f"{path}, row {found[0]}: numerator is {found[1]}, but nothing is counted below 0; correct it.")
    found = first_cell(
        connection, TABLE, f"{counted} > {persons} and {as_number('indicator_scale', comma)} is not null", "numerator"
    )
    if found:
        raise Refused(
            f"{path}, row {found[0]}: numerator is {found[1]}, which is more than population; correct one of them, or "
            f"leave indicator_scale empty if the figure is a mean."
        )
    number = as_number("subgroup_order", comma)
    found = first_cell(
        connection,
        TABLE,
        f"coalesce(subgroup_order, '') not in {_MISSING}"
        f" and ({number} is null or {number} <> floor({number}) or {number} not between 0 and 1e9)",
        "subgroup_order",
    )
    if found:
        raise Refused(
            f"{path}, row {found[0]}: subgroup_order is '{found[1]}'; write a whole number, 1 for the most"
            f" disadvantaged."
        )
    found = first_cell(connection, TABLE, f"{as_number('indicator_scale', comma)} <= 0", "indicator_scale")
    if found:
        raise Refused(
            f"{path}, row {found[0]}: indicator_scale is {found[1]}; write 1, 100, 1000 or another number above zero."
        )


def _check_intervals(connection: duckdb.DuckDBPyConnection, path: Path, comma: bool) -> None:
    """An interval that stands for a missing standard error must hold its estimate."""
    lower, upper, estimate = (as_number(name, comma) for name in ("ci_lb", "ci_ub", "estimate"))
    found = first_cell(
        connection,
        TABLE,
        f"coalesce(se, '') in {_MISSING} and ({lower} > {upper} or {estimate} < {lower} or {estimate} > {upper})",
        "estimate",
    )
    if found:
        raise Refused(
            f"{path}, row {found[0]}: ci_lb and ci_ub do not hold the estimate {found[1]};"
            " correct them, or leave them empty."
        )


def _number(connection: duckdb.DuckDBPyConnection, comma: bool) -> None:
    """Makes `template_row`: cells as numbers, and the comparisons numbered in the order in which they first appear."""
    numbers = ", ".join(f"{as_number(name, comma)} as {name}" for name in (*_NUMBERS, *_YES_NO, "subgroup_order"))
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
