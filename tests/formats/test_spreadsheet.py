"""What leaves as csv or xlsx holds no text that a spreadsheet would run, by whichever command it leaves.

A cell is taken for a formula by its first character alone; what that is, and what is a plain number, is said here anew.
"""

import csv
import io
from collections.abc import Iterator
from pathlib import Path

import duckdb
import openpyxl
import pyarrow as pa
import pytest

from pipelines.formats.spreadsheet import as_text, harmless, write_query, write_rows, write_sheet, write_table
from pipelines.inbox import merge
from pipelines.statistics.heat import export_heat
from pipelines.statistics.measures import measures_of_file

RUN = ("=1+1", "+1+1", "-1+cmd|' /C calc'!A0", "@SUM(A1)", "\t=1", "\r=1", '=HYPERLINK("http://x","y")', "-2\n=1")
PLAIN = ("-", "+", "-12.5", "+46", "a=1", "", "Motala", "1+1", "'=1")


def dangerous(text: object) -> bool:
    """A text that begins as a formula does and is no plain number."""
    if not isinstance(text, str) or not text or text[0] not in "=+-@\t\r\n":
        return False
    return not set(text[1:]) <= set("0123456789.,") or text[0] not in "+-"


def test_the_two_lists_are_what_they_are_called() -> None:
    assert all(map(dangerous, RUN))
    assert not any(map(dangerous, PLAIN))


@pytest.fixture
def hostile() -> Iterator[duckdb.DuckDBPyConnection]:
    """A table of hostile and of plain texts under a hostile heading, with a number, a null and an enumeration."""
    with duckdb.connect() as connection:
        connection.execute('create table t (row int, "=head" varchar, number double)')
        connection.executemany("insert into t values (?, ?, -1.5)", [*enumerate([*RUN, *PLAIN, None])])
        connection.execute("create type word as enum ('=1', 'b')")
        yield connection


def read_csv(text: str) -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline="")))


def held(rows: list[list[str]]) -> None:
    """Every row has its cells, none of them dangerous, and plain ones and numbers are as they were."""
    assert rows[0] == ["row", "'=head", "number"]
    assert [row[1] for row in rows[1 : len(RUN) + 1]] == [f"'{text}" for text in RUN]
    assert [row[1] for row in rows[len(RUN) + 1 :]] == [*PLAIN, ""]
    assert {row[2] for row in rows[1:]} == {"-1.5"}


@pytest.mark.parametrize("way", ["rows", "table", "query", "quoted query"])
def test_every_way_out_in_csv_makes_the_same_texts_harmless(
    way: str, hostile: duckdb.DuckDBPyConnection, tmp_path: Path
) -> None:
    path = tmp_path / "out.csv"
    if way == "rows":
        found = hostile.execute("from t order by row")
        with path.open("w", encoding="utf-8", newline="") as stream:
            write_rows(stream, [each[0] for each in found.description or []], [found.fetchall()])
    elif way == "table":
        write_table(hostile.sql("from t order by row").to_arrow_table(), path)
    else:
        rows = write_query(hostile, "from t order by row", path, quoted=way == "quoted query")
        assert rows == len(RUN) + len(PLAIN) + 1
    held(read_csv(path.read_bytes().decode()))


def test_a_return_within_a_text_begins_no_row() -> None:
    """Python leaves it without quotes where it does not end lines by it."""
    out = io.StringIO()
    write_rows(out, ["a", "b"], [[("x\r=cmd", 1)], [("y", None)]])
    assert out.getvalue() == 'a,b\n"x\r=cmd","1"\ny,\n'


def test_an_enumeration_is_text_and_so_is_a_dictionary(hostile: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    write_query(hostile, "select '=1'::word as w", tmp_path / "out.csv")
    assert (tmp_path / "out.csv").read_text() == "w\n'=1\n"
    table = pa.table({"d": pa.array(["=1"]).dictionary_encode(), "l": pa.array(["=1"], pa.large_string())})
    assert as_text(table).to_pylist() == [{"d": "'=1", "l": "'=1"}]


def test_a_cell_that_is_no_text_is_held_by_its_words() -> None:
    class Odd:
        def __str__(self) -> str:
            return "=1"

    assert harmless(Odd()) == "'=1"
    assert harmless(-1.5) == -1.5
    assert harmless(None) is None


def test_a_sheet_holds_no_formula(tmp_path: Path) -> None:
    write_sheet(tmp_path / "out.xlsx", "S", ["=head", "n"], [*((text, -1.5) for text in RUN), ("bell \x07", None)])
    sheet = openpyxl.load_workbook(tmp_path / "out.xlsx").active
    assert sheet is not None
    cells = [cell for row in sheet.iter_rows() for cell in row]
    assert {cell.data_type for cell in cells} <= {"s", "n"}
    assert not [cell.value for cell in cells if dangerous(cell.value)]
    assert sheet.cell(len(RUN) + 2, 1).value == "bell \ufffd"


TEMPLATE = (
    "setting,date,source,indicator_abbr,dimension,subgroup,estimate,se,population,favourable_indicator,indicator_scale,"
    "ordered_dimension\n"
)


def test_measures_of_a_hostile_table_are_harmless(tmp_path: Path) -> None:
    rows = [f'"{text}",2022,@SUM(A1),=cmd,"{text}",{group},{60 + n},2,100,1,100,0\n'
            for text in ("=1+1", "+1+1", "-1+1", "@x") for n, group in enumerate(("=a", "b"))]  # fmt: skip
    (tmp_path / "in.csv").write_text(TEMPLATE + "".join(rows), encoding="utf-8")
    measures_of_file(tmp_path / "in.csv", tmp_path / "out.csv", draws=10)
    found = read_csv((tmp_path / "out.csv").read_text(encoding="utf-8"))
    assert len(found) > 8
    assert {row[0] for row in found[1:]} == {"'=1+1", "'+1+1", "'-1+1", "'@x"}
    assert not [cell for row in found for cell in row if dangerous(cell)]


@pytest.mark.parametrize("ending", ["csv", "xlsx"])
def test_the_release_in_whos_template_is_harmless(ending: str, tmp_path: Path) -> None:
    with duckdb.connect() as connection:
        connection.execute(
            """
            create table indicator as select '=i' as indicator_id, '@title' as title_en, 'share' as family,
                100.0 as scale, 'higher_is_better' as polarity, null::double as target_value,
                false as may_exceed_scale;
            create table area as select '0583' as area_code, '=1+cmd' as area_name;
            create table social_group as select '+d' as dimension, g as group_code, '-x' as dimension_en,
                '=' || g as label_en, 1 as sort_order, false as ordered, null::int as subgroup_order,
                false as is_reference from (values ('a'), ('b')) as v(g);
            update social_group set dimension = 'education';
            create table indicator_value as select '=i' as indicator_id, '0583' as area_code, '2022' as period,
                'education' as dimension, g as group_code, 'total' as sex, 60.0 as value, 2.0 as se, 1.0 as ci_lower,
                2.0 as ci_upper, 100.0 as weight, 'observed' as status, null as status_reason,
                'published' as provenance, '=r' as reliability, '=source' as source_ids
                from (values ('a'), ('b')) as v(g);
            """
        )
        path = tmp_path / f"out.{ending}"
        assert export_heat(connection, path) == 2
    if ending == "csv":
        cells: list[object] = [cell for row in read_csv(path.read_text(encoding="utf-8")) for cell in row]
    else:
        sheet = openpyxl.load_workbook(path).active
        assert sheet is not None
        assert "f" not in {cell.data_type for row in sheet.iter_rows() for cell in row}
        cells = [cell for row in sheet.iter_rows(values_only=True) for cell in row]
    assert {"'=1+cmd", "'=source", "'@title", "'-x", "'=a", "'=r"} <= set(cells)
    assert not [cell for cell in cells if dangerous(cell)]


def test_a_report_of_disagreements_is_harmless(tmp_path: Path) -> None:
    different = pa.table({"first_delivery": ["=a"], "second_delivery": ["b"], "code": ["@x"]})
    with pytest.raises(merge.Refused, match="disagree"):
        merge._report(different, tmp_path)
    found = read_csv((tmp_path / "reports" / "disagreements.csv").read_text(encoding="utf-8"))
    assert found[1] == ["'=a", "b", "'@x"]
