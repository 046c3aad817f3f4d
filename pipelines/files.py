"""Careful file work that many modules share: hashes, files that appear whole or not at all, and what is no file.

The one place where a file is forced to the disk and renamed (`tests/house/test_doors.py`). A rename that is durable
before what it names leaves, after a power cut, an empty file under a good name; so the order is always: write beside,
fsync the file, rename, fsync the folder.
"""

import hashlib
import json
import os
import stat
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.errors import Refused

_KINDS = {
    stat.S_IFIFO: "a pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def demand_regular(path: Path) -> None:
    """Refuses a pipe, a device or a socket: to open it is to wait for whoever writes to it, and it may have no end.

    A path where nothing is, or a folder, is left to whoever opens it.
    """
    try:
        kind = stat.S_IFMT(path.stat().st_mode)
    except (OSError, ValueError):
        return
    if kind in _KINDS:
        raise Refused(f"{path} is {_KINDS[kind]} and no file; save what it gives as a file, and give the path of that.")


def sha256_of(path: Path) -> str:
    demand_regular(path)
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fsync_tree(folder: Path) -> None:
    """Forces a folder, and all below it, to the disk: a rename must never become durable before what it names."""
    for path in [*sorted(folder.rglob("*")), folder]:
        _fsync(path)


def rename(old: Path, new: Path) -> None:
    """Renames, and forces the rename to the disk. What is renamed must be there already: `appearing`, `fsync_tree`."""
    os.replace(old, new)
    for folder in {old.parent, new.parent}:
        _fsync(folder)


def make_folder(folder: Path) -> None:
    """Makes a folder with those above it; a power cut takes none of them away again."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    for each in missing:
        _fsync(each.parent)


@contextmanager
def appearing(path: Path, mode: int | None = None) -> Iterator[Path]:
    """A path beside `path` to write to. After the block that file is on the disk and is renamed to `path`, durably.

    Whoever reads meets the old file or the new one, and never half of either. A block that fails leaves the old one.
    """
    beside = path.with_name(f".{path.name[:100]}.{os.getpid()}-{threading.get_ident()}")
    try:
        yield beside
        if mode is not None:
            beside.chmod(mode)
        _fsync(beside)
        rename(beside, path)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise


def sweep_beside(folder: Path) -> None:
    """Clears what killed writers left beside the files of a folder; only for its one writer to call."""
    for path in folder.glob(".*"):
        if path.is_file():
            path.unlink(missing_ok=True)


def write_json(path: Path, content: Any) -> None:
    """Writes JSON whole or not at all."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2, sort_keys=False, default=str) + "\n")


def write_text(path: Path, text: str) -> None:
    write_bytes(path, text.encode("utf-8"))


def write_bytes(path: Path, content: bytes, mode: int | None = None) -> None:
    with appearing(path, mode) as beside:
        beside.write_bytes(content)


def _fsync(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
