"""A release as its readers meet it: whole, described, the same in every format, never changed, and open to a newcomer.

Each looks at the small house's release; what its figures say is tested elsewhere.
"""

import hashlib
import json
import re
import shutil
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import pytest
import yaml

from pipelines.errors import Refused
from pipelines.release.building import released_tables
from pipelines.release.publish import _audit, _content_hash, publish
from pipelines.warehouse.warehouse import Warehouse
from schemas.fields import Table
from tests.fixtures.small_house import REPOSITORY, Latest, SmallHouse, dump, the_sentence

pytest_plugins = ["tests.fixtures.small_fixtures"]

TABLES = {table.name: table for table in released_tables()}
# Data Package v2's names of types, by what parquet holds.
TYPES = {"string": "string", "double": "number", "int32": "integer", "int64": "integer", "bool": "boolean"}
TYPES["date32[day]"] = "date"


@pytest.fixture(scope="module")
def latest(small_released: Path) -> Path:
    return (small_released / "data" / "published" / "latest").resolve()


@pytest.fixture(scope="module")
def opened(latest: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(latest / "jamlik.duckdb"), read_only=True) as connection:
        yield connection


@pytest.fixture(scope="module")
def package(latest: Path) -> dict[str, Any]:
    return dict(json.loads((latest / "datapackage.json").read_text(encoding="utf-8")))


@pytest.fixture(scope="module")
def manifest(latest: Path) -> dict[str, Any]:
    return dict(json.loads((latest / "manifest.json").read_text(encoding="utf-8")))


def test_a_release_is_these_files_and_no_other(latest: Path) -> None:
    parquet = {f"parquet/{name}.parquet" for name in TABLES}
    files = {path.relative_to(latest).as_posix() for path in latest.rglob("*") if path.is_file()}
    page = {name for name in files if name.startswith("site/")}
    assert "site/index.html" in page  # the rest of the page is tests/site/test_site.py's
    assert files - page == parquet | {"jamlik.duckdb", "datapackage.json", "manifest.json"}
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{6}Z", latest.name)
    assert (latest.parent.parent / "latest").readlink() == Path(
        "releases"
    ) / latest.name  # survives a move of the folder


def test_the_database_is_checkpointed_and_of_the_storage_version_that_old_clients_read(latest: Path) -> None:
    """DuckDB's file header: a checksum of 8 bytes, `DUCK`, then the storage version; 64 is that of v0.9 to v1.1."""
    magic, version = struct.unpack("<8x4sQ", (latest / "jamlik.duckdb").read_bytes()[:20])
    assert (magic, version) == (b"DUCK", 64)
    assert not list(latest.rglob("*.wal"))


def test_every_table_and_column_has_its_comment(opened: duckdb.DuckDBPyConnection) -> None:
    comments = dict(opened.execute("select table_name, comment from duckdb_tables()").fetchall())
    assert comments == {name: table.comment for name, table in TABLES.items()}
    views = {name for (name,) in opened.execute("select view_name from duckdb_views() where not internal").fetchall()}
    columns = opened.execute(
        "select table_name, column_name, comment from duckdb_columns() where not internal"
    ).fetchall()
    assert all(comment for table, _, comment in columns if table in views)
    columns = [each for each in columns if each[0] not in views]
    defined = {(name, each.name): each.comment for name, table in TABLES.items() for each in table.fields}
    assert {(table, column): comment for table, column, comment in columns} == defined
    assert len(defined) > 100


@pytest.mark.parametrize("name", TABLES)
def test_parquet_and_database_hold_the_same_rows_in_the_same_types(
    name: str, latest: Path, opened: duckdb.DuckDBPyConnection
) -> None:
    file = f"'{latest}/parquet/{name}.parquet'"
    rows = opened.execute(f"select count(*) from {name}").fetchall()[0][0]
    assert rows > 0 or name == "intake_refused"  # nothing lies in the inbox
    for left, right in ((name, file), (file, name)):
        different = f"select count(*) from (select * from {left} except all select * from {right}) as t"
        assert opened.execute(different).fetchall()[0][0] == 0
    schema = pa.parquet.read_schema(latest / "parquet" / f"{name}.parquet")
    assert dict(zip(schema.names, schema.types, strict=True)) == {each.name: each.type for each in TABLES[name].fields}


def test_the_data_package_describes_every_file_as_it_is(package: dict[str, Any], latest: Path) -> None:
    assert package["$schema"] == "https://datapackage.org/profiles/2.0/datapackage.json"
    assert package["version"] == latest.name
    assert re.fullmatch(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\+00:00", package["created"])
    assert len(package["sources"]) > 5
    assert all(source["title"] for source in package["sources"])
    assert {resource["path"] for resource in package["resources"]} == {f"parquet/{name}.parquet" for name in TABLES}
    for resource in package["resources"]:
        path = latest / resource["path"]
        assert re.fullmatch(r"[a-z0-9._-]+", resource["name"])
        assert resource["bytes"] == path.stat().st_size
        assert resource["hash"] == "sha256:" + hashlib.sha256(path.read_bytes()).hexdigest()
        schema = pa.parquet.read_schema(path)
        fields = {field["name"]: field for field in resource["schema"]["fields"]}
        assert list(fields) == schema.names
        assert [field["type"] for field in fields.values()] == [TYPES[str(kind)] for kind in schema.types]
        assert all(field["description"] for field in fields.values())
        assert set(resource["schema"]["primaryKey"]) <= set(fields)


def test_each_resource_has_its_own_licences_and_the_package_only_what_holds_for_all(
    package: dict[str, Any], latest: Path
) -> None:
    sources = {
        row["table_id"]: row for row in pa.parquet.read_table(latest / "parquet/source_table.parquet").to_pylist()
    }
    values = pa.parquet.read_table(latest / "parquet/indicator_value.parquet", columns=["source_ids", "value"])
    used = {
        name
        for row in values.group_by("source_ids").aggregate([("value", "count")]).to_pylist()
        if row["value_count"]
        for name in row["source_ids"].split(", ")
    }
    terms = {resource["name"]: resource["licenses"] for resource in package["resources"]}
    every = " ".join(each["title"] for each in terms["indicator-value"])
    assert {sources[name]["licence"] for name in used if sources[name]["licence"] not in every} == set()
    assert [each["name"] for each in terms["area"]] == ["CC0-1.0"]
    assert [each["title"] for each in terms["similar-area"]] == ["Kolada (RKA): Fri användning; ange Kolada som källa"]
    assert all(each.get("name") or each.get("path") for listed in terms.values() for each in listed)
    assert all(terms.values())
    for shared in package.get("licenses", []):
        assert all(shared in listed for listed in terms.values())
    assert ("licenses" in package) == bool(
        [each for each in terms["area"] if all(each in listed for listed in terms.values())]
    )


def test_what_the_data_package_promises_of_the_values_is_so(package: dict[str, Any], latest: Path) -> None:
    held = 0
    for resource in package["resources"]:
        table = pa.parquet.read_table(latest / resource["path"])
        key = resource["schema"]["primaryKey"]
        assert key
        assert table.group_by(key).aggregate([]).num_rows == table.num_rows, resource["name"]
        for field in resource["schema"]["fields"]:
            column, rules = table[field["name"]], field["constraints"]
            place = f"{resource['name']}.{field['name']}"
            known = pc.drop_null(column.combine_chunks())
            if rules["required"]:
                assert column.null_count == 0, place
            if "enum" in rules:
                assert set(known.unique().to_pylist()) <= set(rules["enum"]), place
            if "pattern" in rules:
                assert all(re.search(rules["pattern"], text) for text in known.unique().to_pylist()), place
            if "minimum" in rules and len(known):
                assert pc.min(known).as_py() >= rules["minimum"], place
            if "maximum" in rules and len(known):
                assert pc.max(known).as_py() <= rules["maximum"], place
            held += len(set(rules) - {"required"}) + rules["required"]
    assert held > 80


def test_the_manifest_names_the_bytes_it_was_made_of(
    manifest: dict[str, Any], latest: Path, small_released: Path
) -> None:
    assert manifest["release_id"] == latest.name
    assert set(manifest["tables"]) == set(TABLES) - {"release"}
    lines = (small_released / "data" / "sources.lock").read_text(encoding="utf-8").splitlines()
    locked = dict(line.split()[:2] for line in lines)
    named = {source["table_id"]: source["sha256"] for source in manifest["sources"] if source["landing"] == "snapshot"}
    assert named == locked
    assert len(locked) >= 10


def test_a_content_hash_sees_a_single_cell_and_not_the_order(
    opened: duckdb.DuckDBPyConnection, manifest: dict[str, Any]
) -> None:
    rows = opened.sql("select * from indicator_value").to_arrow_table()
    with duckdb.connect() as connection:
        connection.register("rows", rows)
        connection.execute("create table indicator_value as select * from rows order by value, sex, area_code desc")
        assert _content_hash(connection, "indicator_value") == manifest["tables"]["indicator_value"]
        one = "(select min(rowid) from indicator_value where value > 1)"
        connection.execute(f"update indicator_value set value = value + 1e-9 where rowid = {one}")
        assert _content_hash(connection, "indicator_value") != manifest["tables"]["indicator_value"]


def test_a_release_says_nothing_of_the_machine_that_made_it(latest: Path, small_released: Path) -> None:
    words = [str(REPOSITORY).encode(), str(small_released).encode(), b"/tmp/", b"/home/"]
    for path in (path for path in latest.rglob("*") if path.is_file()):
        content = path.read_bytes()
        assert not [word for word in words if word in content], path.name


def test_a_release_answers_wherever_it_is_carried(latest: Path, tmp_path: Path) -> None:
    shutil.copytree(latest, tmp_path / "usb")
    with duckdb.connect(str(tmp_path / "usb" / "jamlik.duckdb"), read_only=True) as connection:
        places = "'0583', 'Motala', 'motala kommun', ' MOTALA ', 'Östergötland', 'Östergötlands län', 'Riket', 'Nosuch'"
        found = connection.execute(f"select area_code(p) from (select unnest([{places}]) as p) as t").fetchall()
    assert [code for (code,) in found] == ["0583", "0583", "0583", "0583", "05", "05", "00", None]


@pytest.fixture
def writer(small: SmallHouse, monkeypatch: pytest.MonkeyPatch) -> Iterator[Warehouse]:
    """The small house's warehouse, opened by this process, everything in it as it would be made now."""
    monkeypatch.setenv("JAMLIK_DATA", str(small.data))
    with duckdb.connect(str(small.data / "warehouse" / "jamlik.duckdb"), read_only=True) as connection:
        built = dict(connection.execute("select table_name, fingerprint from meta.built").fetchall())
    with Warehouse.open(built) as warehouse:
        yield warehouse


def _bytes_of(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}


def test_who_has_the_old_release_open_keeps_it_and_it_is_never_changed(
    writer: Warehouse, small: SmallHouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = (small.published / "latest").resolve()
    content = _bytes_of(old)
    with duckdb.connect(str(small.published / "latest" / "jamlik.duckdb"), read_only=True) as reader:
        assert reader.execute("select home_area from release").fetchall() == [("05",)]
        monkeypatch.setenv("JAMLIK_HOME_AREA", "Motala")
        new = publish(writer)
        assert new.new
        assert reader.execute("select home_area from release").fetchall() == [("05",)]
        # A table that the reader had not touched before is still the old release's.
        assert reader.execute("select count(*) from inequality").fetchall()[0][0] > 0
    assert _bytes_of(old) == content
    with duckdb.connect(str(small.published / "latest" / "jamlik.duckdb"), read_only=True) as reader:
        assert reader.execute("select home_area from release").fetchall() == [("0583",)]
    assert not publish(writer).new  # nothing has changed since


def test_a_release_that_does_not_hold_together_is_not_let_out(latest: Path, tmp_path: Path) -> None:
    def spoilt(name: str) -> Path:
        return Path(shutil.copytree(latest, tmp_path / name))

    _audit(spoilt("sound"))
    folder = spoilt("wal")
    (folder / "jamlik.duckdb.wal").write_bytes(b"")
    with pytest.raises(Refused, match="write-ahead log"):
        _audit(folder)
    folder = spoilt("rows")
    shutil.copy(folder / "parquet" / "unit.parquet", folder / "parquet" / "area.parquet")
    with pytest.raises(Refused, match=r"area has 17 rows in DuckDB but \d+ in parquet"):
        _audit(folder)
    folder = spoilt("silent")
    with duckdb.connect(str(folder / "jamlik.duckdb")) as connection:
        connection.execute("delete from coverage where indicator_id = 'gini_disposable_income'")
        left = connection.sql("from coverage").to_arrow_table()
    pa.parquet.write_table(left, folder / "parquet" / "coverage.parquet")
    with pytest.raises(Refused, match="gini_disposable_income has no row at all"):
        _audit(folder)


def test_every_released_table_is_ordered_by_a_key() -> None:
    assert all(isinstance(table, Table) and table.key for table in TABLES.values())


def test_a_new_indicator_is_picked_up_with_no_other_edit(small: SmallHouse) -> None:
    """One is an entry of the catalogue only (a Kolada key figure, no longer among those not used), one an entry and a
    SQL file; nothing else.
    """
    not_used = small.data / "catalogue" / "kolada_not_used.yaml"
    content = yaml.safe_load(not_used.read_text(encoding="utf-8"))
    assert content["kolada_not_used"].pop("N01805")
    dump(not_used, content)
    entry: dict[str, Any] = {}
    small.edit_entry("indicators.yaml", "indicators", "gini_disposable_income", entry.update)
    path = small.data / "catalogue" / "indicators.yaml"
    text = path.read_text(encoding="utf-8")
    own = {**entry, "unit": "count", "polarity": "lower_is_better", "kolada": [{"kpi": "N01805"}], "catalogue_rows": []}
    computed = {**own, "model": "throw_away", "provenance": "computed", "unit": "per_100_000"}
    del computed["kolada"]
    path.write_text(
        text + _yaml("throw_away_published", own) + _yaml("throw_away_computed", computed), encoding="utf-8"
    )
    model = (small.path / "sql" / "indicators" / "crude_mortality.sql").read_text(encoding="utf-8")
    assert model.count("'crude_mortality'") == 1
    model = model.replace("'crude_mortality'", "'throw_away_computed'")
    (small.path / "sql" / "indicators" / "throw_away.sql").write_text(model, encoding="utf-8")
    before = Latest.of(small.published)

    done = small.jamlik("run")
    assert done.code == 0, done.err
    assert Latest.of(small.published) != before
    landed = pa.parquet.read_table(small.data / "snapshot" / "kolada_values" / "part-0.parquet")
    figures = {
        (row["municipality"], row["year"]): row["value"]
        for row in landed.to_pylist()
        if row["kpi"] == "N01805"
        and row["gender"] == "T"
        and row["value"] is not None
        and row["municipality"] >= "0100"
    }
    assert len(figures) > 100
    with duckdb.connect(str(small.published / "latest" / "jamlik.duckdb"), read_only=True) as release:
        said = release.execute(
            "select area_code, year, value from indicator_value where indicator_id = 'throw_away_published' "
            "and dimension = 'total' and area_level = 'municipality' and value is not null"
        ).fetchall()
        assert {(area, year): value for area, year, value in said} == figures
        pairs = release.execute(
            "select count(*), count(*) filter (a.value is not distinct from b.value) from indicator_value as a "
            "inner join indicator_value as b using (area_code, period, dimension, group_code, sex) "
            "where a.indicator_id = 'crude_mortality' and b.indicator_id = 'throw_away_computed'"
        ).fetchall()[0]
        assert pairs[0] == pairs[1] > 100
        assert release.execute(
            "select count(distinct indicator_id) from coverage where indicator_id like 'throw_away%'"
        ).fetchall() == [(2,)]
        assert release.execute(
            "select count(*) > 0 from inequality where indicator_id = 'throw_away_computed' and status = 'ok'"
        ).fetchall() == [(True,)]
    assert "indicator.throw_away" in small.jamlik("tables").out


def _yaml(name: str, entry: dict[str, Any]) -> str:
    return f"  {name}: {json.dumps(entry, ensure_ascii=False)}\n"


def test_before_the_first_release_there_is_a_sentence(unmade: SmallHouse) -> None:
    the_sentence(unmade.jamlik("sql", "select 1"), "no release", "jamlik run")
