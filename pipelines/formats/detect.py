"""Which format some bytes are in, told by the bytes themselves and never by the file's name.

Belongs here: telling formats apart, and saying what a refused file is instead. Does not belong here: any
format's grammar.
"""

import codecs
import re
from typing import Any

from pipelines.formats import px
from pipelines.formats.tidy import Malformed, Tidy

_HTML = re.compile(rb"^\s*<(!doctype html|html|head|body|\?xml)", re.IGNORECASE)


def parse_any(content: bytes, language: str | None = None) -> list[tuple[str, Tidy]]:
    """The tables in the bytes as (name, table): one, except for json-stat 1, which may bundle several.

    Raises Malformed with the reason when the bytes are in no format this reads, or contradict themselves.
    """
    content = _as_utf8(content)
    start = content[:4096].removeprefix(codecs.BOM_UTF8).lstrip()
    if not start:
        raise Malformed("the file is empty")
    if start[:4] in (b"PK\x03\x04", b"PK\x05\x06"):
        from pipelines.formats import xlsx

        return [("table", xlsx.parse(content))]
    _refuse_strangers(start)
    if start[:1] in b"{[":
        return _json(content)
    if px.looks_like_px(start):
        return [("table", px.parse(content, language))]
    from pipelines.formats import pxcsv

    return [("table", pxcsv.parse(content))]


def _as_utf8(content: bytes) -> bytes:
    """Text that says it is UTF-16, as a spreadsheet saves it, in UTF-8; everything else as it is."""
    if not content.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return content
    try:
        return codecs.BOM_UTF8 + content.decode("utf-16").encode()
    except UnicodeError:
        raise Malformed("it is marked as UTF-16 but is not whole text in it") from None


def _refuse_strangers(start: bytes) -> None:
    if _HTML.match(start):
        raise Malformed("this is a web page, not a table; the service answered with an error page")
    if start[:4] == b"PAR1":
        raise Malformed("this is parquet, which is a table already; open it as it is")
    if start[:4] == b"\xd0\xcf\x11\xe0":
        raise Malformed("this is an old .xls workbook; save it as .xlsx")
    if start[:2] == b"\x1f\x8b":
        raise Malformed("this is packed with gzip; unpack it first")
    if start[:5] == b"%PDF-":
        raise Malformed("this is a PDF, which holds no table to read; get the figures as .px, .csv or .xlsx")
    if b"\x00" in start:
        raise Malformed("this is no text but bytes of another kind; get the figures as .px, .csv, .json or .xlsx")
    if re.match(rb"\[(Aggreg|Descr|Domain|Valueset)", start, re.IGNORECASE):
        raise Malformed("this is a PxWeb value set or aggregation list, which holds no cells")


def _json(content: bytes) -> list[tuple[str, Tidy]]:
    import orjson

    from pipelines.formats import jsonstat, pxjson

    try:
        document = orjson.loads(content.removeprefix(codecs.BOM_UTF8))
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is not whole JSON ({error}); fetch it again") from None
    if pxjson.is_pxjson(document):
        return [("table", pxjson.parse_document(document))]
    if jsonstat.is_jsonstat(document):
        return jsonstat.parse_document(document, jsonstat.may_hold_booleans(content))
    raise Malformed(f"this JSON is neither json-stat nor PX-JSON{_what_else(document)}")


def _what_else(document: Any) -> str:
    if isinstance(document, dict):
        if "variables" in document and "title" in document:
            return ": it is a PxWeb v1 description of a table, without its cells"
        for word in ("title", "error"):
            if isinstance(document.get(word), str):
                return f": the service answered {document[word]!r}"
        if isinstance(document.get("values"), list):
            return ": it is a list of records from another kind of service"
    return ""
