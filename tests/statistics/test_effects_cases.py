"""`jamlik effects` on two published panels: what independent software answers (`tests/fixtures/effects/`)."""

import csv
from functools import cache
from pathlib import Path

import pytest

from pipelines.statistics.effects.command import effects_of_file

CASES = Path(__file__).parents[1] / "fixtures" / "effects"
# the same quantity by another stopping rule: a solver to the optimum lies within its tolerance
SAME = {"synthetic_did_reference": "synthetic_did_exact_optimum"}
with (CASES / "expected.csv").open(encoding="utf-8", newline="") as _file:
    EXPECTED = list(csv.DictReader(_file))


@cache
def answered(case: str) -> dict[tuple[str, str, str], dict]:
    table = effects_of_file(CASES / f"{case}.parquet")
    assert table is not None
    rows = table.to_pylist()
    found = {(row["quantity"], *(str(row[name] or "") for name in ("treated_from", "period"))): row for row in rows}
    assert len(found) == len(rows)  # no quantity twice
    return found


@pytest.mark.parametrize("row", EXPECTED, ids=lambda row: "-".join(list(row.values())[:4]).rstrip("-"))
def test_a_quantity_is_what_others_answer(row: dict[str, str]) -> None:
    quantity = SAME.get(row["quantity"], row["quantity"])
    found = answered(row["case"])[quantity, row["treated_from"], row["period"]]["estimate"]
    kind, size = row["tolerance"].split()
    assert found == pytest.approx(float(row["value"]), **{kind: float(size)}, **({"abs": 0} if kind == "rel" else {}))


@pytest.mark.parametrize(("quantity", "estimate", "se"), [
    ("simple", -0.0400, 0.0120), ("group_overall", -0.0310, 0.0124), ("dynamic_overall", -0.0772, 0.0200),
    ("calendar_overall", -0.0417, 0.0160),
])  # fmt: skip
def test_aggregates_and_their_errors_as_the_authors_publish_them(quantity: str, estimate: float, se: float) -> None:
    """The vignettes of the package `did` print these with errors by bootstrap, which differ from draw to draw."""
    row = answered("mpdta")[quantity, "", ""]
    assert row["estimate"] == pytest.approx(estimate, abs=6e-5)
    assert row["se"] == pytest.approx(se, rel=0.05)
    assert (row["n_treated"], row["n_donors"], row["status"]) == (191, 309, "ok")


def test_what_cannot_be_judged_says_why() -> None:
    california = answered("prop99")
    assert california["synthetic_did_exact_optimum", "", ""]["reason"].startswith("too_few_donors: 38 ")
    assert california["verdict", "", ""]["status"] == "not_assessable"
    teens = answered("mpdta")
    for start, n_before in (("2004", 1), ("2006", 3), ("2007", 4)):
        row = teens["synthetic_did_exact_optimum", start, ""]
        assert (row["status"], row["estimate"]) == ("refused", None)
        assert row["reason"] == f"too_few_before: only {n_before} before the start, and 5 are needed"
