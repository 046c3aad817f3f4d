"""The .px file format (PC-Axis; "PX file format", Statistics Sweden, 2013 and later keywords).

Belongs here: bytes of a .px file → `Tidy`. Does not belong here: any service, PxWeb's csv (pxcsv.py).

Code pages: CODEPAGE when it is given, Windows-1252 with CHARSET="ANSI", DOS 850 without CHARSET; "iso-8859-1"
is read as Windows-1252, which it is in practice. Strings on several lines are one string. With KEYS the data
part holds only rows with something in them: a row left out is zero by definition of the keyword, which is not
the same as missing. Symbols: "." … "......" are DATASYMBOL1-6, "-" DATASYMBOLNIL, "......." DATASYMBOLSUM; a
file may give them other texts, and `status` then carries the file's text, as the service's json-stat does.
CONTACT is skipped: names and telephone numbers are not ours to keep.
"""

import codecs
import re
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from pipelines.formats.tidy import (
    Malformed,
    Tidy,
    Unit,
    Variable,
    arrow,
    cell_count,
    dense_indices,
    no_status,
    pc,
)

# Possessive throughout: a damaged header must not be tried in every way that it could be taken apart.
_STATEMENT = re.compile(
    rb'\s*+([A-Za-z][A-Za-z0-9\-]*+)\s*+(?:\[\s*+"?([A-Za-z\-]++)"?\s*+\])?\s*+(?:\(\s*+((?:"[^"]*+"[\s,]*+)*+)\))?\s*+='
)
_BODY = re.compile(rb'(?:[^";]++|"[^"]*+")*+;')
_QUOTED = re.compile(r'"([^"]*)"')
_LIST_TOKEN = re.compile(r'"([^"]*)"|([^\s,"]+)|(,)')
_KEYED_TOKEN = re.compile(rb'"[^"]*"|[^\s,;"]+')
_SYMBOL_KEYWORDS = {"." * n: f"DATASYMBOL{n}" for n in range(1, 7)} | {
    "-": "DATASYMBOLNIL",
    ".......": "DATASYMBOLSUM",
}
_SKIPPED = ("CONTACT",)


@dataclass(frozen=True)
class Header:
    """Every statement before DATA, by (keyword, language or "", subject texts), with its raw value."""

    statements: dict[tuple[str, str, tuple[str, ...]], str]
    language: str
    languages: tuple[str, ...]

    def raw(self, keyword: str, language: str, *subject: str) -> str | None:
        """The value as written; the main language's statements carry no language mark."""
        for mark in (language, "") if language == self.language else (language,):
            found = self.statements.get((keyword, mark, subject))
            if found is not None:
                return found
        return None

    def strings(self, keyword: str, language: str, *subject: str) -> list[str] | None:
        """The value as a list of texts; strings that follow each other without a comma are one."""
        found = self.raw(keyword, language, *subject)
        return None if found is None else split_strings(found)

    def text(self, keyword: str, language: str, *subject: str) -> str:
        """The value as one text: the language's, else the main language's, else empty."""
        found = self.strings(keyword, language, *subject) or self.strings(keyword, self.language, *subject)
        return found[0] if found else ""


def looks_like_px(start: bytes) -> bool:
    """Whether the first bytes are a PX statement."""
    return _STATEMENT.match(start.removeprefix(codecs.BOM_UTF8)) is not None


def split_strings(raw: str) -> list[str]:
    """`"a","b" "c",1` → ["a", "bc", "1"]."""
    items: list[str] = []
    joined = False
    for match in _LIST_TOKEN.finditer(raw):
        quoted, bare, comma = match.groups()
        if comma:
            joined = False
        elif quoted is not None and joined:
            items[-1] += quoted
        else:
            items.append(quoted if quoted is not None else bare)
            joined = quoted is not None
    return items


def parse(content: bytes, language: str | None = None) -> Tidy:
    """A .px file → one row a cell, labels in `language` (default: the file's main language).

    Raises Malformed when a part is missing, the number of cells is not what VALUES make, or a cell is neither
    a number nor a symbol.
    """
    header, data = read_header(content)
    lang = language or header.language
    if lang != header.language and lang not in header.languages:
        raise Malformed(f"the file has no language {lang!r}, only {list(header.languages)}")
    variables, stubs = _variables(header, lang)
    sizes = [len(v.codes) for v in variables]
    cell_count(sizes)
    keys = [header.raw("KEYS", header.language, _main_name(header, i)) for i in range(stubs)]
    if any(keys):
        value, status = _keyed(data, header, lang, variables[:stubs], keys, int(np.prod(sizes[stubs:], dtype=int)))
    else:
        value, status = _dense(data, header, lang, cell_count(sizes))
    return Tidy(
        tuple(variables),
        dense_indices(sizes),
        value,
        status,
        title=header.text("TITLE", lang) or header.text("DESCRIPTION", lang),
        source=header.text("SOURCE", lang),
        updated=header.text("LAST-UPDATED", lang) or header.text("CREATION-DATE", lang),
        table_id=header.text("TABLEID", lang) or header.text("MATRIX", lang),
        unit=_unit(header, lang),
        notes=tuple(n for n in (header.text("NOTEX", lang), header.text("NOTE", lang)) if n),
    )


def read_header(content: bytes) -> tuple[Header, bytes]:
    """The statements before DATA, decoded, and the bytes after `DATA=`."""
    body = content.removeprefix(codecs.BOM_UTF8)
    found: list[tuple[bytes, bytes, bytes, bytes]] = []
    place = 0
    while True:
        match = _STATEMENT.match(body, place)
        if match is None:
            rest = body[place:].lstrip()
            if not rest:
                raise Malformed("the file ends without DATA; it holds no cells")
            line = body.count(b"\n", 0, len(body) - len(rest)) + 1
            rest = rest[:40]
            raise Malformed(f"line {line} is not a PX statement: {rest.decode('latin-1')!r}")
        keyword = match.group(1).upper()
        if keyword == b"DATA":
            break
        ended = _BODY.match(body, match.end())
        if ended is None:
            line = body.count(b"\n", 0, match.start(1)) + 1
            raise Malformed(f"the statement {keyword.decode()} on line {line} never ends with a semicolon")
        if keyword.decode() not in _SKIPPED:
            found.append((keyword, match.group(2) or b"", match.group(3) or b"", ended.group()[:-1]))
        place = ended.end()
    decode = _decoder(content, {k: v for k, lang, sub, v in found if not sub and not lang})
    statements = {
        (k.decode(), lang.decode(), tuple(_QUOTED.findall(decode(sub)))): decode(value).strip()
        for k, lang, sub, value in found
    }
    main = statements.get(("LANGUAGE", "", ()), "").strip('"')
    languages = split_strings(statements.get(("LANGUAGES", "", ()), "")) or ([main] if main else [])
    data = body[match.end() :].rstrip(b"\x00\x1a")  # DOS programs end a file with 0x1A
    if data.strip() and data[-1:] not in b"; \t\r\n":
        # Cut inside its last number a file would still have the right number of cells, and 41 would read as 4.
        raise Malformed("DATA ends inside its last cell, so the file is cut off; get it again")
    return Header(statements, main, tuple(languages)), data


def _decoder(content: bytes, plain: dict[bytes, bytes]) -> Callable[[bytes], str]:
    """How the file's texts are encoded, from its own words."""
    page = plain.get(b"CODEPAGE", b"").strip(b'" \r\n').decode("latin-1").lower()
    if content.startswith(codecs.BOM_UTF8):
        name = "utf-8"
    elif page:
        name = {"iso-8859-1": "cp1252", "iso8859-1": "cp1252", "latin1": "cp1252"}.get(page, page)
        name = f"cp{name}" if name.isdigit() else name
    elif b"CHARSET" in plain:
        name = "cp1252"
    else:
        name = "cp850"  # before CHARSET existed, PC-Axis was a DOS program
    try:
        # Keywords and quotes are found as ASCII; Python also calls compressions and escapes for host names codecs.
        is_page = '";='.encode(name) == b'";=' and b"\\x41".decode(name) == "\\x41"
        codec = codecs.lookup(name)
    except (LookupError, ValueError):
        is_page = False
    if not is_page:
        raise Malformed(f"the code page {page!r} is not known")

    def decode(raw: bytes) -> str:
        # A byte that the page leaves undefined becomes U+FFFD, which the check for broken text then finds.
        try:
            return codec.decode(raw, "replace" if name.startswith("cp") else "strict")[0]
        except UnicodeError:
            raise Malformed(f"its texts are not in {name}, the code page it names; correct CODEPAGE") from None

    return decode


def _names(header: Header, lang: str) -> tuple[list[str], int]:
    stub = header.strings("STUB", lang) or []
    heading = header.strings("HEADING", lang) or []
    return stub + heading, len(stub)


def _main_name(header: Header, place: int) -> str:
    return _names(header, header.language)[0][place]


def _variables(header: Header, lang: str) -> tuple[list[Variable], int]:
    main_names, stubs = _names(header, header.language)
    if not main_names:
        raise Malformed("STUB and HEADING are both missing, so the table has no variables")
    names = _names(header, lang)[0]
    if len(names) != len(main_names):
        raise Malformed(f"the language {lang!r} names {len(names)} variables, the main language {len(main_names)}")
    metric = header.text("CONTVARIABLE", header.language)
    if metric and metric not in main_names:
        raise Malformed(f"CONTVARIABLE names {metric!r}, which is in neither STUB nor HEADING")
    return [_variable(header, lang, m, n, m == metric) for m, n in zip(main_names, names, strict=True)], stubs


def _variable(header: Header, lang: str, main_name: str, name: str, metric: bool) -> Variable:
    main = header.language
    main_labels = header.strings("VALUES", main, main_name)
    labels = header.strings("VALUES", lang, name) or main_labels
    if not labels or main_labels is None:
        raise Malformed(f"VALUES are missing for the variable {name!r}")
    codes = header.strings("CODES", main, main_name) or header.strings("CODES", lang, name) or main_labels
    if len(codes) != len(labels) or len(labels) != len(main_labels):
        raise Malformed(f"the variable {name!r} has {len(labels)} VALUES but {len(codes)} CODES")
    code = header.text("VARIABLECODE", main, main_name) or header.text("VARIABLECODE", lang, name) or main_name
    timeval = header.raw("TIMEVAL", main, main_name)
    if timeval is not None:
        _check_timeval(main_name, timeval, len(codes))
    kind = header.text("VARIABLE-TYPE", main, main_name)
    role = "metric" if metric else "time" if timeval is not None else "geo" if kind == "G" else ""
    units = {}
    if metric:
        for place, value_code in enumerate(codes):
            base = header.text("UNITS", lang, labels[place]) or header.text("UNITS", main, main_labels[place])
            units[value_code] = Unit(
                base or header.text("UNITS", lang), _decimals(header, main_name, main_labels[place])
            )
    return Variable(code, name, tuple(codes), tuple(labels), role, _parents(header, main_name), units)


def _check_timeval(name: str, raw: str, values: int) -> None:
    """TIMEVAL lists the periods again (or a range); a list of another length contradicts VALUES."""
    listed = split_strings(raw[raw.find(")") + 1 :]) if ")" in raw else []
    if listed and len(listed) != values:
        raise Malformed(f"TIMEVAL of {name!r} lists {len(listed)} periods but VALUES has {values}")


def _decimals(header: Header, variable: str, value: str) -> int | None:
    shown = header.raw("PRECISION", header.language, variable, value)
    shown = shown or header.raw("SHOWDECIMALS", header.language) or header.raw("DECIMALS", header.language)
    return int(shown) if shown and shown.isdigit() else None


def _unit(header: Header, lang: str) -> Unit | None:
    base = header.text("UNITS", lang)
    shown = header.raw("SHOWDECIMALS", header.language) or header.raw("DECIMALS", header.language) or ""
    return Unit(base, int(shown) if shown.isdigit() else None) if base else None


def _parents(header: Header, name: str) -> dict[str, tuple[str, ...]]:
    """HIERARCHIES("region")="00","00":"01",… → {"01": ("00",)}: what stands above each code."""
    parents: dict[str, tuple[str, ...]] = {}
    for above, below in re.findall(
        r'"([^"]*)"\s*:\s*"([^"]*)"', header.raw("HIERARCHIES", header.language, name) or ""
    ):
        parents[below] = (*parents.get(below, ()), above)
    return parents


def _dense(data: bytes, header: Header, lang: str, cells: int) -> tuple[pa.Array, pa.Array]:
    tokens = data.replace(b";", b" ").split()  # some writers end every row, not only the last, with a semicolon
    if not tokens:
        raise Malformed("DATA is empty")
    if len(tokens) != cells:
        raise Malformed(f"DATA has {len(tokens)} cells but VALUES make {cells}")
    return _cells(pa.array(tokens, pa.binary()), header, lang)


def _cells(tokens: pa.Array, header: Header, lang: str) -> tuple[pa.Array, pa.Array]:
    """Cells as written, quoted symbols and bare numbers, to (value, status)."""
    try:
        text = tokens.cast(pa.string())
    except pa.ArrowInvalid:
        raise Malformed("DATA holds bytes that are not text") from None
    symbols = list(_SYMBOL_KEYWORDS)
    forms = pa.array([f'"{s}"' for s in symbols] + symbols, pa.string())
    which = pc.index_in(text, value_set=forms)
    is_symbol = which.is_valid()
    numbers = text if which.null_count == len(which) else pc.if_else(is_symbol, pa.scalar(None, pa.string()), text)
    try:
        value = numbers.cast(pa.float64())
        finite = pc.all(pc.is_finite(value)).as_py() is not False
    except pa.ArrowInvalid:
        finite = False
    if not finite:
        good = pc.fill_null(pc.match_substring_regex(numbers, r"^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$"), True)
        row = pc.index(good, pa.scalar(False)).as_py()
        raise Malformed(f"cell {row + 1} of DATA is {text[row].as_py()!r}, neither a number nor a symbol")
    if which.null_count == len(which):
        return value, no_status(len(value))
    texts = [header.text(_SYMBOL_KEYWORDS[s], lang) or s for s in symbols]
    distinct = list(dict.fromkeys(texts))
    place = pa.array([distinct.index(t) for t in texts] * 2, pa.int8())
    return value, pa.DictionaryArray.from_arrays(place.take(which), pa.array(distinct, pa.string()))


def _keyed(
    data: bytes, header: Header, lang: str, stub: list[Variable], keys: list[str | None], width: int
) -> tuple[pa.Array, pa.Array]:
    """Rows that begin with their stub values (KEYS); rows left out are zero."""
    if not all(keys):
        raise Malformed("KEYS is given for some stub variables but not for all")
    tokens = [t for t in _KEYED_TOKEN.findall(data) if t]
    step = len(stub) + width
    if not tokens or len(tokens) % step:
        raise Malformed(f"DATA has {len(tokens)} parts, not a whole number of rows of {step}")
    decode = _decoder(
        b"",
        {
            k.encode(): v.encode("latin-1")
            for (k, lg, sub), v in header.statements.items()
            if k in ("CODEPAGE", "CHARSET") and not lg and not sub
        },
    )
    rows = np.zeros(len(tokens) // step, np.int64)
    for place, variable in enumerate(stub):
        named = variable.codes if (keys[place] or "").strip('" ').upper() == "CODES" else _main_labels(header, place)
        known = {text: i for i, text in enumerate(named)}
        for row, token in enumerate(tokens[place::step]):
            text = decode(token).strip('"')
            if text not in known:
                raise Malformed(f"row {row + 1} of DATA has the key {text!r}, which {variable.code!r} does not have")
            rows[row] = rows[row] * len(named) + known[text]
    if len(np.unique(rows)) != len(rows):
        raise Malformed("DATA has the same key row twice")
    cells = [t for start in range(0, len(tokens), step) for t in tokens[start + len(stub) : start + step]]
    value, status = _cells(pa.array(cells, pa.binary()), header, lang)
    total = cell_count([len(v.codes) for v in stub]) * width
    places = (rows[:, None] * width + np.arange(width)).ravel()
    order = np.full(total, -1, np.int64)
    order[places] = np.arange(len(places))
    picked = arrow(order, mask=order < 0)
    absent = arrow(order < 0)
    return pc.if_else(absent, pa.scalar(0.0), value.take(picked)), status.take(picked)


def _main_labels(header: Header, place: int) -> list[str]:
    return header.strings("VALUES", header.language, _main_name(header, place)) or []
