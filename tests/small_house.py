"""A small house: a copy of this one that holds two counties' figures, so that a whole run takes seconds.

Code, models and contracts are the real ones; only the snapshot, the reference areas and the catalogue are cut to match,
through the project's own `landing.write`. A nation that is the sum of fourteen municipalities is no figure to quote.
Also here: how a test calls the command line of such a house, and how it looks at what must not have changed.
"""

import hashlib
import json
import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet
import yaml

from pipelines.catalogue import entries
from pipelines.landing import zone
from tests.warm_process import Done, WarmPython

REPOSITORY = Path(__file__).resolve().parents[1]
COUNTIES = ("05",)
ALSO = ("0114",)  # a municipality whose code begins with a nought
# Between them: a share by sex and by four dimensions, a simulated interval, a break, a period over years, a ratio.
KOLADA_INDICATORS = (
    "municipal_turnout",
    "life_expectancy",
    "self_rated_health_good",
    "neet_16_24",
    "council_sex_balance",
    "gini_disposable_income",
)
# What SQL models name themselves: deaths and residents, the foreign-born and the employed.
KOLADA_KPIS = {"N01951", "N01805", "N02926", "N00914", "N00713"}


def build(house: Path) -> Path:
    """Makes a small house in the new folder `house`."""
    for name in ("schemas", "pipelines", "assets", "sql", "site"):
        shutil.copytree(REPOSITORY / name, house / name)  # with its __pycache__: valid, since times are kept
    shutil.copytree(REPOSITORY / "data" / "catalogue", house / "data" / "catalogue")
    shutil.copytree(REPOSITORY / "data" / "reference", house / "data" / "reference")
    for name in ("dagster.yaml", "pyproject.toml"):
        shutil.copy(REPOSITORY / name, house / name)
    kpis = _cut_catalogue(house / "data" / "catalogue") | KOLADA_KPIS
    codes = _cut_areas(house / "data" / "reference")
    _cut_snapshot(house, codes, kpis)
    return house


def _cut_catalogue(folder: Path) -> set[str]:
    """Leaves the computed indicators and a few of Kolada's; returns the key figures of those."""
    indicators = entries.load("indicators.yaml")["indicators"]
    kept = {
        name: entry for name, entry in indicators.items() if entry["model"] != "kolada" or name in KOLADA_INDICATORS
    }
    assert set(KOLADA_INDICATORS) <= set(kept)
    dump(folder / "indicators.yaml", {"indicators": kept})
    headlines = entries.load("headlines.yaml")["headlines"]
    dump(folder / "headlines.yaml", {"headlines": [each for each in headlines if each["indicator"] in kept]})
    rows = entries.load("catalogue_rows.yaml")["catalogue_rows"]
    known = {name: row for name, row in rows.items() if row["indicator"] is None or row["indicator"] in kept}
    dump(folder / "catalogue_rows.yaml", {"catalogue_rows": known})
    return {series["kpi"] for entry in kept.values() for series in entry.get("kolada") or []}


def _cut_areas(folder: Path) -> set[str]:
    """Leaves the municipalities of `COUNTIES` and `ALSO`; returns their codes."""
    path = folder / "areas.csv"
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if line.startswith((*COUNTIES, *ALSO))]
    path.write_text("\n".join([head, *kept]) + "\n", encoding="utf-8")
    codes = {line.split(",")[0] for line in kept}
    assert len(codes) == 14
    path = folder / "similar_municipalities.csv"
    head, *lines = path.read_text(encoding="utf-8").splitlines()
    pairs = [line for line in lines if set(line.split(",")[1:3]) <= codes]
    assert pairs
    path.write_text("\n".join([head, *pairs]) + "\n", encoding="utf-8")
    return codes


def _cut_snapshot(house: Path, codes: set[str], kpis: set[str]) -> None:
    units = codes | {"00", "0000", *(f"00{code[:2]}" for code in codes)}
    lines = []
    for source in entries.sources().values():
        landed = zone.current(source)
        if landed.kind != "snapshot":
            continue
        figures = zone.read(landed)
        place = "municipality" if "municipality" in figures.schema.names else "region"
        keep = pc.is_in(figures[place], pa.array(sorted(units)))
        if source.id == "kolada_values":
            keep = pc.and_(keep, pc.is_in(figures["kpi"], pa.array(sorted(kpis))))
        cut = figures.filter(keep)
        assert cut.num_rows, source.id
        lines.append(land(house, source, cut))
    (house / "data" / "sources.lock").write_text("".join(lines), encoding="utf-8")


def land(house: Path, source: entries.Source, table: pa.Table) -> str:
    """Lands `table` in a house's snapshot by the project's own writer; returns its line of sources.lock."""
    folder = zone.write(source, {"0": table}, "2024-08-30", house / "data" / "snapshot")
    parts = json.loads((folder / zone.PROVENANCE).read_text(encoding="utf-8"))["parts"]
    combined = hashlib.sha256("".join(sorted(part["sha256"] for part in parts)).encode()).hexdigest()
    return f"{source.id} {combined} {table.num_rows} 2024-08-30\n"


def dump(path: Path, content: object) -> None:
    """Writes YAML as the catalogue has it."""
    path.write_text(yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110), encoding="utf-8")


@dataclass(frozen=True)
class Latest:
    """What `published/latest` points at and the bytes of its manifest; both must survive whatever goes wrong."""

    target: str | None
    manifest: bytes

    @classmethod
    def of(cls, published: Path) -> "Latest":
        link = published / "latest"
        if not link.is_symlink():
            return cls(None, b"")
        manifest = link / "manifest.json"
        return cls(str(link.readlink()), manifest.read_bytes() if manifest.is_file() else b"")


class SmallHouse:
    """A small house that a test may edit and call."""

    def __init__(self, path: Path, python: WarmPython, streams: Path) -> None:
        self.path = path
        self.python = python
        self.streams = streams

    @property
    def data(self) -> Path:
        return self.path / "data"

    @property
    def published(self) -> Path:
        return self.data / "published"

    def jamlik(self, *words: str, file_limit: int = 0, **environment: str) -> Done:
        """Runs the command line of this house."""
        return self.python.start(self.path, *words, streams=self.streams, file_limit=file_limit, **environment).wait()

    def refused(self, done: Done, *naming: str, code: int = 1, before: Latest, published: Path | None = None) -> str:
        """Holds a refusal against what is promised of every one of them; returns its sentence."""
        sentence = the_sentence(done, *naming, code=code)
        folder = published or self.published
        assert Latest.of(folder) == before, "latest was touched"
        assert not list(folder.glob(".building-*")), "a half-built release was left"
        return sentence

    def land(self, table_id: str, change: Callable[[pa.Table], pa.Table]) -> None:
        """Changes a table of the snapshot, as a fetch and a commit would: new parts, new provenance, new lock."""
        source = entries.sources()[table_id]
        folder = self.data / "snapshot" / table_id
        now = pa.concat_tables([pyarrow.parquet.read_table(path) for path in sorted(folder.glob("part-*.parquet"))])
        changed = change(now)
        assert not changed.equals(now), "the test changes nothing"
        self.relock(table_id, land(self.path, source, changed))

    def relock(self, table_id: str, line: str) -> None:
        """Puts a table's line in sources.lock."""
        lock = self.data / "sources.lock"
        others = [
            each for each in lock.read_text(encoding="utf-8").splitlines(True) if not each.startswith(f"{table_id} ")
        ]
        lock.write_text("".join([*others, line]), encoding="utf-8")

    def edit(self, file: str, old: str, new: str) -> None:
        """Replaces the only occurrence of a text in a file of the house."""
        path = self.path / file
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1, f"{old!r} stands {text.count(old)} times in {file}"
        path.write_text(text.replace(old, new), encoding="utf-8")

    def edit_entry(self, file: str, top: str, name: str, change: Callable[[dict[str, object]], object]) -> None:
        """Changes one entry of a catalogue file in place."""
        path = self.data / "catalogue" / file
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
        change(content[top][name])
        dump(path, content)


def the_sentence(done: Done, *naming: str, code: int = 1) -> str:
    """The one sentence of a refusal: its exit code, that it is one, what it names, and that there is no traceback."""
    assert "Traceback" not in done.out + done.err, done.err
    assert done.code == code, f"exit {done.code}: {done.err}{done.out}"
    lines = done.err.splitlines()
    sentences = [line for line in lines if line.startswith("jamlik: ")]
    assert len(sentences) == 1, done.err
    account = re.compile(r"^(\d+ tables made|All \d+ source tables|From .+ from the snapshot)")
    others = [line for line in lines if line.strip() and line not in sentences and not account.match(line)]
    assert not others, f"beside the sentence: {others}"
    sentence = sentences[0].removeprefix("jamlik: ")
    assert sentence.endswith("."), sentence
    assert not re.search(r"[a-zåäö]\. [A-ZÅÄÖ]", sentence), f"more than one sentence: {sentence}"
    for name in naming:
        assert name in sentence, f"{name!r} is not in: {sentence}"
    return sentence


Change = Callable[[SmallHouse], object]


def written(path: str, content: str | bytes) -> Change:
    """A change that puts a file in place of what is at `path`."""

    def change(house: SmallHouse) -> None:
        target = house.path / path
        target.parent.mkdir(exist_ok=True)
        target.write_bytes(content if isinstance(content, bytes) else content.encode())

    return change
