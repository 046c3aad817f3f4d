"""The rules of a secret source: what is too small to be shown, and how its indicators' counts hang together.

Belongs here: the shape and the checks of `disclosure:` and `withhold:` in `sources.yaml`. Not here: applying it
(`primary.py`), or finding the sums between delivered rows (`structure.py`).
"""

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

from pipelines.errors import Refused


@dataclass(frozen=True)
class Classification:
    """Indicators that share a denominator and count each person in it at most once.

    `parts` are the indicators; what they leave of the denominator is a part of its own that nobody publishes. `among`
    names the parts of an earlier classification whose sum is this one's denominator (those in work, of whom some are
    weakly established); empty where the denominator is the population. `unknown`: the denominator may be less than that
    sum, by those of whom it is not known; they are a part of their own and no indicator, and everybody is taken to know
    how many they are.
    """

    parts: tuple[str, ...]
    among: tuple[str, ...] = ()
    unknown: bool = False


@dataclass(frozen=True)
class Withheld:
    """What somebody has decided not to publish, and why: some periods (all where none is named) of some tables, each by
    its dimension (`total`, `sex`, `education`, `age+education`; all where none is named).
    """

    reason: str
    periods: tuple[str, ...] = ()
    tables: tuple[str, ...] = ()


@dataclass(frozen=True)
class Rules:
    """Limits in persons: a count is too small below its limit and above nought.

    `numerator_min`, `complement_min`, `denominator_min`: those counted, those not counted, those among whom is counted
    (`respondents_min` instead where the denominator is respondents of a survey). `sensitive`: nought and hundred per
    cent are hidden too, of every indicator. `everybody`, `nobody`: indicators of a state that may harm whoever is known
    to be in it, or not to be: where all of a group are counted, or none, each one's state is known, however many they
    are. `tolerance`: by how many persons a published sum may differ from its parts, for publishers that add noise.
    `denominators_public`: everybody knows the populations, so an intruder is given them, and they are not protected.
    `wanted`: the crosses of two dimensions that are to be published, the most wanted first; `wanted_above`: those that
    are to be published for larger areas only (`crosses.py`). `withheld`: what is not to be published, whatever could
    be proven.
    """

    numerator_min: int = 5
    complement_min: int = 5
    denominator_min: int = 10
    respondents_min: int = 30
    respondents: bool = False
    sensitive: bool = False
    tolerance: float = 0.0
    denominators_public: bool = True
    classifications: tuple[Classification, ...] = ()
    wanted: tuple[str, ...] = ()
    wanted_above: tuple[str, ...] = ()
    withheld: tuple[Withheld, ...] = ()
    everybody: tuple[str, ...] = ()
    nobody: tuple[str, ...] = ()

    def may_harm(self, indicator: str) -> tuple[bool, bool]:
        """Whether it must not be told of an indicator that all of a group are counted, and that none is."""
        return self.sensitive or indicator in self.everybody, self.sensitive or indicator in self.nobody

    @property
    def base_min(self) -> int:
        """The least denominator that is shown."""
        return self.respondents_min if self.respondents else self.denominator_min


_LIMITS = ("numerator_min", "complement_min", "denominator_min", "respondents_min")


def read_rules(
    where: str, block: Mapping[str, Any] | None, withhold: Sequence[Mapping[str, Any]] | None = None
) -> Rules:
    """The rules of one source from its `disclosure` and `withhold` blocks; what cannot protect anybody is refused.

    `where` names file and table in a refusal. An absent block means the defaults and no known structure: nothing of the
    source is then published.
    """
    given = dict(block or {})
    for name in _LIMITS:
        if given.get(name, 1) < 1:
            raise Refused(
                f"{where}: {name} is {given[name]}, which protects nobody; write a limit of 1 or more, or leave it out."
            )
    if not 0 <= given.get("tolerance", 0) < math.inf:  # without an end nothing that adds up would be attacked
        raise Refused(
            f"{where}: the tolerance is {given['tolerance']}, which is no count; write 0 or how many persons a sum may "
            f"be off."
        )
    known = {each.name for each in fields(Rules)} - {"classifications", "withheld"}
    classes = tuple(
        Classification(tuple(each["parts"]), tuple(each.get("among") or ()), each.get("unknown", False))
        for each in given.pop("classifications", None) or []
    )
    _check_classes(where, classes)
    for name in ("wanted", "wanted_above", "everybody", "nobody"):
        given[name] = tuple(given.get(name) or ())
    parts = {part for each in classes for part in each.parts}
    for name in ("everybody", "nobody"):
        if strange := [each for each in given[name] if each not in parts]:
            raise Refused(
                f"{where}: {name} names {strange[0]}, which is in no classification, so it would protect nobody; "
                f"correct it."
            )
    withheld = tuple(_withheld(where, each) for each in withhold or [])
    limits = {name: value for name, value in given.items() if name in known}
    return Rules(**limits, classifications=classes, withheld=withheld)


def _withheld(where: str, entry: Mapping[str, Any]) -> Withheld:
    found = Withheld(str(entry["reason"]), tuple(entry.get("periods") or ()), tuple(entry.get("tables") or ()))
    for period in found.periods:
        if not re.fullmatch(r"\d{4}(/\d{4})?", period):
            raise Refused(
                f"{where}: withhold names the period '{period}', which is no year; write '2019' or '2016/2019'."
            )
    for name in (name for table in found.tables for name in table.split("+")):
        if not re.fullmatch("[a-z][a-z0-9_]*", name):
            raise Refused(
                f"{where}: withhold names the table '{name}'; write a dimension such as total, sex or education, or "
                f"two with + between."
            )
    return found


def _check_classes(where: str, classes: tuple[Classification, ...]) -> None:
    seen: set[str] = set()
    for each in classes:
        if twice := [part for part in each.parts if part in seen] or _repeated(each.parts):
            raise Refused(f"{where}: {twice[0]} stands in two classifications; an indicator is a part of one.")
        if each.among and not any(set(each.among) <= set(other.parts) for other in classes if other is not each):
            raise Refused(
                f"{where}: the classification of {each.parts[0]} is among {each.among[0]} and others, which are not "
                f"parts of one other classification; correct 'among'."
            )
        if each.unknown and not each.among:
            raise Refused(
                f"{where}: the classification of {each.parts[0]} has 'unknown' but not 'among', so it cannot be told "
                f"how many are unknown; say among whom it counts, or take 'unknown' out."
            )
        seen |= set(each.parts)


def _repeated(names: tuple[str, ...]) -> list[str]:
    return [name for name in names if names.count(name) > 1]
