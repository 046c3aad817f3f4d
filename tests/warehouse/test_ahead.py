"""Tables made ahead: each result goes to whoever asks for it, a fault too; nothing works on after the run."""

import threading
import time
from collections.abc import Callable
from functools import partial
from typing import Any

import duckdb
import pytest

from pipelines.errors import Refused
from pipelines.warehouse.ahead import Ahead
from tests.fixtures.patience import ends_soon


def work(build: Callable[[str], Any], *names: str) -> dict[str, Callable[[], Any]]:
    return {name: partial(build, name) for name in names}


def test_every_result_goes_to_whoever_asks_for_it_and_a_fault_to_nobody_else() -> None:
    def build(name: str) -> Any:
        if name == "core.bad":
            raise Refused("The model core.bad could not be computed; correct it.")
        return f"made {name}"

    ahead = Ahead(work(build, "core.a", "core.bad", "core.b"))
    with ahead.working(lambda: pytest.fail("nothing had to be cut short")):
        assert "core.bad" in ahead
        assert "core.c" not in ahead
        assert ahead.result("core.b") == "made core.b"
        with pytest.raises(Refused, match=r"core\.bad could not"):
            ahead.result("core.bad")
        assert ahead.result("core.a") == "made core.a"
        ahead.settle()


def test_tables_are_made_one_at_a_time_in_their_order() -> None:
    at_work = threading.Lock()
    made = []

    def build(name: str) -> Any:
        assert at_work.acquire(blocking=False)
        made.append(name)
        at_work.release()

    ahead = Ahead(work(build, *"dacb"))
    with ahead.working(lambda: None):
        ahead.result("b")
    assert made == list("dacb")


def test_a_run_that_is_broken_off_cuts_its_query_short_and_makes_nothing_more() -> None:
    connection = duckdb.connect(config={"threads": 1})
    begun, made = threading.Event(), []

    def build(name: str) -> Any:
        made.append(name)
        begun.set()
        time.sleep(0.5)  # so that the first interrupt comes before the query, which would take hours
        connection.execute("select sum(a.range * b.range) from range(1000000) as a, range(1000000) as b")

    def broken_off() -> None:
        with ahead.working(connection.interrupt):
            begun.wait()
            raise KeyboardInterrupt

    ahead = Ahead(work(build, "endless", "next"))
    with ends_soon(), pytest.raises(KeyboardInterrupt):
        broken_off()
    assert made == ["endless"]
    with pytest.raises(duckdb.InterruptException):
        ahead.result("endless")
