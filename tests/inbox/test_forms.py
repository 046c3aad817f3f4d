"""The inbox's forms as a municipality would fill them in: what loads, and what is kept out with which sentence.

Not here: what the figures become (tests/golden/self_reported.yaml) and how goals are judged (test_targets).
"""

import csv
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.catalogue import entries
from pipelines.inbox import forms
from pipelines.landing import zone
from schemas.intake import FORMS

DOCS = Path(__file__).resolve().parents[2] / "docs"
TARGETS = "indikator;område;mått;grupp;kön;värde;år;beslutat_av;beslutat_datum;anmärkning\n"
ENTERPRISES = "område;år;företag;deltagare;uppgiftslämnare\n"
NOTICES = "område;år;upphandlingar;reserverade;sociala_villkor;uppgiftslämnare\n"


@pytest.fixture
def inbox(data: Path) -> Path:
    folder = data / "inbox"
    folder.mkdir(parents=True)
    return folder


def _sentences() -> list[str]:
    return [row["sentence_en"] for row in forms.read().refused]


def _read(inbox: Path, form: str, text: str, encoding: str = "utf-8") -> list[dict[str, object]]:
    (inbox / f"{form}.csv").write_bytes(text.encode(encoding))
    return forms.read().rows[form]


def test_an_empty_inbox_gives_empty_tables_with_their_columns(data: Path) -> None:
    for name, form in FORMS.items():
        assert forms.table(name).schema == form.table.arrow()
        assert forms.table(name).num_rows == 0
    assert not data.exists()


@pytest.mark.parametrize("name", FORMS)
def test_the_example_loads_whole_once_its_marks_are_taken_out(inbox: Path, name: str) -> None:
    text = (DOCS / "intake" / f"{name}.csv").read_text(encoding="utf-8")
    rows = len([line for line in text.splitlines() if not line.startswith("#")]) - 1
    assert _read(inbox, name, text) == []
    assert len(_sentences()) == rows
    assert all("the row is one of the example's" in sentence for sentence in _sentences())
    assert len(_read(inbox, name, text.replace("EXEMPEL: ", ""))) == rows
    assert _sentences() == []
    assert forms.table(name).schema == FORMS[name].table.arrow()


def test_every_column_and_file_is_explained() -> None:
    text = (DOCS / "intake.md").read_text(encoding="utf-8")
    for form in FORMS.values():
        part = text.split(f"### `{form.name}.csv`")[1].split("\n#")[0]
        for column in form.columns:
            assert f"| {column.heading_sv} | {column.heading} | " in part, (form.name, column.heading)
        headings = (DOCS / "intake" / f"{form.name}.csv").read_text(encoding="utf-8").splitlines()[1]
        assert headings.split(";") == [column.heading_sv for column in form.columns]


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ("0583;;education=primary;;85,5;2090;KF;2024-11-25;", ("value", "education", "primary", "total")),
        ("motala kommun;;Förgymnasial utbildning;;85.5;2090;KF;2024;", ("value", "education", "primary", "total")),
        ("Motala;skillnad;utbildningsnivå;;85,5;2090;KF;2024-11;", ("d", "education", "total", "total")),
        ("Motala;kvot;sex;;85,5;2090;KF;2024-11;", ("r", "sex", "total", "total")),
        ("Motala;;kvinnor;;85,5;2090;KF;2024-11;", ("value", "sex", "women", "women")),
        ("Motala;;;män;85,5;2090;KF;2024-11;", ("value", "sex", "men", "men")),
        ("Motala;värde;total;;85,5;2090;KF;2024-11;", ("value", "total", "total", "total")),
        ("Motala;;education=primary;women;85,5;2090;KF;2024-11;", ("value", "education", "primary", "women")),
    ],
)  # fmt: skip
def test_a_goal_is_read_as_people_write_it(inbox: Path, row: str, expected: tuple[str, ...]) -> None:
    (goal,) = _read(inbox, "targets", f"{TARGETS}riksdag_turnout;{row}")
    assert _sentences() == []
    assert (goal["measure"], goal["dimension"], goal["group_code"], goal["sex"]) == expected
    assert (goal["area_code"], goal["target_value"], goal["target_year"], goal["line"]) == ("0583", 85.5, 2090, 2)


@pytest.mark.parametrize(
    ("form", "heading", "row", "naming"),
    [
        ("targets", TARGETS, "riksdag_turnot;0583;;;;85;2090;KF;2024;", "perhaps riksdag_turnout"),
        ("targets", TARGETS, "riksdag_turnout;Motalla;;;;85;2090;KF;2024;", "area is 'Motalla', which is not known"),
        ("targets", TARGETS, "riksdag_turnout;0583;;education=none;;85;2090;KF;2024;", "the group 'education=none'"),
        ("targets", TARGETS, "riksdag_turnout;0583;skillnad;;;8;2090;KF;2024;", "needs in group what the gap is"),
        ("targets", TARGETS, "riksdag_turnout;0583;;;;85;2015;KF;2010;", "the year 2015 has passed"),
        ("targets", TARGETS, "riksdag_turnout;0583;;;;85;2090;KF;i höstas;", "must be a date"),
        ("targets", TARGETS, "riksdag_turnout;0583;;;;85;2090;KF;2024-13;", "must be a date"),
        ("targets", TARGETS, "riksdag_turnout;0583;;;;85;2090;KF;2089;", "has not been yet"),
        ("targets", TARGETS, "riksdag_turnout;0583;;;;85;2090;;2024;", "decided_by is empty"),
        ("targets", TARGETS, "riksdag_turnout;0583;;;;åttio;2090;KF;2024;", "value is 'åttio' but must be a number"),
        ("targets", TARGETS, "riksdag_turnout;0583;;;;85 %;2090;KF;2024;", "value is '85 %' but must be a number"),
        ("targets", TARGETS, "riksdag_turnout;0583;;kvinnor;män;85;2090;KF;2024;", "the group is women but"),
        ("targets", TARGETS, "riksdag_turnout;0583;gapet;;;85;2090;KF;2024;", "must be one of värde, skillnad, kvot"),
        ("social_enterprises", ENTERPRISES, "Motala;2023;tre;4;x", "enterprises is 'tre' but must be a number"),
        ("social_enterprises", ENTERPRISES, "Motala;2023;-1;4;x", "enterprises is -1, which is below 0"),
        ("social_enterprises", ENTERPRISES, "Motala;2023;1,5;4;x", "must be a whole number"),
        ("social_enterprises", ENTERPRISES, "Motala;2023;0;4;x", "there are 4 participants but no enterprises"),
        ("social_enterprises", ENTERPRISES, "Motala;2023;;4;x", "enterprises is empty"),
        ("social_enterprises", ENTERPRISES, "Riket;2023;1;4;x", "not for the nation"),
        ("social_enterprises", ENTERPRISES, "Motala;2099;1;4;x", "the year 2099 has not been yet"),
        ("social_enterprises", ENTERPRISES, "Motala;23;1;4;x", "must be a year with four digits"),
        ("social_enterprises", ENTERPRISES, "Motala;2023;1;4", "there are 4 cells where the heading has 5"),
        ("social_enterprises", ENTERPRISES, "Motala;2023;1;4;x;y", "there are 6 cells where the heading has 5"),
        ("social_enterprises", ENTERPRISES, "Motala;2023;1;99999999999;x", "must be a whole number"),
        ("reserved_procurement", NOTICES, "Motala;2023;10;6;5;x", "are together more than notices (10)"),
        ("governing_documents", "area;year;goal;indicator;responsible;reported_by\n", "0583;2023;kanske;ja;nej;x",
         "goal is 'kanske' but must be one of ja, nej"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_hold_is_told_and_the_rest_loads(
    inbox: Path, form: str, heading: str, row: str, naming: str
) -> None:
    good = {
        "targets": "neet_16_24;05;;;;3;2090;RF;2024;",
        "social_enterprises": "05;2023;2;30;Regionen",
        "reserved_procurement": "05;2023;40;2;3;Regionen",
        "governing_documents": "05;2023;ja;nej;ja;Regionen",
    }[form]
    loaded = _read(inbox, form, f"{heading}{row}\n{good}\n")
    assert [each["line"] for each in loaded] == [3]
    (sentence,) = _sentences()
    assert sentence.startswith(f"inbox/{form}.csv, line 2: ")
    assert naming in sentence
    assert re.fullmatch(r"[^\n]+\.", sentence)
    (refused,) = forms.read().refused
    assert refused["sentence_sv"].startswith(f"inbox/{form}.csv, rad 2: ")
    assert refused["sentence_sv"] != sentence


def test_a_duplicate_is_kept_out_wherever_it_stands(inbox: Path) -> None:
    (inbox / "partnerships").mkdir()
    text = "område;år;avtal;uppgiftslämnare\nMotala;2023;4;x\n0583;2023;5;x\n"
    (inbox / "partnerships" / "b.csv").write_text(
        "område;år;avtal;uppgiftslämnare\nmotala kommun;2023;6;x\n", encoding="utf-8"
    )
    assert [row["agreements"] for row in _read(inbox, "partnerships", text)] == [4]
    told = "the same stands already in inbox/partnerships.csv, line 2; take out one of them."
    assert _sentences() == [f"inbox/partnerships.csv, line 3: {told}", f"inbox/partnerships/b.csv, line 2: {told}"]


@pytest.mark.parametrize(
    ("text", "naming"),
    [
        ("område;år;avtal\nMotala;2023;4\n", "the column reported_by is missing"),
        ("område;år;avtal;uppgiftslämnare;telefon\nMotala;2023;4;x;y\n", "the column 'telefon' is unknown"),
        ("område;år;avtal;agreements;uppgiftslämnare\nMotala;2023;4;4;y\n", "the column agreements stands twice"),
        ("PK\x03\x04\0\0", "is not text that can be read"),
        ("", "the column area is missing"),
    ],
)
def test_a_file_that_is_not_the_form_is_told_in_one_sentence(inbox: Path, text: str, naming: str) -> None:
    assert _read(inbox, "partnerships", text) == []
    (sentence,) = _sentences()
    assert sentence.startswith("inbox/partnerships.csv: ")
    assert naming in sentence


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
@pytest.mark.parametrize("separator", [";", ",", "\t"])
def test_a_spreadsheets_csv_is_read_however_it_was_saved(inbox: Path, encoding: str, separator: str) -> None:
    text = (
        "# från oss\r\nområde;år;avtal;uppgiftslämnare\r\n"
        'Örebro;2023;1 204;"Råd och ""Stöd""\r\nHuset"\r\n\r\nÅre;2023;2;x\r\n'
    )
    rows = _read(inbox, "partnerships", text.replace(";", separator), encoding)
    assert [(row["area_code"], row["agreements"], row["line"]) for row in rows] == [("1880", 1204, 3), ("2321", 2, 6)]
    assert rows[0]["reported_by"] == 'Råd och "Stöd" Huset'


def test_files_with_a_strange_name_are_not_passed_over_in_silence(inbox: Path) -> None:
    for name in ("target.csv", "targets.xlsx", ".hidden.csv", "README.md"):
        (inbox / name).write_text("x", encoding="utf-8")
    (inbox / "raks").mkdir()
    assert [sentence.split(";")[0] for sentence in _sentences()] == [
        "inbox/target.csv: no form has that name",
        "inbox/targets.xlsx: a form is read from csv, not .xlsx",
    ]


def test_a_form_is_a_source_whose_fingerprint_follows_its_rows(inbox: Path) -> None:
    source = entries.sources()["intake_partnerships"]
    before = zone.current(source)
    assert (before.kind, zone.read(before).num_rows) == ("inbox", 0)
    _read(inbox, "partnerships", "område;år;avtal;uppgiftslämnare\nMotala;2023;4;x\n")
    after = zone.current(source)
    assert zone.read(after).num_rows == 1
    assert after.sha256 != before.sha256
    _read(inbox, "partnerships", "# en kommentar\nområde;år;avtal;uppgiftslämnare\nMotala;2023;x;x\n")
    assert zone.current(source).sha256 == before.sha256


def test_every_form_is_a_source_and_this_year_is_the_calendars() -> None:
    assert {source.intake for source in entries.sources().values()} - {None} == set(FORMS)
    assert forms._known().this_year == datetime.now(UTC).year


def test_the_account_says_what_was_found(inbox: Path) -> None:
    assert list(forms.account()) == [
        f"No form lies in {inbox}; docs/intake.md says how to fill one in.",
    ]
    _read(inbox, "partnerships", "område;år;avtal;uppgiftslämnare\nMotala;2023;4;x\nMotala;2022;-4;x\n")
    assert list(forms.account()) == [
        "partnerships: 1 file(s), 1 row(s) hold, 1 kept out",
        "inbox/partnerships.csv, line 3: agreements is -4, which is below 0; correct it.",
    ]


def test_example_rows_are_plain_csv() -> None:
    for path in sorted((DOCS / "intake").glob("*.csv")):
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len({len(cells) for cells in csv.reader(lines[1:], delimiter=";")}) == 1, path.name
