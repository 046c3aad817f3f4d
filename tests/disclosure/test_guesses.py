"""Whoever has the right secret file in hand, or guesses it, cannot see from a release that it is the right one.

The same delivery twice in the small house, with other counts behind what is hidden, and all published bytes compared;
then an intruder who hashes the file, its rows and its tables in every usual way, and looks for that. Not here: counts
that can be worked out (test_attack.py), or that stand somewhere (test_canary.py).
"""

import base64
import hashlib
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.disclosure.test_delivery import delivery
from tests.fixtures.inbox_house import HEADINGS, MAPPING, Row, text
from tests.fixtures.small_house import SmallHouse
from tests.fixtures.warm_process import WarmPython

pytest_plugins = ["tests.fixtures.small_fixtures"]

PLACES = ("0580", "0581")  # of one county: what one gains in a cross the other loses, so that no sum changes
WHEN = re.compile(rb"\d{4}-\d{2}-\d{2}T\d{2}:?\d{2}:?\d{2}(Z|\+00:00)")
UUID = re.compile(rb"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
ALGORITHMS = ("md5", "sha1", "sha224", "sha256", "sha384", "sha512", "blake2b", "blake2s", "sha3_256")


def moved(rows: list[Row]) -> list[Row]:
    """The same delivery but for counts of municipal crosses: two places, two schoolings, two countries of birth."""
    found = list(rows)
    place_of = {row[:8]: number for number, row in enumerate(found)}
    for place, way in zip(PLACES, (1, -1), strict=True):
        for schooling, first in (("gymnasial", 1), ("förgymnasial", -1)):
            for birth, second in (("Inrikes född", 1), ("Utrikes född", -1)):
                number = place_of[place, 2022, "Kvinnor", "35-44", schooling, birth, "1", "Etablerad"]
                count = int(str(found[number][8])) + way * first * second
                assert count > 0
                found[number] = (*found[number][:8], count)
    return found


@dataclass
class Twice:
    """Two releases of deliveries that differ in hidden counts only, and the house with the second."""

    house: SmallHouse
    first: Path
    second: Path
    rows: dict[Path, list[Row]]


@pytest.fixture(scope="module")
def twice(small_released: Path, warm_python: WarmPython, tmp_path_factory: pytest.TempPathFactory) -> Twice:
    path = tmp_path_factory.mktemp("guessed") / "house"
    shutil.copytree(small_released, path, symlinks=True)
    house = SmallHouse(path, warm_python, path.parent / "call")
    inbox = house.data / "inbox" / "raks"
    inbox.mkdir(parents=True)
    lines = (path / "data" / "reference" / "areas.csv").read_text(encoding="utf-8").splitlines()[1:]
    rows = [row for row in delivery([line.split(",")[0] for line in lines]) if row[1] == 2022]
    found: list[Path] = []
    own: dict[Path, list[Row]] = {}
    (inbox / "leverans.csv.yaml").write_text(MAPPING, encoding="utf-8")
    for number, some in enumerate((rows, moved(rows))):
        (inbox / "leverans.csv").write_text(text(some, HEADINGS), encoding="utf-8")
        if number:  # as if the first had never been: a standing release of the same content would stay the latest
            shutil.move(house.published, path.parent / "first")
            _forget(house.data / "ledger")
            found[0] = path.parent / "first" / found[0].relative_to(house.published)
            own[found[0]] = rows
        done = house.jamlik("run", JAMLIK_WORKERS="1")
        assert done.code == 0, done.err
        found.append((house.published / "latest").resolve())
        own[found[-1]] = some
    return Twice(house, found[0], found[1], own)


def _forget(ledger: Path) -> None:
    """Leaves of a ledger what it draws prices from, and nothing of what was hidden or shown."""
    for path in sorted(ledger.rglob("*"), reverse=True):
        if path.is_file() and path.name != "secret":
            path.unlink()


def _contents(release: Path) -> dict[str, bytes]:
    files = (path for path in sorted(release.rglob("*")) if path.is_file())
    return {path.relative_to(release).as_posix(): path.read_bytes() for path in files}


def _differing(one: Path, other: Path) -> list[str]:
    """What two databases hold differently, however it is laid out on the disk: tables, comments, views and macros."""
    with duckdb.connect() as connection:
        for name, release in (("one", one), ("other", other)):
            connection.execute(f"attach '{release / 'jamlik.duckdb'}' as {name} (read_only)")
        tables = connection.execute("select table_name from duckdb_tables() where database_name = 'one'").fetchall()
        assert len(tables) > 20
        what = {name: f"select * from {{}}.{name}" for (name,) in tables if name != "release"}
        what["release"] = "select * exclude (release_id, published_at, uuid) from {}.release"
        what["tables"] = "select table_name, comment, sql from duckdb_tables() where database_name = '{}'"
        what["columns"] = "select table_name, column_name, comment from duckdb_columns() where database_name = '{}'"
        what["views"] = "select view_name, sql, comment from duckdb_views() where database_name = '{}'"
        what["macros"] = "select function_name, macro_definition from duckdb_functions() where database_name = '{}'"
        query = "select count(*) from (({0} except all {1}) union all ({1} except all {0}))"
        both = {name: query.format(each.format("one"), each.format("other")) for name, each in what.items()}
        return [name for name, each in both.items() if connection.execute(each).fetchall()[0][0]]


def _undated(content: bytes) -> bytes:
    return UUID.sub(b"<uuid>", WHEN.sub(b"<when>", content))


def _comparable(name: str, content: bytes) -> object:
    """A file's bytes but for times and the random id; the package's description of the one table that holds these."""
    if name != "datapackage.json":
        return _undated(content)
    package = json.loads(_undated(content))
    own = next(each for each in package["resources"] if each["name"] == "release")
    return {**package, "changed": [own.pop("hash"), own.pop("bytes")][1]}


def test_hidden_counts_change_no_published_byte_but_times_and_the_random_id(twice: Twice) -> None:
    one, other = _contents(twice.first), _contents(twice.second)
    assert list(one) == list(other), "the files' names"
    assert len(one) > 60
    same = [name for name in one if one[name] == other[name]]
    assert len(same) > len(one) - 10
    differ = [name for name in one if _comparable(name, one[name]) != _comparable(name, other[name])]
    assert set(differ) <= {"jamlik.duckdb"}, "beside the one that is laid out anew each time"
    assert _differing(twice.first, twice.second) == []
    uuids = [json.loads(_told_by(release))["uuid"] for release in (twice.first, twice.second)]
    assert uuids[0] != uuids[1]


def _told_by(release: Path) -> str:
    return (release / "manifest.json").read_text(encoding="utf-8")


def test_the_run_knows_all_the_same_what_to_make_anew(twice: Twice) -> None:
    """The counts that differ have come as far as protection; what has not changed is not published again."""
    count = "dimension = 'country_of_birth+education' and area_code = '0580' and period = '2022' and sex = 'total'"
    with duckdb.connect(str(twice.house.data / "warehouse" / "jamlik.duckdb"), read_only=True) as warehouse:
        now = warehouse.execute(
            f"select sum(numerator) from indicator.everything where {count} and group_code = 'native+secondary' "
            "and indicator_id = 'raks_full_year_employed'"
        ).fetchall()[0][0]
    wanted = sum(
        int(str(row[8]))
        for row in twice.rows[twice.second]
        if row[:2] == ("0580", 2022) and row[4:7] == ("gymnasial", "Inrikes född", "1")
    )
    assert now == wanted
    again = twice.house.jamlik("run")
    assert again.code == 0, again.err
    assert "0 tables made" in again.err
    assert (twice.house.published / "latest").resolve() == twice.second


def test_a_right_guess_of_the_secret_file_cannot_be_told_from_a_wrong_one(twice: Twice) -> None:
    """An intruder who holds the very file, and hashes all of it that he can think of, in every usual way of writing."""
    house = twice.house.data
    file, mapping = (house / "inbox" / "raks" / name for name in ("leverans.csv", "leverans.csv.yaml"))
    with duckdb.connect(str(house / "warehouse" / "jamlik.duckdb"), read_only=True) as warehouse:
        tables = ("source.raks_cells", "indicator.raks_cells", "protect.hidden_delivered")
        sums = [
            warehouse.execute(f"select count(*), sum(hash(t)::hugeint) from {name} as t").fetchall() for name in tables
        ]
        built = warehouse.execute("select fingerprint from meta.built union select digest from meta.kept").fetchall()
    book = json.loads((house / "ledger" / "deliveries" / "ledger.json").read_text(encoding="utf-8"))
    entry = book["releases"][-1]
    guesses = [file.read_bytes(), mapping.read_bytes(), file.read_bytes() + mapping.read_bytes()]
    guesses += [b"".join(sorted(file.read_bytes().splitlines(keepends=True))), repr(twice.rows[twice.second]).encode()]
    needles = {digest for guess in guesses for algorithm in ALGORITHMS for digest in _written(algorithm, guess)}
    needles |= {form.encode() for ((_, total),) in sums for form in (str(total), f"{int(total):x}")}
    needles |= {each.encode() for (each,) in built} | {entry["content"].encode(), entry["proof"].encode()}
    needles |= {path.name.encode() for path in (house / "ledger").rglob("*.parquet") if "-" in path.name}
    lines = [str(len(file.read_bytes())), str(len(file.read_text(encoding="utf-8").splitlines()) - 1)]
    for name, content in _contents(twice.second).items():
        texts = _texts(twice.second / name) if name.endswith(".parquet") else b""
        found = [each for each in needles if each in content or each in texts]
        assert not found, (name, found)
    rows = pq.read_table(twice.second / "parquet" / "source_table.parquet").to_pylist()
    (row,) = [each for each in rows if each["table_id"] == "raks_cells"]
    assert not [line for line in lines if line in repr(row)]
    manifest = json.loads(_told_by(twice.second))
    own = [
        each for each in manifest["sources"] if each["table_id"].startswith("raks_") and each["landing"] != "snapshot"
    ]
    assert len(own) == 4
    assert {(each["sha256"], each["rows"]) for each in own} == {(None, None)}


def _texts(file: Path) -> bytes:
    """Every text in a parquet file, decompressed, each once."""
    data = pq.read_table(file)
    texts = (data[name].unique().to_pylist() for name in data.column_names if pa.types.is_string(data[name].type))
    return "\n".join(str(each) for column in texts for each in column).encode()


def _written(algorithm: str, content: bytes) -> Iterator[bytes]:
    digest = hashlib.new(algorithm, content).digest()
    yield digest
    for form in (digest.hex(), digest.hex().upper(), digest.hex()[:16], str(int.from_bytes(digest[:8]))):
        yield form.encode()
    yield base64.b64encode(digest).rstrip(b"=")
    yield base64.urlsafe_b64encode(digest).rstrip(b"=")
