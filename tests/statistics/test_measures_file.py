"""`jamlik measures`: WHO HEAT's template in csv, xlsx and parquet; every bad input ends in one sentence."""

import csv
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from openpyxl import Workbook

from pipelines.errors import JamlikError, Refused, WrongCall
from pipelines.statistics.measures import MEASURES, as_text, measures_of_file
from tests.fixtures.refused_table import refusal_of

HEADING = (
    "setting", "date", "source", "indicator_abbr", "indicator_name", "dimension", "subgroup", "estimate", "se", "ci_lb",
    "ci_ub", "population", "flag", "setting_average", "favourable_indicator", "indicator_scale", "ordered_dimension",
    "subgroup_order", "reference_subgroup",
)  # fmt: skip
RESULT = (
    "setting", "date", "source", "indicator_abbr", "dimension", "measure", "estimate", "se", "se_scale", "ci_lower",
    "ci_upper", "ci_method", "n_subgroups", "status", "reason", "ci_level",
)  # fmt: skip


def template(**changed: object) -> list[dict]:
    """Good health by education, 60, 70 and 80 %; `changed` replaces a column in every row."""
    return [
        {
            "setting": "Motala", "date": "2022", "source": "HLV", "indicator_abbr": "good_health",
            "indicator_name": "Good health",
            "dimension": "education", "subgroup": name, "estimate": str(50 + 10 * place), "se": "2", "ci_lb": "",
            "ci_ub": "",
            "population": "1000", "flag": "", "setting_average": "", "favourable_indicator": "1",
            "indicator_scale": "100",
            "ordered_dimension": "1", "subgroup_order": str(place), "reference_subgroup": str(int(place == 3)),
            **changed,
        }
        for place, name in enumerate(("primary", "secondary", "tertiary"), 1)
    ]  # fmt: skip


def written(folder: Path, rows: list[dict], name: str = "table.csv", delimiter: str = ",") -> Path:
    path = folder / name
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), delimiter=delimiter)
        writer.writeheader()
        writer.writerows(rows)
    return path


def refusal(path: Path, kind: type[JamlikError] = Refused) -> str:
    return refusal_of(lambda file: measures_of_file(file, draws=100), path, kind)


def test_the_three_kinds_of_file_say_the_same(tmp_path: Path) -> None:
    rows = template()
    from_csv = measures_of_file(written(tmp_path, rows), draws=200)
    from_semicolons = measures_of_file(written(tmp_path, rows, "semicolon.csv", ";"), draws=200)
    pq.write_table(
        pa.Table.from_pylist([{**row, "estimate": float(row["estimate"])} for row in rows]), tmp_path / "t.parquet"
    )
    from_parquet = measures_of_file(tmp_path / "t.parquet", draws=200)
    book = Workbook()
    book.active.append(list(rows[0]))
    for row in rows:
        book.active.append([float(text) if text.isdigit() else text or None for text in row.values()])
    book.save(tmp_path / "t.xlsx")
    from_xlsx = measures_of_file(tmp_path / "t.xlsx", draws=200)
    assert from_csv.column_names == list(RESULT)
    assert from_csv.num_rows == len(MEASURES)  # ordered, with a reference: all apply
    for other in (from_semicolons, from_parquet, from_xlsx):
        assert other.to_pylist() == from_csv.to_pylist()


def test_the_figures_of_a_template(tmp_path: Path) -> None:
    found = {row["measure"]: row for row in measures_of_file(written(tmp_path, template()), draws=200).to_pylist()}
    assert found["d"]["estimate"] == 20  # 80 - 60
    assert found["r"]["estimate"] == pytest.approx(8 / 6)
    assert found["par"]["estimate"] == pytest.approx(10)  # 80 - 70
    assert found["d"]["n_subgroups"] == 3
    assert (found["d"]["setting"], found["d"]["date"], found["d"]["source"]) == ("Motala", "2022", "HLV")
    assert found["bgsd"]["ci_method"] == "simulation"


def test_measures_can_be_chosen(tmp_path: Path) -> None:
    path = written(tmp_path, template())
    assert measures_of_file(path, chosen=["sii", " D ", "r"])["measure"].to_pylist() == ["d", "r", "sii"]
    with pytest.raises(WrongCall, match="'gini' is not a measure; choose among d, r, sii"):
        measures_of_file(path, chosen=["gini"])
    unordered = written(tmp_path, template(ordered_dimension="0", subgroup_order=""), "u.csv")
    nothing = measures_of_file(unordered, chosen=["sii"])
    assert nothing.num_rows == 0
    assert "None of the chosen measures" in as_text(nothing)


def test_the_result_is_written_by_ending(tmp_path: Path) -> None:
    path = written(tmp_path, template())
    table = measures_of_file(path, draws=100)
    assert measures_of_file(path, tmp_path / "out.csv", draws=100) is None
    with (tmp_path / "out.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert tuple(rows[0]) == RESULT
    assert [float(row["estimate"]) for row in rows] == table["estimate"].to_pylist()
    measures_of_file(path, tmp_path / "out.parquet", draws=100)
    assert pq.read_table(tmp_path / "out.parquet").to_pylist() == table.to_pylist()
    with pytest.raises(WrongCall, match=r"must end in \.csv or \.parquet"):
        measures_of_file(path, tmp_path / "out.doc")
    before = path.read_bytes()
    with pytest.raises(WrongCall, match="is the table that is read"):
        measures_of_file(path, path, draws=100)
    assert path.read_bytes() == before
    with pytest.raises(Refused, match="cannot be written"):
        measures_of_file(path, tmp_path / "no" / "out.csv", draws=100)


def test_a_readable_table(tmp_path: Path) -> None:
    text = as_text(measures_of_file(written(tmp_path, template()), draws=100))
    lines = text.splitlines()
    assert lines[0] == "Motala, 2022: good_health by education, 3 subgroups (HLV)"
    assert lines[2].split() == ["d", "20", "14.4564", "to", "25.5436", "ok"]  # 80 - 60 -/+ 1.96 sqrt(4 + 4)
    assert len(lines) == 2 + len(MEASURES)
    lonely = as_text(measures_of_file(written(tmp_path, template()[:1]), draws=100), width=80)
    assert "only one subgroup has an estimate" in " ".join(lonely.split())
    assert max(map(len, lonely.splitlines())) <= 80


def test_optional_columns_may_be_missing_and_others_are_kept_out(tmp_path: Path) -> None:
    keep = ("setting", "date", "indicator_abbr", "dimension", "subgroup", "estimate", "favourable_indicator",
    "indicator_scale",
            "ordered_dimension")  # fmt: skip
    rows = [{**{name: row[name] for name in keep}, "iso3": "SWE"} for row in template(ordered_dimension="0")]
    found = {row["measure"]: row for row in measures_of_file(written(tmp_path, rows)).to_pylist()}
    assert found["d"]["estimate"] == 20
    assert found["d"]["ci_method"] == "none"
    assert found["bgv"]["status"] == "refused"
    assert "population" in found["bgv"]["reason"]


@pytest.mark.parametrize("column", ["setting", "date", "indicator_abbr", "dimension", "subgroup", "estimate",
                                    "favourable_indicator", "indicator_scale", "ordered_dimension"])  # fmt: skip
def test_a_missing_required_column_is_named(tmp_path: Path, column: str) -> None:
    rows = [{name: text for name, text in row.items() if name != column} for row in template()]
    assert f"lacks the column {column}" in refusal(written(tmp_path, rows))


def test_a_text_in_a_number_is_shown_with_its_row(tmp_path: Path) -> None:
    rows = template()
    rows[1]["estimate"] = "about 70"
    assert "row 3: estimate is 'about 70', which is not a number" in refusal(written(tmp_path, rows))
    for text in ("nan", "inf", "1e999", ".."):
        rows[1]["estimate"] = text
        assert "which is not a number" in refusal(written(tmp_path, rows))


def test_swedish_decimal_commas(tmp_path: Path) -> None:
    rows = template()
    rows[0]["estimate"], rows[0]["se"] = "60,5", "2,0"
    # between semicolons, as Swedish spreadsheets write csv, the comma can only be a decimal sign
    found = measures_of_file(written(tmp_path, rows, "sv.csv", ";"), chosen=["d"]).to_pylist()
    assert found[0]["estimate"] == 19.5
    # between commas it may as well be a thousands' mark: refused, not guessed
    assert "'60,5', which is not a number; write it as a number with a decimal point" in refusal(
        written(tmp_path, rows)
    )
    rows[0]["estimate"] = "1,234,5"
    assert "not a number" in refusal(written(tmp_path, rows, "sv2.csv", ";"))


def test_a_subgroup_twice(tmp_path: Path) -> None:
    rows = [*template(), {**template()[1], "estimate": "71"}]
    assert "row 5: the subgroup 'secondary' of education stands twice for good_health" in refusal(
        written(tmp_path, rows)
    )


@pytest.mark.parametrize("column", ["favourable_indicator", "indicator_scale", "ordered_dimension"])
def test_subgroups_that_are_compared_have_one_scale_direction_and_order(tmp_path: Path, column: str) -> None:
    rows = template()
    rows[2][column] = "1" if column == "indicator_scale" else "0"
    assert f"{column} is not the same for all subgroups" in refusal(written(tmp_path, rows))


def test_a_scale_that_contradicts_the_values_is_refused_group_by_group(tmp_path: Path) -> None:
    other = [{**row, "indicator_abbr": "other"} for row in template()]
    rows = measures_of_file(written(tmp_path, [*template(indicator_scale="10"), *other]), draws=100).to_pylist()
    wrong = [row for row in rows if row["indicator_abbr"] == "good_health"]
    assert {row["status"] for row in wrong} == {"refused"}
    assert "outside 0 to the indicator's scale" in wrong[0]["reason"]
    assert {row["status"] for row in rows if row["indicator_abbr"] == "other"} == {"ok"}


@pytest.mark.parametrize("text", ["0", "-100"])
def test_a_scale_that_is_none(tmp_path: Path, text: str) -> None:
    assert "indicator_scale is" in refusal(written(tmp_path, template(indicator_scale=text)))


def test_no_scale_is_a_mean(tmp_path: Path) -> None:
    found = {
        row["measure"]: row
        for row in measures_of_file(written(tmp_path, template(indicator_scale="")), draws=100).to_pylist()
    }
    assert found["sii"]["estimate"] == pytest.approx(found["sii_linear"]["estimate"])
    assert "linear form" in found["sii"]["reason"]


@pytest.mark.parametrize(("column", "text", "word"), [
    ("favourable_indicator", "yes", "write 1 for yes or 0 for no"), ("favourable_indicator", "", "is empty"),
    ("reference_subgroup", "2", "write 1 for yes"), ("subgroup_order", "first", "write a whole number"),
    ("subgroup_order", "1.5", "write a whole number"), ("subgroup", "", "subgroup is empty"), ("setting", "",
    "setting is empty"),
])  # fmt: skip
def test_other_cells_that_say_nothing(tmp_path: Path, column: str, text: str, word: str) -> None:
    assert word in refusal(written(tmp_path, template(**{column: text})))


@pytest.mark.parametrize(("numerator", "population", "word"), [
    ("-1", "100", "row 2: numerator is -1, but nothing is counted below 0"),
    ("101", "100", "row 2: numerator is 101, which is more than population"),
])  # fmt: skip
@pytest.mark.parametrize("scale", ["100", "100000"])
def test_more_deaths_than_persons_and_fewer_than_none(
    tmp_path: Path, numerator: str, population: str, word: str, scale: str
) -> None:
    counted = {"numerator": numerator, "population": population, "estimate": "", "se": "", "indicator_scale": scale}
    assert word in refusal(written(tmp_path, template(**counted)))


def test_as_many_as_there_are_may_be_counted(tmp_path: Path) -> None:
    counted = {"numerator": "100", "population": "100", "estimate": "", "se": ""}
    assert measures_of_file(written(tmp_path, template(**counted)), draws=100).num_rows > 0


def test_files_that_hold_nothing(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").write_bytes(b"")
    assert "is empty" in refusal(tmp_path / "empty.csv")
    (tmp_path / "heading.csv").write_text(",".join(HEADING) + "\n", encoding="utf-8")
    assert "no rows" in refusal(tmp_path / "heading.csv")
    Workbook().save(tmp_path / "empty.xlsx")
    assert "is empty" in refusal(tmp_path / "empty.xlsx")


def test_files_that_are_something_else(tmp_path: Path) -> None:
    for name in ("broken.xlsx", "broken.parquet"):
        (tmp_path / name).write_bytes(b"this is neither a workbook nor parquet" * 40)
        refusal(tmp_path / name)
    (tmp_path / "binary.csv").write_bytes(bytes(range(256)) * 40)
    refusal(tmp_path / "binary.csv")
    text = written(tmp_path, template(setting="Östergötland")).read_text(encoding="utf-8")
    (tmp_path / "latin.csv").write_bytes(text.encode("latin-1"))
    assert "CSV UTF-8" in refusal(tmp_path / "latin.csv")
    (tmp_path / "uneven.csv").write_text(text + "one,cell,too,few\n", encoding="utf-8")
    refusal(tmp_path / "uneven.csv")
    assert "must be a .csv" in refusal(tmp_path / "table.ods", WrongCall)
    assert "is not there" in refusal(tmp_path / "nowhere.csv", WrongCall)


def test_a_byte_order_mark_and_capitals_are_no_matter(tmp_path: Path) -> None:
    text = written(tmp_path, template()).read_text(encoding="utf-8").replace("setting,", "Setting,", 1)
    (tmp_path / "bom.csv").write_bytes(b"\xef\xbb\xbf" + text.encode())
    assert measures_of_file(tmp_path / "bom.csv", chosen=["d"]).to_pylist()[0]["estimate"] == 20


def test_the_numerator_fills_what_is_missing(tmp_path: Path) -> None:
    rows = [{**row, "numerator": str(100 * place), "estimate": "", "se": ""} for place, row in enumerate(template(), 6)]
    found = {row["measure"]: row for row in measures_of_file(written(tmp_path, rows), draws=100).to_pylist()}
    assert found["d"]["estimate"] == pytest.approx(20)  # 800 / 1000 - 600 / 1000
    # binomial: sqrt(60 40 / 1000 + 80 20 / 1000) = sqrt(4) = 2
    assert found["d"]["se"] == pytest.approx(2)
    for row in rows:
        row.update(estimate=str(float(row["numerator"]) * 10), indicator_scale="10000")
    rate = {row["measure"]: row for row in measures_of_file(written(tmp_path, rows), draws=100).to_pylist()}
    # Poisson: sqrt(600 + 800) / 1000 10000
    assert rate["d"]["se"] == pytest.approx(1400**0.5 * 10)


def test_missing_values_as_who_writes_them(tmp_path: Path) -> None:
    rows = template(se="NA")
    rows[1]["estimate"] = "NA"
    found = {row["measure"]: row for row in measures_of_file(written(tmp_path, rows)).to_pylist()}
    assert found["d"]["status"] == "incomplete"


def test_names_with_quotes_and_commas_survive(tmp_path: Path) -> None:
    found = measures_of_file(written(tmp_path, template(setting="Sankt 'Anna', \"öarna\"")), chosen=["d"]).to_pylist()
    assert found[0]["setting"] == "Sankt 'Anna', \"öarna\""


def test_two_hundred_rows_are_answered_without_pandas_or_dagster(tmp_path: Path) -> None:
    """What makes the start quick (`make bench PARTS=measures` has its seconds)."""
    rows = [{**row, "indicator_abbr": f"i{number}"} for number in range(67) for row in template()]
    path = written(tmp_path, rows[:200])
    program = (
        "import sys, pipelines.statistics.measures as m\n"
        "m.measures_of_file(sys.argv[1], sys.argv[2])\n"
        "m.as_text(m.measures_of_file(sys.argv[1], chosen=['d']))\n"
        "assert not (late := {'pandas', 'dagster', 'pandera', 'scipy', 'sqlglot'} & set(sys.modules)), late"
    )
    command = [sys.executable, "-c", program, str(path), str(tmp_path / "out.csv")]
    subprocess.run(command, check=True, cwd=Path(__file__).parents[2])
    assert (tmp_path / "out.csv").stat().st_size > 10_000


def test_the_models_run_in_the_order_in_which_they_read_each_other() -> None:
    """`MODELS` names every model that needs no more than a file gives, each after what it reads."""
    from pipelines.statistics.measures import MODELS
    from pipelines.warehouse.models import read_models

    order = [name for name in read_models() if name.startswith("measure.")]
    reads = {name: model.reads for name, model in read_models().items()}
    given = {"measure.member", "measure.gap_error"}
    made = set(given)
    for name in MODELS:
        if name != "simulated":
            assert reads[f"measure.{name}"] <= made, name
        made.add(f"measure.{name}")
    later = {name for name in order if reads[name] <= made and name not in made}
    assert not {name for name in later if "small" not in name and reads[name] and not reads[name] <= given}


def test_the_models_are_plain_selects_in_a_duckdb_shell() -> None:
    from pipelines import settings

    macros = (settings.SQL / "macros.sql").read_text(encoding="utf-8")
    with duckdb.connect() as connection:
        connection.execute(macros)
        connection.execute(macros)  # they may be read again
        assert connection.execute("select chi_square_95(3)").fetchall()[0][0] == pytest.approx(7.8147, rel=1e-3)
