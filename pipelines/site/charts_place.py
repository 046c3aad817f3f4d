"""Charts of one place beside its county and the nation: groups on a line, the spine, the years, the gap over the years.

Not here: charts of all municipalities (charts_map.py), shared parts (marks.py).
"""

import altair as alt

from pipelines.site.marks import (
    TIP,
    Chart,
    along,
    breaks,
    group_colour,
    group_shape,
    missing_years,
    one_row,
    role_colour,
    role_dash,
    role_shape,
    rows_of,
    up,
    watermark,
    years,
)
from pipelines.site.theme import colour


def equiplot() -> Chart:
    """The groups of each place on one line, after the equiplot of the International Center for Equity in Health."""
    place = alt.Y(
        "place:N",
        sort=None,
        scale=alt.Scale(domain=alt.expr("places"), padding=0.5),
        axis=alt.Axis(title=None, grid=False, domain=False, ticks=False, labelFontSize=13),
    )
    rows = rows_of("rows").encode(y=place)
    reach = rows.mark_rule(strokeWidth=5, opacity=0.8, color=colour("track")).encode(
        x=along("min(value)"), x2="max(value):Q"
    )
    interval = rows.mark_rule(strokeWidth=2, opacity=0.75).encode(
        x=along("lo"), x2="hi:Q", color=group_colour(), tooltip=TIP
    )
    points = rows.mark_point(filled=True, size=130, opacity=1, stroke=colour("outline"), strokeWidth=1).encode(
        x=along("value"), color=group_colour(), shape=group_shape(), tooltip=TIP
    )
    missing = (
        rows_of("missing")
        .mark_text(align="left", baseline="top", dx=4, dy=12, fontSize=11, fontStyle="italic", color=colour("soft"))
        .encode(x=alt.value(0), y=place, text="text:N")
    )
    return alt.layer(reach, interval, points, missing, watermark()).properties(width=560, height=190)


def spine() -> Chart:
    """A place among the municipalities: the middle half as a bar, county, nation and the place itself as marks.

    After the spine chart of Public Health England's (now OHID's) Fingertips. Rows lie where `y` says, in pixels, so
    that the chart fits a table of any row height.
    """

    def across(field: str) -> alt.X:
        return alt.X(f"{field}:Q", scale=alt.Scale(domain=[0, 1], nice=False, zero=False), axis=None)

    rows = rows_of("rows").encode(y=alt.Y("y:Q", scale=None, axis=None), tooltip=TIP)
    ends = rows.transform_calculate(start="0", end="1")
    track = ends.mark_rule(strokeWidth=2, color=colour("grid")).encode(x=across("start"), x2="end:Q")
    middle = rows.mark_rule(strokeWidth=11, color=colour("track")).encode(x=across("x_p25"), x2="x_p75:Q")
    median = rows.mark_tick(orient="vertical", thickness=1, size=11, color=colour("soft")).encode(x=across("x_p50"))
    nation = rows.mark_tick(orient="vertical", thickness=3, size=18, color=colour("nation")).encode(
        x=across("x_nation")
    )
    spot = {"filled": True, "opacity": 1, "stroke": colour("outline"), "strokeWidth": 1.5}
    county = rows.mark_point(shape="diamond", size=80, color=colour("county"), **spot).encode(x=across("x_county"))
    chosen = rows.mark_point(shape="circle", size=130, color=colour("chosen"), **spot).encode(x=across("x"))
    return alt.layer(track, middle, median, nation, county, chosen, watermark()).properties(width=220, height=400)


def trend() -> Chart:
    """The figure over the years with its interval, not drawn through a break in the series or a missing year."""
    rows = rows_of("rows").encode(x=years(), detail=["role:N", "segment:N"])
    band = rows.mark_area(opacity=0.16).encode(y=up("lo"), y2="hi:Q", color=role_colour())
    line = rows.mark_line(strokeWidth=2.5).encode(y=up("value"), color=role_colour(), strokeDash=role_dash())
    points = rows.mark_point(filled=True, size=50, opacity=1).encode(
        y=up("value"), color=role_colour(), shape=role_shape(), tooltip=TIP
    )
    return alt.layer(*breaks(), band, line, points, missing_years(), watermark()).properties(width=560, height=260)


def gap_difference() -> Chart:
    """The difference between two groups over the years, against none."""
    return _gap(0)


def gap_ratio() -> Chart:
    """The ratio of two groups over the years, against 1: a gap can close in the one and widen in the other."""
    return _gap(1)


def _gap(no_difference: float) -> Chart:
    rows = rows_of("rows").encode(x=years(), detail=["role:N", "segment:N"])
    level = one_row(level=no_difference).mark_rule(strokeWidth=1.5, color=colour("ink")).encode(y=up("level"))
    interval = rows.mark_rule(strokeWidth=2, opacity=0.6).encode(y=up("lo"), y2="hi:Q", color=role_colour())
    line = rows.mark_line(strokeWidth=2).encode(y=up("value"), color=role_colour(), strokeDash=role_dash())
    filled = rows.mark_point(filled=True, size=70, opacity=1).encode(
        y=up("value"), color=role_colour(), shape=role_shape(), tooltip=TIP
    )
    # Hollow where the difference is not certain, or cannot be judged.
    hollow = (
        rows.transform_filter("datum.certain !== 'yes'")
        .mark_point(filled=True, size=22, opacity=1, color=colour("paper"))
        .encode(y=up("value"), shape=role_shape(), tooltip=TIP)
    )
    return alt.layer(*breaks(), level, interval, line, filled, hollow, missing_years(), watermark()).properties(
        width=300, height=240
    )
