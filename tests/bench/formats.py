"""Times the parsers beside the tools people use now: `python -m tests.bench.formats [cells in millions]`.

Prints one line per parser and size: seconds (best of three, in a fresh process), the ratio to `orjson.loads`
alone on the same bytes, and the peak memory of the process. The other tools run when they are installed. Since a busy
machine moves either of two times, the promised ratio is also taken alternately in one process, by processor time.
"""

import importlib.util
import json
import resource
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np


def jsonstat_bytes(millions: float) -> bytes:
    """json-stat 2 shaped as municipal population: 312 x 101 x 2 x 2 x t, 1 % missing with symbol."""
    times = max(1, round(millions * 1e6 / (312 * 101 * 2 * 2)))
    sizes = {"Region": 312, "Alder": 101, "Kon": 2, "ContentsCode": 2, "Tid": times}
    cells = int(np.prod(list(sizes.values())))
    random = np.random.default_rng(7)
    numbers = (random.integers(0, 20_000, cells) / 10).tolist()
    missing = random.choice(cells, cells // 100, replace=False).tolist()
    for place in missing:
        numbers[place] = None
    dimension = {
        name: {
            "label": name.lower(),
            "category": {
                "index": {f"{i:04d}": i for i in range(size)},
                "label": {f"{i:04d}": f"{name} {i}" for i in range(size)},
            },
        }
        for name, size in sizes.items()
    }
    body = {
        "version": "2.0", "class": "dataset", "id": list(sizes), "size": list(sizes.values()),
        "dimension": dimension, "value": numbers, "status": {str(p): ".." for p in sorted(missing)},
    }  # fmt: skip
    return json.dumps(body).encode()


def px_bytes(millions: float) -> bytes:
    """A .px file of the same shape with one per cent of quoted symbols."""
    times = max(1, round(millions * 1e6 / (312 * 101 * 2 * 2)))
    names = {"region": 312, "ålder": 101, "kön": 2, "innehåll": 2, "år": times}
    lines = ['CHARSET="ANSI";', 'CODEPAGE="iso-8859-1";', 'LANGUAGE="sv";', 'TITLE="t";', 'UNITS="antal";']
    lines += ['STUB="region","ålder","kön";', 'HEADING="innehåll","år";']
    for name, size in names.items():
        lines.append(f'VALUES("{name}")=' + ",".join(f'"{name} {i}"' for i in range(size)) + ";")
        lines.append(f'CODES("{name}")=' + ",".join(f'"{i:04d}"' for i in range(size)) + ";")
    cells = int(np.prod(list(names.values())))
    random = np.random.default_rng(7)
    tokens = (random.integers(0, 20_000, cells) / 10).astype(str)
    tokens[random.choice(cells, cells // 100, replace=False)] = '".."'
    width = 2 * times
    rows = "\n".join(" ".join(tokens[i : i + width]) for i in range(0, cells, width))
    return ("\n".join(lines) + "\nDATA=\n" + rows + ";\n").encode("cp1252")


def _own_jsonstat(path: Path) -> None:
    from pipelines.formats import jsonstat

    jsonstat.parse(path.read_bytes())[0][1].table()


def _own_px(path: Path) -> None:
    from pipelines.formats import px

    px.parse(path.read_bytes()).table()


def _orjson(path: Path) -> None:
    import orjson

    orjson.loads(path.read_bytes())


def _pyjstat(path: Path) -> None:
    from pyjstat import pyjstat

    pyjstat.Dataset.read(path.read_text(encoding="utf-8")).write("dataframe")


def _pyaxis(path: Path) -> None:
    from pyaxis import pyaxis

    pyaxis.parse(str(path), encoding="windows-1252")


def _pxwebpy(path: Path) -> None:
    from pxweb._internal.functions import unpack_table_data

    list(unpack_table_data(json.loads(path.read_bytes())))


PARSERS: dict[str, Callable[[Path], None]] = {
    "orjson.loads": _orjson, "jamlik json-stat2": _own_jsonstat, "pyjstat": _pyjstat, "pxwebpy": _pxwebpy,
    "jamlik px": _own_px, "pyaxis": _pyaxis,
}  # fmt: skip
NEEDS = {"pyjstat": "pyjstat", "pyaxis": "pyaxis", "pxwebpy": "pxweb"}


def peak_gigabytes() -> float:
    """This process's own peak. `ru_maxrss` will not do on Linux: a child starts with its parent's peak."""
    status = Path("/proc/self/status")
    if status.exists():
        return int(status.read_text().split("VmHWM:")[1].split()[0]) / 1e6
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6


def once(parser: str, path: Path) -> tuple[float, float]:
    """(seconds, peak GB) of one parser in this process; imports and the first small parse are not counted."""
    PARSERS[parser](path.with_name(f"warm{path.suffix}"))
    start = time.perf_counter()
    PARSERS[parser](path)
    seconds = time.perf_counter() - start
    return seconds, peak_gigabytes()


def measure(parser: str, path: Path, rounds: int = 3) -> tuple[float, float]:
    """The best of some fresh processes; every round starts cold so that peak memory is that parser's own."""
    results = []
    for _ in range(rounds):
        command = [sys.executable, "-m", "tests.bench.formats", "--once", parser, str(path)]
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        seconds, peak = done.stdout.split()[-2:]
        results.append((float(seconds), float(peak)))
    return min(r[0] for r in results), max(r[1] for r in results)


def alternating(path: Path, rounds: int = 7) -> float:
    """json-stat2 to Arrow over `orjson.loads` alone, medians of processor time in turns in one process."""
    spent: dict[str, list[float]] = {"orjson.loads": [], "jamlik json-stat2": []}
    for _ in range(rounds):
        for parser, times in spent.items():
            start = time.process_time()
            PARSERS[parser](path)
            times.append(time.process_time() - start)
    return statistics.median(spent["jamlik json-stat2"]) / statistics.median(spent["orjson.loads"])


def main() -> None:
    """All parsers that are installed, on both formats."""
    if sys.argv[1:2] == ["--once"]:
        print(*once(sys.argv[2], Path(sys.argv[3])))
        return
    wanted = [float(a) for a in sys.argv[1:] if a[0].isdigit()] or [1.0, 5.0]  # or the name of this part
    with TemporaryDirectory() as folder:
        (Path(folder) / "warm.json").write_bytes(jsonstat_bytes(0.13))
        (Path(folder) / "warm.px").write_bytes(px_bytes(0.13))
        for millions in wanted:
            path = Path(folder) / "cells.json"
            path.write_bytes(jsonstat_bytes(millions))
            px_path = Path(folder) / "cells.px"
            px_path.write_bytes(px_bytes(millions))
            base = measure("orjson.loads", path)[0]
            print(f"{millions:4.1f} M  json-stat2 in turns with orjson: {alternating(path):.1f} x its processor time")
            for parser in PARSERS:
                if parser in NEEDS and importlib.util.find_spec(NEEDS[parser]) is None:
                    print(f"{millions:4.1f} M  {parser:18} not installed")
                    continue
                file = px_path if parser in ("jamlik px", "pyaxis") else path
                try:
                    seconds, peak = measure(parser, file, 1 if parser in NEEDS else 3)
                except subprocess.CalledProcessError as fault:
                    print(f"{millions:4.1f} M  {parser:18} does not run here: {fault.stderr.strip().splitlines()[-1]}")
                    continue
                ratio = f"{seconds / base:5.1f} x orjson"
                print(f"{millions:4.1f} M  {parser:18} {seconds:6.2f} s  {ratio}  {peak:.2f} GB")


if __name__ == "__main__":
    main()
