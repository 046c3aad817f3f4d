"""Graduates in the regional layout, with a mapping of a few lines, put into the inbox of a house.

They are made up: programmes large and small, workplaces at home, elsewhere and nowhere. Not here: a test.
"""

from pathlib import Path

from tests import inbox_house

MAPPING = inbox_house.GRADUATES.replace("uppf_ar", "uppf").replace(
    "programme: program", "programme: {column: program, codes: {Vård: vo, Teknik: te}}"
)
HEADINGS = ("ex_fran", "ex_till", "uppf", "ar_efter", "program", "hemkommun", "arbetskommun", "syss", "etabl", "stud",
            "arblos", "ovriga", "antal")  # fmt: skip
PLACES = (
    "0114",
    "0509",
    "0512",
    "0513",
    "0560",
    "0561",
    "0562",
    "0563",
    "0580",
    "0581",
    "0582",
    "0583",
    "0584",
    "0586",
)


def _delivery(exams: int, years: int) -> str:
    """Of every municipality health care (of many), technology (of few), a course that is no group."""
    rows = []
    for number, place in enumerate(PLACES):
        for since in (1, 3):
            who = (exams, exams + years, f"{exams + since}-{exams + years + since}", since)
            rows += [
                (*who, "Vård", place, place, 40 + number, 30 + number, 0, 0, 0, 40 + number),
                (*who, "Vård", place, "0580" if place != "0580" else "0581", 20, 12, 0, 0, 0, 20),
                (*who, "Vård", place, "", 0, 0, 25, 12 + number, 8, 45 + number),
                (*who, "Cirkus", place, place, 30, 20, 0, 0, 0, 30),
            ]
            if place == "0512":  # nobody there graduated in technology, so that no row tells of it
                continue
            rows += [
                (*who, "Teknik", place, place, 6 + number % 3, 2, 0, 0, 0, 6 + number % 3),
                (*who, "Teknik", place, "", 0, 0, 3, 1, number % 2, 4 + number % 2),
            ]
    return inbox_house.text(rows, HEADINGS)


def put_graduates(data: Path, exams: int, years: int) -> None:
    """Those with an exam from `exams` to so many `years` later, one and three years after it, below a data folder."""
    inbox = data / "inbox" / "raks"
    inbox.mkdir(parents=True, exist_ok=True)
    (inbox / "examinerade.csv").write_text(_delivery(exams, years), encoding="utf-8")
    assert len(MAPPING.splitlines()) < 25
    (inbox / "examinerade.csv.yaml").write_text(MAPPING, encoding="utf-8")
