"""Every readable recorded reply, cell by cell, against a second reading of it that shares nothing with the parsers.

The second reading is written from the formats' descriptions alone: one character, one cell at a time, far too slow to
use. Codes, labels, values and symbols of every cell must be the same, in each language of a file. Skipped without the
replies.
"""

import itertools
import json
import math
import re
from typing import Any

import pyarrow as pa
import pytest

from pipelines.formats.detect import parse_any
from tests.formats.test_recorded import COUNTED, FIXTURES, READABLE

Cell = tuple[tuple[str, ...], tuple[str, ...], float | None, str | None]
SYMBOLS = {"." * n: f"DATASYMBOL{n}" for n in range(1, 7)} | {"-": "DATASYMBOLNIL", ".......": "DATASYMBOLSUM"}

pytestmark = pytest.mark.skipif(not FIXTURES.is_dir(), reason=f"the recorded replies are not at {FIXTURES}")


def json_stat(document: dict[str, Any]) -> list[Cell]:
    """All datasets of json-stat 1 or 2, one after the other."""
    bodies = [document] if "dimension" in document else [d for d in document.values() if "dimension" in d]
    return [cell for body in bodies for cell in json_stat_one(body)]


def json_stat_one(body: dict[str, Any]) -> list[Cell]:
    dimension = body["dimension"]
    ids, sizes = body.get("id") or dimension["id"], body.get("size") or dimension["size"]
    lists = []
    for name in ids:
        category = dimension[name]["category"]
        index, texts = category.get("index"), category.get("label") or {}
        codes = list(texts) if index is None else index
        codes = sorted(codes, key=codes.__getitem__) if isinstance(codes, dict) else codes
        lists.append([(code, texts.get(code, code)) for code in codes])
    values, status = body["value"], body.get("status")
    if isinstance(status, dict) and "value" in status:
        status = status["value"]
    found: list[Cell] = []
    for number, combination in enumerate(itertools.product(*lists)):
        value = values[number] if isinstance(values, list) else values.get(str(number))
        said = status
        if isinstance(status, dict):
            said = status.get(str(number))
        elif isinstance(status, list):
            said = status[0] if len(status) == 1 < math.prod(sizes) else status[number]
        codes, labels = zip(*combination, strict=True)
        found.append((codes, labels, None if value is None else float(value), said or None))
    return found


def px_json(document: dict[str, Any]) -> list[Cell]:
    found: list[Cell] = []
    contents = [c for c in document["columns"] if c["type"] == "c"]
    for row in document["data"]:
        for column, text in zip(contents, row["values"], strict=True):
            number = re.fullmatch(r"[-+]?[\d.]*\d[\d.]*", text)
            key = tuple(row["key"])
            cell = (float(text), None) if number else (None, text.strip())
            found.append(((*key, column["code"]), (*key, column["text"].strip()), *cell))
    return found


class Px:
    """A .px file by one walk over its characters: quotes opened and closed, semicolons and signs of equality."""

    def __init__(self, raw: bytes, language: str | None) -> None:
        page = re.search(rb'CODEPAGE="([^"]+)"', raw)
        name = page[1].decode().lower() if page else "cp1252" if b"CHARSET" in raw else "cp850"
        text = raw.decode({"iso-8859-1": "cp1252"}.get(name, name))
        self.statements: dict[tuple[str, str, str], str] = {}
        self.data = ""
        key, gathered, quoted = "", "", False
        for place, letter in enumerate(text):
            quoted ^= letter == '"'
            if letter == "=" and not quoted and not key:
                key, gathered = gathered.strip(), ""
                if key.upper() == "DATA":
                    self.data = text[place + 1 :]
                    break
            elif letter == ";" and not quoted:
                self._keep(key, gathered)
                key, gathered = "", ""
            else:
                gathered += letter
        self.main = ""
        self.main = "".join(self.texts("LANGUAGE"))
        self.language = language or self.main

    def _keep(self, key: str, value: str) -> None:
        word, _, subject = key.partition("(")
        word, _, mark = word.strip().partition("[")
        self.statements[word.strip().upper(), mark.strip('"] \r\n'), ",".join(_quoted(subject))] = value

    def raw(self, word: str, subject: str = "", mark: str | None = None) -> str | None:
        mark = self.main if mark is None else mark
        found = self.statements.get((word, mark, subject))
        return self.statements.get((word, "", subject)) if found is None and mark in ("", self.main) else found

    def texts(self, word: str, subject: str = "", mark: str | None = None) -> list[str]:
        """The value's items; strings without a comma between them are one."""
        items, quoted = [""], False
        for letter in self.raw(word, subject, mark) or "":
            quoted ^= letter == '"'
            if letter == "," and not quoted:
                items.append("")
            else:
                items[-1] += letter
        return ["".join(_quoted(item)) if '"' in item else item.strip() for item in items if item.strip()]

    def cells(self) -> list[Cell]:
        stub = self.texts("STUB")
        names = stub + self.texts("HEADING")
        theirs = (self.texts("STUB", mark=self.language) + self.texts("HEADING", mark=self.language)) or names
        lists = []
        for name, other in zip(names, theirs, strict=True):
            values = self.texts("VALUES", name)
            labels = self.texts("VALUES", other, self.language) or values
            lists.append(list(zip(self.texts("CODES", name) or values, labels, strict=True)))
        keyed = bool(self.raw("KEYS", stub[0])) if stub else False
        tokens = _tokens(self.data, " \t\r\n;\x00\x1a," if keyed else " \t\r\n;\x00\x1a")
        if keyed:
            tokens = self._whole(tokens, lists, len(stub))
        found: list[Cell] = []
        for combination, token in zip(itertools.product(*lists), tokens, strict=True):
            codes, labels = zip(*combination, strict=True)
            word = SYMBOLS.get(token.strip('"'))
            said = (self.texts(word, mark=self.language) or self.texts(word)) if word else []
            symbol = (said[0] if said else token.strip('"')) if word else None
            found.append((codes, labels, None if word else float(token), symbol))
        return found

    @staticmethod
    def _whole(tokens: list[str], lists: list[list[tuple[str, str]]], stubs: int) -> list[str]:
        """Every cell of a file with KEYS, by code or by text: what is left out is nought."""
        width = math.prod(map(len, lists[stubs:]))
        rows = {}
        for start in range(0, len(tokens), stubs + width):
            row = tokens[start : start + stubs + width]
            named = [dict([(c, c) for c, _ in each] + [(t, c) for c, t in each]) for each in lists[:stubs]]
            rows[tuple(names[key.strip('"')] for names, key in zip(named, row, strict=False))] = row[stubs:]
        keys = [tuple(code for code, _ in key) for key in itertools.product(*lists[:stubs])]
        assert set(rows) <= set(keys)
        return [token for key in keys for token in rows.get(key, ["0"] * width)]


def _quoted(text: str) -> list[str]:
    return text.split('"')[1::2]


def _tokens(text: str, blanks: str) -> list[str]:
    found, current, quoted = [], "", False
    for letter in text:
        quoted ^= letter == '"'
        if letter in blanks and not quoted:
            found.append(current)
            current = ""
        else:
            current += letter
    return [token for token in [*found, current] if token]


def languages(name: str) -> list[str | None]:
    listed = (
        re.search(rb"\nLANGUAGES=([^;]*);", (FIXTURES / name).read_bytes()) if name.lower().endswith("px") else None
    )
    return [None, *_quoted(listed[1].decode())] if listed else [None]


def _texts(column: pa.ChunkedArray) -> list[str | None]:
    """A column of texts; Arrow's own list is made one value at a time."""
    return column.cast(pa.string()).to_numpy().tolist()


@pytest.mark.parametrize(("name", "language"), [(n, lang) for n in READABLE for lang in languages(n)])
def test_every_cell_is_as_another_reading_has_it(name: str, language: str | None) -> None:
    raw = (FIXTURES / name).read_bytes()
    if COUNTED[name].startswith("px "):
        want = Px(raw, language).cells()
    else:
        document = json.loads(raw.decode("utf-8-sig"))
        want = px_json(document) if "columns" in document else json_stat(document)
    found: list[Cell] = []
    for _, tidy in parse_any(raw, language):
        table = tidy.table()
        codes = zip(*(_texts(table[n]) for n in tidy.names()), strict=True)
        labels = zip(*(_texts(table[f"{n}_label"]) for n in tidy.names()), strict=True)
        rest = (table["value"].to_pylist(), table["status"].to_pylist())
        found += list(zip(codes, labels, *rest, strict=True))
    assert len(found) == len(want)
    assert [pair for pair in zip(found, want, strict=True) if pair[0] != pair[1]][:3] == []
