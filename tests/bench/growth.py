"""How the main job grows with its rows: 1, 4 and 16 times as many Kolada figures and indicators, to `indicator_value`.

The copies are made-up key figures with the real ones' values, in a catalogue and a landing of their own, so that
every layer (landing, contracts, SQL, frame) meets that many rows. Each size runs in a process of its own.
"""

import math
import os
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa
import pyarrow.compute as pc
import yaml

from pipelines import settings
from pipelines.catalogue import entries as catalogue
from pipelines.landing import zone
from pipelines.orchestration.progress import Listener
from pipelines.warehouse.tables import fingerprints, in_order
from pipelines.warehouse.warehouse import Warehouse
from tests.bench.clocks import peak_gigabytes
from tests.bench.report import Report
from tests.bench.size import Size

TIMES = (1, 4, 16)
LAST = "mart.indicator_value"
TINY_LAST = "core.kolada_value"


def _copied_catalogue(times: int, folder: Path) -> None:
    """The catalogue with `times` copies of every Kolada indicator; copy 0 is the real one."""
    for path in settings.CATALOGUE.glob("*.yaml"):
        (folder / path.name).write_bytes(path.read_bytes())
    content = yaml.safe_load((settings.CATALOGUE / "indicators.yaml").read_text(encoding="utf-8"))
    known = dict(content["indicators"])
    for copy in range(1, times):
        for indicator_id, entry in known.items():
            if entry["model"] != "kolada":
                continue
            series = [{**each, "kpi": _renamed(each["kpi"], copy)} for each in entry["kolada"]]
            content["indicators"][f"{indicator_id}_copy_{copy}"] = {**entry, "kolada": series, "catalogue_rows": []}
    (folder / "indicators.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


_NUMBERS: dict[str, int] = {}


def _renamed(kpi: str, copy: int) -> str:
    """A key figure of its own for each copy; Kolada has none between U80000 and U99999."""
    number = _NUMBERS.setdefault(kpi, len(_NUMBERS))
    return f"U{80_000 + 200 * copy + number}" if copy else kpi


def _copied_landing(times: int) -> None:
    source = catalogue.sources()["kolada_values"]
    table = zone.read(zone.current(source))
    kpis, parts = pc.unique(table["kpi"]).to_pylist(), {}
    for copy in range(times):
        names = pa.array([_renamed(kpi, copy) for kpi in kpis])
        column = pc.take(names, pc.index_in(table["kpi"], value_set=pa.array(kpis)))
        parts[str(copy)] = table.set_column(0, "kpi", column)
    zone.write(source, parts, "2099-01-01", settings.landing())


def grown(times: int, last: str) -> dict[str, float]:
    """Makes everything up to `last` with so many times the figures, in this process and a data folder of its own."""
    with TemporaryDirectory() as data, TemporaryDirectory() as entries:
        os.environ["JAMLIK_DATA"] = data
        if times > 1:
            _copied_landing(times)
            _copied_catalogue(times, Path(entries))
            settings.CATALOGUE = Path(entries)
        from assets import all_tables

        tables = {table.name: table for table in all_tables()}
        wanted = _upstream(tables, last)
        watcher = Listener()
        started, worked = time.perf_counter(), time.process_time()
        with Warehouse.open(fingerprints(tables.values())) as warehouse:
            for table in in_order({name: tables[name] for name in wanted}):
                built = warehouse.build(table)
                assert built.verdict.passed, built.verdict.sentence
                watcher.finished(built)
        return {
            "seconds": time.perf_counter() - started,
            "processor": time.process_time() - worked,
            "rows": {built.name: built.rows for built in watcher.built}[last],
            "gigabytes": peak_gigabytes(),
        }


def _upstream(tables: dict, name: str) -> set[str]:
    found, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += tables[current].needs
    return found


def bench(report: Report, size: Size) -> None:
    """Every size, and the exponent of growth between the smallest and the largest."""
    last, figures = size.pick(LAST, TINY_LAST), []
    for times in size.pick(TIMES, (1, 2)):
        found = size.in_house(grown, times, last)
        figures.append(found)
        told = f"{found['rows']:,} rows of {last}; {found['processor']:.1f} s of processor"
        report.figure(f"tables up to it, {times} times Kolada's figures", found["seconds"], "s", note=told)
        report.figure(f"memory, {times} times Kolada's figures", found["gigabytes"], "GB")
    for what in ("seconds", "processor"):
        ratio = math.log(figures[-1][what] / figures[0][what])
        exponent = ratio / math.log(figures[-1]["rows"] / figures[0]["rows"])
        name = {"seconds": "time", "processor": "processor time"}[what]
        report.figure(f"growth exponent of the {name}", exponent, "power", note="1: as many times the rows")
