"""The protocols' arithmetic and their reading of recorded replies; whole fetches are in tests/live/test_fetch.py."""

import json
import math
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.errors import Refused
from pipelines.formats import jsonstat
from pipelines.http.client import Changed
from pipelines.protocols import kolada3, spec
from pipelines.protocols.answers import Part, Recorder
from pipelines.protocols.expect import check, last_period, plain
from pipelines.protocols.forsakringskassan1 import Forsakringskassan1, _pieces
from pipelines.protocols.kolada3 import Kolada3
from pipelines.protocols.pxwebapi2 import PxWebApi2
from pipelines.protocols.selection import count, resolve, split
from pipelines.protocols.shape import shape
from pipelines.protocols.socialstyrelsen1 import Socialstyrelsen1
from tests.fixtures.local_server.catalogue import SERVICES, TABLES, _table
from tests.fixtures.local_server.tables import POPULATION, SURVEY

REPOSITORY = Path(__file__).resolve().parents[2]
SHARED = REPOSITORY.parent / "shared"
FIXTURES = SHARED / "fixtures"
needs_fixtures = pytest.mark.skipif(not FIXTURES.is_dir(), reason=f"the recorded replies are not at {FIXTURES}")

YEARS = [str(y) for y in range(2015, 2026)]
CODES = ["0", "1", "10", "11", "100+", "tot", "K1"]


# --- selections


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ("*", CODES),
        (["1", "0"], ["0", "1"]),  # the publisher's order, whatever ours
        ("?", ["0", "1"]),
        ("??", ["10", "11", "K1"]),
        ("1*", ["1", "10", "11", "100+"]),
        ("*1", ["1", "11", "K1"]),
        ("*0*", ["0", "10", "100+"]),
        (["?", "tot"], ["0", "1", "tot"]),
        ("top(2)", ["tot", "K1"]),
        ("top(2,1)", ["100+", "tot"]),
        ("bottom(2)", ["0", "1"]),
        ("from(100+)", ["100+", "tot", "K1"]),
        ("to(10)", ["0", "1", "10"]),
        ("range(1, 11)", ["1", "10", "11"]),
        ("k1", ["K1"][:0] or None),
    ],
)
def test_expressions(wanted: object, expected: list[str] | None) -> None:
    if expected is None:
        with pytest.raises(Refused, match="no code that fits 'k1'"):
            resolve(wanted, CODES, CODES, "t: v")
    else:
        assert list(resolve(wanted, CODES, CODES, "t: v")) == expected


@pytest.mark.parametrize(
    ("wanted", "reason"),
    [
        ([], "selects nothing"),
        ("99", "no code that fits '99'"),
        (["1", "99"], "no code that fits '99'"),
        ("*1*0*", "more than two asterisks"),
        ("from(99)", "cannot follow from"),
        ("top(x)", "cannot follow top"),
        ({"labels": ["finns inte"]}, "0 values labelled"),
        ({"labels": ["samma"]}, "2 values labelled"),
        ({"etiketter": []}, "neither a selection nor a list"),
        (None, "selects nothing"),
    ],
)
def test_a_selection_that_fits_nothing_is_refused(wanted: object, reason: str) -> None:
    labels = ["samma", "samma", *CODES[2:]]
    with pytest.raises(Refused, match=reason):
        resolve(wanted, CODES, labels, "t: v")


sizes = st.lists(st.integers(1, 12), min_size=1, max_size=4)


@given(sizes, st.integers(40, 500), st.sampled_from([0, 3, 10]))
def test_pieces_are_the_whole_without_overlap_and_under_the_cap(shape_: list[int], cap: int, longest: int) -> None:
    whole = {f"v{i}": tuple(str(c) for c in range(n)) for i, n in enumerate(shape_)}
    pieces = split(whole, cap, longest)
    assert all(count(p) <= cap for p in pieces)
    assert sum(count(p) for p in pieces) == count(whole)
    if longest:
        assert all(len(codes) <= longest for p in pieces for codes in p.values())
    boxes = {tuple(p.items()) for p in pieces}
    assert len(boxes) == len(pieces)
    # no overlap: two pieces differ in at least one variable without a common code
    for i, a in enumerate(pieces[:30]):
        for b in pieces[i + 1 : 30]:
            assert any(not set(a[v]) & set(b[v]) for v in whole)


def test_no_more_pieces_than_needed() -> None:
    whole = {"Region": tuple(map(str, range(312))), "Alder": tuple(map(str, range(101))), "Tid": ("1", "2")}
    # 312 x 101 x 2 = 63 024 cells under 30 000: two are not enough for 31 512 each, three are
    assert [count(p) for p in split(whole, 30_000)] == [21_008] * 3
    assert len(split(whole, 150_000)) == 1
    with pytest.raises(Refused, match="cannot be asked for anything"):
        split(whole, 0)


# --- Kolada


def test_calls_for_120_figures_and_25_years() -> None:
    # 4 batches of 25 and one of 20: 25 x 25 x 312 = 195 000 rows = 39 pages, 20 x 25 x 312 = 156 000
    # = 32 pages
    assert kolada3.calls_needed(120, 25) == 4 * 39 + 32
    # with the places as a third segment it would be 13 segments of 25 places: 5 x 13 x 4 pages
    by_place = 5 * 13 * math.ceil(25 * 25 * 25 / kolada3.PAGE)
    assert kolada3.calls_needed(120, 25) < by_place


@pytest.mark.parametrize(
    ("body", "page"),
    [
        ({"next_url": None}, None),
        ({}, None),
        ({"next_url": "?page=2"}, 2),
        ({"next_url": "https://elsewhere.invalid/v3/kpi?page=3&per_page=5000"}, 3),
        ({"next_page": "http://x/v2/kpi?page=4"}, 4),
    ],
)
def test_the_next_page_by_either_name_and_any_host(body: dict[str, Any], page: int | None) -> None:
    assert kolada3.next_page(body) == page


def test_a_next_page_without_a_number_is_refused() -> None:
    with pytest.raises(Changed, match="no page number"):
        kolada3.next_page({"next_url": "https://x/v3/kpi"})


def table(entry: dict[str, Any], name: str = "prov") -> spec.LiveTable:
    addresses = {s["override"]: "http://prov" for s in SERVICES.values()}
    return spec.parse({"services": SERVICES, "tables": {name: entry}}, "prov.yaml", addresses)[name]


def nobody() -> Any:
    return Recorder.__new__(Recorder)  # parsing asks nobody


@needs_fixtures
def test_recorded_kolada_rows_read_with_their_values() -> None:
    body = (FIXTURES / "kolada" / "v3_data_n00945.json").read_bytes()
    rows = json.loads(body)["values"]
    years = sorted({str(r["period"]) for r in rows})
    wanted = table(_table("kolada", "data", {"kpi": ["N00945"], "year": years}))
    places = (FIXTURES / "kolada" / "v3_municipality.json").read_bytes()
    path = f"http://prov/data/kpi/N00945/year/{','.join(years[:25])}"
    titles = b'{"values":[{"id":"N00945","title":"Prov"}],"count":1,"next_url":null}'
    parts = [
        Part("codes", "http://prov/municipality", None, places),
        Part("codes", "http://prov/kpi/N00945", None, titles),
        Part("data", path, None, body),
    ]
    assert len(years) <= 25
    tidy = Kolada3(wanted.service, nobody()).parse(wanted, parts)
    found = {(r["municipality"], r["period"], r["gender"]): r["value"] for r in tidy.table().to_pylist()}
    expected = {
        (r["municipality"], str(r["period"]), v["gender"]): v["value"]
        for r in rows
        for v in r["values"]
        if not v.get("isdeleted")
    }
    assert len(expected) > 50
    assert found == expected


def test_a_withdrawn_figure_is_left_out_only_where_the_catalogue_allows_it() -> None:
    titles = b'{"values":[{"id":"N00001","title":"Prov"}],"count":1,"next_url":null}'
    places = b'{"values":[{"id":"0580","title":"Prov"}],"count":1,"next_url":null}'
    cell = {"gender": "T", "value": 1.5, "status": "", "count": 1, "isdeleted": False}
    row = {"kpi": "N00001", "municipality": "0580", "period": 2024, "values": [cell]}
    data = json.dumps({"values": [row], "count": 1, "next_url": None}).encode()
    parts = [
        Part("codes", "http://prov/municipality", None, places),
        Part("codes", "http://prov/kpi/N00001,N00002", None, titles),
        Part("data", "http://prov/data/kpi/N00001/year/2024", None, data),
    ]
    entry = _table("kolada", "data", {"kpi": ["N00001", "N00002"], "year": ["2024"]})
    strict = table(entry)
    with pytest.raises(Changed, match="N00002 is gone"):
        Kolada3(strict.service, nobody()).parse(strict, parts)
    lenient = table(entry | {"options": {"optional": ["N00002"], "null_status": "null"},
                             "maps": {"kpi": "kpi", "period": "year:int"}})  # fmt: skip
    landed = shape(lenient, Kolada3(lenient.service, nobody()).parse(lenient, parts))
    assert landed.to_pylist() == [{"kpi": "N00001", "year": 2024, "value": 1.5, "status": None}]


# --- recorded replies of the other services


@needs_fixtures
def test_a_recorded_socialstyrelsen_page() -> None:
    body = json.loads((FIXTURES / "socialstyrelsen" / "resultat_page1.json").read_bytes())
    body |= {"sidor": 1, "nasta_sida": None}
    regions = [{"id": i, "kod": c, "text": t} for i, c, t in ((0, "00", "Riket"), (1, "01", "A"), (9, "09", "B"))]
    query = {"diagnos": ["2026"], "region": "*", "alder": ["4"], "kon": "*", "matt": ["2"], "ar": ["2024"]}
    wanted = table(_table("socialstyrelsen", "dodsorsaker", query))
    lists: dict[str, list[dict[str, Any]]] = {
        "diagnos": [{"id": "2026", "text": "x"}], "region": regions, "alder": [{"id": 4, "text": "25–64"}],
        "kon": [{"id": i, "text": t} for i, t in ((1, "Män"), (2, "Kvinnor"), (3, "Båda"))],
        "matt": [{"id": 2, "text": "Per 100 000"}],
    }  # fmt: skip
    parts = [Part("codes", f"http://prov/dodsorsaker/{n}", None, json.dumps(v).encode()) for n, v in lists.items()]
    path = "diagnos/2026/region/0,1,9/alder/4/kon/1,2,3/matt/2/ar/2024"
    parts.append(Part("data", f"http://prov/dodsorsaker/resultat/{path}?sida=1", None, json.dumps(body).encode()))
    tidy = Socialstyrelsen1(wanted.service, nobody()).parse(wanted, parts)
    rows = tidy.table().select(["region", "kon_label", "value", "status"]).to_pylist()
    assert rows == [
        {"region": "00", "kon_label": "Män", "value": 12.3, "status": None},
        {"region": "09", "kon_label": "Kvinnor", "value": None, "status": "X"},
        {"region": "01", "kon_label": "Båda", "value": 1234.5, "status": None},
    ]


@needs_fixtures
def test_a_recorded_forsakringskassan_list() -> None:
    body = (FIXTURES / "forsakringskassan" / "SJPPagSjukfallDiagnosF43.json").read_bytes()
    query = {"ar": ["2024", "2011"], "manad": ["01", "08"], "kon_kod": ["ALL", "M"]}
    wanted = table(_table("forsakringskassan", "x/SJPPagSjukfallDiagnosF43", query))
    tidy = Forsakringskassan1(wanted.service, nobody()).parse(wanted, [Part("data", "http://prov/x", None, body)])
    rows = tidy.table().select(["ar", "measure", "value", "status"]).to_pylist()
    assert rows == [
        {"ar": "2024", "measure": "andel", "value": 16.18, "status": None},
        {"ar": "2024", "measure": "antal", "value": 31000.0, "status": None},
        {"ar": "2011", "measure": "andel", "value": None, "status": "rojd"},
        {"ar": "2011", "measure": "antal", "value": None, "status": "rojd"},
    ]


def test_an_address_too_long_is_asked_in_pieces() -> None:
    query = {"ar": ["2024"], "kommun_kod": [f"{i:04d}_05" for i in range(290)]}
    pieces = list(_pieces(query, 1_700))
    assert [p["ar"] for p in pieces] == [["2024"]] * len(pieces)
    assert [k for p in pieces for k in p["kommun_kod"]] == query["kommun_kod"]
    assert 2 <= len(pieces) <= 4


@needs_fixtures
def test_recorded_scb_metadata_and_data_belong_together() -> None:
    metadata = (FIXTURES / "scb_v2" / "TAB6471_metadata.json").read_bytes()
    data = (FIXTURES / "scb_v2" / "TAB6471_data.json").read_bytes()
    parsed = jsonstat.parse(data)[0][1]
    chosen = {v.code: list(v.codes) for v in parsed.variables}
    wanted = table(_table("scb", "TAB6471", chosen))
    asked = {"selection": [{"variableCode": n, "valueCodes": c} for n, c in chosen.items()]}
    parts = [
        Part("metadata", "http://prov/tables/TAB6471/metadata", None, metadata),
        Part("data", "http://prov/tables/TAB6471/data", json.dumps(asked).encode(), data),
    ]
    service = PxWebApi2(wanted.service, nobody())
    tidy = service.parse(wanted, parts)
    assert len(tidy) == 2772
    assert tidy.value.equals(parsed.value)
    fewer = table(_table("scb", "TAB6471", chosen | {"Tid": chosen["Tid"][:1]}))
    with pytest.raises(Changed, match="not asked for"):
        service.parse(fewer, parts)


# --- expectations and shape


def test_the_interval_becomes_columns_with_a_status_each() -> None:
    codes = {n: list(d.values) for n, d in SURVEY.dims.items()}
    tidy = jsonstat.parse_document(SURVEY.jsonstat(codes))[0][1]
    wanted = table(TABLES["survey"])
    rows = shape(wanted, tidy).to_pylist()
    assert len(rows) == 3 * 3 * 4
    for row in rows:
        for code, value, status in (("01", "value", "status"), ("02", "ci_lower", "ci_lower_status")):
            expected = SURVEY.cell((row["Region"], code, row["Kön"], row["År"]))
            assert (row[value], row[status]) == expected


def test_labels_compare_without_footnote_marks_and_case() -> None:
    assert plain("Män**") == plain("män")
    assert plain("Totalt  antal *") == "totalt antal"


def test_the_last_period_of_windows_is_by_their_end() -> None:
    codes = {n: list(d.values) for n, d in SURVEY.dims.items()}
    assert last_period(jsonstat.parse_document(SURVEY.jsonstat(codes))[0][1]) == "20242021-2024"


def test_the_test_table_meets_its_own_expectations() -> None:
    codes = {n: list(d.values) for n, d in POPULATION.dims.items()}
    tidy = jsonstat.parse_document(POPULATION.jsonstat(codes))[0][1]
    check(table(TABLES["population"]), tidy, frozenset(POPULATION.dims["Region"].values), {})


# --- the catalogue


def live() -> dict[str, spec.LiveTable]:
    return spec.load(REPOSITORY / "data" / "catalogue" / "live_sources.yaml")


def test_every_live_table_is_verified_with_a_query_or_only_probed() -> None:
    tables = live()
    assert sum(t.verified for t in tables.values()) >= 5
    for entry in tables.values():
        assert entry.probe_only != entry.verified, entry.id
        assert isinstance(entry.query, dict) or entry.probe_only, entry.id
        assert entry.service.url.startswith("https://")
        assert entry.licence
        assert entry.expected_cells > 0
        if isinstance(entry.query, dict) and not entry.verified:
            assert entry.maps, entry.id
            assert entry.expect.get("labels"), entry.id


def test_tables_without_a_known_id_are_told_and_not_asked_for() -> None:
    names = spec.wanted(REPOSITORY / "data" / "catalogue" / "live_sources.yaml")
    assert names
    assert not set(names) & set(live())


def test_every_table_the_indicators_ask_for_has_an_entry_or_is_told_as_wanted() -> None:
    asked = {t.table: t for t in live().values()}
    for part in (
        "TAB6383", "TAB6396", "TAB6766", "TAB1386", "AM0210", "UF0506", "BE0701", "HE0110", "ME0105", "TAB638",
        "hlv1psyxreg", "hlv1psyfutb", "hlv1allmxreg", "hlv1socxreg", "dodsorsaker", "ohm-ohalsotal",
    ):  # fmt: skip
        assert any(part in table for table in asked), part
    assert "BE0101" in str(spec.wanted(REPOSITORY / "data" / "catalogue" / "live_sources.yaml"))


def test_an_address_can_be_moved_by_the_environment() -> None:
    path = REPOSITORY / "data" / "catalogue" / "live_sources.yaml"
    moved = spec.load(path, {"JAMLIK_SCB_URL": "http://127.0.0.1:8000/api/"})
    assert {t.service.url for t in moved.values() if t.service.id == "scb"} == {"http://127.0.0.1:8000/api"}
    assert moved["kolada_values"].service.url == "https://api.kolada.se/v3"


@pytest.mark.skipif(not SHARED.is_dir(), reason=f"the notes are not at {SHARED}")
def test_every_key_figure_and_table_of_the_notes_is_in_the_live_catalogue() -> None:
    import csv
    import re

    tables = live()
    figures = set(kolada3._kpis(tables["kolada_values"]))
    asked = {t.table for t in tables.values()}
    seen = 0
    with (SHARED / "notes" / "indicators.csv").open(encoding="utf-8") as stream:
        for row in csv.DictReader(stream):
            for column in ("primary_ref", "secondary_ref", "uncertainty_ref"):
                for kpi in re.findall(r"\b[NU]\d{5}\b", row[column]):
                    assert kpi in figures, (row["id"], kpi)
                    seen += 1
                for path in re.findall(r"ssd/START/[\w/]+|A_Folkhalsodata/\S+?\.px", row[column]):
                    assert path in asked, (row["id"], path)
                    seen += 1
    assert seen > 130


@needs_fixtures
def test_every_required_key_figure_is_in_the_recorded_list_or_in_the_verified_notes() -> None:
    tables = live()
    page = json.loads((FIXTURES / "kolada" / "v3_kpi_page1.json").read_bytes())["values"]
    listed = {v["id"] for v in page}
    entry = tables["kolada_values"]
    required = set(kolada3._kpis(entry)) - set(kolada3._optional(entry))
    last = max(listed)
    missing = {k for k in required if k <= last and k not in listed}
    assert missing == set()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"cadence": "sometimes"}, "cadence 'sometimes'"),
        ({"service": "x"}, "no service 'x'"),
        ({"tabel": "x"}, "the key 'tabel' is unknown"),
        ({"verified": True, "query": "probe"}, "a verified table needs its query"),
        ({"query": ["a"]}, "neither a mapping"),
        ({"confidentiality": "maybe"}, "confidentiality"),
        ({"seen": ""}, "'seen' must say"),
        ({"expect": {"lables": {}}}, "the key 'lables' is unknown"),
        ({"fallback": {"service": "fohm"}}, "fallback: the key 'query' is missing"),
    ],
)
def test_a_misspelt_entry_is_refused_with_its_place(change: dict[str, Any], reason: str) -> None:
    with pytest.raises(Refused, match=reason) as caught:
        table(TABLES["population"] | change)
    assert str(caught.value).startswith("prov.yaml, table prov")
