"""JSON-stat 1 and 2 (json-stat.org/full): dense and sparse values, any form of status and index.

Belongs here: bytes of a json-stat reply → `Tidy`. Does not belong here: which service sent it or what was
asked (protocols/), PxWeb's own JSON (pxjson.py).

Read against the JSON-stat 2.0 format description and against replies of PxWebApi 2, PxWeb v1, Statistics
Norway, Eurostat and Statistics Finland. Traps it knows: `category.index` in another order than its positions;
a status dictionary whose keys are flat indices; a sparse `value` object; a full-length value object; metadata
that looks like data (`value: []`); a short value list; dimension names that are not in `id`.
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson
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
    smallest_int,
)

Json = dict[str, Any]
_RESERVED = ("id", "size", "role")  # version 1 keeps these among the dimensions


def is_jsonstat(reply: object) -> bool:
    """Whether the parsed JSON holds at least one json-stat dataset or says that it is one."""
    return isinstance(reply, dict) and (bool(_datasets(reply)) or reply.get("class") in ("dataset", "collection"))


def parse(reply: bytes) -> list[tuple[str, Tidy]]:
    """All datasets of a json-stat document as (name, table); version 2 has one, version 1 may have several.

    Raises Malformed when the bytes are not JSON, hold no dataset, or a dataset contradicts itself.
    """
    try:
        document = orjson.loads(reply)
    except orjson.JSONDecodeError as error:
        raise Malformed(f"this is not whole JSON ({error}); fetch it again") from None
    return parse_document(document, may_hold_booleans(reply))


def may_hold_booleans(reply: bytes) -> bool:
    """Whether a list in the JSON may hold true or false; False is certain, and saves asking every number for its type.

    Metadata have many such words as members, `"elimination": true`; an item of a list does not follow a colon.
    """
    for word in (b"true", b"false"):
        place = reply.find(word)
        for _ in range(1000):
            if place < 0:
                break
            if reply[max(0, place - 20) : place].rstrip()[-1:] != b":":
                return True
            place = reply.find(word, place + 4)
        else:
            return True  # too many to look at each
    return False


def parse_document(document: object, booleans: bool = True) -> list[tuple[str, Tidy]]:
    """As `parse`, for JSON that is parsed already. The document is emptied of its values to save memory.

    `booleans` is whether a list in it may hold true or false (`may_hold_booleans`); every number is asked for its type.
    """
    if not isinstance(document, dict):
        raise Malformed("json-stat is an object, but this JSON is a list or a bare value")
    found = _datasets(document)
    if not found:
        if document.get("class") == "collection":
            link = document.get("link")
            items = link.get("item") if isinstance(link, dict) else None
            links = len(items) if isinstance(items, list) else 0
            raise Malformed(f"this is a json-stat collection: {links} links and no cells; fetch one of them")
        raise Malformed("there is no json-stat dataset in it (no `dimension`)")
    return [(name, _dataset(body, booleans)) for name, body in found]


def _datasets(document: Json) -> list[tuple[str, Json]]:
    if isinstance(document.get("dimension"), dict):
        return [("dataset", document)]
    return [
        (name, body)
        for name, body in document.items()
        if isinstance(body, dict) and isinstance(body.get("dimension"), dict)
    ]


def _dataset(body: Json, booleans: bool) -> Tidy:
    dimension: Json = body["dimension"]
    ids, sizes = _shape(body, dimension)
    roles = _roles(body.get("role") or dimension.get("role") or {}, ids, dimension)
    variables = tuple(
        _variable(name, dimension[name], size, roles.get(name, "")) for name, size in zip(ids, sizes, strict=True)
    )
    cells = cell_count(sizes)
    if cells == 0:
        raise Malformed("one of its dimensions is empty, so it holds no cells")
    value = _value(body.pop("value", None), cells, booleans)
    status = _status(body.pop("status", None), cells)
    extension = body.get("extension") or {}
    px = extension.get("px") or {} if isinstance(extension, dict) else {}
    notes = body.get("note") or []
    return Tidy(
        variables=variables,
        indices=dense_indices(sizes),
        value=value,
        status=status,
        title=_text(body.get("label") or body.get("title")),
        source=_text(body.get("source")),
        updated=_text(body.get("updated")),
        table_id=_text(px.get("tableid") if isinstance(px, dict) else ""),
        notes=tuple(n for n in notes if isinstance(n, str)) if isinstance(notes, list) else (),
    )


def _text(value: object) -> str:
    return "" if value is None else str(value)


def _shape(body: Json, dimension: Json) -> tuple[list[str], list[int]]:
    """`id` and `size`, from the dataset (version 2) or from among the dimensions (version 1)."""
    ids = body.get("id") if body.get("id") is not None else dimension.get("id")
    sizes = body.get("size") if body.get("size") is not None else dimension.get("size")
    if not (isinstance(ids, list) and ids and all(isinstance(i, str) for i in ids)):
        raise Malformed("`id`, the list of its dimensions, is missing or not a list of names")
    if not (isinstance(sizes, list) and all(type(s) is int and s >= 0 for s in sizes)):
        raise Malformed("`size`, the lengths of its dimensions, is missing or not a list of counts")
    if len(ids) != len(sizes):
        raise Malformed(f"`id` names {len(ids)} dimensions but `size` has {len(sizes)} lengths")
    if len(set(ids)) != len(ids):
        raise Malformed(f"`id` names a dimension twice: {ids}")
    for name in ids:
        if not isinstance(dimension.get(name), dict):
            raise Malformed(f"the dimension {name!r} is in `id` but is not described")
    for name, described in dimension.items():
        if name in ids or name in _RESERVED:
            continue
        # A dimension with one category adds no cells: servers leave such a one behind when they eliminate it.
        if _category_count(described) > 1:
            raise Malformed(f"the dimension {name!r} is described but is not in `id` {ids}")
    return ids, sizes


def _category_count(described: object) -> int:
    category = described.get("category") if isinstance(described, dict) else None
    if not isinstance(category, dict):
        return 0
    return max(len(category.get("index") or ()), len(category.get("label") or ()))


def _roles(role: object, ids: list[str], dimension: Json) -> dict[str, str]:
    if not isinstance(role, dict):
        raise Malformed("`role` is not an object")
    result: dict[str, str] = {}
    for kind, names in role.items():
        if not isinstance(names, list) or not all(isinstance(n, str) for n in names):
            raise Malformed(f"`role.{kind}` is not a list of dimensions")
        for name in names:
            if name not in ids and name not in dimension:
                raise Malformed(f"`role.{kind}` names {name!r}, which is not in `id` {ids}")
            result[name] = kind
    return result


def _variable(name: str, described: Json, size: int, role: str) -> Variable:
    category = described.get("category")
    if not isinstance(category, dict):
        raise Malformed(f"the dimension {name!r} has no `category`")
    codes = _codes(name, category, size)
    texts = category.get("label") or {}
    if not isinstance(texts, dict):
        raise Malformed(f"the labels of {name!r} are not an object")
    stray = [c for c in texts if c not in set(codes)]
    if stray:
        raise Malformed(f"the dimension {name!r} has a label for {stray[0]!r}, which is not in its index")
    return Variable(
        code=name,
        label=_text(described.get("label")) or name,
        codes=codes,
        labels=tuple(_text(texts.get(c)) or c for c in codes),
        role=role,
        parents=_parents(name, category.get("child")),
        units=_units(category.get("unit")),
    )


def _parents(name: str, children: object) -> dict[str, tuple[str, ...]]:
    """`category.child` turned round: what stands above each code."""
    if children is None:
        return {}
    if not isinstance(children, dict) or not all(isinstance(c, list) for c in children.values()):
        raise Malformed(f"the hierarchy of {name!r} is not an object of lists")
    parents: dict[str, tuple[str, ...]] = {}
    for parent, below in children.items():
        for child in below:
            parents[str(child)] = (*parents.get(str(child), ()), parent)
    return parents


def _codes(name: str, category: Json, size: int) -> tuple[str, ...]:
    """Codes in position order; `index` may be an object, a list, or absent for a single category."""
    index = category.get("index")
    if index is None:
        # The format lets a constant dimension leave its index out; with several there is no order to know.
        labels = category.get("label")
        if size == 1 and isinstance(labels, dict) and len(labels) == 1:
            return (str(next(iter(labels))),)
        raise Malformed(f"the dimension {name!r} has no `index`, so its order is unknown")
    if not isinstance(index, list | dict):
        raise Malformed(f"the index of {name!r} is neither a list nor an object")
    if len(index) != size:
        raise Malformed(f"the dimension {name!r} lists {len(index)} codes but its size is {size}")
    if isinstance(index, list):
        if not all(isinstance(c, str) for c in index):
            raise Malformed(f"the index of {name!r} has a code that is not a text")
        return tuple(index)
    codes: list[str | None] = [None] * size
    for code, place in index.items():
        if type(place) is not int or not 0 <= place < size or codes[place] is not None:
            raise Malformed(f"the dimension {name!r} puts {code!r} at place {place!r} of 0..{size - 1}")
        codes[place] = code
    return tuple(c for c in codes if c is not None)


def _units(unit: object) -> Mapping[str, Unit]:
    if not isinstance(unit, dict):
        return {}
    result = {}
    for code, described in unit.items():
        if isinstance(described, dict):
            base = described.get("base") or described.get("label") or described.get("unit")
            decimals = described.get("decimals")
            result[code] = Unit(_text(base), decimals if type(decimals) is int else None)
    return result


def _value(value: object, cells: int, booleans: bool) -> pa.Array:
    """The numbers as float64 with nulls, from a dense list or an object keyed by flat index."""
    if isinstance(value, list):
        if not value:
            raise Malformed("`value` is empty: this is metadata, not data; ask for the table's data")
        if len(value) != cells:
            raise Malformed(f"`value` has {len(value)} numbers but the sizes make {cells} cells")
        return _floats(value, booleans)
    if isinstance(value, dict):
        if not value:
            raise Malformed("`value` is empty: this is metadata, not data; ask for the table's data")
        places = _places(value, cells, "value")
        sparse = _floats(list(value.values()), booleans=True)
        dense = np.zeros(cells)
        missing = np.ones(cells, bool)
        dense[places] = sparse.fill_null(0).to_numpy()
        missing[places] = sparse.is_null().to_numpy(zero_copy_only=False)
        return arrow(dense, mask=missing)
    raise Malformed("`value` is missing or is neither a list nor an object")


def _floats(values: list[Any], booleans: bool) -> pa.Array:
    if booleans:
        _refuse_others(values)  # Arrow would take true for 1 without a word
    try:
        return pa.array(values, pa.float64())
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        _refuse_others(values)
        # Whole numbers beyond 2**53 do not fit a float exactly, and Arrow will not round them unasked.
        return pa.array([None if v is None else float(v) for v in values], pa.float64())


def _refuse_others(values: list[Any]) -> None:
    """Malformed for the first value that is neither a number nor null."""
    if not set(map(type, values)) <= {int, float, type(None)}:
        place = next(i for i, cell in enumerate(values) if type(cell) not in (int, float, type(None)))
        raise Malformed(f"`value` number {place} is {values[place]!r}, which is not a number")


def _places(keyed: Json, cells: int, what: str) -> npt.NDArray[np.int64]:
    try:
        places = np.fromiter(map(int, keyed), np.int64, len(keyed))
    except (ValueError, OverflowError):
        raise Malformed(f"`{what}` has a key that is not a cell number") from None
    outside = (places < 0) | (places >= cells)
    if outside.any():
        raise Malformed(f"`{what}` has cell number {places[outside][0]}, but there are only {cells} cells")
    if len(np.unique(places)) != len(places):
        raise Malformed(f"`{what}` names a cell twice")
    return places


def _status(status: object, cells: int) -> pa.Array:
    """Status as text per cell, from an object, a list, one text for all, or Eurostat's {"value": [...]}."""
    if isinstance(status, dict) and isinstance(status.get("value"), list | dict | str):
        status = status["value"]
    if status is None or status == {} or status == []:
        return no_status(cells)
    if isinstance(status, str):
        status = [status]
    if isinstance(status, list):
        if len(status) == 1 and cells > 1:
            return pa.DictionaryArray.from_arrays(arrow(np.zeros(cells, np.int8)), pa.array([_text(status[0])]))
        if len(status) != cells:
            raise Malformed(f"`status` has {len(status)} entries but the sizes make {cells} cells")
        return pa.array([None if s is None or s == "" else str(s) for s in status], pa.string()).dictionary_encode()
    if not isinstance(status, dict):
        raise Malformed("`status` is neither an object, a list nor a text")
    places = _places(status, cells, "status")
    meanings: dict[str, int] = {}
    kind = smallest_int(len(status))
    coded = np.full(cells, -1, kind)
    coded[places] = np.fromiter((meanings.setdefault(_text(s), len(meanings)) for s in status.values()), kind)
    return pa.DictionaryArray.from_arrays(arrow(coded, mask=coded < 0), pa.array(list(meanings), pa.string()))
