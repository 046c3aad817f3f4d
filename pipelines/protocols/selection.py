"""What to ask of a PxWeb table: expressions resolved to codes, codes counted, and the whole split under a
cap.

Belongs here: pure arithmetic on codes. Does not belong here: the network, any one version of PxWeb's API.

Expressions are resolved here, against the table's own metadata, and never sent: then it is known before the
call which cells must come back. The grammar is that of PxWebApi 2 (`*`, `?`, top, bottom, from, to, range).
"""

import math
import re
from collections.abc import Mapping, Sequence

from pipelines.errors import Refused

Selection = dict[str, tuple[str, ...]]

_CALL = re.compile(r"^(top|bottom|from|to|range)\(([^)]*)\)$", re.IGNORECASE)


def resolve(wanted: object, codes: Sequence[str], labels: Sequence[str], where: str) -> tuple[str, ...]:
    """The codes an entry of the catalogue selects, in the publisher's order.

    `wanted` is "*", an expression, a list of codes and expressions, or {"labels": […]} for publishers whose
    codes are positions. `where` names table and variable for the error. Raises Refused when a code or
    label is not there or nothing is selected.
    """
    if isinstance(wanted, Mapping):
        return _by_label(wanted, codes, labels, where)
    parts = [wanted] if isinstance(wanted, str) else wanted
    if not isinstance(parts, list | tuple) or not parts:
        raise Refused(f"{where} selects nothing; write codes, an expression or '*'")
    found: set[str] = set()
    for part in parts:
        chosen = _one(str(part), codes, where)
        if not chosen:
            raise Refused(f"{where} has no code that fits {part!r}; the table has changed or the entry is wrong")
        found.update(chosen)
    return tuple(c for c in codes if c in found)


def _by_label(wanted: Mapping[str, object], codes: Sequence[str], labels: Sequence[str], where: str) -> tuple[str, ...]:
    texts = wanted.get("labels")
    if not isinstance(texts, list) or not texts:
        raise Refused(f"{where} is neither a selection nor a list under 'labels'")
    by_label: dict[str, list[str]] = {}
    for code, label in zip(codes, labels, strict=True):
        by_label.setdefault(label.strip().casefold(), []).append(code)
    chosen = []
    for text in texts:
        fits = by_label.get(str(text).strip().casefold(), [])
        if len(fits) != 1:
            raise Refused(f"{where} has {len(fits)} values labelled {text!r}, where one is meant")
        chosen.append(fits[0])
    return tuple(c for c in codes if c in set(chosen))


def _one(expression: str, codes: Sequence[str], where: str) -> list[str]:
    if expression in codes:
        return [expression]
    call = _CALL.match(expression.strip())
    if call:
        return _call(call[1].lower(), [a.strip() for a in call[2].split(",")], codes, where)
    if "*" in expression or "?" in expression:
        if expression.count("*") > 2:
            raise Refused(f"{where} has more than two asterisks in {expression!r}")
        pattern = "".join({"*": ".*", "?": "."}.get(c, re.escape(c)) for c in expression)
        return [c for c in codes if re.fullmatch(pattern, c, re.IGNORECASE | re.DOTALL)]
    return []


def _call(name: str, arguments: list[str], codes: Sequence[str], where: str) -> list[str]:
    try:
        if name in ("top", "bottom"):
            count, offset = int(arguments[0]), int(arguments[1]) if len(arguments) > 1 else 0
            ordered = list(codes)[::-1] if name == "top" else list(codes)
            return ordered[offset : offset + count]
        first = codes.index(arguments[0])
        if name == "from":
            return list(codes[first:])
        if name == "to":
            return list(codes[: first + 1])
        return list(codes[first : codes.index(arguments[1]) + 1])
    except (ValueError, IndexError):
        raise Refused(f"{where} cannot follow {name}({', '.join(arguments)}): no such code or count") from None


def count(selection: Mapping[str, Sequence[str]]) -> int:
    """Cells of a selection; Python's integers, for some servers' own product overflows."""
    return math.prod(len(codes) for codes in selection.values())


def split(selection: Mapping[str, Sequence[str]], cap: int, longest: int = 0) -> list[Selection]:
    """Selections of at most `cap` cells each that together are the whole, without overlap, in order.

    Splits the largest variable, then the next largest if single values are still too many. `longest` (0:
    none) caps the values of one variable, which some installations limit too.
    """
    if cap < 1:
        raise Refused(f"a service that allows {cap} cells a call cannot be asked for anything")
    whole: Selection = {v: tuple(c) for v, c in selection.items()}
    pieces = [whole]
    if longest:
        for variable, codes in whole.items():
            if len(codes) > longest:
                pieces = [p | {variable: part} for p in pieces for part in _chunks(codes, longest)]
    result: list[Selection] = []
    for piece in pieces:
        result.extend(_under(piece, cap))
    return result


def _under(piece: Selection, cap: int) -> list[Selection]:
    if count(piece) <= cap:
        return [piece]
    largest = max(piece, key=lambda v: len(piece[v]))
    others = count(piece) // len(piece[largest])
    parts = _chunks(piece[largest], max(1, cap // others))
    return [small for part in parts for small in _under(piece | {largest: part}, cap)]


def _chunks(codes: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Equal parts of at most `size`, so that the last is not a sliver."""
    parts = math.ceil(len(codes) / size)
    even = math.ceil(len(codes) / parts)
    return [tuple(codes[i : i + even]) for i in range(0, len(codes), even)]
