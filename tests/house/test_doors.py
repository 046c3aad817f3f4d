"""Doors that everything passes through: csv and xlsx, renames that last, YAML. Read from the code, and not by trust.

What each door does is tested elsewhere (`tests/formats/test_spreadsheet.py`, `tests/house/test_files.py`).
"""

import ast
import re
from collections.abc import Iterator

import pytest

from pipelines import settings

ROOMS = ("schemas", "pipelines", "assets")
FILES = sorted(path for room in ROOMS for path in (settings.REPOSITORY / room).rglob("*.py"))
SPREADSHEET, DURABLE, YAML = "pipelines/formats/spreadsheet.py", "pipelines/files.py", "pipelines/catalogue/entries.py"

_OS = {"os.replace", "os.rename", "os.renames", "shutil.move", "os.fsync", "os.fdatasync"}
# DuckDB's way out; `--format csv` is an option of the command line
_COPIES = re.compile(r"(?i)(?<!-)\bformat\s+(csv|xlsx)\b|\bcopy\b.+\bto\b.+\.(csv|xlsx)\b")


def _dotted(node: ast.expr) -> str:
    """`a.b.c` as written; what is not a name before the dots is left out."""
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def writes_a_sheet(tree: ast.AST) -> Iterator[str]:
    """Whatever in a module makes csv or a workbook: Python's, Arrow's, pandas' and DuckDB's ways, and by hand."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Attribute | ast.Name):
            name = _dotted(node).rsplit(".", 1)[-1]
            if name in {"write_csv", "CSVWriter", "DictWriter", "to_csv", "to_excel", "Workbook", "WriteOptions"}:
                yield name
            if _dotted(node) == "csv.writer":
                yield "csv.writer"
        elif isinstance(node, ast.ImportFrom):
            names = {alias.name for alias in node.names}
            yield from names & {"writer", "DictWriter", "write_csv", "CSVWriter", "Workbook"}
            yield from {node.module or ""} & {"xlsxwriter"}
        elif isinstance(node, ast.Import):
            yield from {alias.name for alias in node.names} & {"xlsxwriter"}
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and _COPIES.search(node.value):
            yield node.value


def renames(tree: ast.AST) -> Iterator[str]:
    """Whatever in a module renames a file or forces one to the disk; a text's `replace` has two arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = _dotted(node.func)
            alone = name.rsplit(".", 1)[-1]
            by_path = alone == "rename" or (alone == "replace" and len(node.args) == 1 and not node.keywords)
            if name in _OS or (by_path and isinstance(node.func, ast.Attribute)):
                yield name


def reads_yaml(tree: ast.AST) -> Iterator[str]:
    """Calls of PyYAML's readers."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and re.fullmatch(r"yaml\.\w*(load|parse|scan|compose)\w*", _dotted(node.func)):
            yield _dotted(node.func)


DOORS = {SPREADSHEET: writes_a_sheet, DURABLE: renames, YAML: reads_yaml}


@pytest.mark.parametrize("door", DOORS)
def test_nothing_goes_by_another_way(door: str) -> None:
    at_the_door = 0
    for path in FILES:
        place = path.relative_to(settings.REPOSITORY).as_posix()
        found = list(DOORS[door](ast.parse(path.read_text(encoding="utf-8"))))
        if place == door:
            at_the_door = len(found)
        else:
            assert not found, f"{place}: {found[0]} belongs in {door}"
    assert at_the_door


@pytest.mark.parametrize(
    ("door", "code"),
    [
        (SPREADSHEET, "import csv\ncsv.writer(out).writerow(row)"),
        (SPREADSHEET, "def late():\n    from csv import DictWriter"),
        (SPREADSHEET, "pa.csv.write_csv(table, path)"),
        (SPREADSHEET, "frame.to_csv(path)"),
        (SPREADSHEET, "from openpyxl import Workbook"),
        (SPREADSHEET, "c.execute(f\"copy t to '{path}' (format csv, header)\")"),
        (SPREADSHEET, "c.execute(\"COPY t TO '/x/y.csv'\")"),
        (DURABLE, "import os\nos.replace(a, b)"),
        (DURABLE, "beside.replace(folder / name)"),
        (DURABLE, "folder(book).rename(away)"),
        (DURABLE, "shutil.move(a, b)"),
        (YAML, "import yaml\nyaml.safe_load(text)"),
        (YAML, "yaml.load(text, Loader=yaml.CSafeLoader)"),
    ],
)
def test_another_way_would_be_seen(door: str, code: str) -> None:
    assert list(DOORS[door](ast.parse(code)))


def test_what_only_looks_like_one_is_let_through() -> None:
    code = 'text.replace("a", "b")\nreplace(entry, name=1)\nrename(old, new)\nyaml.safe_dump(content)\ncsv.reader(file)'
    assert not [found for seen in DOORS.values() for found in seen(ast.parse(code))]
