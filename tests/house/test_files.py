"""Files that a power cut leaves whole, and what is no file at all.

The order of the system calls is read from the kernel (strace), where it is there: before a rename the file, or all that
lies in the folder, was forced to the disk after it was last written, and after the rename its folder was.
"""

import json
import os
import re
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines import files
from pipelines.errors import Refused
from pipelines.settings import REPOSITORY

WRITERS = {
    "the ledger": """
        import pyarrow as pa
        from pipelines.disclosure import ledger
        book = ledger.read("deliveries")
        book.enter("2026-01-01T000000Z", "u", "c", "p", {})
        book.hidden = pa.table({name: ["x"] for name in ledger.HIDDEN.names}, schema=ledger.HIDDEN)
        book.enter("2026-01-02T000000Z", "u", "c", "p", {})
        ledger.Ledger.reset_folder("deliveries", "why", ledger.SHOWN.empty_table())
        ledger.forget_synthetic("truth")
    """,
    "movements": """
        import numpy as np
        from pipelines.disclosure import movements
        kept = {"chapter": [movements.Movement(np.array([1, 2]), np.array([1.0, -1.0]))]}
        for name in ("next", "2026-01-01T000000Z"):
            movements.keep("deliveries", name, kept)
    """,
    "a landing, twice": """
        from pathlib import Path
        import pyarrow as pa
        from pipelines.catalogue import entries
        from pipelines.landing import zone
        source = entries.sources()["scb_population"]
        for value in (1, 2):
            zone.write(source, {"0": pa.table({"a": [value]})}, "2026-01-01", Path(DATA) / "landing")
        zone.note_fetched({"scb_population": {"good": True}})
    """,
    "the raw archive": """
        from pathlib import Path
        from pipelines.live.archive import Archive
        archive = Archive(Path(DATA) / "raw")
        archive.manifest("2026-01-01T00:00:00Z", {})
        archive.lock({})
    """,
    "what a reader asks for": """
        import duckdb
        import pyarrow as pa
        from pathlib import Path
        from pipelines.formats.read import write
        from pipelines.formats.spreadsheet import write_query, write_sheet
        for ending in ("csv", "parquet"):
            write(pa.table({"a": [1]}), Path(DATA) / f"out.{ending}")
        write_query(duckdb.connect(), "select 1 as a", Path(DATA) / "query.csv")
        write_sheet(Path(DATA) / "sheet.xlsx", "S", ["a"], [[1]])
    """,
}


@pytest.mark.skipif(not shutil.which("strace"), reason="strace is not there")
@pytest.mark.parametrize("writer", WRITERS)
def test_a_rename_comes_after_what_it_names_and_before_its_folder(writer: str, tmp_path: Path) -> None:
    script = "\n".join(line[8:] for line in WRITERS[writer].split("\n"))
    calls = _traced(f"DATA = {str(tmp_path / 'data')!r}\n{script}", tmp_path)
    renames = list(_held(calls))
    assert renames


def _traced(script: str, folder: Path) -> list[tuple[str, list[str]]]:
    """The calls that matter: name and paths, in order, of one Python that runs the script."""
    (folder / "data").mkdir()
    log = folder / "calls"
    kinds = "openat,write,pwrite64,fsync,fdatasync,rename,renameat,renameat2"
    done = subprocess.run(
        ["strace", "-f", "-y", "-qq", "-s", "0", "-e", f"trace={kinds}", "-o", log, sys.executable, "-c", script],
        cwd=REPOSITORY,
        env={**os.environ, "JAMLIK_DATA": str(folder / "data"), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    found = []
    for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
        call = re.match(r"\d+\s+(\w+)\((.*)\)\s+= \d+", line)
        if call is None:
            continue
        name, told = call.groups()
        paths = re.findall(r'"([^"]+)"', told) if name.startswith("rename") else re.findall(r"^\d+<([^>]+)>", told)
        if paths and all(str(folder / "data") in path for path in paths):
            found.append((name, paths))
    return found


def _held(calls: list[tuple[str, list[str]]]) -> Iterator[str]:
    """Yields each rename once it has been held against the calls around it."""
    wet: set[str] = set()  # written and not yet forced to the disk
    for place, (name, paths) in enumerate(calls):
        if name in {"write", "pwrite64"}:
            wet.add(paths[0])
        elif name in {"fsync", "fdatasync"}:
            wet.discard(paths[0])
        elif name.startswith("rename"):
            old, new = paths
            lost = [path for path in wet if path == old or path.startswith(f"{old}/")]
            assert not lost, f"{new} is named before {lost[0]} is on the disk"
            after = [told[0] for kind, told in calls[place:] if kind == "fsync"]
            assert str(Path(new).parent) in after, f"the rename to {new} is never forced to the disk"
            before_next = calls[place + 1 : place + 3]
            assert str(Path(new).parent) in [told[0] for kind, told in before_next if kind == "fsync"], new
            yield new


def test_a_rename_in_the_wrong_order_would_be_seen() -> None:
    right = [("write", ["d/.a"]), ("fsync", ["d/.a"]), ("rename", ["d/.a", "d/a"]), ("fsync", ["d"])]
    assert list(_held(right)) == ["d/a"]
    for left_out in (1, 3):
        with pytest.raises(AssertionError):
            list(_held([call for place, call in enumerate(right) if place != left_out]))
    with pytest.raises(AssertionError):
        list(_held([right[1], right[0], *right[2:]]))


def test_a_block_that_fails_leaves_the_old_file_and_nothing_beside(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    files.write_json(path, {"a": 1})

    def half() -> None:
        with files.appearing(path) as beside:
            beside.write_text("half")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        half()
    assert json.loads(path.read_text(encoding="utf-8")) == {"a": 1}
    assert [each.name for each in tmp_path.iterdir()] == ["a.json"]


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    files.write_text(tmp_path / "kept", "x")
    (tmp_path / ".kept.12-34").write_text("half")
    files.sweep_beside(tmp_path)
    assert [each.name for each in tmp_path.iterdir()] == ["kept"]


@pytest.mark.parametrize(
    ("kind", "word"), [("pipe", "is a pipe"), ("device", "is a device"), ("socket", "is a socket")]
)
def test_what_is_no_file_is_refused(kind: str, word: str, tmp_path: Path) -> None:
    path = tmp_path / "x.csv"
    if kind == "pipe":
        os.mkfifo(path)
    elif kind == "device":
        path.symlink_to("/dev/zero")
    else:
        with socket.socket(socket.AF_UNIX) as unix:
            unix.bind(os.path.relpath(path))
    for opens in (files.demand_regular, files.sha256_of):
        with pytest.raises(Refused, match=word):
            opens(path)


def test_a_file_a_folder_and_nothing_are_let_through(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path, tmp_path / "file", tmp_path / "nothing"):
        files.demand_regular(path)


COMMANDS = [("read", ".px"), ("measures", ".csv"), ("measures", ".parquet"), ("inbox", ".csv"), ("inbox", ".parquet")]


@pytest.mark.parametrize(("command", "ending"), COMMANDS)
def test_no_command_waits_for_a_pipe(command: str, ending: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / f"pipe{ending}")
    done = subprocess.run(
        [Path(sys.executable).with_name("jamlik"), command, tmp_path / f"pipe{ending}"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1, done.stderr
    assert re.fullmatch(r"jamlik: \S+ is a pipe and no file; [^\n]+\.\n", done.stderr)


def test_the_mapping_of_a_delivery_may_be_no_pipe_either(tmp_path: Path) -> None:
    (tmp_path / "file.csv").write_text("a;b\n1;2\n")
    os.mkfifo(tmp_path / "file.csv.yaml")
    done = subprocess.run(
        [Path(sys.executable).with_name("jamlik"), "inbox", tmp_path / "file.csv"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert done.returncode == 1
    assert "is a pipe and no file" in done.stderr
