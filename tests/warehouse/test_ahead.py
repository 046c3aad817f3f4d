"""Tables made ahead: each after those it needs, side by side where they need nothing of each other; each result goes to
whoever asks for it, a fault too; nothing works on after the run.
"""

import random
import threading
import time
from collections.abc import Callable, Mapping
from functools import partial
from graphlib import CycleError
from typing import Any

import duckdb
import pytest

from pipelines.errors import Refused
from pipelines.warehouse.ahead import Ahead, Task, Watcher, tell, working_beside
from tests.fixtures.patience import ends_soon


def connections(workers: int) -> list[duckdb.DuckDBPyConnection]:
    whole = duckdb.connect(config={"threads": 1})
    return [whole.cursor() for _ in range(workers)]


def tasks(build: Callable[[str], Any], needs: Mapping[str, str], **seconds: float) -> dict[str, Task[Any]]:
    return {
        name: Task(lambda _, name=name: build(name), each.split(), seconds.get(name)) for name, each in needs.items()
    }


@pytest.mark.parametrize("workers", [1, 2, 16])
def test_every_result_goes_to_whoever_asks_for_it_and_a_fault_to_nobody_else(workers: int) -> None:
    def build(name: str) -> Any:
        if name == "core.bad":
            raise Refused("The model core.bad could not be computed; correct it.")
        return f"made {name}"

    ahead = Ahead(tasks(build, {"core.a": "", "core.bad": "", "core.b": "core.bad core.a"}), connections(workers))
    with ahead.working():
        assert "core.bad" in ahead
        assert "core.c" not in ahead
        assert ahead.result("core.b") == "made core.b"
        with pytest.raises(Refused, match=r"core\.bad could not"):
            ahead.result("core.bad")
        assert ahead.result("core.a") == "made core.a"
        ahead.settle()


@pytest.mark.parametrize("workers", [1, 2, 3, 16])
def test_nothing_is_begun_before_all_that_it_needs_is_done(workers: int) -> None:
    draw = random.Random(workers)
    names = [f"t{number}" for number in range(60)]
    needs = {
        name: " ".join(draw.sample(names[:place], min(place, draw.randrange(4)))) for place, name in enumerate(names)
    }
    done: set[str] = set()

    def build(name: str) -> None:
        assert done >= set(needs[name].split()), name
        time.sleep(draw.random() / 500)
        done.add(name)

    shuffled = list(needs.items())
    draw.shuffle(shuffled)
    ahead = Ahead(tasks(build, dict(shuffled)), connections(workers))
    with ahead.working():
        for name in names:
            ahead.result(name)
    assert done == set(names)


def test_two_that_need_nothing_of_each_other_are_made_at_the_same_time() -> None:
    both = threading.Barrier(2, timeout=20)
    ahead = Ahead(tasks(lambda _: both.wait(), {"a": "", "b": ""}), connections(2))
    with ahead.working():
        assert {ahead.result("a"), ahead.result("b")} == {0, 1}


def test_the_longest_way_comes_first_by_what_each_took_last_time() -> None:
    made: list[str] = []
    needs = {"short": "", "long": "", "after": "short", "last": "after", "new": ""}
    ahead = Ahead(tasks(made.append, needs, short=2.0, long=9.0, after=3.0, last=6.0), connections(1))
    with ahead.working():
        ahead.settle()
    assert made == ["short", "long", "after", "last", "new"]  # 2 + 3 + 6, then 9, 3 + 6, 6, and a second


def test_what_is_left_is_told_with_how_long_it_took_last_time() -> None:
    heard: list[Any] = []

    class Ear(Watcher):
        def begun(self, name: str) -> None:
            heard.append(name)

        def done(self, name: str, left: int, left_seconds: float | None) -> None:
            heard.append((name, left, left_seconds))

    known = tasks(lambda _: None, {"a": "", "b": "a", "c": "b"}, a=1.0, b=2.0, c=3.0)
    with (ahead := Ahead(known, connections(1), Ear())).working():
        ahead.settle()
    assert heard == ["a", ("a", 2, 5.0), "b", ("b", 1, 3.0), "c", ("c", 0, 0.0)]
    heard.clear()
    with (ahead := Ahead(tasks(lambda _: None, {"a": "", "b": "a"}), connections(1), Ear())).working():
        ahead.settle()
    assert heard == ["a", ("a", 1, None), "b", ("b", 0, 0.0)]


def test_tables_that_need_each_other_are_an_error_and_no_endless_wait() -> None:
    with pytest.raises(CycleError):
        Ahead(tasks(lambda _: None, {"a": "b", "b": "a"}), connections(2))


@pytest.mark.parametrize("workers", [1, 2])
def test_a_run_that_is_broken_off_cuts_its_queries_short_and_makes_nothing_more(workers: int) -> None:
    begun, made = threading.Barrier(workers + 1), []

    def build(name: str, connection: duckdb.DuckDBPyConnection) -> Any:
        made.append(name)
        begun.wait()
        time.sleep(0.5)  # so that the first interrupt comes before the query, which would take hours
        connection.execute("select sum(a.range * b.range) from range(1000000) as a, range(1000000) as b")

    def broken_off() -> None:
        with ahead.working():
            begun.wait()
            raise KeyboardInterrupt

    names = ["endless", "other"][:workers]
    work: dict[str, Task[Any]] = {name: Task(partial(build, name)) for name in names}
    work["next"] = Task(partial(build, "next"), names)
    ahead = Ahead(work, connections(workers))
    with ends_soon(), pytest.raises(KeyboardInterrupt):
        broken_off()
    assert sorted(made) == names
    for name in names:
        with pytest.raises((duckdb.InterruptException, KeyboardInterrupt)):
            ahead.result(name)


def test_work_in_python_is_cut_short_too() -> None:
    begun = threading.Event()

    def endless(_: Any = None) -> None:
        begun.set()
        while True:
            sum(range(1000))

    def broken_off(working: Any) -> None:
        with working:
            begun.wait()
            raise KeyboardInterrupt

    with ends_soon(), pytest.raises(KeyboardInterrupt):
        broken_off(Ahead({"endless": Task(endless)}, connections(1)).working())
    begun.clear()
    with ends_soon(), pytest.raises(KeyboardInterrupt):
        broken_off(working_beside(endless))


def test_what_works_beside_gives_its_result_or_its_fault() -> None:
    with working_beside(lambda: 7) as result:
        assert result.result() == 7
    with working_beside(lambda: 1 / 0) as result, pytest.raises(ZeroDivisionError):
        result.result()


@pytest.mark.parametrize("workers", [2, 4])
def test_sums_are_the_same_to_the_last_bit_whatever_the_number_of_workers(workers: int, tmp_path: Any) -> None:
    """As tables, beside other tables, on one database file."""
    query = "select k, sum(v) as s, avg(v) as m, median(v) as d, stddev(v) as e from core.x group by k"

    def made(number: int) -> list[Any]:
        with duckdb.connect(str(tmp_path / f"{number}.duckdb"), config={"threads": 1}) as whole:
            whole.execute("create schema core")
            whole.execute(
                "create table core.x as select range % 7 as k, sin(range) * exp(range % 30) as v from range(300000)"
            )
            work = {
                f"t{n}": Task(lambda c, n=n: c.execute(f"create table core.t{n} as {query}"))  # type: ignore[misc]
                for n in range(6)
            }
            with (ahead := Ahead(work, [whole.cursor() for _ in range(number)])).working():
                ahead.settle()
            return [whole.execute(f"from core.t{n} order by k").fetchall() for n in range(6)]

    assert made(workers) == made(1)


def test_what_takes_long_says_how_far_it_has_come() -> None:
    """Each task's words under its own name, whichever thread is at it; outside of tasks nobody hears."""
    heard: list[tuple[str, str]] = []

    class Ear(Watcher):
        def within(self, name: str, how_far: str) -> None:
            heard.append((name, how_far))

    def make(name: str) -> Callable[[duckdb.DuckDBPyConnection], str]:
        def work(_: duckdb.DuckDBPyConnection) -> str:
            tell(f"half of {name}")
            return name

        return work

    tell("nobody hears")
    with duckdb.connect() as connection:
        ahead = Ahead({name: Task(make(name)) for name in "abc"}, [connection.cursor(), connection.cursor()], Ear())
        with ahead.working():
            assert [ahead.result(name) for name in "abc"] == ["a", "b", "c"]
    tell("nobody hears")
    assert sorted(heard) == [("a", "half of a"), ("b", "half of b"), ("c", "half of c")]
