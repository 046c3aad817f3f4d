"""Entries that nobody has verified: probed, held against the description, reported, and never landed."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import TABLES, Landing, fetch


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


def test_an_unverified_entry_is_probed_and_reported_never_landed(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    report = fetch(services, tmp_path, landing, ["unseen"])
    (outcome,) = report.outcomes
    assert outcome.state == "probed"
    assert outcome.found["variables"]["Region"]["values"] == 10
    assert outcome.found["variables"]["Tid"]["last"] == ["2023", "2024", "2025"]
    assert landing.tables == {}
    assert not any(p.startswith("POST") for p in services.paths())


@pytest.mark.parametrize(
    ("name", "change", "said"),
    [
        ("population", {}, "its query fits what the service describes (120 cells)"),
        ("counties", {}, "its query fits what the service describes (12 cells)"),
        ("survey", {}, "its query fits what the service describes (108 cells)"),
        ("deaths", {}, "its query fits what the service describes (24 cells)"),
        ("population", {"maps": {"Alder": "age:int"}}, "does not fit what the service describes: "),
        ("population", {"query": {"Region": "*"}}, "Kon is a variable the catalogue does not know"),
        ("population", {"expect": {"labels": {"Kon": {"1": "kvinnor"}}}}, "Kon 1 is now 'män' where"),
        ("population", {"expect": {"periods": {"Tid": "K\\d"}}}, "is not a period as"),
        ("population", {"expect": {"labels": {"Alder": {"1": "x"}}}}, "Alder, which 'expect' names, is not among"),
        ("counties", {"expected_cells": 0}, "its query now selects 12 cells where about 0 are expected"),
        ("survey", {"query": {"Region": "*", "Kön": "*", "År": "*", "Psykisk hälsa": "*"}}, "'Psykisk hälsa' is gone"),
        (
            "survey",
            {"options": {"pivot": {"variable": "Andel och konfidensintervall", "columns": {"01": "value"}}}},
            "does not have just the values ['01']",
        ),
        ("deaths", {"query": TABLES["deaths"]["query"] | {"kon": ["7"]}}, "has no code that fits '7'"),
    ],
)
def test_a_query_nobody_has_verified_is_held_against_the_description(
    services: Services, tmp_path: Path, name: str, change: dict[str, object], said: str
) -> None:
    entry = TABLES[name] | {"verified": False} | change
    landing = Landing()
    (outcome,) = fetch(services, tmp_path, landing, [name], changed={name: entry}).outcomes
    assert outcome.state == "probed", outcome.reason
    assert said in outcome.reason
    assert outcome.found["fit"]["fits"] is ("fits what" in said)
    assert landing.tables == {}
    assert not any(p.startswith("POST") or "resultat" in p for p in services.paths())


def test_every_protocol_can_be_probed(services: Services, tmp_path: Path) -> None:
    probes = {i: e | {"query": "probe", "verified": False} for i, e in TABLES.items() if i != "figures"}
    report = fetch(services, tmp_path, Landing(), list(probes), changed=probes)
    assert {o.state for o in report.outcomes} == {"probed"}
    found = {o.table: o.found for o in report.outcomes}
    assert found["sick_leave"] == {"filter": {"uppdelning": ["SJPProv"]}}  # by the second of its two known addresses
