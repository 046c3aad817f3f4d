"""How the main job grows with its rows: 1, 4 and 16 times as many Kolada figures and indicators, to `indicator_value`.

The copies are made-up key figures with the real ones' values, in a catalogue and a landing of their own, so that
every layer (landing, contracts, SQL, frame) meets that many rows. Each size runs in a process of its own.
"""

import json
import math
import os
import resource
import subprocess
import sys
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

SIZES = (1, 4, 16)


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


def one(times: int) -> None:
    """Runs one size in this process and prints its figures as JSON."""
    with TemporaryDirectory() as data, TemporaryDirectory() as entries:
        os.environ["JAMLIK_DATA"] = data
        if times > 1:
            _copied_landing(times)
            _copied_catalogue(times, Path(entries))
            settings.CATALOGUE = Path(entries)
        from assets import all_tables

        tables = {table.name: table for table in all_tables()}
        wanted = _upstream(tables, "mart.indicator_value")
        watcher = Listener()
        started = time.perf_counter()
        with Warehouse.open(fingerprints(tables.values())) as warehouse:
            for table in in_order({name: tables[name] for name in wanted}):
                built = warehouse.build(table)
                assert built.verdict.passed, built.verdict.sentence
                watcher.finished(built)
        rows = {built.name: built.rows for built in watcher.built}
        print(
            json.dumps(
                {
                    "times": times,
                    "seconds": time.perf_counter() - started,
                    "rows": rows["mart.indicator_value"],
                    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
                }
            )
        )


def _upstream(tables: dict, name: str) -> set[str]:
    found, waiting = set(), [name]
    while waiting:
        current = waiting.pop()
        if current not in found:
            found.add(current)
            waiting += tables[current].needs
    return found


def bench() -> None:
    """Every size, and the exponent of growth between the smallest and the largest."""
    figures = []
    for times in SIZES:
        done = subprocess.run(
            [sys.executable, "-m", "tests.bench.growth", str(times)], capture_output=True, text=True, check=False
        )
        if done.returncode:
            raise SystemExit(done.stderr)
        figures.append(json.loads(done.stdout.splitlines()[-1]))
        print(
            "{times:>3} x: {rows:>12,} rows of indicator_value in {seconds:7.1f} s, {megabytes:6.0f} MB".format(
                **figures[-1]
            ),
            flush=True,
        )
    first, last = figures[0], figures[-1]
    exponent = math.log(last["seconds"] / first["seconds"]) / math.log(last["rows"] / first["rows"])
    print(f"growth exponent of the time: {exponent:.2f}")


if __name__ == "__main__":
    one(int(sys.argv[1]))
