"""A schedule of the real Dagster against the local server: it looks, fetches what moved or is due, and builds on it.

The steps are taken in processes of their own, with the house's own history, as Dagster's daemon would take them.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

import duckdb
import pytest

from pipelines.live.archive import Archive
from pipelines.live.watch import Watch, worth_fetching
from pipelines.protocols.spec import LiveTable
from tests.fixtures import live_house
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import QUICK, Landing, fetch, tables
from tests.fixtures.small_house import SmallHouse
from tests.live.test_live import NOBODY, OFFLINE

pytest_plugins = ["tests.fixtures.small_fixtures"]

STEPS = """
import json, sys
import dagster as dg
from pipelines.definitions import defs
from pipelines.orchestration.in_process import _instance

def tick(instance, repository):
    context = dg.build_schedule_context(instance=instance, repository_def=repository)
    made = repository.get_schedule_def("daily_source_scb").evaluate_tick(context)
    asked = [[[key.to_user_string() for key in r.asset_selection], dict(r.tags)] for r in made.run_requests]
    return [made.skip_message, asked]

def run(instance, repository, job, only=None):
    result = repository.get_job(job).execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(each.split("/")) for each in only] if only else None,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )
    looks = [event.asset_observation_data.asset_observation for event in result.get_asset_observation_events()]
    seen = {look.asset_key.path[-1]: [look.data_version, look.metadata["said"].value] for look in looks}
    checks = result.get_asset_check_evaluations()
    return [result.success, seen or {e.asset_key.path[-1]: e.passed for e in checks if e.check_name == "fetched"}]

repository = defs.get_repository_def()
with _instance() as instance:
    told = [{"tick": tick, "run": run}[step](instance, repository, *words) for step, *words in json.loads(sys.argv[1])]
print(json.dumps(told))
"""
TICK = ["tick"]
LOOK = ["run", "look_at_scb"]
NOTHING = ["None of 2 live tables moved, and none is past its cadence.", []]


def run_of(*only: str) -> list[Any]:
    return ["run", "source_scb", *([list(only)] if only else [])]


@pytest.fixture
def services() -> Iterator[Services]:
    with Services() as running:
        yield running


def requested(told: list[Any]) -> tuple[set[str], dict[str, str]]:
    """Which live tables a tick asks a run of, and why each."""
    skipped, ((keys, tags),) = told
    assert skipped is None
    assert "release/latest" in keys
    why = {name.removeprefix("jamlik/"): said for name, said in tags.items() if name.startswith("jamlik/")}
    return {key for key in keys if key.startswith("live/")}, why


def test_a_schedule_fetches_what_never_landed_then_only_what_moved_and_what_is_due(
    small: SmallHouse, services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    live_house.furnish(small)
    here = OFFLINE | live_house.serve(services, monkeypatch) | {"JAMLIK_RETRY_PAUSE": "0.2"}

    def daemon(*steps: list[Any]) -> list[Any]:
        words = (json.dumps(steps),)
        done = small.python.start(small.path, *words, streams=small.streams, script=STEPS, **here).wait()
        assert done.code == 0, done.err
        return list(json.loads(done.out.splitlines()[-1]))

    def warehouse(query: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(small.data / "warehouse" / "jamlik.duckdb"), read_only=True) as found:
            return found.execute(query).fetchall()

    # Nothing is landed: both are wanted, and the job fetches before it builds.
    ticked, ran = daemon(TICK, run_of())
    both = {"scb_population": "never landed", "scb_population_month": "never landed"}
    assert requested(ticked) == ({f"live/{name}" for name in both}, both)
    assert ran == [True, {"scb_population": True, "scb_population_month": True}]
    years = "select distinct year from core.population_by_age where basis = 'december' order by 1"
    assert warehouse(years) == [(2019,), (2024,)]
    with duckdb.connect(str(small.published / "latest" / "jamlik.duckdb"), read_only=True) as published:
        asked = "select landing from source_table where table_id = 'scb_population'"
        assert published.execute(asked).fetchall() == [("live",)]

    # Nothing moved: a look costs a call a table beside the configuration, and there is nothing to do.
    before = len(services.log)
    (_, seen), ticked = daemon(LOOK, TICK)
    assert [c.path for c in services.log[before:]] == [
        "/scb/api/v2/config", "/scb/api/v2/tables/TAB638", "/scb/api/v2/tables/TAB6471",
    ]  # fmt: skip
    assert seen["scb_population"][0] == "2026-01-15T07:00:00Z 2024"
    assert ticked == NOTHING

    # One moved: it alone is fetched.
    services.tables["TAB638"] = replace(live_house.POPULATION, updated="2026-02-15T07:00:00Z", shift=3)
    before = len(services.log)
    short = ("live/scb_population", "source/scb_population", "core/population_by_age")
    _, ticked, ran, after = daemon(LOOK, TICK, run_of(*short), TICK)
    moved = {"scb_population": "moved: 2026-02-15T07:00:00Z 2024"}
    assert requested(ticked) == ({"live/scb_population"}, moved)
    assert ran == [True, {"scb_population": True}]
    assert [c.path for c in services.log[before:] if "TAB6471" in c.path] == ["/scb/api/v2/tables/TAB6471"]
    assert after == NOTHING

    # One is past its cadence, and its service is gone: its last landing stays, stale, and what rests on it is built.
    path = small.data / "raw" / "sources.lock"
    locked = json.loads(path.read_text(encoding="utf-8"))
    locked["scb_population"] |= {"retrieved": "2020-01-05T04:00:00+00:00", "checked": "2020-01-06T04:00:00+00:00"}
    path.write_text(json.dumps(locked), encoding="utf-8")
    here["JAMLIK_SCB_URL"] = NOBODY
    (_, seen), ticked, ran = daemon(LOOK, TICK, run_of(*short, "catalogue/landing"))
    version, said = seen["scb_population"]
    assert version is None
    assert "takes no connections" in said
    assert requested(ticked) == ({"live/scb_population"}, {"scb_population": "past its cadence"})
    assert ran == [True, {"scb_population": False}]
    state = "select landing, freshness from catalogue.landing where table_id = 'scb_population'"
    assert warehouse(state) == [("live", "stale")]


# --- what a look tells, for every protocol


def _watched(services: Services, *names: str) -> list[LiveTable]:
    return tables(services, names)


def test_every_service_with_a_mark_tells_the_landed_one_while_nothing_moves(services: Services, tmp_path: Any) -> None:
    names = ["population", "survey", "figures", "deaths", "sick_leave"]
    landing = Landing()
    assert fetch(services, tmp_path, landing, names).failed == ()
    locked = Archive(tmp_path).locked()
    wanted = _watched(services, *names)
    before = len(services.log)
    watch = Watch(wanted, QUICK)
    seen = {table.id: watch.look(table, locked[table.id]) for table in wanted}
    assert not [c for c in services.log[before:] if c.method == "POST"]  # not one cell is asked for
    assert {n: seen[n].version == locked[n]["version"] for n in names} == dict.fromkeys(names, True)
    assert seen["sick_leave"].version == ""
    assert "no mark" in seen["sick_leave"].said
    assert seen["survey"].version.startswith("description ")

    # And another one once something did.
    survey = services.v1["B_HLV/prov.px"]
    year = {**survey.dims["År"].values, "2023-2026": "2023-2026"}
    services.v1["B_HLV/prov.px"] = replace(survey, dims={**survey.dims, "År": replace(survey.dims["År"], values=year)})
    services.tables["TAB001"] = replace(services.tables["TAB001"], updated="2026-03-01T07:00:00Z")
    services.kolada_changed = [{"kpi": "N00010", "municipality": "0580", "period": 2024, "values": []}]
    later = {table.id: watch.look(table, locked[table.id]).version for table in wanted}
    assert {n for n in names if later[n] != locked[n]["version"]} == {"population", "survey", "figures"}
    assert later["figures"].startswith("changed since 20")


def test_a_look_that_fails_tells_no_state_and_says_why(services: Services) -> None:
    services.mutations.append(lambda c, b: b"[]" if "TAB001" in c.path else b)
    wanted = _watched(services, "population", "counties")
    watch = Watch(wanted, QUICK)
    odd, good = (watch.look(table, {}) for table in wanted)
    assert (odd.version, good.version) == ("", "2026-01-15T07:00:00Z 2025")
    assert "the service answers about 'list'" in odd.said


def test_a_look_from_before_the_last_fetch_says_nothing(services: Services) -> None:
    wanted = _watched(services, "population", "survey")
    now = "2026-11-21T05:00:00+00:00"
    locked = {
        "population": {"version": "b", "retrieved": now},
        "survey": {"version": "b", "retrieved": "2026-11-01T05:00:00+00:00", "checked": now},
    }
    today = datetime.fromisoformat("2026-11-22T05:00:00+00:00")

    def why(version: str, when: str) -> dict[str, str]:
        return worth_fetching(wanted, locked, dict.fromkeys(locked, (version, when)), today)

    assert why("a", "2026-11-21T04:59:00+00:00") == {}
    assert why("b", "2026-11-22T04:30:00+00:00") == {}
    assert why("", "") == {}
    assert why("c", "2026-11-22T04:30:00+00:00") == {"population": "moved: c", "survey": "moved: c"}
