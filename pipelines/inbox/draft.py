"""A first draft of the mapping for a delivered file: what was recognised is shown, what was not is left as a question.

Nothing is decided in silence: every column and every code that the draft settles is printed with what it was taken for,
every one that it cannot settle becomes a '?' in the YAML, and a mapping with a '?' is refused until somebody has
answered. Where a mapping lies beside the file already, the file is read by it instead, and what it amounts to is told.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.errors import Refused, WrongCall
from pipelines.files import demand_regular, write_text
from pipelines.inbox import grid, mapping, store, translate
from pipelines.inbox.grid import Grid
from pipelines.inbox.mapping import UNANSWERED, Source
from pipelines.inbox.shapes import Column, Shape, shapes
from schemas.registry import source_contract

SHOWN = 6  # texts of a column that are shown
MOST_CODES = 60  # distinct texts up to which a column may be one of codes
SAMPLE_ROWS = 200_000
_OF_CODES = ("municipality", "year", "years", "age_band", "code")


@dataclass
class Draft:
    """What the file seems to be: `content` is the YAML, `said` the lines for the person."""

    shape: Shape
    content: dict[str, Any]
    said: list[str] = field(default_factory=list)
    questions: int = 0
    stub: dict[str, int] = field(default_factory=dict)  # columns whose empty cells repeat the one above, and how many


def drafted(path: Path) -> list[str]:
    """Drafts a mapping beside `path`, or reads the file by the one that is there; returns what to tell."""
    if not path.exists():
        raise WrongCall(f"{path} is not there; give the path of a delivered file.")
    files = sorted(path.rglob("*.parquet")) if path.is_dir() else [path]
    beside = mapping.beside(path)
    for each in (*files, beside):
        demand_regular(each)
    if beside.is_file():
        return _read_by(path, beside)
    given = _sampled(path, files)
    drafts = [_draft(given, shape) for shape in shapes().values()]
    best = max(drafts, key=lambda draft: (_settled(draft), -draft.questions))
    if _settled(best) <= 0:
        headings = ", ".join(list(given.columns)[:SHOWN])
        raise Refused(
            f"{given.where} has no headings that any kind of delivery is known by ({headings} …); "
            f"write {beside.name} by hand, as docs/raks-order.md shows."
        )
    content = dict(best.content)
    if best.shape.pairs and not best.shape.people:
        content["absent_rows"] = UNANSWERED
        best.said.append("absent_rows: ? – ask what a row that is not in the file means: zero or missing")
        best.questions += 1
    write_text(beside, mapping.dumped(content))
    inbox = settings.relative(settings.inbox() / best.shape.inbox)
    return [
        f"{given.where}: {len(given):,} rows read; it looks like {best.shape.id} ({best.shape.title_sv})",
        *(f"  {note}" for note in given.notes),
        *best.said,
        f"Written to {settings.relative(beside)}, with {best.questions} question(s) left, each marked '?'.",
        f"Answer them, put both files in {inbox}, and call `jamlik inbox` on the file once more to check it.",
    ]


def _settled(draft: Draft) -> int:
    """Columns that must be there and were found, less those that were not, and headings nobody accounts for."""
    needed = [name for name, column in draft.shape.columns.items() if not column.optional]
    found = [name for name, said in draft.content["columns"].items() if said != UNANSWERED]
    return 2 * len(found) - 3 * sum(name not in found for name in needed)


def _sampled(path: Path, files: list[Path]) -> Grid:
    """The file's grid; of parquet only the first rows, which may be many millions."""
    if not files:
        raise WrongCall(f"{path} is a folder without parquet files; give a file.")
    if files[0].suffix.lower() != ".parquet":
        return grid.read(path)
    with duckdb.connect() as connection:
        try:
            table = connection.read_parquet([str(each) for each in files]).limit(SAMPLE_ROWS).to_arrow_table()
        except duckdb.Error as fault:
            raise Refused(f"{settings.relative(path)} does not read as parquet; ask for it again.") from fault
    nested = {field.name for field in table.schema if pa.types.is_nested(field.type)}
    columns = {
        name: table[name].cast(pa.string()).combine_chunks() for name in table.schema.names if name not in nested
    }
    return Grid(path, columns, 1)


def _draft(given: Grid, shape: Shape) -> Draft:
    """The mapping of the file as a delivery of that shape: headings by their names, codes by their spellings."""
    draft = Draft(shape, {"shape": shape.id, "columns": {}})
    free = {heading.strip().lower(): heading for heading in given.columns}
    known_as = {
        name: Source((free[said],))
        for name, column in shape.columns.items()
        if (said := next((each for each in column.headings if each in free), None)) is not None
    }
    draft.stub = translate.repeated(given, shape.columns, known_as)
    for name, column in shape.columns.items():
        known = next((free.pop(said) for said in column.headings if said in free), None)
        if known is None:
            if not column.optional:
                draft.content["columns"][name] = UNANSWERED
                draft.questions += 1
                draft.said.append(f"  {name}: ? – no heading is known as it ({column.ask_sv})")
            else:
                draft.said.append(f"  {name}: not in the file, taken as not split by it")
            continue
        _settle(draft, given, column, known)
    for heading in free.values():
        draft.said.append(f"  left over: '{heading}' ({len(_distinct(given, heading))} texts)")
    return draft


def _settle(draft: Draft, given: Grid, column: Column, heading: str) -> None:
    """One column that a heading is known as: its codes as far as they are known."""
    if column.kind not in _OF_CODES:  # what it holds may be secret, and there is nothing to translate
        draft.content["columns"][column.name] = heading
        draft.said.append(f"  {column.name}: '{heading}'")
        return
    texts = _distinct(given, heading)
    told = f"  {column.name}: '{heading}' ({len(texts)} texts, such as {_examples(texts)})"
    if column.name in draft.stub:
        texts = [text for text in texts if text.strip()]
        draft.said.append(f"  {column.name}: {draft.stub[column.name]} empty cell(s) repeat the one above them")
    unknown = translate.not_understood(texts, column, store.places())
    if not unknown:
        draft.content["columns"][column.name] = heading
        draft.said.append(told)
        return
    if len(unknown) > MOST_CODES:
        draft.content["columns"][column.name] = UNANSWERED
        draft.questions += 1
        draft.said.append(f"{told}: ? – {len(unknown)} of them are not understood; is it another column?")
        return
    draft.content["columns"][column.name] = {"column": heading, "codes": dict.fromkeys(unknown, UNANSWERED)}
    draft.questions += len(unknown)
    draft.said.append(f"{told}: ? – not understood: {_examples(unknown)}")


def _distinct(given: Grid, heading: str) -> list[str]:
    return [text or "" for text in given.columns[heading].unique().to_pylist()]


def _examples(texts: list[str]) -> str:
    shown = ", ".join(f"'{text}'" for text in texts[:SHOWN])
    return f"{shown} …" if len(texts) > SHOWN else shown


def _read_by(path: Path, beside: Path) -> list[str]:
    """Reads the file by its mapping, and tells rows, years and what was done on the way; no counts of persons."""
    delivery = store.Delivery(path, mapping.read(beside))
    known = shapes()
    lines = [f"{settings.relative(path)} reads by {beside.name}:"]
    tables = [delivery.mapping.shape.lands]
    if delivery.mapping.shape.flows and delivery.lands_in(delivery.mapping.shape.flows):
        tables.append(delivery.mapping.shape.flows)
    for table_id in tables:
        shape = next(each for each in known.values() if each.lands == table_id and not each.people)
        contract = source_contract(table_id, entries.sources()[table_id].contract)
        rows, notes, years = 0, set(), set()
        for checked in store.read(delivery, shape, contract):
            rows += checked.table.num_rows
            notes |= set(checked.notes)
            if "year" in checked.table.schema.names:
                years |= set(checked.table["year"].unique().to_pylist())
        told = f", of {', '.join(map(str, sorted(years)))}" if years else ""
        lines += [f"  {table_id}: {rows:,} cells{told}", *(f"  note: {note}" for note in sorted(notes))]
    folder = settings.inbox() / delivery.mapping.shape.inbox
    if path.resolve().parent != folder.resolve():
        lines.append(f"Put both files in {settings.relative(folder)}; the next `jamlik run` takes them in.")
    return lines
