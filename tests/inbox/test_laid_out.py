"""A delivery as an office lays out a sheet: a title above, a source and footnotes below, cells written once for many.

Each is read as the plain list of the same rows is, and what was done is told. Not here: codes (test_inbox.py).
"""

import io

import openpyxl
import pytest

from pipelines.inbox.draft import drafted
from tests.fixtures.inbox_house import HEADINGS, MAPPING, Inbox, Row, cells, inbox, text  # noqa: F401  a fixture

ROWS = [*cells("0580"), *cells("0581")]
ABOVE = ["Statistiska centralbyrån", "Specialbeställning, exempel", ""]
BELOW = ["", "Källa: SCB, RAKS", "Uppgifterna är påhittade"]


def sheet(rows: list[Row], above: list[str], below: list[str], merged: int = 0) -> bytes:
    """A workbook; in the first `merged` columns what is as in the row above is merged with it."""
    book = openpyxl.Workbook()
    page = book.active
    for line in above:
        page.append([line or None])
    page.append(HEADINGS)
    first = len(above) + 2
    for row in rows:
        page.append([None if cell == "" else cell for cell in row])
    for column in range(merged):
        start = 0
        for place in range(1, len(rows) + 1):
            if place == len(rows) or rows[place][: column + 1] != rows[start][: column + 1]:
                if place - start > 1:
                    page.merge_cells(None, first + start, column + 1, first + place - 1, column + 1)
                start = place
    for line in below:
        page.append([line or None])
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


@pytest.mark.parametrize("below", [BELOW, BELOW[1:], [], ["", ""]], ids=["a note", "at once", "nothing", "empty rows"])
def test_what_stands_above_and_below_is_no_row(inbox: Inbox, below: list[str]) -> None:  # noqa: F811
    inbox.put(text(ROWS))
    plain = inbox.table()
    inbox.put(sheet(ROWS, ABOVE, below), name="leverans.xlsx")
    (inbox.folder / "leverans.csv").unlink()
    assert inbox.table() == plain
    said = " ".join(drafted(inbox.folder / "leverans.xlsx"))
    told = "2 row(s) below the table fill one column only and are left out as footnotes, the first 'Källa: SCB, RAKS'"
    assert (told in said) == any(below)
    (inbox.folder / "leverans.xlsx").unlink()
    inbox.put("\n".join([*ABOVE, text(ROWS) + "\n".join(below)]))
    assert inbox.table() == plain
    assert (told in " ".join(drafted(inbox.folder / "leverans.csv"))) == any(below)


@pytest.mark.parametrize("merged", [1, 2, 6])
def test_cells_that_are_written_once_are_filled_downwards_and_that_is_told(inbox: Inbox, merged: int) -> None:  # noqa: F811
    inbox.put(text(ROWS))
    plain = inbox.table()
    (inbox.folder / "leverans.csv").unlink()
    file = inbox.put(sheet(ROWS, ABOVE, BELOW, merged), name="leverans.xlsx")
    assert inbox.table() == plain
    assert "note: 18 empty cell(s) of municipality repeat the one above them" in " ".join(drafted(file))
    (inbox.folder / "leverans.xlsx.yaml").unlink()
    said = "\n".join(drafted(file))
    assert "municipality: 18 empty cell(s) repeat the one above them" in said
    assert "with 1 question(s) left" in said, "only what an absent row means"


def test_an_empty_cell_among_repeated_ones_is_still_no_code(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text([*ROWS[:7], ("", *ROWS[7][1:]), *ROWS[8:]]))
    assert "row 9: municipality is ''" in inbox.refusal()
    # and one where the place to the left has just changed cannot repeat it
    once = [row if place in (0, 10) else ("", *row[1:]) for place, row in enumerate(ROWS)]
    gap = [(*row[:3], "" if place in (5, 10) else row[3], *row[4:]) for place, row in enumerate(once)]
    inbox.put(text(gap))
    assert "age_group is ''" in inbox.refusal()


def test_counties_alone_are_refused_with_what_to_do(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text([("05", *row[1:]) for row in ROWS[:10]]))
    assert "ask for the delivery by municipality" in inbox.refusal()
    inbox.put(text([*ROWS, *(("05", *row[1:]) for row in ROWS[:10])]))
    assert inbox.table().num_rows == len(ROWS)


@pytest.mark.parametrize(
    ("rows", "naming"),
    [
        ([*ROWS, ("1917", 2021, *ROWS[0][2:])], "1917"),
        ([*ROWS[:-2], *((*row[:7], "1", row[8]) for row in ROWS[-2:-1])], "establishment is '1'"),
        ([*ROWS[:-2], *((*row[:7], "Etableringsgrad saknas för denna", row[8]) for row in ROWS[-2:-1])], "no code"),
        ([(*row[:4], f"Utbildning {place}", *row[5:]) for place, row in enumerate(ROWS * 100)], "education is 'Utbil"),
        ([*ROWS, (*ROWS[0][:2], "Totalt", *ROWS[0][3:8], 9_999)], "its parts add to less than this total"),
        ([row for row in ROWS if row[3] != "35-44"], "the age bands"),
    ],
    ids=["of another year", "two codings", "a coding of its own", "thousands of parts", "does not add up", "a hole"],
)
def test_what_cannot_be_read_is_refused_in_one_sentence(inbox: Inbox, rows: list[Row], naming: str) -> None:  # noqa: F811
    inbox.put(text(rows))
    sentence = inbox.refusal()
    assert naming in sentence
    assert len(sentence) < 400
    assert sentence.endswith(".")


def test_totals_beside_their_parts_are_held_against_them_and_left_out(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(ROWS))
    plain = inbox.table()
    whole: dict[Row, int] = {}
    for row in ROWS:
        spot = (*row[:6], "Totalt", "Totalt")
        whole[spot] = whole.get(spot, 0) + int(str(row[8]))
    inbox.put(text([*ROWS, *((*spot, many) for spot, many in whole.items())]), MAPPING)
    assert inbox.table() == plain
