"""`jamlik read` as a newcomer calls it, on files that are none: one sentence, an exit code, never a traceback.

All calls are made by the command itself, one after the other in one process of its own, for it keeps pandas out.
"""

import gzip
import io
import json
import subprocess
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pytest

HERE = Path(__file__).parent / "files"
JSON: dict[str, Any] = {
    "class": "dataset",
    "version": "2.0",
    "label": "Prov",
    "id": ["kön", "år"],
    "size": [2, 2],
    "dimension": {
        "kön": {"category": {"index": ["1", "2"], "label": {"1": "män", "2": "kvinnor"}}},
        "år": {"category": {"index": {"2020": 0, "2021": 1}}},
    },
    "value": [1, 2, None, 4],
    "status": {"2": ".."},
}
TEXT = json.dumps(JSON, ensure_ascii=False)
PX = (
    'CHARSET="ANSI";\nCODEPAGE="windows-1252";\nTITLE="Prov å";\nSTUB="kön";\nHEADING="år";\n'
    'VALUES("kön")="män","kvinnor";\nVALUES("år")="2020","2021";\nDATA=\n1 2\n".." 4;\n'
)
CALLS = """
import contextlib, io, json, sys, time
from pipelines.cli import main
for words in json.load(sys.stdin):
    out, err, code, began = io.StringIO(), io.StringIO(), 0, time.monotonic()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(["read", *words])
        except SystemExit as end:
            code = end.code
        except BaseException as fault:
            code = f"Traceback: {fault!r}"
    print(json.dumps([code, out.getvalue(), err.getvalue(), time.monotonic() - began]))
"""


@dataclass(frozen=True)
class Told:
    """A finished call."""

    code: int | str
    out: str
    err: str
    seconds: float


def book(*rows: list[Any], far: bool = False) -> bytes:
    made = openpyxl.Workbook()
    for row in rows:
        made.active.append(row)
    if far:
        made.active.cell(row=1_048_576, column=16_384, value=1)
    stream = io.BytesIO()
    made.save(stream)
    return stream.getvalue()


def bomb(megabytes: int, says: int | None = None) -> bytes:
    """A workbook of noughts; its table of contents may say that the sheet is smaller than it is."""
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
        with archive.open("xl/worksheets/sheet1.xml", "w") as sheet:
            for _ in range(megabytes):
                sheet.write(b"0" * 1_000_000)
    raw = bytearray(stream.getvalue())
    if says is not None:
        entry = raw.rfind(b"xl/worksheets/sheet1.xml") - 46
        raw[entry + 24 : entry + 28] = says.to_bytes(4, "little")
    return bytes(raw)


NASTY: dict[str, tuple[bytes, str]] = {
    "tom.px": (b"", "the file is empty"),
    "blank.csv": (b"\xef\xbb\xbf \r\n\r\n", "the file is empty"),
    "slump.px": (bytes(range(256)) * 40, "no text but bytes of another kind"),
    "nollor.json": (bytes(5000), "no text but bytes of another kind"),
    "halv.json.gz": (gzip.compress(TEXT.encode() * 50)[:100], "packed with gzip; unpack it first"),
    "rapport.pdf": (b"%PDF-1.7\n%\xe2\xe3\n1 0 obj", "this is a PDF"),
    "gammal.xls": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "old .xls workbook; save it as .xlsx"),
    "sida.csv": (b"<!DOCTYPE html><html></html>", "a web page"),
    "utan märke.px": (PX.encode("utf-16-le"), "no text but bytes of another kind"),
    "halv utf16.px": (PX.encode("utf-16")[:-1], "marked as UTF-16 but is not whole"),
    "latin1.json": (TEXT.encode("latin-1"), "not whole JSON"),
    "halv.json": (TEXT.encode()[:-20], "not whole JSON"),
    "djup.json": (b"[" * 100_000, "not whole JSON"),
    "samling.json": (b'{"class": "collection", "link": {"item": [{}, {}]}}', "collection: 2 links and no cells"),
    "samling2.json": (b'{"class": "collection", "link": null}', "collection: 0 links"),
    "samling3.json": (b'{"class": "collection", "link": [1]}', "collection: 0 links"),
    "samling4.json": (b'{"class": "collection", "link": {"item": 7}}', "collection: 0 links"),
    "metadata.json": (json.dumps({**JSON, "value": []}).encode(), "metadata, not data"),
    "kort.json": (json.dumps({**JSON, "value": [1, 2, 3]}).encode(), "3 numbers but the sizes make 4 cells"),
    "bomb.xlsx": (bomb(300), "not safe to open"),
    "lögn.xlsx": (bomb(5, says=1000), "cannot be opened"),
    "långt bort.xlsx": (book(["x", "2020"], ["a", 1], far=True), "spans 1048576 x 16384 cells"),
    "formler.xlsx": (book(["x", "2020", "2021"], ["a", "=1+1", 2]), "row 2, column 2, is a formula saved without"),
    "fel.xlsx": (book(["x", "2020", "2021"], ["a", 1, "#N/A"]), "holds the spreadsheet's error #N/A"),
    "tomt blad.xlsx": (book(), "holds no table"),
    "datum.xlsx": (book(["x", "2020"], ["a", "1 januari"]), "no row with a text to the left and numbers to the right"),
    "fri text.csv": (b"Hej! Har kommer siffrorna.\n1\n2\n", "no comma, semicolon or tab"),
    "upprepad.px": (b'CHARSET="ANSI";\nVALUES(' + b'"a"  ' * 60 + b"=1;", "line 2 is not a PX statement"),
}
READ = {
    "märke.json": b"\xef\xbb\xbf" + TEXT.encode(),
    "utf16.json": TEXT.encode("utf-16"),
    "utf16.px": PX.encode("utf-16"),
    "åäö och blanksteg i namnet.px": PX.encode("cp1252"),
    "utan ändelse": PX.encode("cp1252"),
    "fel ändelse.xlsx": PX.encode("cp1252"),
    "PK.csv": '"PK";"2020"\n"män";1\n"kvinnor";..\n'.encode("cp1252"),
}
INJECTION = {
    **JSON,
    "id": ["kön", "=år"],
    "dimension": {
        "kön": {"category": {"index": ["1", "2"], "label": {"1": "=cmd|' /C calc'!A0", "2": "+46-8"}}},
        "=år": {"category": {"index": ["2020", "2021"]}},
    },
    "status": {"2": "@SUM(A1)"},
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Told]:
    """What was said of every file, and of the calls at the end."""
    folder = tmp_path_factory.mktemp("nasty")
    for name, content in [*((n, c) for n, (c, _) in NASTY.items()), *READ.items()]:
        (folder / name).write_bytes(content)
    (folder / "farlig.json").write_text(json.dumps(INJECTION))
    good = folder / "utf16.px"
    (folder / "mapp").mkdir()
    calls: dict[str, list[str]] = {name: [str(folder / name)] for name in [*NASTY, *READ, "farlig.json"]}
    calls |= {
        "a folder": [str(folder / "mapp")],
        "no such file": [str(folder / "finns inte.px")],
        "no file at all": [],
        "another ending": [str(good), "-o", str(folder / "ut.txt")],
        "no ending": [str(good), "-o", str(folder / "ut")],
        "out is a folder": [str(good), "-o", str(folder / "mapp")],
        "out under a file": [str(good), "-o", str(good / "ut.csv")],
        "out in /proc": [str(good), "-o", "/proc/ut.csv"],
        "out as csv": [str(folder / "farlig.json"), "-o", str(folder / "ut" / "å ä.csv")],
        "out as parquet": [str(good), "-o", str(folder / "ut" / "ut.PARQUET")],
        "another language": [str(folder / "utan ändelse"), "--language", "xx"],
    }
    given = json.dumps(list(calls.values()))
    words = [sys.executable, "-c", CALLS]
    done = subprocess.run(words, input=given, capture_output=True, text=True, timeout=300, check=True)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    found = {name: Told(*line) for name, line in zip(calls, lines, strict=True)}
    written = folder / "ut" / "å ä.csv"
    found["the csv"] = Told(0, written.read_text("utf-8") if written.exists() else "", "", 0)
    return found


def test_no_call_ends_in_a_traceback_or_takes_long(told: dict[str, Told]) -> None:
    for name, call in told.items():
        assert call.code in (0, 1, 2), (name, call)
        assert "Traceback" not in call.err, name
        assert call.seconds < 15, (name, call.seconds)


@pytest.mark.parametrize("name", sorted(NASTY))
def test_what_is_no_table_is_refused_in_one_sentence(name: str, told: dict[str, Told]) -> None:
    call = told[name]
    assert (call.code, call.out) == (1, "")
    assert call.err.startswith(f"jamlik: {name} was not read: ")
    assert NASTY[name][1] in call.err
    assert call.err.count("\n") == 1


@pytest.mark.parametrize("name", sorted(READ))
def test_what_is_a_table_in_disguise_is_read(name: str, told: dict[str, Told]) -> None:
    call = told[name]
    assert call.code == 0, call.err
    assert "män" in call.out
    assert ",.." in call.out


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("a folder", 2, "is a directory"),
        ("no such file", 2, "there is no file"),
        ("no file at all", 2, "Missing argument"),
        ("another ending", 2, "end the name with .csv or .parquet"),
        ("no ending", 2, "end the name with .csv or .parquet"),
        ("out is a folder", 2, "is a directory"),
        ("out under a file", 1, "was not written"),
        ("out in /proc", 1, "was not written"),
        ("out as parquet", 0, "4 cells"),
        ("another language", 1, "no language 'xx'"),
    ],
)
def test_calls_that_are_wrong_or_cannot_be_done(name: str, code: int, words: str, told: dict[str, Told]) -> None:
    assert told[name].code == code, told[name]
    assert words in told[name].err
    assert told[name].err.count("\n") == 1


def test_nothing_that_a_spreadsheet_would_run_leaves_as_csv(told: dict[str, Told]) -> None:
    for way in ("farlig.json", "the csv"):
        written = told[way].out.replace('"', "")
        cells = [cell for line in written.splitlines() for cell in line.split(",")]
        assert not [cell for cell in cells if cell[:1] in ("=", "@", "+")], way
        assert "'=cmd|" in written
        assert "'+46-8" in written
        assert "'@SUM(A1)" in written
        assert written.startswith("kön,kön_label,'=år,'=år_label,value,status")
