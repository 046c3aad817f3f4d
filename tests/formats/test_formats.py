"""The parsers on small files written for these tests: codes, labels, values, symbols, units."""

import io
import json
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pytest

from pipelines.formats import jsonstat, px, pxcsv, pxjson, xlsx
from pipelines.formats.detect import parse_any
from pipelines.formats.tidy import Tidy, Unit

HERE = Path(__file__).parent / "files"


def one(content: bytes, language: str | None = None) -> Tidy:
    parts = parse_any(content, language)
    assert len(parts) == 1
    return parts[0][1]


def cells(tidy: Tidy, *codes: str) -> dict[tuple[str, ...], tuple[float | None, str | None]]:
    """Every cell by its codes, in the order of the variables named."""
    rows = tidy.table().to_pylist()
    found = {tuple(r[c] for c in codes): (r["value"], r["status"]) for r in rows}
    assert len(found) == len(rows)
    return found


# The cells of befolkning.*: region, sex, year → value and status, as typed in the files.
EXPECTED = {
    ("0580", "1", "2023"): (10.0, None),
    ("0580", "1", "2024"): (11.0, None),
    ("0580", "2", "2023"): (20.0, None),
    ("0580", "2", "2024"): (None, ".."),
    ("0585", "1", "2023"): (30.0, None),
    ("0585", "1", "2024"): (31.0, "p"),  # a status beside a number: preliminary is not missing
    ("0585", "2", "2023"): (None, "-"),
    ("0585", "2", "2024"): (41.0, None),
}
WITHOUT_NOTE = EXPECTED | {("0585", "1", "2024"): (31.0, None)}


def test_jsonstat2_keeps_codes_labels_values_symbols_and_units() -> None:
    tidy = one((HERE / "befolkning.json").read_bytes())
    assert cells(tidy, "Region", "Kon", "Tid") == EXPECTED
    # index says 0585 is at place 1 although it is written first
    assert tidy.variable("Region").codes == ("0580", "0585")
    assert tidy.variable("Region").labels == ("Åby", "Östby")
    assert tidy.variable("Tid").role == "time"
    assert tidy.variable("ContentsCode").units == {"PROV1": Unit("antal", 0)}
    assert (tidy.table_id, tidy.updated) == ("PROV01", "2026-01-15T07:00:00Z")
    assert "Namnsson" not in json.dumps(tidy.about())


def test_px_keeps_the_same_cells_and_the_files_own_symbol_text() -> None:
    tidy = one((HERE / "befolkning.px").read_bytes())
    expected = WITHOUT_NOTE | {("0580", "2", "2024"): (None, "uppgift saknas")}
    assert cells(tidy, "Region", "Kon", "Tid") == expected
    assert tidy.variable("Region").labels == ("Åby", "Östby")  # "Öst" "by" on two lines
    assert tidy.variable("Region").parents == {"0585": ("0580",)}
    assert tidy.variable("ContentsCode").units == {"PROV1": Unit("antal", 0)}
    assert tidy.variable("Tid").role == "time"
    assert tidy.title == "Provfolkmängd efter region, kön, innehåll och år"
    assert tidy.notes == ("Provdata; med semikolon\noch radbrytning.",)
    assert "Namnsson" not in json.dumps(tidy.about())


def test_px_in_another_language_has_other_labels_and_the_same_codes() -> None:
    content = (HERE / "befolkning.px").read_bytes()
    swedish, english = one(content), one(content, "en")
    assert english.variable("Kon").labels == ("men", "women")
    assert english.variable("Region").labels == ("Åby", "Östby")  # not translated: the main language's
    assert cells(english, "Region", "Kon", "Tid") == cells(swedish, "Region", "Kon", "Tid")


def test_pxjson_is_the_same_table_without_labels() -> None:
    tidy = one((HERE / "befolkning_pxjson.json").read_bytes())
    assert cells(tidy, "Region", "Kon", "Tid") == WITHOUT_NOTE
    assert tidy.variable("ContentsCode").labels == ("Folkmängd",)
    assert tidy.notes == ("Region=0585: Bildad 2020.",)


def test_csv_in_windows_1252_with_contents_and_year_in_one_heading() -> None:
    tidy = one((HERE / "befolkning.csv").read_bytes())
    names = {"0580": "0580 Åby", "0585": "0585 Östby"}
    sexes = {"1": "män", "2": "kvinnor"}
    expected = {(names[r], sexes[k], t): cell for (r, k, t), cell in WITHOUT_NOTE.items()}
    assert cells(tidy, "region", "kön", "time") == expected
    assert tidy.variable("contents").codes == ("Folkmängd",)


def test_keys_leave_out_rows_that_are_zero() -> None:
    tidy = one((HERE / "keys.px").read_bytes())
    found = cells(tidy, "region", "ålder", "år")
    assert len(found) == 2 * 3 * 2
    assert found["0580", "65", "2023"] == (5.0, None)
    assert found["0580", "65", "2024"] == (None, ".")
    assert found["0585", "0", "2023"] == (7.0, None)
    assert found["0585", "0", "2024"] == (8.0, None)
    others = [cell for key, cell in found.items() if key[:2] not in (("0580", "65"), ("0585", "0"))]
    assert others == [(0.0, None)] * 8


def dataset(**changes: Any) -> dict[str, Any]:
    """A json-stat 2 dataset of 2 x 2 cells with the given parts replaced."""
    body: dict[str, Any] = {
        "version": "2.0",
        "class": "dataset",
        "id": ["a", "b"],
        "size": [2, 2],
        "dimension": {
            "a": {"category": {"index": ["x", "y"]}},
            "b": {"category": {"index": {"u": 0, "v": 1}}},
        },
        "value": [1, 2, 3, 4],
    }
    return body | changes


def parsed(body: dict[str, Any]) -> Tidy:
    return one(json.dumps(body).encode())


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"value": {"1": 2, "3": None}}, [None, 2.0, None, None]),
        ({"value": {"3": 4, "0": 1, "2": 3, "1": 2}}, [1.0, 2.0, 3.0, 4.0]),  # full-length object, own order
        ({"value": [1.5, None, -3, 0]}, [1.5, None, -3.0, 0.0]),
        ({"value": [2**60 + 1, 2, 3, 4]}, [float(2**60 + 1), 2.0, 3.0, 4.0]),
    ],
)
def test_values_dense_sparse_and_large(changes: dict[str, Any], expected: list[float | None]) -> None:
    assert parsed(dataset(**changes)).value.to_pylist() == expected


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"1": "..", "2": "e"}, [None, "..", "e", None]),
        (["a", None, "", "b"], ["a", None, None, "b"]),
        ("p", ["p", "p", "p", "p"]),
        (["p"], ["p", "p", "p", "p"]),
        (
            {"value": [":", None, None, "b"], "category": {"label": {":": "not available"}}},
            [":", None, None, "b"],
        ),
        ({}, [None] * 4),
    ],
)
def test_status_in_every_form(status: Any, expected: list[str | None]) -> None:
    assert parsed(dataset(status=status)).status.to_pylist() == expected


def test_a_constant_dimension_may_leave_out_its_index_and_a_dimension_its_labels() -> None:
    described = {
        "a": {"category": {"label": {"x": "Ett"}}},
        "b": {"category": {"index": {"v": 1, "u": 0}}},
    }
    tidy = parsed(dataset(size=[1, 2], dimension=described, value=[5, 6]))
    assert tidy.table().select(["a", "a_label", "b", "b_label"]).to_pylist() == [
        {"a": "x", "a_label": "Ett", "b": "u", "b_label": "u"},
        {"a": "x", "a_label": "Ett", "b": "v", "b_label": "v"},
    ]


def test_an_eliminated_dimension_left_behind_does_no_harm() -> None:
    described = dataset()["dimension"] | {"c": {"category": {"label": {"all": "alla"}}}}
    assert len(parsed(dataset(dimension=described))) == 4


def test_json_stat_1_bundles_several_tables_and_none_is_lost() -> None:
    first = {
        "value": [1, 2],
        "dimension": {"id": ["a"], "size": [2], "a": {"category": {"index": ["x", "y"]}}},
    }
    second = {"value": [3], "dimension": {"id": ["b"], "size": [1], "b": {"category": {"label": {"z": "Z"}}}}}
    parts = parse_any(json.dumps({"en": first, "två": second}).encode())
    assert [(name, len(tidy)) for name, tidy in parts] == [("en", 2), ("två", 1)]


def test_a_label_shared_by_two_codes_stays_with_both() -> None:
    described = dataset()["dimension"]
    described["a"]["category"]["label"] = {"x": "Samma", "y": "Samma"}
    table = parsed(dataset(dimension=described)).table()
    assert table["a"].to_pylist() == ["x", "x", "y", "y"]
    assert table["a_label"].to_pylist() == ["Samma"] * 4
    assert table["a_label"].chunk(0).dictionary.to_pylist() == ["Samma"]


def test_a_variable_called_value_gets_another_column_name() -> None:
    described = {"value": {"category": {"index": ["x", "y"]}}, "b": {"category": {"index": ["u", "v"]}}}
    tidy = parsed(dataset(id=["value", "b"], dimension=described))
    expected = ["value_variable", "value_variable_label", "b", "b_label", "value", "status"]
    assert tidy.table().column_names == expected


@pytest.mark.parametrize(
    ("statements", "raw", "label"),
    [
        ('CHARSET="ANSI";CODEPAGE="iso-8859-15";', "Åhus €".encode("iso-8859-15"), "Åhus €"),
        ('CHARSET="ANSI";CODEPAGE="utf-8";', "Åhus".encode(), "Åhus"),
        ('CHARSET="ANSI";CODEPAGE="windows-1252";', "Åhus –".encode("cp1252"), "Åhus –"),
        ('CHARSET="ANSI";CODEPAGE="iso-8859-1";', "Åhus –".encode("cp1252"), "Åhus –"),
        ('CHARSET="ANSI";', "Åhus".encode("cp1252"), "Åhus"),
        ("", "Åhus".encode("cp850"), "Åhus"),
    ],
)
def test_px_code_pages(statements: str, raw: bytes, label: str) -> None:
    content = statements.encode() + b'STUB="r";VALUES("r")="' + raw + b'";DATA=1;'
    assert one(content).variable("r").labels == (label,)


def test_px_symbols_quoted_bare_and_rows_ended_with_semicolons() -> None:
    content = (
        b'CHARSET="ANSI";STUB="r";HEADING="k";VALUES("r")="a","b","c";VALUES("k")="1","2","3";'
        b'DATA=1 "." "..";\n2.5 - ...;\n-3 "......" ".......";'
    )
    tidy = one(content)
    assert tidy.value.to_pylist() == [1.0, None, None, 2.5, None, None, -3.0, None, None]
    assert tidy.status.to_pylist() == [None, ".", "..", None, "-", "...", None, "......", "......."]


def test_csv_with_codes_and_texts_is_split_and_a_header_over_several_lines_is_read() -> None:
    content = '"Region - region"\r\n,"Kon - kön"\r\n,"2023"\r\n\r\n"0580 - Åby","1 - män",4\r\n'
    tidy = one(content.encode())
    row = {"Region": "0580", "Region_label": "Åby", "Kon": "1", "Kon_label": "män", "time": "2023"}
    assert tidy.table().to_pylist() == [row | {"time_label": "2023", "value": 4.0, "status": None}]
    assert tidy.variable("Region").label == "region"


def test_csv_with_title_semicolons_and_quotes_inside_a_text() -> None:
    content = '"En "titel" här"\n\n"region";"2023";"2024"\n"Åby, "norra"";1;..\n'
    tidy = one(content.encode())
    assert tidy.title == 'En "titel" här'
    assert tidy.table().select(["region", "time", "value", "status"]).to_pylist() == [
        {"region": 'Åby, "norra"', "time": "2023", "value": 1.0, "status": None},
        {"region": 'Åby, "norra"', "time": "2024", "value": None, "status": ".."},
    ]


def workbook(rows: list[list[Any]]) -> bytes:
    book = openpyxl.Workbook()
    for row in rows:
        book.active.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def test_xlsx_in_the_older_layout() -> None:
    tidy = one(
        workbook(
            [
                ["Folkmängd efter region, kön och år"],
                [],
                [None, None, None, "män", None, "kvinnor"],
                [None, None, None, "2023", "2024", "2023", "2024"],
                ["0580", "Åby", "gifta", 1, 2, 3, ".."],
                [None, None, "ogifta", 5, "-", 7, 8],
                ["0585", "Östby", "gifta", 9.5, 10, 11, 12],
                [None, None, "ogifta", 13, 14, 15, 16],
                [],
                ["Fotnot: 2024 är preliminär."],
            ]
        )
    )
    assert tidy.title == "Folkmängd efter region, kön och år"
    assert [(v.code, v.codes, v.labels) for v in tidy.variables] == [
        ("stub_1", ("0580", "0585"), ("Åby", "Östby")),
        ("stub_2", ("gifta", "ogifta"), ("gifta", "ogifta")),
        ("heading_1", ("män", "kvinnor"), ("män", "kvinnor")),
        ("time", ("2023", "2024"), ("2023", "2024")),
    ]
    found = cells(tidy, "stub_1", "stub_2", "heading_1", "time")
    assert len(found) == 16
    assert found["0580", "gifta", "kvinnor", "2024"] == (None, "..")
    assert found["0580", "ogifta", "män", "2024"] == (None, "-")
    assert found["0585", "gifta", "män", "2023"] == (9.5, None)


def test_xlsx_in_the_newer_layout() -> None:
    tidy = one(
        workbook(
            [
                ["region", "kön", "2023", "2024"],
                ["Åby", "män", 1, 2],
                ["Åby", "kvinnor", 3, ".."],
                ["Östby", "män", 5, 6],
                ["Östby", "kvinnor", 7, 8],
            ]
        )
    )
    assert cells(tidy, "region", "kön", "time") == {
        ("Åby", "män", "2023"): (1.0, None),
        ("Åby", "män", "2024"): (2.0, None),
        ("Åby", "kvinnor", "2023"): (3.0, None),
        ("Åby", "kvinnor", "2024"): (None, ".."),
        ("Östby", "män", "2023"): (5.0, None),
        ("Östby", "män", "2024"): (6.0, None),
        ("Östby", "kvinnor", "2023"): (7.0, None),
        ("Östby", "kvinnor", "2024"): (8.0, None),
    }


def test_the_columns_are_dictionary_encoded() -> None:
    table = one((HERE / "befolkning.json").read_bytes()).table()
    assert all(pa.types.is_dictionary(table.schema.field(c).type) for c in table.column_names if c != "value")
    assert table.schema.field("value").type == pa.float64()


def test_each_format_is_told_by_its_bytes() -> None:
    # parse_any reads what the format's own parser reads, whatever the file was called
    content = (HERE / "befolkning.json").read_bytes()
    assert one(content).table().equals(jsonstat.parse(content)[0][1].table())
    content = (HERE / "befolkning.px").read_bytes()
    assert one(content).table().equals(px.parse(content).table())
    content = (HERE / "befolkning_pxjson.json").read_bytes()
    assert one(content).table().equals(pxjson.parse(content).table())
    content = (HERE / "befolkning.csv").read_bytes()
    assert one(content).table().equals(pxcsv.parse(content).table())
    content = workbook([["region", "2023"], ["Åby", 1]])
    assert one(content).table().equals(xlsx.parse(content).table())
