"""Drift and broken replies of the services that are not PxWebApi 2; see test_mutations.py."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import Landing, fetch
from tests.fixtures.local_server.server import Call
from tests.protocols.test_mutations import assert_reason, in_json


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        running.max_cells = 1_000
        yield running


# Other services: (table, path part that is changed, the change, what the reason must say)
OTHERS: dict[str, tuple[str, str, Callable[[bytes], bytes], str]] = {
    "kolada: empty list": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d.update(values=[], count=0, next_url=None)),
        "not one row came for N00010",
    ),
    "kolada: another figure": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d["values"][0].update(kpi="N99999")),
        "row 1 is of N99999",
    ),
    "kolada: another year": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d["values"][0].update(period=1999)),
        "in 1999, which was not asked for",
    ),
    "kolada: unknown place": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d["values"][0].update(municipality="9999")),
        "place '9999'",
    ),
    "kolada: lost zero": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d["values"][3].update(municipality="180")),
        "place '180'",
    ),
    "kolada: sex by word": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d["values"][0]["values"][1].update(gender="Kvinnor")),
        "the sex 'Kvinnor'",
    ),
    "kolada: text for number": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d["values"][0]["values"][0].update(value="12,5")),
        "'12,5'",
    ),
    "kolada: a row twice": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d.update(values=[*d["values"], d["values"][1]], count=d["count"] + 1)),
        "repeats the cell",
    ),
    "kolada: fewer than it says": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d["values"].pop() and None),
        "says it has",
    ),
    "kolada: figure withdrawn": (
        "figures",
        "/kpi/N00010",
        in_json(lambda d: d.update(values=d["values"][1:], count=d["count"] - 1)),
        "N00010 is gone",
    ),
    "kolada: next page astray": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d.update(next_url="?page=7")),
        "followed by page 7",
    ),
    "kolada: out of range": (
        "figures",
        "/data/kpi",
        in_json(lambda d: d["values"][1]["values"][1].update(value=5000)),
        "5000.0 in",
    ),
    "sos: segment ignored": (
        "deaths",
        "/resultat/",
        in_json(lambda d: d["data"][0].update(konId=7)),
        "has kon '7', not asked for",
    ),
    "sos: another subject": (
        "deaths",
        "/resultat/",
        in_json(lambda d: d.update(amne="lakemedel")),
        "answers about 'lakemedel'",
    ),
    "sos: page lost": (
        "deaths",
        "/resultat/",
        in_json(lambda d: d.update(sidor=d["sidor"] + 1)),
        "but 2 came|but 3 came|says it is",
    ),
    "sos: rows lost": (
        "deaths",
        "/resultat/",
        in_json(lambda d: d["data"].pop(0) and None if d["sida"] == 1 else None),
        "is not full",
    ),
    "sos: odd number": (
        "deaths",
        "/resultat/",
        in_json(lambda d: d["data"][0].update(varde="1.234,5x")),
        "neither a number nor a symbol",
    ),
    "sos: sex the other way": (
        "deaths",
        "/dodsorsaker/kon",
        in_json(lambda d: (d[0].update(text="Kvinnor"), d[1].update(text="Män"))[0]),
        "kon 1 is now 'Kvinnor'",
    ),
    "fk: empty list": ("sick_leave", "/sjp/", lambda b: b"[]", "the list is empty"),
    "fk: place not asked for": (
        "sick_leave",
        "/sjp/",
        in_json(lambda d: d[0]["dimensions"].update(kommun_kod="9999_99")),
        "'9999_99', which was not asked",
    ),
    "fk: suppression unsaid": (
        "sick_leave",
        "/sjp/",
        in_json(lambda d: d[0]["observations"]["andel"].clear()),
        "without 'rojd'",
    ),
    "fk: a year lacking": (
        "sick_leave",
        "/sjp/",
        in_json(lambda d: [r for r in d if r["dimensions"]["ar"] != "2024"]),
        "no row came for ar 2024",
    ),
    "fk: a new dimension": (
        "sick_leave",
        "/sjp/",
        in_json(lambda d: d[1]["dimensions"].update(ny="1")),
        "other dimensions",
    ),
    "fk: odd shape": (
        "sick_leave",
        "/sjp/",
        in_json(lambda d: d[0].update(observations={"andel": 1})),
        "without 'rojd'",
    ),
    "v1: variable gone": (
        "survey",
        "/B_HLV/",
        in_json(lambda d: d.update(variables=d["variables"][:-1]) if "variables" in d else None),
        "'År' is gone",
    ),
    "v1: sex the other way": (
        "survey",
        "/B_HLV/",
        lambda b: b.replace(b"Kvinnor", b"#").replace("Män".encode(), b"Kvinnor").replace(b"#", "Män".encode()),
        "01 is now 'Män",
    ),
    "v1: plain text": ("survey", "/B_HLV/", lambda b: b"Bad Request", "not whole"),
    "v1: moved folder": (
        "survey",
        "/B_HLV/",
        lambda b: b'[{"id":"x","type":"t"}]',
        "no longer describes a table",
    ),
    "v1: percent above 100": (
        "survey",
        "/B_HLV/",
        in_json(lambda d: d["value"].__setitem__(1, 640) if "value" in d else None),
        "640.0 in",
    ),
}


@pytest.mark.parametrize("name", OTHERS)
def test_the_other_services(services: Services, tmp_path: Path, name: str) -> None:
    table, path, change, reason = OTHERS[name]
    landing = Landing()
    wanted = [table, "population", "farms"]
    applied = []

    def mutate(call: Call, body: bytes) -> bytes:
        if path not in call.path:
            return body
        changed = change(body)
        applied.append(changed != body)
        return changed

    services.mutations.append(mutate)
    report = fetch(services, tmp_path, landing, wanted)
    assert any(applied)
    (failed,) = report.failed
    assert (failed.table, failed.state) == (table, "quarantined")
    assert_reason(failed.reason, reason, table)
    assert set(landing.tables) == {"population", "farms"}


def test_an_interval_category_that_the_catalogue_does_not_know_is_not_dropped(
    services: Services, tmp_path: Path
) -> None:
    survey = services.v1["B_HLV/prov.px"]
    name = "Andel och konfidensintervall"
    values = {**survey.dims[name].values, "04": "Antal svar"}
    services.v1[survey.id] = replace(survey, dims={**survey.dims, name: replace(survey.dims[name], values=values)})
    landing = Landing()
    (failed,) = fetch(services, tmp_path, landing, ["survey", "farms"]).failed
    assert_reason(failed.reason, "has the values", "survey")
    assert set(landing.tables) == {"farms"}


def test_there_are_enough_mutations() -> None:
    assert len(OTHERS) >= 25
