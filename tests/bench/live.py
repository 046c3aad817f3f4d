"""Live sources: the window of calls kept over a long fetch, the merge of a large arriving table, silence given up soon.

On the local server of the tests and in a folder of its own; nothing outside the machine is called.
"""

import os
import socket
import time
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tests.bench.formats import peak_gigabytes
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import QUICK, Landing, _table, fetch

CALLS, WINDOW = 20, 1.0  # the catalogue has 20 in 10 s for Kolada; a tenth of that time here
AREAS = 312


def most_within(times: Sequence[float], window: float) -> int:
    """The most calls that arrived within any `window` seconds."""
    at = np.sort(np.asarray(times))
    return int(max(np.searchsorted(at, at + window, side="left") - np.arange(len(at))))


def bench_window() -> None:
    """A fetch of some three hundred pages from a server that answers 429 to one call too many."""
    with Services() as services, TemporaryDirectory() as folder:
        services.kolada_page, services.calls_per_window, services.window = 27, CALLS, WINDOW
        refused: list[int] = []
        many = services.too_many
        services.too_many = lambda: refused.append(1) or many()  # type: ignore[method-assign, func-returns-value]
        entry = _table("kolada", "data", {"kpi": [f"N{n:05d}" for n in range(10, 40)], "year": "1999-2023"})
        entry |= {"expected_cells": 100_000}
        started = time.perf_counter()
        manners = replace(QUICK, calls=CALLS, window=WINDOW)
        report = fetch(services, Path(folder), Landing(), ["figures"], manners=manners, changed={"figures": entry})
        seconds = time.perf_counter() - started
        assert not report.failed, report.lines()
        times = [call.at for call in services.log]
        most = f"at most {most_within(times, WINDOW)} within any {WINDOW:.0f} s, {len(refused)} refused"
        print(f"{len(times)} Kolada calls in {seconds:.1f} s: {most}   asked: at most {CALLS}, none refused")


def bench_merge() -> None:
    """An arriving table of two million Kolada cells over an older landing of as many, four fifths of them the same."""
    from pipelines.catalogue import entries
    from pipelines.landing import zone
    from pipelines.live.admission import Known, Older, admit
    from schemas.registry import source_contract

    sources = entries.sources()
    known = Known.of(*(zone.read(zone.current(sources[n])) for n in ("areas", "code_map", "missing_symbols")))
    source = sources["kolada_values"]
    contract = source_contract(source.id, source.contract)
    arriving, older = _cells(known, 1999, 2_000_000), _cells(known, 1994, 2_000_000)
    started = time.perf_counter()
    admitted = admit(source, contract, arriving, [Older("snapshot", "2024-08-30", older)], known)
    seconds = time.perf_counter() - started
    kept = sum(each.table.num_rows for each in admitted.older)
    with TemporaryDirectory() as folder:
        written = time.perf_counter()
        parts = {"live": admitted.arrived} | {f"kept-{n}": each.table for n, each in enumerate(admitted.older)}
        zone.write(source, parts, "2026-11-22", Path(folder))
        written = time.perf_counter() - written
    print(
        f"{arriving.num_rows:,} rows admitted over {older.num_rows:,} ({kept:,} kept) in {seconds:.1f} s, written in "
        f"{written:.1f} s, {peak_gigabytes():.2f} GB at most"
    )


def _cells(known: object, first_year: int, rows: int) -> pa.Table:
    places = ["0000", *sorted(f"00{code}" if len(code) == 2 else code for code in known.areas if code != "00")]  # type: ignore[attr-defined]
    years = 25
    kpis = -(-rows // (len(places) * years * 3))
    shape = (kpis, len(places), years, 3)
    kpi, place, year, sex = (axis.ravel() for axis in np.indices(shape, dtype=np.int32))
    random = np.random.default_rng(7)

    def named(names: Sequence[str], index: np.ndarray) -> pa.Array:
        return pc.take(pa.array(names, pa.string()), pa.array(index))

    table = pa.table(
        {
            "kpi": named([f"N{n:05d}" for n in range(kpis)], kpi),
            "municipality": named(places, place),
            "year": pa.array(year + np.int32(first_year)),
            "gender": named(["T", "K", "M"], sex),
            "value": pa.array(random.random(len(kpi)) * 100),
            "status": pa.nulls(len(kpi), pa.string()),
        }
    )
    return table.slice(0, rows)


def bench_silence() -> None:
    """The fetch of `jamlik run --live` where every service's host drops what comes, and where there is no network."""
    from pipelines.live import services as live

    with TemporaryDirectory() as folder, socket.socket() as door:
        os.environ["JAMLIK_DATA"] = folder
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(door.getsockname())
        overrides = {table.service.override for table in live.tables().values()}
        hole = f"http://127.0.0.1:{door.getsockname()[1]}/x"
        for what, url in (("drops what comes", hole), ("takes no connection", "http://127.0.0.1:9/x")):
            os.environ.update(dict.fromkeys(overrides, url))
            started = time.perf_counter()
            found = live.fetch([t for t in live.tables().values() if not t.probe_only], brief=True)
            seconds = time.perf_counter() - started
            print(f"a host that {what}: {len(found.lines)} tables given up in {seconds:.1f} s   asked: seconds")
        for caller in callers:
            caller.close()
        for name in overrides | {"JAMLIK_DATA"}:
            del os.environ[name]


def main() -> None:
    bench_window()
    bench_merge()
    bench_silence()
