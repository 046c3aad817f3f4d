"""Every part of the bench and of the soak runs to its end, on a tiny size. No time is asserted."""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bench import peers
from tests.bench.__main__ import PARTS, USUAL
from tests.bench.clocks import Failed
from tests.bench.command import main, run
from tests.bench.main import longest_chain
from tests.bench.report import Report, compared, number
from tests.bench.size import REPOSITORY, Size
from tests.fixtures.warm_process import WarmPython
from tests.soak.__main__ import PARTS as SOAK

pytest_plugins = ["tests.fixtures.small_fixtures"]

# What is asked of these parts stands beside the figure.
ASKED = {
    "main": ("≤ 65 s", "≤ 2 GB", "≤ 45 s", "≤ 2.5 s", "≤ 25 s", "≤ 0.15 s"),
    "measures": ("≤ 3 s", "≤ 35 s", "≤ 4 GB", "≥ 300 ×", "≤ 0.1 s"),
    "tests": ("≤ 180 s",),
}


@pytest.fixture(scope="module")
def size(small_released: Path, warm_python: WarmPython) -> Iterator[Size]:
    with Size(tiny=True, small=small_released, python=warm_python) as tiny:
        yield tiny


@pytest.fixture
def no_peers(monkeypatch: pytest.MonkeyPatch) -> None:
    """As in the environment of the tests, whether or not `make bench` has added to it."""
    known = peers.absent
    monkeypatch.setattr(peers, "absent", lambda peer: known(peer) if peer == "statsmodels" else f"absent: {peer}")


@pytest.mark.parametrize("part", [*PARTS, *SOAK])
def test_a_part_runs_to_its_end(part: str, size: Size, no_peers: None, tmp_path: Path) -> None:
    report = run(Report(size="tiny"), size, {**PARTS, **SOAK}, [part])
    assert not report.failed
    assert report.figures
    for each in report.figures:
        assert each.part == part
        assert each.unit
        assert each.value is not None or each.note.startswith(("absent: ", "not known when tiny")), each.what
    assert any(each.value is not None for each in report.figures)
    assert set(ASKED.get(part, ())) <= {each.asked for each in report.figures}
    report.write(tmp_path / "bench.json")
    assert json.loads((tmp_path / "bench.json").read_text(encoding="utf-8")) == report.content()
    if part == "formats":
        told = {each.what.split(": ")[1]: each for each in report.figures if each.value is None}
        assert set(told) == {"pyjstat", "pxwebpy", "pyaxis"}


def test_of_the_full_size_a_call_is_a_process_of_its_own(data: Path) -> None:
    with Size() as size:
        assert size.apart(number, 1234.5) == "1,234"
        assert size.in_house(number, 12.345) == "12.3"
        with pytest.raises(Failed, match=r"ended with 1: ValueError"):
            size.apart(number, "x")
        done = size.jamlik("--help", data=data)
        assert "jamlik run" in done.out
        assert done.processor
        assert done.gigabytes
        assert size.release_id is None


def test_the_full_size_looks_at_the_release_that_is_there(
    small_released: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JAMLIK_DATA", str(small_released / "data"))
    with Size() as size:
        assert size.finished().release == (small_released / "data" / "published" / "latest").resolve()


def test_what_it_was_measured_on_is_told(size: Size, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, MADE["works"], _Made(None))
    report = run(Report(), size, MADE, ["works"])
    manifest = json.loads((size.finished().release / "manifest.json").read_text(encoding="utf-8"))
    content = report.content()
    assert content["release"] == manifest["release_id"]
    assert {"version", "python", "duckdb", "cores", "day", "size"} <= set(content)


def test_the_parts_that_run_when_none_is_named() -> None:
    assert set(PARTS) - set(USUAL) == {"tests"}


@pytest.mark.parametrize("module", ["tests.bench", "tests.soak"])
def test_an_unknown_part_is_one_sentence(module: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", module, "main", "nonsense", "--tiny"],
        cwd=REPOSITORY,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith("There is no part '")


MADE = {"breaks": "tests.bench.made_breaks", "refuses": "tests.bench.made_refuses", "works": "tests.bench.made_works"}


class _Made:
    """A part that is made up: reports one figure, and then raises what it was given."""

    def __init__(self, fault: BaseException | None) -> None:
        self.fault = fault

    def bench(self, report: Report, size: Size) -> None:
        report.figure("a figure", 1.5, "s")
        if self.fault:
            raise self.fault


def test_a_part_that_fails_is_told_and_the_others_still_run(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    faults = {"breaks": ValueError("broken"), "refuses": Failed("It cannot."), "works": None}
    for name, fault in faults.items():
        monkeypatch.setitem(sys.modules, MADE[name], _Made(fault))
    file = tmp_path / "deeper" / "bench.json"
    assert main("bench", "", MADE, list(MADE), ["--tiny", "--json", str(file)]) == 1
    said = capsys.readouterr()
    assert "breaks failed: ValueError: broken\n" in said.out
    assert "refuses failed: It cannot.\n" in said.out
    content = json.loads(file.read_text(encoding="utf-8"))
    assert content["failed"] == {"breaks": "ValueError: broken", "refuses": "It cannot."}
    assert [each["part"] for each in content["figures"]] == ["breaks", "refuses", "works"]
    assert content["release"] is None
    assert main("bench", "", MADE, list(MADE), ["works", "--tiny"]) == 0


def _written(path: Path, *figures: tuple[str, float | None, str]) -> str:
    report = Report(part="main")
    for what, value, unit in figures:
        report.figure(what, value, unit)
    report.write(path)
    return str(path)


def test_the_critical_path_is_the_longest_chain_of_seconds() -> None:
    took = {"source.areas": 1.0, "core.area": 2.0, "core.area_within": 4.0, "core.similar_area": 3.0}
    assert longest_chain(took) == (["source.areas", "core.area", "core.area_within"], 7.0)
    assert longest_chain({**took, "source.kolada_values": 9.0}) == (["source.kolada_values"], 9.0)


def test_two_files_are_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    old = _written(tmp_path / "old.json", ("a", 4, "s"), ("gone", 1, "s"), ("none", None, "s"), ("unit", 1, "s"))
    new = _written(tmp_path / "new.json", ("a", 3, "s"), ("none", 2, "s"), ("unit", 1, "min"), ("come", 1, "s"))
    capsys.readouterr()
    assert main("bench", "", PARTS, USUAL, ["--compare", old, new]) == 0
    lines = {line.split()[1]: line for line in capsys.readouterr().out.splitlines()}
    assert lines["a"].endswith("0.75 ×")
    assert lines["gone"].endswith("only in the old file")
    assert lines["come"].endswith("only in the new file")
    assert lines["none"].endswith("no ratio")
    assert lines["unit"].endswith("not comparable: was in s")


def test_what_differs_beside_the_figures_is_told() -> None:
    old = {"release": "2026-01-01", "figures": [], "cores": 2}
    assert compared(old, {**old, "release": "2026-02-01"}) == ["release: 2026-01-01 → 2026-02-01"]


@pytest.mark.parametrize("content", ["", "{", "[]", "{}"])
def test_a_file_without_figures_is_one_sentence(
    content: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "wrong.json"
    path.write_text(content, encoding="utf-8")
    assert main("bench", "", PARTS, USUAL, ["--compare", str(path), str(path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1


def test_a_figure_is_reported_once_and_has_a_unit() -> None:
    report = Report(part="main")
    report.figure("a", 1, "s")
    with pytest.raises(AssertionError, match="twice"):
        report.figure("a", 2, "s")
    with pytest.raises(AssertionError, match="unit"):
        report.figure("b", 2, "")
