"""A small house whose live catalogue points at the local server: three services that renew tables of its snapshot.

Real contracts, models and reference files; only the entries of live_sources.yaml and the figures are the tests' own.
"""

from pathlib import Path
from typing import Any

import pytest
import yaml

from pipelines.catalogue import entries as catalogue
from tests.local_server import Services, tables
from tests.local_server.tables import SEXES, Dim, Table
from tests.small_house import SmallHouse, dump

AREAS = {
    "00": "Riket", "01": "Stockholms län", "05": "Östergötlands län", "0114": "Upplands Väsby", "0509": "Ödeshög",
    "0512": "Ydre", "0513": "Kinda", "0560": "Boxholm", "0561": "Åtvidaberg", "0562": "Finspång",
    "0563": "Valdemarsvik", "0580": "Linköping", "0581": "Norrköping", "0582": "Söderköping", "0583": "Motala",
    "0584": "Vadstena", "0586": "Mjölby",
}  # fmt: skip
MUNICIPALITIES = {code: name for code, name in AREAS.items() if len(code) == 4}
AGES = {**{str(n): f"{n} år" for n in range(100)}, "100+": "100+ år"}

POPULATION = Table(
    "TAB638",
    "Folkmängd efter region, ålder, kön och år",
    {
        "Region": Dim("region", AREAS),
        "Civilstand": Dim("civilstånd", {"OG": "ogifta", "G": "gifta"}, eliminable=True),
        "Alder": Dim("ålder", AGES),
        "Kon": Dim("kön", SEXES),
        "ContentsCode": Dim("innehåll", {"BE0101N1": "Folkmängd"}),
        "Tid": Dim("år", {"2023": "2023", "2024": "2024"}),
    },
)
MONTHS = Table(
    "TAB6471",
    "Folkmängd per månad",
    {
        "Region": Dim("region", AREAS),
        "Alder": Dim("ålder", {"TotSA": "totalt, samtliga åldrar"}),
        "Kon": Dim("kön", {"TotSa": "totalt, samtliga män och kvinnor", **SEXES}),
        "ContentsCode": Dim("innehåll", {"000007SF": "Folkmängden per månad"}),
        "Tid": Dim("månad", {f"2026M0{n}": f"2026M0{n}" for n in range(5, 10)}),
    },
)
SURVEY = Table(
    "A_Folkhalsodata/B_HLV/dPsykhals/hlv1psyxreg.px",
    "Psykisk hälsa efter region, kön och år",
    {
        "Region": Dim("Region", {"00": "00 Riket", "05": "05 Östergötlands län"}),
        "Psykisk hälsa": Dim("Psykisk hälsa", {"21": "Allvarlig psykisk påfrestning**"}),
        "Andel och konfidensintervall": Dim(
            "Andel och konfidensintervall",
            {
                "01": "Andel",
                "02": "Konfidensintervall nedre gräns",
                "03": "Konfidensintervall övre gräns",
                "04": "Antal svar",
            },
        ),
        "Kön": Dim("Kön", {"00": "Totalt", "01": "Kvinnor", "02": "Män**"}),
        "År": Dim("År", {y: y for y in ("2017-2020", "2021-2024")}),
    },
    unit="procent",
    time="År",
    metric="",
)
KPI, KPI_YEAR = "N02797", "2025"  # young people neither at work nor in school, a year the snapshot does not have
IDS = ("kolada_values", "scb_population", "scb_population_month", "fohm_hlv_mental_health_region")


def entries() -> dict[str, Any]:
    """The project's own entries of `IDS`, cut to what the local server has: fewer areas, key figures and cells."""
    content = yaml.safe_load(yaml.safe_dump(catalogue.load("live_sources.yaml")))
    kept = {name: content["tables"][name] for name in IDS}
    kept["kolada_values"]["query"] = {"kpi": [KPI], "year": [KPI_YEAR]}
    kept["kolada_values"]["options"].pop("optional")
    for entry in kept.values():
        entry.pop("fallback", None)
        entry["expect"].pop("min_cells")
        entry["expect"].pop("canary", None)
        entry["expect"].pop("units", None)
    return {"services": content["services"], "tables": kept}


def serve(services: Services, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """Gives the local server the small house's places and tables; returns the environment that points at it."""
    monkeypatch.setattr(tables, "AREAS", AREAS)
    services.tables = {t.id: t for t in (POPULATION, MONTHS)}
    services.v1 = {SURVEY.id: SURVEY}
    services.kpis = {KPI: "Unga som varken arbetar eller studerar, andel (%)"}
    services.max_cells = 100_000
    known = {"SCB": "scb", "FOHM": "fohm", "KOLADA": "kolada", "SCB_V1": "scb"}
    return {f"JAMLIK_{name}_URL": services.url(service) for name, service in known.items()}


def furnish(house: SmallHouse) -> None:
    """Puts the cut live catalogue into a small house."""
    dump(Path(house.data) / "catalogue" / "live_sources.yaml", entries())
