"""Times the parsers beside the tools people use now.

For each parser and size: seconds (best of three, in a fresh process), the ratio to `orjson.loads` alone on the same
bytes, and the peak memory of the process. The other tools run where they are installed. Since a busy machine moves
either of two times, the promised ratio is also taken alternately in one process, by processor time.
"""

import json
import statistics
from collections.abc import Callable
from pathlib import Path

import numpy as np

from tests.bench import peers
from tests.bench.clocks import Failed, clock, peak_gigabytes
from tests.bench.report import Report
from tests.bench.size import Size


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
PEERS = ("pyjstat", "pxwebpy", "pyaxis")
OF_PX = ("jamlik px", "pyaxis")


def once(parser: str, path: str) -> tuple[float, float]:
    """(seconds, peak GB) of one parser in this process; imports and the first small parse are not counted."""
    file = Path(path)
    PARSERS[parser](file.with_name(f"warm{file.suffix}"))
    with clock() as spent:
        PARSERS[parser](file)
    return spent.wall, peak_gigabytes()


def alternating(path: Path, rounds: int) -> float:
    """json-stat2 to Arrow over `orjson.loads` alone, medians of processor time in turns in one process."""
    spent: dict[str, list[float]] = {"orjson.loads": [], "jamlik json-stat2": []}
    for _ in range(rounds):
        for parser, times in spent.items():
            with clock() as each:
                PARSERS[parser](path)
            times.append(each.processor)
    return statistics.median(spent["jamlik json-stat2"]) / statistics.median(spent["orjson.loads"])


def bench(report: Report, size: Size) -> None:
    """All parsers that are here, on both formats."""
    with size.folder() as folder:
        (folder / "warm.json").write_bytes(jsonstat_bytes(0.13))
        (folder / "warm.px").write_bytes(px_bytes(0.13))
        for millions in size.pick((1.0, 5.0), (0.13,)):
            path, px_path = folder / "cells.json", folder / "cells.px"
            path.write_bytes(jsonstat_bytes(millions))
            px_path.write_bytes(px_bytes(millions))
            cells = f"{millions:g} million cells"
            ratio = alternating(path, size.pick(7, 3))
            report.figure(f"{cells}: json-stat2 in turns with orjson", ratio, "×", "≤ 2.5 ×", "processor time")
            base = 0.0
            for parser in PARSERS:
                if parser in PEERS and (why := peers.absent(parser)):
                    report.figure(f"{cells}: {parser}", None, "s", note=why)
                    continue
                rounds = size.pick(1 if parser in PEERS else 3, 1)
                try:
                    seconds, peak = _best(size, parser, px_path if parser in OF_PX else path, rounds)
                except Failed as fault:  # a peer of another version: told, and no reason to stop
                    report.figure(f"{cells}: {parser}", None, "s", note=f"absent: it does not run here: {fault}")
                    continue
                base = base or seconds
                told = f"{seconds / base:.1f} × orjson"
                asked = "≤ 1.2 s" if (parser, millions) == ("jamlik px", 1.0) else ""
                report.figure(f"{cells}: {parser}", seconds, "s", asked, told)
                report.figure(f"{cells}: {parser}: memory", peak, "GB")


def _best(size: Size, parser: str, path: Path, rounds: int) -> tuple[float, float]:
    """The best of some fresh processes; every round starts cold so that peak memory is that parser's own."""
    results = [size.apart(once, parser, str(path)) for _ in range(rounds)]
    return min(seconds for seconds, _ in results), max(peak for _, peak in results)
