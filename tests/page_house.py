"""A small made-up page: the repository's page over a handful of figures that a test writes itself.

For what a release does not hold today: made-up figures, hidden ones, one year, two thousand groups, markup in a title.
What does not belong here: looking at it (page_fixtures.py).
"""

import json
import shutil
from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines import settings
from pipelines.site.runtime import runtime_scripts
from pipelines.site.scripts import write_global, write_wrapped
from pipelines.site.writer import MAP, strings

AREAS = [
    ["00", "Riket", "nation", None, None],
    ["05", "Östergötlands län", "county", "05", None],
    ["0580", "Linköping", "municipality", "05", None],
    ["0583", "Motala", "municipality", "05", None],
    ["24", "Västerbottens län", "county", "24", None],
    ["2463", "Åsele", "municipality", "24", None],
]
_VALUE = {
    "kind": "value", "area_code": "0583", "period": "2022", "year": 2022, "dimension": "total", "group_code": "total",
    "sex": "total", "stratum": None, "value": None, "ci_lower": None, "ci_upper": None, "status": "observed",
    "reason": None, "reliability": None, "provenance": "published", "break_before": False, "segment": 0,
    "certain": None, "worse_when": None, "rank": None, "map_class": None,
}  # fmt: skip
_LEVEL = {
    "kind": "level", "indicator_id": "x", "dimension": "total", "group_code": "total", "sex": "total",
    "period": "2022", "value": None, "ci_lower": None, "ci_upper": None, "status": "observed", "reason": None,
    "reliability": None, "provenance": "published", "ratio": None, "ratio_lower": None, "ratio_upper": None,
    "certain": None, "worse_when": None, "last_period": None, "last_value": None, "p25": None, "p50": None, "p75": None,
    "county_value": None, "nation_value": None, "x": None, "x_p25": None, "x_p50": None, "x_p75": None,
    "x_county": None, "x_nation": None, "vs_nation": None, "vs_county": None, "vs_similar": None, "trend": None,
    "trend_ratio": None, "flag": None,
}  # fmt: skip
_STATUS = {"recommendation": 1, "area_code": "0583", "indicators": 1, "indicators_measured": 1, "summary": "mixed"}
_INDICATOR = {
    "title_sv": "Ett mått", "title_en": "A measure", "description_sv": "Visar något.", "recommendation": 1,
    "determinant_area": None, "role": "determinant", "core": False, "age_range": None, "numerator_sv": "Täljare",
    "denominator_sv": "Nämnare", "unit": "percent", "polarity": "higher_is_better", "target_value": None,
    "provenance": "published", "sources": ["table"], "kolada_kpis": None, "method_sv": "", "limits_sv": "",
    "window_years": 1, "flags": [], "breaks": [], "has_synthetic": False, "base": "total",
    "class_breaks": {"total": [20, 40, 60, 80]}, "range": [0, 100], "bytes": 1000,
    "parts": {"whole": 0, "splits": 1, "gaps": 2},
}  # fmt: skip
_NUMBERS = {
    "value", "ci_lower", "ci_upper", "ratio", "ratio_lower", "ratio_upper", "last_value", "p25", "p50", "p75",
    "county_value", "nation_value", "x", "x_p25", "x_p50", "x_p75", "x_county", "x_nation",
}  # fmt: skip
_WHOLE = {"recommendation", "indicators", "indicators_measured", "year", "segment", "rank", "map_class"}


def value(area: str, figure: float | None, **other: Any) -> dict[str, Any]:
    """A row of an indicator's file: a figure of the whole population in 2022, unless said otherwise."""
    year = int(str(other.get("period", "2022"))[-4:])
    return {**_VALUE, "area_code": area, "value": figure, "year": year, **other}


def gap(area: str, figure: float | None, kind: str = "d", **other: Any) -> dict[str, Any]:
    """A row for a difference or a ratio between the groups by education."""
    whole = {"group_code": None, "stratum": "total", "dimension": "education", "status": "ok", "certain": "yes"}
    return value(area, figure, **{**whole, "kind": kind, "break_before": None, "segment": None, **other})


def level(indicator: str, figure: float | None, **other: Any) -> dict[str, Any]:
    """A row of an area's file."""
    return {**_LEVEL, "indicator_id": indicator, "value": figure, **other}


def _table(rows: Iterable[Mapping[str, Any]], shape: Mapping[str, Any]) -> pa.Table:
    found = list(rows)
    columns = {}
    for name in shape:
        kind = pa.float64() if name in _NUMBERS else pa.int32() if name in _WHOLE else pa.string()
        columns[name] = pa.array([row[name] for row in found], pa.bool_() if name == "break_before" else kind)
    return pa.table(columns)


def _write(path: Path, parts: list[pa.Table], name: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(path, parts[0].schema, compression="snappy", data_page_version="1.0") as writer:
        for part in parts:
            writer.write_table(part)
    write_wrapped(path, name)


def indicator(name: str, rows: list[dict[str, Any]], **other: Any) -> dict[str, Any]:
    """An indicator's entry of the manifest, with what its rows hold; the rows themselves under `rows`."""
    figures = [row for row in rows if row["kind"] == "value"]
    dimensions: dict[str, dict[str, Any]] = {}
    for row in figures:
        entry = dimensions.setdefault(row["dimension"], {"groups": [], "sexes": [], "periods": [], "levels": []})
        for key, found in (("groups", row["group_code"]), ("sexes", row["sex"]), ("periods", row["period"])):
            if found not in entry[key]:
                entry[key].append(found)
    periods = sorted({row["period"] for row in figures})
    gaps = {row["dimension"]: ["total"] for row in rows if row["kind"] == "d"}
    whole = dict.fromkeys(("municipality", "county", "nation"), periods[-1]) if periods else {}
    known = {"id": name, "periods": periods, "last_period": whole, "dimensions": dimensions, "gaps": gaps}
    return {**_INDICATOR, **known, **other, "rows": rows}


@cache
def _topology() -> dict[str, Any]:
    return json.loads((settings.REFERENCE / MAP).read_text(encoding="utf-8"))


def build(
    folder: Path,
    indicators: list[dict[str, Any]],
    places: Mapping[str, list[dict[str, Any]]] | None = None,
    **other: Any,
) -> Path:
    """Writes a page; `places`: the rows of an area's file by its code; `other`: of the manifest."""
    shutil.copytree(settings.SITE, folder, ignore=shutil.ignore_patterns("strings.json", "*.md"))
    for name, text in runtime_scripts().items():
        (folder / name).write_text(text, encoding="utf-8")
    write_global(folder / "strings.js", "JAMLIK_STRINGS", strings())
    write_global(folder / "map.js", "JAMLIK_MAP", _topology())
    groups = {
        code: {"sv": code, "en": code, "order": order, "reference": False}
        for order, code in enumerate(_groups(indicators))
    }
    groups |= {
        "primary": {"sv": "förgymnasial utbildning", "en": "compulsory schooling", "order": 1, "reference": False},
        "tertiary": {
            "sv": "eftergymnasial utbildning",
            "en": "post-secondary education",
            "order": 3,
            "reference": True,
        },
    }
    manifest = {
        "format": 1,
        "release": {
            "id": "2026-01-01T000000Z", "published_at": "2026-01-01T00:00:00+00:00", "software_version": "0",
            "home_area": "0583",
            "contains_synthetic": False, "indicators": len(indicators), "figures": 1,
        },
        "areas": AREAS,
        "similar": {},
        "recommendations": [{"id": 1, "short_sv": "Första", "title_sv": "Den första", "title_en": "The first"}],
        "determinant_areas": [],
        "units": {"percent": {"sv": "procent", "en": "per cent", "decimals": 1, "family": "share"}},
        "dimensions": {
            "total": {"sv": "Totalt", "en": "Total", "ordered": False, "groups": {}},
            "education": {"sv": "Utbildningsnivå", "en": "Level of education", "ordered": True, "groups": groups},
        },
        "sources": {
            "table": {"publisher": "SCB", "title_sv": "En tabell", "licence": "CC0", "retrieved": "2025-03-01"},
        },
        "catalogue_rows": [],
        "indicators": [{key: entry[key] for key in entry if key != "rows"} for entry in indicators],
        **other,
    }  # fmt: skip
    write_global(folder / "manifest.js", "JAMLIK", manifest)
    for entry in indicators:
        if entry["rows"]:
            base, splits = _split(entry)
            parts = [base, splits, [row for row in entry["rows"] if row["kind"] != "value"]]
            name = f"indicator/{entry['id']}"
            _write(folder / "data" / f"{name}.parquet", [_table(_sorted(part), _VALUE) for part in parts], name)
    status = "recommendation_status"
    _write(folder / "data" / f"{status}.parquet", [_table([_STATUS], _STATUS)], status)
    for code, *_ in AREAS:
        name = f"area/{code}"
        _write(folder / "data" / f"{name}.parquet", [_table((places or {}).get(code, []), _LEVEL)], name)
    return folder


def _groups(indicators: list[dict[str, Any]]) -> list[str]:
    return sorted(
        {
            row["group_code"]
            for entry in indicators
            for row in entry["rows"]
            if row["dimension"] == "education" and row["group_code"]
        }
    )


def _split(entry: dict[str, Any]) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    figures = [row for row in entry["rows"] if row["kind"] == "value"]
    base = [row for row in figures if row["dimension"] == entry["base"]]
    return base, [row for row in figures if row["dimension"] != entry["base"]]


def _sorted(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    keys = ("area_code", "dimension", "stratum", "sex", "group_code", "year")
    return sorted(rows, key=lambda row: tuple(str(row[key] or "") for key in keys))
