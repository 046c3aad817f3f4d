"""What an analyst sees in Dagster: every table described, checked and scheduled, and a failure that stops only what
rests on it. The graph is the real one; what is materialized is the small house's.
"""

import json
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from typing import Any

import dagster as dg
import duckdb
import pyarrow as pa
import pytest

from assets import all_tables
from pipelines.catalogue import entries
from pipelines.definitions import defs
from pipelines.live import services
from pipelines.orchestration.factory import LIVE, key
from pipelines.orchestration.live_assets import FETCH_AT, OBSERVED
from pipelines.protocols.spec import CADENCES
from pipelines.warehouse.tables import TableSpec
from tests.fixtures.small_house import Latest, SmallHouse

pytest_plugins = ["tests.fixtures.small_fixtures"]

TABLES: dict[str, TableSpec] = {table.name: table for table in all_tables()}
LAYERS = {"source", "catalogue", "core", "indicator", "protect", "chance", "measure", "mart", "release", LIVE, OBSERVED}


@pytest.fixture(scope="module")
def graph() -> Any:
    return defs.resolve_asset_graph()


def test_every_table_is_an_asset_with_its_layer_kinds_owner_and_words(graph: Any) -> None:
    made = {key(name) for name in TABLES} | {key("release.latest")}
    fetched = {each for each in graph.get_all_asset_keys() if each.path[0] in (LIVE, OBSERVED)}
    assert graph.get_all_asset_keys() == made | fetched
    for asset in (graph.get(each) for each in made | fetched):
        name = asset.key.to_user_string()
        assert asset.group_name == name.split("/")[0]
        assert asset.group_name in LAYERS
        assert asset.owners == ["team:jamlik"], name
        assert len(asset.description or "") > 10, name
        assert asset.kinds & {"sql", "parquet", "yaml", "python", "numpy", "api"}, name
        assert asset.key in fetched or "duckdb" in asset.kinds, name


def test_every_table_shows_its_columns_with_their_comments(graph: Any) -> None:
    for name, table in TABLES.items():
        schema = graph.get(key(name)).metadata["dagster/column_schema"]
        shown = [(column.name, column.type, column.description) for column in schema.columns]
        assert shown == [(each.name, str(each.type), each.comment) for each in table.contract.fields]
        assert shown


def test_every_table_has_its_contract_as_a_check(graph: Any) -> None:
    checks = {(check.asset_key, check.name) for check in graph.asset_check_keys}
    assert checks >= {(key(name), "contract") for name in TABLES}
    assert len(TABLES) > 80


def test_what_a_table_needs_is_what_the_graph_says(graph: Any) -> None:
    for name, table in TABLES.items():
        parents = {each for each in graph.get(key(name)).parent_keys if each.path[0] != LIVE}
        assert parents == {key(needed) for needed in table.needs}, name
    released = graph.get(key("release.latest")).parent_keys
    assert key("mart.indicator_value") in released
    assert all(each.path[0] == "mart" for each in released)


def test_every_live_table_is_fetched_after_its_observable_source(graph: Any) -> None:
    names = {table.id for table in services.tables().values() if not table.probe_only}
    for word, observable in ((LIVE, False), (OBSERVED, True)):
        found = {each.path[1] for each in graph.get_all_asset_keys() if each.path[0] == word}
        assert found == names
        assert {graph.get(key(f"{word}.{name}")).is_observable for name in names} == {observable}
    for name in names:
        assert graph.get(key(f"{LIVE}.{name}")).parent_keys == {key(f"{OBSERVED}.{name}")}
        policy = graph.get(key(f"{LIVE}.{name}")).freshness_policy
        days = CADENCES[services.tables()[name].cadence]
        assert (policy.warn_window.to_timedelta().days, policy.fail_window.to_timedelta().days) == (days, days * 3 // 2)


def test_there_is_a_weekly_job_for_everything_and_one_a_source(graph: Any) -> None:
    repository = defs.get_repository_def()
    jobs = {job.name: job for job in repository.get_all_jobs() if not job.name.startswith("__")}
    origins = {source.origin for source in entries.sources().values()}
    looks = {f"look_at_{table.service.id}" for table in services.tables().values() if not table.probe_only}
    assert set(jobs) == {"everything", *(f"source_{origin}" for origin in origins), *looks}
    everything = repository.get_job("everything").asset_layer.selected_asset_keys
    assert everything == {
        each for each in graph.get_all_asset_keys() if each.path[0] not in (LIVE, OBSERVED)
    }  # it calls nobody
    for origin in origins:
        selected = repository.get_job(f"source_{origin}").asset_layer.selected_asset_keys
        own = {key(f"source.{source.id}") for source in entries.sources().values() if source.origin == origin}
        changed = own | {key("catalogue.landing"), key("release.latest")}
        while more := {each for each in everything - changed if graph.get(each).parent_keys & changed}:
            changed |= more
        assert key("mart.source_table") in changed
        assert changed <= selected, f"source_{origin} leaves {changed - selected} unmade, and the release needs them"
        assert jobs[f"source_{origin}"].description
    schedules = {schedule.name: schedule for schedule in repository.schedule_defs}
    weekly = schedules["weekly_everything"]
    assert (weekly.job_name, weekly.cron_schedule) == ("everything", "0 4 * * 1")
    assert weekly.default_status == dg.DefaultScheduleStatus.RUNNING
    for schedule in schedules.values():
        assert schedule.execution_timezone == "Europe/Stockholm"
        assert schedule.job_name in jobs
    yearly = {source.origin for source in entries.sources().values() if source.cadence != "never"}
    assert {schedule.job_name for schedule in schedules.values()} == {
        "everything",
        *(f"source_{name}" for name in yearly),
        *looks,
    }
    # Whoever calls other people's services is turned on by hand.
    running = {s.name for s in schedules.values() if s.default_status == dg.DefaultScheduleStatus.RUNNING}
    assert running == {"weekly_everything"}
    fetching = {f"source_{name}" for name in ("fohm", "kolada", "scb")}
    assert {s.job_name for s in schedules.values() if s.cron_schedule == FETCH_AT} == fetching


# A job of Dagster's own, as its interface would run it: nobody listens, and it opens the warehouse itself.
OWN_JOB = """
import json, sys
import dagster as dg
from pipelines.definitions import defs
from pipelines.orchestration.in_process import _instance
with _instance() as instance:
    result = defs.resolve_job_def(sys.argv[1]).execute_in_process(
        instance=instance,
        asset_selection=[dg.AssetKey(name.split(".")) for name in sys.argv[2:]] or None,
        run_config={"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}},
        raise_on_error=False,
    )
made = result.get_asset_materialization_events()
checks = {}
for check in result.get_asset_check_evaluations():
    rows = check.metadata["failures"].value if "failures" in check.metadata else None
    checks[check.asset_key.to_user_string()] = [check.passed, rows]
failures = [event for event in result.all_events if event.is_step_failure]
print(json.dumps({
    "success": result.success,
    "materialized": [event.asset_key.to_user_string() for event in made],
    "failed": [event.step_key for event in failures],
    "said": [event.step_failure_data.error.message for event in failures],
    "checks": checks,
    "metadata": {event.asset_key.to_user_string(): sorted(event.materialization.metadata) for event in made},
}))
"""


@dataclass(frozen=True)
class Ran:
    """What a job of Dagster's own did."""

    success: bool
    materialized: list[str]
    failed: list[str]
    checks: dict[str, list[Any]]
    metadata: dict[str, list[str]]
    said: list[str]


def _job(house: SmallHouse, name: str, *only: str) -> Ran:
    done = house.python.start(house.path, name, *only, streams=house.streams, script=OWN_JOB).wait()
    assert done.code == 0, done.err
    return Ran(**json.loads(done.out.splitlines()[-1]))


def test_dagsters_own_job_makes_what_a_run_makes(small: SmallHouse) -> None:
    """A title is corrected in the catalogue: three tables and a release are made from it."""
    before = Latest.of(small.published)
    path = small.data / "catalogue" / "recommendations.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("title_en: ", "title_en: X ", 1), encoding="utf-8")
    tables = ("catalogue.recommendation", "mart.recommendation", "mart.recommendation_status")
    made_of_it = (*tables, "release.latest")
    ran = _job(small, "everything", *made_of_it)
    assert ran.success, ran.said
    assert ran.materialized[-1] == "release/latest"
    assert sorted(ran.materialized) == sorted(name.replace(".", "/") for name in made_of_it)
    passed = {name: good for name, (good, _) in ran.checks.items()}
    assert passed == {name.replace(".", "/"): True for name in tables}
    assert {"dagster/row_count", "preview", "seconds", "unchanged"} <= set(ran.metadata["mart/recommendation"])
    made = Latest.of(small.published)
    assert made != before
    with duckdb.connect(str(small.published / "latest" / "jamlik.duckdb"), read_only=True) as release:
        titles = release.execute("select title_en from recommendation order by recommendation").fetchall()
        assert [title.startswith("X ") for (title,) in titles] == [True, False, False, False, False]
    with closing(sqlite3.connect(small.data / "dagster" / "history" / "runs.db")) as history:
        assert history.execute("select status, count(*) from runs group by status").fetchall() == [("SUCCESS", 2)]
    # What a run would make and publish now is just that.
    done = small.jamlik("run")
    assert (done.code, done.err.split(" tables made")[0]) == (0, "0"), done.err
    assert Latest.of(small.published) == made


def test_a_broken_contract_fails_its_check_and_stops_only_what_rests_on_it(small: SmallHouse) -> None:
    before = Latest.of(small.published)
    small.land("raks_main_affiliation", lambda table: pa.concat_tables([table, table.slice(0, 1)]))
    small.land("scb_income", lambda table: table.slice(0, table.num_rows - 1))
    bad = ("source.raks_main_affiliation", "core.raks_main_affiliation", "indicator.raks_main_affiliation")
    good = ("source.scb_income", "core.income", "indicator.income_ratio_women_men")
    ran = _job(small, "everything", *bad, *good)
    assert not ran.success
    assert ran.failed == ["source__raks_main_affiliation"]
    assert not [name for name in ran.materialized if "raks" in name]
    assert ran.materialized == [name.replace(".", "/") for name in good]
    passed, rows = ran.checks.pop("source/raks_main_affiliation")
    assert not passed
    assert (rows[0]["region"], rows[0]["times"]) == ("00", "2")
    assert {name: passed for name, (passed, _) in ran.checks.items()} == {name.replace(".", "/"): True for name in good}
    assert "source.raks_main_affiliation, landed in data/snapshot/raks_main_affiliation" in ran.said[0]
    assert Latest.of(small.published) == before
