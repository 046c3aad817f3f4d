"""Delivered files of every format and layout: csv, xlsx, px, parquet; and files that are not what they say.

All of them hold the same made-up cells (tests/fixtures/inbox_house.py), so that they must give the same table.
"""

import datetime
import io
import zipfile
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest
from click.testing import CliRunner

from pipelines.cli import main
from pipelines.inbox import mapping, store
from tests.fixtures.inbox_house import BANDS, HEADINGS, MAPPING, Inbox, Row, cells, inbox, text  # noqa: F401  a fixture

# The year and the group stand in the mapping, since a pivoted table has only what varies.
PIVOTED = """shape: raks_cells
columns:
  municipality: stub_1
  year: time
  age_group: stub_2
  main_affiliation: {is: '1'}
  persons: value
absent_rows: zero
"""


def _sheet(
    rows: list[tuple[object, ...]],
    merges: tuple[str, ...] = (),
    more: dict[str, list[tuple[object, ...]]] | None = None,
) -> bytes:
    book = openpyxl.Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(list(row))
    for merge in merges:
        sheet.merge_cells(merge)
    for name, others in (more or {}).items():
        added = book.create_sheet(name)
        for row in others:
            added.append(list(row))
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


@pytest.fixture
def expected(inbox: Inbox) -> pa.Table:  # noqa: F811
    path = inbox.put(text(cells()), name="facit.csv")
    table = inbox.table()
    path.unlink()
    return table.sort_by("value")


def test_csv_in_any_delimiter_and_encoding(inbox: Inbox, expected: pa.Table) -> None:  # noqa: F811
    for content in (
        text(cells(), delimiter=",").encode(),
        text(cells(), delimiter="\t").encode("utf-8-sig"),
        text(cells()).encode("cp1252"),
        ("RAKS, beställd bearbetning\n\n" + text(cells())).encode(),
        text([tuple(f'"{cell}"' for cell in row) for row in cells()]).encode(),
    ):
        inbox.put(content)
        assert inbox.table().sort_by("value").equals(expected)


def test_xlsx_with_a_title_and_merged_cells(inbox: Inbox, expected: pa.Table) -> None:  # noqa: F811
    inbox.put(_sheet([HEADINGS, *cells()]), name="leverans.xlsx")
    assert inbox.table().sort_by("value").equals(expected)
    (inbox.folder / "leverans.xlsx").unlink()
    rows = cells()
    # the municipality written once and merged over its rows, headings in groups above the headings
    merged = [rows[0], *((None, *row[1:]) for row in rows[1:])]
    above = [("RAKS 2021",), ("Plats", None, "Bakgrund", None, None, None, "Anknytning", None, None)]
    content = _sheet([*above, HEADINGS, *merged], ("A2:B2", "C2:F2", "G2:I2", "A4:A13"))
    inbox.put(content, name="sammanslagen.xlsx")
    assert inbox.table().sort_by("value").equals(expected), "merged, as the layout shows"
    inbox.put(content, MAPPING + "fill_down: [municipality]\n", name="sammanslagen.xlsx")
    assert inbox.table().sort_by("value").equals(expected)


def test_a_pivoted_sheet_with_merged_headings(inbox: Inbox) -> None:  # noqa: F811
    head = [(None, None, "Helårsanställda", None), (None, None, 2021, 2022)]
    body = [("0583" if number == 0 else None, band, 10 + number, 20 + number) for number, band in enumerate(BANDS)]
    inbox.put(_sheet([*head, *body], ("C1:D1", "A3:A7")), PIVOTED, "pivot.xlsx")
    found = inbox.table().to_pylist()
    assert {(row["year"], row["age_group"], row["value"]) for row in found} == {
        (year, band, 10.0 * (year - 2020) + number) for year in (2021, 2022) for number, band in enumerate(BANDS)
    }
    assert {(row["sex"], row["establishment"], row["main_affiliation"]) for row in found} == {("total", "total", "1")}


def test_px_with_codes_and_symbols(inbox: Inbox) -> None:  # noqa: F811
    px = (
        'CHARSET="ANSI";CODEPAGE="utf-8";TITLE="RAKS";CONTENTS="Antal";UNITS="personer";MATRIX="R";'
        'SUBJECT-CODE="AM";SUBJECT-AREA="Arbetsmarknad";DECIMALS=0;'
        'STUB="region","huvudanknytning";HEADING="år";'
        'VALUES("region")="Motala","Linköping";CODES("region")="0583","0580";'
        'VALUES("huvudanknytning")="Helårsanställd","Utan arbete";CODES("huvudanknytning")="1","7";'
        'VALUES("år")="2021","2022";DATA=10 11 12 ".." 14 15 16 17;'
    )
    inbox.put(
        px,
        "shape: raks_cells\nabsent_rows: missing\n"
        "columns: {municipality: region, year: år, main_affiliation: huvudanknytning, persons: value}\n",
        "raks.px",
    )
    found = {(row["municipality"], row["main_affiliation"], row["year"]): row for row in inbox.table().to_pylist()}
    assert len(found) == 8
    assert found["0583", "1", 2022]["value"] == 11
    assert (found["0583", "7", 2022]["value"], found["0583", "7", 2022]["status"]) == (None, "..")
    assert found["0580", "7", 2022]["value"] == 17


def test_parquet_with_numbers_as_numbers(inbox: Inbox, expected: pa.Table) -> None:  # noqa: F811
    columns = dict(zip(HEADINGS, map(list, zip(*cells(), strict=True)), strict=True))
    path = inbox.put(b"", name="leverans.parquet")
    pa.parquet.write_table(pa.table(columns), path)
    assert inbox.table().sort_by("value").equals(expected)


def _with_formula() -> bytes:
    return _sheet([HEADINGS, *cells()[:-1], (*cells()[-1][:-1], "=10+9")])


def _bomb() -> bytes:
    """A workbook of two megabytes that would unpack to more than 500."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr("xl/workbook.xml", "<workbook/>")
        with archive.open("xl/worksheets/sheet1.xml", "w", force_zip64=True) as part:
            for _ in range(510):
                part.write(b"0" * 1_000_000)
    return content.getvalue()


BROKEN = {
    "a formula": ("x.xlsx", _with_formula, "cell I11 holds a formula; save the sheet as values"),
    "a zip bomb": ("x.xlsx", _bomb, "which is not safe to open"),
    "no workbook": ("x.xlsx", lambda: b"PK\x03\x04broken", "not a whole one"),
    "no px": ("x.px", lambda: b"\x00\x01", "x.px"),
    "no parquet": ("x.parquet", lambda: b"PAR1", "not a readable parquet file"),
    "an empty file": ("x.csv", lambda: b" \n", "is empty"),
    "ragged rows": (
        "x.csv",
        lambda: (text(cells()) + "0583;2021\n").encode(),
        "row 12 has 2 column(s), the headings (row 1) have 9",
    ),
    "a heading twice": (
        "x.csv",
        lambda: text([(*row, 1) for row in cells()], (*HEADINGS, "Antal")).encode(),
        "the heading Antal stands twice",
    ),
    "UTF-16": ("x.csv", lambda: text(cells()).encode("utf-16"), "it is UTF-16 text; save it as UTF-8"),
    "notes below the table": (
        "x.csv",
        lambda: (text(cells()) + "\nKälla;SCB, 17 personer\n").encode(),
        "row 13 has 2 column(s), the headings (row 1) have 9; take out notes below the table",
    ),
    "the headings once more": (
        "x.csv",
        lambda: (text(cells()[:4]) + text(cells()[4:])).encode(),
        "row 6: municipality is 'Kommun'",
    ),
    "two sheets of data": (
        "x.xlsx",
        lambda: _sheet([HEADINGS, *cells()], more={"2022": [HEADINGS, *cells(year=2022)]}),
        "the sheets Sheet and 2022 both look like the delivery; save each as a file of its own",
    ),
    "several values in a cell": (
        "x.parquet",
        lambda: _parquet({**_columns(cells()), "Kön": [["Kvinnor"]] * 10}),
        "the column 'Kön' holds neither texts nor numbers",
    ),
    "per cent for persons": (
        "x.xlsx",
        lambda: _sheet([HEADINGS, *((*row[:-1], 0.125) for row in cells())]),
        "row 2: persons is neither a whole number of persons",
    ),
    "nothing but a mark": ("x.csv", lambda: b"\xef\xbb\xbf", "the file is empty"),
}


def _columns(rows: list[Row]) -> dict[str, list[object]]:
    return dict(zip(HEADINGS, map(list, zip(*rows, strict=True)), strict=True))


def _parquet(columns: dict[str, list[object]]) -> bytes:
    content = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), content)
    return content.getvalue()


ODD = {
    "a mark and Windows line ends": ("x.csv", lambda: ("\ufeff" + text(cells())).replace("\n", "\r\n").encode()),
    "a year as a decimal number": ("x.csv", lambda: text([(row[0], "2021.0", *row[2:]) for row in cells()]).encode()),
    "code and name": ("x.csv", lambda: text([("0583 Motala", *row[1:]) for row in cells()]).encode()),
    "capitals": (
        "x.csv",
        lambda: text([("MOTALA", row[1], "KVINNOR", row[3], "Gymnasial", *row[5:]) for row in cells()]).encode(),
    ),
    "rows that end with delimiters": (
        "x.csv",
        lambda: "\n".join(f"{line};;" for line in text(cells()).splitlines()).encode(),
    ),
    "a column of shares": ("x.csv", lambda: text([(*row, "12,5 %") for row in cells()], (*HEADINGS, "Andel")).encode()),
    "a blank row": ("x.csv", lambda: (text(cells()[:4]) + "\n" + text(cells()[4:]).split("\n", 1)[1]).encode()),
    "a sheet about the delivery": (
        "x.xlsx",
        lambda: _sheet([("Om leveransen",), ("Kontakt", "SCB")], more={"Data": [HEADINGS, *cells()]}),
    ),
    "numbers with a decimal point": (
        "x.parquet",
        lambda: _parquet(_columns([(583, 2021.0, *row[2:-1], float(row[-1])) for row in cells()])),
    ),
    "a column of lists that nobody asks for": (
        "x.parquet",
        lambda: _parquet({**_columns(cells()), "övrigt": [[1]] * 10}),
    ),
}


@pytest.mark.parametrize("name", ODD)
def test_odd_but_plain_files_are_read_and_drafted(inbox: Inbox, expected: pa.Table, name: str) -> None:  # noqa: F811
    file, content = ODD[name]
    path = inbox.put(content(), name=file)
    assert inbox.table().sort_by("value").equals(expected)
    path.with_name(f"{file}.yaml").unlink()
    code, said = _inbox_command(path)
    assert code in (0, 1), said
    assert "Traceback" not in said
    assert path.with_name(f"{file}.yaml").is_file(), said


@pytest.mark.parametrize("name", BROKEN)
def test_broken_files_are_refused_in_one_sentence(inbox: Inbox, name: str) -> None:  # noqa: F811
    file, content, said = BROKEN[name]
    inbox.put(content(), name=file)
    assert said in inbox.refusal()


def test_a_workbook_with_dates_for_years_is_refused(inbox: Inbox) -> None:  # noqa: F811
    rows = [(row[0], datetime.datetime(2021, 12, 31, tzinfo=None), *row[2:]) for row in cells()]  # noqa: DTZ001
    inbox.put(_sheet([HEADINGS, *rows]), name="leverans.xlsx")
    assert "which is not a year" in inbox.refusal()


def _inbox_command(path: Path) -> tuple[int, str]:
    done = CliRunner().invoke(main, ["inbox", str(path)])
    return done.exit_code, done.output


def test_the_wizard_drafts_and_leaves_questions(inbox: Inbox, tmp_path: Path) -> None:  # noqa: F811
    path = tmp_path / "från scb.csv"
    odd = [(*row[:4], "YH", *row[5:]) if number == 0 else row for number, row in enumerate(cells())]
    path.write_text(text([(*row, "x") for row in odd], (*HEADINGS, "Kommentar")), encoding="utf-8")
    code, said = _inbox_command(path)
    assert code == 0
    assert "it looks like raks_cells" in said
    assert "education: 'Utbildning' (2 texts, such as 'YH', 'gymnasial'): ? – not understood: 'YH'" in said
    assert "left over: 'Kommentar' (1 texts)" in said
    assert "with 2 question(s) left" in said
    assert "persons: 'Antal'\n" in said  # the counts themselves are not shown
    drafted = mapping.beside(path)
    content = drafted.read_text(encoding="utf-8")
    assert "YH: '?'" in content
    assert "absent_rows: '?'" in content
    code, said = _inbox_command(path)
    assert code == 1
    assert "nobody has said what 'yh' is" in said
    drafted.write_text(content.replace("YH: '?'", "YH: tertiary").replace("'?'", "zero"), encoding="utf-8")
    code, said = _inbox_command(path)
    assert code == 0
    assert "raks_cells: 10 cells, of 2021" in said
    assert "Put both files in" in said


def test_the_wizard_knows_the_regional_layout_and_person_rows(inbox: Inbox, tmp_path: Path) -> None:  # noqa: F811
    from tests.fixtures import raks_people
    from tests.inbox.test_inbox import LAYOUT, ROWS

    path = tmp_path / "regional.csv"
    path.write_text(text(ROWS, LAYOUT), encoding="utf-8")
    code, said = _inbox_command(path)
    assert code == 0
    assert "it looks like raks_graduates" in said
    assert "established: 'etabl'" in said
    people = tmp_path / "rader.parquet"
    raks_people.write(people, 50, [2021, 2022], sorted(store.places().codes))
    code, said = _inbox_command(people)
    assert code == 0
    assert "it looks like raks_persons" in said
    assert "earned_income: 'Raks_Forvink'\n" in said


@pytest.mark.parametrize(("name", "code"), [("nowhere.csv", 2), ("notes.txt", 2), ("strange.csv", 1)])
def test_the_wizard_refuses_what_it_cannot_know(inbox: Inbox, tmp_path: Path, name: str, code: int) -> None:  # noqa: F811
    path = tmp_path / name
    if name != "nowhere.csv":
        path.write_text("a;b;c\n1;2;3\n", encoding="utf-8")
    found, said = _inbox_command(path)
    assert found == code
    assert said.startswith("jamlik: ")
    assert len(said.strip().splitlines()) == 1
    assert not mapping.beside(path).exists()


def test_columns_that_nobody_asks_for_may_be_named_alike(inbox: Inbox, expected: pa.Table) -> None:  # noqa: F811
    inbox.put(text([(*row, "12,5 %", "1 %") for row in cells()], (*HEADINGS, "Andel", "Andel")))
    assert inbox.table().sort_by("value").equals(expected)
