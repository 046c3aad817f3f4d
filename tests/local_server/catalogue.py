"""The live catalogue of the tests: tables of every protocol, on the local server."""

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.errors import Refused
from pipelines.http.client import Manners
from pipelines.live.archive import Archive
from pipelines.live.fetch import Fetch, Report
from pipelines.protocols import spec
from tests.local_server.server import Services
from tests.local_server.tables import AREAS

QUICK = Manners(
    connect=10, read=20, tries=3, connect_tries=2, backoff=0.02, backoff_max=0.05, jitter=0, retry_after_max=1,
    calls=10_000, window=1,
)  # fmt: skip

KNOWN = frozenset(AREAS)


def _service(protocol: str, override: str) -> dict[str, str]:
    url = "http://127.0.0.1:9/nowhere"
    return {"protocol": protocol, "url": url, "override": override, "publisher": "Prov", "licence": "CC0-1.0"}


def _table(service: str, table: str, query: Any, **more: Any) -> dict[str, Any]:
    return {
        "service": service, "table": table, "title_sv": "Prov", "query": query, "cadence": "yearly",
        "confidentiality": "public", "expected_cells": 100, "verified": query != "probe",
        "seen": "the local server",
    } | more  # fmt: skip


SERVICES = {
    "scb": _service("pxwebapi2", "JAMLIK_SCB_URL"),
    "fohm": _service("pxweb1", "JAMLIK_FOHM_URL"),
    "kolada": _service("kolada3", "JAMLIK_KOLADA_URL"),
    "socialstyrelsen": _service("socialstyrelsen1", "JAMLIK_SOCIALSTYRELSEN_URL"),
    "forsakringskassan": _service("forsakringskassan1", "JAMLIK_FORSAKRINGSKASSAN_URL"),
}

PIVOT = {
    "variable": "Andel och konfidensintervall",
    "columns": {"01": "value", "02": "ci_lower", "03": "ci_upper"},
}

TABLES = {
    "population": _table(
        "scb", "TAB001", {"Region": "*", "Kon": "*", "ContentsCode": "*", "Tid": "top(6)"},
        expect={
            "labels": {"Kon": {"1": "män", "2": "kvinnor"}}, "units": {"PROV1": "antal"}, "areas": "Region",
            "range": [0, 1000], "canary": {"Region": "Östergötland"}, "periods": {"Tid": r"\d{4}"},
            "min_cells": 100,
        },
    ),
    "counties": _table(
        "scb", "TAB002",
        {
            "Region": {"codelist": "vs_Lan", "values": "*"},
            "Kon": None, "ContentsCode": "*", "Tid": "from(2020)",
        },
        expect={"units": {"PROV1": "tkr"}},
    ),
    "survey": _table(
        "fohm", "B_HLV/prov.px", {"Region": "*", "Andel och konfidensintervall": "*", "Kön": "*", "År": "*"},
        options={"pivot": PIVOT},
        expect={
            "labels": {"Kön": {"01": "Kvinnor", "02": "Män"}}, "periods": {"År": r"\d{4}-\d{4}"},
            "areas": "Region", "range": [0, 100],
        },
    ),
    "farms": _table(
        "fohm", "JO/prov.px", {"Län": {"labels": ["Östergötlands län"]}, "År": {"labels": ["2024"]}},
    ),
    "figures": _table(
        "kolada", "data", {"kpi": [f"N{n:05d}" for n in range(10, 40)], "year": "2020-2024"},
        expect={"range": [0, 102], "labels": {"gender": {"K": "kvinnor", "M": "män"}}},
    ),
    "deaths": _table(
        "socialstyrelsen", "dodsorsaker",
        {"diagnos": "*", "region": "*", "kon": "*", "matt": ["1"], "ar": ["2022", "2023"]},
        expect={"labels": {"kon": {"1": "Män", "2": "Kvinnor"}}},
    ),
    "sick_leave": _table(
        "forsakringskassan", "sjp/SJPProv",
        {"ar": ["2023", "2024"], "kon_kod": ["ALL", "K", "M"], "kommun_kod": ["0580_05", "0512_05"]},
    ),
    "unseen": _table("scb", "TAB001", "probe"),
}  # fmt: skip


class Landing:
    """A landing in memory: `land` for Fetch, and what it holds. `full` makes it refuse."""

    def __init__(self) -> None:
        self.tables: dict[str, pa.Table] = {}
        self.notes: dict[str, dict[str, Any]] = {}
        self.refuse: set[str] = set()

    def land(self, table: spec.LiveTable, content: pa.Table, notes: Mapping[str, Any]) -> None:
        if table.id in self.refuse:
            raise Refused(f"{table.id} does not fit its contract")
        self.tables[table.id] = content
        self.notes[table.id] = dict(notes)


def tables(services: Services, only: Iterable[str] = (), **changed: Any) -> list[spec.LiveTable]:
    """The test catalogue, pointed at the server; `changed` replaces whole entries by id."""
    addresses = {s["override"]: services.url(name) for name, s in SERVICES.items()}
    content = {"services": dict(SERVICES), "tables": TABLES | changed}
    found = spec.parse(content, "live_sources.yaml", addresses)
    wanted = list(only) or [i for i in found if i != "unseen"]
    return [found[i] for i in wanted]


def fetch(services: Services, folder: Path, landing: Landing, only: Iterable[str] = (), **more: Any) -> Report:
    """One fetch into `folder`; `second_tier` and `manners` may be given."""
    changed = more.pop("changed", {})
    job = Fetch(
        Archive(folder), landing.land, areas=KNOWN | {"0000"},
        is_landed=lambda s: s.id in landing.tables, **({"manners": QUICK, "second_tier": None} | more),
    )  # fmt: skip
    return job.run(tables(services, only, **changed))
