"""Drift and broken PxWebApi 2 replies, one at a time: refused with source, table and reason; its
neighbour lands.

Each case changes what one service answers for one table, in one way that has happened or could. The last good
landing must stay, the reason must name what is wrong, and the other tables of the same fetch must land.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import Landing, fetch
from tests.fixtures.local_server.server import Answer, Call

Json = Any


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        running.max_cells = 1_000
        yield running


def in_json(change: Callable[[Json], Json | None]) -> Callable[[bytes], bytes]:
    """A change of a parsed reply, in place or by returning another."""

    def mutate(body: bytes) -> bytes:
        document = json.loads(body)
        changed = change(document)
        return json.dumps(document if changed is None else changed, ensure_ascii=False).encode()

    return mutate


def rename(d: Json, old: str, new: str) -> None:
    d["id"] = [new if i == old else i for i in d["id"]]
    d["dimension"][new] = d["dimension"].pop(old)


def recode(d: Json, name: str, codes: dict[str, str]) -> None:
    category = d["dimension"][name]["category"]
    for part in ("index", "label"):
        category[part] = {codes.get(c, c): v for c, v in category[part].items()}


def relabel(d: Json, name: str, labels: dict[str, str]) -> None:
    d["dimension"][name]["category"]["label"].update(labels)


def on_server(name: str, codes: dict[str, str]) -> Callable[[Any], Any]:
    """The service itself has other codes for some values, in its metadata and in its data."""

    def change(table: Any) -> Any:
        values = {codes.get(c, c): t for c, t in table.dims[name].values.items()}
        return replace(table, dims={**table.dims, name: replace(table.dims[name], values=values)})

    return change


def mojibake(d: Json) -> Json:
    return json.loads(json.dumps(d, ensure_ascii=False).replace("Ö", "Ã–").replace("ö", "Ã¶").replace("ä", "Ã¤"))


def drop_year(d: Json) -> None:
    d["size"][-1] -= 1
    category = d["dimension"]["Tid"]["category"]
    last = max(category["index"], key=category["index"].get)
    del category["index"][last], category["label"][last]
    width = d["size"][-1] + 1
    d["value"] = [v for i, v in enumerate(d["value"]) if i % width != width - 1]
    d["status"] = {}


def same_code_twice(d: Json) -> None:
    d["dimension"]["Kon"]["category"] = {"index": ["1", "1"]}


def constant(d: Json, number: float | None) -> None:
    d["value"] = [number] * len(d["value"])


# A case: (where the change is made, the change, what the reason must say). "data" and "metadata" are
# replies of
# the population table at the PxWebApi 2 service.
V2: dict[str, tuple[str, Callable[[Any], Any], str]] = {
    "renamed variable": ("both", in_json(lambda d: rename(d, "Kon", "Sex")), "'Kon' is gone"),
    "new variable": (
        "metadata",
        in_json(
            lambda d: (
                d["id"].append("Ny"),
                d["size"].append(2),
                d["dimension"].update({"Ny": {"label": "ny", "category": {"index": {"a": 0, "b": 1}}}}),
            )[-1]
        ),
        "'?Ny'? is a variable",
    ),
    "missing variable": (
        "metadata",
        in_json(lambda d: (d["id"].remove("Kon"), d["dimension"].pop("Kon"))[0]),
        "'Kon' is gone",
    ),
    "answer without a variable": (
        "data",
        in_json(
            lambda d: (
                (
                    d["id"].pop(1),
                    d["size"].pop(1),
                    d["dimension"].pop("Kon"),
                    d.update(value=d["value"][: len(d["value"]) // 2], status={}),
                )[0]
                and None
            )
        ),
        "lacks Kon",
    ),
    "code not asked for": ("data", in_json(lambda d: recode(d, "Kon", {"2": "9"})), "not asked for \\(9\\)"),
    "unknown area": ("server", on_server("Region", {"2583": "2599"}), "'2599', is not in the division"),
    "lost leading zero": ("server", on_server("Region", {"0114": "114"}), "a leading zero is lost"),
    "area by name": (
        "server",
        on_server("Region", {"0580": "Linköping"}),
        "'Linköping', is not an area code",
    ),
    "sex coded the other way": (
        "data",
        in_json(lambda d: relabel(d, "Kon", {"1": "kvinnor", "2": "män"})),
        "Kon 1 is now 'kvinnor'",
    ),
    "sex coded by letters": ("server", on_server("Kon", {"1": "M", "2": "K"}), "no longer has the code '1'"),
    "unit in per mille": (
        "data",
        in_json(lambda d: d["dimension"]["ContentsCode"]["category"]["unit"]["PROV1"].update(base="‰")),
        "unit of PROV1 is '‰'",
    ),
    "contents renamed": ("server", on_server("ContentsCode", {"PROV1": "PROV2"}), "the unit of PROV1"),
    "mojibake": ("data", in_json(mojibake), "broken encoding"),
    "replacement characters": (
        "data",
        lambda b: b.replace("Ö".encode(), "\ufffd".encode()),
        "broken encoding",
    ),
    "latin-1 bytes": ("data", lambda b: b.decode().encode("latin-1"), "not UTF-8"),
    "letters without dots": (
        "data",
        in_json(lambda d: json.loads(json.dumps(d, ensure_ascii=False).replace("Ö", "O"))),
        "no label of Region",
    ),
    "decimal comma": (
        "data",
        in_json(lambda d: d["value"].__setitem__(1, "12,5")),
        "'12,5', which is not a number",
    ),
    "numbers as texts": (
        "data",
        in_json(lambda d: d.update(value=[None if v is None else str(v) for v in d["value"]])),
        "not a number",
    ),
    "duplicate code": ("data", in_json(same_code_twice), "'1' twice"),
    "short value list": (
        "data",
        in_json(lambda d: d["value"].pop() and None),
        "119 numbers but the sizes make 120",
    ),
    "no values": ("data", in_json(lambda d: d.update(value=[], status={})), "metadata, not data"),
    "all missing": ("data", in_json(lambda d: constant(d, None)), "not one of 120 cells"),
    "outside the range": (
        "data",
        in_json(lambda d: d["value"].__setitem__(3, 5_000_000)),
        "5000000.0 in .* is outside",
    ),
    "negative": ("data", in_json(lambda d: d["value"].__setitem__(3, -1)), "-1.0 in .* is outside"),
    "a year short": ("data", in_json(drop_year), "lacks 1 codes"),
    "another table": (
        "data",
        in_json(lambda d: d["extension"]["px"].update(tableid="TAB999")),
        "answered with the table TAB999",
    ),
    "another table's page": ("table", in_json(lambda d: d.update(id="TAB999")), "answers about 'TAB999'"),
    "periods in another form": (
        "server",
        on_server("Tid", {"2025": "2025M12"}),
        "'2025M12', is not a period",
    ),
    "truncated json": ("data", lambda b: b[: len(b) // 2], "not whole"),
    "web page": ("data", lambda b: b"<!DOCTYPE html><html><body>Underh\xc3\xa5ll</body></html>", "web page"),
    "nothing": ("data", lambda b: b"", "empty body"),
    "null": ("data", lambda b: b"null", "not json-stat"),
    "a list": ("data", lambda b: b"[]", "not json-stat"),
    "dimension as list": ("data", in_json(lambda d: d.update(dimension=[])), "not json-stat|no `dimension`"),
    "category as text": (
        "data",
        in_json(lambda d: d["dimension"]["Kon"].update(category="x")),
        "no `category`",
    ),
    "metadata without index": (
        "metadata",
        in_json(lambda d: d["dimension"]["Tid"]["category"].pop("index") and None),
        "no code that fits",
    ),
    "config of another program": ("config", lambda b: b'{"versions": 1}', "something else than PxWebApi 2"),
}


def where_of(call: Call) -> str:
    if call.path.endswith("/config"):
        return "config"
    if "/tables/TAB001" in call.path:
        return {"metadata": "metadata", "data": "data", "TAB001": "table"}[call.path.rsplit("/", 1)[-1]]
    return ""


@pytest.mark.parametrize("name", V2)
def test_pxwebapi2(services: Services, tmp_path: Path, name: str) -> None:
    place, change, reason = V2[name]
    wanted = ["population", "counties"] if place != "config" else ["population"]
    landing = Landing()
    assert fetch(services, tmp_path, landing, wanted).failed == ()
    before = landing.tables["population"]
    # the service says that both were updated, so both are fetched again
    services.tables = {k: revised(t) for k, t in services.tables.items()}
    if place == "server":
        services.tables["TAB001"] = change(services.tables["TAB001"])
    services.mutations.append(
        lambda c, b: (
            change(b) if where_of(c) == place or (place == "both" and where_of(c) in ("data", "metadata")) else b
        )
    )
    report = fetch(services, tmp_path, landing, wanted)
    (failed,) = report.failed
    assert failed.table == "population"
    assert failed.state == "quarantined"
    assert_reason(failed.reason, reason, "population")
    assert landing.tables["population"] is before
    record = json.loads((tmp_path / "quarantine" / "population.json").read_bytes())
    assert record["reason"] == failed.reason
    if "counties" in wanted:
        assert {o.table: o.state for o in report.outcomes}["counties"] == "landed"


def assert_reason(said: str, expected: str, table: str) -> None:
    """The reason names the table and its service, and what is wrong."""
    assert said.startswith(f"{table} (")
    assert re.search(expected, said), said


def revised(table: Any) -> Any:
    return replace(table, updated="2026-03-01T07:00:00Z")


def test_there_are_at_least_thirty_mutations() -> None:
    assert len(V2) >= 30


def test_a_table_that_lost_a_fifth_of_its_numbers_is_not_taken(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    fetch(services, tmp_path, landing, ["population"])
    before = landing.tables["population"]
    services.tables = {k: revised(t) for k, t in services.tables.items()}

    def thin(d: Json) -> None:
        d["value"] = [None if i % 3 == 0 else v for i, v in enumerate(d["value"])]

    services.mutations.append(lambda c, b: in_json(thin)(b) if where_of(c) == "data" else b)
    (failed,) = fetch(services, tmp_path, landing, ["population"]).failed
    assert "numbers came where the last landing has" in failed.reason
    assert landing.tables["population"] is before


def test_a_table_that_goes_back_in_time_is_not_taken(services: Services, tmp_path: Path) -> None:
    landing = Landing()
    fetch(services, tmp_path, landing, ["population"])
    table = services.tables["TAB001"]
    years = dict(list(table.dims["Tid"].values.items())[:-2])
    dims = {**table.dims, "Tid": replace(table.dims["Tid"], values=years)}
    services.tables["TAB001"] = replace(revised(table), dims=dims)
    (failed,) = fetch(services, tmp_path, landing, ["population"]).failed
    assert "its last period is" in failed.reason


def test_a_service_that_answers_a_query_with_its_default_is_found_out(services: Services, tmp_path: Path) -> None:
    landing = Landing()

    def default(call: Call) -> Answer | None:
        if call.path.endswith("TAB001/data"):
            table = services.tables["TAB001"]
            body = json.dumps(table.jsonstat({n: list(d.values)[:1] for n, d in table.dims.items()}))
            return Answer(200, body.encode())
        return None

    services.faults.append(default)
    (failed,) = fetch(services, tmp_path, landing, ["population", "counties"]).failed
    assert "the answer's Region lacks 9 codes" in failed.reason
    assert set(landing.tables) == {"counties"}
