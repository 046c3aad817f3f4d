"""The charts by name, each defined once: on the screen, on paper and in the tests it is the same definition."""

from collections.abc import Callable

from pipelines.site.charts_map import caterpillar, choropleth
from pipelines.site.charts_place import equiplot, gap_difference, gap_ratio, spine, trend
from pipelines.site.marks import Chart

CHARTS: dict[str, Callable[[], Chart]] = {
    "equiplot": equiplot,
    "spine": spine,
    "trend": trend,
    "gap_difference": gap_difference,
    "gap_ratio": gap_ratio,
    "map": choropleth,
    "caterpillar": caterpillar,
}
