"""PX-JSON: PxWeb v1's own `json` and PxWebApi 2's `json-px`.

Belongs here: bytes → `Tidy`. Does not belong here: json-stat (jsonstat.py), requests (protocols/).

`columns[{code,text,type}]` with type d (dimension), t (time) or c (contents); `data[{key[],values[]}]` with
one text per contents column; symbols stand in place of numbers. The contents columns become a variable of
their own, `ContentsCode`, as in json-stat, so that one row is one cell. There are no labels for a dimension's
values in this format: label = code.
"""

from typing import Any

import numpy as np
import orjson
import pyarrow as pa

from pipelines.formats.tidy import (
    Malformed,
    Tidy,
    Variable,
    index_column,
    numbers_and_symbols,
    refuse_doubles,
    smallest_int,
)

CONTENTS = "ContentsCode"


def is_pxjson(reply: object) -> bool:
    """Whether the parsed JSON has PX-JSON's two parts."""
    return isinstance(reply, dict) and isinstance(reply.get("columns"), list) and isinstance(reply.get("data"), list)


def parse(reply: bytes) -> Tidy:
    """PX-JSON bytes (UTF-8, perhaps with a byte-order mark) → one row a cell; Malformed with the reason."""
    try:
        document = orjson.loads(reply.removeprefix(b"\xef\xbb\xbf"))
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is not whole JSON ({error}); fetch it again") from None
    return parse_document(document)


def parse_document(document: dict[str, Any]) -> Tidy:
    """As `parse`, for JSON that is parsed already."""
    if not is_pxjson(document):
        raise Malformed("PX-JSON has `columns` and `data`; this has not")
    columns, data = document["columns"], document["data"]
    for column in columns:
        if not isinstance(column, dict) or column.get("type") not in ("d", "t", "c"):
            raise Malformed(f"a column is not {{code, text, type d|t|c}}: {column!r}")
        texts = (column.get("code"), column.get("text") or "")
        if not texts[0] or not all(isinstance(t, str) for t in texts):
            raise Malformed(f"a column is not {{code, text, type d|t|c}}: {column!r}")
    keys = [c for c in columns if c["type"] != "c"]
    contents = [c for c in columns if c["type"] == "c"]
    if not contents:
        raise Malformed("there is no contents column, so there are no numbers")
    if not data:
        raise Malformed("`data` is empty")
    _check_rows(data, len(keys), len(contents))
    variables, indices = _keys(keys, data, len(contents))
    numbers = pa.array([v for row in data for v in row["values"]], pa.string())
    value, status = numbers_and_symbols(numbers, "`data`")
    measured = _contents(contents, [k["code"] for k in keys])
    variables.append(measured)
    indices.append(np.tile(np.arange(len(contents), dtype=smallest_int(len(contents))), len(data)))
    refuse_doubles(variables, indices)
    listed = document.get("metadata")
    about = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], dict) else {}
    return Tidy(
        tuple(variables),
        tuple(indices),
        value,
        status,
        title=str(about.get("label") or ""),
        source=str(about.get("source") or ""),
        updated=str(about.get("updated") or ""),
        notes=_comments(document.get("comments")),
    )


def _check_rows(data: list[Any], keys: int, contents: int) -> None:
    for number, row in enumerate(data, 1):
        key = row.get("key") if isinstance(row, dict) else None
        if not isinstance(key, list) or len(key) != keys:
            raise Malformed(f"`data` row {number} has not the {keys} key values that `columns` promises")
        values = row.get("values")
        if not isinstance(values, list) or len(values) != contents:
            raise Malformed(f"`data` row {number} has not the {contents} values that `columns` promises")
        if not all(v is None or isinstance(v, str) for v in values):
            raise Malformed(f"`data` row {number} has a value that is not a text")


def _keys(keys: list[dict[str, str]], data: list[Any], repeat: int) -> tuple[list[Variable], list[Any]]:
    variables: list[Variable] = []
    indices = []
    for place, column in enumerate(keys):
        try:
            texts = pa.array([row["key"][place] for row in data], pa.string())
        except (pa.ArrowInvalid, pa.ArrowTypeError):
            raise Malformed(f"the key {column['code']!r} has a value that is not a text") from None
        if texts.null_count:
            raise Malformed(f"the key {column['code']!r} is empty in some row")
        index, codes = index_column(texts)
        role = "time" if column["type"] == "t" else ""
        variables.append(Variable(column["code"], column.get("text") or column["code"], codes, codes, role))
        indices.append(np.repeat(index, repeat))
    return variables, indices


def _contents(contents: list[dict[str, str]], taken: list[str]) -> Variable:
    name = CONTENTS if CONTENTS not in taken else "Contents"
    codes = tuple(c["code"] for c in contents)
    return Variable(name, name, codes, tuple((c.get("text") or c["code"]).strip() for c in contents), "metric")


def _comments(comments: object) -> tuple[str, ...]:
    """Footnotes, each with the value it speaks of."""
    if not isinstance(comments, list):
        return ()
    return tuple(
        f"{c.get('variable')}={c.get('value')}: {str(c.get('comment')).strip()}"
        for c in comments
        if isinstance(c, dict)
    )
