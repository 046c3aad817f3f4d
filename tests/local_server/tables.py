"""The invented tables the local server gives out, and json-stat of any selection of them."""

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

AREAS = {
    "00": "Riket", "01": "Stockholms län", "05": "Östergötlands län", "0180": "Stockholm",
    "0114": "Upplands Väsby",
    "0580": "Linköping", "0581": "Norrköping", "0512": "Ydre", "1880": "Örebro", "2583": "Haparanda",
}  # fmt: skip


@dataclass(frozen=True)
class Dim:
    """A variable: label, code → label, whether it can be summed away."""

    label: str
    values: Mapping[str, str]
    eliminable: bool = False


@dataclass(frozen=True)
class Table:
    """A table whose every cell is a number made of its codes, with some symbols among them."""

    id: str
    title: str
    dims: Mapping[str, Dim]
    unit: str = "antal"
    updated: str = "2026-01-15T07:00:00Z"
    time: str = "Tid"
    metric: str = "ContentsCode"
    shift: int = 0  # added to every number: a revision
    codelists: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def cell(self, codes: Sequence[str]) -> tuple[float | None, str | None]:
        """The number of a cell, from its codes alone, so that any split gives the same table."""
        seed = sum((i + 1) * ord(c) for i, c in enumerate("|".join(codes)))
        if seed % 17 == 0:
            return None, ".."
        return float(seed % 90 + self.shift), None

    def jsonstat(self, chosen: Mapping[str, Sequence[str]]) -> dict[str, Any]:
        """A json-stat 2 dataset of the chosen codes, in the order they were asked for, as PxWebApi
        answers.
        """
        known = {n: self._labels(n, c) for n, c in chosen.items()}
        cells = [self.cell(codes) for codes in itertools.product(*chosen.values())]
        return {
            "version": "2.0", "class": "dataset", "label": self.title, "source": "Provmyndigheten",
            "updated": self.updated, "role": {"time": [self.time]} | ({"metric": [self.metric]} if self.metric else {}),
            "id": list(chosen), "size": [len(c) for c in chosen.values()],
            "dimension": {
                n: {"label": self.dims[n].label, "category": self._category(n, labels)}
                for n, labels in known.items()
            },
            "value": [value for value, _ in cells],
            "status": {str(i): s for i, (_, s) in enumerate(cells) if s},
            "extension": {
                "px": {"tableid": self.id}, "contact": [{"name": "Namn Namnsson", "mail": "n@prov.se"}],
            },
        }  # fmt: skip

    def _labels(self, name: str, codes: Sequence[str]) -> dict[str, str]:
        known = dict(self.dims[name].values)
        for listed in self.codelists.values():
            known |= listed
        return {c: known[c] for c in codes}

    def _category(self, name: str, labels: Mapping[str, str]) -> dict[str, Any]:
        category: dict[str, Any] = {"index": {c: i for i, c in enumerate(labels)}, "label": dict(labels)}
        if name == self.metric:
            category["unit"] = {c: {"base": self.unit, "decimals": 0} for c in labels}
        return category

    def metadata(self) -> dict[str, Any]:
        """As PxWebApi 2 describes a table: a dataset without values."""
        whole = self.jsonstat({n: list(d.values) for n, d in self.dims.items()})
        for name, dim in self.dims.items():
            lists = [{"id": i} for i in self.codelists] if name == "Region" else []
            whole["dimension"][name]["extension"] = {"elimination": dim.eliminable, "codelists": lists}
        return whole | {"value": [], "status": {}}


SEXES = {"1": "män", "2": "kvinnor"}
POPULATION = Table(
    "TAB001",
    "Prov: folkmängd efter region, kön, innehåll och år",
    {
        "Region": Dim("region", AREAS, True),
        "Kon": Dim("kön", SEXES, True),
        "ContentsCode": Dim("innehåll", {"PROV1": "Folkmängd"}),
        "Tid": Dim("år", {str(y): str(y) for y in range(2015, 2026)}),
    },
    codelists={"vs_Lan": {"01": "Stockholms län", "05": "Östergötlands län"}},
)
INCOME = replace(POPULATION, id="TAB002", title="Prov: inkomst", unit="tkr")
SURVEY = Table(
    "B_HLV/prov.px",
    "Prov: självskattad hälsa",
    {
        "Region": Dim("Region", {"00": "Riket", "05": "05 Östergötlands län", "01": "01 Stockholms län"}),
        "Andel och konfidensintervall": Dim(
            "Andel och konfidensintervall",
            {"01": "Andel", "02": "Konfidensintervall nedre gräns", "03": "Konfidensintervall övre gräns"},
        ),
        "Kön": Dim("Kön", {"00": "Totalt", "01": "Kvinnor", "02": "Män**"}),
        "År": Dim("År", {y: y for y in ("2004-2007", "2015-2018", "2017-2020", "2021-2024")}),
    },
    unit="procent",
    time="År",
    metric="",
)
POSITIONAL = Table(
    "JO/prov.px",
    "Prov: koder är lägen",
    {
        "Län": Dim("Län", {"0": "Stockholms län", "1": "Östergötlands län"}),
        "År": Dim("År", {"0": "2023", "1": "2024"}),
    },
    time="År",
    metric="",
)
KPIS = {f"N{n:05d}": f"Prov, nyckeltal {n}, andel (%)" for n in range(10, 40)}
