"""An inbox for tests: puts files and their mappings where `JAMLIK_DATA` points, and reads them as a run would.

The figures are made up. Also here: the cell table that most tests bend, and the mapping that goes with it.
"""

from pathlib import Path

import pyarrow as pa
import pytest

from pipelines.errors import JamlikError
from pipelines.inbox import store

HEADINGS = ("Kommun", "År", "Kön", "Ålder", "Utbildning", "Födelseland", "Huvudanknytning", "Etableringsgrad", "Antal")
GRADUATES = """shape: raks_graduates
columns:
  exam_years: [ex_fran, ex_till]
  followup_years: uppf_ar
  years_since: ar_efter
  programme: program
  home_municipality: hemkommun
  work_municipality: arbetskommun
  employed: syss
  established: etabl
  studying: stud
  unemployed: arblos
  other: ovriga
  graduates: antal
"""
MAPPING = """shape: raks_cells
columns:
  municipality: Kommun
  year: År
  sex: Kön
  age_group: Ålder
  education: Utbildning
  country_of_birth: Födelseland
  main_affiliation: Huvudanknytning
  establishment: Etableringsgrad
  persons: Antal
absent_rows: zero
"""
BANDS = ("20-24", "25-34", "35-44", "45-54", "55-64")
Row = tuple[object, ...]


def cells(place: str = "0583", year: object = 2021, bands: tuple[str, ...] = BANDS) -> list[Row]:
    """A row of full-year employed and one of those without work for each band: 10, 11, 12 … persons."""
    rows: list[Row] = []
    for number, band in enumerate(bands):
        who = (place, year, "Kvinnor", band, "gymnasial", "Inrikes född")
        rows += [(*who, "1", "Etablerad", 10 + 2 * number), (*who, "7", "", 11 + 2 * number)]
    return rows


def text(rows: list[Row], headings: tuple[str, ...] = HEADINGS, delimiter: str = ";") -> str:
    lines = [headings, *rows]
    return "\n".join(delimiter.join(str(cell) for cell in line) for line in lines) + "\n"


class Inbox:
    """The inbox `raks` below a data folder."""

    def __init__(self, data: Path) -> None:
        self.folder = data / "inbox" / "raks"
        self.folder.mkdir(parents=True)

    def put(self, content: str | bytes, mapping: str = MAPPING, name: str = "leverans.csv") -> Path:
        path = self.folder / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        (self.folder / f"{name}.yaml").write_text(mapping, encoding="utf-8")
        return path

    def table(self, table_id: str = "raks_cells") -> pa.Table:
        return store.table(table_id, "raks")

    def refusal(self, table_id: str = "raks_cells") -> str:
        with pytest.raises(JamlikError) as caught:
            self.table(table_id)
        assert "\n" not in str(caught.value)
        return str(caught.value)


@pytest.fixture
def inbox(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Inbox:
    monkeypatch.setenv("JAMLIK_DATA", str(tmp_path))
    return Inbox(tmp_path)
