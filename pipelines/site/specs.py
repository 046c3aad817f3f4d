"""From Altair to Vega: compiles the charts once, so that the page needs no Vega-Lite, and draws them without a browser.

`render` is what paper uses; the page does the same with the compiled definitions in `specs.js`.
"""

import copy
import json
import re
from collections.abc import Mapping, Sequence
from functools import cache
from typing import Any, Literal

import altair as alt
import vl_convert

from pipelines.site.charts import CHARTS
from pipelines.site.theme import LOCALES, THEMES, colour_params, config

# What the words and the reach of a chart are until the page says otherwise.
SIGNALS: dict[str, Any] = {
    "synthetic_mark": "",
    "value_title": "",
    "rank_title": "",
    "number_format": ".1f",
    "places": [],
    "groups": [],
    "legend_columns": 0,
    "roles": [],
    "role_labels": {},
    "classes": [],
    "class_labels": {},
    "states": [],
    "state_labels": {},
}
_VEGA_LITE = re.search(r"v(\d+\.\d+)", alt.SCHEMA_VERSION)


# Rows by data set; a map's shapes are a topology.
Data = Mapping[str, Sequence[Mapping[str, Any]] | Mapping[str, Any]]


@cache
def _compiled(name: str) -> str:
    chart = CHARTS[name]().properties(title=alt.TitleParams(text=alt.expr("synthetic_mark")))
    known = [alt.param(name=signal, value=value) for signal, value in SIGNALS.items()]
    definition = chart.add_params(*known, *colour_params()).to_dict()
    definition["config"] = config()
    vega = vl_convert.vegalite_to_vega(definition, vl_version=_VEGA_LITE.group(1) if _VEGA_LITE else None)
    for legend in vega.get("legends", []):
        legend.pop("strokeDash", None)  # a line's dash around a symbol only blurs its shape
    return json.dumps(_with_signals(vega))


def _with_signals(node: Any) -> Any:
    """The definition with every text `@name` replaced by the signal `name`, and without what the page need not load."""
    if isinstance(node, dict):
        return {key: _with_signals(value) for key, value in node.items() if key not in {"$schema", "usermeta"}}
    if isinstance(node, list):
        return [_with_signals(value) for value in node]
    if isinstance(node, str) and node.startswith("@") and node[1:] in SIGNALS:
        return {"signal": node[1:]}
    return node


def specs() -> dict[str, dict[str, Any]]:
    """Every chart as a Vega definition with empty named data sets."""
    return {name: json.loads(_compiled(name)) for name in CHARTS}


def charts() -> dict[str, Any]:
    """What `specs.js` holds."""
    return {"specs": specs(), "themes": THEMES, "locales": LOCALES}


def filled(
    name: str,
    data: Data,
    signals: Mapping[str, Any] | None = None,
    theme: str = "light",
) -> dict[str, Any]:
    """The chart's Vega definition with rows in its data sets and its signals set; `KeyError` for an unknown name."""
    vega = copy.deepcopy(specs()[name])
    known = {each["name"]: each for each in vega["data"]}
    for data_name, rows in data.items():
        known[data_name]["values"] = rows
        if isinstance(rows, Mapping):  # a topology, whose features lie under a name
            known[data_name]["format"] = {"type": "topojson", "feature": (signals or {})["feature"]}
    values = {**THEMES[theme], **(signals or {})}
    for signal in vega["signals"]:
        if signal["name"] in values:
            signal["value"] = values[signal["name"]]
    for side in ("width", "height"):
        if side in values:
            vega[side] = values[side]
    return vega


Form = Literal["png", "svg", "pdf", "vega"]


def render(
    name: str,
    data: Data,
    form: Form = "svg",
    signals: Mapping[str, Any] | None = None,
    theme: str = "light",
    language: str = "sv",
    scale: float = 2,
) -> Any:
    """Draws a chart without a browser: bytes of a PNG or PDF, the text of an SVG, or the filled Vega definition."""
    vega = filled(name, data, signals, theme)
    if form == "vega":
        return vega
    locale = {"format_locale": LOCALES[language]["number"], "time_format_locale": LOCALES[language]["time"]}
    if form == "png":
        return vl_convert.vega_to_png(vega, scale=scale, allowed_base_urls=[], **locale)
    if form == "pdf":
        return vl_convert.vega_to_pdf(vega, allowed_base_urls=[], **locale)
    return vl_convert.vega_to_svg(vega, allowed_base_urls=[], **locale)
