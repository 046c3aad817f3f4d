"""The figures of a bench: each printed as it is found, all kept as JSON, and two such files compared.

A figure says what was measured, in which unit, what was asked of it and what else should be known. Nothing here takes a
time, and nothing asserts one: a slow machine is no defect.
"""

import json
import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any

import duckdb


@dataclass(frozen=True)
class Figure:
    """One line. `value` is None where it could not be measured here; then `note` says why."""

    part: str
    what: str
    value: float | None
    unit: str
    asked: str
    note: str

    def line(self) -> str:
        said = f"{'–' if self.value is None else number(self.value)} {self.unit}"
        asked = f"asked: {self.asked}" if self.asked else ""
        return f"{self.what:<70} {said:>14}   {asked:<18} {self.note}".rstrip()


def number(value: float) -> str:
    """A figure with three digits that count."""
    if value == int(value):
        return f"{value:,.0f}"
    return f"{value:,.3g}" if abs(value) < 100 else f"{value:,.0f}"


@dataclass
class Report:
    """What the parts found. `part` is the one that reports now; `release` the id of the release they look at."""

    name: str = "bench"
    size: str = "full"
    part: str = ""
    release: str | None = None
    figures: list[Figure] = field(default_factory=list)
    failed: dict[str, str] = field(default_factory=dict)

    def figure(self, what: str, value: float | None, unit: str, asked: str = "", note: str = "") -> None:
        """Prints a figure and keeps it. `what` is its name in the part: the same on every machine, and only once."""
        assert unit, f"{what} has no unit"
        assert all((each.part, each.what) != (self.part, what) for each in self.figures), f"{what} is reported twice"
        found = Figure(self.part, what, None if value is None else float(value), unit, asked, note)
        self.figures.append(found)
        print(found.line(), flush=True)

    def fail(self, sentence: str) -> None:
        """Says that the part could not be measured to its end, and why."""
        self.failed[self.part] = sentence
        print(f"{self.part} failed: {sentence}", flush=True)

    def content(self) -> dict[str, Any]:
        """All of it, with what it was measured on."""
        return {
            "name": self.name,
            "size": self.size,
            "release": self.release,
            "version": version("jamlik"),
            "python": platform.python_version(),
            "duckdb": duckdb.__version__,
            "cores": os.cpu_count(),
            "day": datetime.now(UTC).date().isoformat(),
            "figures": [asdict(each) for each in self.figures],
            "failed": self.failed,
        }

    def write(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps(self.content(), ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def compared(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """A line for each figure of either file: both values, and how many times the old one the new one is."""
    lines = [f"{name}: {old.get(name)} → {new.get(name)}" for name in _ABOUT if old.get(name) != new.get(name)]
    before, after = ({(each["part"], each["what"]): each for each in file["figures"]} for file in (old, new))
    for key in dict.fromkeys([*before, *after]):
        was, now = (side.get(key) for side in (before, after))
        each = now or was
        values = [None if side is None else side["value"] for side in (was, now)]
        first, second = ("–" if value is None else number(value) for value in values)
        if was is None or now is None:
            ratio = "only in the new file" if was is None else "only in the old file"
        elif was["unit"] != now["unit"]:
            ratio = f"not comparable: was in {was['unit']}"
        elif None in values or not values[0]:
            ratio = "no ratio"
        else:
            ratio = f"{values[1] / values[0]:.2f} ×"
        what = f"{key[0]}: {key[1]}"
        lines.append(f"{what:<76} {first:>10} {second:>10} {each['unit']:<6} {ratio}")
    return lines


_ABOUT = ("name", "size", "release", "version", "python", "duckdb", "cores", "day")
