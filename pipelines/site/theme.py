"""Colours and type of the charts, by role and not by value; light and dark. Every colour is a signal of its own.

Hues after Okabe and Ito (2008), Color Universal Design, darkened (or lightened) until they keep 3:1 against the paper,
as WCAG 2.1 (1.4.11) asks of what must be seen to understand a chart. What a hue tells is told by shape or dash as well.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:  # half a second to load, and most of what needs a colour draws nothing
    import altair as alt

ROLES = ["chosen", "county", "nation"]
ROLE_SHAPES = ["circle", "diamond", "square"]
ROLE_DASHES = [[1, 0], [6, 3], [2, 2]]
GROUP_SHAPES = [
    "circle",
    "square",
    "triangle-up",
    "diamond",
    "cross",
    "triangle-down",
    "triangle-right",
    "triangle-left",
]
CLASSES = 5
FONT = "system-ui, 'Segoe UI', 'Liberation Sans', Helvetica, Arial, sans-serif"


def _theme(groups: list[str], classes: list[str], **colours: str) -> dict[str, str]:
    numbered = {f"group_{n}": hue for n, hue in enumerate(groups, 1)} | {
        f"class_{n}": hue for n, hue in enumerate(classes)
    }
    return {**colours, **numbered}


THEMES = {
    "light": _theme(
        ["#0072b2", "#c44e00", "#00805d", "#a8447f", "#1c1c1c", "#8a6100", "#5b4bb5", "#7a3b2e"],
        ["#d3e5f5", "#9cc6e4", "#5a9fcf", "#2471ae", "#08407e"],
        paper="#ffffff",
        ink="#1c1c1c",
        soft="#595959",
        grid="#e3e3e3",
        track="#c3ccd5",
        other="#85898e",
        chosen="#00579c",
        county="#b35000",
        nation="#3d3d3d",
        warn="#9c1458",
        missing="#c9c9c9",
        suppressed="#8f8f8f",
        outline="#ffffff",
    ),
    "dark": _theme(
        ["#56b4e9", "#ff9a4d", "#3ccfa0", "#e79bc6", "#f2f2f2", "#e6c14d", "#b3a6ff", "#e0a090"],
        ["#173a5c", "#225c8f", "#3a86c2", "#77b4e2", "#c2e0f7"],
        paper="#16191d",
        ink="#f2f2f2",
        soft="#b8bcc2",
        grid="#33383e",
        track="#4a535c",
        other="#8b9299",
        chosen="#6cb8ff",
        county="#ffb066",
        nation="#e0e0e0",
        warn="#ff8fc0",
        missing="#555a60",
        suppressed="#80868d",
        outline="#16191d",
    ),
}


def colour(name: str) -> Any:
    """A colour of the theme, looked up when the chart is drawn."""
    import altair as alt

    return alt.expr(name)


def colour_params() -> "list[alt.Parameter]":
    import altair as alt

    return [alt.param(name=name, value=value) for name, value in THEMES["light"].items()]


def config() -> dict[str, Any]:
    """Vega-Lite's configuration: type sizes that stay readable on a phone, thin axes, no frame."""
    ink, soft, grid = ({"expr": name} for name in ("ink", "soft", "grid"))
    return {
        # The page names each chart as a whole and has its table beside it; hundreds of labelled marks would be noise.
        "aria": False,
        "background": {"expr": "paper"},
        "font": FONT,
        "padding": {"left": 4, "top": 4, "right": 14, "bottom": 4},
        "view": {"stroke": None},
        "axis": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "titleFontWeight": "normal",
            "titlePadding": 8,
            "labelColor": ink,
            "titleColor": soft,
            "domainColor": soft,
            "tickColor": soft,
            "gridColor": grid,
            "labelLimit": 200,
        },
        "legend": {
            "labelFontSize": 12,
            "titleFontSize": 12,
            "labelColor": ink,
            "titleColor": soft,
            "orient": "top",
            "direction": "horizontal",
            "labelLimit": 260,
            "symbolSize": 110,
            "symbolDash": [1, 0],
            "title": None,
        },
        "title": {"color": {"expr": "warn"}, "fontSize": 14, "fontWeight": "bold", "anchor": "start"},
    }


# Numbers as Swedes and as English readers write them; `d3` names of the parts.
LOCALES: dict[str, dict[str, Any]] = {
    "sv": {
        "number": {
            "decimal": ",",
            "thousands": "\u00a0",
            "grouping": [3],
            "currency": ["", "\u00a0kr"],
            "minus": "\u2212",
            "percent": "\u00a0%",
        },
        "time": {
            "dateTime": "%A den %d %B %Y %X",
            "date": "%Y-%m-%d",
            "time": "%H:%M:%S",
            "periods": ["fm", "em"],
            "days": ["söndag", "måndag", "tisdag", "onsdag", "torsdag", "fredag", "lördag"],
            "shortDays": ["sön", "mån", "tis", "ons", "tor", "fre", "lör"],
            "months": [
                "januari",
                "februari",
                "mars",
                "april",
                "maj",
                "juni",
                "juli",
                "augusti",
                "september",
                "oktober",
                "november",
                "december",
            ],
            "shortMonths": ["jan", "feb", "mar", "apr", "maj", "jun", "jul", "aug", "sep", "okt", "nov", "dec"],
        },
    },
    "en": {
        "number": {"decimal": ".", "thousands": ",", "grouping": [3], "currency": ["SEK ", ""], "minus": "\u2212"},
        "time": {
            "dateTime": "%A, %e %B %Y, %X",
            "date": "%Y-%m-%d",
            "time": "%H:%M:%S",
            "periods": ["am", "pm"],
            "days": ["Sunday", "Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"],
            "shortDays": ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"],
            "months": [
                "January",
                "February",
                "March",
                "April",
                "May",
                "June",
                "July",
                "August",
                "September",
                "October",
                "November",
                "December",
            ],
            "shortMonths": ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"],
        },
    },
}
