"""Small, careful file work that several modules share: hashes, fsync, and files that appear whole or not at all."""

import hashlib
import json
import os
from pathlib import Path
from typing import Any


def sha256_of(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def fsync_tree(folder: Path) -> None:
    """Forces a folder, and all below it, to the disk: a rename must never become durable before what it names."""
    for path in [*sorted(folder.rglob("*")), folder]:
        descriptor = os.open(path, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)


def write_json(path: Path, content: Any) -> None:
    """Writes JSON beside and renames, so that a reader meets the old file or the new one and never half of either."""
    write_text(path, json.dumps(content, ensure_ascii=False, indent=2, sort_keys=False, default=str) + "\n")


def write_text(path: Path, text: str) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("w", encoding="utf-8", newline="\n") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(beside, path)


def write_bytes(path: Path, content: bytes) -> None:
    """As `write_text`, for what is no text."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    with beside.open("wb") as stream:
        stream.write(content)
        stream.flush()
        os.fsync(stream.fileno())
    os.replace(beside, path)
