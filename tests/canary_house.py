"""How a test looks for a number wherever it could stand: in bytes, in texts, in tables, in parquet's statistics.

Not here: what is planted, and where nothing of it may be found (test_disclosure_canary.py, test_disclosure_inbox.py).
"""

import re
import struct
import zipfile
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def written(number: float) -> re.Pattern[bytes]:
    """The number as it can be written, and not as some digits of another one."""
    whole = int(number)
    ways = (str(whole), f"{whole:,}", f"{whole:,}".replace(",", " "), f"{whole:,}".replace(",", "\u00a0"))
    return re.compile(rb"(?<![0-9.])(?:" + b"|".join(re.escape(each.encode()) for each in ways) + rb")(?![0-9])")


def packed(number: float) -> Iterator[bytes]:
    """The number as computers keep it."""
    whole = int(number)
    yield from (struct.pack("<d", number), struct.pack(">d", number), struct.pack("<f", number))
    yield from (struct.pack("<q", whole), struct.pack(">q", whole))


def bytes_of(path: Path) -> bytes:
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as packed:
            return b"".join(packed.read(name) for name in packed.namelist())
    return path.read_bytes()


def hits(folders: list[Path], texts: list[str], number: float) -> list[str]:
    """The files, and the texts by their place, in which the number stands."""
    words = written(number)
    found = [str(place) for place, text in enumerate(texts) if words.search(text.encode())]
    for folder in folders:
        for path in sorted(each for each in folder.rglob("*") if each.is_file()):
            content = bytes_of(path)
            if words.search(content) or any(form in content for form in packed(number)):
                found.append(str(path))
    return found


def numbers_hit(release: Path, number: float) -> list[str]:
    """Tables of a release that hold the number, decompressed: in DuckDB, in parquet and in parquet's statistics."""
    found = []
    with duckdb.connect(str(release / "jamlik.duckdb"), read_only=True) as connection:
        columns = connection.execute(
            "select table_name, column_name from information_schema.columns "
            "where data_type in ('DOUBLE', 'BIGINT', 'INTEGER', 'HUGEINT', 'FLOAT')"
        ).fetchall()
        assert len(columns) > 30
        for table, column in columns:
            same = f"abs({column} - {number}) < 0.5"
            if connection.execute(f"select count(*) from {table} where {same}").fetchall()[0][0]:
                found.append(f"{table}.{column}")
    for path in sorted((release / "parquet").glob("*.parquet")):
        data = pq.read_table(path)
        floats = [name for name in data.column_names if pa.types.is_floating(data[name].type)]
        found += [f"{path.name}:{name}" for name in floats if pc.any(pc.equal(data[name], number)).as_py()]
        footer = pq.read_metadata(path)
        for group in range(footer.num_row_groups):
            for column in range(footer.num_columns):
                statistics = footer.row_group(group).column(column).statistics
                if statistics is not None and statistics.has_min_max and number in (statistics.min, statistics.max):
                    found.append(f"{path.name}: statistics of column {column}")
    return found
