"""Whatever is wrong with what is landed, or with a model that meets it: its row is named, and the old table stays.

Most faults go into one house at once and are met in one run of its command line: each must have its own sentence,
and the good tables beside them must be made. Files that cannot be trusted at all stop a run before it begins.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pytest

from pipelines.catalogue import entries
from pipelines.landing import zone
from tests.fixtures.small_house import Change, Latest, SmallHouse, written
from tests.fixtures.warm_process import Done, WarmPython

pytest_plugins = ["tests.fixtures.small_fixtures"]


def _column(name: str, change: Callable[[Any], Any], kind: pa.DataType | None = None) -> Callable[[pa.Table], pa.Table]:
    """Changes every value of a column."""

    def changed(table: pa.Table) -> pa.Table:
        values = pa.array([change(value) for value in table[name].to_pylist()], kind or table.schema.field(name).type)
        return table.set_column(table.schema.get_field_index(name), name, values)

    return changed


@dataclass(frozen=True)
class Spoilt:
    """A house in which much is wrong at once, and what one run of it said and left."""

    house: SmallHouse
    done: Done
    before: Latest
    rows: dict[str, int]

    def sentence_on(self, table: str) -> str:
        """The one sentence about a table."""
        said = [
            line
            for line in self.done.err.splitlines()
            if line.startswith("jamlik: ") and re.search(rf"\b{table}\b", line)
        ]
        assert len(said) == 1, f"{table}: {self.done.err}"
        return said[0]


def _counts(house: SmallHouse) -> dict[str, int]:
    with duckdb.connect(str(house.data / "warehouse" / "jamlik.duckdb"), read_only=True) as connection:
        return dict(connection.execute("select table_name, rows from meta.built").fetchall())


# Which model, what it is made to say, what the sentence names.
COMPUTED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "an unknown column": ("area_within", "select nosuch as area_code from core.area", ('"nosuch"', "correct its SQL")),
    "a column too few": (
        "similar_area",
        "select family, municipality_code as area_code from source.similar_municipalities",
        ("similar_area_code is missing",),
    ),
    "a key twice": (
        "standard_population",
        "select 0::integer as age_lower, 4::integer as age_upper, 5e0 as standard_persons union all select 0, 4, 6e0",
        ("age_lower 0", "stands 2 times"),
    ),
    "a text for a number": ("household_tenure", "select cast('x' as integer) as area_code", ("'x'", "correct its SQL")),
}
INCOME = "data/snapshot/scb_income"
AREAS = "municipality_code,municipality_name\n0180,Håbo kommun\n"
# What is landed, who meets it, what the sentence names.
LANDED: dict[str, tuple[str, Callable[[pa.Table], pa.Table], str, tuple[str, ...]]] = {
    "without a column": (
        "scb_income",
        lambda t: t.drop_columns(["status"]),
        "source.scb_income",
        (f"{INCOME}:", "the column status is missing", "correct it there"),
    ),
    "with a column more": (
        "af_unemployed",
        lambda t: t.append_column("x", t["value"]),
        "source.af_unemployed",
        ("data/snapshot/af_unemployed", "the column x is not in the contract"),
    ),
    "with a column renamed": (
        "scb_turnout_by_age",
        lambda t: t.rename_columns(["kommun" if name == "municipality" else name for name in t.schema.names]),
        "source.scb_turnout_by_age",
        ("municipality is missing", "kommun"),
    ),
    "with a key twice": (
        "scb_turnout_by_education",
        lambda t: pa.concat_tables([t, t.slice(3, 1)]),
        "source.scb_turnout_by_education",
        ("municipality 0114", "sex_label", "stands 2 times"),
    ),
    "with 114 for 0114": (
        "scb_population",
        _column("municipality", lambda code: code.lstrip("0")),
        "source.scb_population",
        ("row 1 ", "municipality 114", "found '114'"),
    ),
    "with codes as numbers": (
        "scb_population_election_month",
        _column("municipality", int, pa.int32()),
        "source.scb_population_election_month",
        ("municipality", "int32", "string"),
    ),
    "with decimal commas": (
        "raks_main_affiliation",
        _column("value", lambda value: str(value).replace(".", ","), pa.string()),
        "source.raks_main_affiliation",
        ("row 1 ", "value must be of type double", ",0'"),
    ),
    "with mojibake": (
        "scb_education",
        _column("education_label", lambda label: label.replace("å", "Ã¥")),
        "core.education",
        ("row ", "area_code 0114", "Ã¥r"),
    ),
}


@pytest.fixture(scope="module")
def spoilt(small_released: Path, warm_python: WarmPython, tmp_path_factory: pytest.TempPathFactory) -> Spoilt:
    """All of LANDED and COMPUTED at once; `core.area` is changed too, but has nothing wrong with it."""
    folder = tmp_path_factory.mktemp("spoilt")
    shutil.copytree(small_released, folder / "house", symlinks=True)
    house = SmallHouse(folder / "house", warm_python, folder / "call")
    before, rows = Latest.of(house.published), _counts(house)
    for table_id, change, _, _ in LANDED.values():
        house.land(table_id, change)
    for name, sql, _ in COMPUTED.values():
        (house.path / "sql" / "core" / f"{name}.sql").write_text(f"-- x\n{sql}\n", encoding="utf-8")
    house.edit("sql/core/area.sql", "-- The 290 municipalities", "-- All 290 municipalities")
    models = ["core.area", "core.education", *(f"core.{name}" for name, _, _ in COMPUTED.values())]
    return Spoilt(house, house.jamlik("run", "--only", f"source.* {' '.join(models)}"), before, rows)


@pytest.mark.parametrize("case", LANDED)
def test_a_broken_landing_is_refused_with_its_row(case: str, spoilt: Spoilt) -> None:
    table_id, _, met_by, naming = LANDED[case]
    sentence = spoilt.sentence_on(table_id if met_by.startswith("source") else met_by)
    for name in (met_by, *naming):
        assert name in sentence


@pytest.mark.parametrize("case", COMPUTED)
def test_a_model_that_fails_when_it_runs_is_refused(case: str, spoilt: Spoilt) -> None:
    name, _, naming = COMPUTED[case]
    sentence = spoilt.sentence_on(f"core.{name}")
    for each in naming:
        assert each in sentence


def test_good_tables_are_made_beside_bad_ones_whose_old_rows_stay(spoilt: Spoilt) -> None:
    assert spoilt.done.code == 1
    assert "Traceback" not in spoilt.done.err
    # One more: the made-up delivery, which is fitted to margins that were not asked for here.
    assert "source.raks_synthetic reads core.raks_margin, which has not been made" in spoilt.done.err
    assert spoilt.done.err.count("jamlik: ") == len(LANDED) + len(COMPUTED) + 1
    assert Latest.of(spoilt.house.published) == spoilt.before
    assert _counts(spoilt.house) == spoilt.rows  # the refused ones among them
    with duckdb.connect(str(spoilt.house.data / "warehouse" / "jamlik.duckdb"), read_only=True) as connection:
        for table in spoilt.rows:
            assert connection.execute(f"select count(*) from {table}").fetchall()[0][0] == spoilt.rows[table], table
    # core.area (14 municipalities, 2 counties, the nation) and scb_education: only core.education reads its labels.
    assert f"2 tables made ({17 + spoilt.rows['source.scb_education']:,} rows)" in spoilt.done.err


def test_a_share_of_250_per_cent_stops_before_anything_is_shown(small: SmallHouse) -> None:
    def change(table: pa.Table) -> pa.Table:
        hit = pc.and_(pc.equal(table["kpi"], "N02797"), pc.equal(table["municipality"], "0580"))
        hit = pc.and_(hit, pc.and_(pc.equal(table["year"], 2015), pc.equal(table["gender"], "T")))
        assert pc.sum(hit).as_py() == 1
        return table.set_column(table.schema.get_field_index("value"), "value", pc.if_else(hit, 250.0, table["value"]))

    before = Latest.of(small.published)
    small.land("kolada_values", change)
    done = small.jamlik("run", "--only", "+core.impossible_cell")
    # The place and the rule; not the number, since the table looks at secret rows too.
    naming = ("neet_16_24", "area_code 0580", "period 2015", "between 0 and its scale")
    small.refused(done, *naming, before=before)


def test_an_empty_landing_is_not_a_table(small: SmallHouse) -> None:
    before = Latest.of(small.published)
    small.land("scb_income", lambda table: table.slice(0, 0))
    small.refused(small.jamlik("run", "--only", "source.scb_income"), INCOME, "no rows", before=before)


def _not_parquet(house: SmallHouse) -> None:
    """A part that is no parquet, though its provenance and the lock agree with it."""
    folder, digest = house.data / "snapshot" / "scb_income", hashlib.sha256(b"hello").hexdigest()
    (folder / "part-0.parquet").write_bytes(b"hello")
    record = json.loads((folder / "provenance.json").read_text(encoding="utf-8"))
    record["parts"][0]["sha256"] = digest
    (folder / "provenance.json").write_text(json.dumps(record), encoding="utf-8")
    house.relock("scb_income", f"scb_income {hashlib.sha256(digest.encode()).hexdigest()} 1 unknown\n")


def _one_bit(house: SmallHouse) -> None:
    path = house.data / "snapshot" / "scb_income" / "part-0.parquet"
    content = bytearray(path.read_bytes())
    content[100] ^= 1
    path.write_bytes(bytes(content))


def _parts_at_odds(house: SmallHouse) -> None:
    """A newer live landing whose second part has codes as numbers."""
    source, table = entries.sources()["scb_income"], pa.table({"municipality": ["0114"], "value": [1.0]})
    odd = table.set_column(0, "municipality", pc.cast(table["municipality"], pa.int32()))
    zone.write(source, {"0": table, "1": odd}, "2030-01-01", house.data / "landing")


FILES: dict[str, tuple[Change, tuple[str, ...]]] = {
    "a file that is not parquet": (_not_parquet, (f"{INCOME}/part-0.parquet", "not a readable parquet", "again")),
    "bytes that differ from the record": (
        _one_bit,
        (f"{INCOME}/part-0.parquet", "sha256 differs", "restore it from git"),
    ),
    "a snapshot that differs from the lock": (
        lambda house: house.relock("scb_income", f"scb_income {'0' * 64} 1 unknown\n"),
        (INCOME, "data/sources.lock", "restore"),
    ),
    "a lock that is gone": (lambda house: (house.data / "sources.lock").unlink(), ("data/sources.lock", "restore it")),
    "a lock that is no lock": (written("data/sources.lock", "scb_income\n"), ("data/sources.lock", "line 1")),
    "a part that is gone": (
        lambda house: (house.path / INCOME / "part-0.parquet").unlink(),
        ("part-0.parquet", "not there"),
    ),
    "a provenance that is not JSON": (written(f"{INCOME}/provenance.json", "{"), (f"{INCOME}/provenance.json", "land")),
    "a provenance without parts": (
        written(f"{INCOME}/provenance.json", '{"retrieved": null}'),
        (f"{INCOME}/provenance.json", "'parts'"),
    ),
    "a provenance that points elsewhere": (
        written(f"{INCOME}/provenance.json", '{"retrieved": "", "parts": [{"file": "../../x", "sha256": "1"}]}'),
        (f"{INCOME}/provenance.json", "../../x"),
    ),
    "a landing that is gone": (lambda house: shutil.rmtree(house.path / INCOME), ("scb_income", "jamlik fetch")),
    "parts at odds": (_parts_at_odds, ("data/landing/scb_income/part-1.parquet", "type of municipality")),
    "a reference file in Latin-1": (
        written("data/reference/areas.csv", AREAS.encode("latin-1")),
        ("data/reference/areas.csv", "UTF-8"),
    ),
    "a reference file whose rows do not match its head": (
        written("data/reference/areas.csv", "a,b\n1\n"),
        ("data/reference/areas.csv", "Expected 2 columns, got 1"),
    ),
}


@pytest.mark.parametrize("case", FILES)
def test_a_landing_that_cannot_be_trusted_is_refused(case: str, released_only: SmallHouse) -> None:
    change, naming = FILES[case]
    before = Latest.of(released_only.published)
    change(released_only)
    released_only.refused(released_only.jamlik("run", "--only", "source.scb_income"), *naming, before=before)
