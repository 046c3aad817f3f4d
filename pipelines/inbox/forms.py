"""The inbox's forms: csv files that a municipality or a region fills in about itself, read row by row.

    <data>/inbox/<form>.csv        and as many more as one likes in        <data>/inbox/<form>/*.csv

A row that holds is loaded; one that does not is kept out with one sentence that names file and line, and the rest
loads all the same. Belongs here: files and rows. Not here: cells (`form_cells.py`), forms (`schemas/intake.py`).
"""

import csv
import hashlib
import io
import os
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.catalogue.areas import spellings_of
from pipelines.catalogue.tables import indicator_entries
from pipelines.inbox.form_cells import Fault, Known, cell, group_of
from schemas.intake import FORMS, REFUSED, AtMost, Form

MOST_BYTES = 5_000_000
_SEPARATORS = (";", ",", "\t")
_EXAMPLE = "exempel"
Row = dict[str, Any]


@dataclass(frozen=True)
class Read:
    """What the inbox holds: rows by form, and what was refused, in the order of files and lines."""

    rows: dict[str, list[Row]] = field(default_factory=lambda: {name: [] for name in FORMS})
    refused: list[Row] = field(default_factory=list)


def table(form_name: str) -> pa.Table:
    """The rows of one form that hold, in its contract's columns."""
    return pa.Table.from_pylist(read().rows[form_name], schema=FORMS[form_name].table.arrow())


def fingerprint(form_name: str) -> str:
    """A hash of what `table` gives."""
    return hashlib.sha256(repr(read().rows[form_name]).encode()).hexdigest()


def refused() -> pa.Table:
    """What was not loaded, of all forms."""
    return pa.Table.from_pylist(read().refused, schema=REFUSED.arrow())


def account() -> Iterator[str]:
    """The inbox in words: a line a form, then a line for each row or file that is not loaded."""
    found = read()
    for form in FORMS.values():
        count = len(files(form.name))
        if count:
            kept_out = sum(row["form"] == form.name for row in found.refused)
            yield f"{form.name}: {count} file(s), {len(found.rows[form.name])} row(s) hold, {kept_out} kept out"
    if not any(files(name) for name in FORMS):
        yield f"No form lies in {settings.relative(settings.inbox())}; docs/intake.md says how to fill one in."
    yield from (row["sentence_en"] for row in found.refused)


def files(form_name: str) -> list[Path]:
    """The files of one form, in the order they are read."""
    found = [settings.inbox() / f"{form_name}.csv", *sorted((settings.inbox() / form_name).glob("*.csv"))]
    return [path for path in found if path.is_file()]


def read() -> Read:
    """Every file of every form. Raises nothing for what a person wrote; a fault of the catalogue is told as ever."""
    result = Read()
    for path, fault in _strangers():
        _refuse(result, path, 0, None, fault)
    known: Known | None = None
    for form in FORMS.values():
        seen: dict[tuple[Any, ...], str] = {}
        for path in files(form.name):
            known = known or _known()
            _read_file(path, form, known, seen, result)
    return result


def _strangers() -> Iterator[tuple[Path, Fault]]:
    """Files of the inbox that nothing reads, since they are not named or saved as a form is."""
    folder = settings.inbox()
    for path in sorted(folder.iterdir()) if folder.is_dir() else []:
        if not path.is_file() or path.name.startswith((".", "~")):
            continue
        if path.stem in FORMS and path.suffix.lower() != ".csv":
            yield (
                path,
                Fault(
                    f"a form is read from csv, not {path.suffix}; save it as {path.stem}.csv",
                    f"ett formulär läses från csv, inte {path.suffix}; spara det som {path.stem}.csv",
                ),
            )
        elif path.stem not in FORMS and path.suffix.lower() == ".csv":
            listed = ", ".join(f"{name}.csv" for name in FORMS)
            yield (
                path,
                Fault(
                    f"no form has that name; rename it to one of {listed}",
                    f"inget formulär heter så; döp om filen till något av {listed}",
                ),
            )


def _read_file(path: Path, form: Form, known: Known, seen: dict[tuple[Any, ...], str], result: Read) -> None:
    try:
        lines = _lines(path)
        columns = _columns(next(lines, (1, []))[1], form)
    except Fault as fault:
        _refuse(result, path, 0, form, fault)
        return
    for number, cells in lines:
        try:
            row = _row(cells, columns, form, known)
            key = tuple(row[name] for name in form.table.key)
            if key in seen:
                raise Fault(
                    f"the same stands already in {seen[key]}; take out one of them",
                    f"samma sak står redan i {seen[key].replace(', line', ', rad')}; ta bort den ena",
                )
        except Fault as fault:
            _refuse(result, path, number, form, fault)
            continue
        seen[key] = f"{_place(path)}, line {number}"
        result.rows[form.name].append({**row, "file": _place(path), "line": number})


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    """Number and cells of each line that is neither empty nor a comment (`#`), the heading first."""
    try:
        if path.stat().st_size > MOST_BYTES:
            raise Fault(
                f"the file is larger than {MOST_BYTES // 1_000_000} MB; divide it",
                f"filen är större än {MOST_BYTES // 1_000_000} MB; dela upp den",
            )
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or "unreadable"
        raise Fault(f"the file cannot be read ({reason}); mend that", f"filen går inte att läsa ({reason})") from None
    if b"\0" in content:
        raise Fault(
            "the file is not text that can be read; save it as csv in UTF-8",
            "filen är inte läsbar text; spara den som csv i UTF-8",
        )
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", errors="replace")  # what a Swedish Excel calls plain csv
    heading = next((line for line in text.splitlines() if line.strip() and not line.startswith("#")), "")
    separator = max(_SEPARATORS, key=heading.count)
    return _parsed(text, separator)


def _parsed(text: str, separator: str) -> Iterator[tuple[int, list[str]]]:
    reader, started = csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            cells = ["\ufffd"]
        if cells is None:
            return
        if any(each.strip() for each in cells) and not cells[0].startswith("#"):
            yield started, cells
        started = reader.line_num + 1


def _columns(heading: list[str], form: Form) -> list[str]:
    """The form's own name of each column of the file."""
    names = {name: each.heading for each in form.columns for name in (each.heading, each.heading_sv)}
    told = [text.strip().casefold().replace(" ", "_") for text in heading]
    found = [names.get(name, "") for name in told]
    listed = ";".join(each.heading for each in form.columns)
    for name, column in zip(told, found, strict=True):
        if not column and name:
            raise Fault(
                f"the column '{name[:40]}' is unknown; the heading is {listed}",
                f"kolumnen ”{name[:40]}” finns inte; rubriken är {';'.join(c.heading_sv for c in form.columns)}",
            )
        if column and found.count(column) > 1:
            raise Fault(f"the column {column} stands twice; take out one", f"kolumnen {name} finns två gånger")
    for each in form.columns:
        if each.required and each.heading not in found:
            raise Fault(
                f"the column {each.heading} is missing; the heading is {listed}",
                f"kolumnen {each.heading_sv} saknas; rubriken är {';'.join(c.heading_sv for c in form.columns)}",
            )
    return found


def _row(cells: list[str], columns: list[str], form: Form, known: Known) -> Row:
    beyond = [text for text in cells[len(columns) :] if text.strip()]
    if beyond or len(cells) < len([name for name in columns if name]):
        raise Fault(
            f"there are {len(cells)} cells where the heading has {len(columns)}; correct the row",
            f"raden har {len(cells)} celler men rubriken {len(columns)}; rätta raden",
        )
    written = {name: text for name, text in zip(columns, cells, strict=False) if name}
    if any(text.strip().casefold().startswith(_EXAMPLE) for text in written.values()):
        raise Fault(
            "the row is one of the example's; write your own in its place",
            "raden är hämtad ur exemplet; skriv en egen i dess ställe",
        )
    row = {each.heading: cell(each, written.get(each.heading, ""), known) for each in form.columns}
    _check_level(row["area"], form, known)
    _check_rules(row, form)
    return _SHAPED.get(form.name, _report)(row, known)


def _check_level(area: str, form: Form, known: Known) -> None:
    if known.levels[area] not in form.levels:
        raise Fault(
            "the form is for municipalities and regions, not for the nation; write whose figure it is",
            "formuläret gäller kommuner och regioner, inte riket; skriv vems uppgift det är",
        )


def _check_rules(row: Row, form: Form) -> None:
    swedish = {each.heading: each.heading_sv for each in form.columns}
    for rule in form.rules:
        if isinstance(rule, AtMost):
            if sum(row[part] for part in rule.parts) > row[rule.whole]:
                raise Fault(
                    f"{' and '.join(rule.parts)} are together more than {rule.whole} ({row[rule.whole]}); correct them",
                    f"{' och '.join(swedish[part] for part in rule.parts)} är tillsammans fler än "
                    f"{swedish[rule.whole]} ({row[rule.whole]}); rätta dem",
                )
        elif row[rule.part] > 0 and row[rule.whole] == 0:
            raise Fault(
                f"there are {row[rule.part]} {rule.part} but no {rule.whole}; correct one of them",
                f"{swedish[rule.part]} är {row[rule.part]} fast {swedish[rule.whole]} är 0; rätta det ena",
            )


def _report(row: Row, known: Known) -> Row:
    if row["year"] > known.this_year:
        raise Fault(
            f"the year {row['year']} has not been yet; correct it", f"året {row['year']} har inte varit än; rätta det"
        )
    return {"area_code": row.pop("area"), **row}


def _goal(row: Row, known: Known) -> Row:
    measure, sex = row["measure"] or "value", row["sex"] or "total"
    dimension, group = group_of(row["group"], measure, sex, known)
    if dimension == "sex" and measure == "value":
        if sex not in ("total", group):
            raise Fault(f"the group is {group} but the sex {sex}; correct one", "grupp och kön säger emot varandra")
        sex = group
    if row["year"] < known.this_year:
        raise Fault(
            f"the year {row['year']} has passed; a goal is for a year to come",
            f"året {row['year']} har varit; ett mål gäller ett kommande år",
        )
    if row["year"] <= int(row["decided_on"][:4]):
        raise Fault(
            f"the goal is for {row['year']} but was decided in {row['decided_on']}; correct one of them",
            f"målet gäller {row['year']} men beslutades {row['decided_on']}; rätta det ena",
        )
    return {
        "indicator_id": row["indicator"],
        "area_code": row["area"],
        "measure": measure,
        "dimension": dimension,
        "group_code": group,
        "sex": sex,
        "target_value": row["value"],
        "target_year": row["year"],
        "decided_by": row["decided_by"],
        "decided_on": row["decided_on"],
        "note": row["note"],
    }


_SHAPED: Mapping[str, Callable[[Row, Known], Row]] = {"targets": _goal}


def _refuse(result: Read, path: Path, line: int, form: Form | None, fault: Fault) -> None:
    place = _place(path)
    at_sv, at_en = (f"{place}, rad {line}", f"{place}, line {line}") if line else (place, place)
    result.refused.append(
        {
            "file": place,
            "line": line,
            "form": form.name if form else None,
            "sentence_sv": f"{at_sv}: {fault.sv}.",
            "sentence_en": f"{at_en}: {fault.en}.",
        }
    )


def _place(path: Path) -> str:
    """The file as named below the data folder, whoever's machine it lies on."""
    return path.relative_to(settings.data_folder()).as_posix()


def _known() -> Known:
    rows = _reference_rows()
    areas = [(code, name, long) for code, name, long in rows]
    levels = {code: "municipality" if len(code) == 4 else "nation" if code == "00" else "county" for code, _, _ in rows}
    dimensions = entries.mapped("social_groups.yaml", "dimensions")
    groups = {
        (name, group["code"]): group["label_sv"]
        for name, entry in dimensions.items()
        for group in entry["groups"] or []
        if name != "total"
    }
    gaps = {name: entry["label_sv"] for name, entry in dimensions.items() if name != "total" and entry["groups"]}
    return Known(
        spellings_of(areas),
        levels,
        frozenset(indicator_entries()),
        groups,
        gaps,
        datetime.now(UTC).year,
    )


def _reference_rows() -> list[tuple[str, str, str]]:
    """Code, name and long name of every area, from the file in git that the areas are made from."""
    source = entries.sources()["areas"]
    path = settings.REFERENCE / os.fspath(source.reference or "")
    found = {"00": ("00", "Riket", "Riket")}
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            code, county = row["municipality_code"], row["county_code"]
            found[code] = (code, row["municipality_name_short"], row["municipality_name"])
            found[county] = (county, row["county_name"], row["county_name"])
    return list(found.values())
