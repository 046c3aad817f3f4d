"""Whether an answer is what the catalogue says it must be; if not, why, in one sentence with the row.

Belongs here: checks on a parsed table that hold for every protocol (drift, broken text, lost zeros, units,
ranges, shrinking). Does not belong here: checks a protocol must make itself (did the service answer the
question?), contracts of what the pipeline makes of it (schemas/).

Everything here fails closed: a table that fails is not landed, the last good landing stays, and somebody
looks.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import pyarrow as pa

from pipelines.formats.tidy import PERIOD, Tidy, Variable, pc
from pipelines.http.client import Changed
from pipelines.protocols.spec import LiveTable

# UTF-8 read as Latin-1 or Windows-1252 (Ã¥ for å), the reverse (U+FFFD), and that once more over (ï¿½).
BROKEN_TEXT = re.compile("\ufffd|Ã[\u0080-\u00bf…„¶¥¤–€]|Â[\u00a0-\u00bf]|ï¿½|\x00|[\x80-\x9f]")
AREA = re.compile(r"\d{2}(\d{2})?")


def check(spec: LiveTable, tidy: Tidy, areas: frozenset[str], before: Mapping[str, Any]) -> None:
    """Raises Changed when the answer is not what `spec.expect` says.

    `areas` are the area codes known (empty: not checked); `before` is the lock entry of the landing there is
    (cells, last period), so that a table that lost rows or years is noticed.
    """
    expect = spec.expect
    for variable in tidy.variables:
        _text(spec, variable)
    labels(spec, tidy.variable, expect.get("labels", {}))
    _units(spec, tidy, expect.get("units", {}))
    if "areas" in expect:
        _areas(spec, tidy.variable(expect["areas"]), areas)
    for name, pattern in expect.get("periods", {}).items():
        periods(spec, tidy.variable(name), str(pattern))
    if "range" in expect:
        _range(spec, tidy, expect["range"])
    if "canary" in expect:
        _canary(spec, tidy, expect["canary"])
    _size(spec, tidy, before)


def plain(label: str) -> str:
    """A label for comparison: no footnote asterisks, no case, single blanks."""
    return " ".join(label.rstrip("* ").split()).casefold()


def _text(spec: LiveTable, variable: Variable) -> None:
    for code, label in zip(variable.codes, variable.labels, strict=True):
        for text in (code, label):
            if BROKEN_TEXT.search(text):
                raise Changed(f"{spec.where}: the text {text!r} of {variable.code} is in a broken encoding; look there")


def labels(spec: LiveTable, named: Callable[[str], Variable], expected: Mapping[str, Mapping[str, str]]) -> None:
    """Codes the catalogue relies on must be there and mean what they did: 1 was men, and still is."""
    for name, values in expected.items():
        variable = named(name)
        found = dict(zip(variable.codes, variable.labels, strict=True))
        for code, label in values.items():
            if code not in found:
                raise Changed(f"{spec.where}: {name} no longer has the code {code!r} ({label}); see what replaced it")
            if plain(found[code]) != plain(str(label)):
                raise Changed(
                    f"{spec.where}: {name} {code} is now {found[code]!r} where the catalogue has {label!r}; "
                    "check the coding before it is used"
                )


def _units(spec: LiveTable, tidy: Tidy, expected: Mapping[str, str]) -> None:
    units = {code: unit.base for v in tidy.variables for code, unit in v.units.items()}
    for code, unit in expected.items():
        found = units.get(code, tidy.unit.base if tidy.unit else "")
        if plain(found) != plain(unit):
            raise Changed(f"{spec.where}: the unit of {code} is {found!r}, not {unit!r}; check before it is used")


def _areas(spec: LiveTable, variable: Variable, known: frozenset[str]) -> None:
    for row, code in enumerate(variable.codes, 1):
        if not AREA.fullmatch(code):
            hint = "; a leading zero is lost" if re.fullmatch(r"\d{1,3}", code) else ""
            raise Changed(f"{spec.where}: {variable.code} value {row}, {code!r}, is not an area code{hint}")
        if known and code not in known:
            raise Changed(
                f"{spec.where}: {variable.code} value {row}, {code!r}, is not in the division known here; "
                "a new division needs a crosswalk first"
            )


def periods(spec: LiveTable, variable: Variable, pattern: str) -> None:
    for row, code in enumerate(variable.codes, 1):
        if not re.fullmatch(pattern, code):
            raise Changed(f"{spec.where}: {variable.code} value {row}, {code!r}, is not a period as {pattern}")


def _range(spec: LiveTable, tidy: Tidy, bounds: Sequence[float | None]) -> None:
    low, high = bounds
    for bound, outside in ((low, pc.less), (high, pc.greater)):
        if bound is None:
            continue
        wrong = pc.fill_null(outside(tidy.value, pa.scalar(float(bound))), False)
        if pc.any(wrong).as_py():
            row = pc.index(wrong, pa.scalar(True)).as_py()
            cell = {v.code: v.codes[int(i[row])] for v, i in zip(tidy.variables, tidy.indices, strict=True)}
            raise Changed(f"{spec.where}: {tidy.value[row].as_py()} in {cell} is outside {low}..{high}; look at it")


def _canary(spec: LiveTable, tidy: Tidy, expected: Mapping[str, str]) -> None:
    """A variable whose labels must hold a text with å, ä or ö: it is gone when the encoding is."""
    for name, text in expected.items():
        if not any(text in label for label in tidy.variable(name).labels):
            raise Changed(f"{spec.where}: no label of {name} holds {text!r}; the text or its encoding has changed")


def _size(spec: LiveTable, tidy: Tidy, before: Mapping[str, Any]) -> None:
    least = int(spec.expect.get("min_cells", 1))
    with_number = len(tidy) - tidy.value.null_count
    if len(tidy) < least:
        raise Changed(f"{spec.where}: {len(tidy)} cells came, at least {least} were expected")
    if with_number == 0:
        raise Changed(f"{spec.where}: not one of {len(tidy)} cells holds a number")
    earlier = before.get("numbers")
    # A revision may withdraw some figures; a fifth of them gone is a fault until somebody has looked.
    if isinstance(earlier, int) and with_number < 0.8 * earlier:
        raise Changed(f"{spec.where}: {with_number} numbers came where the last landing has {earlier}; look at it")
    last, earlier_last = last_period(tidy), str(before.get("last_period") or "")
    if last and earlier_last and last[:4] < earlier_last[:4]:
        raise Changed(f"{spec.where}: its last period is {last}, but {earlier_last} is landed already; look at it")


def last_period(tidy: Tidy) -> str:
    """The latest period in the table by its last year, empty when no variable holds periods."""
    for variable in tidy.variables:
        if variable.role == "time" or (not variable.role and all(PERIOD.fullmatch(c) for c in variable.codes)):
            years = [(re.findall(r"\d{4}", c) or [""])[-1] + c for c in variable.codes]
            return max(years)
    return ""
