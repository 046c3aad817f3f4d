"""The attack and the suppressor: what primary dots alone give away, and that what is released gives nothing away.

The mutation fixtures undo one thing in a safe pattern, and the attack must notice. Numbers of the ledger and the gate
are in test_gate.py.
"""

from dataclasses import replace

import numpy as np
import pytest

from pipelines.catalogue.disclosure_rules import Classification, Rules
from pipelines.disclosure.attack import Findings, attack
from pipelines.disclosure.cubes import Rows
from pipelines.disclosure.primary import known_cells, small_rows, targets
from pipelines.disclosure.structure import System, build
from pipelines.disclosure.suppress import suppress
from pipelines.warehouse.ahead import heard_by
from tests.fixtures.disclosure_tables import PARTS, RULES, country, narrow, people, rows_of


@pytest.fixture(scope="module")
def safe() -> tuple[System, np.ndarray]:
    """A small country's system and a pattern that protects it."""
    above, rows = narrow()
    system = build(rows, above, RULES)
    pattern = suppress(system, small_rows(system))
    assert not pattern.unprotected
    return system, pattern.hidden


def look(system: System, hidden: np.ndarray, exactly: bool = False) -> Findings:
    return attack(system, known_cells(system, hidden), targets(system), exactly)


def where(system: System, **wanted: str) -> np.ndarray:
    rows = system.rows
    found = np.ones(len(rows), dtype=bool)
    for name, value in wanted.items():
        found &= getattr(rows, name) == value
    return found


def test_primary_dots_alone_give_most_away_and_released_tables_nothing(safe: tuple[System, np.ndarray]) -> None:
    system, hidden = safe
    small = small_rows(system)
    primary = look(system, small, exactly=True)
    assert primary.recovered.mean() > 0.9, "with primary dots alone most small counts can be had to the person"
    released = look(system, hidden, exactly=True)
    assert released.exact.all()
    assert not released.recovered.any()
    assert released.met.all()
    aims = released.aims
    assert (released.high >= aims.reach - 1e-6).all()
    assert (released.low <= np.floor(aims.count / 2) + 1e-6).all()
    assert hidden.mean() < 3 * small.mean()


def test_the_quick_attack_never_says_more_than_the_exact_one(safe: tuple[System, np.ndarray]) -> None:
    system, hidden = safe
    quick, exact = look(system, hidden), look(system, hidden, exactly=True)
    assert (quick.low >= exact.low - 1e-6).all()
    assert (quick.high <= exact.high + 1e-6).all()


def test_one_hidden_row_shown_again_is_noticed(safe: tuple[System, np.ndarray]) -> None:
    """Lone dots: some of the rows hidden for others' sake are shown, one after the other, and then all of them."""
    system, hidden = safe
    secondary = np.flatnonzero(hidden & ~small_rows(system))[::20]
    noticed = 0
    for row in secondary:
        mutated = hidden.copy()
        mutated[row] = False
        noticed += not look(system, mutated).met.all()
    assert noticed > 0.3 * len(secondary), "some rows are hidden more than once needed, most are not"


def test_a_lone_dot_is_noticed() -> None:
    """Everything of an area but one cell is shown: the whole gives the cell."""
    above, rows = narrow()
    system = build(rows, above, RULES)
    small = np.flatnonzero(small_rows(system) & (rows.sex == "women"))[0]
    hidden = np.zeros(len(rows), dtype=bool)
    hidden[small] = True
    found = look(system, hidden, exactly=True)
    here = found.aims.plus == system.numerator_of[small]
    assert here.sum() == 1
    assert found.recovered[here].all()


def test_a_small_complement_is_noticed() -> None:
    """97 of 100 shown says that three are not."""
    above = {"00": None, "01": "00", "0101": "01", "0102": "01"}
    rows = pair(above, [97.0, 50.0], [100.0, 120.0])
    rules = Rules(classifications=(Classification(("part",)),))
    system = build(rows, above, rules)
    assert small_rows(system)[rows.area == "0101"].all(), "97 of 100 is hidden for its complement"
    shown = look(system, np.zeros(len(rows), dtype=bool), exactly=True)
    assert shown.recovered[shown.aims.count == 3].all()
    hidden = small_rows(system) | (rows.area == "0102")
    assert look(system, hidden, exactly=True).met.all()


def pair(above: dict[str, str | None], numerator: list[float], denominator: list[float]) -> Rows:
    """One indicator in two municipalities, their county and the nation."""
    areas = ["0101", "0102", "01", "00"]
    counts = [*numerator, sum(numerator), sum(numerator)]
    wholes = [*denominator, sum(denominator), sum(denominator)]
    text = lambda word: np.array([word] * 4, dtype=object)  # noqa: E731
    return Rows(
        text("part"), np.array(areas, dtype=object), text("total"), text("total"), text("total"),
        np.array(counts), np.array(wholes),
    )  # fmt: skip


def test_a_rate_with_a_public_population_is_noticed(safe: tuple[System, np.ndarray]) -> None:
    """A share and a population that everybody knows are the count; so the one is never shown without the other."""
    system, hidden = safe
    small = np.flatnonzero(small_rows(system))[0]
    known = known_cells(system, hidden)
    assert known[system.denominator_of[small]], "populations are public, so the intruder has the hidden row's too"
    known[system.numerator_of[small]] = True  # what the share times the population is
    assert not attack(system, known, targets(system)).met.all()


def test_a_county_with_one_municipality_hides_with_it(safe: tuple[System, np.ndarray]) -> None:
    system, hidden = safe
    gotland, county = where(system, area="0980"), where(system, area="09")
    assert hidden[gotland & small_rows(system)].all()
    assert (hidden[gotland] == hidden[county]).all(), "Gotland's county is Gotland"
    mutated = hidden & ~county
    assert not look(system, mutated).met.all()


def test_a_county_with_two_municipalities_is_protected_by_both_or_by_its_own_row() -> None:
    above = {"00": None, "01": "00", "02": "00", "0101": "01", "0102": "01", "0201": "02", "0202": "02"}
    persons = people(above, {"education": 3}, seed=3, least=400)
    rows = rows_of(above, persons, ["education"], ["education"])
    system = build(rows, above, RULES)
    hidden = suppress(system, small_rows(system)).hidden
    assert look(system, hidden, exactly=True).met.all()
    small = np.flatnonzero(small_rows(system) & (rows.area == "0101") & (rows.sex == "women"))[0]
    mutated = hidden.copy()
    mutated[where(system, area="0102") | where(system, area="01")] = False
    found = look(system, mutated, exactly=True)
    assert found.recovered[found.aims.plus == system.numerator_of[small]].all()


def test_what_an_earlier_release_showed_is_known(safe: tuple[System, np.ndarray]) -> None:
    """Two releases, each safe alone: the one shows what the other hides."""
    system, hidden = safe
    other = suppress(system, small_rows(system) | ~hidden & (np.arange(len(hidden)) % 7 == 0)).hidden
    known = known_cells(system, hidden)
    both = known | known_cells(system, other)
    aims = targets(system)
    assert attack(system, known, aims).met.all()
    assert attack(system, known_cells(system, other), aims).met.all()
    assert not attack(system, both, aims).met.all()
    again = suppress(system, small_rows(system) | hidden, known_cells(system, hidden)).hidden
    assert attack(system, known | known_cells(system, again), aims).met.all(), "sticky dots withstand both"


def test_a_zero_may_have_to_hide_a_one() -> None:
    above, rows = narrow()
    system = build(rows, above, RULES)
    hidden = suppress(system, small_rows(system)).hidden
    assert (rows.numerator[hidden] == 0).any()


def test_sensitive_tables_hide_nought_and_all() -> None:
    above, rows = narrow()
    system = build(rows, above, replace(RULES, sensitive=True))
    nought = (rows.numerator == 0) & (rows.denominator >= 10)
    assert nought.any()
    assert small_rows(system)[nought].all()
    pattern = suppress(system, small_rows(system))
    if not pattern.unprotected:
        assert look(system, pattern.hidden).met.all()


def test_secret_populations_are_protected_too() -> None:
    above, rows = narrow(("10",))
    system = build(rows, above, replace(RULES, denominators_public=False))
    whole = system.is_whole()
    aims = targets(system)
    tiny = whole[aims.plus] & (aims.minus < 0)
    pattern = suppress(system, small_rows(system))
    assert not pattern.unprotected
    found = attack(system, known_cells(system, pattern.hidden), aims, exactly=True)
    assert found.met.all()
    assert (aims.reach[tiny] == RULES.denominator_min).all()


def test_noise_within_the_tolerance_is_attacked_and_more_is_refused() -> None:
    above, rows = narrow(("10",))
    random = np.random.default_rng(2)
    noise = np.where(rows.area == "10", random.integers(-1, 2, len(rows)), 0)
    noisy = replace(rows, numerator=np.maximum(rows.numerator + noise, 0))
    from pipelines.errors import Refused

    with pytest.raises(Refused, match="do not hold together"):
        build(noisy, above, RULES)
    system = build(noisy, above, replace(RULES, tolerance=12.0))
    pattern = suppress(system, small_rows(system))
    assert not pattern.unprotected
    assert look(system, pattern.hidden).met.all()
    primary = look(system, small_rows(system), exactly=True)
    assert not primary.recovered.any(), "sums that are off by up to the tolerance give no count to the person"
    taken_at_its_word = replace(system, rules=RULES)
    assert look(taken_at_its_word, small_rows(system), exactly=True).recovered.all(), "but for the noise they would"


def test_every_part_is_named_once() -> None:
    assert len(set(PARTS)) == 7
    assert country(("09",)) == {"00": None, "09": "00", "0980": "09"}


def test_a_cross_for_both_sexes_is_protected_together_with_its_margins_by_sex() -> None:
    """How the cross divides between women and men is not delivered, but hangs together with what is."""
    above = country(("09", "22"))
    names = ["age", "education"]
    persons = people(above, {"age": 2, "education": 2}, seed=4, least=900)
    rows = rows_of(above, persons, ["age", "education", "age+education"], names)
    rows = rows.take((rows.dimension != "age+education") | (rows.sex == "total"))
    system = build(rows, above, replace(RULES, wanted=("age+education",)))
    assert ("age+education", 0) in system.cubes
    assert not np.isnan(system.value).any()
    assert (system.value > -1e-6).all()
    pattern = suppress(system, small_rows(system))
    assert not pattern.unprotected
    assert look(system, pattern.hidden).met.all()
    assert build(rows, above, RULES).layout.withheld == [("age+education", 0)], "a cross that nobody asked for"


def test_protection_and_attack_say_how_far_they_have_come_and_no_count() -> None:
    above, rows = narrow()
    system = build(rows, above, RULES)
    said: list[str] = []
    with heard_by(said.append):
        pattern = suppress(system, small_rows(system))
        look(system, pattern.hidden)
    words, shares = zip(*(each.split() for each in said), strict=True)
    assert list(dict.fromkeys(words)) == ["protected", "proven"]
    for word in ("protected", "proven"):
        own = [int(share.removesuffix("%")) for other, share in zip(words, shares, strict=True) if other == word]
        assert own == sorted(own)
        assert own[-1] > 90
