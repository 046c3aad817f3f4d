"""`jamlik measures` on tables as WHO's toolkit has them: means at scale 1, intervals for errors, levels, refusals.

The files of `tests/fixtures/heat/` are invented.
"""

import csv
import math
from pathlib import Path

import pytest
from click.testing import CliRunner
from scipy import stats

from pipelines.cli import main
from pipelines.errors import Refused, WrongCall
from pipelines.statistics.measures import LEVELS, as_text, measures_of_file

CASES = Path(__file__).parents[1] / "fixtures" / "heat"


def _found(path: Path, **asked: object) -> dict[str, dict]:
    table = measures_of_file(path, **asked)  # type: ignore[arg-type]
    assert table is not None
    return {row["measure"]: row for row in table.to_pylist()}


def _changed(tmp_path: Path, *changes: dict[str, str], drop: str | None = None) -> Path:
    """The four groups on a line, each row with its changes."""
    with (CASES / "on_a_line.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter=";"))
    for row, change in zip(rows, changes, strict=False):
        row.update(change)
    names = dict.fromkeys(name for row in rows for name in row if name != drop)
    with (tmp_path / "changed.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(names), delimiter=";", extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
    return tmp_path / "changed.csv"


def test_groups_on_a_line_have_the_error_of_their_own() -> None:
    found = _found(CASES / "on_a_line.csv", draws=200)
    row = found["sii_linear"]
    # b = sum c y, c = w t / sum w t^2 = -1.2, -0.4, 0.4, 1.2: se = sqrt(2 1.2^2 + 2 0.4^2) = sqrt(3.2)
    assert row["estimate"] == pytest.approx(-40)
    assert row["se"] == pytest.approx(math.sqrt(3.2), rel=1e-9)
    assert (round(row["ci_lower"], 2), round(row["ci_upper"], 2)) == (-43.51, -36.49)
    assert row["ci_method"] == "normal, groups' errors"
    # ln(15 / 55): top = 35 + b / 2, bottom = 35 - b / 2; the level's se is sqrt(4) / 4
    level, slope = 1 / 15 - 1 / 55, (1 / 15 + 1 / 55) / 2
    assert found["rii_linear"]["se"] == pytest.approx(math.sqrt(level**2 / 4 + slope**2 * 3.2), rel=1e-9)
    # aci = 2 var(x) b = 0.15625 b; rci = aci / 35, whose mean has an error too
    assert found["aci"]["se"] == pytest.approx(0.15625 * math.sqrt(3.2), rel=1e-9)
    assert found["rci"]["se"] == pytest.approx(0.15625 / 35 * math.sqrt(3.2 + (40 / 35) ** 2 / 4), rel=1e-9)


def test_a_mean_at_scale_1_is_a_mean() -> None:
    found = _found(CASES / "mean_scale_1.csv", draws=200)
    assert found["d"]["estimate"] == 6
    assert found["r"]["estimate"] == pytest.approx(1.12245, abs=5e-6)
    assert found["sii_linear"]["estimate"] == pytest.approx(7.44352, abs=5e-6)
    assert found["rii_linear"]["estimate"] == pytest.approx(1.15159, abs=5e-6)
    assert found["bgv"]["estimate"] == pytest.approx(3.819375, rel=1e-9)
    refused = {measure for measure, row in found.items() if row["status"] == "refused"}
    assert refused == {"sii", "rii"}  # which need a share
    for measure in refused:
        assert "indicator_scale is 1" in found[measure]["reason"]
        assert (found[measure]["estimate"], found[measure]["se"], found[measure]["ci_lower"]) == (None, None, None)
    assert not any(row["status"] == "ok" and row["se"] == 0 for row in found.values())


def test_a_share_at_scale_1_is_still_a_share(tmp_path: Path) -> None:
    shares = [{"estimate": f"0,{part}", "se": "0,01", "indicator_scale": "1"} for part in (5, 4, 3, 2)]
    found = _found(_changed(tmp_path, *shares), draws=200)
    assert found["sii"]["status"] == "ok"
    assert -0.4 < found["sii"]["estimate"] < -0.38


def test_a_workbook_with_macros_is_read() -> None:
    found = _found(CASES / "template.xlsm", chosen=["d", "r"])
    assert found["d"]["estimate"] == 13
    assert found["r"]["estimate"] == pytest.approx(3.6)


def test_an_interval_stands_for_a_missing_standard_error(tmp_path: Path) -> None:
    z = stats.norm.ppf(0.975)
    ends = [{"se": "", "ci_lb": f"{y - z:.12f}".replace(".", ","), "ci_ub": f"{y + z:.12f}".replace(".", ",")}
            for y in (50, 40, 30, 20)]  # fmt: skip
    found = _found(_changed(tmp_path, *ends), draws=200)
    assert found["sii_linear"]["se"] == pytest.approx(math.sqrt(3.2), rel=1e-9)
    assert found["d"]["se"] == pytest.approx(math.sqrt(2), rel=1e-9)
    # a standard error that is there counts; half an interval is none; one of no width says nothing
    ends[0] |= {"se": "2"}
    assert _found(_changed(tmp_path, *ends), chosen=["d"])["d"]["se"] == pytest.approx(math.sqrt(5), rel=1e-9)
    ends[0] |= {"se": "", "ci_ub": "NA"}
    assert _found(_changed(tmp_path, *ends), chosen=["d"])["d"]["se"] is None
    ends[0] |= {"ci_lb": "50", "ci_ub": "50"}
    assert _found(_changed(tmp_path, *ends), chosen=["d"])["d"]["se"] is None


@pytest.mark.parametrize(("lower", "upper"), [("51", "52"), ("48", "49"), ("52", "48")])
def test_an_interval_that_does_not_hold_its_estimate_is_refused(tmp_path: Path, lower: str, upper: str) -> None:
    path = _changed(tmp_path, {"se": "", "ci_lb": lower, "ci_ub": upper})
    with pytest.raises(Refused, match=r"row 2: ci_lb and ci_ub do not hold the estimate 50; correct them"):
        measures_of_file(path)
    with pytest.raises(Refused, match="ci_lb is 'wide', which is not a number"):
        measures_of_file(_changed(tmp_path, {"ci_lb": "wide"}))


def test_levels(tmp_path: Path) -> None:
    usual, wide = (_found(CASES / "on_a_line.csv", level=level, draws=2_000) for level in LEVELS)
    reach = stats.norm.ppf(0.999)
    assert usual.keys() == wide.keys()
    for measure, row in wide.items():
        assert (usual[measure]["ci_level"], row["ci_level"]) == (95, 99.8)
        assert row["estimate"] == usual[measure]["estimate"]
        assert row["ci_lower"] < usual[measure]["ci_lower"] < usual[measure]["ci_upper"] < row["ci_upper"], measure
    row = wide["sii_linear"]
    assert row["ci_upper"] == pytest.approx(-40 + reach * math.sqrt(3.2), rel=1e-9)
    row = wide["r"]
    assert row["ci_lower"] == pytest.approx(2.5 * math.exp(-reach * row["se"]), rel=1e-9)
    text = as_text(measures_of_file(CASES / "on_a_line.csv", chosen=["d"], level="99.8"))
    assert "99.8 % interval" in text
    with pytest.raises(WrongCall, match=r"'90' is not a level of the intervals; choose 95 or 99\.8"):
        measures_of_file(CASES / "on_a_line.csv", level="90")


def test_one_line_says_how_many_comparisons_were_refused_and_why(tmp_path: Path) -> None:
    runner = CliRunner()
    whole = runner.invoke(main, ["measures", str(CASES / "on_a_line.csv"), "--measures", "d"])
    assert (whole.exit_code, whole.stderr) == (0, "1 comparison, none refused.\n")
    lines = (CASES / "on_a_line.csv").read_text(encoding="utf-8").splitlines()
    outside = [line.replace(";rokare;", ";outside;").replace(";50;", ";500;") for line in lines[1:]]
    zeros = [line.replace(";rokare;", ";zeros;").replace(f";{y};1;100", ";0;1;100")
             for line, y in zip(lines[1:], (50, 40, 30, 20), strict=True)]  # fmt: skip
    alone = [lines[1].replace(";rokare;", ";alone;")]
    path = tmp_path / "four.csv"
    path.write_text("\n".join([*lines, *outside, *zeros, *alone]), encoding="utf-8")
    out = tmp_path / "out.csv"
    told = runner.invoke(main, ["measures", str(path), "-o", str(out), "--measures", "d,r", "--level", "99.8"])
    assert told.exit_code == 0
    assert told.stderr == (
        "4 comparisons, 2 refused: an estimate lies outside 0 to the indicator's scale (1), only one subgroup has an"
        " estimate (1); 1 with some measures refused: the figure to divide by is zero (1).\n"
    )
    with out.open(encoding="utf-8", newline="") as file:
        assert {row["ci_level"] for row in csv.DictReader(file)} == {"99.8"}
