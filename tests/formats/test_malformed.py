"""Malformed files are refused, each for its own reason: never half read, never read as something else."""

import io
import json
import zipfile
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.formats.detect import parse_any
from pipelines.formats.tidy import Malformed
from tests.formats.test_formats import dataset, workbook

HERE = Path(__file__).parent / "files"


def _dimension(**changes: Any) -> dict[str, Any]:
    return {"dimension": dataset()["dimension"] | changes}


JSONSTAT = {
    "metadata": ({"value": []}, "metadata, not data"),
    "sparse metadata": ({"value": {}}, "metadata, not data"),
    "no value": ({"value": None}, "neither a list nor an object"),
    "short value": ({"value": [1, 2, 3]}, "3 numbers but the sizes make 4"),
    "long value": ({"value": [1, 2, 3, 4, 5]}, "5 numbers but the sizes make 4"),
    "texts": ({"value": ["A1", "A2", "B1", "B2"]}, "'A1', which is not a number"),
    "number as text": ({"value": [1, "2", 3, 4]}, "'2', which is not a number"),
    "truth as number": ({"value": [1, True, 3, 4]}, "True, which is not a number"),
    "sparse outside": ({"value": {"4": 1}}, "cell number 4"),
    "sparse negative": ({"value": {"-1": 1}}, "cell number -1"),
    "sparse twice": ({"value": {"1": 1, "01": 2}}, "names a cell twice"),
    "sparse name": ({"value": {"x": 1}}, "not a cell number"),
    "status outside": ({"status": {"9": ".."}}, "cell number 9"),
    "status short": ({"status": ["..", None]}, "2 entries"),
    "id and size": ({"size": [2]}, "2 dimensions but `size` has 1"),
    "no id": ({"id": None}, "`id`"),
    "id twice": ({"id": ["a", "a"]}, "twice"),
    "negative size": ({"size": [-2, -2]}, "`size`"),
    "name not described": ({"id": ["a", "z"]}, "'z' is in `id` but is not described"),
    "name not in id": (
        _dimension(c={"category": {"index": ["p", "q"]}}),
        "'c' is described but is not in `id`",
    ),
    "role not in id": ({"role": {"time": ["Tid"]}}, "'Tid', which is not in `id`"),
    "index too long": (
        _dimension(a={"category": {"index": ["x", "y", "z"]}}),
        "lists 3 codes but its size is 2",
    ),
    "index out of range": (_dimension(a={"category": {"index": {"x": 0, "y": 2}}}), "'y' at place 2"),
    "index place twice": (_dimension(a={"category": {"index": {"x": 0, "y": 0}}}), "'y' at place 0"),
    "index missing": (_dimension(a={"category": {"label": {"x": "X", "y": "Y"}}}), "no `index`"),
    "code twice": (_dimension(a={"category": {"index": ["x", "x"]}}), "'x' twice"),
    "stray label": (_dimension(a={"category": {"index": ["x", "y"], "label": {"q": "Q"}}}), "label for 'q'"),
    "no category": (_dimension(a={"label": "a"}), "no `category`"),
    "absurd size": ({"size": [2, 2_000_000_000]}, "lists 2 codes"),
}


@pytest.mark.parametrize("name", JSONSTAT)
def test_jsonstat(name: str) -> None:
    changes, reason = JSONSTAT[name]
    with pytest.raises(Malformed, match=reason.replace("(", r"\(")):
        parse_any(json.dumps(dataset(**changes)).encode())


@pytest.mark.parametrize(
    "given", ["[true,2,3,4]", "[1, \n  false, 3, 4]", "[1,2,3,true ]", '{"0":1,"1":true,"2":3,"3":4}']
)
def test_truth_is_no_number_however_the_reply_is_written(given: str) -> None:
    """Numbers are only asked for their types where a list may hold something else: metadata's words are no reason."""
    text = json.dumps(dataset(extension={"elimination": True, "note": "true, false"}, value=7, status={}))
    for reply in (text, text.replace(": true", ":\n\ttrue")):
        content = reply.replace('"value": 7', f'"value": {given}').encode()
        with pytest.raises(Malformed, match=r"(True|False), which is not a number"):
            parse_any(content)
    plain = text.replace(', "note": "true, false"', "").replace('"value": 7', '"value": [1, 2.5, null, 4]').encode()
    assert parse_any(plain)[0][1].value.to_pylist() == [1.0, 2.5, None, 4.0]


def test_sizes_that_multiply_beyond_reason_are_refused_before_anything_is_allocated() -> None:
    side = 20_000
    index = {"category": {"index": [str(i) for i in range(side)]}}
    body = dataset(size=[side, side], dimension={"a": index, "b": index}, value={"0": 1})
    with pytest.raises(Malformed, match="claims 400000000 cells"):
        parse_any(json.dumps(body).encode())


def _px(**changes: str) -> bytes:
    parts = {
        "CHARSET": '"ANSI"', "STUB": '"r"', "HEADING": '"t"',
        'VALUES("r")': '"a","b"', 'VALUES("t")': '"1","2"', "DATA": "1 2 3 4",
    } | changes  # fmt: skip
    return "".join(f"{k}={v};\n" for k, v in parts.items() if v).encode("cp1252")


def test_the_px_base_of_these_tests_is_itself_read() -> None:
    assert len(parse_any(_px())[0][1]) == 4


KEYED = _px(**{'KEYS("r")': "VALUES", "DATA": ""})
HALF_KEYED = _px(**{"STUB": '"r","q"', 'VALUES("q")': '"c"', 'KEYS("r")': "VALUES", "DATA": ""}) + b"DATA=1;"
THREE_PERIODS = _px(**{'TIMEVAL("t")': 'TLIST(A1),"1","2","3"', "DATA": ""}) + b"DATA=1 2 3 4;"
PX = {
    "cut off": (_px()[:-2], "ends inside its last cell"),
    "short": (_px(DATA="1 2 3"), "3 cells but VALUES make 4"),
    "long": (_px(DATA="1 2 3 4 5"), "5 cells but VALUES make 4"),
    "empty": (_px(DATA=" "), "DATA is empty"),
    "no data": (_px(DATA=""), "ends without DATA"),
    "decimal comma": (_px(DATA="1 2,5 3 4"), "cell 2 of DATA is '2,5'"),
    "word": (_px(DATA="1 2 x 4"), "cell 3 of DATA is 'x'"),
    "not a number": (_px(DATA="1 nan 3 4"), "cell 2 of DATA is 'nan'"),
    "unknown symbol": (_px(DATA='1 2 3 "?"'), "cell 4"),
    "no values": (_px(**{'VALUES("t")': ""}), "VALUES are missing for the variable 't'"),
    "codes short": (_px(**{'CODES("r")': '"a"', "DATA": ""}) + b"DATA=1 2 3 4;", "2 VALUES but 1 CODES"),
    "code twice": (_px(**{'VALUES("r")': '"a","a"'}), "'a' twice"),
    "timeval": (THREE_PERIODS, "lists 3 periods"),
    "no variables": (_px(STUB="", HEADING=""), "no variables"),
    "unknown page": (b'CODEPAGE="klingon";' + _px(), "code page 'klingon'"),
    "a compression for a page": (b'CODEPAGE="zlib";' + _px(), "code page 'zlib'"),
    "bytes for texts": (b'CODEPAGE="utf-16";' + _px(), "code page 'utf-16'"),
    "escapes for a page": (b'CODEPAGE="unicode_escape";' + _px(), "code page 'unicode_escape'"),
    "not in its page": (b'CODEPAGE="utf-8";NOTE="\xe5";' + _px(), "not in utf-8, the code page it names"),
    "never ends": (b'CHARSET="ANSI";\nTITLE="a;\nDATA=1', "line 2 never ends"),
    "not a statement": (b'CHARSET="ANSI";\n???', "line 2 is not a PX statement"),
    "keys half": (HALF_KEYED, "for some stub variables"),
    "key unknown": (KEYED + b'DATA="z",1 2;', "the key 'z'"),
    "key twice": (KEYED + b'DATA="a",1 2 "a",3 4;', "same key row twice"),
    "key row short": (KEYED + b'DATA="a",1;', "not a whole number of rows"),
}  # fmt: skip


@pytest.mark.parametrize("name", PX)
def test_px(name: str) -> None:
    content, reason = PX[name]
    with pytest.raises(Malformed, match=reason):
        parse_any(content)


def test_px_language_that_is_not_there() -> None:
    with pytest.raises(Malformed, match="no language 'fi', only"):
        parse_any((HERE / "befolkning.px").read_bytes(), "fi")


def _pxjson(**changes: Any) -> bytes:
    body = json.loads((HERE / "befolkning_pxjson.json").read_bytes().decode("utf-8-sig"))
    return json.dumps(body | changes).encode()


COLUMNS = json.loads((HERE / "befolkning_pxjson.json").read_bytes().decode("utf-8-sig"))["columns"]
ROW = {"key": ["0580", "1", "2023"], "values": ["10"]}
PXJSON = {
    "no rows": (_pxjson(data=[]), "`data` is empty"),
    "no contents": (_pxjson(columns=COLUMNS[:3]), "no contents column"),
    "odd column": (_pxjson(columns=[*COLUMNS, {"code": "x", "type": "q"}]), "type d"),
    "short key": (_pxjson(data=[ROW | {"key": ["0580"]}]), "row 1 has not the 3 key values"),
    "long values": (_pxjson(data=[ROW, ROW | {"values": ["1", "2"]}]), "row 2 has not the 1 values"),
    "number as number": (_pxjson(data=[ROW | {"values": [10]}]), "row 1 has a value that is not a text"),
    "same cell twice": (_pxjson(data=[ROW, ROW]), "row 2 repeats the cell"),
    "decimal comma": (_pxjson(data=[ROW | {"values": ["1,5"]}]), "row 1, holds '1,5'"),
    "thousands": (_pxjson(data=[ROW | {"values": ["1 234"]}]), "row 1, holds '1 234'"),
    "empty key": (_pxjson(data=[ROW | {"key": ["0580", None, "2023"]}]), "'Kon' is empty"),
}


@pytest.mark.parametrize("name", PXJSON)
def test_pxjson(name: str) -> None:
    content, reason = PXJSON[name]
    with pytest.raises(Malformed, match=reason):
        parse_any(content)


CSV = {
    "ragged": ('"r","2023","2024"\n"a",1,2\n"b",3\n', "row 2 has 2 columns"),
    "only header": ('"r","2023"\n', "not one row of cells"),
    "one column": ('"r"\n"a"\n', "delimiter|one column"),
    "same heading": ('"r","2023","2023"\n"a",1,2\n', "same heading"),
    "same row": ('"r","2023"\n"a",1\n"a",2\n', "row 2 repeats the cell"),
    "word": ('"r","2023"\n"a",x\n', "'x', neither a number nor a symbol"),
    "decimal comma": ('"r";"2023"\n"a";1,5\n', "'1,5', neither a number nor a symbol"),
    "unquoted pivot": ("r,Folkmängd,Medelålder\na,1,2\n", "several columns could be the numbers"),
    "prose": ("Bad Request", "no comma, semicolon or tab"),
    "never closed": ('"r","2023"\n"a,1\n', "never closed"),
}


@pytest.mark.parametrize("name", CSV)
def test_csv(name: str) -> None:
    content, reason = CSV[name]
    with pytest.raises(Malformed, match=reason):
        parse_any(content.encode())


def _zip(members: dict[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return stream.getvalue()


XLSX = {
    "bomb": (_zip({"xl/worksheets/sheet1.xml": b"0" * 5_000_000}), "not safe to open"),
    "other zip": (_zip({"a.csv": b"1"}), "not an xlsx workbook"),
    "cut off": (workbook([["r", "2023"], ["a", 1]])[:600], "not a whole one"),
    "hollow": (_zip({"xl/x": b"1"}), "cannot be opened"),
    "empty": (workbook([[]]), "holds no table"),
    "prose": (workbook([["bara text"], ["mer text"]]), "no row with a text to the left"),
    "numbers below": (workbook([["r", "2023"], ["a", 1], [], ["b", 2]]), "row 4 holds numbers below"),
    "same row": (workbook([["r", "2023"], ["a", 1], ["a", 2]]), "row 2 repeats the cell"),
    "footnote mark": (workbook([["r", "2023", "2024"], ["a", 1, "2*1"]]), r"holds '2\*1'"),
}


@pytest.mark.parametrize("name", XLSX)
def test_xlsx(name: str) -> None:
    content, reason = XLSX[name]
    with pytest.raises(Malformed, match=reason):
        parse_any(content)


OTHER = {
    "nothing": (b"", "the file is empty"),
    "blanks": (b" \n ", "the file is empty"),
    "web page": (b"<!DOCTYPE html><html><head><title>404</title></head></html>", "web page"),
    "parquet": (b"PAR1\x15\x04", "parquet"),
    "old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1", "old .xls"),
    "value set": (b"[Aggreg]\r\nName=Kommuner", "value set"),
    "cut json": (b'{"class":"dataset","value":[1,2', "not whole JSON"),
    "error body": (b'{"title":"Non-existent table","status":404}', "'Non-existent table'"),
    "v1 error": (b'{"error":"Too many values selected"}', "Too many values selected"),
    "v1 metadata": (b'{"title":"T","variables":[]}', "without its cells"),
    "records": (b'{"values":[],"count":0}', "records from another kind of service"),
    "list": (b"[1,2]", "neither json-stat nor PX-JSON"),
    "collection": (b'{"version":"2.0","class":"collection","link":{"item":[{},{}]}}', "collection: 2 links"),
}  # fmt: skip


@pytest.mark.parametrize("name", OTHER)
def test_what_is_no_table_is_called_by_its_name(name: str) -> None:
    content, reason = OTHER[name]
    with pytest.raises(Malformed, match=reason):
        parse_any(content)


@pytest.mark.parametrize("name", ["befolkning.json", "befolkning.px", "befolkning_pxjson.json"])
def test_a_file_cut_off_anywhere_is_refused_or_complete(name: str) -> None:
    """Only blanks and the end mark may be lost. (Csv has no end mark: a cut between two rows cannot be seen there.)"""
    content = (HERE / name).read_bytes()
    whole = parse_any(content)[0][1].table()
    refused = 0
    for end in range(len(content)):
        try:
            found = parse_any(content[:end])[0][1].table()
        except Malformed:
            refused += 1
        else:
            assert found.equals(whole)
    assert refused >= len(content) - 3


def test_a_csv_cut_inside_a_row_is_refused_when_a_cell_is_lost() -> None:
    content = (HERE / "befolkning.csv").read_bytes()
    cut = content.rindex(b",")
    with pytest.raises(Malformed, match=r"row 4 has 3 columns|do not line up"):
        parse_any(content[:cut])


JUNK = [None, True, 0, -1, 1.5, "", "x", [], {}, [1], ["a"], {"a": 1}, [[1]], {"0": None}, 10**30]


@given(st.randoms(use_true_random=False))
def test_json_built_otherwise_is_refused_or_read_and_never_crashes(random: Any) -> None:
    name = random.choice(["befolkning.json", "befolkning_pxjson.json"])
    document = json.loads((HERE / name).read_bytes().decode("utf-8-sig"))
    place, key = document, random.choice(list(document))
    while isinstance(place[key], dict | list) and place[key] and random.random() < 0.8:
        place = place[key]
        key = random.choice(list(place)) if isinstance(place, dict) else random.randrange(len(place))
    if random.random() < 0.2:
        del place[key]
    else:
        place[key] = random.choice(JUNK)
    with suppress(Malformed):  # refused: the test is that nothing else is raised
        parse_any(json.dumps(document).encode())[0][1].table()


@given(st.sampled_from(["befolkning.px", "keys.px", "befolkning.csv"]), st.randoms(use_true_random=False))
def test_text_that_is_damaged_is_refused_or_read_and_never_crashes(name: str, random: Any) -> None:
    content = bytearray((HERE / name).read_bytes())
    for _ in range(random.choice([1, 2, 5])):
        at = random.randrange(len(content))
        content[at : at + random.randrange(3)] = bytes(
            random.choices(b'";=,()[] \n0A.-\xff\x00', k=random.randrange(3))
        )
    with suppress(Malformed):
        parse_any(bytes(content))[0][1].table()
