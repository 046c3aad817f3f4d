"""Charts of every area at once: the map, and the municipalities side by side.

Not here: charts of one place (charts_place.py), shared parts (marks.py).
"""

import altair as alt

from pipelines.site.marks import ROLE_LABEL, ROLES_PRESENT, TIP, VALUE_TITLE, Chart, rows_of, up, watermark
from pipelines.site.theme import CLASSES, ROLE_SHAPES, ROLES, colour

_STATES = {"missing": "missing", "suppressed": "suppressed", "not_applicable": "grid"}
_EVERYONE = ["other", *ROLES]


def choropleth() -> Chart:
    """A map: every area's grey ground, figures by fixed classes upon it, and the reasons for none as named greys."""
    ground = rows_of("shapes").mark_geoshape(fill=colour("missing"), stroke=colour("outline"), strokeWidth=0.4)
    values = alt.LookupData(data=alt.NamedData(name="values"), key="area_code", fields=["map_class", "state", "tip"])
    joined = rows_of("shapes").transform_lookup(lookup="id", from_=values)
    classes = list(range(CLASSES))
    figures = (
        joined.transform_filter("isValid(datum.map_class)")
        .mark_geoshape(stroke=colour("outline"), strokeWidth=0.4)
        .encode(
            color=alt.Color(
                "map_class:O",
                scale=alt.Scale(domain=classes, range=[colour(f"class_{n}") for n in classes]),
                legend=_legend("classes", "class_labels", 0, VALUE_TITLE),
            ),
            tooltip=TIP,
        )
    )
    absent = (
        joined.transform_filter("!isValid(datum.map_class) && isValid(datum.state)")
        .mark_geoshape(stroke=colour("ink"), strokeWidth=0.7, strokeDash=[2, 2])
        .encode(
            fill=alt.Fill(
                "state:N",
                scale=alt.Scale(domain=list(_STATES), range=[colour(name) for name in _STATES.values()]),
                legend=_legend("states", "state_labels", "missing", None),
            ),
            tooltip=TIP,
        )
    )
    marked = alt.LookupData(data=alt.NamedData(name="chosen"), key="area_code", fields=["role"])
    chosen = (
        rows_of("shapes")
        .transform_lookup(lookup="id", from_=marked)
        .transform_filter("isValid(datum.role)")
        .mark_geoshape(filled=False, stroke=colour("ink"), strokeWidth=2.5)
    )
    return (
        alt.layer(ground, figures, absent, chosen, watermark())
        .project(type="identity", reflectY=True)
        .resolve_scale(color="independent", fill="independent")
        .properties(width=340, height=640)
    )


def _legend(values: str, labels: str, first: str | int, title: str | None) -> alt.Legend:
    return alt.Legend(
        values=alt.expr(f"length({values}) > 0 ? {values} : [{first!r}]"),  # see ROLES_PRESENT
        labelExpr=f"{labels}[datum.value] || ''",
        orient="left",
        direction="vertical",
        title=title,
        symbolType="square",
        symbolSize=220,
        symbolStrokeWidth=0.7,
    )


def caterpillar() -> Chart:
    """Every municipality with its interval, from the lowest value to the highest; places are not numbered."""
    axis = alt.Axis(title="@rank_title", labels=False, ticks=False, grid=False)
    across = alt.X("rank:Q", scale=alt.Scale(zero=False, nice=False, padding=8), axis=axis)
    rows = rows_of("rows").encode(x=across)
    interval = rows.mark_rule(strokeWidth=1.2, opacity=0.55).encode(y=up("lo"), y2="hi:Q", color=_hue())
    points = rows.mark_point(filled=True, opacity=1).encode(
        y=up("value"),
        color=_hue(),
        shape=alt.Shape("role:N", legend=_roles(), scale=alt.Scale(domain=_EVERYONE, range=["circle", *ROLE_SHAPES])),
        size=alt.Size("role:N", legend=None, scale=alt.Scale(domain=_EVERYONE, range=[14, 170, 45, 60])),
        tooltip=TIP,
    )
    name = (
        rows.transform_filter("datum.role === 'chosen'")
        .mark_text(dy=-14, fontSize=12, fontWeight="bold", color=colour("chosen"))
        .encode(y=up("value"), text="place:N")
    )
    level = (
        rows_of("reference")
        .mark_rule(strokeWidth=1.5, strokeDash=[2, 2])
        .encode(y=up("value"), color=_hue(), tooltip=TIP)
    )
    level_name = (
        rows_of("reference")
        .mark_text(align="left", baseline="bottom", dy=-3, dx=3, fontSize=11, color=colour("nation"))
        .encode(x=alt.value(0), y=up("value"), text="text:N")
    )
    return alt.layer(level, interval, points, name, level_name, watermark()).properties(width=640, height=280)


def _roles() -> alt.Legend:
    return alt.Legend(values=alt.expr(ROLES_PRESENT), labelExpr=ROLE_LABEL, symbolOpacity=1, symbolSize=90)


def _hue() -> alt.Color:
    hues = [colour(role) for role in _EVERYONE]
    return alt.Color("role:N", legend=_roles(), scale=alt.Scale(domain=_EVERYONE, range=hues))
