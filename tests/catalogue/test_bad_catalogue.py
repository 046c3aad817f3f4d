"""Whatever is wrong in a file that people edit: one sentence, exit 1, and the latest release untouched.

Each case changes one thing in a copy of the small house and runs its command line. What is landed is in
tests/landing/test_bad_landing.py; the disk, the lock and the folders are in tests/orchestration/test_reliability.py.
"""

import copy
import json
from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines import settings
from pipelines.catalogue import tables as catalogue_tables
from pipelines.errors import Refused
from tests.fixtures.small_house import Change, Latest, SmallHouse, written

pytest_plugins = ["tests.fixtures.small_fixtures"]

INDICATORS = "data/catalogue/indicators.yaml"


def _entry(**keys: Any) -> Change:
    """Changes keys of the entry neet_16_24; None as a string of its own stands for a key taken out."""

    def change(entry: dict[str, Any]) -> None:
        entry.update(keys)
        for key in [key for key, value in keys.items() if value == "(out)"]:
            del entry[key]

    return lambda house: house.edit_entry("indicators.yaml", "indicators", "neet_16_24", change)


def _source(**keys: Any) -> Change:
    """Changes keys of the source table scb_income."""
    return lambda house: house.edit_entry("sources.yaml", "tables", "scb_income", lambda entry: entry.update(keys))


CATALOGUE: dict[str, tuple[Change, tuple[str, ...]]] = {
    "a missing key": (_entry(title_sv="(out)"), (INDICATORS, "neet_16_24", "'title_sv' is missing", "add it")),
    "an unknown key": (_entry(titel_sv="x"), (INDICATORS, "neet_16_24", "'titel_sv' is unknown", "spelling")),
    "a key written twice": (
        lambda house: house.edit(INDICATORS, "  neet_16_24:\n", "  neet_16_24:\n    unit: percent\n    unit: days\n"),
        (INDICATORS, "line ", "'unit' stands twice", "correct"),
    ),
    "not YAML": (written(INDICATORS, "indicators:\n  a: [1,\n"), (INDICATORS, "line 3", "correct the YAML")),
    "not UTF-8": (written(INDICATORS, "indicators:\n  å: 1".encode("latin-1")), (INDICATORS, "UTF-8", "byte 14")),
    "nothing at all": (written(INDICATORS, ""), (INDICATORS, "mapping of entries")),
    "an unknown unit": (_entry(unit="procent"), (INDICATORS, "neet_16_24", "unit is 'procent'", "percent")),
    "an unknown source": (_entry(sources=["nosuch"]), (INDICATORS, "neet_16_24", "'nosuch'", "sources.yaml")),
    "no source": (_entry(sources=[]), (INDICATORS, "neet_16_24", "sources is empty", "sources.yaml")),
    "an empty title": (_entry(title_sv=""), (INDICATORS, "neet_16_24", "title_sv is ''", "a text")),
    "a circle with a dimension that is none": (
        _entry(circular_with=["educaton"]),
        (INDICATORS, "neet_16_24", "circular_with names 'educaton'", "social_groups.yaml"),
    ),
    "a circle named twice": (_entry(circular_with=["sex", "sex"]), ("neet_16_24", "names 'sex'", "once")),
    "no synonym": (_entry(synonyms_sv=[]), (INDICATORS, "neet_16_24", "synonyms_sv is []", "at least one text")),
    "a synonym with a comma": (_entry(synonyms_sv=["a, b"]), ("neet_16_24", "synonyms_sv names 'a, b'", "comma")),
    "beside one that is not there": (
        _entry(shown_beside="nosuch"),
        ("neet_16_24", "shown_beside names 'nosuch'", "beside no other"),
    ),
    "no word of circles": (_entry(circular_with="(out)"), ("neet_16_24", "'circular_with' is missing")),
    "an unknown model": (_entry(model="nosuch", kolada="(out)"), ("neet_16_24", "no sql/indicators/nosuch.sql")),
    "an unknown group": (
        _entry(kolada=[{"kpi": "N02797", "dimension": "education", "group": "nosuch"}]),
        (INDICATORS, "neet_16_24", "the group nosuch of education", "social_groups.yaml"),
    ),
    "a per cent with text": (
        _entry(polarity="target", target_value="50 %"),
        (INDICATORS, "neet_16_24", "target_value is '50 %'", "a number"),
    ),
    "a row that is not in the list": (
        _entry(catalogue_rows=["nosuch"]),
        ("neet_16_24", "'nosuch'", "catalogue_rows.yaml"),
    ),
    "an unknown contract": (
        _source(contract="nosuch"),
        ("data/catalogue/sources.yaml", "scb_income", "'nosuch'", "schemas/sources.py"),
    ),
    "a source module that is not there": (
        _source(origin="nosuch"),
        ("data/catalogue/sources.yaml", "scb_income", "assets/nosuch.py"),
    ),
}


@pytest.mark.parametrize("case", CATALOGUE)
def test_a_broken_catalogue_is_refused(case: str, released_only: SmallHouse) -> None:
    change, naming = CATALOGUE[case]
    before = Latest.of(released_only.published)
    change(released_only)
    released_only.refused(released_only.jamlik("run"), *naming, before=before)


def test_no_kind_of_wrong_value_in_any_catalogue_file_is_a_traceback(
    tmp_path: Path, small_released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every key of an entry of every file, in turn: taken out, and given values of the wrong kind."""
    original = small_released / "data" / "catalogue"
    files = {path.name: yaml.safe_load(path.read_text(encoding="utf-8")) for path in original.glob("*.yaml")}
    rows = files["catalogue_rows.yaml"]["catalogue_rows"]
    kept = {
        name: files["indicators.yaml"]["indicators"][name] for name in ("municipal_turnout", "gini_disposable_income")
    }
    listed = {row for entry in kept.values() for row in entry["catalogue_rows"]}
    files["indicators.yaml"]["indicators"] = kept
    files["headlines.yaml"]["headlines"] = [{"indicator": name} for name in kept]
    files["catalogue_rows.yaml"]["catalogue_rows"] = {name: rows[name] for name in listed}
    tables = files["sources.yaml"]["tables"]
    needed = {next(iter(tables)), *(table for entry in kept.values() for table in entry["sources"])}
    files["sources.yaml"]["tables"] = {name: entry for name, entry in tables.items() if name in needed}
    del files["live_sources.yaml"]  # which none of these tables reads
    texts = {name: json.dumps(content) for name, content in files.items()}  # JSON is YAML, and quickly written
    tried = refused = 0
    for name in (
        "indicators",
        "units",
        "social_groups",
        "catalogue_rows",
        "sources",
        "recommendations",
        "determinant_areas",
    ):
        (entries,) = files[f"{name}.yaml"].values()
        first = next(iter(entries)) if isinstance(entries, dict) else 0
        for key in entries[first]:
            for value in ("(out)", None, 7, "nosuch", ["nosuch"], {"nosuch": 1}):
                if entries[first][key] == value:
                    continue
                changed = copy.deepcopy(files[f"{name}.yaml"])
                (inside,) = changed.values()
                inside[first][key] = value
                if value == "(out)":
                    del inside[first][key]
                tried += 1
                folder = tmp_path / str(tried)
                sentence = _told(folder, {**texts, f"{name}.yaml": json.dumps(changed)}, monkeypatch)
                refused += bool(sentence)
                if sentence:
                    assert key in sentence or str(value) in sentence, f"{name}, {key} = {value!r}: {sentence}"
    assert tried > 300
    assert refused / tried > 0.75  # the rest: another text where any text may stand, null where null may


def _told(folder: Path, texts: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> str:
    """What the catalogue in `texts` is refused with; empty when it is not."""
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    monkeypatch.setattr(settings, "CATALOGUE", folder)
    try:
        for table in catalogue_tables.NAMES:
            catalogue_tables.table(table)
    except Refused as fault:
        return str(fault)
    return ""


SQL: dict[str, tuple[Change, tuple[str, ...]]] = {
    "that does not parse": (
        written("sql/core/area.sql", "-- x\nselect a,\n  from where (\n"),
        ("sql/core/area.sql", "line 3", "'where'", "correct it"),
    ),
    "of two statements": (
        written("sql/core/area.sql", "-- x\nselect 1 as a;\nselect 2 as a;\n"),
        ("sql/core/area.sql", "one select", "select, select"),
    ),
    "that is no select": (
        written("sql/core/area.sql", "drop table core.area"),
        ("sql/core/area.sql", "one select", "drop"),
    ),
    "that is empty": (written("sql/core/area.sql", ""), ("sql/core/area.sql", "nothing")),
    "in a circle": (
        written("sql/core/area.sql", "-- x\nselect * from core.area_within"),
        ("sql/core/area.sql", "core.area → core.area_within → core.area"),
    ),
    "that reads itself": (written("sql/core/area.sql", "select * from core.area"), ("core.area → core.area",)),
    "that reads an unknown table": (
        written("sql/indicators/extra.sql", "-- x\nselect * from core.nosuch\n"),
        ("indicator.extra", "core.nosuch", "correct the name"),
    ),
    "that names a table without its layer": (
        written("sql/indicators/extra.sql", "-- x\nselect * from area\n"),
        ("sql/indicators/extra.sql", "'area'", "layer.table"),
    ),
    "without a contract": (
        written("sql/core/extra.sql", "-- x\nselect area_code from core.area\n"),
        ("sql/core/extra.sql", "no contract", "schemas/"),
    ),
    "in a folder that is no layer": (
        written("sql/other/extra.sql", "select 1 as a"),
        ("sql/other/extra.sql", "indicators"),
    ),
    "in a second room under the same name": (
        written("sql/measures/trend/goal.sql", "-- x\nselect 1 as a"),
        ("sql/measures/trend/goal.sql", "sql/measures/follow_up/goal.sql", "both make measure.goal", "rename"),
    ),
    "whose name is no table's": (
        written("sql/core/My model.sql", "select 1 as a"),
        ("sql/core/My model.sql", "rename"),
    ),
    "of macros that do not run": (written("sql/macros.sql", "create macro ("), ("sql/macros.sql", "syntax error")),
}


@pytest.mark.parametrize("case", SQL)
def test_a_broken_model_is_refused_before_anything_is_made(case: str, released_only: SmallHouse) -> None:
    change, naming = SQL[case]
    before = Latest.of(released_only.published)
    change(released_only)
    released_only.refused(released_only.jamlik("run"), *naming, before=before)
