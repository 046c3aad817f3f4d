"""Parts that several charts share: scales and legends by role, axes, break marks, the mark of synthetic figures.

Not here: whole charts (charts_place.py, charts_map.py), colours (theme.py). A text that begins with @ names a signal;
Vega-Lite has no place for one there, so specs.py puts it in afterwards.
"""

from typing import Any

import altair as alt

from pipelines.site.theme import GROUP_SHAPES, ROLE_DASHES, ROLE_SHAPES, ROLES, colour

# Altair's types do not follow what its builders return, so a chart in the making is untyped here.
Chart = Any

TIP = alt.Tooltip("tip:N")
VALUE_TITLE = "@value_title"
# A legend without an entry has no size, and then neither has the chart.
ROLES_PRESENT = "length(roles) > 0 ? roles : ['other']"
ROLE_LABEL = "role_labels[datum.value] || ''"
_VALUE_LABEL = "format(datum.value, number_format)"


def rows_of(name: str) -> Chart:
    """A chart on the named data set, which the page fills."""
    return alt.Chart(alt.NamedData(name=name))


def one_row(**row: float) -> Chart:
    """A chart on one row that is known beforehand."""
    return alt.Chart(alt.InlineData(values=[row]))


def watermark() -> Chart:
    """The words of `synthetic_mark` across the middle: they stay when the chart is cut out or copied."""
    return (
        one_row()
        .mark_text(
            fontSize=alt.expr("min(22, width / 15)"), fontWeight="bold", opacity=0.28, angle=345, color=colour("warn")
        )
        .encode(
            x=alt.value(alt.expr("width / 2")),
            y=alt.value(alt.expr("height / 2")),
            text=alt.value(alt.expr("synthetic_mark")),
        )
    )


def along(field: str) -> alt.X:
    """The figure from left to right."""
    axis = alt.Axis(title=VALUE_TITLE, labelExpr=_VALUE_LABEL, tickCount=6)
    return alt.X(f"{field}:Q", scale=alt.Scale(zero=False, nice=True, padding=12), axis=axis)


def up(field: str) -> alt.Y:
    """The figure from below upwards."""
    axis = alt.Axis(title=VALUE_TITLE, labelExpr=_VALUE_LABEL, tickCount=6)
    return alt.Y(f"{field}:Q", scale=alt.Scale(zero=False, nice=True), axis=axis)


def years(field: str = "year") -> alt.X:
    """Years from left to right, none of them halved."""
    axis = alt.Axis(title=None, format="d", tickMinStep=1, grid=False, labelOverlap=True)
    return alt.X(f"{field}:Q", scale=alt.Scale(zero=False, nice=False, padding=14), axis=axis)


def _role_legend() -> alt.Legend:
    return alt.Legend(
        values=alt.expr(ROLES_PRESENT),
        labelExpr=ROLE_LABEL,
        symbolOpacity=1,
        symbolStrokeWidth=1,
        columns=alt.expr("legend_columns"),
    )


def role_colour() -> alt.Color:
    hues = [colour(role) for role in ROLES]
    return alt.Color("role:N", scale=alt.Scale(domain=ROLES, range=hues), legend=_role_legend())


def role_shape() -> alt.Shape:
    return alt.Shape("role:N", scale=alt.Scale(domain=ROLES, range=ROLE_SHAPES), legend=_role_legend())


def role_dash() -> alt.StrokeDash:
    return alt.StrokeDash("role:N", scale=alt.Scale(domain=ROLES, range=ROLE_DASHES), legend=None)


def _group_legend() -> alt.Legend:
    return alt.Legend(values=alt.expr("groups"), symbolOpacity=1, columns=alt.expr("legend_columns"))


def group_colour() -> alt.Color:
    hues = [colour(f"group_{n}") for n in range(1, len(GROUP_SHAPES) + 1)]
    scale = alt.Scale(domain=alt.expr("groups"), range=hues)
    return alt.Color("group:N", sort=None, scale=scale, legend=_group_legend())


def group_shape() -> alt.Shape:
    scale = alt.Scale(domain=alt.expr("groups"), range=GROUP_SHAPES)
    return alt.Shape("group:N", sort=None, scale=scale, legend=_group_legend())


def missing_years() -> Chart:
    """A cross on the time axis for a year without a figure; its reason on hover."""
    return (
        rows_of("missing")
        .mark_point(
            shape="M-.5,-.5L.5,.5M.5,-.5L-.5,.5",
            size=55,
            strokeWidth=1.5,
            filled=False,
            opacity=1,
            stroke=colour("soft"),
        )
        .encode(x=years(), y=alt.value(alt.expr("height - 7")), tooltip=TIP)
    )


def breaks() -> list[Chart]:
    """A dotted upright line half a year before the first figure of a new series."""
    placed = rows_of("breaks").transform_calculate(at="datum.year - 0.5")
    line = placed.mark_rule(strokeDash=[2, 4], strokeWidth=1.5, color=colour("soft")).encode(x=years("at"))
    label = placed.mark_text(align="left", baseline="top", dx=4, fontSize=11, color=colour("soft")).encode(
        x=years("at"), y=alt.value(2), text="text:N"
    )
    return [line, label]
