"""Whether an entry that nobody has verified would be answered: its query, codes and columns, against the description.

Belongs here: pure comparison of a catalogue entry with what the service says that the table is. Does not belong here:
asking for that description (the protocols), what holds of an answer's cells (expect.py).
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from pipelines.errors import Refused
from pipelines.formats.tidy import Variable
from pipelines.http.client import Changed
from pipelines.protocols import expect
from pipelines.protocols.selection import Selection, count
from pipelines.protocols.spec import LiveTable, refuse_runaway

Described = Mapping[str, tuple[Sequence[str], Sequence[str]]]  # variable → its codes and their labels


def fit(spec: LiveTable, described: Described, select: Callable[[], Selection]) -> dict[str, Any]:
    """{fits, cells} or {fits, why}. `select` resolves the entry's query against the description, or refuses."""
    try:
        selection = select()
        refuse_runaway(spec, count(selection))
        _codes(spec, described, selection)
        _columns(spec, described, selection)
    except Refused as error:
        return {"fits": False, "why": str(error)}
    return {"fits": True, "cells": count(selection)}


def verdict(found: Mapping[str, Any]) -> str:
    """What a probe found, in words."""
    told = found.get("fit")
    if told is None:
        return "not verified yet; compare with the catalogue"
    if told["fits"]:
        return f"its query fits what the service describes ({told['cells']} cells); it can be marked as verified"
    return f"its query does not fit what the service describes: {told['why']}"


def _codes(spec: LiveTable, described: Described, selection: Selection) -> None:
    """The selected codes mean what the entry expects, and periods look as it says."""

    def named(name: str) -> Variable:
        if name not in selection:
            raise Changed(f"{spec.where}: {name}, which 'expect' names, is not among the selected variables")
        known = dict(zip(*described[name], strict=True))
        codes = selection[name]
        return Variable(name, name, codes, tuple(known.get(code, code) for code in codes), "")

    expect.labels(spec, named, spec.expect.get("labels", {}))
    for name, pattern in spec.expect.get("periods", {}).items():
        expect.periods(spec, named(name), str(pattern))


def _columns(spec: LiveTable, described: Described, selection: Selection) -> None:
    """What is pivoted has just the codes the entry names, and what is mapped will be there."""
    pivot = spec.options.get("pivot")
    if pivot and set(selection.get(pivot["variable"], ())) != set(pivot["columns"]):
        raise Changed(f"{spec.where}: {pivot['variable']} does not have just the values {list(pivot['columns'])}")
    for source in spec.maps:
        if source.removesuffix("_label") not in described:
            raise Changed(f"{spec.where}: there is no variable {source.removesuffix('_label')!r} to map")
