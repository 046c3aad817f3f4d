"""The catalogue as tables: one function per `catalogue.*` table, from checked YAML entries to Arrow rows.

The columns come from the contracts in `schemas/catalogue.py`. What an entry means for a number is in `sql/`.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from pipelines import settings
from pipelines.catalogue import entries as catalogue
from pipelines.catalogue.entries import Row, check_word
from pipelines.errors import Refused
from schemas import fields as f
from schemas.catalogue import COLLECTIONS, CONTRACTS, ERRORS_REFUSED

_BASES = ("calendar", "election")


def indicator_entries() -> Mapping[str, Row]:
    """The entries of `indicators.yaml`, each held against its vocabulary; faults name entry and key."""
    entries = catalogue.mapped("indicators.yaml", "indicators")
    known = _Known.read()
    for indicator_id, entry in entries.items():
        where = f"data/catalogue/indicators.yaml, indicator {indicator_id}"
        check_word(where, entry, "recommendation", range(1, 6))
        check_word(where, entry, "role", f.ROLES)
        check_word(where, entry, "unit", known.units)
        check_word(where, entry, "polarity", f.POLARITIES)
        check_word(where, entry, "provenance", f.PROVENANCES)
        check_word(where, {"collection": _collection(entry)}, "collection", COLLECTIONS)
        check_word(where, {"error_refused": entry.get("error_refused")}, "error_refused", (None, *ERRORS_REFUSED))
        _check_twin(where, entry, entries)
        _check_beside(where, entry, entries)
        _check_synonyms(where, entry)
        _check_details(where, entry, known)
    return entries


@dataclass(frozen=True)
class _Known:
    """What an indicator may refer to in the other files of the catalogue, and in `sql/`."""

    units: Mapping[str, Row]
    tables: Mapping[str, catalogue.Source]
    dimensions: frozenset[str]
    groups: frozenset[tuple[str, str]]
    models: frozenset[str]

    @classmethod
    def read(cls) -> "_Known":
        dimensions = catalogue.mapped("social_groups.yaml", "dimensions")
        groups = ((name, group["code"]) for name, entry in dimensions.items() for group in entry["groups"] or [])
        models = (path.stem for path in (settings.SQL / "indicators").glob("*.sql"))
        units = catalogue.mapped("units.yaml", "units")
        return cls(units, catalogue.sources(), frozenset(dimensions), frozenset(groups), frozenset(models))


def _collection(entry: Row) -> str:
    """How the figures come about: as the entry says, else from an election or a register."""
    basis = entry["period"].get("basis", "calendar")
    return str(entry.get("collection", "election" if basis == "election" else "administrative"))


def _check_twin(where: str, entry: Row, entries: Mapping[str, Row]) -> None:
    """The twin is there, is no twin itself, and has the same recommendation, or a fact would be counted nowhere."""
    if (twin := entry.get("same_fact_as")) is None:
        return
    other = entries.get(twin)
    if other is None or other.get("same_fact_as") or other["recommendation"] != entry["recommendation"]:
        raise Refused(
            f"{where}: same_fact_as names '{twin}', which must be an indicator of the same recommendation that names "
            f"none itself; correct it."
        )


def _check_beside(where: str, entry: Row, entries: Mapping[str, Row]) -> None:
    """The indicator that it is shown beside is there, and is itself shown beside no other."""
    if (beside := entry.get("shown_beside")) is None:
        return
    if beside not in entries or entries[beside].get("shown_beside"):
        raise Refused(
            f"{where}: shown_beside names '{beside}', which must be an indicator that is shown beside no other; "
            f"correct it."
        )


def _check_synonyms(where: str, entry: Row) -> None:
    """A comma would split a synonym in two in the released table."""
    for key in ("synonyms_sv", "synonyms_en"):
        for synonym in entry[key]:
            if "," in synonym or entry[key].count(synonym) > 1:
                raise Refused(f"{where}: {key} names '{synonym}', but names each once and without a comma; correct it.")


def _check_details(where: str, entry: Row, known: _Known) -> None:
    if (entry["polarity"] == "target") != (entry["target_value"] is not None):
        raise Refused(f"{where}: target_value goes with polarity target, and only with it; correct one of them.")
    unknown = [table for table in entry["sources"] if table not in known.tables]
    if unknown:
        raise Refused(
            f"{where}: the source '{unknown[0]}' is not in data/catalogue/sources.yaml; correct it or add it."
        )
    for dimension in entry["circular_with"]:
        if dimension not in known.dimensions or entry["circular_with"].count(dimension) > 1:
            raise Refused(
                f"{where}: circular_with names '{dimension}', but names each dimension of "
                f"data/catalogue/social_groups.yaml once at most; correct it or add it there."
            )
    if not entry["sources"] and entry["model"] != "not_fetched":
        raise Refused(
            f"{where}: sources is empty; name the tables of data/catalogue/sources.yaml that it is read from."
        )
    if entry["model"] not in known.models:
        raise Refused(f"{where}: there is no sql/indicators/{entry['model']}.sql; correct the model or add the file.")
    if bool(entry.get("kolada")) != (entry["model"] == "kolada"):
        raise Refused(f"{where}: 'kolada' lists the key figures of a `model: kolada`, and only of that; correct one.")
    if bool(entry.get("eurostat")) != (entry["model"] == "eurostat"):
        raise Refused(f"{where}: 'eurostat' lists the tables of a `model: eurostat`, and only of that; correct one.")
    for series in entry.get("eurostat") or []:
        for age in (series.get("by_age") or {}).values():
            if ("age", age) not in known.groups:
                raise Refused(f"{where}: the age {age} is not in data/catalogue/social_groups.yaml; correct or add it.")
    for series in entry.get("kolada") or []:
        if ("dimension" in series) != ("group" in series):
            raise Refused(f"{where}: the series {series['kpi']} needs both dimension and group, or neither.")
        if len({"counted", "among", "counted_from"} & set(series)) not in (0, 3) or (
            "counted" in series and entry["unit"] != "percent"
        ):
            raise Refused(
                f"{where}: the series {series['kpi']} needs counted, among and counted_from together, and only of a "
                f"share in per cent; complete it or take them out."
            )
        if "group" in series and (series["dimension"], series["group"]) not in known.groups:
            raise Refused(
                f"{where}: the group {series['group']} of {series['dimension']} is not in "
                f"data/catalogue/social_groups.yaml; correct it or add it."
            )
    period = entry["period"]
    check_word(where, {"basis": period.get("basis", "calendar")}, "basis", _BASES)
    if (period.get("basis") == "election") != bool(period.get("elections")):
        raise Refused(f"{where}: a period with basis election lists its elections (years); add them.")


def _indicator() -> Iterable[Row]:
    units = catalogue.mapped("units.yaml", "units")
    for indicator_id, entry in indicator_entries().items():
        unit = units[entry["unit"]]
        yield {
            **entry,
            "indicator_id": indicator_id,
            "synonyms_sv": ", ".join(entry["synonyms_sv"]),
            "synonyms_en": ", ".join(entry["synonyms_en"]),
            "scale": float(unit["scale"]),
            "family": unit["family"],
            "target_value": None if entry["target_value"] is None else float(entry["target_value"]),
            "period_basis": entry["period"].get("basis", "calendar"),
            "window_years": entry["period"]["window_years"],
            "circular_with": ", ".join(entry["circular_with"]) or None,
            "source_ids": ", ".join(entry["sources"]) or None,
            "kolada_kpis": ", ".join(series["kpi"] for series in entry.get("kolada") or []) or None,
            "age_range": None if entry["age_range"] is None else str(entry["age_range"]),
            "may_exceed_scale": entry.get("may_exceed_scale", False),
            "collection": _collection(entry),
            "error_refused": entry.get("error_refused"),
            "same_fact_as": entry.get("same_fact_as"),
        }


def _kolada_series() -> Iterable[Row]:
    for indicator_id, entry in indicator_entries().items():
        for series in entry.get("kolada") or []:
            yield {
                "indicator_id": indicator_id,
                "kpi_id": series["kpi"],
                "dimension": series.get("dimension"),
                "group_code": series.get("group"),
                "only_sex": series.get("sex"),
                "counted_kpi": series.get("counted"),
                "among_kpi": series.get("among"),
                "counted_from": series.get("counted_from"),
                "window_years": entry["period"]["window_years"],
                "period_basis": entry["period"].get("basis", "calendar"),
                "provenance": entry["provenance"],
            }


def _eurostat_series() -> Iterable[Row]:
    for indicator_id, entry in indicator_entries().items():
        for series in entry.get("eurostat") or []:
            for age, group in {series["age"]: None, **(series.get("by_age") or {})}.items():
                for category in series["categories"]:
                    yield {
                        "indicator_id": indicator_id,
                        "source_table": series["table"],
                        "category": category,
                        "categories": len(series["categories"]),
                        "age_label": age,
                        "age_group": group,
                        "left_out": ", ".join(series.get("left_out") or []) or None,
                        "provenance": entry["provenance"],
                    }


def _election_year() -> Iterable[Row]:
    for indicator_id, entry in indicator_entries().items():
        for year in entry["period"].get("elections") or []:
            yield {"indicator_id": indicator_id, "year": year}


def _indicator_break() -> Iterable[Row]:
    for indicator_id, entry in indicator_entries().items():
        breaks = {each["year"]: each["reason_sv"] for each in entry.get("breaks") or []}
        if entry.get("series_from"):
            breaks.setdefault(entry["series_from"], "Tidigare siffror följer en annan metod.")
        for year, reason in breaks.items():
            yield {"indicator_id": indicator_id, "year": year, "reason_sv": reason}


def _not_compared() -> Iterable[Row]:
    for indicator_id, entry in indicator_entries().items():
        for each in entry.get("not_compared") or []:
            yield {"indicator_id": indicator_id, "until_year": each.get("until"), **each}


def _circular_with() -> Iterable[Row]:
    for indicator_id, entry in indicator_entries().items():
        for dimension in entry["circular_with"]:
            yield {"indicator_id": indicator_id, "dimension": dimension}


def _social_group() -> Iterable[Row]:
    position = 0
    for dimension, entry in catalogue.mapped("social_groups.yaml", "dimensions").items():
        for group in entry["groups"] or []:
            if entry["ordered"] and "order" not in group:
                where = f"data/catalogue/social_groups.yaml, dimension {dimension}, group {group['code']}"
                raise Refused(f"{where}: the groups of an ordered dimension have an order; add it.")
            position += 1
            yield {
                "dimension": dimension,
                "group_code": group["code"],
                "label_sv": group["label_sv"],
                "label_en": group["label_en"],
                "dimension_sv": entry["label_sv"],
                "dimension_en": entry["label_en"],
                "sort_order": position,
                "ordered": entry["ordered"],
                "subgroup_order": group["order"] if entry["ordered"] else None,
                "is_reference": group["code"] == entry["reference"] or group.get("reference", False),
            }


def _catalogue_row() -> Iterable[Row]:
    known = indicator_entries()
    rows = catalogue.mapped("catalogue_rows.yaml", "catalogue_rows")
    for indicator_id, entry in known.items():
        for row_id in entry["catalogue_rows"]:
            if row_id not in rows:
                where = f"data/catalogue/indicators.yaml, indicator {indicator_id}"
                raise Refused(f"{where}: the row '{row_id}' is not in catalogue_rows.yaml; correct it or add it.")
    for row_id, entry in rows.items():
        where = f"data/catalogue/catalogue_rows.yaml, row {row_id}"
        if entry["indicator"] is not None and entry["indicator"] not in known:
            raise Refused(f"{where}: the indicator '{entry['indicator']}' is not in indicators.yaml; correct it.")
        check_word(where, entry, "recommendation", range(1, 6))
        check_word(where, entry, "role", f.ROLES)
        check_word(where, entry, "polarity", f.POLARITIES)
        if (entry["indicator"] is None) != ("definition_sv" in entry):
            raise Refused(f"{where}: a row has either an indicator or a definition_sv of its own; correct it.")
        answer = known.get(entry["indicator"] or "", entry)
        for key in ("polarity", "target_value"):
            if entry[key] != answer[key]:
                raise Refused(
                    f"{where}: {key} is '{entry[key]}' but '{answer[key]}' in its indicator {entry['indicator']}; "
                    f"correct one of them."
                )
        aim = entry["target_value"]
        yield {
            "catalogue_row_id": row_id,
            **entry,
            "indicator_id": entry["indicator"],
            "definition_sv": answer.get("definition_sv") or answer["description_sv"],
            "limits_sv": answer.get("limits_sv"),
            "target_value": None if aim is None else float(aim),
        }


def _headline() -> Iterable[Row]:
    known = indicator_entries()
    for number, entry in enumerate(catalogue.listed("headlines.yaml", "headlines"), start=1):
        if entry["indicator"] not in known:
            where = f"data/catalogue/headlines.yaml, entry {number}"
            raise Refused(f"{where}: the indicator '{entry['indicator']}' is not in indicators.yaml; correct it.")
        yield {"indicator_id": entry["indicator"], "sort_order": number}


def _source_table() -> Iterable[Row]:
    for table_id, source in catalogue.sources().items():
        split_by = ", ".join(source.order_dimensions) or None
        yield {**vars(source), "table_id": table_id, "order_dimensions": split_by}


def _listed(file: str, named_by: str, key: str) -> Callable[[], Iterable[Row]]:
    """Rows of a short ordered list, whose entries carry their own name under `named_by`."""

    def rows() -> Iterable[Row]:
        for entry in catalogue.listed(f"{file}.yaml", file):
            yield {**entry, key: entry[named_by]}

    return rows


def _unit() -> Iterable[Row]:
    for unit, entry in catalogue.mapped("units.yaml", "units").items():
        yield {**entry, "unit": unit, "scale": float(entry["scale"])}


_ROWS: dict[str, Callable[[], Iterable[Row]]] = {
    "catalogue.indicator": _indicator,
    "catalogue.kolada_series": _kolada_series,
    "catalogue.eurostat_series": _eurostat_series,
    "catalogue.election_year": _election_year,
    "catalogue.indicator_break": _indicator_break,
    "catalogue.not_compared": _not_compared,
    "catalogue.circular_with": _circular_with,
    "catalogue.social_group": _social_group,
    "catalogue.catalogue_row": _catalogue_row,
    "catalogue.source_table": _source_table,
    "catalogue.headline": _headline,
    "catalogue.unit": _unit,
    "catalogue.recommendation": _listed("recommendations", "number", "recommendation"),
    "catalogue.determinant_area": _listed("determinant_areas", "code", "determinant_area"),
}

NAMES = tuple(_ROWS)


def table(name: str) -> pa.Table:
    """The catalogue table `name` with its contract's columns and types; an entry of the wrong type is refused."""
    contract = CONTRACTS[name]
    rows = list(_ROWS[name]())
    columns = {}
    for column in contract.fields:
        values = [row.get(column.name) for row in rows]
        try:
            columns[column.name] = pa.array(values, type=column.type)
        except (pa.ArrowInvalid, pa.ArrowTypeError) as fault:
            wrong = next(row for row in rows if not _fits(row.get(column.name), column.type))
            key = ", ".join(str(wrong.get(each)) for each in contract.key)
            raise Refused(
                f"data/catalogue: {column.name} of {key} is {wrong.get(column.name)!r}, which is not a "
                f"{column.type}; correct the entry."
            ) from fault
    return pa.table(columns)


def _fits(value: Any, kind: pa.DataType) -> bool:
    try:
        pa.array([value], type=kind)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        return False
    return True
