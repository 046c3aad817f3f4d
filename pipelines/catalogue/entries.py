"""Reads `data/catalogue/`: the indicators, units, social groups and source tables that people edit by hand.

Everything is checked on the way in, and a fault is one sentence that names the file, the entry and the key.
What the entries mean is decided elsewhere (SQL models); this module only turns YAML into checked rows.
"""

from collections.abc import Hashable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, cast

import yaml

from pipelines import settings
from pipelines.catalogue import shapes
from pipelines.catalogue.disclosure_rules import Rules, read_rules
from pipelines.errors import Refused, Unavailable
from pipelines.files import demand_regular

Row = dict[str, Any]

CADENCES = ("weekly", "monthly", "yearly", "never")
CONFIDENTIALITIES = ("public", "secret")
DEEPEST = 30  # no file here nests entries more than ten deep


@dataclass(frozen=True)
class Source:
    """One source table of `sources.yaml`."""

    id: str
    origin: str
    contract: str
    publisher: str
    published_as: str
    title_sv: str
    licence: str
    citation: str
    url: str | None
    confidentiality: str
    cadence: str
    reference: str | None = None
    intake: str | None = None  # the form of the inbox that it is filled in on
    snapshot: bool = True  # false: nothing of it is in git, so until it is fetched it is an empty table
    inbox: str | None = None  # it comes as ordered deliveries, put in this folder of the inbox
    order_form: str | None = None  # the document that says what to ask the publisher for
    order_dimensions: Sequence[str] = ()  # what it can be ordered split by
    made: bool = False  # true: nobody publishes it, the run makes it itself
    restricted: bool = (
        False  # true: its terms are unclear or forbid commercial use; a folder of its own, data/restricted/
    )
    rules: Rules = field(default_factory=Rules)  # for a secret table: what of it may be shown


def load(name: str) -> Mapping[str, Any]:
    """One catalogue file as a mapping; a file that is not YAML is refused with its line."""
    return _load(settings.CATALOGUE / name)


@lru_cache(maxsize=64)
def _load(path: Path) -> Mapping[str, Any]:
    return fresh(path, aliases=True)


def fresh(path: Path, aliases: bool = False) -> Mapping[str, Any]:
    """Any YAML file as a mapping, read anew at every call. Aliases are only for the catalogue, which lies in git."""
    where = settings.relative(path)
    demand_regular(path)
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError as fault:
        raise Refused(f"{where} is missing; restore it from git (`git checkout -- {where}`).") from fault
    except UnicodeDecodeError as fault:
        raise Refused(f"{where} is not UTF-8 text (byte {fault.start}); save it as UTF-8 and run again.") from fault
    except OSError as fault:
        raise Unavailable(f"{where} cannot be read ({fault.strerror}); mend that and run again.") from fault
    try:
        _refuse_bomb(text, aliases)
        content = yaml.load(text, Loader=_UniqueKeys)  # noqa: S506  a SafeLoader, with duplicate keys refused
    except yaml.MarkedYAMLError as fault:
        line = fault.problem_mark.line + 1 if fault.problem_mark else "?"
        raise Refused(f"{where}, line {line}: {fault.problem}; correct the YAML there and run again.") from fault
    except yaml.YAMLError as fault:
        reason = " ".join(str(fault).split())
        raise Refused(f"{where} does not read as YAML ({reason}); correct it and run again.") from fault
    if not isinstance(content, dict):
        raise Refused(f"{where} does not hold a mapping of entries; compare it with its version in git.")
    return cast(Mapping[str, Any], content)


def _refuse_bomb(text: str, aliases: bool) -> None:
    """Refuses what makes a few lines grow without end, or overflow a reader's stack, before anything is made of it.

    An alias repeats what an anchor marks: aliases within what is marked make a billion lines of thirty. Where `aliases`
    are allowed, one may stand for plain entries only, so that a file at most grows by as many lines as it has.
    """
    depth, marked_at = 0, 0
    for event in yaml.parse(text, Loader=_UniqueKeys):
        mark, name = cast(yaml.Mark, event.start_mark), getattr(event, "anchor", None)
        is_alias = isinstance(event, yaml.AliasEvent)
        depth += isinstance(event, yaml.CollectionStartEvent) - isinstance(event, yaml.CollectionEndEvent)
        if name is not None and (not aliases or (is_alias and marked_at)):
            word = f"alias (*{name})" if is_alias else f"anchor (&{name})"
            raise yaml.MarkedYAMLError(problem=f"the {word} is not read, write out what it means", problem_mark=mark)
        if depth > DEEPEST:
            raise yaml.MarkedYAMLError(problem=f"entries are nested more than {DEEPEST} deep", problem_mark=mark)
        if name is not None and isinstance(event, yaml.CollectionStartEvent):
            marked_at = marked_at or depth
        elif depth < marked_at:
            marked_at = 0


class _UniqueKeys(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """A safe loader that refuses a key written twice, which YAML would otherwise silently let the last win."""

    def construct_mapping(self, node: yaml.MappingNode, deep: bool = False) -> dict[Any, Any]:
        seen = set()
        for key_node, _ in node.value:
            key = self.construct_object(key_node, deep=deep)
            if not isinstance(key, Hashable):
                raise yaml.MarkedYAMLError(problem="a key must be a word", problem_mark=key_node.start_mark)
            if key in seen:
                raise yaml.MarkedYAMLError(problem=f"the key '{key}' stands twice", problem_mark=key_node.start_mark)
            seen.add(key)
        return cast(dict[Any, Any], super().construct_mapping(node, deep=deep))


def sources() -> dict[str, Source]:
    """The source tables by id."""
    return dict(_sources(settings.CATALOGUE, settings.REPOSITORY))


@lru_cache(maxsize=64)
def _sources(_: Path, house: Path) -> dict[str, Source]:
    """Those of one catalogue, checked once: a run asks for them a hundred times."""
    found = {}
    for table_id, entry in mapped("sources.yaml", "tables").items():
        where = f"data/catalogue/sources.yaml, table {table_id}"
        if not shapes.NAME.holds(table_id):
            raise Refused(f"{where}: a table's id is {shapes.NAME.what}, since it names a folder; correct it.")
        check_word(where, entry, "confidentiality", CONFIDENTIALITIES)
        check_word(where, entry, "cadence", CADENCES)
        if not (house / "assets" / f"{entry['origin']}.py").is_file():
            raise Refused(f"{where}: there is no assets/{entry['origin']}.py; correct the origin or add the module.")
        rules = read_rules(where, entry.get("disclosure"), entry.get("withhold"))
        if rules.withheld and entry["confidentiality"] != "secret":
            raise Refused(f"{where}: only a secret table can be withheld; take 'withhold' away, or mark it secret.")
        told = {key: value for key, value in entry.items() if key not in ("disclosure", "withhold")}
        found[table_id] = Source(id=table_id, **told, rules=rules)
    return found


def mapped(file: str, top: str) -> Mapping[str, Row]:
    """The entries under `top` in a catalogue file, each held against its shape: id → mapping."""
    content = load(file).get(top)
    if not isinstance(content, dict):
        raise Refused(f"data/catalogue/{file}: '{top}' must be a mapping of entries, each a mapping of keys.")
    for name, entry in content.items():
        shapes.check(f"data/catalogue/{file}, {top.removesuffix('s').replace('_', ' ')} {name}", entry, shapes.OF[top])
    return cast(Mapping[str, Row], content)


def listed(file: str, top: str) -> list[Row]:
    """The entries of a short ordered list under `top`, each held against its shape."""
    content = load(file).get(top)
    if not isinstance(content, list):
        raise Refused(f"data/catalogue/{file}: '{top}' must be a list of entries, each a mapping of keys.")
    for number, entry in enumerate(content, start=1):
        shapes.check(f"data/catalogue/{file}, entry {number}", entry, shapes.OF[top])
    return content


def check_word(where: str, entry: Mapping[str, Any], key: str, words: Iterable[Any]) -> None:
    """Refuses a value outside a fixed vocabulary."""
    if entry.get(key) not in (known := tuple(words)):
        raise Refused(f"{where}: {key} is '{entry.get(key)}' but must be one of {', '.join(map(str, known))}.")
