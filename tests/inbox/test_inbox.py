"""Ordered deliveries: what is read, what is refused and how it is told. Figures are made up.

Formats and layouts are in test_inbox_formats, person rows in test_inbox_persons.
"""

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.errors import Refused
from pipelines.inbox import store
from pipelines.inbox.draft import drafted
from tests.fixtures.inbox_house import BANDS, GRADUATES, HEADINGS, MAPPING, Inbox, Row, cells, inbox, text  # noqa: F401  a fixture


def _changed(rows: list[Row], place: int, **columns: object) -> list[Row]:
    """The rows with columns of one of them changed."""
    row = list(rows[place])
    for name, cell in columns.items():
        row[HEADINGS.index(name)] = cell
    return [*rows[:place], tuple(row), *rows[place + 1 :]]


def _values(inbox: Inbox) -> dict[tuple[str, str], float | None]:  # noqa: F811
    return {(row["age_group"], row["main_affiliation"]): row["value"] for row in inbox.table().to_pylist()}


def test_a_delivery_becomes_rows_in_the_projects_codes(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(cells()))
    rows = inbox.table().to_pylist()
    assert len(rows) == 10
    assert rows[0] == {
        "municipality": "0583", "year": 2021, "sex": "women", "age_group": "20-24", "education": "secondary",
        "country_of_birth": "native", "main_affiliation": "1", "establishment": "established", "value": 10.0,
        "status": None,
    }  # fmt: skip
    assert {row["establishment"] for row in rows if row["main_affiliation"] == "7"} == {"none"}


def test_an_empty_inbox_is_an_empty_table_and_no_fingerprint(inbox: Inbox) -> None:  # noqa: F811
    assert inbox.table().num_rows == 0
    assert store.fingerprint("raks_cells", "raks") == ""


def test_a_changed_delivery_or_mapping_is_noticed(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(cells()))
    first = store.fingerprint("raks_cells", "raks")
    inbox.put(text(cells(year=2022)))
    second = store.fingerprint("raks_cells", "raks")
    inbox.put(text(cells(year=2022)), MAPPING + "fill_down: []\n")
    assert len({first, second, store.fingerprint("raks_cells", "raks"), ""}) == 4
    assert store.fingerprint("raks_graduates", "raks") == ""


def test_names_padding_blanks_and_swedish_numbers_are_read(inbox: Inbox) -> None:  # noqa: F811
    rows = _changed(cells("114"), 0, Antal="1 234")
    rows = _changed(rows, 1, Antal="2\u00a0345 678")
    rows = _changed(rows, 2, Antal="12,0", Kommun="Upplands Väsby")
    rows = _changed(rows, 3, Kommun="0114 Upplands Väsby")
    rows = _changed(rows, 4, Kommun="UPPLANDS VÄSBY KOMMUN", Ålder="35–44 år", Huvudanknytning="Helårsanställd")
    inbox.put(text(rows))
    found = inbox.table()
    assert set(found["municipality"].to_pylist()) == {"0114"}
    values = _values(inbox)
    assert (values["20-24", "1"], values["20-24", "7"], values["25-34", "1"], values["35-44", "1"]) == (
        1234, 2345678, 12, 14,
    )  # fmt: skip


def test_symbols_stay_missing_with_what_stood_there(inbox: Inbox) -> None:  # noqa: F811
    rows = _changed(_changed(_changed(cells(), 0, Antal="<5"), 2, Antal=".."), 4, Antal="X")
    inbox.put(text(rows), MAPPING + "symbols: {X: '..'}\n")
    found = {row["age_group"]: row for row in inbox.table().to_pylist() if row["main_affiliation"] == "1"}
    assert [(found[band]["value"], found[band]["status"]) for band in BANDS] == [
        (None, "<5"), (None, ".."), (None, ".."), (16.0, None), (18.0, None),
    ]  # fmt: skip


def test_totals_are_held_against_their_parts_and_left_out(inbox: Inbox) -> None:  # noqa: F811
    total = ("0583", 2021, "Totalt", "Totalt", "Totalt", "Totalt", "TOT", "Totalt", sum(row[-1] for row in cells()))
    county = ("05", *total[1:])
    inbox.put(text([total, county, *cells()]))
    assert inbox.table().num_rows == 10
    inbox.put(text([(*total[:-1], total[-1] - 1), *cells()]))
    said = inbox.refusal()
    assert "row 2: its parts add to more than this total" in said
    assert str(total[-1] - 1) not in said


def test_a_band_that_is_the_whole_span_is_no_split(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(cells(bands=("20-64",))))
    assert set(inbox.table()["age_group"].to_pylist()) == {"total"}


def test_a_code_of_an_earlier_division_is_todays(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(cells("1917", 2006)))
    assert set(inbox.table()["municipality"].to_pylist()) == {"0331"}


def test_absent_rows_are_what_the_mapping_says(inbox: Inbox) -> None:  # noqa: F811
    rows = cells() + cells("0580")[:4]
    inbox.put(text(rows))
    assert inbox.table().num_rows == 14
    inbox.put(text(rows), MAPPING.replace("zero", "missing"))
    found = [row for row in inbox.table().to_pylist() if row["municipality"] == "0580"]
    assert len(found) == 10
    assert [row["status"] for row in found if row["value"] is None] == ["absent"] * 6


Change = Callable[[list[Row]], list[Row]]
BAD: dict[str, tuple[Change, str]] = {
    "unknown affiliation code": (
        lambda rows: _changed(rows, 3, Huvudanknytning="8"),
        r"row 5: main_affiliation is '8', which is no code of it; 1 row\(s\)",
    ),
    "establishment outside employment": (
        lambda rows: _changed(rows, 1, Etableringsgrad="Etablerad"),
        r"row 3: establishment cannot be what it is beside that main_affiliation",
    ),
    "employment without establishment": (
        lambda rows: _changed(rows, 2, Etableringsgrad=""),
        r"row 4: establishment cannot be what it is",
    ),
    "mixed age bands": (
        lambda rows: [*rows, *cells(bands=("16-24",))],
        r"year 2021: the age bands 16-24, 20-24, .* do not cover 20–64 exactly once",
    ),
    "bands with a hole": (lambda rows: rows[:4] + rows[6:], r"the age bands 20-24, 25-34, 45-54, 55-64 do not cover"),
    "bands of the later span": (
        lambda rows: [_changed([row], 0, Ålder="55-65")[0] if row[3] == "55-64" else row for row in rows],
        r"do not cover 20–64",
    ),
    "the earlier span in 2023": (lambda _: cells(year=2023), r"year 2023: .* do not cover 20–65"),
    "a year before the series": (
        lambda rows: _changed(rows, 9, År="2002"),
        r"row 11: year is 2002, but the series begins",
    ),
    "a year that has not been": (
        lambda rows: _changed(rows, 0, År="2099"),
        r"row 2: year is 2099, which has not been yet",
    ),
    "a year that is none": (lambda rows: _changed(rows, 0, År="21"), r"row 2: year is '21', which is not a year"),
    "an unknown municipality": (lambda rows: _changed(rows, 0, Kommun="9999"), r"row 2: municipality is '9999'"),
    "an unknown name": (lambda rows: _changed(rows, 0, Kommun="Storköping"), r"municipality is 'Storköping'"),
    "Heby under its old code after 2006": (
        lambda _: cells("1917", 2007),
        r"row 2: municipality is 1917, a code that ended with 2006; 10 row\(s\)",
    ),
    "a count that is half a person": (
        lambda rows: _changed(rows, 0, Antal="12,5"),
        r"row 2: persons is neither a whole",
    ),
    "thousands that may be decimals": (lambda rows: _changed(rows, 0, Antal="1,234"), r"row 2: persons is neither"),
    "a negative count": (lambda rows: _changed(rows, 0, Antal="-3"), r"row 2: persons is neither a whole number"),
    "a formula as text": (lambda rows: _changed(rows, 0, Antal="=1+1"), r"row 2: persons is neither a whole number"),
    "an unknown symbol": (lambda rows: _changed(rows, 0, Antal="-"), r"row 2: persons is neither a whole number"),
    "a cell twice": (lambda rows: [*rows, rows[0]], r"rows 2 and 12 stand for the same cell"),
    "more than the country holds": (
        lambda rows: _changed(rows, 0, Antal="9" * 30),
        r"row 2: persons is neither a whole number",
    ),
    "a code and a name of two places": (
        lambda rows: _changed(rows, 2, Kommun="0583 Linköping"),
        r"row 4: municipality is '0583 Linköping', whose code and name are two places",
    ),
    "a total with more than its parts": (
        lambda rows: [*rows, ("0583", 2021, "Kvinnor", "Totalt", "gymnasial", "Inrikes född", "1", "Etablerad", 71)],
        r"row 12: its parts add to less than this total, though absent_rows says",
    ),
    "nothing but headings": (lambda _: [], r"has headings but no rows"),
    "an affiliation that is only a total": (
        lambda _: [(*row[:6], "TOT", "Totalt", row[-1]) for row in cells()[::2]],
        r"main_affiliation is a total, and the year has no parts of it",
    ),
    "an age that is no band": (
        lambda rows: _changed(rows, 0, Ålder="ung"),
        r"age_group is 'ung', which is no age band",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_rows_are_refused_by_row_and_without_a_count(inbox: Inbox, name: str) -> None:  # noqa: F811
    change, rule = BAD[name]
    inbox.put(text(change(cells())))
    said = inbox.refusal()
    assert re.search(rule, said), said
    assert "inbox/raks/leverans.csv" in said
    assert not re.search(r"\b1[0-9],\d|12[,.]5|1,234", said), said


BAD_MAPPING = {
    "no such shape": (MAPPING.replace("raks_cells", "raks_cell"), "shape is 'raks_cell' but must be one of raks_cells"),
    "no such column": (MAPPING.replace("  sex:", "  gender:"), "'gender' is no column of raks_cells"),
    "a column not mapped": (MAPPING.replace("  year: År\n", ""), "the column year of raks_cells is not mapped"),
    "a question": (MAPPING.replace("Kön", "'?'"), "columns, sex: nobody has said which column"),
    "a question about a code": (
        MAPPING.replace("sex: Kön", "sex: {column: Kön, codes: {X: '?'}}"), "nobody has said what 'x' is",
    ),
    "a code that is none": (
        MAPPING.replace("sex: Kön", "sex: {column: Kön, codes: {X: kvinna}}"), "'kvinna' is no code of it",
    ),
    "codes as a list": (
        MAPPING.replace("sex: Kön", "sex: {column: Kön, codes: [women]}"), "sex: codes must be a mapping",
    ),
    "absent rows not said": (MAPPING.replace("absent_rows: zero\n", ""), "absent_rows must say"),
    "a heading that is not there": (MAPPING.replace("Kön", "Gender"), "has no Gender"),
    "a misspelt key": (MAPPING + "absent: zero\n", "the key 'absent' is unknown"),
    "a count filled down": (MAPPING + "fill_down: [persons]\n", "fill_down names 'persons'"),
    "no yaml": ("shape: [", "leverans.csv.yaml, line"),
}  # fmt: skip


@pytest.mark.parametrize("name", BAD_MAPPING)
def test_bad_mappings_are_refused_by_file_and_key(inbox: Inbox, name: str) -> None:  # noqa: F811
    mapping, said = BAD_MAPPING[name]
    inbox.put(text(cells()), mapping)
    assert said in inbox.refusal()


def test_a_file_that_nobody_has_mapped_is_not_left_out_in_silence(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(cells()))
    (inbox.folder / "leverans.csv.yaml").unlink()
    assert "leverans.csv has no mapping beside it; `jamlik inbox" in inbox.refusal()
    (inbox.folder / "leverans.csv").rename(inbox.folder / "anteckningar.txt")
    assert inbox.table().num_rows == 0


def test_several_deliveries_and_years_merge(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(cells()), name="a.csv")
    inbox.put(text(cells(year=2022)), name="b.csv")
    inbox.put(text(cells() + cells("0580")), name="c.csv")
    found = inbox.table()
    assert found.num_rows == 30
    assert set(found["year"].to_pylist()) == {2021, 2022}


def test_deliveries_that_disagree_are_reported_cell_by_cell(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(cells()), name="a.csv")
    inbox.put(text(_changed(cells(), 3, Antal=7531)[:-1]), name="b.csv")
    said = inbox.refusal()
    assert "The deliveries a.csv and b.csv disagree in 2 cell(s)" in said
    assert "7531" not in said
    report = (inbox.folder / "reports" / "disagreements.csv").read_text(encoding="utf-8").splitlines()
    assert len(report) == 3
    assert any("25-34" in line and line.endswith('"b.csv",7531') for line in report)
    assert any("55-64" in line and line.endswith('"b.csv",0') for line in report)  # a cell that only one of them has


def test_a_cell_that_one_delivery_hides_is_taken_from_the_other(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(_changed(cells(), 0, Antal="<5")), name="a.csv")
    inbox.put(text(_changed(cells(), 0, Antal="3")), name="b.csv")
    assert _values(inbox)["20-24", "1"] == 3
    assert inbox.table().num_rows == 10


def test_places_of_a_year_are_split_one_way(inbox: Inbox) -> None:  # noqa: F811
    inbox.put(text(cells()), name="a.csv")
    inbox.put(text([(*row[:2], "Totalt", *row[3:]) for row in cells("0580")]), name="b.csv")
    assert "in 2021 some places are split by sex and some are not" in inbox.refusal()
    inbox.put(text(cells("0580", bands=("20-34", "35-64"))), name="b.csv")
    assert "do not cover 20–64 exactly once; bands are never mixed" in inbox.refusal()


LAYOUT = ("ex_fran", "ex_till", "uppf_ar", "ar_efter", "program", "hemkommun", "arbetskommun", "syss", "stud", "arblos",
          "ovriga", "etabl", "antal")  # fmt: skip
ROWS: list[Row] = [
    (2010, 2012, "2013-2015", 3, "Vård- och omsorg", "0583", "0580", 80, 10, 6, 4, 60, 100),
    (2010, 2012, "2013-2015", 3, "Vård- och omsorg", "0583", "", "0", "..", "..", 4, 0, 20),
]


def test_the_regional_layout_loads_with_a_short_mapping(inbox: Inbox) -> None:  # noqa: F811
    assert len(GRADUATES.splitlines()) < 25
    inbox.put(text(ROWS, LAYOUT), GRADUATES)
    first, second = inbox.table("raks_graduates").to_pylist()
    assert (first["exam_years"], first["followup_years"], first["work_municipality"]) == (
        "2010-2012",
        "2013-2015",
        "0580",
    )
    assert (first["employed"], first["established"], first["graduates"]) == (80, 60, 100)
    assert (second["studying"], second["studying_status"], second["work_municipality"]) == (None, "..", "none")


def test_a_programme_that_is_no_group_is_told(inbox: Inbox) -> None:  # noqa: F811
    known = [(*row[:4], "vård- och omsorgsprogrammet", *row[5:]) for row in ROWS]
    file = inbox.put(text([*known, (*ROWS[0][:4], "Hovslagarna", *ROWS[0][5:])], LAYOUT), GRADUATES)
    [note] = [line for line in drafted(file) if "stand in no group" in line]
    assert note.startswith("  note: 1 programme(s) stand in no group of data/catalogue/social_groups.yaml")
    assert "'Hovslagarna'" in note
    inbox.put(text(known, LAYOUT), GRADUATES)
    assert not any("stand in no group" in line for line in drafted(file))


@pytest.mark.parametrize(
    ("place", "cell", "rule"),
    [
        (11, 81, "row 2: established is above employed, of which it is a part"),
        (7, 101, "row 2: employed is above graduates"),
        (8, 30, "row 2: employed and studying and unemployed and other add to more than graduates"),
        (0, 2013, "row 2: exam_years is '2013-2012', which is no interval of years"),
        (3, "tre", "row 2: years_since is 'tre', which is no code of it"),
        (3, 2, "row 2: years_since is '2', which is no code of it"),
        (3, 5, "row 2: followup_years is not exam_years and years_since years more"),
        (2, "2013-2016", "row 2: followup_years is not exam_years and years_since years more"),
        (4, "", "row 2: programme is empty"),
    ],
)
def test_parts_above_the_whole_are_refused(inbox: Inbox, place: int, cell: object, rule: str) -> None:  # noqa: F811
    bent = (*ROWS[0][:place], cell, *ROWS[0][place + 1 :])
    inbox.put(text([bent, ROWS[1]], LAYOUT), GRADUATES)
    assert rule in inbox.refusal("raks_graduates")


def test_knivsta_is_not_asked_of_before_it_was(inbox: Inbox) -> None:  # noqa: F811
    """The series begins with Knivsta; a shape that began earlier would meet both codes."""
    from dataclasses import replace

    from pipelines.inbox import grid, mapping, translate

    path = inbox.put(text(cells("0330", 2002)))
    given = mapping.read(mapping.beside(path))
    shape = replace(
        given.shape, columns={**given.shape.columns, "year": replace(given.shape.columns["year"], first=1993)}
    )
    earlier = replace(given, shape=shape)
    for code, rule in (("0330", "0330, which began in 2003"), ("0380", "0380, which until 2003 held what is now 0330")):
        inbox.put(text(cells(code, 2002)))
        with pytest.raises(Exception, match=rule):
            translate.translate(grid.read(Path(path), given.headings), earlier, store.places())


BOMB = "\n".join(["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))])


@pytest.mark.parametrize(
    ("mapping", "fault"),
    [
        (MAPPING + BOMB, r"line \d+: the anchor \(&a0\) is not read"),
        (MAPPING.replace("shape:", "shape: &x"), r"line 1: the anchor \(&x\) is not read"),
        (MAPPING + "symbols: *there\n", r"line \d+: the alias \(\*there\) is not read"),
        (MAPPING + "symbols: " + "[" * 100_000, r"line \d+: entries are nested more than 30 deep"),
        (MAPPING + "symbols: " + "{a: " * 100_000, r"line \d+: entries are nested more than 30 deep"),
    ],
)
def test_a_mapping_that_would_grow_without_end_is_refused_at_once(inbox: Inbox, mapping: str, fault: str) -> None:  # noqa: F811
    inbox.put(text(cells()), mapping)
    with pytest.raises(Refused, match=fault):
        inbox.table()
