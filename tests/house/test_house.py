"""The shape of the house: what DESIGN says stays put is held here, by reading the code and not by trust."""

import ast
import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
import sqlglot
import yaml

from pipelines.catalogue.tables import indicator_entries
from pipelines.warehouse.models import EVERYTHING, read_models
from schemas.registry import CONTRACTS, model_contract

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = ("schemas", "pipelines", "assets")
PYTHON = sorted(path for room in (*ROOMS, "tests") for path in (REPOSITORY / room).rglob("*.py"))
SQL = sorted((REPOSITORY / "sql").rglob("*.sql"))
LOOKS_BACK = {"pipelines/definitions.py", "pipelines/cli.py"}


@cache
def _tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def _imports(path: Path) -> frozenset[str]:
    """First names of the modules a file imports."""
    names = set()
    for node in ast.walk(_tree(path)):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively; name the room"
            names.add(node.module or "")
    return frozenset(names)


def _place(path: Path) -> str:
    return path.relative_to(REPOSITORY).as_posix()


@pytest.mark.parametrize("path", [path for path in PYTHON if "tests" not in path.parts], ids=_place)
def test_imports_run_from_schemas_to_pipelines_to_assets(path: Path) -> None:
    allowed = {"schemas": {"schemas"}, "pipelines": {"schemas", "pipelines"}, "assets": set(ROOMS)}
    room = path.relative_to(REPOSITORY).parts[0]
    rooms = {name.split(".")[0] for name in _imports(path)} & {*ROOMS, "tests"}
    extra = {"assets"} if _place(path) in LOOKS_BACK else set()
    assert rooms <= allowed[room] | extra


def test_rooms_keep_out_what_does_not_belong_there() -> None:
    forbidden = {
        "schemas": {"duckdb", "dagster", "requests", "sqlglot", "socket", "pathlib", "os"},
        "assets": {"duckdb", "requests", "socket", "urllib3", "sqlite3"},
    }
    for path in PYTHON:
        room = path.relative_to(REPOSITORY).parts[0]
        found = {name.split(".")[0] for name in _imports(path)} & forbidden.get(room, set())
        assert not found, f"{_place(path)} imports {found}"


def test_pipelines_name_no_indicator() -> None:
    indicators = set(indicator_entries())
    for path in (REPOSITORY / "pipelines").rglob("*.py"):
        words = set(re.findall(r"[a-z][a-z0-9_]{7,}", path.read_text(encoding="utf-8")))
        assert not words & indicators, f"{_place(path)} names {words & indicators}"


def test_asset_modules_have_no_sql_text() -> None:
    for path in (REPOSITORY / "assets").glob("*.py"):
        for node in ast.walk(_tree(path)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                assert not re.search(r"(?i)\bselect\b.+\bfrom\b", node.value), f"{_place(path)} holds SQL"


@pytest.mark.parametrize("path", [*PYTHON, *SQL], ids=_place)
def test_no_file_is_over_400_lines(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_every_python_file_says_what_belongs_in_it() -> None:
    for path in PYTHON:
        tree = _tree(path)
        assert not tree.body or ast.get_docstring(tree), f"{_place(path)} has no docstring"


def test_every_model_has_a_contract_a_comment_and_one_select() -> None:
    models = read_models()
    assert len(models) > 40
    for name, model in models.items():
        assert model_contract(name) is not None, f"{name} has no contract"
        assert model.comment, f"{name} does not say what it is"
        assert len(sqlglot.parse(model.sql, dialect="duckdb")) == 1


def test_every_model_translates_to_spark() -> None:
    for name, model in read_models().items():
        translated = sqlglot.transpile(
            model.sql, read="duckdb", write="spark", unsupported_level=sqlglot.ErrorLevel.RAISE
        )
        assert sqlglot.parse_one(translated[0], dialect="spark") is not None, name


def test_models_use_no_table_function_of_duckdb_alone() -> None:
    for name, model in read_models().items():
        if name.split(".")[0] in {"core", "indicator", "chance", "measure"}:
            found = re.findall(r"\b(range|generate_series|read_\w+|glob|unnest)\s*\(", model.sql)
            assert not found, f"{name} calls {found}"


def test_a_model_reads_only_layers_before_its_own() -> None:
    order = ["source", "catalogue", "core", "indicator", "protect", "chance", "mart", "measure"]
    before = {
        "core": {"source", "catalogue", "core"},
        "indicator": {"catalogue", "core", "indicator"},
        "chance": {"catalogue", "core", "protect", "chance"},
        "measure": {"catalogue", "core", "chance", "mart", "measure"},
        "mart": {"catalogue", "core", "protect", "chance", "measure", "mart"},
    }
    assert set(before) <= set(order)
    for name, model in read_models().items():
        if name in {EVERYTHING, "core.impossible_cell"}:  # the gate looks at the figures themselves
            continue
        for table in model.reads:
            assert table.split(".")[0] in before[model.layer], f"{name} reads {table}"


def test_nothing_derived_sees_what_has_not_been_protected() -> None:
    """No path from an indicator to a measure or a mart but through what protection lets out."""
    models = read_models()
    for name, model in models.items():
        if model.layer in {"chance", "measure", "mart"}:
            assert not {table for table in model.reads if table.startswith("indicator.")}, name
    readers = sorted(name for name, model in models.items() if "protect.cell" in model.reads)
    assert readers == ["chance.observed", "chance.smoothed", "mart.indicator_value"]
    made_up = sorted(name for name, model in models.items() if "protect.synthetic_cell" in model.reads)
    assert made_up == ["mart.indicator_value"]  # nothing is learned from figures that are made up
    assert not [name for name, model in models.items() if any("hidden" in table for table in model.reads)]


def test_names_are_plain_and_say_their_unit() -> None:
    name = re.compile(r"^[a-z][a-z0-9_]*$")
    for table in CONTRACTS.values():
        for column in table.fields:
            assert name.match(column.name), f"{table.name}.{column.name}"
            assert column.comment, f"{table.name}.{column.name} has no comment"
            assert not column.name.endswith(("_pct", "_num", "_val")), f"{table.name}.{column.name}"


def test_a_column_means_the_same_wherever_it_is_released() -> None:
    """One name, one type, across the released tables."""
    kinds: dict[str, set[str]] = {}
    for name, table in CONTRACTS.items():
        if name.startswith("mart."):
            for column in table.fields:
                kinds.setdefault(column.name, set()).add(str(column.type))
    assert {name: found for name, found in kinds.items() if len(found) > 1} == {}


def test_every_indicator_has_a_golden_case_or_the_generic_one() -> None:
    golden = {path.stem for path in (REPOSITORY / "tests" / "golden").glob("*.yaml")}
    models = {entry["model"] for entry in indicator_entries().values()}
    assert models <= golden, f"no golden case for {sorted(models - golden)}"
    assert len(golden) >= 5


def test_every_computed_entry_has_its_model_and_every_model_an_entry() -> None:
    files = {path.stem for path in (REPOSITORY / "sql" / "indicators").glob("*.sql")}
    assert {entry["model"] for entry in indicator_entries().values()} == files


def test_the_repository_names_no_path_of_a_machine_and_no_registry() -> None:
    registries = (
        "pypi" + ".org",
        "registry.npm" + "js",
        "index" + "-url",
    )  # not written out, or this file would be one
    pattern = re.compile(r"/(home|work|root|Users)/\w|" + "|".join(map(re.escape, registries)))
    looked = 0
    for path in _ours():
        if path.suffix not in {".py", ".sql", ".yaml", ".toml", ".md", ".lock", ".json"}:
            continue
        if path.name == "test_house.py":
            continue
        looked += 1
        found = [match for match in pattern.findall(path.read_text(encoding="utf-8")) if match]
        assert not found, f"{_place(path)}: {found[:3]}"

    assert looked > 300


def _ours() -> Iterator[Path]:
    """The files of the repository, without what tools and runs put there."""
    others = {".venv", ".git", *(f"data/{name}" for name in ("warehouse", "published", "dagster", "raw"))}
    for folder, names, files in os.walk(REPOSITORY):
        names[:] = [name for name in names if _place(Path(folder) / name) not in others]
        yield from (Path(folder) / name for name in files)


def test_catalogue_files_are_plain_yaml() -> None:
    for path in sorted((REPOSITORY / "data" / "catalogue").glob("*.yaml")):
        assert yaml.load(path.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader), path.name
