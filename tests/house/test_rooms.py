"""The rooms of `pipelines/`: each imports from those below it, no files import each other in a circle, few stand loose.

Read from the code, imports inside functions and for types only included. Not here: what a room may not import from
outside (test_house.py).
"""

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

import pipelines
from pipelines import settings

# From the top down: a room imports from later floors only, and from itself.
FLOORS = (
    ("cli", "definitions"),
    ("orchestration",),
    ("release",),
    ("live", "disclosure"),
    ("warehouse",),
    ("landing", "profile"),
    ("protocols", "inbox", "statistics", "site"),
    ("http", "formats", "catalogue", "published"),
    ("settings", "files"),
    ("errors",),
)
# The command line hands the graph to whoever runs it.
HANDED_ON = {("cli", "definitions")}
LOOSE_MODULES = 6
HOUSE = settings.REPOSITORY / "pipelines"
FILES = {".".join(path.relative_to(HOUSE.parent).with_suffix("").parts): path for path in HOUSE.rglob("*.py")}


def imported(path: Path) -> Iterator[str]:
    """The modules of the house that a file imports, wherever in it the import stands."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            whole = [f"{node.module}.{alias.name}" for alias in node.names]
            names = [name if name in FILES else str(node.module) for name in whole]
        else:
            continue
        yield from (f"{name}.__init__" if f"{name}.__init__" in FILES else name for name in names if _ours(name))


def _ours(name: str) -> bool:
    return name.split(".")[0] == "pipelines"


def _room(module: str) -> str:
    return module.split(".")[1]


def _floor(room: str) -> int:
    return next(number for number, rooms in enumerate(FLOORS) if room in rooms)


def test_every_room_has_its_floor_and_the_head_of_the_house_lists_them_in_that_order() -> None:
    rooms = {_room(module) for module in FILES} - {"__init__"}
    assert rooms == {room for floor in FLOORS for room in floor}
    told = [line.strip().split("   ")[0].split(", ") for line in str(pipelines.__doc__).split("\n") if "   " in line]
    assert told == [list(floor) for floor in FLOORS]


@pytest.mark.parametrize("module", sorted(set(FILES) - {"pipelines.__init__"}))
def test_a_room_imports_from_those_below_it_only(module: str) -> None:
    for other in imported(FILES[module]):
        pair = _room(module), _room(other)
        if pair[0] == pair[1] or pair in HANDED_ON:
            continue
        assert _floor(pair[1]) > _floor(pair[0]), f"{module} imports {other}, which is not below it"


def test_no_files_import_each_other_in_a_circle() -> None:
    graph = {module: set(imported(path)) - {module} for module, path in FILES.items()}
    try:
        list(TopologicalSorter(graph).static_order())
    except CycleError as fault:
        pytest.fail(" → ".join(fault.args[1]))


def test_few_modules_stand_loose() -> None:
    loose = [path.name for path in HOUSE.glob("*.py") if path.name != "__init__.py"]
    assert len(loose) <= LOOSE_MODULES, loose


def test_a_file_that_imports_upwards_would_be_seen(tmp_path: Path) -> None:
    """The reading itself: an import inside a function and one for types only count like any other."""
    file = tmp_path / "odd.py"
    file.write_text(
        "from typing import TYPE_CHECKING\n"
        "if TYPE_CHECKING:\n    from pipelines.live.fetch import Report\n"
        "def late():\n    from pipelines.release import publish\n    import pipelines.cli\n",
        encoding="utf-8",
    )
    assert list(imported(file)) == ["pipelines.live.fetch", "pipelines.release.publish", "pipelines.cli"]


def test_every_room_says_what_it_answers() -> None:
    for room in sorted(path.parent for path in HOUSE.glob("*/__init__.py")):
        head = ast.get_docstring(ast.parse((room / "__init__.py").read_text(encoding="utf-8"))) or ""
        assert len(head.split("\n")[0]) > 30, room.name
        files = {path.stem for path in room.glob("*.py")} - {"__init__"}
        unnamed = {name for name in files if name not in head.replace(",", " ").split()}
        assert not unnamed, f"pipelines/{room.name}/__init__.py does not say what is in {sorted(unnamed)}"
