"""PxWeb v1's own filters: sent as they are, and what must come back is known all the same."""

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import TABLES, Landing, fetch
from tests.fixtures.local_server.tables import AREAS, SURVEY, Dim

WHOLE = {"Region": "*", "Andel och konfidensintervall": "*", "Kön": "*", "År": "*"}


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        places = {code: name for code, name in AREAS.items() if code != "00"}
        running.v1[SURVEY.id] = replace(SURVEY, dims={**SURVEY.dims, "Region": Dim("Region", places)})
        running.max_cells = 1000
        yield running


def landed(services: Services, folder: Path, **query: Any) -> tuple[Any, Any]:
    entry = TABLES["survey"] | {"query": WHOLE | query, "options": {}, "expect": {}}
    landing = Landing()
    report = fetch(services, folder, landing, ["survey"], changed={"survey": entry})
    return report.outcomes[0], landing.tables.get("survey")


def sent(services: Services, name: str) -> list[dict[str, Any]]:
    bodies = [json.loads(c.body) for c in services.log if c.method == "POST"]
    return [q["selection"] for body in bodies for q in body["query"] if q["code"] == name]


def test_the_last_values_and_a_pattern_are_asked_for_by_the_services_own_filters(
    services: Services, tmp_path: Path
) -> None:
    own = {"År": {"filter": "top", "values": 2}, "Region": {"filter": "all", "values": "05*"}}
    outcome, table = landed(services, tmp_path / "own", **own)
    assert outcome.state == "landed", outcome.reason
    assert sent(services, "År") == [{"filter": "top", "values": ["2"]}]
    assert sent(services, "Region") == [{"filter": "all", "values": ["05*"]}]
    _, same = landed(services, tmp_path / "item", År="top(2)", Region="05*")
    assert sent(services, "År")[1]["filter"] == "item"
    assert table.equals(same)
    assert set(table["Region"].to_pylist()) == {code for code in AREAS if code.startswith("05")}


def test_a_variable_that_is_not_listed_is_taken_whole(services: Services, tmp_path: Path) -> None:
    services.v1_unlisted = {"Region"}
    outcome, _ = landed(services, tmp_path)
    assert outcome.state == "quarantined"
    assert "Region has more values than the service lists; select it by {filter: all" in outcome.reason
    outcome, table = landed(services, tmp_path, Region={"filter": "all", "values": "*"})
    assert outcome.state == "landed", outcome.reason
    assert set(table["Region"].to_pylist()) == set(AREAS) - {"00"}
    assert table.num_rows == 9 * 3 * 3 * 4


def test_a_filter_is_given_up_where_the_cap_splits_its_values(services: Services, tmp_path: Path) -> None:
    services.max_cells = 60  # a third of Region's 9 x 3 x 3 x 2 cells
    outcome, table = landed(
        services, tmp_path, Region={"filter": "all", "values": "*"}, År={"filter": "top", "values": 2}
    )
    assert outcome.state == "landed", outcome.reason
    assert {each["filter"] for each in sent(services, "Region")} == {"item"}
    assert {each["filter"] for each in sent(services, "År")} == {"top"}
    assert table.num_rows == 9 * 3 * 3 * 2


@pytest.mark.parametrize("change", [("2021-2024", "2021-2025"), ('"0580"', '"9999"')])
def test_other_values_than_the_filter_must_give_are_refused(
    services: Services, tmp_path: Path, change: tuple[str, str]
) -> None:
    def other(call: Any, body: bytes) -> bytes:
        return body.replace(change[0].encode(), change[1].encode()) if call.method == "POST" else body

    services.mutations.append(other)
    own = {"År": {"filter": "top", "values": 1}, "Region": {"filter": "all", "values": "05*"}}
    outcome, table = landed(services, tmp_path, **own)
    assert (outcome.state, table) == ("quarantined", None)
    assert "were asked for" in outcome.reason


@pytest.mark.parametrize(
    "wrong", [{"filter": "top", "values": "3"}, {"filter": "all", "values": "05"}, {"filter": "agg:x"}]
)
def test_a_filter_nobody_can_follow_is_refused(services: Services, tmp_path: Path, wrong: dict[str, Any]) -> None:
    outcome, _ = landed(services, tmp_path, Region=wrong)
    assert outcome.state == "quarantined"
    assert "neither {filter: top, values: 3} nor {filter: all, values: '01*'}" in outcome.reason
