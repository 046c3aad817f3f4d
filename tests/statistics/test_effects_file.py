"""`jamlik effects`: a user's own panel in csv, xlsx and parquet; what cannot be used ends in one sentence."""

import csv
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner
from openpyxl import Workbook

from pipelines.cli import main
from pipelines.errors import JamlikError, Refused, WrongCall
from pipelines.statistics.effects.command import as_text, effects_of_file
from tests.fixtures.refused_table import refusal_of

SYNTHETIC = "synthetic_did_exact_optimum"
RESULT = (
    "quantity", "treated_from", "period", "estimate", "se", "ci_lower", "ci_upper", "p", "n_treated", "n_donors",
    "status", "reason",
)  # fmt: skip


def panel(n_units: int = 66, starts: dict[int, int] | None = None, effect: float = 0.0, **more: object) -> list[dict]:
    """Units u00, u01 … in 2005–2016: own levels, common years, noise; `starts` says who is treated from when."""
    random = np.random.default_rng(5)
    starts = {0: 2013} if starts is None else starts
    figures = random.normal(size=(n_units, 1)) * 3 + random.normal(size=(n_units, 12)) + np.arange(12) / 4 + 20
    return [
        {
            "unit": f"u{unit:02}", "period": str(period),
            "value": f"{figures[unit, period - 2005] + effect * (period >= starts.get(unit, 9999)):.6f}",
            "treated_from": str(starts.get(unit, "")), **more,
        }
        for unit in range(n_units)
        for period in range(2005, 2017)
    ]  # fmt: skip


def written(folder: Path, rows: list[dict], name: str = "panel.csv", delimiter: str = ",") -> Path:
    with (folder / name).open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return folder / name


def answered(path: Path) -> tuple[dict[tuple, dict], list[str]]:
    """Rows by quantity, start and period, and what was said of what was left aside."""
    notes: list[str] = []
    table = effects_of_file(path, tell=notes.append)
    assert table is not None
    return {(row["quantity"], row["treated_from"], row["period"]): row for row in table.to_pylist()}, notes[1:]


def refusal(path: Path, kind: type[JamlikError] = Refused) -> str:
    return refusal_of(effects_of_file, path, kind)


def test_the_three_kinds_of_file_say_the_same(tmp_path: Path) -> None:
    rows = panel(effect=8)
    from_csv = effects_of_file(written(tmp_path, rows))
    assert from_csv is not None
    assert tuple(from_csv.column_names) == RESULT
    commas = [{**row, "value": row["value"].replace(".", ",")} for row in reversed(rows)]
    numbers = [
        {
            **row, "period": int(row["period"]), "value": float(row["value"]),
            "treated_from": float(row["treated_from"]) if row["treated_from"] else None,
        }
        for row in rows
    ]  # fmt: skip
    pq.write_table(pa.Table.from_pylist(numbers), tmp_path / "panel.parquet")
    book = Workbook()
    book.active.append(["Unit", "extra", *list(rows[0])[1:]])
    for row in numbers:
        book.active.append([row["unit"], "not read", *list(row.values())[1:]])
    book.save(tmp_path / "panel.xlsx")
    for other in (
        written(tmp_path, commas, "semicolons.csv", ";"),
        tmp_path / "panel.parquet",
        tmp_path / "panel.xlsx",
    ):
        found = effects_of_file(other)
        assert found is not None
        assert found.to_pylist() == from_csv.to_pylist()


def test_the_answer_as_a_file_and_as_a_table(tmp_path: Path) -> None:
    path = written(tmp_path, panel(effect=8))
    table = effects_of_file(path)
    assert table is not None
    assert effects_of_file(path, tmp_path / "out.parquet") is None
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == table.to_pylist()
    done = CliRunner().invoke(main, ["effects", str(path), "-o", str(tmp_path / "out.csv")])
    assert (done.exit_code, done.stdout) == (0, "")
    assert done.stderr == "66 units, 12 periods from 2005 to 2016, 1 treated.\n"
    with (tmp_path / "out.csv").open(encoding="utf-8", newline="") as file:
        assert [float(row["estimate"] or "nan") for row in csv.DictReader(file)] == pytest.approx(
            [np.nan if each is None else each for each in table["estimate"].to_pylist()], nan_ok=True, rel=1e-12
        )
    shown = CliRunner().invoke(main, ["effects", str(path)])
    assert shown.stdout == as_text(table)
    lines = shown.stdout.splitlines()
    assert lines[0].split() == ["quantity", "from", "period", "estimate", "95", "%", "interval", "p", "status"]
    assert lines[1].startswith(SYNTHETIC)
    assert max(map(len, as_text(table, width=80).splitlines())) <= 80
    with pytest.raises(WrongCall, match=r"must end in \.csv or \.parquet"):
        effects_of_file(path, tmp_path / "out.doc")
    (tmp_path / "link.csv").symlink_to(path)
    for same in (path, tmp_path / "link.csv"):
        with pytest.raises(WrongCall, match="is the table that is read"):
            effects_of_file(path, same)
    with pytest.raises(Refused, match="cannot be written"):
        effects_of_file(path, tmp_path / "no" / "out.csv")


def test_an_effect_is_found_with_its_verdict(tmp_path: Path) -> None:
    rows, notes = answered(written(tmp_path, panel(effect=8, population="1000", cluster="a")))
    found = rows[SYNTHETIC, None, None]
    assert found["estimate"] == pytest.approx(8, abs=2)
    assert (found["n_treated"], found["n_donors"], found["status"], notes) == (1, 65, "ok", [])
    assert found["ci_lower"] > 0
    assert found["p"] == pytest.approx(1 / 66)
    assert rows["verdict", None, None]["status"] == "certain_change"
    nothing, _ = answered(written(tmp_path, panel(), "nothing.csv"))
    assert nothing["verdict", None, None]["status"] == "no_certain_change"
    assert nothing["verdict", None, None]["reason"].endswith(
        "in eight cases of ten; a smaller one may have been missed"
    )
    for row in [*rows.values(), *nothing.values()]:
        if row["ci_lower"] is not None:
            assert (row["p"] <= 0.05) == (not row["ci_lower"] <= 0 <= row["ci_upper"])


def test_several_starts_have_a_row_each_and_one_together(tmp_path: Path) -> None:
    rows, _ = answered(written(tmp_path, panel(70, {0: 2012, 1: 2012, 2: 2014}, effect=5)))
    whole, one, other = (rows[SYNTHETIC, start, None] for start in (None, 2012, 2014))
    assert whole["estimate"] == pytest.approx((2 * one["estimate"] + other["estimate"]) / 3)
    assert [each["n_treated"] for each in (whole, one, other)] == [3, 2, 1]
    assert rows["dynamic", None, -1]["estimate"] != rows["dynamic", None, 0]["estimate"]
    assert rows["simple_not_yet_treated", None, None]["n_treated"] == 3
    assert rows["simple", None, None]["status"] == "flagged"  # three units: what is normal cannot be known
    assert rows["att_gt_never_treated", 2014, 2015]["se"] is None  # of one unit nothing varies


@pytest.mark.parametrize(("treated", "clusters", "reason", "held"), [
    (range(7), 10, "few_clusters: the 7 units lie in 1 cluster,", False),
    (range(0, 28, 2), 10, "few_clusters: the 14 units lie in 4 clusters,", False),
    (range(0, 70, 14), 10, "", True),  # one in each of five
    (range(4), 0, "few_treated: 4 treated units,", True),
    (range(61), 0, "few_compared: 9 untreated units ", True),
    (range(66), 0, "few_compared: 4 untreated units ", False),
], ids=str)  # fmt: skip
def test_few_units_or_clusters_say_little_of_their_own_variation(
    treated: range, clusters: int, reason: str, held: bool, tmp_path: Path
) -> None:
    """Influences about a group's mean sum to zero within a cluster that holds the whole group."""
    cells = panel(70, dict.fromkeys(treated, 2013))
    for row in cells:
        row["cluster"] = str(int(row["unit"][1:]) // 7) if clusters else ""
    rows, _ = answered(written(tmp_path, cells))
    for quantity in ("simple", "dynamic_overall", "imputation_overall"):
        row = rows[quantity, None, None]
        assert row["reason"].startswith(reason)
        assert row["status"] == ("flagged" if reason else "ok")
        assert {row[name] is not None for name in ("se", "ci_lower", "ci_upper", "p")} == {held}


@pytest.mark.parametrize("n_treated", [1, 2])
def test_few_placebos_give_no_interval_to_one_place_or_several(n_treated: int, tmp_path: Path) -> None:
    for n_donors in (18, 19):
        starts = dict.fromkeys(range(n_treated), 2013)
        rows, _ = answered(written(tmp_path, panel(n_treated + n_donors, starts, effect=80)))
        row = rows[SYNTHETIC, None, None]
        assert [row[name] is None for name in ("ci_lower", "ci_upper")] == [n_donors == 18] * 2
        assert (
            row["p"] == pytest.approx(1 / (n_donors + 1)) if n_treated == 1 else (row["p"] is None) == (n_donors == 18)
        )


def test_the_same_panel_gives_the_same_bytes(tmp_path: Path) -> None:
    path = written(tmp_path, panel(66, {0: 2012, 1: 2012}))
    for name in ("one.csv", "two.csv"):
        effects_of_file(path, tmp_path / name)
    assert (tmp_path / "one.csv").read_bytes() == (tmp_path / "two.csv").read_bytes()


# --- what stops a unit, and the rest goes on --------------------------------------------------------------------------


def test_starts_that_cannot_be_seen(tmp_path: Path) -> None:
    rows, notes = answered(written(tmp_path, panel(70, {0: 2013, 1: 2005, 2: 1998, 3: 2030, 4: 2007})))
    assert notes[:2] == [
        "2 units ('u01', 'u02') are already treated when the series begins in 2005: left out.",
        "'u03' is treated only after the last period 2016: taken as untreated.",
    ]
    assert rows[SYNTHETIC, None, None]["n_donors"] == 66  # 65 never treated, and the one in 2030
    assert rows[SYNTHETIC, 2007, None]["reason"] == "too_few_before: only 2 before the start, and 5 are needed"
    assert rows[SYNTHETIC, 2030, None]["reason"] == "none_after: no period lies after the start"
    assert {row["status"] for key, row in rows.items() if key[:2] in ((SYNTHETIC, 2007), (SYNTHETIC, 2030))} == {
        "refused"
    }
    assert rows["imputation_overall", None, None]["n_treated"] == 2  # the one from 2007 has years before


def test_three_years_of_data(tmp_path: Path) -> None:
    short = [row for row in panel() if row["period"] >= "2012" and row["period"] <= "2014"]
    rows, _ = answered(written(tmp_path, short))
    assert rows[SYNTHETIC, 2013, None]["reason"] == "too_few_before: only 1 before the start, and 5 are needed"
    assert rows["simple", None, None]["estimate"] is not None
    assert rows["imputation_overall", None, None]["estimate"] is not None


def test_gaps(tmp_path: Path) -> None:
    gone = {("u00", "2010"), ("u07", "2011"), ("u08", "2005")}
    rows = [row for row in panel(66, {0: 2013, 1: 2013}) if (row["unit"], row["period"]) not in gone]
    rows[30]["value"] = "NA"  # u02, a third donor
    found, notes = answered(written(tmp_path, rows))
    assert notes == [
        "'u00' lacks a figure: not in the synthetic DiD from 2013.",
        "4 units ('u00', 'u02', 'u07', …) lack a figure in some period: not in ATT(g, t).",
    ]
    assert (found[SYNTHETIC, None, None]["n_treated"], found[SYNTHETIC, None, None]["n_donors"]) == (1, 61)
    alone, _ = answered(written(tmp_path, [row for row in rows if row["unit"] != "u01"], "alone.csv"))
    assert alone[SYNTHETIC, 2013, None]["reason"] == "missing_here: a figure is missing in the series of 'u00'"
    assert alone["simple", None, None]["reason"] == "missing_here: no treated unit has a whole series"
    assert alone["imputation_overall", None, None]["estimate"] is not None


def test_everyone_treated(tmp_path: Path) -> None:
    staggered = {unit: 2012 + 2 * (unit % 2) for unit in range(20)}
    rows, _ = answered(written(tmp_path, panel(20, staggered)))
    assert rows[SYNTHETIC, 2012, None]["reason"].startswith("too_few_donors: 0 untreated units")
    assert rows["simple", None, None]["reason"] == "too_few_donors: no unit is never treated"
    assert rows["simple_not_yet_treated", None, None]["n_treated"] == 10  # those from 2012, in 2012 and 2013
    assert rows["imputation_overall", None, None]["reason"].startswith("not_imputed: 60 of 80 treated rows")
    together, _ = answered(written(tmp_path, panel(20, dict.fromkeys(range(20), 2012)), "together.csv"))
    assert {row["status"] for row in together.values()} == {"refused", "not_assessable"}
    assert together["verdict", None, None]["reason"].startswith("too_few_donors: 0 untreated units")


@pytest.mark.parametrize(("start", "reason", "note"), [
    (0, "too_few_before: only 0 before the start", "treated_from is 0 in some rows; leave it empty for"),
    (2030, "none_after: no period lies after the start", "taken as untreated."),
])  # fmt: skip
def test_a_panel_in_which_no_start_can_be_seen(start: int, reason: str, note: str, tmp_path: Path) -> None:
    rows, notes = answered(written(tmp_path, panel(5, {0: start})))
    assert rows["verdict", None, None]["status"] == "not_assessable"
    assert all(row["reason"].startswith(reason) for row in rows.values())
    assert note in notes[-1]


def test_a_reason_flags_the_figures_it_is_about(tmp_path: Path) -> None:
    rows, _ = answered(written(tmp_path, panel(70, {38: 2013}, effect=1.8)))
    for row in rows.values():
        assert (row["status"] in ("flagged", "refused")) == bool(row["reason"]) or row["quantity"] == "verdict"
    assert rows[SYNTHETIC, None, None]["reason"].startswith("drift_before: ")  # in this unit, with this seed
    assert rows["verdict", None, None]["status"] == "no_certain_change"


def test_names_that_a_terminal_would_obey(tmp_path: Path) -> None:
    cells = [{**row, "unit": row["unit"] + "\x1b[31m" + "a" * 90} for row in panel(5, {0: 1990, 1: 2012})]
    _, notes = answered(written(tmp_path, cells))
    assert all(note.isprintable() for note in notes)
    assert notes[0].startswith("'u00 [31maaa")
    assert len(notes[0]) < 130


def test_population_of_some_only_is_not_used(tmp_path: Path) -> None:
    rows = [{**row, "population": "" if row["unit"] == "u09" else "900"} for row in panel()]
    found, notes = answered(written(tmp_path, rows))
    assert notes == ["1 of 66 units have no population, so that placebos are not scaled by it."]
    assert found[SYNTHETIC, None, None]["status"] == "ok"


# --- what stops the whole ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("column", "text", "word"), [
    ("value", "about 20", "row 4: value is 'about 20', which is not a number"),
    ("value", "1e999", "row 4: value is '1e999', which is not a number"),
    ("value", "20,5", "with a decimal point (or separate the columns by semicolons)"),
    ("period", "2007-01", "row 4: period is '2007-01', which is not a whole number"),
    ("period", "2007.5", "which is not a whole number"),
    ("period", "", "row 4: period is empty"),
    ("unit", "", "row 4: unit is empty"),
    ("treated_from", "spring", "row 4: treated_from is 'spring', which is not a whole number; write a year, or number"),
    ("treated_from", "2012", "row 4: treated_from is not the same in all rows of 'u00'"),
    ("period", "2005", "row 4: 'u00' stands twice in 2005; keep one of the rows"),
    ("value", "1e31", "row 4: value is 1e31, which is too large"),
    ("population", "0", "row 4: population is 0"),
    ("cluster", "b", "row 4: cluster is not the same in all rows of 'u00'"),
])  # fmt: skip
def test_a_cell_that_says_nothing(tmp_path: Path, column: str, text: str, word: str) -> None:
    rows = panel(3, population="10", cluster="a")
    rows[2][column] = text
    assert word in refusal(written(tmp_path, rows))


def test_a_panel_that_is_none(tmp_path: Path) -> None:
    assert "holds one unit only, but an effect needs untreated units" in refusal(written(tmp_path, panel(1)))
    one_year = [row for row in panel() if row["period"] == "2012"]
    assert "holds one period only" in refusal(written(tmp_path, one_year))
    assert "has no unit with treated_from" in refusal(written(tmp_path, panel(starts={})))
    assert "has no value in any row" in refusal(written(tmp_path, [{**row, "value": ""} for row in panel(4)]))
    tiny = [{**row, "value": row["value"] + "e-120"} for row in panel(4)]
    assert "has only values under 1e-30" in refusal(written(tmp_path, tiny))
    lacking = [{"unit": "a", "year": "2001", "value": "1"}]
    assert "lacks the columns period, treated_from" in refusal(written(tmp_path, lacking))
    (tmp_path / "heading.csv").write_text("unit,period,value,treated_from\n", encoding="utf-8")
    assert "a heading but no rows" in refusal(tmp_path / "heading.csv")
    (tmp_path / "empty.csv").touch()
    assert "is empty; it must hold a panel" in refusal(tmp_path / "empty.csv")
    twice = written(tmp_path, panel(4), "twice.csv")
    text = twice.read_text(encoding="utf-8")
    twice.write_text(text.replace("treated_from", "Value", 1), encoding="utf-8")
    assert "has the column value twice" in refusal(twice)
    twice.write_text(text.replace("u00,2006,", "u00,2006,1,2,", 1), encoding="utf-8")
    assert "row 3: the row has 6 cells but the heading has 4" in refusal(twice)
    twice.write_text(text.replace(",2013", ",2013.0", 1), encoding="utf-8")
    effects_of_file(twice)  # the same start
    (tmp_path / "broken.xlsx").write_bytes(b"no workbook" * 50)
    refusal(tmp_path / "broken.xlsx")
    assert "must be a .csv" in refusal(tmp_path / "panel.ods", WrongCall)
    assert "is not there" in refusal(tmp_path / "nowhere.csv", WrongCall)
    os.mkfifo(tmp_path / "pipe.csv")
    assert "is a pipe" in refusal(tmp_path / "pipe.csv")


def test_a_refusal_at_the_command_is_one_line(tmp_path: Path) -> None:
    done = CliRunner().invoke(main, ["effects", str(written(tmp_path, panel(1)))])
    assert (done.exit_code, done.stdout, done.stderr.count("\n")) == (1, "", 1)
    assert done.stderr.startswith("jamlik: ")
    assert CliRunner().invoke(main, ["effects", str(tmp_path / "nowhere.csv")]).exit_code == 2


@pytest.mark.parametrize("kind", ["constant", "parallel", "huge", "tiny"])
def test_figures_without_noise_or_of_any_size(kind: str, tmp_path: Path) -> None:
    """No error of arithmetic, and a number that is one in every row that is not refused."""
    rows = panel(8)
    for row in rows:
        year = int(row["period"]) - 2005
        exact = {"constant": 5.0, "parallel": float(row["unit"][1:]) + year, "huge": float(row["value"]) * 1e12}
        row["value"] = repr(exact.get(kind, float(row["value"]) * 1e-12) + 3.0 * (kind == "parallel") * (
            row["unit"] == "u00" and year >= 8
        ))  # fmt: skip
    found, _ = answered(written(tmp_path, rows))
    effect = found[SYNTHETIC, None, None]
    assert np.isfinite(effect["estimate"])
    if kind in ("constant", "parallel"):
        assert effect["estimate"] == pytest.approx(3.0 * (kind == "parallel"), abs=1e-9)
        assert found["did", None, None]["estimate"] == pytest.approx(3.0 * (kind == "parallel"), abs=1e-9)
        assert (found["verdict", None, None]["status"], effect["p"]) == ("not_assessable", None)
        assert effect["reason"].startswith("no_variation: ")
        assert {row["p"] for row in found.values()} == {None}
    for row in found.values():
        numbers = [row[name] for name in RESULT[3:8] if row[name] is not None]
        assert np.isfinite(numbers).all()


def test_a_panel_is_answered_without_pandas_or_dagster(tmp_path: Path) -> None:
    path = written(tmp_path, panel())
    program = (
        "import sys\nfrom pipelines.statistics.effects.command import *\n"
        "as_text(effects_of_file(sys.argv[1]))\neffects_of_file(sys.argv[1], sys.argv[2])\n"
        "assert not (late := {'pandas', 'dagster', 'pandera', 'scipy', 'sqlglot'} & set(sys.modules)), late"
    )
    command = [sys.executable, "-c", program, str(path), str(tmp_path / "out.csv")]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
