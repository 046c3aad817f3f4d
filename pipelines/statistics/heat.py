"""The release in the upload template of WHO's Health Equity Assessment Toolkit (HEAT), for WHO's tools to read.

One row per subgroup of each social split; reads a release and nothing else, and names none of its indicators. Not
here: reading the template (see `pipelines/statistics/template.py`), nor any measure.
"""

from pathlib import Path

import duckdb

from pipelines import settings
from pipelines.errors import Refused, WrongCall
from pipelines.files import appearing
from pipelines.formats.spreadsheet import SHEET_ROWS, write_query, write_sheet
from pipelines.published.metadata import literal
from pipelines.published.reader import NO_RELEASE, latest_release

# WHO's columns, in WHO's order.
TEMPLATE = (
    "setting", "date", "source", "indicator_abbr", "indicator_name", "dimension", "subgroup", "estimate", "se", "ci_lb",
    "ci_ub", "population", "flag", "setting_average", "favourable_indicator", "indicator_scale", "ordered_dimension",
    "subgroup_order", "reference_subgroup",
)  # fmt: skip

# HEAT knows whole comparisons only: a split of which no group has a figure is left out, a single missing group is kept
# with its reason. HEAT must be told of each indicator whether more is better, so those without polarity are left
# out, and
# those with a target are given as the distance from it. The scale of a mean is left empty: HEAT's own for such is 1,
# which
# its readers, ours among them, would take as a share of one.
_ROWS = """
with figure as (
    select
        v.*, i.title_en, i.family, i.scale, i.polarity,
        judged_figure(i.polarity, v.value, i.target_value) as figure, judged_favourable(i.polarity) as favourable,
        is_bounded(i.polarity, i.family, i.scale, i.may_exceed_scale) as bounded
    from {of}indicator_value v
    join {of}indicator i on i.indicator_id = v.indicator_id
    where has_better_end(i.polarity) and i.family in ('share', 'rate', 'mean', 'ratio')
),
average as (
    select indicator_id, area_code, period, sex, figure
    from figure
    where dimension in ('total', 'sex')
),
split as (
    select *, case when dimension = 'sex' then 'total' else sex end as of_sex
    from figure
    where dimension <> 'total' and position('+' in dimension) = 0
),
whole as (
    select indicator_id, area_code, period, dimension, of_sex
    from split
    group by indicator_id, area_code, period, dimension, of_sex
    having count(figure) > 0 and count(*) > 1
)
select
    a.area_name as setting,
    s.period as date,
    s.source_ids as source,
    s.indicator_id || case when s.of_sex = 'total' then '' else '_' || s.of_sex end as indicator_abbr,
    s.title_en || case when has_target(s.polarity) then ' (distance from the target)' else '' end
        || case when s.of_sex = 'total' then '' else ', ' || s.of_sex end as indicator_name,
    g.dimension_en as dimension,
    g.label_en as subgroup,
    s.figure as estimate,
    s.se,
    case when not has_target(s.polarity) then s.ci_lower end as ci_lb,
    case when not has_target(s.polarity) then s.ci_upper end as ci_ub,
    cast(round(s.weight) as bigint) as population,
    nullif(concat_ws('; ',
        case when s.provenance = 'synthetic' then 'synthetic' end,
        case when s.status <> 'observed' then s.status end,
        case when s.status <> 'observed' then s.status_reason end,
        s.reliability), '') as flag,
    m.figure as setting_average,
    cast(s.favourable as integer) as favourable_indicator,
    case when s.bounded then cast(s.scale as bigint) end as indicator_scale,
    case when g.ordered then 1 else 0 end as ordered_dimension,
    coalesce(g.subgroup_order, 0) as subgroup_order,
    case when g.is_reference then 1 else 0 end as reference_subgroup
from split s
join whole w
    on w.indicator_id = s.indicator_id and w.area_code = s.area_code and w.period = s.period
    and w.dimension = s.dimension and w.of_sex = s.of_sex
join {of}area a on a.area_code = s.area_code
join {of}social_group g on g.dimension = s.dimension and g.group_code = s.group_code
left join average m
    on m.indicator_id = s.indicator_id and m.area_code = s.area_code and m.period = s.period and m.sex = s.of_sex
order by s.indicator_id, s.of_sex, s.area_code, s.period, s.dimension, g.sort_order, s.group_code
"""


def export_release(out: str | Path) -> int:
    """Writes the latest release to `out` in the template; returns the number of rows, as `export_heat`."""
    folder = latest_release()
    if folder is None:
        raise Refused(NO_RELEASE)
    with duckdb.connect(str(folder / "jamlik.duckdb"), read_only=True) as connection:
        return export_heat(connection, out)


def export_heat(connection: duckdb.DuckDBPyConnection, out: str | Path, schema: str = "") -> int:
    """Writes the release behind `connection` to `out` (csv, parquet or xlsx by ending) and returns the number of rows.

    `schema` is where the released tables lie, without a dot; empty in a released file. Estimates, standard errors and
    setting averages are in the indicator's unit. Raises `WrongCall` for another ending, `Refused` where `out` cannot be
    written or holds more rows than a sheet can.
    """
    path = Path(out)
    ending = path.suffix.lower()
    if ending not in (".csv", ".parquet", ".xlsx"):
        raise WrongCall(f"{path} must end in .csv, .parquet or .xlsx, so that it is clear what to write.")
    macros = (settings.SQL / "macros.sql").read_text(encoding="utf-8")
    connection.execute(macros.replace("replace macro", "replace temp macro"))  # a release is opened for reading only
    rows = _ROWS.format(of=f"{schema}." if schema else "")
    if ending == ".xlsx":
        return _sheet(connection, rows, path)
    try:
        if ending == ".csv":
            return write_query(connection, rows, path, quoted=True)
        with appearing(path) as beside:
            counted = connection.execute(f"copy ({rows}) to {literal(str(beside))} (format parquet)").fetchall()
    except (duckdb.IOException, OSError) as fault:
        raise Refused(f"{path} cannot be written; check that its folder exists and may be written to.") from fault
    return int(counted[0][0])


def _sheet(connection: duckdb.DuckDBPyConnection, rows: str, path: Path) -> int:
    found = connection.execute(rows).fetchmany(SHEET_ROWS + 1)
    if len(found) > SHEET_ROWS:
        raise Refused(
            f"{path} would need more than {SHEET_ROWS:,} rows, which no sheet holds; write .csv or .parquet instead."
        )
    try:
        write_sheet(path, "HEAT", TEMPLATE, found)
    except OSError as fault:
        raise Refused(f"{path} cannot be written; check that its folder exists and may be written to.") from fault
    return len(found)
