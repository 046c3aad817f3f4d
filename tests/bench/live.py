"""Live sources: the window of calls kept over a long fetch, the merge of a large arriving table, silence given up soon.

On the local server of the tests and in a folder of its own; nothing outside the machine is called.
"""

import os
import socket
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from unittest.mock import patch

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from tests.bench.clocks import clock, peak_gigabytes
from tests.bench.report import Report
from tests.bench.size import Size
from tests.fixtures.local_server import Services
from tests.fixtures.local_server.catalogue import QUICK, Landing, _table, fetch

CALLS, WINDOW = 20, 1.0  # the catalogue has 20 in 10 s for Kolada; a tenth of that time here
KPIS, PAGE = 30, 27
CELLS = 2_000_000


def most_within(times: Sequence[float], window: float) -> int:
    """The most calls that arrived within any `window` seconds."""
    at = np.sort(np.asarray(times))
    return int(max(np.searchsorted(at, at + window, side="left") - np.arange(len(at))))


def _window(report: Report, size: Size) -> None:
    """A fetch of some three hundred pages from a server that answers 429 to one call too many."""
    with Services() as services, TemporaryDirectory() as folder:
        services.kolada_page, services.calls_per_window, services.window = PAGE, CALLS, WINDOW
        refused: list[int] = []
        many = services.too_many
        services.too_many = lambda: refused.append(1) or many()  # type: ignore[method-assign, func-returns-value]
        entry = _table(
            "kolada", "data", {"kpi": [f"N{n:05d}" for n in range(10, 10 + size.pick(KPIS, 3))], "year": "1999-2023"}
        )
        entry |= {"expected_cells": 100_000}
        manners = replace(QUICK, calls=CALLS, window=WINDOW)
        with clock() as spent:
            found = fetch(services, Path(folder), Landing(), ["figures"], manners=manners, changed={"figures": entry})
        assert not found.failed, found.lines()
        times = [call.at for call in services.log]
    report.figure("a long fetch of Kolada's figures", spent.wall, "s", note=f"{len(times)} calls")
    report.figure(f"calls within any {WINDOW:.0f} s", most_within(times, WINDOW), "calls", f"≤ {CALLS}")
    report.figure("calls refused by the server", len(refused), "calls", "0")


def merge(cells: int) -> dict[str, float]:
    """An arriving table of Kolada cells over an older landing of as many, four fifths of them the same."""
    from pipelines.catalogue import entries
    from pipelines.landing import zone
    from pipelines.live.admission import Known, Older, admit
    from schemas.registry import source_contract

    sources = entries.sources()
    known = Known.of(*(zone.read(zone.current(sources[n])) for n in ("areas", "code_map", "missing_symbols")))
    source = sources["kolada_values"]
    contract = source_contract(source.id, source.contract)
    arriving, older = _cells(known, 1999, cells), _cells(known, 1994, cells)
    with clock() as merging:
        admitted = admit(source, contract, arriving, [Older("snapshot", "2024-08-30", older)], known)
    kept = sum(each.table.num_rows for each in admitted.older)
    with TemporaryDirectory() as folder:
        parts = {"live": admitted.arrived} | {f"kept-{n}": each.table for n, each in enumerate(admitted.older)}
        with clock() as writing:
            zone.write(source, parts, "2026-11-22", Path(folder))
    return {"merging": merging.wall, "writing": writing.wall, "kept": kept, "gigabytes": peak_gigabytes()}


def _merge(report: Report, size: Size) -> None:
    cells = size.pick(CELLS, 20_000)
    found = size.apart(merge, cells)
    what = f"{cells:,} Kolada cells over as many"
    report.figure(f"{what}, admitted", found["merging"], "s", note=f"{found['kept']:,} of the older kept")
    report.figure(f"{what}, written", found["writing"], "s")
    report.figure(f"{what}: memory", found["gigabytes"], "GB")


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


def _silence(report: Report, size: Size) -> None:
    """The fetch of `jamlik run --live` where every service's host drops what comes, and where there is no network."""
    from pipelines.live import services as live

    with TemporaryDirectory() as folder, socket.socket() as door:
        door.bind(("127.0.0.1", 0))
        door.listen(0)
        callers = [socket.socket() for _ in range(4)]
        for caller in callers:
            caller.setblocking(False)
            caller.connect_ex(door.getsockname())
        overrides = {table.service.override for table in live.tables().values()}
        hole = f"http://127.0.0.1:{door.getsockname()[1]}/x"
        hosts = {"takes no connection": "http://127.0.0.1:9/x"} | size.pick({"drops what comes": hole}, {})
        for what, url in hosts.items():
            with patch.dict(os.environ, {**dict.fromkeys(overrides, url), "JAMLIK_DATA": folder}), clock() as spent:
                found = live.fetch([t for t in live.tables().values() if not t.probe_only], brief=True)
            told = f"{len(found.lines)} tables given up"
            report.figure(f"a live fetch from a host that {what}", spent.wall, "s", "seconds", told)
        for caller in callers:
            caller.close()


def bench(report: Report, size: Size) -> None:
    _window(report, size)
    _merge(report, size)
    _silence(report, size)
