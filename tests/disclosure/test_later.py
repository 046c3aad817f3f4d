"""Later releases of the same: a revised delivery, another year, other limits, a ledger begun anew. All of them publish.

What two releases together give away is asked of an intruder of the tests' own (tests/fixtures/intruder.py). Not here:
one release alone (test_attack.py, test_gate.py).
"""

import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml

from pipelines import settings
from pipelines.catalogue import entries
from pipelines.disclosure import audit as auditing
from pipelines.disclosure import later, ledger
from pipelines.disclosure.books import DELIVERIES
from pipelines.disclosure.cubes import Rows
from pipelines.errors import Refused
from tests.fixtures.disclosure_tables import PARTS, Office, graduates, narrow
from tests.fixtures.intruder import REST, WHOLE, Intruder, Key

FIRST, SECOND = "2026-01-01T000000Z", "2026-01-02T000000Z"
ABOVE, ROWS = narrow(("10",))
Counts = dict[Key, float]


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Changes the entry of raks_cells in a copy of the catalogue, which the settings then point at."""
    number = iter(range(100))

    def change(limits: dict[str, Any] | None = None, **keys: Any) -> None:
        folder = tmp_path / f"catalogue{next(number)}"
        shutil.copytree(settings.CATALOGUE, folder)
        content = yaml.safe_load((folder / "sources.yaml").read_text(encoding="utf-8"))
        entry = content["tables"]["raks_cells"]
        entry["disclosure"].update(limits or {})
        entry.update(keys)
        (folder / "sources.yaml").write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")
        monkeypatch.setattr(settings, "CATALOGUE", folder)

    return change


def office() -> Office:
    """The delivery, and beside it a public figure, which must be in every release."""
    made = Office(ABOVE, ROWS)
    _publish_beside(made)
    return made


def _publish_beside(made: Office) -> None:
    made.connection.execute(
        "insert into indicator.everything by name (select * replace ('gini' as indicator_id, 'kolada_values' as "
        "source_ids, 0.3 as value, 'published' as provenance, null as numerator, null as denominator) "
        "from indicator.everything where area_code = '1080' and dimension = 'total' limit 1)"
    )


def deliver(made: Office, rows: Rows, **how: Any) -> None:
    made.deliver(rows, **how)
    _publish_beside(made)


def published(made: Office, release_id: str, period: str = "2019") -> Counts:
    """Publishes; the counts that the release shows. The public figure is there."""
    made.publish(release_id)
    assert made.connection.execute("select value from protect.cell where indicator_id = 'gini'").fetchall() == [(0.3,)]
    found = made.connection.execute(
        "select indicator_id, area_code, dimension, group_code, sex, numerator from protect.cell "
        f"where numerator is not null and period = '{period}'"
    ).fetchall()
    return {tuple(row[:5]): row[5] for row in found}  # type: ignore[misc]


def truth(rows: Rows) -> Counts:
    """Every count, and who is in none of the parts."""
    keys = zip(rows.indicator, rows.area, rows.dimension, rows.group, rows.sex, strict=True)
    found = dict(zip(keys, rows.numerator.tolist(), strict=True))
    for where, persons in people(rows).items():
        found[REST, *where] = persons - sum(found[part, *where] for part in PARTS)
    return found


def people(rows: Rows) -> dict[tuple[str, str, str, str], float]:
    keys = zip(rows.area, rows.dimension, rows.group, rows.sex, strict=True)
    return dict(zip(keys, rows.denominator.tolist(), strict=True))


def narrower(rows: Rows, told: Counts, before: Counts | None = None, limit: int = 5) -> list[tuple[Key, float, float]]:
    """Small counts that are left less than they must be; `before`: what was told already, which is past helping."""
    own, wholes, found = truth(rows), people(rows), []
    now = Intruder(wholes, ABOVE, PARTS).learn(told.items())
    then = Intruder(wholes, ABOVE, PARTS).learn((before or {}).items())
    small = [key for key, count in own.items() if 0 < count < limit and wholes[key[1:]] > count]
    assert len(small) > 20
    for key in small:
        low, high = now.interval(key)
        need_low, need_high = np.floor(own[key] / 2), min(limit, wholes[key[1:]])
        if low > need_low + 1e-6 or high < need_high - 1e-6:
            was_low, was_high = then.interval(key) if before else (0.0, np.inf)
            if low > max(need_low, was_low) + 1e-6 or high < min(need_high, was_high) - 1e-6:
                found.append((key, low, high))
    return found


def unrevised(told: Counts, rows: Rows) -> Counts:
    """What was told and is so still; the intruder is told which numbers those are, too."""
    own = truth(rows)
    return {key: count for key, count in told.items() if own[key] == count}


def revised(rows: Rows, small: bool) -> Rows:
    """Six persons of a municipality, women of one schooling, are found to be in another part; that one may be small."""
    part, other = "raks_full_year_employed", "raks_without_work"
    where = (rows.dimension == "education") & (rows.group == "g1") & (rows.area == "1082")
    count = rows.numerator[where & (rows.sex == "women") & (rows.indicator == other)][0]
    many = count - 3 if small else 6.0
    assert many > 0
    numerator = rows.numerator.copy()
    for area in ("1082", "10", "00"):
        for where in ("education g1 women", "education g1 total", "sex women women", "total total total"):
            dimension, group, sex = where.split()
            cell = (rows.area == area) & (rows.dimension == dimension) & (rows.group == group) & (rows.sex == sex)
            numerator[cell & (rows.indicator == part)] += many
            numerator[cell & (rows.indicator == other)] -= many
    return replace(rows, numerator=numerator)


def test_the_intruder_gets_what_primary_dots_alone_give_away() -> None:
    own, wholes = truth(ROWS), people(ROWS)
    told = {key: count for key, count in own.items() if key[0] != REST and not 0 < count < 5}
    assert len(narrower(ROWS, told)) > 30
    assert wholes


@pytest.mark.parametrize("small", [False, True])
def test_a_revised_delivery_publishes_and_the_two_releases_together_give_nothing_away(data: Path, small: bool) -> None:
    made = office()
    first = published(made, FIRST)
    rows = revised(ROWS, small)
    deliver(made, rows)
    second = published(made, SECOND)
    assert len(second) > 0.8 * len(first)
    assert narrower(rows, {**unrevised(first, rows), **second}, unrevised(first, rows)) == []
    assert narrower(ROWS, {**unrevised(second, ROWS), **first}) == [], "nor anything of what was delivered first"
    lines, withstood = auditing.audit_of(made.connection, SECOND)
    assert withstood, lines


def test_a_second_year_publishes_beside_the_first(data: Path) -> None:
    made = office()
    first = published(made, FIRST)
    _, rows = narrow(("10",), seed=2)
    made.deliver(rows, period="2020", more=True)
    assert published(made, SECOND) == first
    assert narrower(ROWS, first) == []
    made.connection.execute("delete from protect.cell where period = '2019'")
    found = made.connection.execute("select count(*), count(value) from protect.cell where period = '2020'").fetchall()
    assert 0.1 < found[0][1] / found[0][0] < 1


@pytest.mark.parametrize(("before", "after"), [(5, 8), (8, 5)])
def test_a_threshold_moved_either_way_publishes(
    data: Path, sources: Callable[..., None], before: int, after: int
) -> None:
    sources({"numerator_min": before})
    made = office()
    first = published(made, FIRST)
    sources({"numerator_min": after})
    second = published(made, SECOND)
    assert set(second) <= set(first), "what was hidden once stays so"
    assert len(second) > 0.5 * len(first)
    assert not [key for key, count in second.items() if 0 < count < after]
    assert narrower(ROWS, {**first, **second}, first, limit=after) == []
    assert narrower(ROWS, {**first, **second}, None, limit=5) == [], "the lower limit holds all the time"


def test_what_was_shown_stays_known_after_a_reset(data: Path) -> None:
    made = office()
    first = published(made, FIRST)
    shutil.rmtree(settings.published() / "releases" / FIRST)  # withdrawn
    later.reset(DELIVERIES, "SCB har rättat leveransen")
    assert ledger.read(DELIVERIES).hidden.num_rows == 0
    assert ledger.read(DELIVERIES).shown.num_rows == len(first)
    rows = revised(ROWS, True)
    deliver(made, rows)
    second = published(made, SECOND)
    assert second
    assert narrower(rows, {**unrevised(first, rows), **second}, unrevised(first, rows)) == []


def test_a_damaged_ledger_of_releases_that_are_gone_is_not_reset_unless_the_table_is_withheld(
    data: Path, sources: Callable[..., None]
) -> None:
    made = office()
    published(made, FIRST)
    shutil.rmtree(settings.published() / "releases" / FIRST)
    next(ledger.folder(DELIVERIES).glob("shown-*.parquet")).write_bytes(b"")
    with pytest.raises(Refused, match=r"release 2026-01-01T000000Z is no longer there.+withhold raks_cells.+withhold:"):
        later.reset(DELIVERIES, "disken gick sönder")
    everything = [{"reason": "Liggaren är förlorad."}]
    for table in ("raks_cells", "raks_flows", "raks_graduates"):
        _withhold(sources, table, everything)
    assert "begins anew" in later.reset(DELIVERIES, "disken gick sönder")
    assert published(made, SECOND) == {}


def _withhold(sources: Callable[..., None], table: str, what: list[dict[str, Any]]) -> None:
    sources()
    path = settings.CATALOGUE / "sources.yaml"
    content = yaml.safe_load(path.read_text(encoding="utf-8"))
    content["tables"][table]["withhold"] = what
    path.write_text(yaml.safe_dump(content, allow_unicode=True), encoding="utf-8")


def test_a_table_is_withheld_by_decision_with_a_reason_of_its_own(data: Path, sources: Callable[..., None]) -> None:
    made = office()
    sources(withhold=[{"reason": "Avtalet medger inte utbildning.", "periods": ["2019"], "tables": ["education"]}])
    shown = published(made, FIRST)
    assert {key[2] for key in shown} == {"total", "sex"}
    query = "select status, status_reason, count(value), count(*) > 100 from protect.cell where {} group by all"
    found = made.connection.execute(query.format("dimension = 'education'")).fetchall()
    assert found == [("suppressed", "withheld_here", 0, True)]
    assert (
        made.connection.execute(query.format("status_reason = 'withheld_here' and dimension <> 'education'")).fetchall()
        == []
    )
    assert ledger.read(DELIVERIES).hidden.filter(_is_education(ledger.read(DELIVERIES).hidden)).num_rows == 0
    sources(withhold=None)
    assert len(published(made, SECOND)) > len(shown), "what was only decided can be decided otherwise"


def _is_education(table: Any) -> Any:
    return [each == "education" for each in table["dimension"].to_pylist()]


@pytest.mark.parametrize(
    ("table", "withhold", "naming"),
    [
        ("raks_cells", [{"periods": ["2019"]}], "reason"),
        ("raks_cells", [{"reason": " "}], "reason"),
        ("raks_cells", [{"reason": "x", "periods": ["in 2019"]}], "'in 2019'"),
        ("raks_cells", [{"reason": "x", "tables": ["Utbildning"]}], "'Utbildning'"),
        ("raks_cells", [{"reason": "x", "years": ["2019"]}], "'years' is unknown"),
        ("kolada_values", [{"reason": "x"}], "only a secret table"),
    ],
)
def test_a_decision_that_cannot_be_read_is_refused(
    sources: Callable[..., None], table: str, withhold: list[dict[str, Any]], naming: str
) -> None:
    _withhold(sources, table, withhold)
    with pytest.raises(Refused, match=naming) as told:
        entries.sources()
    assert table in str(told.value)
    assert "sources.yaml" in str(told.value)


def test_graduates_whose_number_is_told_nowhere_else_give_nothing_away(data: Path) -> None:
    """Municipalities by programme, one year after; numbers of graduates are as secret as what became of them."""
    random = np.random.default_rng(4)
    above = {"00": None, "01": "00", "02": "00"} | {f"{c}{n:02d}": c for c in ("01", "02") for n in range(1, 4)}
    counts = {
        area: [tuple(random.multinomial(random.integers(8, 60), (0.7, 0.2, 0.1)).tolist()) for _ in range(3)]
        for area in above
        if len(area) == 4
    }
    rows = graduates(above, counts)
    made = Office(above, rows, "raks_graduates", "2016")
    made.publish(FIRST)
    found = made.connection.execute(
        "select indicator_id, area_code, dimension, group_code, sex, numerator, denominator from protect.cell "
        "where numerator is not null"
    ).fetchall()
    assert 0.2 * len(rows) < len(found) < len(rows)
    wholes = people(rows)
    parts = tuple(dict.fromkeys(rows.indicator))
    one = Intruder(wholes, above, parts, public=False)
    one.learn((tuple(row[:5]), row[5]) for row in found).learn(((WHOLE, *row[1:5]), row[6]) for row in found)
    keys = zip(rows.indicator, rows.area, rows.dimension, rows.group, rows.sex, strict=True)
    own = dict(zip(keys, rows.numerator.tolist(), strict=True))
    own |= {(WHOLE, *where): persons for where, persons in wholes.items()}
    small = [(key, count) for key, count in own.items() if 0 < count < (10 if key[0] == WHOLE else 5)]
    assert len(small) > 10
    for key, count in small:
        low, high = one.interval(key)
        assert low <= count // 2 + 1e-6, key
        assert high >= (10 if key[0] == WHOLE else 5) - 1e-6, key
